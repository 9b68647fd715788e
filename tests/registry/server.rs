//! A server of its own for a test, on a free port, gone with the value.

use crate::image::{Image, digest};
use crate::program::DOCKER_REGISTRY;
use crate::request::{self, Request};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The user that a server with `Options::is_protected` knows.
pub const USER: &str = "reader";
/// That user's password.
pub const PASSWORD: &str = "mirror-test";

/// `PASSWORD` with bcrypt, the only form that the server takes, at its lowest cost.
const PASSWORD_HASH: &str = "$2y$04$abcdefghijklmnopqrstuuLqcDMHaRNpdR2nyv1KtqqJ2ZqiDG9Fi";

/// How long a server may take to start: it takes milliseconds, but all tests start at once.
const START: Duration = Duration::from_secs(20);
/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(5);

/// What a server is like; by default it talks plain HTTP with anyone.
#[derive(Clone, Default, Debug)]
pub struct Options {
    /// Whether it answers `USER` with `PASSWORD` alone, by basic authentication.
    pub is_protected: bool,
    /// What it talks TLS with; `None` for plain HTTP.
    pub tls: Option<Tls>,
    /// Whether it refuses uploads; images are put there nevertheless.
    pub is_read_only: bool,
}

/// A certificate and its key, as PEM.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The certificate, for the name or address that clients use.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

/// A running server.
pub struct Server {
    child: Child,
    port: u16,
    directory: TempDir,
}

impl Server {
    /// Starts a server and waits until it accepts connections.
    ///
    /// # Panics
    /// When the program is missing or does not start in time, with what it said.
    pub fn start(options: &Options) -> Server {
        let directory = tempfile::tempdir().expect("there is a directory for temporary files");
        let config = write_config(directory.path(), options);
        let log = |name| File::create(directory.path().join(name)).expect("the directory is there");
        let mut child = Command::new(DOCKER_REGISTRY)
            .arg("serve")
            .arg(config)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(log(ACCESS_LOG))
            .stderr(log(LOG))
            .spawn()
            .expect("docker-registry is installed");
        let port = wait_for_port(&mut child, &directory.path().join(LOG));
        Server {
            child,
            port,
            directory,
        }
    }

    /// The port on 127.0.0.1, which is also `localhost`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host and port, such as `127.0.0.1:40123`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Puts an image into a repository, with a tag if there is one, and gives its digest.
    ///
    /// The image is put where the server keeps images, so that no upload is among the requests
    /// and servers that refuse uploads have images too.
    ///
    /// # Panics
    /// When the files cannot be written.
    // From distribution/distribution, registry/storage/paths.go.
    pub fn push(&self, repository: &str, tag: Option<&str>, image: &Image) -> String {
        let Image {
            manifest,
            config,
            layer,
        } = image;
        let directory = self.storage().join("repositories").join(repository);
        for blob in [manifest, config, layer] {
            write(&self.blob(&digest(blob)), blob);
        }
        for blob in [config, layer] {
            let digest = digest(blob);
            link(&directory.join("_layers"), &digest);
        }
        let digest = image.digest();
        let manifests = directory.join("_manifests");
        link(&manifests.join("revisions"), &digest);
        if let Some(tag) = tag {
            let tag = manifests.join("tags").join(tag);
            link(&tag.join("index"), &digest);
            write(&tag.join("current/link"), digest.as_bytes());
        }
        digest
    }

    /// Loses a manifest, a configuration or a layer, in every repository.
    ///
    /// # Panics
    /// When the server does not have it.
    pub fn lose(&self, digest: &str) {
        fs::remove_file(self.blob(digest)).expect("the server has what it loses");
    }

    /// Everything that was asked so far, in order.
    ///
    /// # Panics
    /// When the log cannot be read.
    pub fn requests(&self) -> Vec<Request> {
        let log = fs::read_to_string(self.directory.path().join(ACCESS_LOG));
        request::read(&log.expect("the server writes its access log"))
    }

    fn storage(&self) -> PathBuf {
        self.directory.path().join("storage/docker/registry/v2")
    }

    fn blob(&self, digest: &str) -> PathBuf {
        let (algorithm, hex) = digest
            .split_once(':')
            .expect("a digest names its algorithm");
        let blobs = self.storage().join("blobs").join(algorithm);
        blobs.join(&hex[..2]).join(hex).join("data")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Where the server writes a line for each request.
const ACCESS_LOG: &str = "access.log";
/// Where it writes everything else.
const LOG: &str = "server.log";

/// Writes what the server is told, and gives the path.
fn write_config(directory: &Path, options: &Options) -> PathBuf {
    let Options {
        is_protected,
        tls,
        is_read_only,
    } = options;
    let root = directory.join("storage");
    fs::create_dir(&root).expect("the directory is new");
    let place = |name: &str, text: &str| {
        let path = directory.join(name);
        write(&path, text.as_bytes());
        path.display().to_string()
    };
    let mut http = serde_json::json!({ "addr": "127.0.0.1:0", "secret": "of no use" });
    if let Some(Tls { certificate, key }) = tls {
        http["tls"] = serde_json::json!({
            "certificate": place("certificate.pem", certificate),
            "key": place("key.pem", key),
        });
    }
    let mut config = serde_json::json!({
        "version": "0.1",
        "storage": {
            "filesystem": { "rootdirectory": root.display().to_string() },
            "maintenance": {
                "uploadpurging": { "enabled": false },
                "readonly": { "enabled": is_read_only },
            },
        },
        "http": http,
    });
    if *is_protected {
        let path = place("htpasswd", &format!("{USER}:{PASSWORD_HASH}\n"));
        config["auth"] = serde_json::json!({ "htpasswd": { "realm": "test", "path": path } });
    }
    // The server reads YAML, and so JSON.
    let path = directory.join("config.yml");
    write(&path, config.to_string().as_bytes());
    path
}

/// The port that the server took, once it says so.
fn wait_for_port(child: &mut Child, log: &Path) -> u16 {
    let deadline = Instant::now() + START;
    loop {
        let said = fs::read_to_string(log).unwrap_or_default();
        if let Some(port) = port_in(&said) {
            return port;
        }
        let has_ended = child.try_wait().is_ok_and(|status| status.is_some());
        let is_late = deadline < Instant::now();
        if has_ended || is_late {
            _ = child.kill();
            _ = child.wait();
        }
        assert!(!has_ended, "docker-registry ended: {said}");
        assert!(!is_late, "docker-registry did not start in time: {said}");
        std::thread::sleep(PAUSE);
    }
}

/// The port in `msg="listening on 127.0.0.1:PORT"`, behind which `, tls` may stand.
fn port_in(said: &str) -> Option<u16> {
    let (_, port) = said.split_once("listening on 127.0.0.1:")?;
    let end = port.find(|letter: char| !letter.is_ascii_digit())?;
    port[..end].parse().ok()
}

/// Says in one of the server's lists that it has something.
fn link(list: &Path, digest: &str) {
    let (algorithm, hex) = digest
        .split_once(':')
        .expect("a digest names its algorithm");
    let path = list.join(algorithm).join(hex).join("link");
    write(&path, digest.as_bytes());
}

fn write(path: &Path, bytes: &[u8]) {
    let directory = path.parent().expect("files are in a directory");
    fs::create_dir_all(directory).expect("the directory can be made");
    fs::write(path, bytes).expect("the file can be written");
}
