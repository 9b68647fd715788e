//! What is judged and told: settings, ignores, state, baseline and revisions, from outside.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a program that cannot be run stops the test"
)]

use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A mirror set with a mirror that is its own source.
const SELF: &str = "\
apiVersion: config.openshift.io/v1
kind: ImageTagMirrorSet
metadata:
  name: self
spec:
  imageTagMirrors:
  - source: quay.io/org
    mirrors:
    - quay.io/org
    - mirror.example.com/org
";

/// Another, of the same sort.
const OTHER: &str = "\
apiVersion: config.openshift.io/v1
kind: ImageTagMirrorSet
metadata:
  name: other
spec:
  imageTagMirrors:
  - source: quay.io/other
    mirrors:
    - quay.io/other
    - mirror.example.com/other
";

const CLEAN: &str = "\
apiVersion: config.openshift.io/v1
kind: ImageTagMirrorSet
metadata:
  name: clean
spec:
  imageTagMirrors:
  - source: quay.io/clean
    mirrors:
    - mirror.example.com/clean
";

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// A directory to work in, which ends the search for settings.
fn scratch(texts: &[(&str, &str)]) -> TempDir {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::create_dir(scratch.path().join(".git")).unwrap();
    for (name, text) in texts {
        write(&scratch, name, text);
    }
    scratch
}

fn write(scratch: &TempDir, name: &str, text: &str) {
    let path = scratch.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn read(scratch: &TempDir, name: &str) -> String {
    std::fs::read_to_string(scratch.path().join(name)).unwrap()
}

/// Runs `pullproof lint` in a directory; words of the arguments are parted by spaces.
fn lint(directory: &Path, arguments: &str) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_pullproof"))
        .arg("lint")
        .args(["--format", "json"])
        .args(arguments.split(' ').filter(|word| !word.is_empty()))
        .current_dir(directory)
        // Hooks of git set it; it must not count.
        .env("GIT_DIR", "/nonexistent")
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Each finding as `severity rule file:line`.
fn found(run: &Run) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|_| panic!("{} {}{}", run.code, run.stdout, run.stderr));
    let findings = report["findings"].as_array().unwrap().iter();
    let found = findings.map(|finding| {
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        format!(
            "{} {} {}:{}",
            text("severity"),
            text("rule"),
            text("file"),
            finding["line"]
        )
    });
    found.collect()
}

#[track_caller]
fn check(directory: &Path, arguments: &str, code: i32, expected: &[&str]) -> Run {
    let run = lint(directory, arguments);
    assert_eq!(found(&run), expected, "{arguments}\n{}", run.stderr);
    assert_eq!(run.code, code, "{arguments}\n{}", run.stderr);
    run
}

const AT_SELF: &str = "warning self-mirror a/self.yaml:9";

#[test]
fn settings_are_found_upwards_and_beaten_by_arguments() {
    let scratch = scratch(&[
        (
            ".pullproof.toml",
            "fail-on = \"warning\"\n[severity]\nself-mirror = \"error\"\n",
        ),
        ("a/self.yaml", SELF),
        ("b/.pullproof.toml", "ignore = [\"PP007\"]\n"),
        ("b/self.yaml", SELF),
        ("info.toml", "[severity]\nPP007 = \"info\"\n"),
    ]);
    let here = scratch.path();
    let as_error = "error self-mirror a/self.yaml:9";
    check(here, "a", 1, &[as_error]);
    check(here, "a/self.yaml", 1, &[as_error]);
    check(
        &here.join("a"),
        ".",
        1,
        &["error self-mirror ./self.yaml:9"],
    );
    // The nearest one counts alone.
    check(here, "b", 0, &[]);
    check(
        here,
        "b --select all",
        0,
        &["warning self-mirror b/self.yaml:9"],
    );
    check(here, "a --no-config", 0, &[AT_SELF]);
    check(
        here,
        "a --config info.toml",
        0,
        &["info self-mirror a/self.yaml:9"],
    );
    check(
        here,
        "a --severity PP007=warning --fail-on error",
        0,
        &[AT_SELF],
    );
    check(here, "a --severity PP007=off", 0, &[]);
    check(here, "a --ignore self-mirror", 0, &[]);
    check(here, "a --ignore PP007 --ignore dotless-host,PP01", 0, &[]);
    check(here, "a --select dotless-host", 0, &[]);
    check(here, "a --select dotless-host,PP00", 1, &[as_error]);
    // Nothing above a repository counts.
    std::fs::create_dir(here.join("a/.git")).unwrap();
    check(here, "a", 0, &[AT_SELF]);
}

