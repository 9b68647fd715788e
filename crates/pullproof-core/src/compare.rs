//! What a change does to pulls: every reference that stands for some that change, before and after.
//!
//! Nothing is worked out about entries: `regions` has a witness of each class of pulls that may
//! change, and `resolve` is asked about each in both configurations.

use crate::model::Model;
use crate::order;
use crate::policy_json::Policy;
use crate::policy_json::decision::Verdict;
use crate::reference::Reference;
use crate::regions::{Also, Extent, Names, Region, Regions, short};
use crate::registries::entry::ShortNameMode;
use crate::registries::load::{Registries, RegistryId};
use crate::resolve::short_name::candidates;
use crate::resolve::{Attempt, Endpoint, tried, tried_by};
use crate::scope::authority_of;
use crate::sorted::Set;

pub mod nodes;
mod scopes;
pub mod story;

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

impl Change {
    /// A word for machines.
    pub fn name(self) -> &'static str {
        match self {
            Change::Fails => "fails",
            Change::ContactsNewHost => "contacts-new-host",
            Change::StartsElsewhere => "starts-elsewhere",
            Change::Rearranged => "rearranged",
            Change::Works => "works",
        }
    }

    /// A heading for pulls that change so.
    pub fn title(self) -> &'static str {
        match self {
            Change::Fails => "Pulls that worked and will fail",
            Change::ContactsNewHost => "Pulls that contact a host they did not",
            Change::StartsElsewhere => "Pulls that try another endpoint first",
            Change::Rearranged => "Pulls whose later endpoints change",
            Change::Works => "Pulls that failed and will work",
        }
    }
}

/// What nodes pull with.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    /// The configuration in force.
    pub registries: &'a Registries,
    /// Which images are let in; `None` where all are.
    pub policy: Option<&'a Policy>,
}

