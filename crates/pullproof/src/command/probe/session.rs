//! Requests to one registry and whoever it leads to; every connection is opened here.

use super::answer::{Failure, Kind};
use super::url::{Scheme, Target, Url};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

/// As many as the library follows.
// From golang/go, net/http/client.go `defaultCheckRedirect`.
pub(crate) const MAX_REDIRECTS: usize = 10;

/// What registries are told that asks them.
const USER_AGENT: &str = concat!("pullproof/", env!("CARGO_PKG_VERSION"));

/// What all questions share.
pub(crate) struct Network<'a> {
    pub(crate) verified: Arc<ClientConfig>,
    pub(crate) unverified: Arc<ClientConfig>,
    /// How long a connection may take, and how long an answer.
    pub(crate) timeout: Duration,
    /// Whether a host is never to be contacted, whoever leads there.
    pub(crate) is_blocked: &'a dyn Fn(&Target) -> bool,
}

/// Requests that belong together: to an endpoint, and to whom it leads.
pub(crate) struct Session<'a> {
    network: &'a Network<'a>,
    /// The endpoint's own host, which is no matter of where others lead: whether it is blocked
    /// depends on the whole reference.
    host: &'a str,
    /// Whether anybody is believed to be who they say they are.
    is_insecure: bool,
    /// Connections that can be used again.
    open: Vec<(Target, SendRequest<Full<Bytes>>)>,
    /// The hosts that were contacted, in the order of the first time.
    contacted: Vec<String>,
}

/// A request.
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// What is shown to this host alone, not to another one that it leads to.
    pub(crate) authorization: Option<HeaderValue>,
    pub(crate) body: String,
    /// Most bytes of an answer.
    pub(crate) max_bytes: usize,
}

/// An answer, read to its end.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl<'a> Session<'a> {
    pub(crate) fn new(network: &'a Network<'a>, host: &'a str, is_insecure: bool) -> Session<'a> {
        Session {
            network,
            host,
            is_insecure,
            open: Vec::new(),
            contacted: Vec::new(),
        }
    }

    /// The hosts that were contacted beside the endpoint's own.
    pub(crate) fn led_to(self) -> Vec<String> {
        let mut contacted = self.contacted;
        contacted.retain(|it| it != self.host);
        contacted
    }

    /// Sends a request, and follows where the answer leads.
    ///
    /// # Errors
    /// When there is no answer.
    pub(crate) async fn send(&mut self, mut ask: Ask) -> Result<Reply, Failure> {
        for _ in 0..=MAX_REDIRECTS {
            let reply = self.send_once(&ask).await?;
            let Some(location) = redirect(&reply).filter(|_| ask.method != Method::POST) else {
                return Ok(reply);
            };
            let url = location.and_then(|location| ask.url.join(location));
            let Some(url) = url else {
                let detail = format!("{} leads nowhere", ask.url.target);
                return Err(Failure::lasting(Kind::Failed, detail));
            };
            if url.target != ask.url.target {
                ask.authorization = None;
            }
            ask.url = url;
        }
        let detail = format!("more than {MAX_REDIRECTS} redirects");
        Err(Failure::lasting(Kind::Failed, detail))
    }

    async fn send_once(&mut self, ask: &Ask) -> Result<Reply, Failure> {
        let target = &ask.url.target;
        let mut sender = match self.take_open(target).await {
            Some(sender) => sender,
            None => self.connect(target).await?,
        };
        let answer = async {
            let response = sender.send_request(request(ask)?).await;
            let response = response.map_err(|error| broken(target, &error))?;
            read(response, target, ask.max_bytes).await
        };
        let reply = tokio::time::timeout(self.network.timeout, answer).await;
        let reply = reply.map_err(|_| slow(target, self.network.timeout))??;
        self.open.push((target.clone(), sender));
        Ok(reply)
    }

    /// A connection that is still good for another request.
    async fn take_open(&mut self, target: &Target) -> Option<SendRequest<Full<Bytes>>> {
        let idx = self.open.iter().position(|(it, _)| it == target)?;
        let (_, mut sender) = self.open.swap_remove(idx);
        sender.ready().await.is_ok().then_some(sender)
    }

    /// Opens a connection, unless another host leads to one that is blocked.
    async fn connect(&mut self, target: &Target) -> Result<SendRequest<Full<Bytes>>, Failure> {
        if target.authority != self.host && (self.network.is_blocked)(target) {
            let detail = format!("leads to `{target}`, which is blocked");
            return Err(Failure::lasting(Kind::Refused, detail));
        }
        if !self.contacted.contains(&target.authority) {
            self.contacted.push(target.authority.clone());
        }
        let timeout = self.network.timeout;
        let connected = tokio::time::timeout(timeout, self.open_stream(target)).await;
        let connected = connected.unwrap_or_else(|_| Err(slow(target, timeout)));
        connected.map_err(|failure| Failure {
            is_unreachable: target.authority == self.host
                && matches!(
                    failure.kind,
                    Kind::UnknownHost | Kind::ConnectionRefused | Kind::Timeout
                ),
            ..failure
        })
    }

    async fn open_stream(&self, target: &Target) -> Result<SendRequest<Full<Bytes>>, Failure> {
        let Some((host, port)) = target.host_and_port() else {
            let detail = format!("`{target}` is no address");
            return Err(Failure::lasting(Kind::Failed, detail));
        };
        let addresses = tokio::net::lookup_host((host, port)).await;
        let addresses: Vec<_> = addresses.map_or(Vec::new(), Iterator::collect);
        if addresses.is_empty() {
            let detail = format!("`{host}` has no address");
            return Err(Failure::passing(Kind::UnknownHost, detail));
        }
        let stream = TcpStream::connect(&*addresses).await;
        let stream = stream.map_err(|error| unreachable(target, &error))?;
        // Requests are small and wait for nothing.
        _ = stream.set_nodelay(true);
        if target.scheme == Scheme::Http {
            return handshake(stream, target).await;
        }
        let config = match self.is_insecure {
            true => &self.network.unverified,
            false => &self.network.verified,
        };
        let Ok(name) = ServerName::try_from(host.to_owned()) else {
            let detail = format!("`{host}` cannot be in a certificate");
            return Err(Failure::lasting(Kind::TlsFailure, detail));
        };
        let connector = TlsConnector::from(Arc::clone(config));
        let stream = connector.connect(name, stream).await;
        let stream = stream.map_err(|error| {
            let detail = format!("`{target}`: {error}");
            // What TLS refuses stays refused; a connection that breaks may hold the next time.
            match error.kind() == io::ErrorKind::InvalidData {
                true => Failure::lasting(Kind::TlsFailure, detail),
                false => Failure::passing(Kind::TlsFailure, detail),
            }
        })?;
        handshake(stream, target).await
    }
}

