//! Files that somebody wrote, and how the clients' library differs from that of newer nodes.

#![expect(clippy::panic, reason = "a client that differs stops the test")]

use clients::client::{Client, absent};
use clients::trial::{RELEASE, Trial};
use clients::world::World;
use pullproof_core::file::Files;
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use test_registry::image::Image;

/// Files, and pulls of an image that `b.test/m/app` and `a.test/team/app` hold, by tag `1.0` and
/// by digest, written `@D`.
struct Case {
    name: &'static str,
    main: &'static str,
    drop_in: &'static str,
    image: &'static str,
    /// What is tried.
    attempts: &'static [&'static str],
    /// What nodes of the newest release try, where that differs.
    newest: Option<&'static [&'static str]>,
}

const CASE: Case = Case {
    name: "",
    main: "",
    drop_in: "",
    image: "a.test/team/app:1.0",
    attempts: &[],
    newest: None,
};

const CASES: &[Case] = &[
    Case {
        name: "mirrors for each form",
        main: "[[registry]]
               location = 'a.test/team'
               insecure = true
               [[registry.mirror]]
               location = 'c.test/digest'
               insecure = true
               pull-from-mirror = 'digest-only'
               [[registry.mirror]]
               location = 'c.test/tag'
               insecure = true
               pull-from-mirror = 'tag-only'
               [[registry.mirror]]
               location = 'b.test/m'
               insecure = true
               pull-from-mirror = 'all'",
        attempts: &["c.test/tag/app:1.0 missing", "b.test/m/app:1.0 served"],
        ..CASE
    },
    Case {
        name: "all mirrors for digests alone",
        main: "[[registry]]
               location = 'a.test/team'
               insecure = true
               mirror-by-digest-only = true
               [[registry.mirror]]
               location = 'b.test/m'
               insecure = true",
        attempts: &["a.test/team/app:1.0 served"],
        ..CASE
    },
    Case {
        name: "a location that is not the prefix",
        main: "[[registry]]
               prefix = 'nowhere.test/x/'
               location = 'b.test/m/'
               insecure = true",
        image: "nowhere.test/x/app@D",
        attempts: &["b.test/m/app@D served"],
        ..CASE
    },
    Case {
        name: "a prefix that is blocked, but not its location",
        main: "[[registry]]
               prefix = 'nowhere.test/x'
               location = 'b.test/m'
               insecure = true
               blocked = true",
        image: "nowhere.test/x/app@D",
        attempts: &["b.test/m/app@D served"],
        ..CASE
    },
    Case {
        name: "a location in a blocked prefix",
        main: "[[registry]]
               prefix = 'nowhere.test/x'
               location = 'b.test/m'
               insecure = true
               [[registry]]
               location = 'b.test'
               blocked = true",
        image: "nowhere.test/x/app@D",
        attempts: &["b.test/m/app@D blocked by b.test"],
        ..CASE
    },
    Case {
        name: "the first of two entries",
        main: "[[registry]]
               prefix = 'a.test/team'
               location = 'b.test/m'
               insecure = true
               [[registry]]
               prefix = 'a.test/team'
               location = 'c.test/m'
               insecure = true",
        attempts: &["b.test/m/app:1.0 served"],
        ..CASE
    },
    Case {
        name: "a drop-in replaces an entry with its mirrors",
        main: "[[registry]]
               location = 'a.test/team'
               insecure = true
               [[registry.mirror]]
               location = 'b.test/m'
               insecure = true",
        drop_in: "[[registry]]
                  location = 'a.test/team'
                  insecure = true
                  [[registry.mirror]]
                  location = 'c.test/m'
                  insecure = true",
        attempts: &["c.test/m/app:1.0 missing", "a.test/team/app:1.0 served"],
        ..CASE
    },
    Case {
        name: "keys in another case, keys that nobody knows, and keys in the wrong table",
        main: "[[Registry]]
               Location = 'a.test/team'
               INSECURE = true
               mirrors = ['c.test/m']
               [[Registry.Mirror]]
               location = 'b.test/m'
               insecure = true
               blocked = true
               mirror-by-digest-only = true",
        attempts: &["b.test/m/app:1.0 served"],
        ..CASE
    },
    Case {
        name: "the old format",
        main: "[registries.search]
               registries = ['c.test']
               [registries.insecure]
               registries = ['a.test']
               [registries.block]
               registries = ['b.test']",
        image: "a.test/team/app@D",
        attempts: &["a.test/team/app@D served"],
        ..CASE
    },
    Case {
        name: "what the old format blocks",
        main: "[registries.block]
               registries = ['b.test']",
        image: "b.test/m/app@D",
        attempts: &["b.test/m/app@D blocked by b.test"],
        ..CASE
    },
    Case {
        name: "a scheme",
        main: "[[registry]]
               location = 'http://a.test/team'
               insecure = true",
        attempts: &["fails: loading registries configuration \
             \"/etc/containers/registries.conf\": invalid location 'http://a.test/team': \
             URI schemes are not supported"],
        ..CASE
    },
    Case {
        name: "a location with two settings",
        main: "[[registry]]
               location = 'a.test'
               insecure = true
               [[registry]]
               prefix = 'a.test/team'
               location = 'a.test'",
        attempts: &["fails: loading registries configuration \
             \"/etc/containers/registries.conf\": registry 'a.test' is defined multiple times \
             with conflicting 'insecure' setting"],
        ..CASE
    },
    Case {
        name: "a drop-in of the old format",
        drop_in: "[registries.insecure]
                  registries = ['a.test']",
        attempts: &["fails: loading drop-in registries configuration \
             \"/etc/containers/registries.conf.d/50-more.conf\": registry must be in v2 format \
             but is in v1"],
        ..CASE
    },
    // What follows is every difference of the clients' library that shows in what is tried.
    Case {
        name: "a slash ends the location of a mirror",
        main: "[[registry]]
               location = 'a.test/team'
               insecure = true
               [[registry.mirror]]
               location = 'b.test/m/'
               insecure = true",
        attempts: &["fails: rewriting reference: invalid reference format"],
        // From containers/image: it is left out since 5.35.
        newest: Some(&["b.test/m/app:1.0 served"]),
        ..CASE
    },
    Case {
        name: "empty lists of the old format beside the new one",
        main: "[registries.block]
               registries = []
               [[registry]]
               location = 'a.test/team'
               insecure = true",
        attempts: &["a.test/team/app:1.0 served"],
        // From containers/image: an empty list is one since 5.24.
        newest: Some(&[]),
        ..CASE
    },
];