#[test]
fn settings_for_the_release_and_the_payload_count() {
    let scratch = scratch(&[
        (".pullproof.toml", "openshift = \"4.12\"\n"),
        ("idms.yaml", &CLEAN.replace("TagMirror", "DigestMirror")),
    ]);
    let text = CLEAN
        .replace("TagMirror", "DigestMirror")
        .replace("imageTag", "imageDigest");
    write(&scratch, "idms.yaml", &text);
    let run = lint(scratch.path(), "idms.yaml");
    assert!(run.stdout.contains("4.13"), "{}", run.stdout);
    check(scratch.path(), "idms.yaml --openshift 4.16", 0, &[]);
}

#[test]
fn settings_for_paths_count_over_those_for_all() {
    let scratch = scratch(&[
        (
            ".pullproof.toml",
            "ignore = [\"PP007\"]\nexclude = [\"gone\"]\n\
             [[per-path]]\npaths = [\"a\", \"b/*.yaml\"]\nselect = [\"self-mirror\"]\n\
             [[per-path]]\npaths = [\"b\"]\nseverity = { self-mirror = \"error\" }\n",
        ),
        ("a/self.yaml", SELF),
        ("b/other.yaml", OTHER),
        ("c.yaml", &OTHER.replace("other", "third")),
        ("gone/broken.yaml", "a: ["),
        ("vendor/broken.yaml", "a: ["),
    ]);
    let here = scratch.path();
    let expected = [
        "warning self-mirror ./a/self.yaml:9",
        "error self-mirror ./b/other.yaml:9",
    ];
    check(here, "--exclude vendor", 1, &expected);
    // From wherever it is run.
    check(
        &here.join("vendor"),
        "../b",
        1,
        &["error self-mirror ../b/other.yaml:9"],
    );
    // What is named is wanted.
    assert_eq!(lint(here, "gone/broken.yaml").code, 3);
    assert_eq!(lint(here, "").code, 3);
    assert_eq!(lint(here, "gone --exclude gone/*.yaml").code, 4);
}

#[test]
fn settings_that_make_no_sense_are_told_at_once() {
    let scratch = scratch(&[
        (
            ".pullproof.toml",
            "selct = []\nignore = [\"slef-mirror\"]\nstate = [\"none/*.yaml\"]\n",
        ),
        ("a/self.yaml", SELF),
    ]);
    let here = scratch.path();
    let run = lint(here, "a");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    let expected = "\
pullproof: .pullproof.toml:1:1: there is no setting `selct`
  help: did you mean `select`?
pullproof: .pullproof.toml:2:11: no rule is called `slef-mirror`
  help: did you mean `self-mirror`?
pullproof: .pullproof.toml:3:10: no file is called `none/*.yaml`
  help: write a path or a pattern, from the directory of this file on
";
    assert_eq!(run.stderr, expected);
    for arguments in [
        "a --config none.toml",
        "a --no-config --config a.toml",
        "a --no-config --select slef-mirror",
        "a --no-config --severity self-mirror",
        "a --no-config --severity self-mirror=bad",
        "a --no-config --exclude a[",
        "a --no-config --baseline none.jsonl",
        "a --no-config --update-baseline",
        "a --no-config --update-baseline --baseline b --select all",
    ] {
        let run = lint(here, arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments}");
        assert_ne!(run.stderr, "", "{arguments}");
    }
}

#[test]
fn the_schema_of_the_settings_is_printed() {
    let output = Command::new(env!("CARGO_BIN_EXE_pullproof"))
        .args(["schema", "config"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&serde_json::json!({"ignore": ["PP007"]})));
    assert!(!validator.is_valid(&serde_json::json!({"ignore": ["PP700"]})));
}

#[test]
fn what_the_inputs_ignore_is_counted() {
    let ignored = SELF.replace(
        "- quay.io/org\n",
        "- quay.io/org # pullproof: ignore[PP007] shared\n",
    );
    let scratch = scratch(&[("a/self.yaml", &ignored)]);
    check(scratch.path(), "a --fail-on info", 0, &[]);
    let output = Command::new(env!("CARGO_BIN_EXE_pullproof"))
        .args(["lint", "a"])
        .current_dir(scratch.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr, "no findings in 1 object of 1 file; 1 ignored\n");
    // Settings say what becomes of ignores that are not needed.
    write(
        &scratch,
        "a/self.yaml",
        &ignored.replace("    - quay.io/org #", "    - m.com/org #"),
    );
    check(
        scratch.path(),
        "a",
        0,
        &["warning unused-ignore a/self.yaml:9"],
    );
    check(scratch.path(), "a --ignore PP09", 0, &[]);
}

