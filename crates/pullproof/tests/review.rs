//! `pullproof review` from outside: what is read, what is said, and with which exit code.

#![expect(
    clippy::unwrap_used,
    reason = "a program that cannot be run stops the test"
)]

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const GOOD: &str = "\
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

/// A directory with files, and a place for compiled code beside it that all tests share.
struct World {
    directory: TempDir,
}

impl World {
    fn new(files: &[(&str, &[u8])]) -> World {
        let directory = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(directory.path().join(name), bytes).unwrap();
        }
        World { directory }
    }

    /// Runs the command there; exit code, output, and what it said beside it.
    fn review(&self, arguments: &[&str]) -> (i32, String, String) {
        let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        fs::create_dir_all(&cache).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_pullproof"))
            .args(["review", "--cache"])
            .arg(cache)
            .args(arguments)
            .current_dir(self.directory.path())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        (code, text(output.stdout), text(output.stderr))
    }

    fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let (code, stdout, stderr) = self.review(&[&["--format", "json"], arguments].concat());
        assert_eq!(stderr, "");
        (code, serde_json::from_str(&stdout).unwrap())
    }
}

/// The rules that found something, review by review.
fn rules(report: &Value) -> Vec<Vec<&str>> {
    let reviews = report["reviews"].as_array().unwrap().iter();
    let found = reviews.map(|review| {
        let findings = review["findings"].as_array().unwrap().iter();
        findings
            .map(|finding| finding["rule"].as_str().unwrap())
            .collect()
    });
    found.collect()
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/examples")
}

#[test]
fn reviews_requests_and_objects_are_read_alike() {
    let object: Value = json!({
        "apiVersion": "config.openshift.io/v1", "kind": "ImageDigestMirrorSet",
        "metadata": { "name": "lab" },
        "spec": { "imageDigestMirrors": [
            { "source": "quay.io/org", "mirrors": ["quay.io/org"] },
        ] },
    });
    let request = json!({
        "uid": "1", "operation": "CREATE", "name": "lab", "object": object,
        "kind": { "group": "config.openshift.io", "version": "v1", "kind": "ImageDigestMirrorSet" },
    });
    let review = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request,
    });
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": [object, object] });
    let stream = format!("{GOOD}---\n{object}\n");
    let world = World::new(&[
        ("object.json", object.to_string().as_bytes()),
        ("request.json", request.to_string().as_bytes()),
        ("review.json", review.to_string().as_bytes()),
        ("list.json", list.to_string().as_bytes()),
        ("stream.yaml", stream.as_bytes()),
    ]);
    let (_, expected) = world.json(&["object.json"]);
    assert!(rules(&expected)[0].contains(&"self-mirror"), "{expected}");
    for name in ["request.json", "review.json"] {
        assert_eq!(rules(&world.json(&[name]).1), rules(&expected), "{name}");
    }
    assert_eq!(rules(&world.json(&["list.json"]).1).len(), 2);
    let (_, stream) = world.json(&["stream.yaml"]);
    assert_eq!(rules(&stream)[1], rules(&expected)[0]);
    assert!(!rules(&stream)[0].contains(&"self-mirror"), "{stream}");
}

#[test]
fn a_change_is_judged_against_the_state_and_the_object_as_it_is() {
    let world = World::new(&[("good.yaml", GOOD.as_bytes())]);
    let examples = examples();
    let path = |name: &str| examples.join("reviews").join(name).display().to_string();
    let (conflict, cluster) = (path("conflict.yaml"), path("cluster.yaml"));
    assert_eq!(world.json(&[&conflict]).0, 0);
    let (code, report) = world.json(&["--state", &cluster, "--", &conflict]);
    assert_eq!(code, 1);
    assert!(rules(&report)[0].contains(&"policy-conflict"), "{report}");
    // What an update keeps is nothing new.
    let (code, report) = world.json(&[
        "--operation",
        "update",
        "--old",
        &conflict,
        "--state",
        &cluster,
        "--",
        &conflict,
    ]);
    assert_eq!(
        (code, rules(&report)),
        (0, vec![vec!["stuck-cluster"]]),
        "{report}"
    );
    let (code, report) = world.json(&["--operation", "delete", "good.yaml"]);
    assert_eq!(code, 0);
    assert!(rules(&report)[0].contains(&"node-effect"), "{report}");
}