async fn handshake(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    target: &Target,
) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let connected = http1::handshake(TokioIo::new(stream)).await;
    let (sender, connection) = connected.map_err(|error| broken(target, &error))?;
    // It ends with the sender; what goes wrong on it is told to who sends.
    tokio::spawn(async move { _ = connection.await });
    Ok(sender)
}

fn request(ask: &Ask) -> Result<Request<Full<Bytes>>, Failure> {
    let Ask {
        method,
        url,
        headers,
        authorization,
        body,
        max_bytes: _,
    } = ask;
    let mut request = Request::builder()
        .method(method)
        .uri(&url.path)
        .header(header::HOST, &url.target.authority)
        .header(header::USER_AGENT, USER_AGENT);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    if let Some(value) = authorization {
        request = request.header(header::AUTHORIZATION, value);
    }
    let request = request.body(Full::from(body.clone()));
    // Not with what is wrong: it could quote a header.
    request.map_err(|_| Failure::lasting(Kind::Failed, "the request cannot be written"))
}

async fn read<B>(response: Response<B>, target: &Target, max_bytes: usize) -> Result<Reply, Failure>
where
    B: Body<Data = Bytes, Error = hyper::Error>,
{
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, max_bytes).collect().await;
    let body = body.map_err(|error| match error.downcast::<hyper::Error>() {
        Ok(error) => broken(target, &error),
        Err(error) => {
            let words = match error.is::<LengthLimitError>() {
                true => format!("`{target}` says more than {max_bytes} bytes"),
                false => format!("`{target}` breaks off"),
            };
            Failure::lasting(Kind::Failed, words)
        }
    })?;
    Ok(Reply {
        status: parts.status,
        headers: parts.headers,
        body: body.to_bytes(),
    })
}

/// Where an answer leads; `None` when it does not, and inside when it does not say where.
fn redirect(reply: &Reply) -> Option<Option<&str>> {
    let is_redirect = matches!(reply.status.as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = reply.headers.get(header::LOCATION);
    is_redirect.then(|| location.and_then(|it| it.to_str().ok()))
}

fn slow(target: &Target, timeout: Duration) -> Failure {
    let detail = format!("`{target}` says nothing for {} s", timeout.as_secs_f32());
    Failure::passing(Kind::Timeout, detail)
}

fn unreachable(target: &Target, error: &io::Error) -> Failure {
    let kind = match error.kind() {
        io::ErrorKind::ConnectionRefused => Kind::ConnectionRefused,
        io::ErrorKind::TimedOut => Kind::Timeout,
        _ => Kind::Failed,
    };
    Failure::passing(kind, format!("`{target}`: {error}"))
}

fn broken(target: &Target, error: &hyper::Error) -> Failure {
    Failure::passing(Kind::Failed, format!("`{target}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_is_as_long_as_allowed() {
        let target = Url::parse("http://m.lab/").unwrap().target;
        let at = |n_bytes: usize| {
            Response::new(Full::from(vec![b' '; n_bytes]).map_err(|it| match it {}))
        };
        let read_at = async |n_bytes| read(at(n_bytes), &target, 10).await;
        assert_eq!(
            read_at(10).await.unwrap_or_else(|_| panic!()).body.len(),
            10
        );
        let failure = read_at(11).await.err().unwrap();
        assert_eq!(failure.detail, "`m.lab` says more than 10 bytes");
    }
}
