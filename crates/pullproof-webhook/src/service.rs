//! What HTTP requests are answered with.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::oneshot;
use tokio::time::{timeout, timeout_at};

use crate::answer::{Answer, NoVerdict};
use crate::calendar;
use crate::config::Config;
use crate::deadline::{Deadline, deadline};
use crate::health::Health;
use crate::judge::Judge;
use crate::metrics::Observed;
use crate::queue::{Queue, Work};
use crate::tls::{Peer, Tls};

/// All bodies that are in memory at a time, in bytes: a multiple of the limit of one body, so
/// that a crowd of large requests is refused instead of filling the machine.
pub const MAX_BODIES: usize = 8;

/// Space for a body before any of it has come; a client that promises much has sent nothing yet.
const FIRST_BODY_BYTES: usize = 64 * 1024;

/// Bodies of which the core judges one in one or two milliseconds, unless the cluster is such that
/// it looks at all of it: ten times the usual mirror set.
const BRIEF_BYTES: usize = 16 * 1024;

/// How long a body that is too large is read on, so that its sender gets to the refusal.
const DISCARD_TIME: Duration = Duration::from_secs(1);

/// A certificate that expires this soon makes the server unready: whoever watches learns it
/// before calls fail, and the cluster sends them elsewhere while it can.
pub const UNREADY_BEFORE_EXPIRY_S: i64 = 60;

/// When readiness begins to mention the expiry: a week.
const MENTION_BEFORE_EXPIRY_S: i64 = 7 * 86_400;

/// Where the browser page is served.
const PLAYGROUND: &str = "/playground/";

/// Everything that requests need.
pub struct App {
    /// The settings.
    pub config: Config,
    /// Answers reviews.
    pub judge: Arc<Judge>,
    /// Threads that answer them.
    pub queue: Queue<Job>,
    /// The certificate.
    pub tls: Tls,
    /// Whether policies answer.
    pub health: Health,
    /// Whether connections are asked to go elsewhere.
    pub is_draining: AtomicBool,
    /// Open connections.
    pub n_connections: AtomicUsize,
    /// Bytes of bodies in memory.
    pub bodies: Arc<AtomicUsize>,
}

/// A review that waits for a thread.
pub struct Job {
    body: Arc<Body>,
    deadline: Deadline,
    pushed: Instant,
    reply: oneshot::Sender<Answer>,
}

/// What evaluating threads do.
pub struct Evaluation(pub Arc<Judge>);

/// An answer, and who waits for it.
pub struct Answered {
    reply: oneshot::Sender<Answer>,
    answer: Answer,
}

/// What a port is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// Reviews and pages.
    Reviews,
    /// Pages.
    Pages,
}

struct Body {
    bytes: Bytes,
    // Counts until the last who holds the bytes lets go.
    _room: Room,
}

/// A share of the memory for bodies.
struct Room {
    bodies: Arc<AtomicUsize>,
    n_bytes: usize,
}

enum BodyError {
    TooLarge,
    NoRoom,
    Broken,
}

impl Job {
    /// Answers on an evaluating thread, unless nobody waits or there is no time.
    fn run(self, judge: &Judge) -> Option<Answered> {
        let Job {
            body,
            deadline,
            pushed,
            reply,
        } = self;
        judge.metrics.queue_wait.observe(pushed.elapsed());
        if reply.is_closed() {
            judge.metrics.shed.count(&["gone"]);
            return None;
        }
        // Dropping the reply lets the one who waits say that it is late.
        if deadline.evaluate_by <= Instant::now() {
            return None;
        }
        let answer = judge.answer(&body.bytes, deadline);
        Some(Answered { reply, answer })
    }
}

impl Work for Evaluation {
    type Job = Job;
    type Done = Option<Answered>;

    fn prepare(&self) {
        self.0.policies.load().evaluate.prepare_thread();
    }

    fn is_brief(&self, job: &Job) -> bool {
        job.body.bytes.len() <= BRIEF_BYTES && !self.0.policies.load().evaluate.may_loop()
    }

    fn run(&self, job: Job) -> Option<Answered> {
        job.run(&self.0)
    }

    fn deliver(&self, done: Option<Answered>) {
        if let Some(Answered { reply, answer }) = done {
            // The client may have gone in the meantime.
            let _ = reply.send(answer);
        }
    }
}

