//! Links to the playground: what is in them, what never is, and that the page reads them.

#![expect(
    clippy::unwrap_used,
    reason = "a program that cannot be run stops the test"
)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::io::Read as _;
use support::{Scratch, pullproof, root};

mod support;

/// Links that the page's tests read, too; `UPDATE=1` writes them.
const FIXTURES: &str = "www/tests/links-cli.txt";

const IDMS: &str = "\
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

const SECRET: &str = r#"{"auths":{"quay.io":{"auth":"cm9ib3Q6aHVudGVyMmh1bnRlcjI="}}}"#;

/// What a link says.
fn decoded(link: &str) -> Value {
    let (_, payload) = link.trim().split_once("#v1.").unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(payload).unwrap();
    let mut text = String::new();
    flate2::read::DeflateDecoder::new(&*bytes)
        .read_to_string(&mut text)
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The link that a command prints.
fn link(arguments: &[&str]) -> String {
    let run = pullproof(arguments, "");
    assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
    run.stdout.trim().to_owned()
}

fn names(link: &Value) -> Vec<String> {
    let files = link["files"].as_array().unwrap().iter();
    let name = |file: &Value| {
        let removed = if file["removed"] == true {
            " removed"
        } else {
            ""
        };
        let text = |key: &str| file[key].as_str().unwrap().to_owned();
        format!("{}/{}{removed}", text("group"), text("name"))
    };
    files.map(name).collect()
}

#[test]
fn links_of_every_command_are_those_that_the_page_reads() {
    let commands: [&[&str]; 4] = [
        &[
            "lint",
            "--playground-url",
            "--openshift",
            "4.14",
            "www/examples/disconnected/proposed",
        ],
        &[
            "lint",
            "--playground-url=https://example.com/play/",
            "www/examples/refused/proposed",
            "--state",
            "www/examples/refused/current",
        ],
        &[
            "show",
            "--playground-url",
            "tests/examples/disconnected",
            "--images-from",
            "tests/examples/disconnected/images.txt",
            "--openshift",
            "4.16",
        ],
        &[
            "diff",
            "--playground-url",
            "--before",
            "www/examples/leak/current",
            "--after",
            "www/examples/leak/proposed",
            "--release-image",
            "quay.io/openshift-release-dev/ocp-release:4.18.1-x86_64",
        ],
    ];
    let links = commands.map(link);
    let path = root().join(FIXTURES);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, links.join("\n") + "\n").unwrap();
    }
    // Compressors may find other bytes for the same text.
    let expected = std::fs::read_to_string(path).unwrap();
    let expected: Vec<Value> = expected.lines().map(decoded).collect();
    assert_eq!(
        links.each_ref().map(|link| decoded(link)).to_vec(),
        expected
    );
    assert!(links[0].starts_with("http://127.0.0.1:"), "{}", links[0]);
    assert!(
        links[1].starts_with("https://example.com/play/#v1."),
        "{}",
        links[1]
    );
    assert_eq!(
        names(&expected[1]),
        ["proposed/shop-itms.yaml", "current/platform-idms.yaml"]
    );
    assert_eq!(
        names(&expected[3]),
        ["proposed/apps.yaml", "current/apps.yaml"]
    );
    assert_eq!(expected[3]["view"], "changes");
    assert_eq!(expected[2]["openshift"], "4.16");
    let images = expected[2]["images"].as_str().unwrap();
    assert_eq!(images.lines().count(), 4, "{images}");
}

#[test]
fn links_that_the_page_makes_are_read() {
    let text = std::fs::read_to_string(root().join("www/tests/links-v1.txt")).unwrap();
    for line in text.lines() {
        let (link, expected) = line.split_once('\t').unwrap();
        let (link, expected) = (
            decoded(link),
            serde_json::from_str::<Value>(expected).unwrap(),
        );
        assert_eq!(link["files"], expected["files"]);
        for field in ["openshift", "images", "release_image"] {
            let empty = json!("");
            let or_empty = |it: &Value| it.get(field).unwrap_or(&empty).clone();
            assert_eq!(or_empty(&link), or_empty(&expected), "{field}");
        }
    }
}

#[test]
fn what_a_change_deletes_is_marked() {
    let scratch = Scratch::new("playground-removed");
    let itms = IDMS.replace("Digest", "Tag").replace("digest", "tag");
    let both = format!("{IDMS}---\n{itms}");
    scratch.write("before/a.yaml", both);
    scratch.write("before/b.yaml", IDMS.replace("name: lab", "name: other"));
    scratch.write("after/a.yaml", IDMS);
    scratch.write("after/b.yaml", IDMS.replace("name: lab", "name: other"));
    let path = |name: &str| scratch.0.join(name).display().to_string();
    let link = link(&[
        "diff",
        "--playground-url",
        "--before",
        &path("before"),
        "--after",
        &path("after"),
    ]);
    let expected = [
        "proposed/a.yaml",
        "proposed/b.yaml",
        "current/a.yaml removed",
        "current/b.yaml",
    ];
    assert_eq!(names(&decoded(&link)), expected);
}

#[test]
fn no_link_has_a_credential() {
    let scratch = Scratch::new("playground-secret");
    let idms = scratch.write("idms.yaml", IDMS);
    let secrets = [
        scratch.write("pull-secret.json", SECRET),
        scratch.write("list.yaml", format!("{IDMS}---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: x\nstringData:\n  password: hunter2\n")),
        scratch.write("install-config.yaml", "apiVersion: v1\nbaseDomain: example.com\npullSecret: '{\"auths\":{\"quay.io\":{\"auth\":\"cm9ib3Q6aHVudGVyMg==\"}}}'\n"),
        scratch.write("key.yaml", "a: |\n  -----BEGIN PRIVATE KEY-----\n  aHVudGVyMmh1bnRlcjI\n  -----END PRIVATE KEY-----\n"),
    ];
    for secret in secrets {
        for arguments in [
            vec!["lint", "--playground-url", &idms, &secret],
            vec!["lint", "--playground-url", &idms, "--state", &secret],
            vec!["show", "--playground-url", &idms, &secret],
            vec![
                "diff",
                "--playground-url",
                "--before",
                &idms,
                &secret,
                "--after",
                &idms,
            ],
            vec![
                "diff",
                "--playground-url",
                "--before",
                &idms,
                "--after",
                &idms,
                &secret,
            ],
        ] {
            let run = pullproof(&arguments, "");
            assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
            let link = decoded(&run.stdout);
            let text = link.to_string();
            let is_hidden = |it: &&str| !text.contains(*it);
            assert!(
                ["hunter2", "cm9ib3Q6", "aHVudGVy", "auths"]
                    .iter()
                    .all(is_hidden),
                "{text}"
            );
            assert!(run.stderr.contains("has credentials"), "{}", run.stderr);
        }
    }
}

#[test]
fn what_is_too_large_or_not_there_has_no_link() {
    let scratch = Scratch::new("playground-large");
    let idms = scratch.write("idms.yaml", IDMS);
    let missing = scratch.0.join("missing.yaml").display().to_string();
    for command in ["lint", "show"] {
        let run = pullproof(&[command, "--playground-url", &missing], "");
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{command}");
    }
    let long = "a".repeat(1001);
    let run = pullproof(
        &["lint", "--playground-url", &idms, "--release-image", &long],
        "",
    );
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    assert!(
        run.stderr.contains("more than 1000 characters"),
        "{}",
        run.stderr
    );
}
