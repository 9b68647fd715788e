//! `pullproof catalog`: each check with a directory that is right, and the one change that is not.

#![expect(
    clippy::unwrap_used,
    reason = "a program that cannot be run stops the test"
)]

mod support;

use pullproof_core::resource::mapping;
use serde_json::Value;
use support::{Run, Scratch, pullproof};

const DIGEST: &str = "sha256:6d76ef2bc4dc13b0dd8f2b7e5d9f2d6b62f8d4a0d5c6b0b1f9d3c7a1e8b2c4d6";

const MAPPING: &str = "\
q.example.com/lab/index:v4.16=mirror.example.com/olm/lab-index:v4.16
q.example.com/lab/app@DIGEST=mirror.example.com/olm/lab-app:1
q.example.com/lab/tool@DIGEST=mirror.example.com/olm/lab-tool:1
";

const IDMS: &str = "\
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: index-0
spec:
  imageDigestMirrors:
  - mirrors:
    - mirror.example.com/olm/lab-app
    source: q.example.com/lab/app
  - mirrors:
    - mirror.example.com/olm/lab-tool
    source: q.example.com/lab/tool
";

const CATALOG: &str = "\
apiVersion: operators.coreos.com/v1alpha1
kind: CatalogSource
metadata:
  name: index
  namespace: openshift-marketplace
spec:
  image: mirror.example.com/olm/lab-index:v4.16
  sourceType: grpc
";

/// The names of the files, as the programs give them.
const MAPPING_NAME: &str = "mapping.txt";
const IDMS_NAME: &str = "imageDigestMirrorSet.yaml";
const CATALOG_NAME: &str = "catalogSource.yaml";

/// Runs the command on a directory with these texts.
fn catalog(name: &str, texts: [&str; 3], arguments: &[&str]) -> Run {
    let scratch = Scratch::new(name);
    let names = [MAPPING_NAME, IDMS_NAME, CATALOG_NAME];
    for (name, text) in names.into_iter().zip(texts) {
        scratch.write(name, text.replace("DIGEST", DIGEST));
    }
    let directory = scratch.0.display().to_string();
    let mut all = vec!["catalog", directory.as_str()];
    all.extend(arguments);
    pullproof(&all, "")
}

