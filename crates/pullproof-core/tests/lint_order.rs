//! What is found does not depend on the order of files or objects.

use pullproof_core::file::Files;
use pullproof_core::finding::Finding;
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;

/// A mirror set of a kind, from lines of source, mirrors and, after a bar, policy.
fn mirror_set(kind: &str, name: &str, entries: &[&str]) -> String {
    let (api_version, key) = match kind {
        "ImageTagMirrorSet" => ("config.openshift.io/v1", "imageTagMirrors"),
        "ImageDigestMirrorSet" => ("config.openshift.io/v1", "imageDigestMirrors"),
        _ => ("operator.openshift.io/v1alpha1", "repositoryDigestMirrors"),
    };
    let mut text = format!(
        "apiVersion: {api_version}\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n  {key}:\n"
    );
    for entry in entries {
        let (names, policy) = entry.split_once(" | ").unwrap_or((entry, ""));
        let mut names = names.split(' ').map(|name| format!("\"{name}\""));
        let source = names.next().unwrap_or_default();
        let mirrors = names.collect::<Vec<_>>().join(", ");
        text.push_str(&format!("  - source: {source}\n    mirrors: [{mirrors}]\n"));
        if !policy.is_empty() {
            text.push_str(&format!("    mirrorSourcePolicy: {policy}\n"));
        }
    }
    text
}

fn image(lists: &str) -> String {
    format!(
        "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata:\n  name: cluster\n\
         spec:\n  registrySources: {{{lists}}}\n"
    )
}

/// A finding without its places.
fn told(finding: &Finding) -> String {
    let Finding {
        code,
        severity,
        message,
        help,
        ..
    } = finding;
    format!(
        "{code} {severity} {message} ({})",
        help.as_deref().unwrap_or_default()
    )
}

fn findings(texts: &[&str], version: OpenShift) -> Vec<String> {
    let mut files = Files::new();
    let inputs: Vec<_> = texts.iter().map(|text| files.add("input", *text)).collect();
    let settings = Settings {
        version,
        release_image: None,
    };
    let model = Model::build(&mut files, &inputs, &settings);
    let found = lint::run(&model, rules::ALL);
    let mut found: Vec<String> = found.iter().map(told).collect();
    found.sort();
    found
}

/// Calls with every order of some texts.
fn permutations<'a>(texts: &mut Vec<&'a str>, n_fixed: usize, check: &mut dyn FnMut(&[&'a str])) {
    if n_fixed == texts.len() {
        return check(texts);
    }
    for at in n_fixed..texts.len() {
        texts.swap(n_fixed, at);
        permutations(texts, n_fixed + 1, check);
        texts.swap(n_fixed, at);
    }
}

fn check(version: &str, codes: &[&str], objects: &[String]) {
    let version = OpenShift::parse(version).expect("it is a release");
    let mut texts: Vec<&str> = objects.iter().map(String::as_str).collect();
    let expected = findings(&texts, version);
    for code in codes {
        let is_found = expected.iter().any(|text| text.starts_with(code));
        assert!(is_found, "{code} is not in {expected:#?}");
    }
    permutations(&mut texts, 0, &mut |texts| {
        assert_eq!(findings(texts, version), expected, "in files");
        let stream = texts.join("---\n");
        assert_eq!(
            findings(&[stream.as_str()], version),
            expected,
            "in one file"
        );
    });
}

#[test]
fn what_is_refused_is_found_in_any_order() {
    let objects = [
        mirror_set(
            "ImageDigestMirrorSet",
            "a",
            &["quay.io/a m.com/a | NeverContactSource"],
        ),
        mirror_set(
            "ImageTagMirrorSet",
            "b",
            &["quay.io/a m.com/a", "quay.io/b m.com/B"],
        ),
        mirror_set(
            "ImageContentSourcePolicy",
            "c",
            &["quay.io/a m.com/a", "quay.io/c:1 m.com/c,"],
        ),
        mirror_set(
            "ImageDigestMirrorSet",
            "d",
            &["quay.io/d quay.io/d | NeverContactSource"],
        ),
        image("blockedRegistries: [docker.io], color: red"),
    ];
    check(
        "5.2",
        &["PP003", "PP004", "PP008", "PP009", "PP017"],
        &objects,
    );
}

#[test]
fn what_is_rendered_is_found_in_any_order() {
    let objects = [
        mirror_set(
            "ImageDigestMirrorSet",
            "a",
            &[
                "quay.io m.com/q n.com/q",
                "b.com | NeverContactSource",
                "quay.io/lab n/lab",
            ],
        ),
        mirror_set(
            "ImageDigestMirrorSet",
            "b",
            &["quay.io n.com/q m.com/q", "quay.io/org b.com/org m.com/org"],
        ),
        mirror_set(
            "ImageTagMirrorSet",
            "c",
            &["quay.io/org m.com/org quay.io/org m.org"],
        ),
        mirror_set(
            "ImageContentSourcePolicy",
            "d",
            &["quay.io/org a.com/org", "ubi9:9 m.com"],
        ),
        image("blockedRegistries: [b.com, quay.io/org/app]"),
    ];
    let codes = [
        "PP007", "PP011", "PP012", "PP013", "PP014", "PP015", "PP016", "PP017", "PP018",
    ];
    check("5.2", &codes, &objects);
}

#[test]
fn what_does_not_load_is_found_in_any_order() {
    let objects = [
        mirror_set(
            "ImageContentSourcePolicy",
            "a",
            &["https://quay.io m.com/q"],
        ),
        mirror_set(
            "ImageContentSourcePolicy",
            "b",
            &["quay.io/a m.com/a http://n.com/a"],
        ),
        mirror_set(
            "ImageContentSourcePolicy",
            "c",
            &["docker.io m.com/d", "quay.io/a n.com/a"],
        ),
        image("blockedRegistries: [docker.io/, a.com]"),
    ];
    check("4.14", &["PP010"], &objects);
}
