//! `pullproof playground`: the browser page, served on this machine and to nobody else.
//!
//! It listens on loopback and opens no connection; the page sends nothing either.

use crate::exit;
use crate::output::Output;
use anyhow::{Context as _, Result, ensure};
use clap::Args;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use pullproof_page::{HOW_TO_BUILD, is_built};
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::Semaphore;

/// The port unless another is asked for, always the same so that links with clusters in them work
/// again tomorrow; no service is registered for it.
const PORT: u16 = 7337;

/// Connections at a time, where a browser has six to a server; one more waits.
const MAX_CONNECTIONS: usize = 64;

/// How long the head of a request may take, and how long a connection waits for one: then it makes
/// room.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// How long nothing is accepted after accepting failed: files that are closed meanwhile help.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What is said where the page has nothing.
const NOTHING: &[u8] = b"there is nothing at this path\n";

const AFTER_HELP: &str = "Examples:\n  \
    pullproof playground\n  \
    pullproof playground --port 0\n\n\
    The page is served at 127.0.0.1 until the program is ended. It runs in the browser and sends\n\
    nothing: its policy refuses every request.";

#[derive(Args)]
pub(crate) struct Arguments {
    /// Where it listens on 127.0.0.1; 0 for any port that is free.
    #[arg(long, value_name = "PORT", default_value_t = PORT)]
    port: u16,
}

/// The command line with what its help ends in.
pub(crate) fn described(command: clap::Command) -> clap::Command {
    command.after_help(AFTER_HELP)
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    ensure!(is_built(), HOW_TO_BUILD);
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("failed to start")?;
    runtime.block_on(async {
        let asked = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
        let listener = TcpListener::bind(asked).await;
        let listener = listener.with_context(|| {
            format!("cannot listen on {asked}, where `--port 0` takes one that is free")
        })?;
        let address = listener.local_addr().context("failed to listen")?;
        output.print(&format!("http://{address}/\n"))?;
        serve(listener).await;
        Ok(exit::CLEAN)
    })
}

async fn serve(listener: TcpListener) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        tokio::spawn(async move {
            let service = service_fn(async |request| Ok::<_, Infallible>(answered(&request)));
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new());
            builder.header_read_timeout(HEAD_TIME);
            // An error is a browser that broke off; there is nobody to tell.
            let _ = builder
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(place);
        });
    }
}

fn answered(request: &Request<Incoming>) -> Response<Full<Bytes>> {
    pullproof_page::answer("/", request).unwrap_or_else(|| {
        let mut response = Response::new(Full::new(Bytes::from_static(NOTHING)));
        *response.status_mut() = StatusCode::NOT_FOUND;
        let content_type = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        response
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_where_it_listens() {
        let own = format!("http://127.0.0.1:{PORT}/");
        assert_eq!(own, crate::playground::DEFAULT_BASE);
    }
}
