//! Linting registries.conf from outside: which files are taken, what is counted, exit codes.

#![expect(
    clippy::unwrap_used,
    reason = "a program that cannot be run stops the test"
)]

use support::{Scratch, pullproof_in};

mod support;

const OBJECT: &str = "\
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

const CONF: &str = "\
[[registry]]
location = \"quay.io\"

[[registry.mirror]]
location = \"mirror.example.com\"
";

/// A directory with files.
struct World(Scratch);

impl World {
    fn new(name: &str, files: &[(&str, &str)]) -> World {
        let scratch = Scratch::new(&format!("conf-{name}"));
        for (name, text) in files {
            scratch.write(name, text);
        }
        World(scratch)
    }

    /// Exit code, standard output and standard error of a run in the directory.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let run = pullproof_in(&self.0.0, arguments, "");
        (run.code, run.stdout, run.stderr)
    }
}

#[test]
fn directories_give_registries_conf_and_its_drop_ins_only() {
    let scratch = World::new(
        "directory",
        &[
            ("a.yaml", OBJECT),
            ("etc/registries.conf", CONF),
            ("etc/registries.conf.d/50-lab.conf", CONF),
            ("etc/nginx.conf", "worker_processes 1;"),
            ("etc/registries.conf.d/README", "worker_processes 1;"),
        ],
    );
    let (code, stdout, stderr) = scratch.run(&["lint", "."]);
    assert_eq!(
        (code, stdout.as_str(), stderr.as_str()),
        (
            0,
            "",
            "no findings in 1 object and 2 registries.conf of 3 files\n"
        )
    );
    let (code, _, stderr) = scratch.run(&["lint", "etc/registries.conf"]);
    assert_eq!(
        (code, stderr.as_str()),
        (0, "no findings in 1 registries.conf of 1 file\n")
    );
    // What is named is read, whatever it is called.
    let (code, stdout, _) = scratch.run(&["lint", "etc/nginx.conf"]);
    assert_eq!(code, 3);
    assert!(stdout.contains("error[unreadable-document]"), "{stdout}");
}

#[test]
fn other_commands_look_for_objects_only() {
    let scratch = World::new("others", &[("a.yaml", OBJECT), ("registries.conf", CONF)]);
    let (code, _, stderr) = scratch.run(&["render", "--with", "."]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let (code, _, stderr) = scratch.run(&["render", "--with", "a.yaml", "registries.conf"]);
    assert_eq!(code, 0);
    assert!(stderr.contains("registries.conf: left out"), "{stderr}");
}

#[test]
fn files_that_do_not_load_are_never_green() {
    let cases = [
        // No TOML, no configuration, and only a wrong one.
        ("[[registry]\n", 3, "unreadable-document"),
        ("[[registry]]\nblocked = 1\n", 1, "unloadable-file"),
        ("[[registry]]\nprefix = \"quay.io\"\n", 1, "unloadable-file"),
        ("\u{feff}[[registry]]\nmirrors = 1\n", 1, "unread-key"),
    ];
    for (text, expected, rule) in cases {
        let scratch = World::new("green", &[("registries.conf", text)]);
        let (code, stdout, stderr) = scratch.run(&["lint", "registries.conf"]);
        assert_eq!(code, expected, "{text}{stdout}{stderr}");
        assert!(stdout.contains(rule), "{text}{stdout}");
    }
}

#[test]
fn a_drop_in_is_judged_with_what_it_replaces() {
    let scratch = World::new(
        "drop-in",
        &[
            ("registries.conf", CONF),
            (
                "registries.conf.d/50-quay.conf",
                "[[registry]]\nlocation = \"quay.io\"\ninsecure = true\n",
            ),
        ],
    );
    let both = ["lint", "--fail-on", "warning", "."];
    let (code, stdout, _) = scratch.run(&both);
    assert_eq!(code, 1);
    assert!(
        stdout.contains("loses mirror `mirror.example.com`"),
        "{stdout}"
    );
    let alone = ["lint", "--fail-on", "warning", "registries.conf.d"];
    assert_eq!(scratch.run(&alone).0, 0);
}
