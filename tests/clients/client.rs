//! Runs skopeo and podman where they see no file but those given, and reads what they tried from
//! what they log.

use crate::expected::{Outcome, Pull};
use std::cell::Cell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use test_registry::program::{self, DOCKER_REGISTRY, PODMAN, SKOPEO};

/// The library that Debian 12 compiles into both, as podman says in its requests.
pub const LIBRARY: &str = "containers/5.23.1 (github.com/containers/image)";

/// How long one pull may take: it takes a tenth of a second, and three more where podman retries.
const PULL: Duration = Duration::from_secs(60);
/// How long to wait before looking again whether a pull has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// A program that pulls.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Client {
    /// `skopeo copy` into a directory.
    Skopeo,
    /// `podman pull` into a store of its own.
    Podman,
}

impl Client {
    /// Both.
    pub const ALL: [Client; 2] = [Client::Skopeo, Client::Podman];

    /// The name of the program.
    pub fn program(self) -> &'static str {
        match self {
            Client::Skopeo => SKOPEO,
            Client::Podman => PODMAN,
        }
    }

    /// What begins the version that Debian 12 has, which has `LIBRARY`.
    fn version(self) -> &'static str {
        match self {
            Client::Skopeo => "skopeo version 1.9.",
            Client::Podman => "podman version 4.3.",
        }
    }

    /// What is in the way of running it here; `None` when nothing is.
    fn fault(self) -> Option<String> {
        let program = self.program();
        let home = Home::new([]);
        let last = |text: &str| text.trim().lines().last().unwrap_or_default().to_owned();
        let output = match home.command(self).arg("--version").output() {
            Ok(output) => output,
            Err(error) => return Some(format!("{program} cannot be run: {error}")),
        };
        if !output.status.success() {
            let said = last(&String::from_utf8_lossy(&output.stderr));
            return Some(format!("{program} does not work here: {said}"));
        }
        // What others do may differ, and nobody has looked.
        let said = last(&String::from_utf8_lossy(&output.stdout));
        if !said.starts_with(self.version()) {
            let known = self.version();
            return Some(format!("this is {said}, not {known}x of Debian 12"));
        }
        let mut command = home.command(self);
        match self {
            Client::Skopeo => return None,
            // Where no namespaces may be made it has no store.
            Client::Podman => _ = command.args(["images", "--quiet"]),
        }
        let (status, log) = home.run(command);
        (!status.success()).then(|| format!("{program} does not work here: {}", last(&log)))
    }
}

/// Whether a test cannot run here, because programs are missing, others than those of Debian 12, or
/// do not work; the test then says so.
pub fn absent(test: &str, clients: &[Client]) -> bool {
    let mut programs = vec![DOCKER_REGISTRY];
    programs.extend(clients.iter().map(|client| client.program()));
    if program::absent(test, &programs) {
        return true;
    }
    match clients.iter().find_map(|client| client.fault()) {
        None => false,
        Some(fault) => {
            program::say_not_run(test, &fault);
            true
        }
    }
}

/// A home directory that stands for the node's `/etc/containers`.
///
/// The library of that version reads nothing in `/etc` where the home directory has the file.
pub struct Home {
    directory: TempDir,
    n_pulls: Cell<u32>,
}

/// What a client did.
pub struct Observed {
    /// What it tried.
    pub pull: Pull,
    /// How often it tried all of that: podman retries what may be a fault of the network.
    pub n_rounds: usize,
    /// All that it logged.
    pub log: String,
}

/// What every image is accepted by: signatures are not what is asked here.
const POLICY: &str = r#"{ "default": [{ "type": "insecureAcceptAnything" }] }"#;

