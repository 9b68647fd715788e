//! `duplicate-source`: one source in several entries, whose mirrors are merged.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases};
use crate::lint::words::{code, codes};
use crate::lint::{Emit, Rule, origins};
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
        fix: None,
        page: include_str!("duplicate_source.md"),
    },
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
    let finding = emit.add(*first, message);
    finding.also_each(
        others
            .iter()
            .map(|span| (*span, "the same source".to_owned())),
    );
    if is_repeated {
        finding
            .severity(Severity::Info)
            .help("keep one: all have the same mirrors");
    } else {
        finding.help(format!(
            "write all mirrors into one entry, in their order: nodes now try {mirrors}"
        ));
    }
}
