//! The file against its reader and its schema.

use super::*;
use read::{KEYS, PER_PATH_KEYS};
use serde_json::Value;

const WHOLE: &str = "\
openshift = \"4.16\"
release-image = \"quay.io/openshift-release-dev/ocp-release@sha256:\
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"
fail-on = \"warning\"
select = [\"all\", \"PP0\"]
ignore = [\"dotless-host\", \"PP017\"]
exclude = [\"vendor\", \"**/testdata/*.yaml\"]
state = [\"src/config/read.rs\", \"src/config/[rs]*.rs\"]
baseline = \"known.jsonl\"

[severity]
self-mirror = \"error\"
PP013 = \"off\"

[[per-path]]
paths = [\"legacy/**\"]
select = [\"PP001\"]
ignore = []
severity = { duplicate-key = \"info\" }

[[per-path]]
paths = [\"b.yaml\"]
";

fn check(text: &str) -> (Config, Vec<String>) {
    let mut files = Files::new();
    let file = files.add(NAME, text);
    let (config, problems) = read(&files, file, Path::new(env!("CARGO_MANIFEST_DIR")));
    let problems = problems.iter().map(|problem| {
        let told = told(&files, problem);
        told.strip_prefix(".pullproof.toml:")
            .unwrap_or(&told)
            .to_owned()
    });
    (config, problems.collect())
}

#[test]
fn every_setting_is_read() {
    let (config, problems) = check(WHOLE);
    assert_eq!(problems, [""; 0]);
    assert_eq!(config.openshift.map(OpenShift::name), Some("4.16"));
    assert!(config.release_image.is_some());
    assert_eq!(config.fail_on, Some(Severity::Warning));
    assert_eq!(config.choice.select.map(|select| select.len()), Some(2));
    assert_eq!(config.choice.ignore.len(), 2);
    assert_eq!(config.choice.severity.len(), 2);
    assert_eq!(config.per_path.len(), 2);
    // Unit tests run in the package's directory.
    let state = ["read.rs", "read.rs", "schema.rs"].map(|name| format!("src/config/{name}"));
    assert_eq!(config.state, state);
    assert_eq!(config.baseline.as_deref(), Some("known.jsonl"));
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(config.exclude.contain(&here.join("vendor/a/b.yaml")));
    assert!(!config.exclude.contain(&here.join("a/b.yaml")));
    assert!(check("").1.is_empty());
}

/// Whatever the schema says of a TOML text.
fn is_valid(validator: &jsonschema::Validator, text: &str) -> bool {
    let value: Value = ::toml::from_str(text).unwrap();
    validator.is_valid(&value)
}

#[test]
fn the_schema_and_the_reader_agree() {
    let schema: Value = serde_json::from_str(&schema::text()).unwrap();
    let keys = |schema: &Value| -> Vec<String> {
        let keys = schema["properties"].as_object().unwrap().keys();
        let mut keys: Vec<String> = keys.cloned().collect();
        keys.sort();
        keys
    };
    let sorted = |keys: &[&str]| -> Vec<String> {
        let mut keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(&schema), sorted(&KEYS));
    let per_path = &schema["properties"]["per-path"]["items"];
    assert_eq!(keys(per_path), sorted(&PER_PATH_KEYS));

    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(is_valid(&validator, WHOLE));
    assert!(is_valid(&validator, ""));
    // Each is refused by both, with one problem.
    let cases = [
        ("openshift = \"3.11\"", "1:13: there is no release `3.11`"),
        (
            "openshift = 4.16",
            "1:13: `openshift` has a number where a string must be",
        ),
        (
            "release-image = [\"a\"]",
            "1:17: `release-image` has a list where a string must be",
        ),
        ("fail-on = \"off\"", "1:11: there is no severity `off`"),
        (
            "failon = \"info\"",
            "1:1: there is no setting `failon`\n  help: did you mean `fail-on`?",
        ),
        (
            "color = 1",
            "1:1: there is no setting `color`\n  help: remove it; known are `open",
        ),
        (
            "select = \"all\"",
            "1:10: `select` has a string where a list must be",
        ),
        (
            "select = [1]",
            "1:11: `select` has a number where a string must be",
        ),
        (
            "# c\nignore = [\"all\", \"slef-mirror\"]",
            "2:18: no rule is called `slef-mirror`\n  help: did you mean `self-mirror`?",
        ),
        (
            "[severity]\nPP700 = \"error\"",
            "2:1: no rule is called `PP700`",
        ),
        (
            "[severity]\nself-mirror = \"fatal\"",
            "2:15: there is no severity `fatal`",
        ),
        (
            "severity = []",
            "1:12: `severity` has a list where a table must be",
        ),
        ("exclude = [\"\"]", "1:12: `exclude` has an empty pattern"),
        ("state = [\"\"]", "1:10: `state` has an empty pattern"),
        ("baseline = \"\"", "1:12: `baseline` is empty"),
        (
            "per-path = {}",
            "1:12: `per-path` has a table where a list of tables must be",
        ),
        (
            "per-path = [1]",
            "1:13: `per-path` has a number where a table must be",
        ),
        ("[[per-path]]\nignore = []", "1:1: `paths` must be there"),
        (
            "[[per-path]]\npaths = [\"a\"]\nopenshift = \"4.16\"",
            "3:1: there is no setting",
        ),
    ];
    for (text, expected) in cases {
        let (_, problems) = check(text);
        assert!(problems[0].starts_with(expected), "{text}: {problems:?}");
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        assert!(!is_valid(&validator, text), "{text}");
    }
}

#[test]
fn every_problem_is_told_at_once() {
    let cases = [
        ("a = ", "1:5: string values must be quoted"),
        ("exclude = [\"a[\"]", "1:12: `a[` is no pattern: "),
        ("state = [\"b/***\"]", "1:10: `b/***` is no pattern: "),
        (
            "state = [\"none/*.yaml\"]",
            "1:10: no file is called `none/*.yaml`",
        ),
        (
            "release-image = \"UP\"",
            "1:17: `UP` is no whole reference: ",
        ),
        (
            "[severity]\nself-mirror = \"off\"\nPP007 = \"info\"",
            "3:1: `PP007` is `self-mirror`, which is given twice",
        ),
    ];
    for (text, expected) in cases {
        let (_, problems) = check(text);
        assert!(problems[0].starts_with(expected), "{text}: {problems:?}");
    }
    let (_, problems) = check("state = [\"none\"]\nselect = [\"x\", \"y\"]\nb = 1\n");
    let places: Vec<&str> = problems.iter().map(|problem| &problem[..4]).collect();
    assert_eq!(places, ["1:10", "2:11", "2:16", "3:1:"]);
    assert!(
        problems
            .iter()
            .all(|problem| problem.contains("\n  help: "))
    );
}
