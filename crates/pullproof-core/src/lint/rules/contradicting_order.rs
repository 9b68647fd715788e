//! `contradicting-order`: mirrors of one source that lists have in orders which contradict.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::{code, codes};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::registries::Role;
use crate::registries::sources::{Contradiction, MergedSource, PullForm};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "contradicting-order",
        code: "PP011",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("contradicting_order.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for form in PullForm::ALL {
        for source in model.shared_sources(form) {
            if let Some(contradiction) = source.contradiction {
                tell(&source, contradiction, form, emit);
            }
        }
    }
}

fn tell(
    source: &MergedSource<'_>,
    contradiction: Contradiction<'_>,
    form: PullForm,
    emit: &mut Emit<'_>,
) {
    let Contradiction { before, after } = contradiction;
    let name = code(source.source);
    let mut places = source
        .origins
        .iter()
        .filter(|origin| origin.role == Role::Source)
        .map(|origin| origin.span);
    let Some(first) = places.next() else {
        return;
    };
    let is_source_kept = source
        .mirrors
        .iter()
        .any(|mirror| mirror.location == source.source);
    let message = if is_source_kept {
        format!(
            "pulls of {name} by {} contact the source before some mirrors",
            form.name()
        )
    } else if before == after {
        format!("mirror {} of {name} stands in one list twice", code(before))
    } else {
        format!(
            "mirrors of {name} are listed in contradicting orders, {} before {} and after it",
            code(before),
            code(after)
        )
    };
    let order = codes(source.mirrors.iter().map(|mirror| mirror.location));
    let rest = if is_source_kept {
        ""
    } else {
        ", then the source"
    };
    emit.add(first, message)
        .also_each(places.map(|span| (span, "the same source".to_owned())))
        .help(format!(
            "list each mirror once and in the same order everywhere: nodes now try {order}{rest}"
        ));
}
