//! `self-mirror`: a mirror that is its own source.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases};
use crate::lint::words::code;
use crate::lint::{Emit, Rule};
use crate::model::Model;
use crate::registries::refusal::Refusal;
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "self-mirror",
        code: "PP007",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: include_str!("self_mirror.md"),
    },
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    // With `NeverContactSource` it stops the operator, which another rule tells.
    let refused = model.refusals().iter().filter_map(|refusal| match refusal {
        Refusal::SelfMirror { mirror, .. } => Some(*mirror),
        _ => None,
    });
    let refused: BTreeSet<Span> = refused.collect();
    for entry in model.entries() {
        let source = &entry.source;
        let is_source = entry.mirrors.iter().filter(|it| it.value == source.value);
        for mirror in is_source.filter(|mirror| !refused.contains(&mirror.span)) {
            let message = format!("mirror {} is its own source", code(&mirror.value));
            emit.add(mirror.span, message)
                .also(source.span, "the source")
                .help("remove it: the source is always tried last");
        }
    }
}