/// What the clients' decoder of TOML refuses, and what it says: `resolve` reads it whatever the
/// release, and it is for lint to say that nodes do not. BurntSushi/toml 1.2 is that of nodes up
/// to 4.14.
const REFUSED: &[(&str, &str)] = &[
    // Read since BurntSushi/toml 1.3, so by nodes since 4.15.
    (
        "\u{feff}[[registry]]\nlocation = 'a.test'\ninsecure = true",
        "but got '\\ufeff' instead",
    ),
    // Of TOML 1.1, read since BurntSushi/toml 1.6, so by nodes since 4.23.
    (
        "registry = [{ location = 'a.test', insecure = true, }]",
        "trailing comma not allowed in inline tables",
    ),
    (
        "registry = [{ location = 'a.test',\ninsecure = true }]",
        "newlines not allowed within inline tables",
    ),
    (
        "[[registry]]\nlocation = \"\\x61.test\"\ninsecure = true",
        "escape",
    ),
];

fn check(client: Client) {
    if absent(&format!("given, {client:?}"), &[client]) {
        return;
    }
    let world = World::start();
    let image = Image::labelled("given");
    let digest = format!("@{}", image.digest());
    for place in ["b.test/m/app", "a.test/team/app"] {
        world.push(place, "1.0", &image);
    }
    for case in CASES {
        let Case {
            name,
            main,
            drop_in,
            image,
            attempts,
            newest,
        } = case;
        let image = image.replace("@D", &digest);
        let short = |lines: Vec<String>| -> Vec<String> {
            // Where skopeo has got to when it reads the files.
            let doing = "fails: loading registries configuration: loading ";
            let line = |line: &String| {
                line.replace(&digest, "@D")
                    .replace(doing, "fails: loading ")
            };
            lines.iter().map(line).collect()
        };
        let trial = Trial::given(&world, main, drop_in, RELEASE);
        let seen = trial.compare(client, &image);
        let seen = seen.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(short(seen), *attempts, "{name}");

        let trial = Trial::given(&world, main, drop_in, OpenShift::NEWEST);
        let on_newest = short(trial.lines(&trial.expected(client, &image)));
        match newest {
            None => assert_eq!(on_newest, *attempts, "{name}, newest"),
            Some([]) => assert!(on_newest[0].contains("mixing"), "{on_newest:?}"),
            Some(newest) => assert_eq!(on_newest, *newest, "{name}, newest"),
        }
    }
}

#[test]
fn what_an_old_decoder_refuses_is_known() {
    if absent("given, refused", &[Client::Skopeo]) {
        return;
    }
    let world = World::start();
    for (main, refusal) in REFUSED {
        let mut files = Files::new();
        let input = files.add("registries.conf", *main);
        let settings = Settings {
            version: RELEASE,
            release_image: None,
        };
        let model = Model::build(&mut files, &[input], &settings);
        let file = &model.confs[0].files[0];
        assert!(
            file.text_starts_with_mark || file.first_of_1_1.is_some(),
            "{main}"
        );

        let trial = Trial::given(&world, main, "", RELEASE);
        let expected = trial.expected(Client::Skopeo, "a.test/app:1.0");
        assert_eq!(expected.error, None, "{main}");
        let difference = trial.compare(Client::Skopeo, "a.test/app:1.0").unwrap_err();
        assert!(difference.contains(refusal), "{main}: {difference}");
    }
}

#[test]
fn skopeo_reads_files_as_they_are_resolved() {
    check(Client::Skopeo);
}

#[test]
fn podman_reads_files_as_they_are_resolved() {
    check(Client::Podman);
}
