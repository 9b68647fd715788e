//! Accepts connections, holds each to its limits, and stops without losing a request.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use arc_swap::ArcSwap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::select;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::config::Config;
use crate::health::Health;
use crate::judge::{Judge, Policies};
use crate::log::{Level, Log};
use crate::metrics::Metrics;
use crate::queue::{self, Queue};
use crate::service::{self, App, Evaluation, Port};
use crate::tls::{self, Peer, Refresh, Tls};

/// A handshake takes two round trips; who takes longer is broken or means harm.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// From the first byte of a request to the end of its head.
pub const HEAD_TIME: Duration = Duration::from_secs(10);
/// Between requests. Go clients, such as the API server, close after 90 s; closing later than
/// they do never crosses a request on its way.
pub const IDLE_TIME: Duration = Duration::from_secs(120);
/// The same when there is no place for another connection.
pub const IDLE_TIME_WHEN_FULL: Duration = Duration::from_secs(5);
/// How often a connection is held to these.
const WATCH: Duration = Duration::from_secs(2);
/// How long a connection that came just before the end may take for its first request.
const LATE_CONNECTION_TIME: Duration = Duration::from_secs(1);
/// What is left for writing answers when everything else has ended.
const LAST_ANSWERS_TIME: Duration = Duration::from_secs(2);
/// Connections that the kernel holds until they are accepted.
const BACKLOG: u32 = 1_024;
/// Connections to the port of pages: a scraper and the kubelet.
const MAX_PAGE_CONNECTIONS: usize = 64;
/// The head of a request, and how much of a body is read at once.
const BUFFER_BYTES: usize = 64 * 1024;
/// After the system refused a connection, such as for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A server that listens.
pub struct Server {
    app: Arc<App>,
    reviews: TcpListener,
    pages: Option<TcpListener>,
    stop: Stop,
}

/// Ends a server.
#[derive(Clone)]
pub struct Stop(watch::Sender<Phase>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    Draining,
    Stopping,
}

impl Stop {
    /// Fails readiness, serves on for the drain delay, finishes what is at work, and ends.
    pub fn drain(&self) {
        self.0.send_if_modified(|phase| {
            let is_first = *phase == Phase::Serving;
            *phase = (*phase).max(Phase::Draining);
            is_first
        });
    }
}

impl Server {
    /// Listens and starts the evaluating threads; nothing is accepted before `run`.
    ///
    /// # Errors
    ///
    /// An address cannot be listened on, or a thread cannot be started.
    pub fn start(
        config: Config,
        tls: Tls,
        policies: Policies,
        log: Arc<Log>,
    ) -> anyhow::Result<Server> {
        let reviews = listen(config.listen)?;
        let pages = config.metrics_listen.map(listen).transpose()?;
        let judge = Arc::new(Judge {
            policies: ArcSwap::from_pointee(policies),
            on_error: config.on_error,
            metrics: Metrics::default(),
            log,
        });
        let evaluation = Evaluation(Arc::clone(&judge));
        let queue = Queue::start(config.workers, config.queue, queue::HOLD_TIME, evaluation)
            .context("failed to start the evaluating threads")?;
        let app = Arc::new(App {
            config,
            judge,
            queue,
            tls,
            health: Health::new(),
            is_draining: AtomicBool::new(false),
            n_connections: AtomicUsize::new(0),
            bodies: Arc::new(AtomicUsize::new(0)),
        });
        let (phase, _) = watch::channel(Phase::Serving);
        Ok(Server {
            app,
            reviews,
            pages,
            stop: Stop(phase),
        })
    }

    /// Everything that requests share.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The address of reviews.
    ///
    /// # Errors
    ///
    /// The system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.reviews.local_addr()
    }

    /// The address of pages without TLS.
    ///
    /// # Errors
    ///
    /// The system does not tell, or there is none.
    pub fn pages_address(&self) -> io::Result<SocketAddr> {
        match &self.pages {
            Some(pages) => pages.local_addr(),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Ends this server.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Serves until it was stopped and everything that was at work is answered.
    pub async fn run(self) {
        let Server {
            app,
            reviews,
            pages,
            stop: Stop(phase),
        } = self;
        let review_places = Arc::new(Semaphore::new(app.config.max_connections));
        let page_places = Arc::new(Semaphore::new(MAX_PAGE_CONNECTIONS));
        let mut accepting = vec![tokio::spawn(accept(
            Arc::clone(&app),
            reviews,
            Port::Reviews,
            Arc::clone(&review_places),
            phase.subscribe(),
        ))];
        accepting.extend(pages.map(|pages| {
            let places = Arc::clone(&page_places);
            tokio::spawn(accept(
                Arc::clone(&app),
                pages,
                Port::Pages,
                places,
                phase.subscribe(),
            ))
        }));
        let following = tokio::spawn(follow_certificate(Arc::clone(&app)));

        let mut changes = phase.subscribe();
        // Only fails when the sender is gone, and `phase` is here.
        let _ = changes.wait_for(|phase| Phase::Draining <= *phase).await;
        app.is_draining.store(true, Ordering::Relaxed);
        let delay = app.config.drain_delay;
        app.judge
            .log
            .line(Level::Info, "draining", &[("delay_ms", &delay.as_millis())]);
        sleep(delay).await;
        phase.send_replace(Phase::Stopping);
        for task in accepting {
            // A task that panicked accepts no more, either.
            let _ = task.await;
        }
        let n_places = u32::try_from(app.config.max_connections).unwrap_or(u32::MAX);
        let rest = app.config.timeout + LAST_ANSWERS_TIME;
        let is_done = timeout(rest, review_places.acquire_many(n_places))
            .await
            .is_ok();
        following.abort();
        app.queue.close();
        let n_open = app.n_connections.load(Ordering::Relaxed);
        let level = if is_done { Level::Info } else { Level::Warn };
        app.judge
            .log
            .line(level, "stopped", &[("open_connections", &n_open)]);
    }
}

fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listen = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // A restart does not wait for connections of before.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().with_context(|| format!("failed to listen on `{address}`"))
}