impl App {
    /// Answers a request.
    pub async fn serve(
        &self,
        port: Port,
        peer: &Peer,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        if self.config.playground
            && let Some(response) = pullproof_page::answer(PLAYGROUND, &request)
        {
            return response;
        }
        let path = request.uri().path();
        let is_get = *request.method() == Method::GET || *request.method() == Method::HEAD;
        match (path, port) {
            ("/validate", Port::Reviews) if *request.method() == Method::POST => {
                json(self.review(peer, request).await)
            }
            ("/healthz", _) if is_get => self.healthz().await,
            ("/readyz", _) if is_get => self.readyz().await,
            ("/metrics", _) if is_get => self.metrics(),
            ("/version", _) if is_get => self.version(),
            ("/validate", Port::Reviews) => self.method_not_allowed("POST"),
            ("/healthz" | "/readyz" | "/metrics" | "/version", _) => self.method_not_allowed("GET"),
            _ => json(
                self.judge
                    .refused(404, "NotFound", "there is nothing at this path"),
            ),
        }
    }

    async fn review(&self, peer: &Peer, request: Request<Incoming>) -> Answer {
        let received = Instant::now();
        let (parts, mut body) = request.into_parts();
        if let Some(refusal) = self.refusal(peer, &parts.headers) {
            discard(&mut body, self.config.body_limit_bytes).await;
            return refusal;
        }
        let deadline = deadline(received, parts.uri.query(), self.config.timeout);
        let body = match timeout_at(deadline.answer_by.into(), self.read_body(body)).await {
            Ok(Ok(body)) => Arc::new(body),
            Ok(Err(error)) => return self.no_body(&error),
            Err(_) => {
                let message = "the body did not arrive in time";
                return self.judge.refused(408, "Timeout", message);
            }
        };
        let (reply, answer) = oneshot::channel();
        let job = Job {
            body: Arc::clone(&body),
            deadline,
            pushed: Instant::now(),
            reply,
        };
        let answer = match self.queue.push(job) {
            Err(_) => self.judge.not_judged(&body.bytes, NoVerdict::Full),
            Ok(()) => match timeout_at(deadline.answer_by.into(), answer).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) | Err(_) => self.judge.not_judged(&body.bytes, NoVerdict::Late),
            },
        };
        self.judge
            .metrics
            .review_duration
            .observe(received.elapsed());
        answer
    }

    /// What is wrong with a request for a review before its body is looked at.
    fn refusal(&self, peer: &Peer, headers: &HeaderMap) -> Option<Answer> {
        match peer {
            Peer::Admitted => {}
            Peer::Anonymous => {
                let message = "reviews are only for clients with a certificate";
                return Some(self.judge.refused(401, "Unauthorized", message));
            }
            Peer::Stranger { names } => {
                let names = names.join(", ");
                let message = format!("no name of the client's certificate is allowed: {names}");
                return Some(self.judge.refused(403, "Forbidden", &message));
            }
        }
        let message = is_json(headers).err()?;
        Some(self.judge.refused(415, "UnsupportedMediaType", message))
    }

    async fn read_body(&self, mut body: Incoming) -> Result<Body, BodyError> {
        let limit = self.config.body_limit_bytes;
        let promised = hyper::body::Body::size_hint(&body).lower();
        let promised = usize::try_from(promised).unwrap_or(usize::MAX);
        if limit < promised {
            if promised <= 2 * limit {
                discard(&mut body, 2 * limit).await;
            }
            return Err(BodyError::TooLarge);
        }
        let mut room = Room {
            bodies: Arc::clone(&self.bodies),
            n_bytes: 0,
        };
        let mut first = Bytes::new();
        let mut rest = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| BodyError::Broken)?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            let n_bytes = first.len() + rest.len() + data.len();
            if limit < n_bytes {
                drop((first, rest, room));
                discard(&mut body, 2 * limit).await;
                return Err(BodyError::TooLarge);
            }
            if !room.grow(data.len(), limit.saturating_mul(MAX_BODIES)) {
                drop((data, first, rest, room));
                discard(&mut body, limit).await;
                return Err(BodyError::NoRoom);
            }
            match (first.is_empty(), rest.is_empty()) {
                // Most bodies come in one piece, which is not copied.
                (true, true) => first = data,
                (false, _) => {
                    rest.reserve(n_bytes.max(promised.min(FIRST_BODY_BYTES)));
                    rest.extend_from_slice(&std::mem::take(&mut first));
                    rest.extend_from_slice(&data);
                }
                (true, false) => rest.extend_from_slice(&data),
            }
        }
        let bytes = if rest.is_empty() {
            first
        } else {
            rest.freeze()
        };
        Ok(Body { bytes, _room: room })
    }

    fn no_body(&self, error: &BodyError) -> Answer {
        match error {
            BodyError::TooLarge => {
                let limit = self.config.body_limit_bytes;
                let message = format!("the body has more than {limit} bytes (`body_limit_bytes`)");
                self.judge.refused(413, "RequestEntityTooLarge", &message)
            }
            BodyError::NoRoom => {
                self.judge.metrics.shed.count(&["memory"]);
                let message = "too many large reviews at a time, try again";
                self.judge.refused(503, "ServiceUnavailable", message)
            }
            BodyError::Broken => {
                self.judge
                    .refused(400, "BadRequest", "the body ended early or is malformed")
            }
        }
    }

    async fn healthz(&self) -> Response<Full<Bytes>> {
        match self.check_health().await {
            Ok(()) => text(StatusCode::OK, "ok\n".to_owned()),
            Err(message) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{message}\n")),
        }
    }

    async fn readyz(&self) -> Response<Full<Bytes>> {
        let mut faults = Vec::new();
        let mut notes = Vec::new();
        if self.is_draining.load(Ordering::Relaxed) {
            faults.push("draining: the server is about to stop".to_owned());
        }
        let left_s = self
            .tls
            .served()
            .not_after_s
            .saturating_sub(calendar::now_s());
        if left_s <= 0 {
            faults.push("certificate: it has expired".to_owned());
        } else if left_s <= UNREADY_BEFORE_EXPIRY_S {
            faults.push(format!("certificate: it expires in {left_s} s"));
        } else if left_s <= MENTION_BEFORE_EXPIRY_S {
            notes.push(format!("certificate: it expires in {} h", left_s / 3_600));
        }
        if let Err(message) = self.check_health().await {
            faults.push(format!("policies: {message}"));
        }
        let policies = self.judge.policies.load_full();
        if let Some(problem) = &policies.problem {
            notes.push(format!("settings: not reloaded: {problem}"));
        }
        for policy in policies.evaluate.policies() {
            if let Some(problem) = &policy.problem {
                notes.push(format!("policy `{}`: {problem}", policy.name));
            }
        }
        notes.extend(
            policies
                .evaluate
                .caveat()
                .map(|caveat| format!("state: {caveat}")),
        );
        let status = match faults.is_empty() {
            true => StatusCode::OK,
            false => StatusCode::SERVICE_UNAVAILABLE,
        };
        let mut body = if faults.is_empty() {
            "ready\n"
        } else {
            "not ready\n"
        }
        .to_owned();
        for fault in faults {
            let _ = writeln!(body, "fault: {fault}");
        }
        for note in notes {
            let _ = writeln!(body, "note: {note}");
        }
        text(status, body)
    }

    async fn check_health(&self) -> Result<(), String> {
        let evaluate = || Arc::clone(&self.judge.policies.load().evaluate);
        self.health.check(evaluate, &self.queue.busy()).await
    }

    fn metrics(&self) -> Response<Full<Bytes>> {
        let policies = self.judge.policies.load();
        let observed = Observed {
            policies: policies.evaluate.policies(),
            is_outdated: policies.problem.is_some(),
            queue_depth: self.queue.depth(),
            n_busy: self.queue.busy().len(),
            n_workers: self.config.workers,
            n_connections: self.n_connections.load(Ordering::Relaxed),
            not_after_s: self.tls.served().not_after_s,
            n_log_lines_dropped: self.judge.log.dropped(),
        };
        let body = self.judge.metrics.render(&observed);
        page(
            StatusCode::OK,
            "text/plain; version=0.0.4; charset=utf-8",
            body.into(),
        )
    }

    fn version(&self) -> Response<Full<Bytes>> {
        let policies: Vec<_> = self
            .judge
            .policies
            .load()
            .evaluate
            .policies()
            .iter()
            .map(|policy| serde_json::json!({ "name": *policy.name, "digest": policy.digest }))
            .collect();
        let version = env!("CARGO_PKG_VERSION");
        let body = serde_json::json!({ "version": version, "policies": policies });
        page(StatusCode::OK, "application/json", body.to_string().into())
    }

    fn method_not_allowed(&self, allowed: &'static str) -> Response<Full<Bytes>> {
        let message = format!("only {allowed} is answered here");
        let mut response = json(self.judge.refused(405, "MethodNotAllowed", &message));
        response
            .headers_mut()
            .insert(hyper::header::ALLOW, HeaderValue::from_static(allowed));
        response
    }
}

