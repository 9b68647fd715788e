//! A server that runs in the test, its certificates, and a client that can misbehave.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pullproof_webhook::calendar;
use pullproof_webhook::config::{self, Config};
use pullproof_webhook::evaluate::{
    Evaluate, Finding, Outcome, PolicyError, PolicyInfo, Request, Severity,
};
use pullproof_webhook::judge::Policies;
use pullproof_webhook::log::{Format, Level, Log};
use pullproof_webhook::server::{Server, Stop};
use pullproof_webhook::service::App;
use pullproof_webhook::tls::Tls;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    self, ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme,
    StreamOwned, SupportedProtocolVersion, version,
};

/// How long anything may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn eventually(mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "did not become true in time");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A review about an object whose name tells the policy what to do.
pub(crate) fn body(name: &str) -> String {
    format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"uid-{name}","kind":{{"group":"config.openshift.io","version":"v1","kind":"ImageDigestMirrorSet"}},"name":"{name}","operation":"CREATE","userInfo":{{"username":"admin","groups":["system:masters"]}},"object":{{"metadata":{{"name":"{name}"}},"spec":{{}}}},"oldObject":null,"dryRun":false,"options":null}}}}"#
    )
}

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

/// A certificate authority.
pub(crate) struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A chain and its key, PEM.
pub(crate) struct Identity {
    chain: String,
    key: String,
}

/// What a server serves, and what its clients trust.
pub(crate) struct ServerIdentity {
    root: Ca,
    valid_for_s: i64,
}

impl Ca {
    pub(crate) fn new(name: &str) -> Ca {
        let key = KeyPair::generate().unwrap();
        Ca {
            issuer: CertifiedIssuer::self_signed(ca_params(name), key).unwrap(),
        }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for a client.
    pub(crate) fn issue(&self, common_name: &str, dns_names: &[&str]) -> Identity {
        let mut params = leaf_params(dns_names, 3_600);
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            chain: leaf.pem(),
            key: key.serialize_pem(),
        }
    }

    pub(crate) fn server_valid_for(self, valid_for_s: i64) -> ServerIdentity {
        ServerIdentity {
            root: self,
            valid_for_s,
        }
    }
}

impl ServerIdentity {
    /// A new leaf for localhost, signed by a new authority between.
    fn issue(&self) -> Identity {
        let between = KeyPair::generate().unwrap();
        let between =
            CertifiedIssuer::signed_by(ca_params("between"), between, &self.root.issuer).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = leaf_params(&["localhost"], self.valid_for_s)
            .signed_by(&key, &between)
            .unwrap();
        Identity {
            chain: leaf.pem() + &between.pem(),
            key: key.serialize_pem(),
        }
    }
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn leaf_params(dns_names: &[&str], valid_for_s: i64) -> CertificateParams {
    let names: Vec<String> = dns_names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let end_s = u64::try_from(calendar::now_s() + valid_for_s).unwrap();
    params.not_after = epoch + Duration::from_secs(end_s);
    params
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
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(self.identity.root.pem().as_bytes()).unwrap())
            .unwrap();
        Connector {
            address: self.address,
            roots,
            identity: None,
            is_trusting: false,
            versions: rustls::ALL_VERSIONS.to_vec(),
        }
    }

    pub(crate) fn client(&self) -> Client {
        self.connector().connect()
    }

    /// A client that takes any certificate.
    pub(crate) fn unverified(&self) -> Client {
        Connector {
            is_trusting: true,
            ..self.connector()
        }
        .connect()
    }

    pub(crate) fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    /// The value of a series, or 0 when there is none.
    pub(crate) fn metric(&self, series: &str) -> f64 {
        let text = self.client().get("/metrics").text();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
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

fn install(dir: &Path, identity: &Identity) {
    let before = fs::read_link(dir.join("..data")).ok();
    let data = tempfile::Builder::new()
        .prefix("..v")
        .tempdir_in(dir)
        .unwrap()
        .keep();
    fs::write(data.join("tls.crt"), &identity.chain).unwrap();
    fs::write(data.join("tls.key"), &identity.key).unwrap();
    symlink(&data, dir.join("..data_tmp")).unwrap();
    fs::rename(dir.join("..data_tmp"), dir.join("..data")).unwrap();
    match before {
        Some(before) => fs::remove_dir_all(before).unwrap(),
        None => {
            for name in ["tls.crt", "tls.key"] {
                symlink(Path::new("..data").join(name), dir.join(name)).unwrap();
            }
        }
    }
}

/// Makes clients.
#[derive(Clone)]
pub(crate) struct Connector {
    address: SocketAddr,
    roots: RootCertStore,
    identity: Option<(Vec<CertificateDer<'static>>, Vec<u8>)>,
    is_trusting: bool,
    versions: Vec<&'static SupportedProtocolVersion>,
}

impl Connector {
    pub(crate) fn identity(mut self, identity: &Identity) -> Connector {
        let chain = CertificateDer::pem_slice_iter(identity.chain.as_bytes());
        self.identity = Some((
            chain.map(Result::unwrap).collect(),
            identity.key.clone().into_bytes(),
        ));
        self
    }

    /// Speaks TLS 1.2 alone.
    pub(crate) fn oldest_tls(mut self) -> Connector {
        self.versions = vec![&version::TLS12];
        self
    }

    pub(crate) fn connect(&self) -> Client {
        self.try_connect().expect("the handshake succeeds")
    }

    /// `None` when the server refuses the handshake.
    pub(crate) fn try_connect(&self) -> Option<Client> {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&self.versions)
            .unwrap();
        let builder = match self.is_trusting {
            false => builder.with_root_certificates(self.roots.clone()),
            true => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Trusting)),
        };
        let config = match self.identity.clone() {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder
                .with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(&key).unwrap())
                .unwrap(),
        };
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let tcp = TcpStream::connect(self.address).unwrap();
        tcp.set_nodelay(true).unwrap();
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        tcp.set_write_timeout(Some(PATIENCE)).unwrap();
        let mut stream = StreamOwned::new(connection, tcp);
        stream.conn.complete_io(&mut stream.sock).ok()?;
        Some(Client {
            stream,
            received: Vec::new(),
        })
    }
}

