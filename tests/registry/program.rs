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

/// Whether a test cannot run because programs are missing, which it then says.
pub fn absent(test: &str, programs: &[&str]) -> bool {
    match &*missing(programs) {
        [] => false,
        missing => {
            say_not_run(test, &format!("not installed: {}", missing.join(", ")));
            true
        }
    }
}

/// Says on standard error that a test did not run, and why.
///
/// The test harness does not catch it there, so it is seen although the test passes.
pub fn say_not_run(test: &str, why: &str) {
    // At once, since other tests talk too; what cannot be said is no reason to fail.
    let line = format!("test {test} DID NOT RUN: {why}\n");
    _ = std::io::stderr().write_all(line.as_bytes());
}

#[test]
fn a_program_is_missing_when_no_directory_has_it() {
    assert!(missing(&["sh"]).is_empty());
    assert_eq!(missing(&["sh", "no-such-program"]), ["no-such-program"]);
    assert!(!absent("a test", &["sh"]));
}
