//! `pullproof lint --fix` and `--diff` from outside: what is written, where, and what never is.

#![expect(
    clippy::unwrap_used,
    reason = "a program that cannot be run stops the test"
)]

use std::fs;
use std::path::Path;
use support::{Run, pullproof_in};

mod support;

/// One safe fix and one unsafe one: a slash and a mirror before which the source is.
const BROKEN: &str = "\
# The lab's mirrors.
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: lab
spec:
  imageDigestMirrors:
  - source: 'https://quay.io/org'   # was copied
    mirrors:
    - mirror.example.com/Org
";

/// The same after the safe fix.
const MENDED: &str = "\
# The lab's mirrors.
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: lab
spec:
  imageDigestMirrors:
  - source: 'quay.io/org'   # was copied
    mirrors:
    - mirror.example.com/Org
";

fn lint(directory: &Path, arguments: &[&str], stdin: &str) -> Run {
    pullproof_in(directory, &[&["lint"], arguments].concat(), stdin)
}

/// A directory with one file, `a.yaml`.
fn with_file(text: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.yaml"), text).unwrap();
    directory
}

fn text(directory: &tempfile::TempDir) -> String {
    fs::read_to_string(directory.path().join("a.yaml")).unwrap()
}

/// The names in a directory, hidden ones among them.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names
}

#[test]
fn safe_fixes_are_written_and_the_rest_is_reported() {
    let directory = with_file(BROKEN);
    let run = lint(directory.path(), &["--fix"], "");
    assert_eq!(text(&directory), MENDED);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("capitals"), "{}", run.stdout);
    assert!(!run.stdout.contains("scheme"), "{}", run.stdout);
    let summary = "1 fixed in 1 file, 1 more with --unsafe-fixes\n";
    assert!(run.stderr.starts_with(summary), "{}", run.stderr);
    assert_eq!(names(directory.path()), ["a.yaml"]);

    let run = lint(directory.path(), &["--fix", "--unsafe-fixes"], "");
    assert_eq!(text(&directory), MENDED.replace("Org", "org"));
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stderr.starts_with("1 fixed in 1 file\n"),
        "{}",
        run.stderr
    );

    let run = lint(directory.path(), &["--fix", "--unsafe-fixes"], "");
    assert!(run.stderr.starts_with("nothing to fix\n"), "{}", run.stderr);
}

