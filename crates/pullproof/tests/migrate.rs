//! `pullproof migrate` from outside: what is written where, the proof, and what breaks it.

#![expect(
    clippy::unwrap_used,
    reason = "a file that cannot be written stops the test"
)]

use support::{Run, Scratch, pullproof, pullproof_in, root};

mod support;

const EXAMPLE: &str = "tests/examples/migration";

fn policy(name: &str, entries: &[(&str, &[&str])]) -> String {
    let mut text = format!(
        "apiVersion: operator.openshift.io/v1alpha1\nkind: ImageContentSourcePolicy\n\
         metadata:\n  name: {name}\nspec:\n  repositoryDigestMirrors:\n"
    );
    for (source, mirrors) in entries {
        text.push_str(&format!("  - source: {source}\n    mirrors:\n"));
        for mirror in *mirrors {
            text.push_str(&format!("    - {mirror}\n"));
        }
    }
    text
}

fn digest_set(name: &str, source: &str, mirror: &str, policy: &str) -> String {
    format!(
        "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: {name}\n\
         spec:\n  imageDigestMirrors:\n  - source: {source}\n    mirrors:\n    - {mirror}\n{policy}"
    )
}

fn check(run: &Run, code: i32, stderr: &[&str]) {
    assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
    for text in stderr {
        assert!(run.stderr.contains(text), "{text}: {}", run.stderr);
    }
}

#[test]
fn lines_stay_as_they_are_and_the_proof_is_told() {
    let input = std::fs::read_to_string(root().join(EXAMPLE).join("icsp.yaml")).unwrap();
    let expected = input
        .replace("operator.openshift.io/v1alpha1", "config.openshift.io/v1")
        .replace("ImageContentSourcePolicy", "ImageDigestMirrorSet")
        .replace("repositoryDigestMirrors", "imageDigestMirrors");
    let is_kept = |line: &&str| !line.contains("resourceVersion") && !line.contains("uid:");
    let expected: Vec<&str> = expected.lines().filter(is_kept).collect();
    let icsp = format!("{EXAMPLE}/icsp.yaml");
    let run = pullproof(&["migrate", &icsp, "--with", EXAMPLE], "");
    check(
        &run,
        0,
        &[
            "proven: no pull changes",
            "registries.conf is the same to the byte",
            "left out: `metadata.uid` of line 7",
            "oc delete imagecontentsourcepolicy release operators",
            "nothing happens to nodes",
        ],
    );
    assert_eq!(run.stdout.lines().collect::<Vec<_>>(), expected);
    let dry = pullproof(&["migrate", &icsp, "--with", EXAMPLE, "--dry-run"], "");
    assert_eq!(
        (dry.code, dry.stdout, dry.stderr),
        (0, run.stderr, String::new())
    );
    let lint = pullproof(&["lint", "-"], &run.stdout);
    assert_eq!(lint.code, 0, "{}", lint.stdout);
}

#[test]
fn what_a_cluster_gives_out_becomes_what_it_takes() {
    let list = "apiVersion: v1\nkind: List\nitems:\n\
        - apiVersion: operator.openshift.io/v1alpha1\n  kind: ImageContentSourcePolicy\n\
        \x20 metadata:\n    annotations:\n      \
        kubectl.kubernetes.io/last-applied-configuration: '{}'\n    \
        creationTimestamp: \"2023-05-01T10:00:00Z\"\n    generation: 2\n    labels: {a: b}\n    \
        name: one\n    resourceVersion: \"7\"\n    uid: x\n    finalizers: [a/b]\n\
        \x20 spec:\n    repositoryDigestMirrors:\n    - source: quay.io/a\n      mirrors: [m.example/a]\n\
        \x20     mirrorSourcePolicy: NeverContactSource\n\
        - apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: other}\n\
        metadata: {resourceVersion: \"\"}\n";
    let run = pullproof(&["migrate", "-"], list);
    check(
        &run,
        0,
        &[
            "not migrated: 1 other object",
            "left out: `spec.repositoryDigestMirrors[0].mirrorSourcePolicy` of line",
            "left out: `metadata.finalizers` of line",
        ],
    );
    assert_eq!(
        run.stdout,
        "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  labels:\n    \
         a: b\n  name: one\nspec:\n  imageDigestMirrors:\n  - source: quay.io/a\n    mirrors:\n    \
         - m.example/a\n"
    );
}

