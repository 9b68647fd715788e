//! What a change does to pulls: every reference that stands for some that change, before and after.
//!
//! Nothing is worked out about entries: `regions` has a witness of each class of pulls that may
//! change, and `resolve` is asked about each in both configurations.

use crate::reference::Reference;
use crate::regions::{Also, Extent, Lengths, Regions, short};
use crate::registries::entry::ShortNameMode;
use crate::registries::load::{Registries, RegistryId};
use crate::resolve::short_name::candidates;
use crate::resolve::{Attempt, Endpoint, tried};
use std::collections::BTreeSet;

mod scopes;

/// How a pull changes, most grave first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Change {
    /// Something was contacted, and nothing will be.
    Fails,
    /// A host is contacted that was not.
    ContactsNewHost,
    /// The first endpoint is another one.
    StartsElsewhere,
    /// The same hosts and start, otherwise arranged.
    Rearranged,
    /// Nothing was contacted, and something will be.
    Works,
}

/// A pull that a change alters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangedPull {
    /// How it changes.
    pub change: Change,
    /// A reference that stands for every pull that changes alike.
    pub witness: String,
    /// Which pulls it stands for.
    pub extent: Extent,
    /// The entry that governed it; `None` when none did, or it is a short name.
    pub entry_before: Option<RegistryId>,
    /// The entry that will govern it; `None` when none will, or it is a short name.
    pub entry_after: Option<RegistryId>,
    /// What was tried, in order: what is refused before anything is sent is left out.
    pub before: Vec<String>,
    /// What will be tried, in order.
    pub after: Vec<String>,
}

impl ChangedPull {
    /// The hosts that are contacted and were not, in order, each once.
    pub fn new_hosts(&self) -> Vec<&str> {
        let mut hosts = Vec::new();
        for host in self.after.iter().map(|text| host_of(text)) {
            let was = self.before.iter().any(|text| host_of(text) == host);
            if !was && !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        hosts
    }
}

/// The pulls that differ between two configurations, the gravest first, then by witness.
///
/// Pulls are told once that the same entries govern, and whose endpoints are the same but for
/// what is behind the entries' prefixes.
/// Names too long for some endpoint are looked at only where no others of the scope change.
/// Takes time linear in both configurations, but for sorting, and up to `regions::CUTS_MAX`.
pub fn compare(before: &Registries, after: &Registries) -> Vec<ChangedPull> {
    let mut found = Found {
        before,
        after,
        told: BTreeSet::new(),
        changed: Vec::new(),
    };
    found.short_names();
    let regions = Regions::of_both(before, after, &Also::default());
    for scope in scopes::touched(before, after) {
        let n_told = found.told.len();
        for region in regions.of_scope(scope, Lengths::Usual).regions {
            found.ask(&region.witness, region.extent);
        }
        if found.told.len() == n_told {
            for region in regions.of_scope(scope, Lengths::All).regions {
                found.ask(&region.witness, region.extent);
            }
        }
    }
    let Found { mut changed, .. } = found;
    changed.sort_by(|left, right| {
        let by_witness = || left.witness.cmp(&right.witness);
        left.change.cmp(&right.change).then_with(by_witness)
    });
    changed
}

/// What pulls that change alike have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Class {
    change: Change,
    entries: [Option<RegistryId>; 2],
    endpoints: [Vec<Endpoint>; 2],
    /// For short names, which no one entry governs.
    hosts: [Vec<String>; 2],
}

struct Found<'a> {
    before: &'a Registries,
    after: &'a Registries,
    told: BTreeSet<Class>,
    changed: Vec<ChangedPull>,
}

