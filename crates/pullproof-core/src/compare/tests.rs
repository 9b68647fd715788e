//! Changes of small configurations, told pull by pull.

use super::*;
use crate::file::Files;
use crate::openshift::OpenShift;
use crate::registries::conf;
use crate::registries::load::{ConfFile, load};

/// A configuration of lines: `scope: mirror mirror`, with `blocked` behind what is blocked, and
/// ` #digest` or `#tag` behind mirrors for one form.
fn registries(lines: &str) -> Registries {
    let mut text = String::new();
    let mut search = "docker.io".to_owned();
    for line in lines
        .split(';')
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let (scope, rest) = line.split_once(' ').unwrap_or((line, ""));
        if scope == "search" {
            search = rest.replace(' ', "\", \"");
            continue;
        }
        let key = if scope.starts_with('*') {
            "prefix"
        } else {
            "location"
        };
        text.push_str(&format!("[[registry]]\n{key} = \"{scope}\"\n"));
        let mirrors: Vec<&str> = rest.split(' ').filter(|word| !word.is_empty()).collect();
        if mirrors.contains(&"blocked") {
            text.push_str("blocked = true\n");
        }
        for mirror in mirrors.iter().filter(|word| **word != "blocked") {
            let (location, form) = mirror.split_once('#').unwrap_or((mirror, "all"));
            text.push_str(&format!(
                "[[registry.mirror]]\nlocation = \"{location}\"\npull-from-mirror = \"{form}\"\n"
            ));
        }
    }
    let mut files = Files::new();
    let text = format!("unqualified-search-registries = [\"{search}\"]\n{text}");
    let file = files.add("registries.conf", text);
    let conf = conf::decode(&files, file).expect("it is TOML");
    let name = "registries.conf".to_owned();
    load(Some(ConfFile { name, conf }), Vec::new(), OpenShift::NEWEST).expect("it loads")
}

/// `Change witness: before > after`, digests cut.
fn told(before: &str, after: &str) -> Vec<String> {
    let short = |texts: &[String]| texts.join(" ").replace(&"0".repeat(64), "0");
    let changed = compare(&registries(before), &registries(after));
    let lines = changed.iter().map(|pull| {
        format!(
            "{:?} {}: {} > {}",
            pull.change,
            pull.witness.replace(&"0".repeat(64), "0"),
            short(&pull.before),
            short(&pull.after)
        )
    });
    lines.collect()
}

fn check(before: &str, after: &str, expected: &[&str]) {
    assert_eq!(
        told(before, after),
        expected,
        "from {before:?} to {after:?}"
    );
    assert_eq!(told(after, after), [""; 0], "from {after:?} to itself");
}

#[test]
fn each_class_of_pulls_has_one_witness() {
    // A mirror for all below a repository.
    check(
        "",
        "q.io/o/r m.io/r",
        &["ContactsNewHost q.io/o/r:latest: q.io/o/r:latest > m.io/r:latest q.io/o/r:latest"],
    );
    // For one form only.
    check(
        "",
        "q.io/o/r m.io/r#digest-only",
        &["ContactsNewHost q.io/o/r@sha256:0: q.io/o/r@sha256:0 > \
           m.io/r@sha256:0 q.io/o/r@sha256:0"],
    );
    // The mirror of a blocked source goes.
    check(
        "q.io/o/r blocked m.io/r",
        "q.io/o/r blocked",
        &["Fails q.io/o/r:latest: m.io/r:latest > "],
    );
    check(
        "q.io/o/r blocked m.io/r",
        "",
        &["ContactsNewHost q.io/o/r:latest: m.io/r:latest > q.io/o/r:latest"],
    );
    check(
        "q.io/o/r blocked",
        "",
        &["Works q.io/o/r:latest:  > q.io/o/r:latest"],
    );
    // Order, and what is behind the first.
    check(
        "q.io/o/r m.io n.io",
        "q.io/o/r n.io m.io",
        &[
            "StartsElsewhere q.io/o/r/example:latest: m.io/example:latest n.io/example:latest \
           q.io/o/r/example:latest > n.io/example:latest m.io/example:latest \
           q.io/o/r/example:latest",
        ],
    );
    check(
        "q.io/o/r m.io/a m.io/b m.io/c",
        "q.io/o/r m.io/a m.io/c m.io/b",
        &[
            "Rearranged q.io/o/r:latest: m.io/a:latest m.io/b:latest m.io/c:latest q.io/o/r:latest \
           > m.io/a:latest m.io/c:latest m.io/b:latest q.io/o/r:latest",
        ],
    );
}