#[test]
fn what_the_server_would_refuse_is_not_written_but_mended() {
    let text = policy(
        "bad",
        &[
            (
                "quay.io/a:1.2",
                &["https://m.example/a", "m.example/b", "m.example/b"],
            ),
            ("quay.io/b", &["m.example/b"]),
        ],
    );
    let run = pullproof(&["migrate", "-", "--openshift", "4.15"], &text);
    check(
        &run,
        1,
        &[
            "source `quay.io/a:1.2` has a tag, `:1.2`",
            "write `quay.io/a`",
            "has a scheme",
            "<stdin>:7:13",
            "`m.example/b` is in its list twice",
            "nothing is written",
        ],
    );
    assert_eq!(run.stdout, "");
    // Before, the entry meant nothing that nodes would pull, so mending it changes pulls.
    let run = pullproof(&["migrate", "-", "--openshift", "4.15", "--fix"], &text);
    check(&run, 1, &["mended", "not proven", "quay.io/a"]);
    assert_eq!(run.stdout, "");
    let arguments = ["migrate", "-", "--openshift", "4.15", "--fix", "--unproven"];
    let run = pullproof(&arguments, &text);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains(
            "source: quay.io/a\n    mirrors:\n    - m.example/a\n    - m.example/b\n  - "
        ),
        "{}",
        run.stdout
    );
    // A mirror that comes again goes, and no pull with it.
    let text = policy("twice", &[("quay.io/b", &["m.example/b", "m.example/b"])]);
    let run = pullproof(&["migrate", "-", "--fix"], &text);
    check(&run, 0, &["mended: remove it", "proven: no pull changes"]);
    assert_eq!(run.stdout.matches("m.example/b").count(), 1);
}

#[test]
fn a_proof_breaks_and_a_witness_shows_it() {
    let scratch = Scratch::new("migrate-broken");
    let icsp = scratch.write(
        "icsp.yaml",
        policy("lab", &[("quay.io/a", &["m.example/a"])]),
    );
    // An object of the name is there, and its mirrors would be gone.
    let named = digest_set("lab", "quay.io/b", "m.example/b", "");
    let named = scratch.write("named.yaml", named);
    let run = pullproof(&["migrate", &icsp, "--with", &named], "");
    check(
        &run,
        1,
        &[
            "named.yaml:4:9: an object of this kind and name is there already",
            "not proven",
            "starts-elsewhere: quay.io/b",
            "nothing is written",
        ],
    );
    assert_eq!(run.stdout, "");
    // What the operator refuses proves nothing.
    let never = "    mirrorSourcePolicy: NeverContactSource\n";
    let other = scratch.write(
        "other.yaml",
        digest_set("x", "quay.io/a", "m.example/b", never),
    );
    let run = pullproof(&["migrate", &icsp, "--with", &other], "");
    check(
        &run,
        1,
        &["not proven", "the Machine Config Operator refuses"],
    );
    // The same without either is proven.
    let other = scratch.write(
        "other.yaml",
        digest_set("x", "quay.io/b", "m.example/b", never),
    );
    let run = pullproof(&["migrate", &icsp, "--with", &other], "");
    check(&run, 0, &["proven: no pull changes"]);
    // Inputs may be among the rest of the cluster.
    for (name, text) in [("icsp", &icsp), ("named", &named)] {
        scratch.write(&format!("all/{name}.yaml"), std::fs::read(text).unwrap());
    }
    let (all, icsp) = (scratch.0.join("all"), scratch.0.join("all/icsp.yaml"));
    let (all, icsp) = (all.to_str().unwrap(), icsp.to_str().unwrap());
    let run = pullproof(&["migrate", icsp, "--with", all], "");
    check(
        &run,
        1,
        &["starts-elsewhere: quay.io/b", "      will  quay.io/b"],
    );
}

