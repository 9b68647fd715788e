//! `changed-pull`: pulls that go elsewhere than they did.

use super::super::change::Change;
use super::{ChangeRule, Emit, is_common, names, stories};
use crate::compare::Change as PullChange;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::codes;
use crate::model::Model;
use crate::scope::authority_of;
use crate::sorted::Set;

pub(super) static RULE: ChangeRule = ChangeRule {
    card: Card {
        id: "changed-pull",
        code: "PC003",
        severity: Severity::Info,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("changed_pull.md"),
    },
    check,
};

fn check(change: &Change<'_>, emit: &mut Emit<'_>) {
    let Some(span) = change.span else {
        return;
    };
    let pulls = change.pulls.iter();
    let mut pulls = pulls.filter(|pull| pull.change != PullChange::Fails && is_common(pull));
    let Some(first) = pulls.next() else {
        return;
    };
    let named = named_hosts(change.after(), change);
    let (mut leaving, mut others, mut hosts) = (Vec::new(), Vec::new(), Set::new());
    for pull in std::iter::once(first).chain(pulls) {
        let new_hosts = pull.new_hosts().into_iter();
        let unnamed: Vec<&str> = new_hosts.filter(|host| !named.contains(host)).collect();
        match unnamed.is_empty() {
            true => others.push(pull),
            false => leaving.push(pull),
        }
        hosts.extend(unnamed);
    }
    if !leaving.is_empty() {
        let message = format!(
            "{} contact {}, which they did not",
            names(&leaving),
            codes(hosts)
        );
        let finding = emit.add(span, message);
        finding.severity(Severity::Warning);
        finding.related = stories(change, &leaving, span);
        finding.help("make sure that nodes may reach it, and that these pulls may leave for it");
    }
    if !others.is_empty() {
        let message = format!("{} go elsewhere", names(&others));
        emit.add(span, message).related = stories(change, &others, span);
    }
}

/// The hosts that the object asks for itself: those of its mirrors, and its search registries.
fn named_hosts<'a>(after: &'a Model, change: &Change<'_>) -> Set<&'a str> {
    let file = change
        .object
        .as_ref()
        .map(|judged| judged.object.span().file);
    let sets = after.mirror_sets.iter();
    let own = sets.filter(|set| Some(set.span.file) == file);
    let entries = own.flat_map(|set| &set.entries);
    let mirrors = entries.flat_map(|entry| &entry.mirrors);
    let search = after.image.search.iter().flatten();
    let search = search.filter(|host| Some(host.span.file) == file);
    let texts = mirrors.chain(search);
    texts.map(|text| authority_of(&text.value)).collect()
}