async fn follow_certificate(app: Arc<App>) {
    loop {
        sleep(tls::POLL).await;
        let reader = Arc::clone(&app);
        // Files may lie on a slow disk.
        let Ok(refresh) = tokio::task::spawn_blocking(move || reader.tls.refresh()).await else {
            continue;
        };
        let judge = &app.judge;
        match refresh {
            Refresh::Unchanged => {}
            Refresh::Reloaded => {
                judge.metrics.certificate_reloads.count(&["ok"]);
                let not_after_s = app.tls.served().not_after_s;
                let fields: [(&str, &dyn std::fmt::Display); 1] = [("not_after_s", &not_after_s)];
                judge.log.line(Level::Info, "certificate reloaded", &fields);
            }
            Refresh::Failed(message) => {
                judge.metrics.certificate_reloads.count(&["failed"]);
                judge.log.line(
                    Level::Error,
                    "certificate not reloaded, the last good one stays",
                    &[("reason", &message)],
                );
            }
        }
    }
}

async fn accept(
    app: Arc<App>,
    listener: TcpListener,
    port: Port,
    places: Arc<Semaphore>,
    phase: watch::Receiver<Phase>,
) {
    let mut stopping = phase.clone();
    let mut stopping = pin!(stopping.wait_for(|phase| *phase == Phase::Stopping));
    loop {
        let place = select! {
            biased;
            _ = &mut stopping => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        // The semaphore is never closed.
        let Ok(place) = place else { return };
        let accepted = select! {
            biased;
            _ = &mut stopping => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let places = Arc::clone(&places);
                let task = serve(Arc::clone(&app), stream, port, places, phase.clone());
                tokio::spawn(async move {
                    task.await;
                    drop(place);
                });
            }
            Err(error) => {
                app.judge
                    .log
                    .line(Level::Error, "failed to accept", &[("reason", &error)]);
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    // What the kernel has accepted would be reset when the listener goes.
    while let Some(Ok((stream, _))) = poll_fn(|context| match listener.poll_accept(context) {
        Poll::Ready(accepted) => Poll::Ready(Some(accepted)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
    {
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            return;
        };
        let places = Arc::clone(&places);
        let task = serve(Arc::clone(&app), stream, port, places, phase.clone());
        tokio::spawn(async move {
            task.await;
            drop(place);
        });
    }
}

async fn serve(
    app: Arc<App>,
    stream: TcpStream,
    port: Port,
    places: Arc<Semaphore>,
    phase: watch::Receiver<Phase>,
) {
    let _counted = Counted::new(&app);
    // Answers are written whole, so nothing is gained by waiting for more.
    let _ = stream.set_nodelay(true);
    match port {
        Port::Pages => connection(&app, stream, port, Peer::Anonymous, &places, phase).await,
        Port::Reviews => {
            let served = app.tls.served();
            let stream = match timeout(HANDSHAKE_TIME, served.acceptor.accept(stream)).await {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => return failed_handshake(&app, &error.to_string()),
                Err(_) => return failed_handshake(&app, "it takes too long"),
            };
            let peer = served.peer(stream.get_ref().1.peer_certificates());
            drop(served);
            connection(&app, stream, port, peer, &places, phase).await;
        }
    }
}

fn failed_handshake(app: &App, reason: &str) {
    app.judge
        .metrics
        .handshake_failures
        .fetch_add(1, Ordering::Relaxed);
    app.judge
        .log
        .line(Level::Debug, "handshake failed", &[("reason", &reason)]);
}

async fn connection<S: AsyncRead + AsyncWrite + Unpin>(
    app: &Arc<App>,
    stream: S,
    port: Port,
    peer: Peer,
    places: &Semaphore,
    mut phase: watch::Receiver<Phase>,
) {
    let activity = Activity::new();
    let max_age = app.config.max_connection_age;
    let service = service_fn(|request| {
        activity.set(State::Answering);
        activity.n_requests.fetch_add(1, Ordering::Relaxed);
        let (peer, activity) = (&peer, &activity);
        async move {
            let mut response = app.serve(port, peer, request).await;
            let is_old = max_age.is_some_and(|max_age| max_age <= activity.start.elapsed());
            if is_old || app.is_draining.load(Ordering::Relaxed) {
                service::close_after(&mut response);
            }
            activity.set(State::Idle);
            Ok::<_, Infallible>(response)
        }
    });
    let stream = TokioIo::new(Watched {
        stream,
        activity: &activity,
    });
    let mut builder = http1::Builder::new();
    builder.max_buf_size(BUFFER_BYTES);
    let mut connection = pin!(builder.serve_connection(stream, service));
    let mut tick = pin!(sleep(WATCH));
    let mut is_stopping = false;
    loop {
        select! {
            biased;
            // An error is a client that broke off; there is nobody to tell.
            _ = connection.as_mut() => return,
            () = tick.as_mut() => {
                if is_stopping {
                    connection.as_mut().graceful_shutdown();
                }
                if activity.is_overdue(places.available_permits() == 0) {
                    return;
                }
                tick.as_mut().reset(tokio::time::Instant::now() + WATCH);
            }
            _ = phase.wait_for(|phase| *phase == Phase::Stopping), if !is_stopping => {
                is_stopping = true;
                match activity.n_requests.load(Ordering::Relaxed) {
                    // Nobody has told this client yet to go elsewhere.
                    0 => tick.as_mut().reset(tokio::time::Instant::now() + LATE_CONNECTION_TIME),
                    _ => connection.as_mut().graceful_shutdown(),
                }
            }
        }
    }
}

/// What a connection does, and since when.
struct Activity {
    start: Instant,
    n_requests: AtomicU64,
    /// Milliseconds after `start`, times four, and the state.
    state: AtomicU64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between requests, or writing an answer.
    Idle,
    /// Part of a head has come.
    Head,
    /// A request is being answered, which has limits of its own.
    Answering,
}

impl Activity {
    fn new() -> Activity {
        // Go clients make connections ahead of need, so a new one owes nothing yet.
        let state = AtomicU64::new(State::Idle as u64);
        Activity {
            start: Instant::now(),
            n_requests: AtomicU64::new(0),
            state,
        }
    }

    fn set(&self, state: State) {
        let since_ms = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX / 4);
        self.state
            .store(since_ms << 2 | state as u64, Ordering::Relaxed);
    }

    fn bytes_came(&self) {
        if self.state.load(Ordering::Relaxed) & 3 == State::Idle as u64 {
            self.set(State::Head);
        }
    }

    fn is_overdue(&self, is_full: bool) -> bool {
        let state = self.state.load(Ordering::Relaxed);
        let elapsed = self
            .start
            .elapsed()
            .saturating_sub(Duration::from_millis(state >> 2));
        let idle_time = if is_full {
            IDLE_TIME_WHEN_FULL
        } else {
            IDLE_TIME
        };
        match state & 3 {
            state if state == State::Idle as u64 => idle_time < elapsed,
            state if state == State::Head as u64 => HEAD_TIME < elapsed,
            _ => false,
        }
    }
}

/// A stream that notes when bytes come.
struct Watched<'a, S> {
    stream: S,
    activity: &'a Activity,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<'_, S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        if before < buffer.filled().len() {
            self.activity.bytes_came();
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<'_, S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Counts an open connection until it is dropped.
struct Counted<'a>(&'a App);

impl Counted<'_> {
    fn new(app: &App) -> Counted<'_> {
        app.n_connections.fetch_add(1, Ordering::Relaxed);
        Counted(app)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.n_connections.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_overdue_after_its_time() {
        for (state, is_full, limit) in [
            (State::Idle, false, IDLE_TIME),
            (State::Idle, true, IDLE_TIME_WHEN_FULL),
            (State::Head, false, HEAD_TIME),
            (State::Head, true, HEAD_TIME),
        ] {
            let second = Duration::from_secs(1);
            for (elapsed, is_overdue) in [(limit - second, false), (limit + second, true)] {
                let activity = Activity::new();
                activity.set(state);
                let start = activity.start.checked_sub(elapsed).unwrap();
                assert_eq!(
                    Activity { start, ..activity }.is_overdue(is_full),
                    is_overdue,
                    "{state:?}"
                );
            }
        }
        let activity = Activity::new();
        activity.set(State::Answering);
        activity.bytes_came();
        let start = activity
            .start
            .checked_sub(Duration::from_secs(3_600))
            .unwrap();
        assert!(!Activity { start, ..activity }.is_overdue(true));
    }

    #[test]
    fn only_the_first_byte_of_a_head_starts_its_time() {
        let activity = Activity::new();
        activity.set(State::Idle);
        activity.bytes_came();
        let first = activity.state.load(Ordering::Relaxed);
        assert_eq!(first & 3, State::Head as u64);
        let activity = Activity {
            start: activity.start.checked_sub(Duration::from_secs(9)).unwrap(),
            ..activity
        };
        activity.bytes_came();
        assert_eq!(activity.state.load(Ordering::Relaxed), first);
    }
}
