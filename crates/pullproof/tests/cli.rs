//! The command line from outside: exit codes, what goes to which stream, and the README's output.

#![expect(
    clippy::unwrap_used,
    reason = "a program that cannot be run stops the test"
)]

mod support;

use support::{Scratch, pullproof};

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

const ITMS: &str = "\
apiVersion: config.openshift.io/v1
kind: ImageTagMirrorSet
metadata:
  name: lab
spec:
  imageTagMirrors:
  - source: quay.io/org
    mirrors:
    - mirror.example.com:5000/org
";

#[test]
fn exit_codes_tell_what_happened() {
    let scratch = Scratch::new("codes");
    let clean = scratch.write("clean.yaml", IDMS);
    let warned = scratch.write("warned.yaml", IDMS.replace("mirror.example.com", "quay.io"));
    let rejected = scratch.write(
        "rejected.yaml",
        IDMS.replace("quay.io/org", "quay.io/org:1"),
    );
    let broken = scratch.write("broken.yaml", "a: [\n");
    let utf16 = scratch.write("utf16.yaml", b"\xff\xfea\x00");
    let missing = scratch.0.join("missing.yaml").display().to_string();
    let empty = scratch.0.join("empty").display().to_string();
    std::fs::create_dir(&empty).unwrap();
    let other = scratch.write("other.yaml", "a: 1\n");
    let cases: [(&[&str], i32); 19] = [
        (&["lint", &other], 4),
        (&["lint", &other, &clean], 0),
        (&["lint", "--format", "sarif", &other], 4),
        (&["lint", "--allow-empty", &other], 0),
        (&["lint", "--allow-empty", &empty], 0),
        (&["lint", &clean], 0),
        (&["lint", &warned], 0),
        (&["lint", "--fail-on", "warning", &warned], 1),
        (&["lint", &rejected], 1),
        (&["lint", &clean, &broken], 3),
        (&["lint", &utf16], 3),
        (&["lint", &missing], 3),
        (&["lint", &empty], 4),
        (&["lint", "--no-such-flag"], 2),
        (&["resolve", "quay.io/org/a:1"], 2),
        (&["resolve", "quay.io/org/a:1", "--with", &clean], 0),
        (
            &[
                "resolve",
                "quay.io/org/a:1",
                "--with",
                &clean,
                "--down",
                "quay.io",
            ],
            1,
        ),
        (&["explain", "no-such-rule"], 2),
        (&["--version"], 0),
    ];
    for (arguments, code) in cases {
        let run = pullproof(arguments, "");
        assert_eq!(
            run.code, code,
            "{arguments:?}\n{}{}",
            run.stdout, run.stderr
        );
    }
}