impl Room {
    fn grow(&mut self, n_bytes: usize, limit: usize) -> bool {
        let before = self.bodies.fetch_add(n_bytes, Ordering::Relaxed);
        self.n_bytes += n_bytes;
        before.saturating_add(n_bytes) <= limit
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.bodies.fetch_sub(self.n_bytes, Ordering::Relaxed);
    }
}

/// Reads on for a while: a client that is still sending would not read the refusal.
async fn discard(body: &mut Incoming, n_bytes: usize) {
    let discard = async {
        let mut discarded = 0;
        while let Some(Ok(frame)) = body.frame().await {
            discarded += frame.data_ref().map_or(0, Bytes::len);
            if n_bytes < discarded {
                return;
            }
        }
    };
    // Whoever sends too slowly for this reads a broken connection.
    let _ = timeout(DISCARD_TIME, discard).await;
}

fn is_json(headers: &HeaderMap) -> Result<(), &'static str> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    if !media_type.trim().eq_ignore_ascii_case("application/json") {
        return Err("the content type is not `application/json`");
    }
    match headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(()),
        Some(_) => Err("encoded bodies are not read"),
    }
}

/// Asks the client to close the connection after this response.
pub fn close_after(response: &mut Response<Full<Bytes>>) {
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
}

fn json(answer: Answer) -> Response<Full<Bytes>> {
    let status = StatusCode::from_u16(answer.http_status);
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = page(status, "application/json", answer.body);
    if matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE
    ) {
        close_after(&mut response);
    }
    response
}