#[derive(Debug)]
struct Trusting;

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// One connection.
pub(crate) struct Client {
    stream: StreamOwned<ClientConnection, TcpStream>,
    received: Vec<u8>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Client {
    pub(crate) fn review(&mut self, body: &str) -> Answer {
        self.start_review("/validate", body);
        self.read_answer().unwrap()
    }

    pub(crate) fn start_review(&mut self, path: &str, body: &str) {
        let request = format!("POST {path}");
        self.start(
            &request,
            &[("content-type", "application/json")],
            body.as_bytes(),
        );
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.send(&format!("GET {path}"), &[], b"")
    }

    pub(crate) fn send(&mut self, request: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.start(request, headers, body);
        self.read_answer().unwrap()
    }

    pub(crate) fn send_chunked(&mut self, body: &[u8]) -> Answer {
        let mut text = b"POST /validate HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        for chunk in body.chunks(7_001) {
            text.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            text.extend_from_slice(chunk);
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(b"0\r\n\r\n");
        self.write(&text);
        self.read_answer().unwrap()
    }

    fn start(&mut self, request: &str, headers: &[(&str, &str)], body: &[u8]) {
        let mut text = format!("{request} HTTP/1.1\r\nhost: localhost\r\n");
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        text += &format!("content-length: {}\r\n\r\n", body.len());
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(body);
        self.write(&bytes);
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.try_write(bytes).unwrap();
    }

    pub(crate) fn try_write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// The next answer; `None` when the connection ends instead.
    pub(crate) fn read_answer(&mut self) -> Option<Answer> {
        let head_end = loop {
            if let Some(at) = self
                .received
                .windows(4)
                .position(|bytes| bytes == b"\r\n\r\n")
            {
                break at + 4;
            }
            self.read_more()?;
        };
        let head = String::from_utf8(self.received[..head_end].to_vec()).unwrap();
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length: usize = length.map_or(0, |(_, length)| length.parse().unwrap());
        while self.received.len() < head_end + length {
            self.read_more()?;
        }
        let rest = self.received.split_off(head_end + length);
        let body = self.received.split_off(head_end);
        self.received = rest;
        Some(Answer {
            status,
            headers,
            body,
        })
    }

    fn read_more(&mut self) -> Option<()> {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => None,
            Ok(n_bytes) => {
                self.received.extend_from_slice(&buffer[..n_bytes]);
                Some(())
            }
            // A timeout is a fault of the server, everything else the end.
            Err(error) => {
                assert_ne!(error.kind(), io::ErrorKind::WouldBlock, "no answer in time");
                None
            }
        }
    }

    pub(crate) fn n_certificates(&self) -> usize {
        self.stream.conn.peer_certificates().unwrap().len()
    }

    pub(crate) fn leaf(&self) -> Vec<u8> {
        self.stream.conn.peer_certificates().unwrap()[0].to_vec()
    }

    pub(crate) fn protocol(&self) -> String {
        format!("{:?}", self.stream.conn.protocol_version().unwrap())
    }
}
