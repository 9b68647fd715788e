//! `duplicate-object`: an object that a later one with its kind and name replaces.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "duplicate-object",
        code: "PP019",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("duplicate_object.md"),
    },
    looks_at: Subject::Replaced,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for (earlier, later) in &model.replaced {
        let finding = emit.add(
            *earlier,
            "a later object with the same kind and name replaces this",
        );
        finding.also(*later, "the later one");
        let name = finding
            .object
            .as_deref()
            .and_then(|it| it.split('/').nth(1));
        match name.is_some_and(is_of_oc_mirror) {
            true => finding.help(
                "write the entries of both into one object: oc-mirror gives this name in every \
                 run, with no more than the mirrors of that run",
            ),
            false => finding.help("give it another name, or remove one of them"),
        };
    }
}

/// Whether a name is one that oc-mirror gives: `release-0`, `idms-operator-0`.
// From openshift/oc-mirror, v1/pkg/cli/mirror/manifests.go generateICSPs, and
// internal/pkg/clusterresources/clusterresources.go.
fn is_of_oc_mirror(name: &str) -> bool {
    let kinds = ["idms-", "itms-"];
    let rest = kinds.iter().find_map(|kind| name.strip_prefix(kind));
    let Some((what, number)) = rest.unwrap_or(name).split_once('-') else {
        return false;
    };
    ["release", "operator", "generic"].contains(&what)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_oc_mirror_are_known() {
        for (name, is_of_tool) in [
            ("release-0", true),
            ("operator-12", true),
            ("idms-release-0", true),
            ("itms-generic-0", true),
            ("release", false),
            ("release-a", false),
            ("release-", false),
            ("icsp-release-0", false),
            ("my-release-0", false),
        ] {
            assert_eq!(is_of_oc_mirror(name), is_of_tool, "{name}");
        }
    }
}
