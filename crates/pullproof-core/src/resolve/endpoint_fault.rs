//! Mirrors that never answer a pull, found by asking where witnesses of their entry go.
//!
//! All references that an entry governs fare alike but for what is behind its prefix: nothing,
//! one component, or several. So a few witnesses speak for all.

use super::{Attempt, Endpoint, RewriteError, endpoint_attempt, serves};
use crate::order;
use crate::reference::{NAME_MAX_BYTES, Reference};
use crate::registries::entry::{Fate, Forecast, Mirror, Registry};
use crate::registries::load::{Registries, RegistryId};

/// The component that witnesses have behind their entry's prefix.
pub const WITNESS_COMPONENT: &str = "example";

/// A mirror that never answers, or not every pull.
#[derive(Clone, PartialEq, Debug)]
pub struct EndpointFault {
    /// The entry.
    pub registry: RegistryId,
    /// Which of its mirrors, from 0.
    pub mirror_idx: usize,
    /// A reference that shows it.
    pub witness: Reference,
    /// What happens.
    pub kind: EndpointFaultKind,
}

/// Why a mirror does not answer.
#[derive(Clone, PartialEq, Debug)]
pub enum EndpointFaultKind {
    /// The witness cannot be rewritten, which fails its pull before anything is contacted.
    Unusable {
        /// What the rewritten text is and why it is no reference.
        error: RewriteError,
        /// Which pulls fail.
        extent: Extent,
    },
    /// What the witness is rewritten to is blocked by this entry.
    Blocked(RegistryId),
}

/// Which of the references that an entry governs a witness stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// All below its prefix.
    Below,
    /// Those with one component behind its prefix.
    OneComponent,
    /// The prefix itself as a repository.
    Itself,
}

/// Every mirror that does not answer, by entry and mirror.
///
/// Takes time linear in the configuration.
pub fn faults(registries: &Registries) -> Vec<EndpointFault> {
    let mut faults = Vec::new();
    for (id, registry) in registries.entries() {
        for is_digested in [true, false] {
            let is_served = |mirror: &Mirror| {
                !always_answers(mirror) && is_form_of(registry, mirror, is_digested)
            };
            if registry.mirrors.iter().any(is_served) {
                let witnesses = Witnesses::new(registries, id, is_digested);
                let mirrors = registry.mirrors.iter().enumerate();
                let served = mirrors.filter(|(_, mirror)| is_served(mirror));
                faults.extend(served.filter_map(|(mirror_idx, _)| {
                    // A configuration of so many mirrors is never read.
                    let endpoint = Endpoint::Mirror(u32::try_from(mirror_idx).unwrap_or(u32::MAX));
                    let (witness, kind) = witnesses.fault(endpoint)?;
                    Some(EndpointFault {
                        registry: id,
                        mirror_idx,
                        witness,
                        kind,
                    })
                }));
            }
        }
    }
    order::sort_by_key(&mut faults, |fault| (fault.registry, fault.mirror_idx));
    faults
}

/// Whether all references can be rewritten to a mirror and none is blocked there, which is
/// known of nearly every mirror before any is asked about.
fn always_answers(mirror: &Mirror) -> bool {
    const BELOW_MAX_BYTES: usize = 2 * (1 + WITNESS_COMPONENT.len());
    let is_short = mirror.location.len() + BELOW_MAX_BYTES <= NAME_MAX_BYTES;
    match mirror.forecast {
        Forecast::Begins(beginning, Fate::Open) => is_short && beginning.has_path(&mirror.location),
        _ => false,
    }
}

/// Whether a mirror is asked about by witnesses with a digest, or with a tag where it serves
/// nothing else.
fn is_form_of(registry: &Registry, mirror: &Mirror, is_digested: bool) -> bool {
    is_digested == serves(registry, mirror.pull_from_mirror, true)
}

/// The references of one form that stand for all that one entry governs.
pub(super) struct Witnesses<'a> {
    registries: &'a Registries,
    id: RegistryId,
    end: String,
    /// `None` where that is no reference of the entry, as below.
    itself: Option<Reference>,
    one: Option<Reference>,
}

