//! `policy-conflict`: one source that may and may not be contacted.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::registries::refusal::Refusal;
use crate::resource::mirror_set::{MirrorEntry, SourcePolicy};
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "policy-conflict",
        code: "PP008",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("policy_conflict.md"),
    },
    looks_at: Subject::Refusals,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let conflicts = model.refusals().iter().filter_map(|refusal| match refusal {
        Refusal::PolicyConflict(conflict) => Some(conflict.source.value.as_str()),
        _ => None,
    });
    let mut entries_of: Map<&str, Vec<&MirrorEntry>> =
        conflicts.map(|source| (source, Vec::new())).collect();
    if entries_of.is_empty() {
        return;
    }
    for entry in model.entries() {
        if let Some(entries) = entries_of.get_mut(entry.source.value.as_str()) {
            entries.push(entry);
        }
    }
    for (source, entries) in entries_of {
        conflict(source, &entries, emit);
    }
}

fn conflict(source: &str, entries: &[&MirrorEntry], emit: &mut Emit<'_>) {
    let never = SourcePolicy::NeverContactSource;
    let is_never = |entry: &&&MirrorEntry| entry.effective_policy() == never;
    let Some(first) = entries.iter().find(is_never) else {
        return;
    };
    let place = |entry: &MirrorEntry| {
        let policy = entry.policy.as_ref().map(|policy| policy.span);
        policy.unwrap_or(entry.source.span)
    };
    let says = |entry: &&MirrorEntry| {
        let text = match &entry.policy {
            None => "no policy here, which means `AllowContactingSource`",
            Some(policy) if policy.value == never => "`NeverContactSource` here",
            Some(_) => "`AllowContactingSource` here",
        };
        (place(entry), text.to_owned())
    };
    let message = format!("source {} has two policies", code(source));
    // Those that say otherwise come first, since the others repeat the finding.
    let others = entries.iter().filter(|entry| !is_never(entry));
    let same = entries.iter().filter(is_never).skip(1);
    emit.add(place(first), message)
        .also_each(others.chain(same).map(says))
        .help(
            "give every entry of the source one `mirrorSourcePolicy`; until then no change of \
             registries reaches any node",
        );
}