impl Home {
    /// A home with the files of a node, each a path and a text; but for policy.json.
    ///
    /// # Panics
    /// When the files cannot be written.
    pub fn new<'a>(on_node: impl IntoIterator<Item = (&'a str, &'a str)>) -> Home {
        let home = Home {
            directory: tempfile::tempdir().expect("there is a directory for temporary files"),
            n_pulls: Cell::new(0),
        };
        for (path, text) in on_node {
            if let Some(path) = path.strip_prefix("/etc/containers/") {
                home.write(&format!(".config/containers/{path}"), text);
            }
        }
        home.write(".config/containers/policy.json", POLICY);
        // Empty, so that the machine's is not read.
        home.create(".config/containers/registries.d");
        home.create("run");
        home.create("tmp");
        let tmp_dir = home.path("podman").display().to_string();
        let engine = format!(
            "[engine]\ntmp_dir = {tmp_dir:?}\nlock_type = \"file\"\nevents_logger = \"none\"\n\
             cgroup_manager = \"cgroupfs\"\n"
        );
        home.write("containers.conf", &engine);
        home
    }

    /// Writes a file, such as `.docker/config.json`.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        let directory = path.parent().expect("files are in the home directory");
        fs::create_dir_all(directory).expect("the directory can be made");
        fs::write(path, text).expect("the file can be written");
    }

    fn create(&self, path: &str) {
        fs::create_dir_all(self.path(path)).expect("the directory can be made");
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    /// Pulls an image.
    ///
    /// # Panics
    /// When the program is not there or does not end.
    pub fn pull(&self, client: Client, image: &str) -> Observed {
        let mut command = self.command(client);
        match client {
            Client::Skopeo => {
                let copy = format!("dir:{}", self.path("copies").display());
                self.create("copies");
                let copy = format!("{copy}/{}", self.n_pulls.replace(self.n_pulls.get() + 1));
                let image = format!("docker://{image}");
                command.args(["--debug", "copy", &image, &copy])
            }
            Client::Podman => command.args(["--log-level=debug", "pull", image]),
        };
        let (status, log) = self.run(command);
        // The library says which files it read.
        let here = self.path(".config/containers").display().to_string();
        read(&log.replace(&here, "/etc/containers"), status.success())
    }

    fn command(&self, client: Client) -> Command {
        let mut command = Command::new(client.program());
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", self.directory.path())
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("TMPDIR", self.path("tmp"))
            .env("CONTAINERS_CONF", self.path("containers.conf"))
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        if client == Client::Podman {
            command.arg("--root").arg(self.path("store"));
            command.arg("--runroot").arg(self.path("store-run"));
            command.args(["--storage-driver", "vfs"]);
        }
        command
    }

    /// Runs a command to its end; gives what it wrote to standard error.
    fn run(&self, mut command: Command) -> (ExitStatus, String) {
        let log = self.path("log");
        let file = File::create(&log).expect("the home directory is there");
        let mut child = command
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .expect("the program is installed");
        let deadline = Instant::now() + PULL;
        let read = |path: &Path| fs::read(path).expect("the log was just written");
        let read = |path| String::from_utf8_lossy(&read(path)).into_owned();
        loop {
            if let Some(status) = child.try_wait().expect("the child is our own") {
                return (status, read(&log));
            }
            if deadline < Instant::now() {
                _ = child.kill();
                _ = child.wait();
                panic!("{command:?} did not end: {}", read(&log));
            }
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // Without root, podman leaves a process behind for each home, which this ends.
        if self.path("podman/pause.pid").exists() {
            _ = self
                .command(Client::Podman)
                .args(["system", "migrate"])
                .output();
        }
    }
}

/// Reads a log of messages such as `level=debug msg="Trying to access \"a.b/c:1\""`.
// From containers/image, docker/docker_image_src.go newImageSource.
fn read(log: &str, is_success: bool) -> Observed {
    let mut rounds = vec![Pull::default()];
    for message in log.lines().filter_map(message) {
        let attempts = &mut rounds.last_mut().expect("there is a first one").attempts;
        if message.starts_with("Failed, retrying in ") {
            rounds.push(Pull::default());
        } else if let Some(reference) = message.strip_prefix("Trying to access ") {
            let reference = reference.trim_matches('"').to_owned();
            attempts.push((reference, Outcome::Served));
        } else if let Some(failure) = message.strip_prefix("Accessing ")
            && let Some((reference, error)) = failure.split_once(" failed: ")
            && let Some(last) = attempts.last_mut()
            && last.0 == reference.trim_matches('"')
        {
            last.1 = Outcome::read(error);
        }
    }
    let n_rounds = rounds.len();
    let is_same = rounds.iter().all(|round| *round == rounds[0]);
    assert!(is_same, "a retry went elsewhere:\n{log}");
    let mut pull = rounds.swap_remove(0);
    // A failure that is no attempt's is the client's own.
    let is_told = match pull.attempts.last() {
        Some(_) => pull.is_served() == is_success,
        None => false,
    };
    if !is_told {
        pull.error = Some(last_words(log));
    }
    Observed {
        pull,
        n_rounds,
        log: log.to_owned(),
    }
}

/// The message of a line.
fn message(line: &str) -> Option<String> {
    let (_, quoted) = line.split_once(" msg=")?;
    // Go and JSON escape alike what is in these messages.
    serde_json::from_str(quoted).ok()
}

/// Why a pull failed, without its name.
fn last_words(log: &str) -> String {
    let fatal = |line: &str| line.contains(" level=fatal ").then(|| message(line))?;
    let words = match log.lines().find_map(fatal) {
        Some(words) => words,
        None => {
            // In several lines, among which no message is.
            let lines = log
                .split_once("\nError: ")
                .map_or("", |(_, rest)| rest)
                .lines();
            let lines = lines.take_while(|line| !line.starts_with("time="));
            lines.collect::<Vec<_>>().join("\n")
        }
    };
    let named = words
        .split_once("docker://")
        .and_then(|(_, rest)| rest.split_once(": "));
    named.map_or(words.clone(), |(_, reason)| reason.to_owned())
}

impl Outcome {
    /// What an error of the library means.
    fn read(error: &str) -> Outcome {
        let has = |words: &str| error.contains(words);
        let blocked = |rest: &str| Some(rest.split_once(" is blocked in ")?.0.to_owned());
        if let Some(prefix) = error.strip_prefix("registry ").and_then(blocked) {
            return Outcome::Blocked(prefix);
        }
        // The first of which one is in the error.
        let meanings = [
            ("manifest unknown", Outcome::Missing),
            ("name unknown", Outcome::Missing),
            ("connection refused", Outcome::Down),
            ("server gave HTTP response to HTTPS", Outcome::PlainHttp),
            ("authentication required", Outcome::Unauthorized),
            ("x509: ", Outcome::Untrusted),
        ];
        let meaning = meanings.into_iter().find(|(words, _)| has(words));
        meaning.map_or_else(|| Outcome::Other(error.to_owned()), |(_, outcome)| outcome)
    }
}