#[test]
fn machine_output_is_alone_on_standard_output() {
    let run = pullproof(
        &["lint", "--format", "json", "-"],
        &IDMS.replace("org\n", "org/\n"),
    );
    assert_eq!(run.code, 1);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["version"], 1);
    assert!(report["counts"]["error"].as_u64().unwrap() > 0, "{report}");
    assert_eq!(report["findings"][0]["file"], "<stdin>");

    let arguments = [
        "resolve",
        "quay.io/org/a:1",
        "nginx",
        "--with",
        "-",
        "--format",
        "json",
    ];
    let run = pullproof(&arguments, ITMS);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let attempts = &report["images"][0]["candidates"][0]["attempts"];
    assert_eq!(attempts[0]["reference"], "mirror.example.com:5000/org/a:1");
    assert_eq!(attempts[0]["origins"][0]["line"], 9);
    assert_eq!(attempts[0]["origins"][0]["object"], "ImageTagMirrorSet/lab");
    assert_eq!(attempts[1]["endpoint"], "source");
    assert_eq!(
        report["images"][1]["candidates"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn colours_are_for_terminals_and_those_who_ask() {
    let text = IDMS.replace("mirror.example.com", "quay.io");
    assert!(!pullproof(&["lint", "-"], &text).stdout.contains('\u{1b}'));
    assert!(
        pullproof(&["lint", "-", "--color", "always"], &text)
            .stdout
            .contains('\u{1b}')
    );
}

#[test]
fn images_are_found_in_lists_and_in_manifests() {
    let scratch = Scratch::new("images");
    let mirrors = scratch.write("idms.yaml", IDMS);
    let list = scratch.write(
        "images.txt",
        "# list\nquay.io/org/a:1\n\n  quay.io/b:2 # why\n",
    );
    let pod = "kind: Pod\nspec:\n  initContainers: [{image: quay.io/c:3}]\n  \
               containers:\n  - image: quay.io/org/d:4\n";
    let manifest = scratch.write("pod.yaml", pod);
    for (file, images) in [
        (&list, ["quay.io/org/a:1", "quay.io/b:2"]),
        (&manifest, ["quay.io/c:3", "quay.io/org/d:4"]),
    ] {
        let arguments = [
            "resolve",
            "--images-from",
            file,
            "--with",
            &mirrors,
            "--format",
            "json",
        ];
        let report: serde_json::Value =
            serde_json::from_str(&pullproof(&arguments, "").stdout).unwrap();
        let found = report["images"]
            .as_array()
            .unwrap()
            .iter()
            .map(|image| &image["image"]);
        assert_eq!(found.collect::<Vec<_>>(), images);
    }
}

#[test]
fn a_registries_conf_and_its_drop_ins_are_read() {
    let scratch = Scratch::new("conf");
    let conf = scratch.write("registries.conf", "[[registry]]\nlocation = \"quay.io\"\n");
    scratch.write(
        "d/10-block.conf",
        "[[registry]]\nlocation = \"quay.io\"\nblocked = true\n",
    );
    scratch.write("d/20-ignored.txt", "nonsense");
    let directory = scratch.0.join("d").display().to_string();
    let run = pullproof(&["resolve", "quay.io/a:1", "--conf", &conf], "");
    assert_eq!(run.code, 0, "{}", run.stdout);
    let arguments = [
        "resolve",
        "quay.io/a:1",
        "--conf",
        &conf,
        "--conf-dir",
        &directory,
    ];
    let run = pullproof(&arguments, "");
    assert_eq!(run.code, 1);
    assert!(
        run.stdout
            .contains("refused, registry `quay.io` is blocked"),
        "{}",
        run.stdout
    );

    let broken = scratch.write(
        "broken.conf",
        "[[registry]]\nlocation = \"https://quay.io\"\n",
    );
    let run = pullproof(&["resolve", "quay.io/a:1", "--conf", &broken], "");
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    assert!(run.stderr.contains("broken.conf:1:1: "), "{}", run.stderr);
    assert!(
        run.stderr.contains("URI schemes are not supported"),
        "{}",
        run.stderr
    );
}

#[test]
fn render_writes_what_nodes_get() {
    let scratch = Scratch::new("render");
    let mirrors = scratch.write("idms.yaml", IDMS);
    let out = scratch.0.join("node").display().to_string();
    let run = pullproof(&["render", "--with", &mirrors, "--out", &out], "");
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    let written = scratch.0.join("node/etc/containers/registries.conf");
    let text = std::fs::read_to_string(written).unwrap();
    let printed = pullproof(&["render", "--with", &mirrors], "");
    assert_eq!(
        printed.stdout,
        format!("==> /etc/containers/registries.conf <==\n{text}")
    );
    let old = pullproof(&["render", "--with", &mirrors, "--openshift", "4.12"], "");
    assert_eq!(old.stdout, "", "4.12 does not know the kind");
}

#[test]
fn rollout_names_the_condition() {
    let scratch = Scratch::new("rollout");
    let before = scratch.write("idms.yaml", IDMS);
    let after = scratch.write("itms.yaml", ITMS);
    let run = pullproof(
        &["rollout", "--before", &before, "--after", &before, &after],
        "",
    );
    assert_eq!(run.code, 0);
    assert!(run.stdout.starts_with("drain "), "{}", run.stdout);
    assert!(
        run.stdout
            .contains("mirror.example.com:5000/org has been added"),
        "{}",
        run.stdout
    );
    let run = pullproof(&["rollout", "--before", "--after", &before], "");
    assert!(run.stdout.starts_with("reload "), "{}", run.stdout);
}

#[test]
fn batch_answers_line_for_line() {
    let requests = "{\"op\":\"resolve\",\"ref\":\"a\",\"id\":7}\nnonsense\n\n{\"id\":\"x\"}\n[]";
    let run = pullproof(&["batch"], requests);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let answers: Vec<serde_json::Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 4);
    assert_eq!(answers[0]["id"], 7);
    for answer in &answers[1..] {
        assert_eq!(answer["error"]["kind"], "request", "{answer}");
    }
    assert_eq!(answers[2]["id"], "x");
}

#[test]
fn every_rule_is_explained_and_every_shell_completed() {
    let list = pullproof(&["explain"], "").stdout;
    assert!(10 <= list.lines().count(), "{list}");
    for line in list.lines() {
        let id = line.split_whitespace().nth(1).unwrap();
        let page = pullproof(&["explain", id], "");
        assert!(page.stdout.contains("## Bad"), "{id}");
    }
    // What an admission review names is explained, too.
    assert!(list.contains("PC002"), "{list}");
    let page = pullproof(&["explain", "pc002"], "");
    assert!(
        page.stdout.starts_with("PC002 failing-pull, "),
        "{}",
        page.stdout
    );
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(
            pullproof(&["completions", shell], "")
                .stdout
                .contains("resolve"),
            "{shell}"
        );
    }
}