#[test]
fn inputs_are_judged_as_a_change_of_the_state() {
    let live = OTHER.replace("  name: other", "  name: other\n  resourceVersion: \"7\"");
    let scratch = scratch(&[
        ("a/self.yaml", SELF),
        ("cluster/self.yaml", SELF),
        ("cluster/other.yaml", &live),
    ]);
    let here = scratch.path();
    // An update is no duplicate, and what is wrong with the cluster alone is not told.
    check(here, "a --state cluster", 0, &[AT_SELF]);
    check(
        here,
        "a --state cluster/self.yaml --state cluster/other.yaml",
        0,
        &[AT_SELF],
    );
    // A source of its own in the cluster, which the input makes a duplicate of.
    write(
        &scratch,
        "b.yaml",
        &CLEAN.replace("quay.io/clean", "quay.io/other"),
    );
    let run = lint(here, "b.yaml --state cluster");
    let told = found(&run);
    assert!(
        told.iter().any(|it| it.contains("duplicate-source")),
        "{told:?}"
    );
    assert!(
        !told.iter().any(|it| it.contains("self-mirror")),
        "{told:?}"
    );
    // The cluster makes an input wrong.
    write(
        &scratch,
        "cluster/image.yaml",
        "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\n\
         spec:\n  registrySources:\n    blockedRegistries: [mirror.example.com]\n",
    );
    write(&scratch, "clean.yaml", CLEAN);
    check(here, "clean.yaml", 0, &[]);
    let told = found(&lint(here, "clean.yaml --state cluster"));
    assert!(
        told.iter()
            .any(|it| it.contains("blocked-mirror clean.yaml")),
        "{told:?}"
    );
    std::fs::remove_file(here.join("cluster/image.yaml")).unwrap();
    // Settings may name the state, which is no input then.
    write(
        &scratch,
        ".pullproof.toml",
        "state = [\"cluster/*.yaml\"]\n",
    );
    check(
        here,
        "--exclude *.yaml",
        0,
        &["warning self-mirror ./a/self.yaml:9"],
    );
    assert_eq!(lint(here, "a --state none.yaml").code, 3);
    write(&scratch, "cluster/broken.yaml", "a: [");
    assert_eq!(lint(here, "a").code, 3);
}

