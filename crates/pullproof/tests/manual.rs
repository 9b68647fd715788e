//! What the program says of itself: pages of rules, the manual, man pages, names as a plugin.

#![expect(
    clippy::unwrap_used,
    reason = "a program that cannot be run stops the test"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

fn run(program: &Path, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap()
}

/// What a run that works prints.
fn print(arguments: &[&str]) -> String {
    let output = run(Path::new(env!("CARGO_BIN_EXE_pullproof")), arguments);
    assert!(output.status.success(), "{arguments:?}");
    assert!(output.stderr.is_empty(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_manual_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pullproof-core/RULES.md");
    let manual = print(&["rules", "--format", "markdown"]);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &manual).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    // Told in few words: a difference of two manuals fills many screens.
    let differs = written.lines().zip(manual.lines()).find(|(a, b)| a != b);
    assert!(
        written == manual,
        "RULES.md is not what the rules say, UPDATE=1 writes it; the first difference: {differs:?}"
    );
}

#[test]
fn every_form_has_every_rule() {
    let text = print(&["rules", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rules = json["rules"].as_array().unwrap();
    let lines = print(&["rules"]);
    let table = print(&["explain", "--format", "markdown"]);
    let manual = print(&["rules", "--format", "markdown"]);
    assert_eq!(lines.lines().count(), rules.len());
    assert_eq!(table.lines().count(), rules.len() + 2);
    assert_eq!(print(&["explain"]), lines);
    assert_eq!(print(&["explain", "--format", "json"]), text);
    for rule in rules {
        let (id, code) = (rule["id"].as_str().unwrap(), rule["code"].as_str().unwrap());
        assert!(lines.contains(&format!("{code}  {id} ")), "{id}");
        assert!(
            table.contains(&format!("| {code} | [`{id}`](#{id}) | ")),
            "{id}"
        );
        assert!(
            manual.contains(&format!("\n## {id}\n\n`{code}`, severity ")),
            "{id}"
        );
    }
}

#[test]
fn one_rule_is_explained_in_each_form() {
    let text = print(&["explain", "PP007"]);
    assert!(text.starts_with("PP007 self-mirror, severity "), "{text}");
    let page = print(&["explain", "self-mirror", "--format", "markdown"]);
    assert!(
        page.starts_with("# self-mirror\n\n`PP007`, severity "),
        "{page}"
    );
    let json = print(&["explain", "pp007", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let rules = json["rules"].as_array().unwrap();
    assert_eq!((rules.len(), &rules[0]["id"]), (1, &"self-mirror".into()));
    // Below what is said first, all three end with the same page.
    let (_, below) = rules[0]["page"]
        .as_str()
        .unwrap()
        .split_once("\n\n")
        .unwrap();
    assert!(text.ends_with(below) && page.ends_with(below));
}

#[test]
fn every_command_has_a_manual_page() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    assert_eq!(print(&["man", "--directory", path]), "");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let page = std::fs::read_to_string(entry.path()).unwrap();
        let name = name.strip_suffix(".1").unwrap().to_owned();
        assert!(page.contains(&format!("\n.TH {name} 1 ")), "{page}");
        assert_eq!(page.matches("\n.SH \"EXIT STATUS\"\n").count(), 1, "{name}");
        for code in 0..5 {
            assert!(
                page.contains(&format!("\n{code}  ")),
                "{name}: exit code {code}"
            );
        }
        names.insert(name);
    }
    for command in ["lint", "lsp", "resolve", "rules", "man", "manifests"] {
        let name = format!("pullproof-{command}");
        assert!(names.contains(&name), "{names:?}");
        let page = std::fs::read_to_string(directory.path().join(name + ".1")).unwrap();
        assert_eq!(print(&["man", command]), page);
    }
    assert!(names.contains("pullproof"));
    let page = print(&["man", "lint"]);
    assert!(
        page.contains("\n.SH \"EXAMPLES\"\n.nf\n  pullproof lint mirrors.yaml\n"),
        "{page}"
    );
    let program = Path::new(env!("CARGO_BIN_EXE_pullproof"));
    assert_eq!(run(program, &["man", "no-such"]).status.code(), Some(2));
}

#[test]
#[cfg(unix)]
fn as_a_plugin_it_is_called_what_people_type() {
    let directory = tempfile::tempdir().unwrap();
    for (file, name) in [
        ("pullproof", "pullproof"),
        ("kubectl-pullproof", "kubectl pullproof"),
        ("oc-pullproof", "oc pullproof"),
        ("other", "other"),
    ] {
        let program = directory.path().join(file);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_pullproof"), &program).unwrap();
        let text = |output: Output| {
            let text = [output.stdout, output.stderr].concat();
            String::from_utf8(text).unwrap()
        };
        let help = text(run(&program, &["--help"]));
        assert!(
            help.contains(&format!("\nUsage: {name} [OPTIONS] <COMMAND>")),
            "{help}"
        );
        let examples = if name == "other" { "pullproof" } else { name };
        assert!(
            help.contains(&format!("\n  {examples} lint manifests/\n")),
            "{help}"
        );
        let help = text(run(&program, &["lint", "--help"]));
        assert!(
            help.contains(&format!("\nUsage: {name} lint [OPTIONS]")),
            "{help}"
        );
        assert!(
            help.contains(&format!("\n  {examples} lint mirrors.yaml\n")),
            "{help}"
        );
        let usage = text(run(&program, &["lint", "--no-such"]));
        assert!(usage.contains(&format!("\nUsage: {name} lint ")), "{usage}");
        let page = run(&program, &["explain", "PP007"]);
        assert!(page.status.success());
    }
}
