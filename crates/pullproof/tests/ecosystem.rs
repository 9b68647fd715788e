//! What others run `lint` by: the action for GitHub and the hooks for pre-commit, as they stand in
//! the repository.

#![expect(clippy::unwrap_used, reason = "a file of another shape stops the test")]

use serde_yaml::Value;
use std::path::Path;
use std::process::Command;
use support::{Scratch, root};

mod support;

const BAD: &str = "\
apiVersion: config.openshift.io/v1
kind: ImageTagMirrorSet
metadata:
  name: lab
spec:
  imageTagMirrors:
  - source: quay.io/org:1
    mirrors: [mirror.example.com/org]
";

fn read(path: &str) -> Value {
    serde_yaml::from_str(&std::fs::read_to_string(root().join(path)).unwrap()).unwrap()
}

/// `PATH` with the program in front.
fn path() -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_pullproof")).parent().unwrap();
    format!("{}:{}", program.display(), std::env::var("PATH").unwrap())
}

#[test]
fn the_action_lints_and_leaves_reports() {
    let action = read(".github/actions/lint/action.yml");
    let steps = action["runs"]["steps"].as_sequence().unwrap();
    let step = steps.iter().find(|step| step["id"] == "lint").unwrap();
    let mut script = Command::new("bash");
    script.args(["-e", "-o", "pipefail", "-c", step["run"].as_str().unwrap()]);
    let scratch = Scratch::new("action");
    scratch.write("manifests/bad.yaml", BAD);
    for (variable, input) in step["env"].as_mapping().unwrap() {
        // Each is an input, by the name that it is told under.
        let name = input.as_str().unwrap();
        let name = name.strip_prefix("${{ inputs.").unwrap();
        let name = name.strip_suffix(" }}").unwrap();
        let default = action["inputs"][name]["default"].as_str().unwrap();
        let value = match name {
            "paths" => "manifests",
            "openshift" => "4.16",
            "sarif" => "out.sarif",
            _ => default,
        };
        script.env(variable.as_str().unwrap(), value);
    }
    let file = |name: &str| scratch.0.join(name);
    let output = script
        .current_dir(&scratch.0)
        .env("PATH", path())
        .env("RUNNER_TEMP", &scratch.0)
        .env("GITHUB_OUTPUT", file("output"))
        .env("GITHUB_STEP_SUMMARY", file("summary"))
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stdout}");
    assert!(
        stdout.starts_with("::error file=manifests/bad.yaml,line=7,"),
        "{stdout}"
    );
    let text = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    assert_eq!(text("output"), "exit-code=1\n");
    assert!(text("summary").contains("rejected-object"));
    assert!(text("out.sarif").contains("\"version\": \"2.1.0\""));
}

#[test]
fn hooks_pass_over_what_has_no_objects() {
    let hooks = read(".pre-commit-hooks.yaml");
    let scratch = Scratch::new("hooks");
    let bad = scratch.write("bad.yaml", BAD);
    let other = scratch.write("other.yaml", "a: 1\n");
    let mut n_hooks = 0;
    for hook in hooks.as_sequence().unwrap() {
        let entry = hook["entry"].as_str().unwrap();
        // A script builds the program first, which a test does not repeat.
        let command = match hook["language"].as_str().unwrap() {
            "system" => entry.to_owned(),
            _ => {
                let script = std::fs::read_to_string(root().join(entry)).unwrap();
                let last = script.lines().last().unwrap();
                let (program, arguments) = last.split_once(" lint ").unwrap();
                assert!(program.ends_with("/release/pullproof\""), "{last}");
                let arguments = arguments.strip_suffix(" \"$@\"").unwrap();
                format!("pullproof lint {arguments}")
            }
        };
        for (file, expected) in [(&bad, 1), (&other, 0)] {
            let mut words = command.split(' ');
            let output = Command::new(words.next().unwrap())
                .args(words)
                .arg(file)
                .env("PATH", path())
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(expected), "{command} {file}");
        }
        n_hooks += 1;
    }
    assert_eq!(n_hooks, 2);
}