#[test]
fn other_policies_and_their_failures_are_told() {
    let world = World::new(&[
        ("good.yaml", GOOD.as_bytes()),
        ("own-hosts.wasm", plugins::OWN_HOSTS),
        ("hostile.wasm", plugins::HOSTILE),
        ("ours.yaml", b"hosts: [mirror.example.com]\n"),
        ("theirs.toml", b"hosts = [\"other.example.com\"]\n"),
        ("bad.json", b"{\"host\": []}"),
    ]);
    let own = ["--policy", "own-hosts.wasm", "good.yaml", "--settings"];
    assert_eq!(world.review(&[&own[..], &["ours.yaml"]].concat()).0, 0);
    let (code, stdout, _) = world.review(&[&own[..], &["theirs.toml"]].concat());
    assert_eq!(code, 1);
    assert_eq!(
        stdout,
        "denied create ImageDigestMirrorSet/lab (good.yaml:1)\n  error: \
         spec.imageDigestMirrors[0].mirrors[0]: mirror `mirror.example.com/org` is under a host \
         that is not ours [foreign-mirror]\n    help: use one of the hosts in the policy's \
         settings\n"
    );
    let (code, _, stderr) = world.review(&[&own[..], &["bad.json"]].concat());
    assert_eq!(code, 3);
    assert!(
        stderr.contains("policy `own-hosts` does not take its settings"),
        "{stderr}"
    );
    let (code, _, stderr) = world.review(&["--policy", "good.yaml", "good.yaml"]);
    assert_eq!(code, 3);
    assert!(stderr.contains("is not WebAssembly"), "{stderr}");
    let (code, _, stderr) = world.review(&["--policy", "none.wasm", "good.yaml"]);
    assert_eq!(code, 3);
    assert!(
        stderr.contains("failed to read the policy `none.wasm`"),
        "{stderr}"
    );
}

#[test]
fn exit_codes_tell_what_was_wrong() {
    let world = World::new(&[
        ("good.yaml", GOOD.as_bytes()),
        ("broken.yaml", b"a: [\n"),
        ("other.yaml", b"a: 1\n"),
        ("empty.yaml", b""),
    ]);
    let check = |arguments: &[&str], code: i32, text: &str| {
        let (found, _, stderr) = world.review(arguments);
        assert_eq!(found, code, "{arguments:?}: {stderr}");
        assert!(stderr.contains(text), "{stderr}");
    };
    check(&["good.yaml"], 0, "");
    check(&["broken.yaml", "good.yaml"], 3, "broken.yaml:");
    check(
        &["other.yaml"],
        3,
        "neither an admission review nor a request nor an object",
    );
    check(&["empty.yaml"], 4, "nothing to review");
    check(&["none.yaml"], 3, "cannot read none.yaml");
    check(
        &["--state", "broken.yaml", "--", "good.yaml"],
        3,
        "broken.yaml:",
    );
    check(&[], 2, "required");
    check(
        &["--fuel", "1000", "good.yaml"],
        3,
        "used up the instructions",
    );
}

#[test]
fn suites_say_which_cases_are_not_as_expected() {
    let world = World::new(&[
        ("good.yaml", GOOD.as_bytes()),
        (
            "suite.yaml",
            b"cases:\n- name: passes\n  file: good.yaml\n  expect: {allowed: true}\n\
              - name: <wrong>\n  file: good.yaml\n  expect: {allowed: false, rules: [x], error: trap}\n\
              - name: missing\n  file: none.yaml\n  expect: {allowed: true}\n",
        ),
        ("typo.yaml", b"cases:\n- nam: x\n"),
        ("none.yaml.suite", b"cases: []\n"),
    ]);
    let suite = examples().join("suite/suite.yaml").display().to_string();
    let (code, stdout, stderr) = world.review(&["--suite", &suite]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.ends_with("3 passed, 0 failed\n"), "{stdout}");
    let (code, stdout, _) = world.review(&["--suite", "suite.yaml"]);
    assert_eq!(code, 1);
    assert!(
        stdout.contains("expected to be denied, was allowed"),
        "{stdout}"
    );
    assert!(stdout.ends_with("1 passed, 2 failed\n"), "{stdout}");
    let (code, stdout, _) = world.review(&["--suite", "suite.yaml", "--format", "junit"]);
    assert_eq!(code, 1);
    assert!(stdout.contains("tests=\"3\" failures=\"2\""), "{stdout}");
    assert!(stdout.contains("name=\"&lt;wrong&gt;\""), "{stdout}");
    let (code, stdout, _) = world.review(&["--suite", "suite.yaml", "--format", "json"]);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, &report["failed"]), (1, &json!(2)));
    let (code, _, stderr) = world.review(&["--suite", "typo.yaml"]);
    assert_eq!(code, 3);
    assert!(stderr.contains("`typo.yaml` is no suite"), "{stderr}");
    assert_eq!(world.review(&["--suite", "none.yaml.suite"]).0, 4);
}
