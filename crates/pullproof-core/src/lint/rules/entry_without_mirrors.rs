//! `entry-without-mirrors`: an entry or a whole mirror set that names no mirror and does nothing.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::render;
use crate::sorted::Set;
use std::cell::LazyCell;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "entry-without-mirrors",
        code: "PP028",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("entry_without_mirrors.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let dropped = LazyCell::new(|| dropped(model));
    // What is there under another name is told where that name is.
    let has_dropped = |around: Span| {
        let end = Span {
            start: around.end,
            ..around
        };
        dropped.range(around..end).next().is_some()
    };
    let is_read = |kind| render::is_read(kind, model.version);
    for set in model.mirror_sets.iter().filter(|set| is_read(set.kind)) {
        if set.entries.is_empty() && !has_dropped(set.span) {
            let message = format!("{} has no entries and does nothing", code(&set.name.value));
            emit.add(set.name.span, message)
                .help(format!("add entries to `spec.{}`", set.kind.entries_key()));
        }
        for entry in &set.entries {
            // A policy without mirrors is another rule's.
            let has_policy = entry.policy.is_some() || entry.unknown_policy.is_some();
            if entry.mirrors.is_empty() && !has_policy && !has_dropped(entry.span) {
                let source = code(&entry.source.value);
                let message =
                    format!("source {source} has no mirrors, so that its entry does nothing");
                emit.add(entry.source.span, message)
                    .help("add a mirror, or remove the entry");
            }
        }
    }
}

/// The places of all fields that the API server drops.
fn dropped(model: &Model) -> Set<Span> {
    let verdicts = model
        .objects
        .iter()
        .filter_map(|judged| judged.verdict.as_ref());
    let pruned = verdicts.flat_map(|verdict| &verdict.pruned);
    pruned.map(|pruned| pruned.span).collect()
}
