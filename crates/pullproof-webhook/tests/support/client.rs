//! A client that can misbehave, and what it sends.

#![allow(dead_code, reason = "no test uses all of it")]

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
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

use super::certificates::Identity;

/// How long anything may take on a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

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
    /// Clients of this server that trust this authority, PEM.
    pub(crate) fn new(address: SocketAddr, ca_pem: &str) -> Connector {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap())
            .unwrap();
        Connector {
            address,
            roots,
            identity: None,
            is_trusting: false,
            versions: rustls::ALL_VERSIONS.to_vec(),
        }
    }

    /// Takes any certificate.
    pub(crate) fn trusting(mut self) -> Connector {
        self.is_trusting = true;
        self
    }

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

    /// The value of a series, or 0 when there is none.
    pub(crate) fn metric(&self, series: &str) -> f64 {
        let text = self.connect().get("/metrics").text();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    /// A connection on which nothing was said.
    pub(crate) fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    pub(crate) fn connect(&self) -> Client {
        self.try_connect().expect("the handshake succeeds")
    }

    /// `None` when the server refuses the connection or the handshake.
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
        let tcp = TcpStream::connect(self.address).ok()?;
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

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.body
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
