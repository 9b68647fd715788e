//! `lint --watch` from outside: what changes is linted again.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a program that cannot be run, or says nothing, stops the test"
)]

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longer than any change takes to be seen, so that a program that sees none ends the test.
const PATIENCE: Duration = Duration::from_secs(60);

const IDMS: &str = "\
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: lab
spec:
  imageDigestMirrors:
  - source: quay.io/org
    mirrors:
    - mirror.example.com/org
";

/// A program that ends with the value.
struct Watched(Child);

impl Drop for Watched {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// The lines of a stream, as they come.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            if sender.send(line.unwrap()).is_err() {
                break;
            }
        }
    });
    receiver
}

/// The lines up to one with a text.
fn wait_for(lines: &Receiver<String>, text: &str) -> Vec<String> {
    let mut read = Vec::new();
    loop {
        let Ok(line) = lines.recv_timeout(PATIENCE) else {
            panic!("`{text}` is awaited after {read:?}");
        };
        let is_last = line.contains(text);
        read.push(line);
        if is_last {
            return read;
        }
    }
}

#[test]
fn every_change_is_linted() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    std::fs::write(path("a.yaml"), IDMS).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_pullproof"))
        .args(["lint", "--watch"])
        .arg(directory.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = lines(child.stdout.take().unwrap());
    let stderr = lines(child.stderr.take().unwrap());
    let _watched = Watched(child);
    wait_for(&stderr, "of 1 file");

    // A change, a new file, a file that goes; names that are no inputs change nothing.
    std::fs::write(path("a.yaml"), IDMS.replace("quay.io/org", "quay.io/org:1")).unwrap();
    wait_for(&stderr, "---- ");
    wait_for(&stderr, "1 error in 1 object of 1 file");
    assert!(
        wait_for(&stdout, "quay.io/org:1")
            .iter()
            .all(|line| !line.contains('\x1b'))
    );
    std::fs::write(path("notes.txt"), "x").unwrap();
    std::fs::write(path("b.yaml"), IDMS.replace("lab", "other")).unwrap();
    wait_for(&stderr, "b.yaml changed");
    wait_for(&stderr, "in 2 objects of 2 files");
    std::fs::remove_file(path("a.yaml")).unwrap();
    wait_for(&stderr, "a.yaml changed");
    wait_for(&stderr, "in 1 object of 1 file");
    // Nothing to look at is no reason to stop.
    std::fs::remove_file(path("b.yaml")).unwrap();
    wait_for(&stderr, "no input in");
    std::fs::write(path("c.json"), "{}").unwrap();
    wait_for(&stderr, "of 1 file");
}

#[test]
fn standard_input_is_not_watched() {
    let output = Command::new(env!("CARGO_BIN_EXE_pullproof"))
        .args(["lint", "--watch", "-"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
}
