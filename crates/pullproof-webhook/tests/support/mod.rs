//! A server that runs in the test, with policies that do as they are told.

pub(crate) mod certificates;
pub(crate) mod client;

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use certificates::{Ca, ServerIdentity, install};
use client::{Client, Connector, PATIENCE};
use pullproof_webhook::config::{self, Config};
use pullproof_webhook::evaluate::{
    Evaluate, Finding, Outcome, PolicyError, PolicyInfo, Request, Severity,
};
use pullproof_webhook::judge::Policies;
use pullproof_webhook::log::{Format, Level, Log};
use pullproof_webhook::server::{Server, Stop};
use pullproof_webhook::service::App;
use pullproof_webhook::tls::Tls;
use tempfile::TempDir;

/// A policy that does what the object's name says.
#[derive(Default)]
pub(crate) struct Scripted {
    is_open: Mutex<bool>,
    opened: Condvar,
    n_asked: AtomicUsize,
    is_broken: AtomicBool,
}

impl Scripted {
    /// Lets reviews of `gate` go on.
    pub(crate) fn open_gate(&self) {
        *self.is_open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    pub(crate) fn n_asked(&self) -> usize {
        self.n_asked.load(Ordering::Relaxed)
    }

    pub(crate) fn break_all(&self) {
        self.is_broken.store(true, Ordering::Relaxed);
    }
}

impl Evaluate for Scripted {
    fn review(&self, request: &Request<'_>, _deadline: Instant) -> Vec<Outcome> {
        if request.user == "admin" {
            self.n_asked.fetch_add(1, Ordering::Relaxed);
        }
        let finding = |severity| Finding {
            rule: "some-rule".to_owned(),
            code: "PP001".to_owned(),
            severity,
            message: "it is bad".to_owned(),
            place: None,
            object: None,
            path: "spec.a".to_owned(),
            related: Vec::new(),
            help: None,
        };
        let error = |message: &str| PolicyError {
            code: "trap",
            message: message.to_owned(),
        };
        let result = match request.name {
            _ if self.is_broken.load(Ordering::Relaxed) => Err(error("it is broken")),
            "bad" => Ok(vec![finding(Severity::Error)]),
            "warn" => Ok(vec![finding(Severity::Warning)]),
            "trap" => Err(error("it trapped")),
            "gate" => {
                let is_open = self.is_open.lock().unwrap();
                let (is_open, _) = self
                    .opened
                    .wait_timeout_while(is_open, PATIENCE, |is_open| !*is_open)
                    .unwrap();
                assert!(*is_open, "nobody opened the gate");
                Ok(Vec::new())
            }
            _ => Ok(Vec::new()),
        };
        vec![Outcome {
            policy: "pullproof".into(),
            is_repeated: false,
            result,
        }]
    }

    fn policies(&self) -> Vec<PolicyInfo> {
        let digest = "sha256:scripted".to_owned();
        vec![PolicyInfo {
            name: "pullproof".into(),
            digest,
            problem: None,
        }]
    }
}

/// A server with its own thread and directory.
pub(crate) struct Running {
    pub(crate) policies: Arc<Scripted>,
    pub(crate) stop: Stop,
    app: Arc<App>,
    address: SocketAddr,
    pages_address: Option<SocketAddr>,
    identity: ServerIdentity,
    dir: TempDir,
    log: Arc<Log>,
    sink: Sink,
    thread: JoinHandle<()>,
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Running {
    pub(crate) fn start(change: impl FnOnce(&mut Config)) -> Running {
        Running::start_with(Ca::new("root").server_valid_for(86_400 * 30), change)
    }

    pub(crate) fn start_with(
        identity: ServerIdentity,
        change: impl FnOnce(&mut Config),
    ) -> Running {
        let dir = tempfile::tempdir().unwrap();
        install(dir.path(), &identity.issue());
        let (mut config, problems) = config::read("");
        assert_eq!(problems, []);
        config.listen = ([127, 0, 0, 1], 0).into();
        config.workers = 2;
        config.drain_delay = Duration::ZERO;
        config.tls.cert = Some(dir.path().join("tls.crt"));
        config.tls.key = Some(dir.path().join("tls.key"));
        change(&mut config);
        let policies = Arc::new(Scripted::default());
        let tls = Tls::load(&config.tls).unwrap();
        let sink = Sink::default();
        let log = Arc::new(Log::new(Level::Info, Format::Json, Box::new(sink.clone())).unwrap());
        let set = Policies {
            evaluate: Arc::clone(&policies) as Arc<dyn Evaluate>,
            settings: config.policies.clone(),
            problem: None,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let server = {
            let _entered = runtime.enter();
            Server::start(config, tls, set, Arc::clone(&log)).unwrap()
        };
        Running {
            policies,
            stop: server.stop(),
            app: Arc::clone(server.app()),
            address: server.address().unwrap(),
            pages_address: server.pages_address().ok(),
            identity,
            dir,
            log,
            sink,
            thread: std::thread::spawn(move || runtime.block_on(server.run())),
        }
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pages_address(&self) -> SocketAddr {
        self.pages_address.unwrap()
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Puts a new certificate in place as the kubelet does.
    pub(crate) fn swap_certificate(&self) {
        install(self.dir.path(), &self.identity.issue());
    }

    pub(crate) fn connector(&self) -> Connector {
        Connector::new(self.address, &self.identity.ca_pem())
    }

    pub(crate) fn client(&self) -> Client {
        self.connector().connect()
    }

    /// A client that takes any certificate.
    pub(crate) fn unverified(&self) -> Client {
        self.connector().trusting().connect()
    }

    pub(crate) fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    /// The value of a series, or 0 when there is none.
    pub(crate) fn metric(&self, series: &str) -> f64 {
        self.connector().metric(series)
    }

    /// Ends the server and returns its log.
    pub(crate) fn stop(self) -> String {
        self.stop.drain();
        self.join()
    }

    /// Waits for the end of the server, which something else has begun.
    pub(crate) fn join(self) -> String {
        let end = Instant::now() + PATIENCE;
        while !self.thread.is_finished() {
            assert!(Instant::now() < end, "the server does not end");
            std::thread::sleep(Duration::from_millis(2));
        }
        self.thread.join().unwrap();
        self.log.close();
        String::from_utf8(self.sink.0.lock().unwrap().clone()).unwrap()
    }
}