impl<'a> Node<'a> {
    /// What the nodes of a cluster pull with; `None` where they load no configuration.
    pub fn of(model: &'a Model) -> Option<Node<'a>> {
        Some(Node {
            registries: model.loaded()?,
            policy: model.policy(),
        })
    }
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
    /// Whether policy.json let the image in, and whether it will.
    pub is_let_in: [bool; 2],
}

impl ChangedPull {
    /// The hosts that are contacted and were not, in order, each once.
    pub fn new_hosts(&self) -> Vec<&str> {
        let mut hosts = Vec::new();
        for host in self.after.iter().map(|text| authority_of(text)) {
            let mut before = self.before.iter();
            let was = before.any(|text| authority_of(text) == host);
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
    let node = |registries| Node {
        registries,
        policy: None,
    };
    compare_nodes(node(before), node(after))
}

/// The same for what nodes let in, too: a pull that policy.json refuses works no more than one for
/// which nothing is contacted.
pub fn compare_nodes(before: Node<'_>, after: Node<'_>) -> Vec<ChangedPull> {
    let mut found = Found {
        before,
        after,
        told: Set::new(),
        changed: Vec::new(),
    };
    found.short_names();
    let is_policy_touched = !is_same_policy(before.policy, after.policy);
    let policies = [before.policy, after.policy].into_iter().flatten();
    let policy_scopes = policies.flat_map(|policy| policy.scopes.keys());
    let also = Also {
        asked_for: match is_policy_touched {
            true => policy_scopes.map(String::as_str).collect(),
            false => Set::new(),
        },
        ..Also::default()
    };
    let regions = Regions::of_both(before.registries, after.registries, &also);
    let touched = match is_policy_touched {
        true => regions.scopes(),
        false => scopes::touched(before.registries, after.registries),
    };
    if is_policy_touched {
        for region in regions.outside() {
            found.ask(region);
        }
    }
    for scope in touched {
        let n_told = found.told.len();
        for region in regions.of_scope(scope, Names::Usual).regions {
            found.ask(region);
        }
        if found.told.len() == n_told {
            for region in regions.of_scope(scope, Names::All).regions {
                found.ask(region);
            }
        }
    }
    let Found { mut changed, .. } = found;
    order::sort_by(&mut changed, |left, right| {
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
    /// The innermost scope of policy.json; empty where it stays as it is, or there is none.
    policy_scope: String,
}

struct Found<'a> {
    before: Node<'a>,
    after: Node<'a>,
    told: Set<Class>,
    changed: Vec<ChangedPull>,
}

/// What a pull is asked of, and whether the image is let in.
struct Side<'a> {
    attempts: &'a [Attempt],
    is_let_in: bool,
}

impl Found<'_> {
    /// Asks about a witness.
    fn ask(&mut self, region: Region<'_>) {
        let Region {
            class,
            witness: reference,
            extent,
        } = region;
        let (entry_before, entry_after) = (class.entry(0), class.entry(1));
        // Where a rewritten name is none, nothing is tried.
        let tried = |registries, entry| tried_by(registries, entry, &reference).unwrap_or_default();
        let before = tried(self.before.registries, entry_before);
        let after = tried(self.after.registries, entry_after);
        let is_let_in = [self.before, self.after].map(|node| is_let_in(node.policy, &reference));
        let sides = [(&before, is_let_in[0]), (&after, is_let_in[1])];
        let sides = sides.map(|(attempts, is_let_in)| Side {
            attempts,
            is_let_in,
        });
        let Some(change) = change(&sides) else {
            return;
        };
        let class = Class {
            change,
            entries: [entry_before, entry_after],
            endpoints: [&sides[0], &sides[1]]
                .map(|side| contacted(side.attempts).map(|it| it.endpoint).collect()),
            hosts: [Vec::new(), Vec::new()],
            policy_scope: class.boundary().to_owned(),
        };
        if self.told.insert(class) {
            self.changed.push(ChangedPull {
                change,
                witness: reference.into_string(),
                extent,
                entry_before,
                entry_after,
                before: texts(before),
                after: texts(after),
                is_let_in,
            });
        }
    }

    /// Names without a host that stand for those which search registries or aliases complete in
    /// another way.
    fn changed_short_names(&self) -> Vec<String> {
        let (before, after) = (self.before.registries, self.after.registries);
        let search = |registries: &Registries| -> Vec<String> {
            let hosts = registries.search.iter().map(|host| host.value.clone());
            hosts.collect()
        };
        let mut names = match search(before) == search(after) {
            true => Vec::new(),
            false => short::usual_names(&[before, after]),
        };
        let is_alias =
            |name: &String| before.aliases.contains_key(name) || after.aliases.contains_key(name);
        names.retain(|name| !is_alias(name));
        let aliases = before.aliases.iter().chain(&after.aliases);
        let is_other = |name: &&String| before.aliases.get(*name) != after.aliases.get(*name);
        names.extend(aliases.map(|(name, _)| name).filter(is_other).cloned());
        order::sort(&mut names);
        names.dedup();
        names
    }

    /// Names without a host, where what makes them whole is another.
    fn short_names(&mut self) {
        for name in self.changed_short_names() {
            let nodes = [self.before, self.after];
            let [before, after] = nodes.map(|node| short_attempts(node.registries, &name));
            let side = |attempts| Side {
                attempts,
                is_let_in: true,
            };
            let Some(change) = change(&[side(&before), side(&after)]) else {
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
                policy_scope: String::new(),
            };
            if self.told.insert(class) {
                self.changed.push(ChangedPull {
                    change,
                    witness: name,
                    extent: Extent::ShortName,
                    entry_before: None,
                    entry_after: None,
                    before: texts(before),
                    after: texts(after),
                    is_let_in: [true; 2],
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
    attempts.iter().filter(|attempt| is_sent(attempt))
}

fn is_sent(attempt: &Attempt) -> bool {
    attempt.blocked_by.is_none() && attempt.refusal.is_none()
}

/// How a pull changes; `None` when it does not.
fn change([before, after]: &[Side<'_>; 2]) -> Option<Change> {
    let contacts = |side: &Side<'_>| contacted(side.attempts).next().is_some();
    let works = [before, after].map(|side| side.is_let_in && contacts(side));
    let (mut before, mut after) = (contacted(before.attempts), contacted(after.attempts));
    let references = before.clone().map(|it| &it.reference);
    let is_same = references.eq(after.clone().map(|it| &it.reference));
    if is_same && works[0] == works[1] {
        return None;
    }
    let is_new = |attempt: &Attempt| {
        let host = attempt.reference.domain();
        before.clone().all(|it| it.reference.domain() != host)
    };
    let any_new = after.clone().any(is_new);
    Some(match works {
        [true, false] => Change::Fails,
        [false, true] => Change::Works,
        _ if any_new => Change::ContactsNewHost,
        _ => match (before.next(), after.next()) {
            (Some(before), Some(after)) if before.reference == after.reference => {
                Change::Rearranged
            }
            _ => Change::StartsElsewhere,
        },
    })
}

fn is_let_in(policy: Option<&Policy>, reference: &Reference) -> bool {
    policy.is_none_or(|policy| policy.deciding(reference).1.verdict() != Verdict::Rejected)
}

/// Whether two policies let in the same images, as far as scopes tell.
fn is_same_policy(before: Option<&Policy>, after: Option<&Policy>) -> bool {
    let verdicts = |policy: &Policy| {
        let scopes = policy.scopes.iter();
        let scopes = scopes.map(|(scope, what)| (scope.clone(), what.verdict()));
        (policy.default.verdict(), scopes.collect::<Vec<_>>())
    };
    let anything = (Verdict::Accepted, Vec::new());
    let verdicts = |policy: Option<&Policy>| policy.map_or_else(|| anything.clone(), verdicts);
    verdicts(before) == verdicts(after)
}

fn texts(attempts: Vec<Attempt>) -> Vec<String> {
    let sent = attempts.into_iter().filter(is_sent);
    sent.map(|it| it.reference.into_string()).collect()
}

#[cfg(test)]
mod tests;
