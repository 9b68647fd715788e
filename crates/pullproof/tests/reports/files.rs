//! Where reports of a run go: several at once, into files, to standard output.

use crate::support::{Run, pullproof_in};
use crate::{FORMATS, array, here, json, sarif_schema};
use pullproof_core::lint::rules;
use serde_json::Value;

/// Runs the program beside the expected files.
fn pullproof(arguments: &[&str], stdin: &str) -> Run {
    pullproof_in(&here(), arguments, stdin)
}

#[test]
fn several_reports_in_one_run_are_those_of_several_runs() {
    let scratch = tempfile::tempdir().unwrap();
    let outputs: Vec<_> = FORMATS
        .iter()
        .chain(["text"].iter())
        .map(|format| {
            let path = scratch.path().join(format);
            // One that is there is replaced, what it says does not matter.
            std::fs::write(&path, "old").unwrap();
            (*format, path)
        })
        .collect();
    let mut arguments = vec!["lint".to_owned(), "input".to_owned()];
    for (format, path) in &outputs {
        arguments.push("--output".to_owned());
        arguments.push(format!("{format}={}", path.display()));
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let all = pullproof(&arguments, "");
    assert_eq!(all.code, 3, "an input cannot be read: {}", all.stderr);
    for (format, path) in &outputs {
        let alone = pullproof(&["lint", "input", "--format", format], "");
        assert_eq!(
            alone.code, all.code,
            "{format}: machine formats keep the exit codes"
        );
        assert_eq!(
            alone.stdout,
            std::fs::read_to_string(path).unwrap(),
            "{format}"
        );
        let through = pullproof(&["lint", "input", "--output", &format!("{format}=-")], "");
        assert_eq!(through.stdout, alone.stdout, "{format}");
        let is_text = *format == "text";
        assert_eq!(
            alone.stdout == all.stdout,
            is_text,
            "{format}: text is for people"
        );
        assert_eq!(
            alone.stderr.lines().count(),
            if is_text { 2 } else { 1 },
            "{}",
            alone.stderr
        );
    }
    assert_eq!(
        std::fs::read_dir(scratch.path()).unwrap().count(),
        outputs.len()
    );
}

#[test]
fn objects_count_whose_kind_rules_look_at() {
    let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n\
                apiVersion: v1\nkind: Pod\nmetadata: {name: b}\n---\n\
                apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    let ran = pullproof(&["lint", "-", "--format", "markdown"], text);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "## pullproof: no findings in 2 objects of 1 file\n")
    );
}

#[test]
fn a_report_without_findings_says_so() {
    let clean = &["lint", "input/clean.yaml", "--format"][..];
    for (format, expected) in [
        ("compact", "".to_owned()),
        ("jsonl", "".to_owned()),
        ("github", "".to_owned()),
        ("gitlab", "[]\n".to_owned()),
        (
            "markdown",
            "## pullproof: no findings in 1 object of 1 file\n".to_owned(),
        ),
    ] {
        let ran = pullproof(&[clean, &[format]].concat(), "");
        assert_eq!((ran.code, ran.stdout), (0, expected), "{format}");
    }
    let sarif = json(&pullproof(&[clean, &["sarif"]].concat(), "").stdout);
    assert_eq!(sarif["runs"][0]["results"], Value::Array(Vec::new()));
    assert_eq!(
        array(&sarif, "/runs/0/tool/driver/rules").len(),
        rules::ALL.len()
    );
    let junit = pullproof(&[clean, &["junit"]].concat(), "").stdout;
    assert!(junit.contains("<testcase name=\"no findings\""), "{junit}");
}

#[test]
fn standard_input_has_a_uri_that_is_no_file() {
    let text = std::fs::read_to_string(here().join("input/mirrors.yaml")).unwrap();
    let ran = pullproof(
        &["lint", "-", "--format", "sarif", "--fail-on", "warning"],
        &text,
    );
    assert_eq!(ran.code, 1);
    let log = json(&ran.stdout);
    let errors = sarif_schema().iter_errors(&log).count();
    assert_eq!(errors, 0);
    let artifact = &log["runs"][0]["artifacts"][0]["location"];
    assert_eq!(artifact, &serde_json::json!({ "uri": "stdin" }));
}

#[test]
fn arguments_that_make_no_sense_are_refused_before_anything_is_written() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("out").display().to_string();
    let (sarif, json) = (format!("sarif={path}"), format!("json={path}"));
    for arguments in [
        &["--output", "sarif"][..],
        &["--output", "sarif="],
        &["--output", "pdf=out.pdf"],
        &["--output", &sarif, "--output", &json],
        &["--output", "sarif=-", "--output", "json=-"],
        &["--format", "json", "--output", "sarif=-"],
        &["--format", "pdf"],
    ] {
        let ran = pullproof(&[&["lint", "input/clean.yaml"], arguments].concat(), "");
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty());
    }
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[test]
fn a_report_that_cannot_be_written_leaves_what_was_there() {
    let scratch = tempfile::tempdir().unwrap();
    let missing = format!("sarif={}", scratch.path().join("no/out.sarif").display());
    let ran = pullproof(&["lint", "input/clean.yaml", "--output", &missing], "");
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("failed to write `"), "{}", ran.stderr);
    let directory = format!("sarif={}", scratch.path().display());
    let ran = pullproof(&["lint", "input/clean.yaml", "--output", &directory], "");
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn links_and_devices_stay_what_they_are() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = tempfile::tempdir().unwrap();
    let (real, link) = (scratch.path().join("real"), scratch.path().join("link"));
    std::fs::write(&real, "old").unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let output = format!("gitlab={}", link.display());
    let arguments = [
        "lint",
        "input/clean.yaml",
        "--output",
        &output,
        "--output",
        "json=/dev/null",
    ];
    let ran = pullproof(&arguments, "");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::read_to_string(&real).unwrap(), "[]\n");
    let mode = std::fs::metadata(&real).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
}
