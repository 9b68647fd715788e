//! Which of the programs that tests want are there.

use std::io::Write as _;
use std::path::Path;

/// The server.
pub const DOCKER_REGISTRY: &str = "docker-registry";
/// A client that copies images.
pub const SKOPEO: &str = "skopeo";
/// A client that runs images.
pub const PODMAN: &str = "podman";

/// Those of some programs that no directory of `PATH` has.
pub fn missing<'a>(programs: &[&'a str]) -> Vec<&'a str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_in = |directory: &Path, program: &str| directory.join(program).is_file();
    let is_missing =
        |program: &&&str| !std::env::split_paths(&path).any(|part| is_in(&part, program));
    programs.iter().filter(is_missing).copied().collect()
}

/// Whether a test cannot run because programs are missing, which it then says on standard error.
///
/// That is where the test harness does not catch it, so it is seen although the test passes.
pub fn absent(test: &str, programs: &[&str]) -> bool {
    match why_not(test, programs) {
        None => false,
        Some(words) => {
            // What cannot be said is no reason to fail.
            _ = writeln!(std::io::stderr(), "{words}");
            true
        }
    }
}

fn why_not(test: &str, programs: &[&str]) -> Option<String> {
    match &*missing(programs) {
        [] => None,
        missing => {
            let missing = missing.join(", ");
            Some(format!("test {test} DID NOT RUN: not installed: {missing}"))
        }
    }
}

#[test]
fn a_program_is_missing_when_no_directory_has_it() {
    assert!(missing(&["sh"]).is_empty());
    assert_eq!(missing(&["sh", "no-such-program"]), ["no-such-program"]);
    assert_eq!(why_not("a test", &["sh"]), None);
    assert_eq!(
        why_not("a test", &["no-such-program", "sh"]).as_deref(),
        Some("test a test DID NOT RUN: not installed: no-such-program")
    );
}