#[test]
fn ports_and_wildcards_have_classes_of_their_own() {
    // Another port cannot be rewritten to a path.
    check(
        "",
        "q.io m.io/q",
        &[
            "Fails q.io:5001/example:latest: q.io:5001/example:latest > ",
            "ContactsNewHost q.io/example:latest: q.io/example:latest > \
             m.io/q/example:latest q.io/example:latest",
        ],
    );
    // An explicit port is an entry of its own.
    check(
        "q.io:5001 m.io/q",
        "q.io:5001 m.io/q; q.io m.io",
        &[
            "ContactsNewHost q.io/example:latest: q.io/example:latest > \
           m.io/example:latest q.io/example:latest",
        ],
    );
    // A wildcard hides a host of its length.
    check(
        "a.io m.io; *.io",
        "a.io m.io",
        &[
            "ContactsNewHost a.io/example:latest: a.io/example:latest > \
           m.io/example:latest a.io/example:latest",
        ],
    );
    // A host with a suffix twice is in the inner wildcard alone.
    check(
        "*.io blocked; *.x.io m.net",
        "*.io blocked",
        &[
            "Fails example.x.io/example:latest: m.net/example:latest \
             example.x.io/example:latest > ",
            "StartsElsewhere example.io.x.io/example:latest: m.net/example:latest \
             example.io.x.io/example:latest > example.io.x.io/example:latest",
        ],
    );
}

#[test]
fn what_is_blocked_changes_pulls_that_are_rewritten_into_it() {
    check(
        "q.io/o/r m.io/r",
        "q.io/o/r m.io/r; m.io blocked",
        &[
            "Fails m.io/example:latest: m.io/example:latest > ",
            "StartsElsewhere q.io/o/r:latest: m.io/r:latest q.io/o/r:latest > q.io/o/r:latest",
        ],
    );
    check(
        "q.io/o m.io",
        "q.io/o m.io; m.io/x blocked",
        &[
            "Fails m.io/x/example:latest: m.io/x/example:latest > ",
            "StartsElsewhere q.io/o/x:latest: m.io/x:latest q.io/o/x:latest > q.io/o/x:latest",
        ],
    );
    // A scope without mirrors of its own in an outer one whose mirrors reach what is blocked.
    check(
        "q.io m.io; m.io/o/x/y blocked",
        "q.io m.io; m.io/o/x/y blocked; q.io/o/x n.io",
        &[
            // A host alone is no repository.
            "Fails q.io/o/x:latest: m.io/o/x:latest q.io/o/x:latest > ",
            "ContactsNewHost q.io/o/x/example:latest: m.io/o/x/example:latest \
             q.io/o/x/example:latest > n.io/example:latest q.io/o/x/example:latest",
            "ContactsNewHost q.io/o/x/y:latest: q.io/o/x/y:latest > \
             n.io/y:latest q.io/o/x/y:latest",
        ],
    );
}

#[test]
fn short_names_follow_the_search_registries() {
    check(
        "search a.io",
        "search a.io b.io",
        &["ContactsNewHost example: a.io/example:latest > \
           a.io/example:latest b.io/example:latest"],
    );
    check(
        "search a.io b.io; a.io blocked",
        "search a.io; a.io blocked",
        &["Fails example: b.io/example:latest > "],
    );
}

#[test]
fn names_at_the_limit_are_asked_about_where_no_others_change() {
    let long = format!("m.io/{}", "m".repeat(200));
    let blocked = format!("q.io/o/r {long}; m.io blocked");
    let names = told("q.io/o/r; m.io blocked", &blocked);
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(names[0].starts_with("Fails q.io/o/r/aaa"), "{names:?}");
}

#[test]
fn thousands_of_scopes_take_no_time() {
    let world = |mirror: &str| {
        let lines = (0..4_000).map(|idx| format!("q{}.io/o/r{idx} {mirror}/r{idx}", idx % 7));
        let blocked = (0..500).map(|idx| format!("m.io/r{idx}/bad blocked"));
        lines.chain(blocked).collect::<Vec<_>>().join(";")
    };
    let (before, after) = (registries(&world("m.io")), registries(&world("n.io")));
    assert_eq!(compare(&before, &before), []);
    // Each, and 500 once more where the old mirror was blocked.
    assert_eq!(compare(&before, &after).len(), 4_500);
}
