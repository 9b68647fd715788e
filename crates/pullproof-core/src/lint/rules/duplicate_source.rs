//! `duplicate-source`: one source in several entries, whose mirrors are merged.

use crate::file::Span;
use crate::finding::{Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::{code, codes};
use crate::lint::{Emit, Rule, Subject, edits, origins};
use crate::model::Model;
use crate::registries::Role;
use crate::registries::sources::{MergedSource, PullForm};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "duplicate-source",
        code: "PP016",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Safe),
        page: page!("duplicate_source.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for form in PullForm::ALL {
        for source in model.shared_sources(form) {
            // Orders that contradict each other are another rule's.
            if source.contradiction.is_none() {
                tell(&source, form, emit);
            }
        }
    }
}

#[cold]
#[inline(never)]
fn tell(source: &MergedSource<'_>, form: PullForm, emit: &mut Emit<'_>) {
    let places: Vec<_> = origins::with_roles(&source.origins, &[Role::Source]).collect();
    let [first, others @ ..] = places.as_slice() else {
        return;
    };
    if others.is_empty() {
        return;
    }
    let n_entries = places.len();
    let mirrors = codes(source.mirrors.iter().map(|mirror| mirror.location));
    let name = code(source.source);
    // Where every entry has every mirror, the others add nothing.
    let is_repeated = source
        .mirrors
        .iter()
        .all(|mirror| mirror.origins.len() == n_entries);
    let message = format!(
        "{n_entries} entries have the source {name} for pulls by {}",
        form.name()
    );
    let model = emit.model;
    let finding = emit.add(*first, message);
    finding.also_each(
        others
            .iter()
            .map(|span| (*span, "the same source".to_owned())),
    );
    if is_repeated {
        finding
            .severity(Severity::Info)
            .help("keep one: all have the same mirrors")
            .fix = fix(model, &places);
    } else {
        finding.help(format!(
            "write all mirrors into one entry, in their order: nodes now try {mirrors}"
        ));
    }
}

/// Keeps the first of entries that say the same in one object: other objects may be for other
/// clusters.
fn fix(model: &Model, sources: &[Span]) -> Option<Fix> {
    let entry_of = |source: &Span| model.entries().find(|entry| entry.source.span == *source);
    let object_of = |source: &Span| Some(model.object_at(*source)?.object.span());
    let (first, others) = sources.split_first()?;
    let (kept, object) = (entry_of(first)?, object_of(first));
    let mut removals = Vec::new();
    for source in others {
        let entry = entry_of(source)?;
        let is_same =
            object_of(source) == object && edits::are_same_elements(model, kept.span, entry.span);
        if !is_same {
            return None;
        }
        removals.push(edits::remove_element(model, entry.span)?);
    }
    let title = "keep the first of them";
    Some(Fix::new(title, Safety::Safe, edits::join(removals)))
}
