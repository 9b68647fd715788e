//! `malformed-ignore`: a comment or annotation that is meant to leave findings out and is of
//! another form.

use crate::finding::Severity;
use crate::ignore::{ANNOTATION, FaultKind, NAMES_MAX};
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "malformed-ignore",
        code: "PP090",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("malformed_ignore.md"),
    },
    looks_at: Subject::Ignores,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for fault in &model.ignores.faults {
        let (message, help) = match fault.kind {
            FaultKind::Comment => (
                "the comment leaves nothing out, since its form is unknown".to_owned(),
                "write `# pullproof: ignore[RULE] reason`".to_owned(),
            ),
            FaultKind::NotAtTop => (
                "`ignore-file` counts only before everything else in the file".to_owned(),
                "move it to the top, or write `ignore[RULE]` at the place".to_owned(),
            ),
            FaultKind::Annotation => (
                format!("annotation `{ANNOTATION}` leaves nothing out, since its form is unknown"),
                "write `RULE: reason`, several parted by `;`".to_owned(),
            ),
            FaultKind::TooMany => (
                format!("this and what follows does not count: it is past {NAMES_MAX} names"),
                "leave rules out for paths in `.pullproof.toml`".to_owned(),
            ),
        };
        emit.add(fault.span, message).help(help);
    }
}
