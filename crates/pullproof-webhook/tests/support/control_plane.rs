//! etcd and a kube-apiserver of their own for a test, and kubectl to talk to them.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, SanType,
};
use serde_json::json;
use tempfile::TempDir;

/// How long etcd and the API server may take to start on a busy machine.
const START_TIME: Duration = Duration::from_secs(120);

/// A process that ends with this value.
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An API server, and how kubectl finds it.
pub(crate) struct ControlPlane {
    assets: PathBuf,
    dir: TempDir,
    // The API server goes first.
    _api_server: Owned,
    _etcd: Owned,
}

/// What kubectl did.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) is_ok: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl ControlPlane {
    /// `None` where there is nothing to start.
    pub(crate) fn start() -> Option<ControlPlane> {
        let assets = std::env::var_os("KUBEBUILDER_ASSETS").filter(|path| !path.is_empty())?;
        let assets = PathBuf::from(assets);
        let dir = tempfile::tempdir().unwrap();
        let [etcd_port, peer_port, port] = free_ports();
        write_certificates(dir.path());
        write_kubeconfig(dir.path(), port);
        let etcd_url = format!("http://127.0.0.1:{etcd_port}");
        let peer_url = format!("http://127.0.0.1:{peer_port}");
        let file = |name: &str| dir.path().join(name).display().to_string();
        let etcd = start(
            &assets.join("etcd"),
            dir.path(),
            &[
                format!("--data-dir={}", file("etcd")),
                format!("--listen-client-urls={etcd_url}"),
                format!("--advertise-client-urls={etcd_url}"),
                format!("--listen-peer-urls={peer_url}"),
                format!("--initial-advertise-peer-urls={peer_url}"),
                format!("--initial-cluster=default={peer_url}"),
                "--unsafe-no-fsync".to_owned(),
            ],
        );
        let api_server = start(
            &assets.join("kube-apiserver"),
            dir.path(),
            &[
                format!("--etcd-servers={etcd_url}"),
                format!("--cert-dir={}", file("")),
                format!("--tls-cert-file={}", file("server.crt")),
                format!("--tls-private-key-file={}", file("server.key")),
                format!("--client-ca-file={}", file("ca.crt")),
                "--bind-address=127.0.0.1".to_owned(),
                "--advertise-address=127.0.0.1".to_owned(),
                format!("--secure-port={port}"),
                "--authorization-mode=RBAC".to_owned(),
                format!("--service-account-issuer=https://127.0.0.1:{port}/"),
                format!("--service-account-key-file={}", file("tokens.pub")),
                format!("--service-account-signing-key-file={}", file("tokens.key")),
                "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
                "--disable-admission-plugins=ServiceAccount".to_owned(),
                "--endpoint-reconciler-type=none".to_owned(),
                "--shutdown-delay-duration=0s".to_owned(),
            ],
        );
        let mut plane = ControlPlane {
            assets,
            dir,
            _api_server: api_server,
            _etcd: etcd,
        };
        plane.wait();
        Some(plane)
    }

    fn wait(&mut self) {
        let end = Instant::now() + START_TIME;
        loop {
            let ready = self.kubectl(&["get", "--raw", "/readyz"], None);
            if ready.is_ok {
                return;
            }
            for (name, Owned(child)) in [
                ("etcd", &mut self._etcd),
                ("kube-apiserver", &mut self._api_server),
            ] {
                let has_ended = child.try_wait().unwrap().is_some();
                let log = || fs::read_to_string(self.dir.path().join(format!("{name}.log")));
                assert!(
                    !has_ended && Instant::now() < end,
                    "{name}: {}",
                    log().unwrap_or_default()
                );
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.dir.path().join("kubeconfig")
    }

    pub(crate) fn kubectl(&self, arguments: &[&str], stdin: Option<&str>) -> Said {
        let mut child = Command::new(self.assets.join("kubectl"))
            .args(arguments)
            .args(["--request-timeout=30s", "--cache-dir"])
            .arg(self.dir.path().join("cache"))
            .env("KUBECONFIG", self.kubeconfig())
            .env("KUBERC", "off")
            .env("HOME", self.dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        // It may not want to read.
        let _ = input.write_all(stdin.unwrap_or_default().as_bytes());
        drop(input);
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said {
            is_ok: output.status.success(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    pub(crate) fn apply(&self, objects: &str, flags: &[&str]) -> Said {
        self.kubectl(&[&["apply", "-f", "-"], flags].concat(), Some(objects))
    }

    /// The same for what must succeed.
    pub(crate) fn applied(&self, objects: &str) {
        let said = self.apply(objects, &[]);
        assert!(said.is_ok, "{said:?}");
    }
}

fn start(program: &Path, dir: &Path, arguments: &[String]) -> Owned {
    let name = program.file_name().unwrap().to_str().unwrap();
    let log = File::create(dir.join(format!("{name}.log"))).unwrap();
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn();
    Owned(child.unwrap_or_else(|error| panic!("{}: {error}", program.display())))
}

fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

fn write_certificates(dir: &Path) {
    let params = |name: &str| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    };
    let write = |name: &str, text: String| fs::write(dir.join(name), text).unwrap();
    let mut ca = params("authority");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    write("ca.crt", ca.pem());
    let mut server = params("kube-apiserver");
    server.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let mut admin = params("admin");
    admin
        .distinguished_name
        .push(DnType::OrganizationName, "system:masters");
    admin.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    for (name, params) in [("server", server), ("admin", admin)] {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &ca).unwrap();
        write(&format!("{name}.crt"), certificate.pem());
        write(&format!("{name}.key"), key.serialize_pem());
    }
    let tokens = KeyPair::generate().unwrap();
    write("tokens.key", tokens.serialize_pem());
    write("tokens.pub", tokens.public_key_pem());
}

/// JSON is YAML as well.
fn write_kubeconfig(dir: &Path, port: u16) {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "test", "cluster": {
            "server": format!("https://127.0.0.1:{port}"),
            "certificate-authority": dir.join("ca.crt"),
        } }],
        "users": [{ "name": "admin", "user": {
            "client-certificate": dir.join("admin.crt"),
            "client-key": dir.join("admin.key"),
        } }],
        "contexts": [{ "name": "test", "context": { "cluster": "test", "user": "admin" } }],
        "current-context": "test",
    });
    fs::write(dir.join("kubeconfig"), config.to_string()).unwrap();
}
