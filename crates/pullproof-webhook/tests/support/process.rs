//! The program itself, with policies beside its settings.

#![allow(dead_code, reason = "no test uses all of it")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use serde_json::Value;
use tempfile::TempDir;

use super::certificates::{Ca, ServerIdentity, install};
use super::client::{Client, Connector, eventually};

/// The component that misbehaves as its settings say, by this path in settings.
pub(crate) const HOSTILE: &str = "hostile.wasm";

/// The component that wants mirrors under certain hosts.
pub(crate) const OWN_HOSTS: &str = "own-hosts.wasm";

/// The program, which ends with this value.
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
    ca_pem: String,
    identity: ServerIdentity,
    dir: TempDir,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

/// How the program ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) log: String,
}

impl Process {
    /// Starts with these settings and waits until it listens.
    pub(crate) fn start(settings: &str) -> Process {
        let identity = Ca::new("root").server_valid_for(86_400 * 30);
        let dir = directory(settings);
        install(dir.path(), &identity.issue());
        let mut command = command(dir.path());
        command.args(["--tls-cert", "tls.crt", "--tls-key", "tls.key"]);
        Process::run(dir, identity, command)
    }

    /// The same with a certificate of its own for loopback, and this environment.
    pub(crate) fn start_self_signed(settings: &str, variables: &[(&str, &Path)]) -> Process {
        let dir = directory(settings);
        let mut command = command(dir.path());
        command.args(["--self-signed", "127.0.0.1", "localhost"]);
        command.envs(variables.iter().copied());
        Process::run(dir, Ca::new("unused").server_valid_for(1), command)
    }

    fn run(dir: TempDir, identity: ServerIdentity, mut command: Command) -> Process {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let reader = {
            let (log, stderr) = (Arc::clone(&log), child.stderr.take().unwrap());
            thread::spawn(move || {
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    let mut log = log.lock().unwrap();
                    log.push_str(&line);
                    log.push('\n');
                }
            })
        };
        let mut address = None;
        eventually(|| {
            let log = log.lock().unwrap();
            assert!(child.try_wait().unwrap().is_none(), "it ended: {log}");
            address = listening(&log);
            address.is_some()
        });
        // Without a certificate of its own it prints nothing, which only its end would tell.
        let ca_pem = match address.is_some() && is_self_signed(&command) {
            true => printed_certificate(&mut child),
            false => identity.ca_pem(),
        };
        Process {
            child,
            address: address.unwrap(),
            ca_pem,
            identity,
            dir,
            log,
            reader: Some(reader),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What clients trust, PEM.
    pub(crate) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn connector(&self) -> Connector {
        Connector::new(self.address, &self.ca_pem)
    }

    pub(crate) fn client(&self) -> Client {
        self.connector().connect()
    }

    pub(crate) fn metric(&self, series: &str) -> f64 {
        self.connector().metric(series)
    }

    /// The directory that it runs in.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Puts a file in place whole.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) {
        let new = self.dir.path().join("new");
        fs::write(&new, bytes).unwrap();
        fs::rename(&new, self.dir.path().join(name)).unwrap();
    }

    /// Puts a new certificate in place as the kubelet does.
    pub(crate) fn swap_certificate(&self) {
        install(self.dir.path(), &self.identity.issue());
    }

    /// The most memory it has had, in MiB; `None` where the system does not tell.
    pub(crate) fn memory_peak_mib(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
        Some(kib >> 10)
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        let mut kill = Command::new("sh");
        let sent = kill.args(["-c", "kill -TERM $0", &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended, which something else has begun.
    pub(crate) fn ended(mut self) -> Ended {
        let mut status = None;
        eventually(|| {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        self.reader.take().unwrap().join().unwrap();
        Ended {
            code: status.unwrap().code(),
            log: self.log.lock().unwrap().clone(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the program with settings that it refuses; its exit code and what it says.
pub(crate) fn refused(settings: &str, more: &[(&str, &[u8])]) -> Ended {
    let dir = directory(settings);
    for (name, bytes) in more {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    let mut child = command(dir.path())
        .args(["--self-signed", "localhost"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let mut log = String::new();
    stderr.read_to_string(&mut log).unwrap();
    Ended {
        code: child.wait().unwrap().code(),
        log,
    }
}

/// The program in a directory, with loopback alone and compiled code kept from run to run.
fn command(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pullproof-webhook"));
    command
        .current_dir(dir)
        .args(["--config", "settings.toml", "--listen", "127.0.0.1:0"])
        .args(["--cache", env!("CARGO_TARGET_TMPDIR")]);
    command
}

fn directory(settings: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("settings.toml"), settings).unwrap();
    fs::write(dir.path().join(HOSTILE), plugins::HOSTILE).unwrap();
    fs::write(dir.path().join(OWN_HOSTS), plugins::OWN_HOSTS).unwrap();
    dir
}

fn is_self_signed(command: &Command) -> bool {
    command
        .get_args()
        .any(|argument| argument == "--self-signed")
}

fn printed_certificate(child: &mut Child) -> String {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut pem = String::new();
    for line in lines.map_while(Result::ok) {
        pem += &line;
        pem.push('\n');
        if line.starts_with("-----END") {
            break;
        }
    }
    pem
}

/// The address in the line that says so.
fn listening(log: &str) -> Option<SocketAddr> {
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let mut addresses = lines.filter_map(|line: Value| line["address"].as_str()?.parse().ok());
    addresses.next()
}
