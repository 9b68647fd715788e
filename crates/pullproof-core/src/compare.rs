//! What a change does to pulls: every reference that stands for some that change, before and after.
//!
//! Nothing is worked out about entries: witnesses are chosen so that each class of pulls that may
//! change has one, and `resolve` is asked about each in both configurations.

use crate::registries::entry::ShortNameMode;
use crate::registries::load::{Registries, RegistryId};
use crate::resolve::short_name::candidates;
use crate::resolve::{Attempt, Endpoint, tried};
use std::collections::BTreeSet;
use witness::{Witness, extreme_witnesses, witnesses};

mod scopes;
mod witness;

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

/// How a witness lies to the scope of the entry that it is chosen for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Extent {
    /// Below it, as most pulls.
    Below,
    /// It is the scope itself, as a repository.
    Itself,
    /// On another port of its host.
    Port,
    /// As long as names may be, where all others fare alike.
    Long,
    /// It has no host: search registries and aliases make it whole.
    ShortName,
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
/// Takes time linear in both configurations, but for sorting, and up to `witness::CUTS_MAX`.
pub fn compare(before: &Registries, after: &Registries) -> Vec<ChangedPull> {
    let mut found = Found {
        before,
        after,
        told: BTreeSet::new(),
        changed: Vec::new(),
    };
    found.short_names();
    let touched = scopes::touched(before, after);
    for scope in &touched.scopes {
        let n_told = found.told.len();
        for witness in witnesses(before, after, scope, &touched) {
            found.ask(scope, &witness);
        }
        if found.told.len() == n_told {
            for witness in extreme_witnesses(before, after, scope) {
                found.ask(scope, &witness);
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
    /// Asks about a witness, unless its scope's entry governs it in neither configuration.
    fn ask(&mut self, scope: &str, witness: &Witness) {
        let Witness { reference, extent } = witness;
        let (entry_before, before) = tried(self.before, reference);
        let (entry_after, after) = tried(self.after, reference);
        let is_governed = |registries: &Registries, id: Option<RegistryId>| {
            id.is_some_and(|id| registries.registry(id).prefix == scope)
        };
        if !is_governed(self.before, entry_before) && !is_governed(self.after, entry_after) {
            return;
        }
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
                extent: *extent,
                entry_before,
                entry_after,
                before: texts(tried_before),
                after: texts(tried_after),
            });
        }
    }

    /// Names without a host, where what makes them whole is another.
    fn short_names(&mut self) {
        for name in witness::short_names(self.before, self.after) {
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
