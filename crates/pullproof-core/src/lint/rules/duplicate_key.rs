//! `duplicate-key`: a key that the same mapping has already.

use crate::document::ProblemKind;
use crate::file::Span;
use crate::finding::{Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, edits};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "duplicate-key",
        code: "PP002",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("duplicate_key.md"),
    },
    looks_at: Subject::Problems,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for problem in &model.problems {
        if let ProblemKind::DuplicateKey { key, first } = &problem.kind {
            emit.add(problem.span, format!("key {} is given twice", code(key)))
                .also(*first, "here for the first time")
                .help("keep one: clients refuse the document, or drop all but the last")
                .fix = fix(model, *first, problem.span);
        }
    }
}

/// Removes the first one, which those clients drop that read the document.
fn fix(model: &Model, first: Span, last: Span) -> Option<Fix> {
    let (edit, is_same) = edits::remove_repeated(model, first, last)?;
    Some(match is_same {
        true => Fix::new("remove one: both say the same", Safety::Safe, vec![edit]),
        false => Fix::new("keep the last one", Safety::Unsafe, vec![edit]),
    })
}