fn text(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    page(status, "text/plain; charset=utf-8", body.into())
}

fn page(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::OnError;
    use crate::evaluate::{self, Evaluate, Outcome, PolicyInfo};
    use crate::judge::Policies;
    use crate::log::{Format, Level, Log};
    use crate::metrics::Metrics;

    struct Scripted {
        may_loop: bool,
    }

    impl Evaluate for Scripted {
        fn review(&self, _: &evaluate::Request<'_>, _: Instant) -> Vec<Outcome> {
            Vec::new()
        }

        fn policies(&self) -> Vec<PolicyInfo> {
            Vec::new()
        }

        fn may_loop(&self) -> bool {
            self.may_loop
        }
    }

    #[test]
    fn answers_wait_for_small_reviews_by_the_core_alone() {
        for (n_bytes, may_loop, expected) in [
            (0, false, true),
            (BRIEF_BYTES, false, true),
            (BRIEF_BYTES + 1, false, false),
            (1, true, false),
        ] {
            let log = Log::new(Level::Error, Format::Text, Box::new(std::io::sink()));
            let evaluation = Evaluation(Arc::new(Judge {
                policies: arc_swap::ArcSwap::from_pointee(Policies {
                    evaluate: Arc::new(Scripted { may_loop }),
                    settings: Vec::new(),
                    problem: None,
                }),
                on_error: OnError::Deny,
                metrics: Metrics::default(),
                log: Arc::new(log.unwrap()),
            }));
            let room = Room {
                bodies: Arc::default(),
                n_bytes: 0,
            };
            let (reply, _) = oneshot::channel();
            let now = Instant::now();
            let job = Job {
                body: Arc::new(Body {
                    bytes: vec![b' '; n_bytes].into(),
                    _room: room,
                }),
                deadline: deadline(now, None, Duration::from_secs(1)),
                pushed: now,
                reply,
            };
            assert_eq!(evaluation.is_brief(&job), expected, "{n_bytes} {may_loop}");
        }
    }
}
