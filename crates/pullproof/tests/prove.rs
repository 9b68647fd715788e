//! `pullproof prove`: claims that hold, and for each the change that breaks it with its witness.

#![expect(
    clippy::unwrap_used,
    reason = "a program that cannot be run stops the test"
)]

mod support;

use support::{Run, Scratch, pullproof};

/// Mirror objects of which nothing leaves the building.
const CLOSED: &str = "\
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: lab
spec:
  imageDigestMirrors:
  - source: quay.io/org
    mirrors:
    - mirror.example.com/org
    - backup.example.com/org
    mirrorSourcePolicy: NeverContactSource
---
apiVersion: config.openshift.io/v1
kind: ImageTagMirrorSet
metadata:
  name: lab
spec:
  imageTagMirrors:
  - source: quay.io/org
    mirrors:
    - mirror.example.com/org
    - backup.example.com/org
    mirrorSourcePolicy: NeverContactSource
";

/// Runs a claim about objects.
fn prove(objects: &str, claim: &[&str]) -> Run {
    let scratch = Scratch::new(&format!("prove-{}", claim.concat().len()));
    let path = scratch.write("mirrors.yaml", objects);
    pullproof(&[&["prove", "--with", &path], claim].concat(), "")
}

/// What is claimed holds, and a change breaks it: then the report names a witness.
fn check(claim: &[&str], is_like: (&str, &str), change: (&str, &str), witness: &str) {
    let sound = CLOSED.replace(is_like.0, is_like.1);
    let run = prove(&sound, claim);
    assert_eq!(run.code, 0, "{claim:?} {} {}", run.stdout, run.stderr);
    assert!(
        run.stdout.starts_with("proven: "),
        "{claim:?} {}",
        run.stdout
    );
    let broken = sound.replace(change.0, change.1);
    assert_ne!(sound, broken, "{change:?}");
    let run = prove(&broken, claim);
    assert_eq!(run.code, 1, "{claim:?} {} {}", run.stdout, run.stderr);
    assert!(run.stdout.contains(witness), "{claim:?} {}", run.stdout);
    assert!(
        run.stdout.contains("\nrefuted: "),
        "{claim:?} {}",
        run.stdout
    );
}

#[test]
fn every_claim_holds_until_a_change_breaks_it() {
    let as_it_is = ("", "");
    let never = "    mirrorSourcePolicy: NeverContactSource\n";
    check(
        &["--offline", "--governed"],
        as_it_is,
        (never, ""),
        "source `quay.io/org` is contacted, after its mirrors, for `quay.io/org/example` by tag \
         and by digest",
    );
    check(
        &[
            "--allow",
            "mirror.example.com",
            "backup.example.com",
            "--governed",
        ],
        as_it_is,
        ("backup.example.com/org", "backup.example.net/org"),
        "mirror `backup.example.net/org` of `quay.io/org` is contacted and not allowed",
    );
    check(
        &["--allow", "*.example.com", "--governed"],
        as_it_is,
        ("backup.example.com/org", "backup.example.net/org"),
        "as `backup.example.net/org/example`",
    );
    check(
        &["--reachable", "--down", "mirror.example.com"],
        as_it_is,
        ("    - backup.example.com/org\n", ""),
        "`quay.io/org/example` cannot be pulled by tag and by digest: every endpoint that is not \
         blocked is down",
    );
    check(
        &["--insecure"],
        as_it_is,
        (
            "apiVersion: config.openshift.io/v1\nkind: ImageDigest",
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\nspec:\n  \
             registrySources:\n    insecureRegistries:\n    - backup.example.com\n---\n\
             apiVersion: config.openshift.io/v1\nkind: ImageDigest",
        ),
        "`backup.example.com/org/example` is contacted without verifying who answers",
    );
}