#[test]
fn a_diff_shows_what_would_change_and_writes_nothing() {
    let directory = with_file(BROKEN);
    let run = lint(directory.path(), &["--diff"], "");
    assert_eq!(text(&directory), BROKEN);
    assert_eq!(run.code, 1);
    let expected = "\
--- ./a.yaml
+++ ./a.yaml
@@ -5,6 +5,6 @@
   name: lab
 spec:
   imageDigestMirrors:
-  - source: 'https://quay.io/org'   # was copied
+  - source: 'quay.io/org'   # was copied
     mirrors:
     - mirror.example.com/Org
";
    assert_eq!(run.stdout, expected);
    assert!(
        run.stderr.starts_with("1 would be fixed in 1 file, 1 more"),
        "{}",
        run.stderr
    );

    let directory = with_file(MENDED);
    let run = lint(directory.path(), &["--diff"], "");
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    let run = lint(directory.path(), &["--diff", "--unsafe-fixes"], "");
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("+    - mirror.example.com/org\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn standard_input_is_fixed_to_standard_output() {
    let directory = tempfile::tempdir().unwrap();
    let run = lint(directory.path(), &["--fix", "-"], BROKEN);
    assert_eq!((run.code, run.stdout.as_str()), (1, MENDED));
    assert!(run.stderr.contains("capitals"), "{}", run.stderr);
    // Unchanged, it still goes there.
    let run = lint(directory.path(), &["--fix", "-"], MENDED);
    assert_eq!((run.code, run.stdout.as_str()), (1, MENDED));
    let run = lint(directory.path(), &["--diff", "-"], BROKEN);
    assert!(
        run.stdout.starts_with("--- <stdin>\n+++ <stdin>\n"),
        "{}",
        run.stdout
    );
    assert!(names(directory.path()).is_empty());
}

#[test]
fn lines_keep_their_ends_and_files_their_last_byte() {
    for (broken, mended) in [
        (BROKEN.replace('\n', "\r\n"), MENDED.replace('\n', "\r\n")),
        (BROKEN.trim_end().to_owned(), MENDED.trim_end().to_owned()),
        (format!("\u{feff}{BROKEN}"), format!("\u{feff}{MENDED}")),
    ] {
        let directory = with_file(&broken);
        lint(directory.path(), &["--fix"], "");
        assert_eq!(text(&directory), mended);
    }
}

#[test]
fn unsafe_fixes_alone_ask_for_nothing() {
    let directory = with_file(BROKEN);
    for arguments in [&["--unsafe-fixes"][..], &["--fix", "--diff"]] {
        let run = lint(directory.path(), arguments, "");
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert_eq!(text(&directory), BROKEN);
    }
}

#[test]
fn a_file_that_cannot_be_read_makes_the_exit_code() {
    let directory = with_file(BROKEN);
    for arguments in [
        ["--diff", "a.yaml", "none.yaml"],
        ["--fix", "a.yaml", "none.yaml"],
    ] {
        assert_eq!(lint(directory.path(), &arguments, "").code, 3);
    }
    assert_eq!(text(&directory), MENDED);
}

#[test]
fn what_does_not_hold_is_withheld() {
    // Named `cluster`, the second object replaces the first one.
    let image = |name: &str| {
        format!(
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: {name}\nspec: {{}}\n"
        )
    };
    let broken = format!("{}---\n{}", image("cluster"), image("lab"));
    let directory = with_file(&broken);
    let run = lint(directory.path(), &["--fix", "--unsafe-fixes"], "");
    assert_eq!(text(&directory), broken);
    let expected = "pullproof: ./a.yaml:10:9: fix withheld: name it `cluster`: with it, a later \
        object with the same kind and name replaces this\nnothing to fix, 1 withheld\n";
    assert!(run.stderr.starts_with(expected), "{}", run.stderr);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    #[test]
    fn a_file_keeps_its_permissions_and_a_link_its_target() {
        let directory = with_file(BROKEN);
        let real = directory.path().join("a.yaml");
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        let owner = fs::metadata(&real).unwrap().uid();
        let links = tempfile::tempdir().unwrap();
        let link = links.path().join("link.yaml");
        symlink(&real, &link).unwrap();
        lint(links.path(), &["--fix", "link.yaml"], "");
        assert_eq!(text(&directory), MENDED);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let metadata = fs::metadata(&real).unwrap();
        assert_eq!(metadata.mode() & 0o7777, 0o640);
        assert_eq!(metadata.uid(), owner);
        assert_eq!(names(links.path()), ["link.yaml"]);
        assert_eq!(names(directory.path()), ["a.yaml"]);
    }

    #[test]
    fn a_file_that_is_read_only_stays() {
        let directory = with_file(BROKEN);
        let path = directory.path().join("a.yaml");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        let run = lint(directory.path(), &["--fix"], "");
        assert_eq!(run.code, 3);
        assert_eq!(run.stderr, "pullproof: `./a.yaml` is read-only\n");
        assert_eq!(text(&directory), BROKEN);
    }

    #[test]
    fn a_write_that_fails_leaves_every_file_whole() {
        let directory = with_file(BROKEN);
        // The name beside `b.yaml` is longer than a file system takes, so that the text cannot be
        // written there; whoever runs the test, and whatever they may write.
        let long = format!("{}.yaml", "b".repeat(245));
        fs::write(directory.path().join(&long), BROKEN).unwrap();
        let run = lint(directory.path(), &["--fix"], "");
        assert_eq!(run.code, 3);
        let expected = "pullproof: cannot write beside `";
        assert!(run.stderr.starts_with(expected), "{}", run.stderr);
        assert_eq!(text(&directory), BROKEN);
        let other = fs::read_to_string(directory.path().join(&long)).unwrap();
        assert_eq!(other, BROKEN);
        assert_eq!(names(directory.path()), ["a.yaml".to_owned(), long]);
    }
}