#[test]
fn files_are_made_and_none_is_replaced() {
    let scratch = Scratch::new("migrate-files");
    scratch.write("in/a.yaml", policy("a", &[("quay.io/a", &["m.example/a"])]));
    scratch.write(
        "in/b/b.yml",
        policy("b", &[("quay.io/b", &["m.example/b"])]),
    );
    scratch.write(
        "in/c.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
    );
    let run = |arguments: &[&str]| pullproof_in(&scratch.0, arguments, "");
    let found = run(&["migrate", "in", "--dest-dir", "out"]);
    check(
        &found,
        0,
        &["wrote out/a.yaml", "wrote out/b.yml", "oc apply -f out"],
    );
    assert_eq!(found.stdout, "");
    let again = run(&["migrate", "in", "--dest-dir", "out"]);
    check(&again, 2, &["out/a.yaml is there already"]);
    let found = run(&[
        "migrate",
        "in",
        "--dest-dir",
        "out",
        "--oc-names",
        "--with-tags",
    ]);
    check(&found, 0, &["wrote out/imagedigestmirrorset_a.000001.yaml"]);
    for name in [
        "imagedigestmirrorset_b.000002.yaml",
        "imagetagmirrorset_b.000002.yaml",
    ] {
        let text = std::fs::read_to_string(scratch.0.join("out").join(name)).unwrap();
        assert!(text.contains("source: quay.io/b"), "{text}");
    }
    let same = run(&["migrate", "in/a.yaml", "in/b/b.yml", "--dest-dir", "in"]);
    check(&same, 2, &["in/a.yaml is there already"]);
}

