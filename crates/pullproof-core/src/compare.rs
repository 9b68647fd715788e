//! What a change does to pulls: every reference that stands for some that change, before and after.
//!
//! Nothing is worked out about entries: witnesses are chosen so that each class of pulls that may
//! change has one, and `resolve` is asked about each in both configurations.

use crate::registries::entry::ShortNameMode;
use crate::registries::load::{Registries, RegistryId};
use crate::resolve::short_name::candidates;
use crate::resolve::{Attempt, Endpoint, resolve};
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
            found.ask(&witness);
        }
        if found.told.len() == n_told {
            for witness in extreme_witnesses(before, after, scope) {
                found.ask(&witness);
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
    fn ask(&mut self, witness: &Witness) {
        let [before, after] = [self.before, self.after].map(|it| resolve(it, &witness.reference));
        let attempts = [&before, &after].map(|it| it.attempts.as_deref().unwrap_or_default());
        let [tried_before, tried_after] = attempts.map(contacted);
        let Some(change) = change(&tried_before, &tried_after) else {
            return;
        };
        let endpoints = |tried: &[&Attempt]| tried.iter().map(|it| it.endpoint).collect();
        let class = Class {
            change,
            entries: [before.registry, after.registry],
            endpoints: [endpoints(&tried_before), endpoints(&tried_after)],
            hosts: [Vec::new(), Vec::new()],
        };
        if self.told.insert(class) {
            self.changed.push(ChangedPull {
                change,
                witness: witness.reference.to_string(),
                extent: witness.extent,
                entry_before: before.registry,
                entry_after: after.registry,
                before: texts(&tried_before),
                after: texts(&tried_after),
            });
        }
    }

    /// Names without a host, where what makes them whole is another.
    fn short_names(&mut self) {
        for name in witness::short_names(self.before, self.after) {
            let [before, after] = [self.before, self.after].map(|it| short_attempts(it, &name));
            let [tried_before, tried_after] = [&before, &after].map(|it| contacted(it));
            let Some(change) = change(&tried_before, &tried_after) else {
                continue;
            };
            let hosts = |tried: &[&Attempt]| -> Vec<String> {
                let hosts = tried.iter().map(|it| it.reference.domain().to_owned());
                hosts.collect()
            };
            let class = Class {
                change,
                entries: [None, None],
                endpoints: [Vec::new(), Vec::new()],
                hosts: [hosts(&tried_before), hosts(&tried_after)],
            };
            if self.told.insert(class) {
                self.changed.push(ChangedPull {
                    change,
                    witness: name,
                    extent: Extent::ShortName,
                    entry_before: None,
                    entry_after: None,
                    before: texts(&tried_before),
                    after: texts(&tried_after),
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
        .map(|reference| resolve(registries, reference).attempts.unwrap_or_default());
    attempts.flatten().collect()
}

/// The attempts for which something is sent.
fn contacted(attempts: &[Attempt]) -> Vec<&Attempt> {
    let is_sent = |attempt: &&Attempt| attempt.blocked_by.is_none() && attempt.refusal.is_none();
    attempts.iter().filter(is_sent).collect()
}

/// How a pull changes; `None` when it does not.
fn change(before: &[&Attempt], after: &[&Attempt]) -> Option<Change> {
    let is_same = |(left, right): (&&Attempt, &&Attempt)| left.reference == right.reference;
    if before.len() == after.len() && before.iter().zip(after).all(is_same) {
        return None;
    }
    let is_new = |attempt: &&Attempt| {
        let host = attempt.reference.domain();
        before.iter().all(|it| it.reference.domain() != host)
    };
    Some(match (before.first(), after.first()) {
        (_, None) => Change::Fails,
        (None, _) => Change::Works,
        _ if after.iter().any(is_new) => Change::ContactsNewHost,
        (Some(before), Some(after)) if before.reference != after.reference => {
            Change::StartsElsewhere
        }
        _ => Change::Rearranged,
    })
}

fn texts(tried: &[&Attempt]) -> Vec<String> {
    tried.iter().map(|it| it.reference.to_string()).collect()
}

/// The host of a reference that has one.
fn host_of(reference: &str) -> &str {
    reference.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
