//! `failing-pull`: pulls that worked and now contact nothing, or bring what policy.json refuses.

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
    let failing = change.pulls.iter().filter(is_failing);
    let (refused, unsent): (Vec<_>, Vec<_>) = failing.partition(|pull| !pull.after.is_empty());
    if !unsent.is_empty() {
        let message = format!("after this, {} contact nothing", names(&unsent));
        let finding = emit.add(span, message);
        finding.related = stories(change, &unsent, span);
        finding.help("keep a mirror for them, or let them contact their source");
    }
    if !refused.is_empty() {
        let message = format!("after this, policy.json refuses {}", names(&refused));
        let finding = emit.add(span, message);
        finding.related = stories(change, &refused, span);
        finding.help("let in what pods name: nodes ask about that name, whichever mirror has it");
    }
}
