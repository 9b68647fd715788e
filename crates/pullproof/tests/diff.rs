//! `pullproof diff`: what a change does to pulls, gravest first, and to nodes.

#![expect(
    clippy::unwrap_used,
    reason = "a program that cannot be run stops the test"
)]

mod support;

use std::process::Command;
use support::{Run, Scratch, pullproof, pullproof_in};

fn set(kind: &str, entries: &str) -> String {
    let field = match kind {
        "ImageTagMirrorSet" => "imageTagMirrors",
        _ => "imageDigestMirrors",
    };
    format!(
        "apiVersion: config.openshift.io/v1\nkind: {kind}\nmetadata:\n  name: lab\nspec:\n  \
         {field}:\n{entries}"
    )
}

fn entry(source: &str, mirrors: &[&str]) -> String {
    let mirrors = mirrors.iter().map(|mirror| format!("    - {mirror}\n"));
    format!(
        "  - source: {source}\n    mirrors:\n{}",
        mirrors.collect::<String>()
    )
}

fn diff(name: &str, before: &str, after: &str, more: &[&str]) -> Run {
    let scratch = Scratch::new(name);
    let before = scratch.write("before.yaml", before);
    let after = scratch.write("after.yaml", after);
    let arguments = ["diff", "--before", &before, "--after", &after];
    pullproof(&[&arguments, more].concat(), "")
}

#[test]
fn pulls_that_fail_come_first() {
    let before = [
        entry("quay.io/fails", &["m.example.com/fails"]),
        entry("quay.io/moves", &["m.example.com/moves"]),
        entry(
            "quay.io/order",
            &["m.example.com/order", "n.example.com/order"],
        ),
        entry("quay.io/stays", &["m.example.com/stays"]),
    ];
    let after = [
        entry("quay.io/fails", &["m.example.com/fails"])
            + "    mirrorSourcePolicy: NeverContactSource\n",
        entry("quay.io/moves", &["new.example.com/moves"]),
        entry(
            "quay.io/order",
            &["n.example.com/order", "m.example.com/order"],
        ),
        entry("quay.io/stays", &["m.example.com/stays"]),
    ];
    let kind = "ImageDigestMirrorSet";
    let (before, after) = (set(kind, &before.concat()), set(kind, &after.concat()));
    let run = diff("diff-order", &before, &after, &[]);
    let told = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("  quay.io"));
    let told: Vec<&str> = told.filter_map(|line| line.split("  ").nth(1)).collect();
    // What is left of the chain of the first is its mirror, so that its pulls by digest are last.
    let expected = [
        "quay.io/fails/example by tag",
        "quay.io/moves/example by digest",
        "quay.io/order/example by digest",
        "quay.io/fails/example by digest",
    ];
    assert_eq!(told, expected, "{}", run.stdout);
    assert_eq!(run.code, 1, "{}", run.stdout);
}

#[test]
fn the_exit_code_says_whether_pulls_fail_or_change() {
    let kind = "ImageDigestMirrorSet";
    let before = set(kind, &entry("quay.io/org", &["m.example.com/org"]));
    let after = set(kind, &entry("quay.io/org", &["n.example.com/org"]));
    assert_eq!(
        diff("diff-same", &before, &before, &["--exit-code"]).code,
        0
    );
    assert_eq!(diff("diff-changes", &before, &after, &[]).code, 0);
    assert_eq!(diff("diff-code", &before, &after, &["--exit-code"]).code, 1);
    let blocked = after.clone() + "    mirrorSourcePolicy: NeverContactSource\n";
    let run = diff("diff-fails", &after, &blocked, &[]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    let witness = "Pulls that worked and will fail\n  quay.io/org/example by tag";
    assert!(run.stdout.starts_with(witness), "{}", run.stdout);
}

#[test]
fn images_that_the_policy_will_refuse_fail() {
    let kind = "ImageDigestMirrorSet";
    let before = set(kind, &entry("quay.io/org", &["m.example.com/org"]));
    let image = "---\napiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\n\
                 spec:\n  registrySources:\n    allowedRegistries:\n    - m.example.com\n";
    let run = diff(
        "diff-policy",
        &before,
        &(before.clone() + image),
        &["--format", "json"],
    );
    assert_eq!(run.code, 1, "{}", run.stdout);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let pulls = report["pulls"].as_array().unwrap();
    let is_refused = |pull: &&serde_json::Value| {
        pull["image"] == "quay.io/org/example"
            && pull["change"] == "fails"
            && pull["let_in_before"] == true
            && pull["let_in_after"] == false
            && pull["before"] == pull["after"]
    };
    assert!(pulls.iter().any(|pull| is_refused(&pull)), "{}", run.stdout);
    // What is allowed is let in as before.
    let allowed = pulls
        .iter()
        .any(|pull| pull["image"] == "m.example.com/example");
    assert!(!allowed, "{}", run.stdout);
}

#[test]
fn a_revision_is_what_was_before() {
    let scratch = Scratch::new("diff-git");
    let git = |arguments: &[&str]| {
        let run = Command::new("git")
            .args(arguments)
            .current_dir(&scratch.0)
            .output()
            .unwrap();
        assert!(
            run.status.success(),
            "{arguments:?} {}",
            String::from_utf8_lossy(&run.stderr)
        );
    };
    let kind = "ImageTagMirrorSet";
    scratch.write(
        "m/set.yaml",
        set(kind, &entry("quay.io/org", &["m.example.com/org"])),
    );
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    let author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    git(&[&author[..], &["commit", "-q", "-m", "first"]].concat());
    let unchanged = pullproof_in(
        &scratch.0,
        &["diff", "--against", "HEAD", "m", "--exit-code"],
        "",
    );
    assert_eq!(
        unchanged.code, 0,
        "{} {}",
        unchanged.stdout, unchanged.stderr
    );
    scratch.write(
        "m/set.yaml",
        set(kind, &entry("quay.io/org", &["n.example.com/org"])),
    );
    let arguments = [
        "diff",
        "--against",
        "HEAD",
        "m",
        "--format",
        "markdown",
        "--every-release",
    ];
    let run = pullproof_in(&scratch.0, &arguments, "");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let row = "| `quay.io/org/example` by tag | `m.example.com/org/example`<br>`quay.io/org/example` \
               | `n.example.com/org/example`<br>`quay.io/org/example` | `ImageTagMirrorSet/lab` \
               `m/set.yaml:7:13` |";
    assert!(run.stdout.contains(row), "{}", run.stdout);
    // Tag mirrors are read from 4.13 on; before that nodes get nothing of it.
    assert!(
        run.stdout.contains("- OpenShift 4.13 to "),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("**drain**"), "{}", run.stdout);
    assert_eq!(
        pullproof_in(&scratch.0, &["diff", "--against", "gone", "m"], "").code,
        2
    );
}
