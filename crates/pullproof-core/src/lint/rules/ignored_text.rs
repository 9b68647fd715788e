//! `ignored-text`: text that is read past, or read as something else.

use crate::document::ProblemKind;
use crate::finding::{Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject, edits};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "ignored-text",
        code: "PP020",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Safe),
        page: page!("ignored_text.md"),
    },
    looks_at: Subject::Problems,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for problem in &model.problems {
        let help = match &problem.kind {
            ProblemKind::IgnoredText => "put `---` on a line of its own before it, or remove it",
            ProblemKind::UnsupportedTag(_) => "remove the tag",
            ProblemKind::LoneSurrogate => "write both halves of the pair, or the character itself",
            _ => continue,
        };
        let edit = match &problem.kind {
            ProblemKind::UnsupportedTag(_) => edits::remove_tag(model, problem.span),
            _ => None,
        };
        emit.add(problem.span, problem.kind.to_string())
            .help(help)
            .fix = edit.map(|edit| Fix::new("remove the tag", Safety::Safe, vec![edit]));
    }
}