impl Found<'_> {
    /// Asks about a witness.
    fn ask(&mut self, reference: &Reference, extent: Extent) {
        let (entry_before, before) = tried(self.before, reference);
        let (entry_after, after) = tried(self.after, reference);
        let tried_before = before.as_deref().unwrap_or_default();
        let tried_after = after.as_deref().unwrap_or_default();
        let Some(change) = change(tried_before, tried_after) else {
            return;
        };
        let class = Class {
            change,
            entries: [entry_before, entry_after],
            endpoints: [tried_before, tried_after]
                .map(|tried| contacted(tried).map(|it| it.endpoint).collect()),
            hosts: [Vec::new(), Vec::new()],
        };
        if self.told.insert(class) {
            self.changed.push(ChangedPull {
                change,
                witness: reference.as_str().to_owned(),
                extent,
                entry_before,
                entry_after,
                before: texts(tried_before),
                after: texts(tried_after),
            });
        }
    }

    /// Names without a host that stand for those which search registries or aliases complete in
    /// another way.
    fn changed_short_names(&self) -> Vec<String> {
        let (before, after) = (self.before, self.after);
        let search = |registries: &Registries| -> Vec<String> {
            let hosts = registries.search.iter().map(|host| host.value.clone());
            hosts.collect()
        };
        let mut names = match search(before) == search(after) {
            true => Vec::new(),
            false => short::names(&[before, after], &BTreeSet::new()),
        };
        let is_alias =
            |name: &String| before.aliases.contains_key(name) || after.aliases.contains_key(name);
        names.retain(|name| !is_alias(name));
        let aliases = before.aliases.iter().chain(&after.aliases);
        let is_other = |name: &&String| before.aliases.get(*name) != after.aliases.get(*name);
        names.extend(aliases.map(|(name, _)| name).filter(is_other).cloned());
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Names without a host, where what makes them whole is another.
    fn short_names(&mut self) {
        for name in self.changed_short_names() {
            let [before, after] = [self.before, self.after].map(|it| short_attempts(it, &name));
            let Some(change) = change(&before, &after) else {
                continue;
            };
            let hosts = |tried: &[Attempt]| -> Vec<String> {
                let hosts = contacted(tried).map(|it| it.reference.domain().to_owned());
                hosts.collect()
            };
            let class = Class {
                change,
                entries: [None, None],
                endpoints: [Vec::new(), Vec::new()],
                hosts: [hosts(&before), hosts(&after)],
            };
            if self.told.insert(class) {
                self.changed.push(ChangedPull {
                    change,
                    witness: name,
                    extent: Extent::ShortName,
                    entry_before: None,
                    entry_after: None,
                    before: texts(&before),
                    after: texts(&after),
                });
            }
        }
    }
}

/// What is tried for a short name: all candidates one after the other, as on a node.
fn short_attempts(registries: &Registries, name: &str) -> Vec<Attempt> {
    let references = candidates(registries, name, ShortNameMode::Disabled).unwrap_or_default();
    let attempts = references
        .iter()
        .map(|reference| tried(registries, reference).1.unwrap_or_default());
    attempts.flatten().collect()
}

/// The attempts for which something is sent.
fn contacted(attempts: &[Attempt]) -> impl Iterator<Item = &Attempt> + Clone {
    let is_sent = |attempt: &&Attempt| attempt.blocked_by.is_none() && attempt.refusal.is_none();
    attempts.iter().filter(is_sent)
}

/// How a pull changes; `None` when it does not.
fn change(before: &[Attempt], after: &[Attempt]) -> Option<Change> {
    let (mut before, mut after) = (contacted(before), contacted(after));
    let references = before.clone().map(|it| &it.reference);
    if references.eq(after.clone().map(|it| &it.reference)) {
        return None;
    }
    let is_new = |attempt: &Attempt| {
        let host = attempt.reference.domain();
        before.clone().all(|it| it.reference.domain() != host)
    };
    let any_new = after.clone().any(is_new);
    Some(match (before.next(), after.next()) {
        (_, None) => Change::Fails,
        (None, _) => Change::Works,
        _ if any_new => Change::ContactsNewHost,
        (Some(before), Some(after)) if before.reference != after.reference => {
            Change::StartsElsewhere
        }
        _ => Change::Rearranged,
    })
}

fn texts(attempts: &[Attempt]) -> Vec<String> {
    contacted(attempts)
        .map(|it| it.reference.as_str().to_owned())
        .collect()
}

/// The host of a reference or location that has one.
pub(crate) fn host_of(reference: &str) -> &str {
    let end = reference.bytes().position(|byte| byte == b'/');
    &reference[..end.unwrap_or(reference.len())]
}

#[cfg(test)]
mod tests;