#[test]
fn what_is_right_has_no_findings() {
    let run = catalog("catalog-right", [MAPPING, IDMS, CATALOG], &[]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    let proof = "nodes look for 2 of 3 copies where they are; 1 tag no mirror serves\n";
    assert!(run.stderr.ends_with(proof), "{}", run.stderr);
}

#[test]
fn one_change_is_one_finding() {
    let tag_only = "q.example.com/lab/app:1=mirror.example.com/olm/lab-app:1\n";
    let second = format!(
        "{CATALOG}---\n{}",
        CATALOG.replace("lab-index", "lab-other")
    );
    let twice = format!("{IDMS}---\n{IDMS}");
    let cases: [(&str, [&str; 3], &str, i32); 19] = [
        // The scope of a registry, while what was copied has a namespace in front.
        (
            "mapping-mismatch",
            [
                "",
                &IDMS
                    .replace("mirror.example.com/olm/lab-app", "mirror.example.com")
                    .replace("source: q.example.com/lab/app", "source: q.example.com"),
                "",
            ],
            "error",
            1,
        ),
        // A path that is joined, while the sets keep its parts.
        (
            "mapping-mismatch",
            ["", &IDMS.replace("olm/lab-app", "olm/lab/app"), ""],
            "error",
            1,
        ),
        // A scope that stands for all, in the layout of the copies.
        (
            "broad-source",
            [
                "q.example.com/lab/app@DIGEST=mirror.example.com/lab/app:1\n",
                "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\n\
                 metadata: {name: a}\nspec: {imageDigestMirrors: [{source: q.example.com/lab, \
                 mirrors: [mirror.example.com/lab]}]}\n",
                " ",
            ],
            "info",
            0,
        ),
        (
            "unmapped-source",
            [&MAPPING.replace("q.example.com/lab/tool", "#"), "", ""],
            "info",
            0,
        ),
        (
            "unmirrored-catalog",
            [
                "",
                "",
                &CATALOG.replace("olm/lab-index", "olm/olm-lab-index"),
            ],
            "error",
            1,
        ),
        (
            "broken-catalog",
            [
                "",
                "",
                &CATALOG.replace("name: index", "name: redhat/index"),
            ],
            "error",
            1,
        ),
        ("overwritten-catalog", ["", "", &second], "error", 1),
        (
            "rejected-object",
            ["", &IDMS.replace("lab-tool", "lab-tool:1"), ""],
            "error",
            1,
        ),
        ("duplicate-object", ["", &twice, ""], "warning", 0),
        ("empty-mirror-set", ["", " ", ""], "error", 1),
        ("empty-mirror-set", [tag_only, " ", " "], "info", 0),
        (
            "file-store-leftover",
            [
                &MAPPING.replace("q.example.com/lab/app@", "file://local/lab/app@"),
                &IDMS.replace("source: q.example.com/lab/app", "source: local/lab/app"),
                "",
            ],
            "error",
            1,
        ),
        (
            "file-store-leftover",
            [
                &MAPPING.replace("mirror.example.com/", "file://local/"),
                " ",
                " ",
            ],
            "info",
            0,
        ),
        (
            "deep-destination",
            [
                &MAPPING.replace("mirror.example.com/olm/lab-", "quay.io/olm/lab/"),
                " ",
                " ",
            ],
            "error",
            1,
        ),
        (
            "joined-repositories",
            [
                &format!("{MAPPING}q.example.com/lab-app:2=mirror.example.com/olm/lab-app:2\n"),
                "",
                "",
            ],
            "warning",
            0,
        ),
        (
            "internal-registry-destination",
            [
                &MAPPING.replace(
                    "mirror.example.com/",
                    "image-registry.openshift-image-registry.svc:5000/",
                ),
                " ",
                " ",
            ],
            "error",
            1,
        ),
        (
            "repeated-path",
            [
                "mirror.example.com/olm/lab-index:1=mirror.example.com/olm/olm-lab-index:1\n",
                " ",
                " ",
            ],
            "warning",
            0,
        ),
        (
            "refused-mapping",
            [&MAPPING.replace(":1\n", ":1@DIGEST\n"), "", ""],
            "error",
            1,
        ),
        (
            "refused-mapping",
            [
                &MAPPING
                    .replace("q.example", "docker://q.example")
                    .replace("=mirror", "=docker://mirror"),
                "",
                "",
            ],
            "info",
            0,
        ),
    ];
    let right = catalog(
        "catalog-twin",
        [MAPPING, IDMS, CATALOG],
        &["--format", "compact"],
    );
    for (rule, changed, severity, code) in cases {
        let texts = [MAPPING, IDMS, CATALOG].into_iter().zip(changed);
        // Nothing stands for what is right, and white space for a file that is empty.
        let texts = texts.map(|(right, text)| match text.trim() {
            "" if text.is_empty() => right,
            _ => text,
        });
        let texts: Vec<&str> = texts.collect();
        let texts = [texts[0], texts[1], texts[2]];
        let run = catalog("catalog-twin", texts, &["--format", "compact"]);
        let told = format!("{severity}[{rule}]");
        assert!(!right.stdout.contains(&told), "{told}");
        assert!(run.stdout.contains(&told), "{told}\n{}", run.stdout);
        assert_eq!(run.code, code, "{told}\n{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn another_host_may_take_two_parts_only() {
    let mapping = MAPPING.replace("olm/lab-app", "olm/lab/app");
    let idms = IDMS.replace("olm/lab-app", "olm/lab/app");
    for (arguments, code) in [
        (&[][..], 0),
        (&["--flat-host", "mirror.example.com"], 1),
        (&["--flat-host", "other.example.com"], 0),
    ] {
        let run = catalog("catalog-flat", [&mapping, &idms, CATALOG], arguments);
        assert_eq!(run.code, code, "{arguments:?}\n{}", run.stdout);
        assert_eq!(run.stdout.contains("deep-destination"), code == 1);
    }
}

#[test]
fn objects_may_be_elsewhere_than_the_mapping() {
    let scratch = Scratch::new("catalog-with");
    let mapping = scratch.write(MAPPING_NAME, MAPPING.replace("DIGEST", DIGEST));
    let objects = scratch.write("objects/mirrors.yaml", IDMS);
    let json = |arguments: &[&str]| -> Value {
        let run = pullproof(&[arguments, &["--format", "json"]].concat(), "");
        serde_json::from_str(&run.stdout).unwrap()
    };
    let alone = json(&["catalog", &mapping]);
    assert_eq!(alone["copies"]["proven"], 0, "{alone}");
    let both = json(&["catalog", &mapping, "--with", &objects]);
    assert_eq!(both["copies"]["proven"], 2, "{both}");
    assert_eq!(both["copies"]["copied"], 3, "{both}");
    assert_eq!(both["copies"]["unserved"], 1, "{both}");
    let none = pullproof(&["catalog", &objects], "");
    assert_eq!(none.code, 4, "{}", none.stderr);
}

#[test]
fn sets_are_written_and_hold() {
    let scratch = Scratch::new("catalog-generate");
    let mapping = scratch.write(MAPPING_NAME, MAPPING.replace("DIGEST", DIGEST));
    let generate = |arguments: &[&str]| {
        pullproof(
            &[&["catalog", &mapping, "--generate"], arguments].concat(),
            "",
        )
    };
    let both = generate(&["idms,itms", "--name", "lab"]);
    assert_eq!(both.code, 0, "{}", both.stderr);
    assert!(
        both.stderr
            .ends_with("3 entries: nodes look for 3 of 3 copies where they are\n")
    );
    let entries = IDMS.split_once("imageDigestMirrors:\n").unwrap().1;
    assert!(both.stdout.contains(entries), "{}", both.stdout);
    assert!(
        both.stdout
            .contains("kind: ImageTagMirrorSet\nmetadata:\n  name: lab-0\n")
    );
    let written = scratch.write("written/mirrors.yaml", &both.stdout);
    let run = pullproof(&["catalog", &mapping, "--with", &written], "");
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert!(
        run.stderr
            .ends_with("nodes look for 3 of 3 copies where they are\n")
    );
    // What is copied by tag asks for a set of its own.
    let digests = generate(&["icsp"]);
    assert_eq!(digests.code, 1, "{}", digests.stderr);
    assert!(digests.stderr.contains("left out, 1 copy: copied by tag"));
    assert!(digests.stdout.contains("kind: ImageContentSourcePolicy\n"));
    // Joined paths are in no namespace's layout.
    let narrow = generate(&["idms,itms", "--scope", "namespace"]);
    assert_eq!(narrow.stdout.matches("source: ").count(), 3);
    let told = "`q.example.com/lab/app` has a narrower source, `q.example.com/lab/app`\n";
    assert!(narrow.stderr.contains(told), "{}", narrow.stderr);
    let json = generate(&["idms", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["copies"], &json["entries"]), (&2.into(), &2.into()));
    assert_eq!(
        json["left_out"][0]["image"],
        "mirror.example.com/olm/lab-index:v4.16"
    );
    let sarif = generate(&["idms", "--format", "sarif"]);
    assert_eq!((sarif.code, sarif.stdout.as_str()), (2, ""));
    let refused = scratch.write("refused/mapping.txt", "q.example.com/a:1=<host>/a:1\n");
    let run = pullproof(&["catalog", &refused, "--generate", "itms"], "");
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{}", run.stderr);
}

#[test]
fn the_catalog_in_the_inputs_labels_the_sets() {
    let label = "operators.openshift.org/catalog: \"true\"";
    let run = catalog(
        "catalog-label",
        [MAPPING, IDMS, CATALOG],
        &["--generate", "idms,itms"],
    );
    assert_eq!(run.stdout.matches(label).count(), 2, "{}", run.stdout);
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let run = catalog(
        "catalog-label",
        [MAPPING, IDMS, other],
        &["--generate", "idms,itms"],
    );
    assert_eq!(run.stdout.matches(label).count(), 0, "{}", run.stdout);
}

#[test]
fn mapping_files_may_be_larger_than_objects_on_each_side_of_the_limit() {
    let scratch = Scratch::new("catalog-limit");
    let line = format!("#{}\n", "x".repeat(1022));
    let mut text = line.repeat(mapping::MAX_BYTES / line.len());
    for code in [0, 3] {
        let path = scratch.write(MAPPING_NAME, &text);
        let run = pullproof(&["catalog", &path], "");
        assert_eq!(run.code, code, "{}", run.stderr);
        text.push('\n');
    }
    let path = scratch.write("objects.yaml", line.repeat((4 << 20) / line.len()) + "\n");
    assert_eq!(pullproof(&["lint", &path], "").code, 3);
}

#[test]
fn the_example_shows_the_scope_of_a_registry() {
    let run = pullproof(
        &["catalog", "tests/examples/catalog", "--format", "compact"],
        "",
    );
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(run.stdout.matches("error[mapping-mismatch]").count(), 2);
    let mended = pullproof(
        &[
            "catalog",
            "tests/examples/catalog/mapping.txt",
            "--generate",
            "idms,itms",
        ],
        "",
    );
    assert_eq!(mended.code, 0, "{}", mended.stderr);
}
