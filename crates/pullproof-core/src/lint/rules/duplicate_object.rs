//! `duplicate-object`: an object that a later one with its kind and name replaces.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases};
use crate::lint::{Emit, Rule};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "duplicate-object",
        code: "PP019",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: include_str!("duplicate_object.md"),
    },
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for (earlier, later) in &model.replaced {
        let finding = emit.add(
            *earlier,
            "a later object with the same kind and name replaces this",
        );
        finding
            .also(*later, "the later one")
            .help("give it another name, or remove one of them");
    }
}
