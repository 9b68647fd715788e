//! `failing-pull`: pulls that contacted something and now contact nothing.

use super::super::change::Change;
use super::{ChangeRule, Emit, is_common, names, stories};
use crate::compare::{Change as PullChange, ChangedPull};
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};

pub(super) static RULE: ChangeRule = ChangeRule {
    card: Card {
        id: "failing-pull",
        code: "PC002",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("failing_pull.md"),
    },
    check,
};

fn check(change: &Change<'_>, emit: &mut Emit<'_>) {
    let Some(span) = change.span else {
        return;
    };
    let is_failing = |pull: &&ChangedPull| pull.change == PullChange::Fails && is_common(pull);
    let pulls: Vec<&ChangedPull> = change.pulls.iter().filter(is_failing).collect();
    if pulls.is_empty() {
        return;
    }
    let message = format!("after this, {} contact nothing", names(&pulls));
    let finding = emit.add(span, message);
    finding.related = stories(change, &pulls, span);
    finding.help("keep a mirror for them, or let them contact their source");
}
