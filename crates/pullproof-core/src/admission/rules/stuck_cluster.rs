//! `stuck-cluster`: a change of a cluster whose operator writes nothing already.

use super::super::change::Change;
use super::{ChangeRule, Emit};
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};

pub(super) static RULE: ChangeRule = ChangeRule {
    card: Card {
        id: "stuck-cluster",
        code: "PC005",
        severity: Severity::Info,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("stuck_cluster.md"),
    },
    check,
};

fn check(change: &Change<'_>, emit: &mut Emit<'_>) {
    let refusals = change.before().refusals();
    let Some(span) = change.span.filter(|_| !refusals.is_empty()) else {
        return;
    };
    let message = match change.after().refusals() {
        [] => "the operator writes registries again, with all that changed since it stopped",
        _ => "the operator writes no registries, and did not before this change",
    };
    let places = refusals.iter().flat_map(|refusal| {
        let said = format!("the operator said: {}", refusal.reason());
        refusal.spans().first().map(|span| (*span, said))
    });
    emit.add(span, message)
        .also_each(places)
        .help("what this does to nodes and pulls cannot be told, as nobody knows what nodes have");
}
