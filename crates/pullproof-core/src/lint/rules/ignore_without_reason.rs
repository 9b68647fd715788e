//! `ignore-without-reason`: a comment or annotation that leaves findings out and does not say why.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::codes;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "ignore-without-reason",
        code: "PP091",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("ignore_without_reason.md"),
    },
    looks_at: Subject::Ignores,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let ignores = model.ignores.ignores.iter();
    for ignore in ignores.filter(|ignore| !ignore.has_reason()) {
        let names = codes(ignore.names.iter().map(|name| name.value.as_str()));
        let help = match ignore.list {
            Some(_) => "say behind `]` why the finding may stay",
            None => "say behind `:` why the finding may stay",
        };
        emit.add(
            ignore.span,
            format!("{names} still counts, since no reason is given"),
        )
        .help(help);
    }
}
