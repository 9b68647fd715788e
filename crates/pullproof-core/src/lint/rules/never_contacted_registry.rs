//! `never-contacted-registry`: a `NeverContactSource` of a whole registry, or of many.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::mirror_set::{MirrorEntry, SourcePolicy};
use crate::scope::is_wildcard;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "never-contacted-registry",
        code: "PP026",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("never_contacted_registry.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for entry in model.entries() {
        let source = entry.source.value.as_str();
        let Some(policy) = &entry.policy else {
            continue;
        };
        // Without mirrors the policy counts for nothing, which another rule tells.
        if policy.value != SourcePolicy::NeverContactSource
            || !has_mirror(entry)
            || source.contains('/')
        {
            continue;
        }
        let all = match is_wildcard(source) {
            true => "every registry in",
            false => "all of",
        };
        let message = format!(
            "`NeverContactSource` of {all} {}: what the mirrors lack cannot be pulled",
            code(source)
        );
        emit.add(policy.span, message)
            .also(entry.source.span, "the source")
            .help("name the organizations or repositories that are mirrored as sources");
    }
}

fn has_mirror(entry: &MirrorEntry) -> bool {
    let mut mirrors = entry.mirrors.iter();
    mirrors.any(|mirror| mirror.value != entry.source.value)
}