#[test]
fn files_are_changed_in_their_place() {
    let scratch = Scratch::new("migrate-write");
    let before = format!(
        "# head\n{}# behind\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}} # c\n",
        policy("a", &[("quay.io/a", &["m.example/a"])])
    );
    let path = scratch.write("a.yaml", &before);
    let diff = pullproof(&["migrate", &path, "--diff"], "");
    check(&diff, 0, &["proven"]);
    assert!(diff.stdout.contains("-kind: ImageContentSourcePolicy\n"));
    assert!(diff.stdout.contains("+kind: ImageDigestMirrorSet\n"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
    check(
        &pullproof(&["migrate", &path, "--write"], ""),
        0,
        &["proven"],
    );
    let after = before
        .replace("operator.openshift.io/v1alpha1", "config.openshift.io/v1")
        .replace("ImageContentSourcePolicy", "ImageDigestMirrorSet")
        .replace("repositoryDigestMirrors", "imageDigestMirrors");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
    let again = pullproof(&["migrate", &path, "--write"], "");
    check(&again, 4, &["no ImageContentSourcePolicy in"]);
}

#[test]
fn tags_gain_mirrors_and_digests_stay() {
    let text = policy("a", &[("quay.io/a", &["m.example/a"])]);
    let run = pullproof(&["migrate", "-", "--with-tags"], &text);
    check(
        &run,
        0,
        &[
            "proven: no pull by digest changes",
            "contacts-new-host: quay.io/a",
            "nodes drain one after the other",
        ],
    );
    assert!(
        run.stdout.contains("kind: ImageTagMirrorSet\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("  imageTagMirrors:\n"));
    // A whole host goes to a path, which names on other ports of it do not survive; that is told.
    let text = policy("a", &[("quay.io", &["m.example.com/a"])]);
    let run = pullproof(&["migrate", "-", "--with-tags"], &text);
    let told = [
        "proven: no pull by digest changes",
        "fails: quay.io:5001/example",
    ];
    check(&run, 0, &told);
}

#[test]
fn releases_without_the_kind_are_told() {
    let text = policy("a", &[("quay.io/a", &["m.example/a"])]);
    let run = pullproof(&["migrate", "-", "--openshift", "4.12"], &text);
    check(&run, 1, &["ImageDigestMirrorSet", "4.13"]);
    assert_eq!(run.stdout, "");
    for (version, patch) in [("4.13", "4.13.27"), ("4.14", "4.14.3")] {
        let run = pullproof(&["migrate", "-", "--openshift", version], &text);
        check(&run, 0, &[patch]);
    }
    let run = pullproof(&["migrate", "-", "--openshift", "4.15"], &text);
    assert!(
        !run.stderr.contains("while both kinds are there"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_json_report_has_everything() {
    let text = policy("a", &[("quay.io/a", &["m.example/a"])]);
    let run = pullproof(&["migrate", "-", "--format", "json"], &text);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["version"], 1);
    assert_eq!(report["proof"]["holds"], true);
    assert_eq!(report["proof"]["steps"].as_array().unwrap().len(), 2);
    assert_eq!(
        report["proof"]["steps"][0]["registries_conf_is_the_same"],
        true
    );
    assert_eq!(
        report["steps"][2]["command"],
        "oc delete imagecontentsourcepolicy a"
    );
    let object = &report["outputs"][0]["objects"][0];
    assert_eq!(object["lines_kept"], true);
    assert!(
        object["text"]
            .as_str()
            .unwrap()
            .contains("imageDigestMirrors")
    );
    let bad = policy("a", &[("quay.io/a@sha256:0", &["m.example/a"])]);
    let run = pullproof(
        &["migrate", "-", "--format", "json", "--openshift", "4.15"],
        &bad,
    );
    assert_eq!(run.code, 1);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        report["refused"][0]["path"],
        "spec.imageDigestMirrors[0].source"
    );
    assert_eq!(report["refused"][0]["line"], 7);
    assert!(report["proof"].is_null());
}

#[test]
fn an_install_config_goes_both_ways() {
    let scratch = Scratch::new("migrate-install");
    let text = |list: &str| {
        format!(
            "apiVersion: v1\nbaseDomain: example.com # ours\nmetadata: {{name: a}}\nplatform: {{}}\n\
             pullSecret: '{{}}'\n{list}:\n# the release\n- source: quay.io/a\n  mirrors: [m.example/a]\n"
        )
    };
    let path = scratch.write("install-config.yaml", text("imageContentSources"));
    let run = pullproof(&["migrate", &path], "");
    check(
        &run,
        0,
        &["`imageContentSources` becomes `imageDigestSources`"],
    );
    assert_eq!(run.stdout, text("imageDigestSources"));
    check(&pullproof(&["migrate", &path, "--write"], ""), 0, &[]);
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        text("imageDigestSources")
    );
    check(
        &pullproof(&["migrate", &path], ""),
        4,
        &["nothing to change"],
    );
    let back = ["migrate", "--install-config", "--content-sources", &path];
    let run = pullproof(&back, "");
    assert_eq!((run.code, run.stdout), (0, text("imageContentSources")));
    let policy = format!(
        "{}  sourcePolicy: NeverContactSource\n",
        text("imageDigestSources")
    );
    let policy = scratch.write("policy.yaml", policy);
    let run = pullproof(
        &["migrate", "--install-config", "--content-sources", &policy],
        "",
    );
    check(
        &run,
        1,
        &["policy.yaml:10:17: `imageContentSources` cannot say `sourcePolicy`"],
    );
    let both = format!("{}imageDigestSources: []\n", text("imageContentSources"));
    let both = scratch.write("both.yaml", both);
    let run = pullproof(&["migrate", &both], "");
    check(
        &run,
        1,
        &["cannot set imageContentSources and imageDigestSources at the same time"],
    );
}

#[test]
fn what_cannot_be_read_or_is_nothing_has_its_exit_code() {
    let run = |arguments: &[&str], stdin: &str| pullproof(arguments, stdin).code;
    assert_eq!(run(&["migrate", "no-such-file.yaml"], ""), 3);
    assert_eq!(run(&["migrate", "-"], "a: [\n"), 3);
    assert_eq!(run(&["migrate", "-"], ""), 4);
    assert_eq!(run(&["migrate"], ""), 2);
    assert_eq!(run(&["migrate", "-", "--write", "--diff"], ""), 2);
    assert_eq!(run(&["migrate", "-", "--oc-names"], ""), 2);
}
