//! The binary's flags and settings, as far as they need no policy.

use std::fs;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let command = Command::new(env!("CARGO_BIN_EXE_pullproof-webhook"))
        .args(arguments)
        .output();
    let Output {
        status,
        stdout,
        stderr,
    } = command.expect("the binary is built");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn settings_are_checked_with_places() {
    let dir = tempfile::tempdir().unwrap();
    let check = |settings: &str, flags: &[&str], expected: (i32, &str, &str)| {
        let path = dir.path().join("settings.toml");
        fs::write(&path, settings).unwrap();
        let path = path.to_str().unwrap();
        let arguments = [&["--check-config", "--config", path], flags].concat();
        let (code, stdout, stderr) = run(&arguments);
        let stderr = stderr.replace(path, "settings.toml");
        assert_eq!(
            (code, &*stdout, &*stderr),
            (Some(expected.0), expected.1, expected.2)
        );
    };
    let tls = "[tls]\ncert = 'a'\nkey = 'b'\n";
    let good = "the settings are good\n";
    check(tls, &[], (0, good, ""));
    check("", &["--tls-cert", "a", "--tls-key", "b"], (0, good, ""));
    check(
        "",
        &["--self-signed", "localhost", "127.0.0.1"],
        (0, good, ""),
    );
    check(
        "",
        &[],
        (
            1,
            "",
            "settings.toml: `tls.cert` and `tls.key` must be set, or `--self-signed`\n\
             error: 1 problem with the settings\n",
        ),
    );
    check(
        "listn = 'a'\nworkers = 'b'\n",
        &["--self-signed", "localhost"],
        (
            1,
            "",
            "settings.toml:1:1: unknown setting `listn` in the settings\n\
             settings.toml:2:11: expected a whole number, found string `'b'`\n\
             error: 2 problems with the settings\n",
        ),
    );
    let (code, _, stderr) = run(&["--config", "/does/not/exist", "--check-config"]);
    assert_eq!(code, Some(1));
    assert!(
        stderr.starts_with("error: failed to read `/does/not/exist`: "),
        "{stderr}"
    );
}

#[test]
fn settings_files_end_at_their_limit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.toml");
    let limit = usize::try_from(pullproof_webhook::config::MAX_FILE_BYTES).unwrap();
    for (n_bytes, code) in [(limit, 0), (limit + 1, 1)] {
        fs::write(&path, "#".repeat(n_bytes)).unwrap();
        let path = path.to_str().unwrap();
        let arguments = [
            "--check-config",
            "--self-signed",
            "localhost",
            "--config",
            path,
        ];
        assert_eq!(run(&arguments).0, Some(code), "{n_bytes}");
    }
}

#[test]
fn flags_have_the_ranges_of_settings() {
    for (arguments, word) in [
        (["--workers", "0"], "`0` is not between 1 and 1024"),
        (
            ["--timeout-ms", "30001"],
            "`30001` is not between 10 and 30000",
        ),
        (
            ["--on-error", "open"],
            "`open` is none of `deny`, `allow`, `fail`",
        ),
        (
            ["--tls-min-version", "1.1"],
            "`1.1` is neither `1.2` nor `1.3`",
        ),
        (["--log-level", "loud"], "`loud` is none of"),
    ] {
        let (code, _, stderr) = run(&arguments);
        assert_eq!(code, Some(2));
        assert!(stderr.contains(word), "{stderr}");
    }
}

#[test]
fn printed_settings_are_the_documented_ones() {
    let (code, stdout, _) = run(&["--print-settings"]);
    assert_eq!(
        (code, &*stdout),
        (Some(0), pullproof_webhook::config::DOCUMENTED)
    );
}
