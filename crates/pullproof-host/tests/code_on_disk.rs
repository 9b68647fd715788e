//! Compiled code is taken from our own directory only, and from nobody else's hands.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use pullproof_host::host::{Host, HostConfig, HostError, Interruption};
use pullproof_host::limits::Limits;
use pullproof_host::policy::{NO_SETTINGS, Policy, PolicySource};
use pullproof_host::set::{self, Origin, PolicySpec};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

fn host(cache: &Path) -> Result<Host, HostError> {
    Host::new(&HostConfig {
        concurrency: 1,
        interruption: Interruption::Clock,
        cache: Some(cache),
    })
}

fn load(host: &Host) -> Policy {
    let source = PolicySource {
        name: "hostile",
        bytes: plugins::HOSTILE,
        settings: NO_SETTINGS,
        limits: Limits::ORDINARY,
    };
    Policy::load(host, &source).unwrap()
}

/// The one file of compiled code.
fn compiled(cache: &Path) -> PathBuf {
    let directory = fs::read_dir(cache).unwrap().next().unwrap().unwrap().path();
    let files: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

#[test]
fn code_is_compiled_once() {
    let cache = tempfile::tempdir().unwrap();
    assert!(!load(&host(cache.path()).unwrap()).was_compiled);
    assert!(load(&host(cache.path()).unwrap()).was_compiled);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = compiled(cache.path());
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    // Settings that compiling depends on ask for other code.
    let other = Host::new(&HostConfig {
        concurrency: 1,
        interruption: Interruption::Fuel(1_000_000_000),
        cache: Some(cache.path()),
    });
    assert!(!load(&other.unwrap()).was_compiled);
}

#[test]
fn what_others_could_have_written_is_not_run() {
    let cache = tempfile::tempdir().unwrap();
    load(&host(cache.path()).unwrap());
    let file = compiled(cache.path());
    let good = fs::read(&file).unwrap();
    let check = |what: &str| {
        assert!(!load(&host(cache.path()).unwrap()).was_compiled, "{what}");
        // It was compiled anew, over what was there.
        assert!(load(&host(cache.path()).unwrap()).was_compiled, "{what}");
    };
    fs::set_permissions(&file, fs::Permissions::from_mode(0o620)).unwrap();
    check("others may write it");
    fs::write(&file, b"text").unwrap();
    check("no code");
    fs::write(&file, b"").unwrap();
    check("nothing");
    let elsewhere = cache.path().join("elsewhere");
    fs::write(&elsewhere, &good).unwrap();
    fs::remove_file(&file).unwrap();
    symlink(&elsewhere, &file).unwrap();
    check("a link");
}

#[test]
fn a_directory_that_others_may_write_is_refused() {
    let cache = tempfile::tempdir().unwrap();
    drop(host(cache.path()).unwrap());
    let directory = fs::read_dir(cache.path()).unwrap().next().unwrap().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o770)).unwrap();
    assert!(matches!(host(cache.path()), Err(HostError::Cache(_))));
}

#[test]
fn compiled_code_is_no_policy() {
    let cache = tempfile::tempdir().unwrap();
    let host = host(cache.path()).unwrap();
    load(&host);
    let code = fs::read(compiled(cache.path())).unwrap();
    let source = PolicySource {
        name: "p",
        bytes: &code,
        settings: NO_SETTINGS,
        limits: Limits::ORDINARY,
    };
    let error = Policy::load(&host, &source).err().unwrap();
    assert_eq!(error.to_string(), "policy `p` is not WebAssembly");
}

#[test]
fn a_bad_file_keeps_the_last_good_policy() {
    let directory = tempfile::tempdir().unwrap();
    let host = host(directory.path()).unwrap();
    let path = directory.path().join("p.wasm");
    let specs = [PolicySpec {
        name: "p".to_owned(),
        origin: Origin::File(path.clone()),
        settings: NO_SETTINGS.to_owned(),
        limits: Limits::ORDINARY,
    }];
    let never = set::load(&host, &specs, &[]);
    assert!(never[0].policy.is_none() && never[0].problem.is_some());
    fs::write(&path, plugins::HOSTILE).unwrap();
    let good = set::load(&host, &specs, &never);
    assert!(good[0].problem.is_none());
    fs::write(&path, b"\0asm nonsense").unwrap();
    let kept = set::load(&host, &specs, &good);
    let digest = |members: &[set::Member]| members[0].policy.as_ref().unwrap().digest.clone();
    assert_eq!(digest(&kept), digest(&good));
    let problem = kept[0].problem.as_ref().unwrap().to_string();
    assert!(
        problem.starts_with("policy `p` is no component"),
        "{problem}"
    );
    fs::write(&path, plugins::HOSTILE).unwrap();
    assert!(set::load(&host, &specs, &kept)[0].problem.is_none());
}
