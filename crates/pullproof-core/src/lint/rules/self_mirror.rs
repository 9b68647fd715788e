//! `self-mirror`: a mirror that is its own source.

use crate::finding::Severity;
use crate::lint::{Emit, Rule};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "self-mirror",
    code: "PP007",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("self_mirror.md"),
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for entry in model
        .mirror_sets
        .iter()
        .flat_map(|mirror_set| &mirror_set.entries)
    {
        for mirror in entry
            .mirrors
            .iter()
            .filter(|mirror| mirror.value == entry.source.value)
        {
            emit.add(
                mirror.span,
                format!("mirror `{}` is its own source", mirror.value),
            )
            .also(entry.source.span, "the source")
            .help("remove it: the source is always tried last");
        }
    }
}
