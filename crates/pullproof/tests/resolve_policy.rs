//! Pulls that a mirror answers and policy.json refuses, as `resolve` and `show` tell them.

#![expect(
    clippy::unwrap_used,
    reason = "a program that behaves otherwise stops the test"
)]

mod support;

use support::{Scratch, pullproof};

const OBJECTS: &str = "\
apiVersion: config.openshift.io/v1
kind: ImageTagMirrorSet
metadata:
  name: lab
spec:
  imageTagMirrors:
  - source: quay.io/org
    mirrors: [mirror.lab:5000/org]
---
apiVersion: config.openshift.io/v1
kind: Image
metadata:
  name: cluster
spec:
  registrySources:
    KIND:
    - SCOPE
";

const CONF: &str = "\
[[registry]]
location = \"quay.io/org\"
[[registry.mirror]]
location = \"mirror.lab:5000/org\"
";

const IMAGE: &str = "quay.io/org/app:1.2";

const MESSAGE: &str =
    "Source image rejected: Running image docker://quay.io/org/app:1.2 is rejected by policy.";

fn objects(kind: &str, scope: &str) -> String {
    OBJECTS.replace("KIND", kind).replace("SCOPE", scope)
}

#[test]
fn a_refused_pull_is_told_and_fails() {
    let scratch = Scratch::new("policy-text");
    let check = |kind: &str, scope: &str, code: i32, expected: &[&str]| {
        let objects = scratch.write("objects.yaml", objects(kind, scope));
        let run = pullproof(&["resolve", IMAGE, "--with", &objects], "");
        let lines: Vec<&str> = run.stdout.lines().map(str::trim).collect();
        // Of the places only the end: directories are made anew.
        let ends: Vec<&str> = lines[lines.len() - expected.len()..]
            .iter()
            .zip(expected)
            .map(|(line, expected)| match line.strip_suffix(expected) {
                Some(_) => *expected,
                None => *line,
            })
            .collect();
        assert_eq!(ends, expected, "{}", run.stdout);
        assert_eq!(run.code, code, "{}", run.stdout);
        lines.len()
    };
    let fails = format!("=> fails: mirror.lab:5000/org/app:1.2 is contacted, and then: {MESSAGE}");
    let contacts = "=> contacts mirror.lab:5000/org/app:1.2, then 1 more where that fails";
    let n_lines = check(
        "allowedRegistries",
        "mirror.lab:5000",
        1,
        &["objects.yaml:17:7)", &fails],
    );
    assert_eq!(n_lines, 8, "image, entry, two attempts, policy and end");
    check(
        "blockedRegistries",
        "quay.io/org",
        1,
        &["objects.yaml:17:7)", &fails],
    );
    check(
        "allowedRegistries",
        "quay.io",
        0,
        &["objects.yaml:17:7)", contacts],
    );
    // What nobody asked for is not told.
    let n_lines = check("blockedRegistries", "other.lab", 0, &[contacts]);
    assert_eq!(n_lines, 7);
}

#[test]
fn json_says_which_scope_decides() {
    let scratch = Scratch::new("policy-json");
    let objects = scratch.write("objects.yaml", objects("blockedRegistries", "quay.io/org"));
    let arguments = ["resolve", IMAGE, "--with", &objects, "--format", "json"];
    let run = pullproof(&arguments, "");
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let candidate = &report["images"][0]["candidates"][0];
    let policy = &candidate["policy"];
    assert_eq!(policy["verdict"], "rejected");
    assert_eq!(policy["scope"], "quay.io/org");
    assert_eq!(policy["message"], MESSAGE);
    assert_eq!(policy["origins"][0]["object"], "Image/cluster");
    assert_eq!(policy["origins"][0]["line"], 17);
    let outcome = &candidate["outcome"];
    assert_eq!(outcome["kind"], "rejected");
    assert_eq!(outcome["first"], "mirror.lab:5000/org/app:1.2");
    assert_eq!(outcome["n_endpoints"], 1);
    assert_eq!(outcome["reason"], MESSAGE);
}

#[test]
fn show_tells_it_too() {
    let scratch = Scratch::new("policy-show");
    let objects = scratch.write("objects.yaml", objects("allowedRegistries", "example.com"));
    let images = scratch.write("images.txt", IMAGE);
    let run = pullproof(&["show", &objects, "--images-from", &images], "");
    assert!(run.stdout.contains(MESSAGE), "{}", run.stdout);
}

#[test]
fn a_policy_is_read_beside_a_registries_conf() {
    let scratch = Scratch::new("policy-file");
    let conf = scratch.write("registries.conf", CONF);
    let resolve = |policy: &str| {
        let policy = scratch.write("policy.json", policy);
        let arguments = ["resolve", IMAGE, "--conf", &conf, "--policy", &policy];
        pullproof(&arguments, "")
    };
    let rejecting = "{\"default\": [{\"type\": \"reject\"}]\n}";
    let run = resolve(rejecting);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains(MESSAGE), "{}", run.stdout);
    assert!(run.stdout.contains("policy.json:1:2)"), "{}", run.stdout);
    let accepting = "{\"default\": [{\"type\": \"reject\"}], \"transports\": {\"docker\": \
                     {\"quay.io\": [{\"type\": \"insecureAcceptAnything\"}]}}}";
    let run = resolve(accepting);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stdout.contains("scope `quay.io` accepts any image"),
        "{}",
        run.stdout
    );
    let signed = r#"{"default": [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/key"}]}"#;
    let run = resolve(signed);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stdout.contains("asks for a signature"),
        "{}",
        run.stdout
    );
    // Without one every image is let in.
    let run = pullproof(&["resolve", IMAGE, "--conf", &conf], "");
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(!run.stdout.contains("policy.json"), "{}", run.stdout);

    let run = resolve("{\"default\": [],\n\"transport\": {}}");
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    let lines: Vec<&str> = run.stderr.lines().collect();
    let [first, second] = lines[..] else {
        panic!("{lines:?}");
    };
    assert!(first.ends_with(
        "policy.json:1:13: nodes refuse every image: invalid policy: \
         a list of requirements must not be empty"
    ));
    assert!(second.ends_with(
        "policy.json:2:1: nodes refuse every image: invalid policy: \
                              unknown key `transport`"
    ));
    // Without a key nodes do not even load it.
    let run = resolve(&signed.replace(", \"keyPath\": \"/key\"", ""));
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    let said = "exactly one of `keyPath`, `keyPaths`, `keyData` is expected here\n";
    assert!(run.stderr.ends_with(said), "{}", run.stderr);
    // Objects have a policy of their own.
    let objects = scratch.write("objects.yaml", OBJECTS);
    let run = pullproof(
        &["resolve", IMAGE, "--with", &objects, "--policy", &conf],
        "",
    );
    assert_eq!(run.code, 2);
}