#[test]
fn a_baseline_only_shrinks() {
    let scratch = scratch(&[("a/self.yaml", SELF), ("a/other.yaml", OTHER)]);
    let here = scratch.path();
    let at_other = "warning self-mirror a/other.yaml:9";
    check(here, "a", 0, &[at_other, AT_SELF]);
    let run = check(
        here,
        "a --fail-on info --write-baseline known.jsonl",
        0,
        &[],
    );
    assert_eq!(run.stderr, "pullproof: known.jsonl has 2 findings now\n");
    let whole = read(&scratch, "known.jsonl");
    let expected = "\
{\"pullproof-baseline\":1}
{\"object\":\"ImageTagMirrorSet/other\",\"rule\":\"self-mirror\",\
\"path\":\"spec.imageTagMirrors[0].mirrors[0]\",\
\"message\":\"mirror `quay.io/other` is its own source\"}
{\"object\":\"ImageTagMirrorSet/self\",\"rule\":\"self-mirror\",\
\"path\":\"spec.imageTagMirrors[0].mirrors[0]\",\
\"message\":\"mirror `quay.io/org` is its own source\"}
";
    assert_eq!(whole, expected);
    let run = check(here, "a --fail-on info --baseline known.jsonl", 0, &[]);
    assert_eq!(run.stderr, "");
    // Lines and files may change, and what is new is told.
    write(&scratch, "a/moved.yaml", &format!("# c\n\n{OTHER}"));
    write(
        &scratch,
        "a/other.yaml",
        &OTHER
            .replace("name: other", "name: new")
            .replace("y.io/other", "y.io/new"),
    );
    let at_new = "warning self-mirror a/other.yaml:9";
    check(here, "a --baseline known.jsonl", 0, &[at_new]);
    check(
        here,
        "a --baseline known.jsonl --fail-on warning",
        1,
        &[at_new],
    );
    // What is new is not taken in, what is gone is taken out when that is asked for.
    write(&scratch, "a/self.yaml", CLEAN);
    let run = check(here, "a --baseline known.jsonl", 0, &[at_new]);
    assert!(
        run.stderr
            .starts_with("pullproof: 1 finding of known.jsonl not found")
    );
    assert_eq!(read(&scratch, "known.jsonl"), whole);
    write(&scratch, ".pullproof.toml", "baseline = \"known.jsonl\"\n");
    let run = check(here, "a --update-baseline", 0, &[at_new]);
    assert_eq!(run.stderr, "pullproof: known.jsonl has 1 finding less\n");
    let lines: Vec<&str> = whole.lines().collect();
    assert_eq!(
        read(&scratch, "known.jsonl"),
        format!("{}\n{}\n", lines[0], lines[1])
    );
    write(&scratch, "a/self.yaml", SELF);
    check(here, "a --update-baseline", 0, &[at_new, AT_SELF]);
    // Where something cannot be read, nobody knows what is gone.
    write(&scratch, "a/broken.yaml", "a: [");
    let run = lint(here, "a --update-baseline");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    std::fs::remove_file(here.join("a/broken.yaml")).unwrap();
    write(&scratch, "known.jsonl", "[]");
    assert_eq!(lint(here, "a").code, 2);
}

fn git(directory: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args([
            "-c",
            "commit.gpgsign=false",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments)
        .current_dir(directory)
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_WORK_TREE")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn only_what_changed_since_a_revision_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    let here = scratch.path();
    git(here, &["init", "--quiet"]);
    write(&scratch, "a/self.yaml", SELF);
    write(&scratch, "a/clean.yaml", CLEAN);
    write(&scratch, "a/ü b.yaml", &OTHER.replace("other", "third"));
    write(&scratch, "a/.hidden/broken.yaml", "a: [");
    write(&scratch, "read me.txt", "a: [");
    git(here, &["add", "."]);
    git(here, &["commit", "--quiet", "-m", "one"]);
    check(here, "a --changed-since HEAD", 0, &[]);
    check(here, "--changed-since HEAD", 0, &[]);
    check(&here.join("a"), "--changed-since HEAD", 0, &[]);
    check(&here.join("a"), "self.yaml --changed-since HEAD", 0, &[]);

    // What is added is told, be it in a commit or not; what only moved is not.
    git(here, &["mv", "a/self.yaml", "a/moved.yaml"]);
    write(&scratch, "a/other.yaml", OTHER);
    let at_other = "warning self-mirror a/other.yaml:9";
    check(here, "a --changed-since HEAD", 0, &[at_other]);
    git(here, &["add", "."]);
    git(here, &["commit", "--quiet", "-m", "two"]);
    check(here, "a --changed-since HEAD", 0, &[]);
    check(
        here,
        "a --changed-since HEAD~1 --fail-on warning",
        1,
        &[at_other],
    );
    check(here, "a --changed-since main~1", 0, &[at_other]);
    check(
        here,
        "a/other.yaml a/clean.yaml --changed-since main~1",
        0,
        &[at_other],
    );

    // A change of one file makes another wrong that stays as it is.
    let image = "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\n\
                 spec:\n  registrySources:\n    blockedRegistries: [mirror.example.com]\n";
    write(&scratch, "a/image.yaml", image);
    let told = found(&lint(here, "a --changed-since HEAD"));
    assert!(
        told.iter()
            .any(|it| it.contains("blocked-mirror a/clean.yaml")),
        "{told:?}"
    );
    assert!(
        !told.iter().any(|it| it.contains("self-mirror")),
        "{told:?}"
    );
    // So does a file that goes.
    git(here, &["add", "."]);
    git(here, &["commit", "--quiet", "-m", "three"]);
    check(here, "a --changed-since HEAD", 0, &[]);
    std::fs::remove_file(here.join("a/image.yaml")).unwrap();
    check(here, "a --changed-since HEAD", 0, &[]);
    // An ignore that goes brings back what it left out.
    let ignored = CLEAN.replace(
        "- mirror.example.com/clean",
        "- quay.io/clean # pullproof: ignore[PP007] why\n    - m.com/clean",
    );
    write(&scratch, "a/clean.yaml", &ignored);
    check(here, "a --changed-since HEAD", 0, &[]);
    git(here, &["add", "."]);
    git(here, &["commit", "--quiet", "-m", "four"]);
    write(
        &scratch,
        "a/clean.yaml",
        &ignored.replace(" # pullproof: ignore[PP007] why", ""),
    );
    check(
        here,
        "a --changed-since HEAD",
        0,
        &["warning self-mirror a/clean.yaml:9"],
    );
}

#[test]
fn a_revision_that_makes_no_sense_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    let here = scratch.path();
    write(&scratch, "a.yaml", CLEAN);
    let run = lint(here, "a.yaml --changed-since HEAD");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(
        run.stderr
            .contains("is in no repository that `git` can read"),
        "{}",
        run.stderr
    );
    git(here, &["init", "--quiet"]);
    for revision in [
        "HEAD",
        "nowhere",
        "-h",
        "--help",
        "--output=b",
        "a b",
        "HEAD:a.yaml",
        "-",
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_pullproof"))
            .args(["lint", "a.yaml", &format!("--changed-since={revision}")])
            .current_dir(here)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{revision}: {stderr}");
        assert!(stderr.contains(&format!("`{revision}`")), "{stderr}");
    }
    let names: Vec<_> = std::fs::read_dir(here)
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
}