#[test]
fn credentials_are_looked_for_by_what_endpoints_are_asked() {
    let scratch = Scratch::new("prove-auth");
    let path = scratch.write("mirrors.yaml", CLOSED);
    let secret = |keys: &[&str]| {
        let auths = keys
            .iter()
            .map(|key| format!("\"{key}\":{{\"auth\":\"dTpwdw==\"}}"));
        let auths = auths.collect::<Vec<_>>().join(",");
        scratch.write("secret.json", format!("{{\"auths\":{{{auths}}}}}"))
    };
    let prove = |secret: &str| pullproof(&["prove", "--with", &path, "--auth", secret], "");
    let run = prove(&secret(&["mirror.example.com", "backup.example.com/org"]));
    assert_eq!(run.code, 0, "{}", run.stdout);
    let run = prove(&secret(&[
        "mirror.example.com",
        "backup.example.com/org/app",
    ]));
    assert_eq!(run.code, 1, "{}", run.stdout);
    let witness = "no key of the pull secret is for `backup.example.com/org/example`";
    assert!(run.stdout.contains(witness), "{}", run.stdout);
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains("dTpwdw"), "{text}");
    }
    let run = prove(&scratch.write("empty.json", "{\"auths\":{}}"));
    assert_eq!(run.code, 3, "{}", run.stderr);
}

#[test]
fn images_are_served_by_mirrors_or_not() {
    let scratch = Scratch::new("prove-covers");
    let path = scratch.write("mirrors.yaml", CLOSED);
    let images = scratch.write("images.txt", "quay.io/org/app:1\nquay.io/other/app:1\n");
    let run = pullproof(&["prove", "--with", &path, "--covers", &images], "");
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(
        run.stdout
            .contains("image `quay.io/other/app:1` has no mirror"),
        "{}",
        run.stdout
    );
    let verdict = "1 image asked of a mirror first, 1 of the source alone, 0 of nobody\n";
    assert!(run.stdout.ends_with(verdict), "{}", run.stdout);
    let images = scratch.write("served.txt", "quay.io/org/app:1\n");
    let run = pullproof(&["prove", "--with", &path, "--covers", &images], "");
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[test]
fn without_words_all_references_are_meant() {
    let run = prove(CLOSED, &["--offline"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    for witness in [
        "`registry.example/example/example`",
        "names without a registry",
    ] {
        assert!(run.stdout.contains(witness), "{}", run.stdout);
    }
    let headings = |run: &Run| -> Vec<String> {
        let lines = run.stdout.lines().filter(|line| !line.contains("-->"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(headings(&prove(CLOSED, &[])), headings(&run));
}

#[test]
fn a_proof_has_every_form_of_report() {
    let run = prove(CLOSED, &["--offline", "--format", "sarif"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let results = report["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2, "{}", run.stdout);
    assert_eq!(results[0]["ruleId"], "way-out");
    assert!(run.stderr.contains("refuted: "), "{}", run.stderr);
    let run = prove(CLOSED, &["--offline", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["findings"][0]["rule"], "way-out", "{}", run.stdout);
    let run = prove(CLOSED, &["--offline", "--format", "markdown"]);
    assert!(run.stdout.contains("way-out"), "{}", run.stdout);
}

#[test]
fn files_of_a_node_are_proven_as_objects_are() {
    let scratch = Scratch::new("prove-conf");
    let conf = "unqualified-search-registries = []\n[[registry]]\nlocation = \"quay.io\"\n\
                [[registry.mirror]]\nlocation = \"mirror.example.com\"\n";
    let path = scratch.write("registries.conf", conf);
    let claim = ["prove", "--conf", &path, "--offline", "--governed"];
    let run = pullproof(&claim, "");
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("registries.conf:2:1"), "{}", run.stdout);
    scratch.write(
        "registries.conf",
        conf.replace(
            "location = \"quay.io\"",
            "location = \"quay.io\"\nblocked = true",
        ),
    );
    let run = pullproof(&claim, "");
    assert_eq!(run.code, 0, "{}", run.stdout);
    let run = pullproof(&["prove", "--offline"], "");
    assert_eq!(run.code, 2, "{}", run.stderr);
}
