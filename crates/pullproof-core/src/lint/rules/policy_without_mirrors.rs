//! `policy-without-mirrors`: a policy of an entry that counts for nothing.

use crate::file::Spanned;
use crate::finding::{Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, edits};
use crate::model::Model;
use crate::resource::mirror_set::{MirrorEntry, SourcePolicy};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "policy-without-mirrors",
        code: "PP012",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Safe),
        page: page!("policy_without_mirrors.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for entry in model.entries() {
        let Some(policy) = &entry.policy else {
            continue;
        };
        if !counts_for_nothing(entry, policy.value) {
            continue;
        }
        let (name, help, edit) = match policy.value {
            SourcePolicy::NeverContactSource => (
                "NeverContactSource",
                "add a mirror, or list the source in `blockedRegistries` of `Image/cluster`",
                None,
            ),
            SourcePolicy::AllowContactingSource => (
                "AllowContactingSource",
                "add a mirror, or remove the entry",
                edits::remove_entry_of(model, policy.span),
            ),
        };
        let source = code(&entry.source.value);
        let message = format!("`{name}` of source {source} is ignored without a mirror");
        emit.add(policy.span, message)
            .also(entry.source.span, "the source")
            .help(help)
            .fix = edit.map(|edit| Fix::new("remove the policy", Safety::Safe, vec![edit]));
    }
}

/// Whether the operator passes over an entry without a word.
fn counts_for_nothing(entry: &MirrorEntry, policy: SourcePolicy) -> bool {
    match policy {
        // With the source as its mirror the entry is refused, which another rule tells.
        SourcePolicy::NeverContactSource => entry.mirrors.is_empty(),
        SourcePolicy::AllowContactingSource => {
            let is_source = |mirror: &Spanned<String>| mirror.value == entry.source.value;
            entry.mirrors.iter().all(is_source)
        }
    }
}