impl<'a> Witnesses<'a> {
    pub(super) fn new(
        registries: &'a Registries,
        id: RegistryId,
        is_digested: bool,
    ) -> Witnesses<'a> {
        let end = witness_end(is_digested);
        let component = format!("/{WITNESS_COMPONENT}");
        let one = witness(registries, id, &component, &end);
        // Directly below Docker Hub there is only `library`, which may be another entry's.
        let two = || witness(registries, id, &component.repeat(2), &end);
        Witnesses {
            registries,
            id,
            itself: witness(registries, id, "", &end),
            one: one.or_else(two),
            end,
        }
    }

    /// The one with one component behind the prefix, or two where another entry governs that; `None`
    /// where neither is a reference of the entry.
    pub(super) fn one(&self) -> Option<&Reference> {
        self.one.as_ref()
    }

    /// What keeps an endpoint from answering, and a witness of it; `None` when nothing does.
    pub(super) fn fault(&self, endpoint: Endpoint) -> Option<(Reference, EndpointFaultKind)> {
        let one = self.one.as_ref()?;
        match self.attempt(one, endpoint) {
            Ok(attempt) => {
                if let Some(blocking) = attempt.blocked_by {
                    return Some((one.clone(), EndpointFaultKind::Blocked(blocking)));
                }
                // What can be rewritten with one component can be with more.
                let itself = self.itself.as_ref()?;
                let error = self.attempt(itself, endpoint).err()?;
                let extent = Extent::Itself;
                Some((
                    itself.clone(),
                    EndpointFaultKind::Unusable { error, extent },
                ))
            }
            Err(error) => {
                let below = format!("/{WITNESS_COMPONENT}/{WITNESS_COMPONENT}");
                let two = witness(self.registries, self.id, &below, &self.end);
                let is_one_only = two.is_some_and(|two| self.attempt(&two, endpoint).is_ok());
                let extent = match is_one_only {
                    true => Extent::OneComponent,
                    false => Extent::Below,
                };
                Some((one.clone(), EndpointFaultKind::Unusable { error, extent }))
            }
        }
    }

    /// What an endpoint is asked for a witness.
    fn attempt(&self, witness: &Reference, endpoint: Endpoint) -> Result<Attempt, RewriteError> {
        endpoint_attempt(self.registries, self.id, endpoint, witness)
    }
}

/// What stands for every digest, or every tag, at the end of a witness.
pub fn witness_end(is_digested: bool) -> String {
    match is_digested {
        true => format!("@sha256:{}", "0".repeat(64)),
        false => ":latest".to_owned(),
    }
}

/// A reference with something behind an entry's prefix; `None` where that is no reference, or
/// another entry governs it.
pub fn witness(
    registries: &Registries,
    id: RegistryId,
    below: &str,
    end: &str,
) -> Option<Reference> {
    let prefix = &registries.registry(id).prefix;
    let host = match prefix.strip_prefix('*') {
        Some(domain) => format!("{WITNESS_COMPONENT}{domain}"),
        None => prefix.clone(),
    };
    let reference = Reference::parse_normalized(&format!("{host}{below}{end}")).ok()?;
    (registries.find(reference.name()) == Some(id)).then_some(reference)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Files;
    use crate::openshift::OpenShift;
    use crate::registries::conf;
    use crate::registries::load::{ConfFile, load};

    #[test]
    fn mirrors_that_do_not_answer_are_found() {
        let cases = [
            ("quay.io/a", "m.com/a", ""),
            ("quay.io/a", "m.com", "Itself quay.io/a"),
            ("quay.io", "m.com", ""),
            ("quay.io", "localhost", ""),
            ("quay.io", "mirror/a", "Below quay.io/example"),
            ("quay.io/a", "mirror", "Below quay.io/a/example"),
            ("quay.io/a", "m.com/A", "Below quay.io/a/example"),
            ("quay.io/a", "docker.io", "OneComponent quay.io/a/example"),
            ("quay.io/a", "index.docker.io/b", "Below quay.io/a/example"),
            ("*.x.com", "m.com/a", ""),
            ("*.x.com", "m/a", "Below example.x.com/example"),
            ("docker.io", "m/a", "Below docker.io/library/example"),
            // No reference is governed by these.
            ("ubi8/ubi", "m/a", ""),
            ("a.com:x", "m/a", ""),
            // The mirror is in the entry that is blocked, in another one, or in none.
            ("b.com", "b.com/cache", "blocked by b.com"),
            ("quay.io/a", "b.com/a", "blocked by b.com"),
            ("quay.io/a", "b.com/open/a", ""),
        ];
        for (prefix, mirror, expected) in cases {
            let text = format!(
                "[[registry]]\nprefix = \"{prefix}\"\nlocation = \"{}\"\nblocked = {}\n\
                 [[registry.mirror]]\nlocation = \"{mirror}\"\n\
                 [[registry]]\nlocation = \"{}\"\nblocked = true\n\
                 [[registry]]\nlocation = \"b.com/open\"\n",
                prefix.trim_start_matches("*."),
                prefix == "b.com",
                if prefix == "b.com" { "c.com" } else { "b.com" },
            );
            let mut files = Files::new();
            let file = files.add("registries.conf", text);
            let conf = conf::decode(&files, file).expect("it is TOML");
            let name = "registries.conf".to_owned();
            let main = ConfFile { name, conf };
            let registries = load(Some(main), Vec::new(), OpenShift::NEWEST);
            let registries = registries.expect("it loads");
            let told = faults(&registries)
                .into_iter()
                .map(|fault| match fault.kind {
                    EndpointFaultKind::Unusable { extent, .. } => {
                        format!("{extent:?} {}", fault.witness.name())
                    }
                    EndpointFaultKind::Blocked(id) => {
                        format!("blocked by {}", registries.registry(id).prefix)
                    }
                });
            let told: Vec<String> = told.collect();
            assert_eq!(told.join(", "), expected, "{prefix} to {mirror}");
        }
    }
}
