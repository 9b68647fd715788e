//! `unreadable-document`: a document that cannot be read at all.

use crate::document::ProblemKind;
use crate::finding::{Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, edits, unclosed};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unreadable-document",
        code: "PP001",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("unreadable_document.md"),
    },
    looks_at: Subject::Problems,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for problem in model.problems.iter().filter(|it| it.kind.is_fatal()) {
        let finding = emit.add(problem.span, problem.kind.to_string());
        if let Some(help) = help(&problem.kind) {
            finding.help(help);
        }
        if let ProblemKind::UnknownAlias(_) = &problem.kind {
            let edit = edits::quote_alias(model, problem.span);
            finding.fix =
                edit.map(|edit| Fix::new("put the wildcard in quotes", Safety::Safe, vec![edit]));
        }
        if let ProblemKind::Syntax(_) = &problem.kind
            && let Some(unclosed) = unclosed::find(model, problem.span)
        {
            let closing = code(&unclosed.edit.text);
            finding
                .also(unclosed.opening, "this stays open")
                .help(format!(
                    "close it: commands in documents often lack the last {closing}"
                ))
                .fix(
                    format!("put {closing} at the end"),
                    Safety::Unsafe,
                    vec![unclosed.edit],
                );
        }
    }
}

fn help(kind: &ProblemKind) -> Option<&'static str> {
    match kind {
        ProblemKind::Syntax(text) if text.contains("tab") => {
            Some("indent with spaces: YAML allows no tabs there")
        }
        ProblemKind::CompositeKey => {
            Some("put the key in quotes; where it is a template, render that first")
        }
        ProblemKind::TooLong { .. } | ProblemKind::TooManyDocuments => Some("split the file"),
        ProblemKind::TooDeep | ProblemKind::TooManyNodes { .. } => {
            Some("no object of a cluster looks like this: check what made the file")
        }
        ProblemKind::TooManyAliases => Some("write the values out instead of repeating aliases"),
        ProblemKind::UnknownAlias(name) if name.starts_with('.') => {
            Some("put the wildcard in quotes, since `*` alone starts an alias")
        }
        ProblemKind::UnknownAlias(_) => {
            Some("define the anchor before, in the same document, or put the text in quotes")
        }
        ProblemKind::RecursiveAlias(_) => Some("write out what is meant"),
        ProblemKind::ForbiddenCharacter(_) => Some("remove it"),
        ProblemKind::NotUtf8 => Some("save the file as UTF-8"),
        _ => None,
    }
}
