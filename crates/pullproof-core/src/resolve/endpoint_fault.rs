//! Mirrors that never answer a pull, found by asking where witnesses of their entry go.
//!
//! All references that an entry governs fare alike but for what is behind its prefix: nothing,
//! one component, or several. So a few witnesses speak for all.

use super::{Attempt, RewriteError, mirror_attempt, serves};
use crate::reference::Reference;
use crate::registries::entry::Registry;
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
        if registry.mirrors.is_empty() {
            continue;
        }
        let witnesses = Witnesses::new(registries, id);
        for (mirror_idx, _) in registry.mirrors.iter().enumerate() {
            faults.extend(witnesses.fault(mirror_idx));
        }
    }
    faults
}

/// The references that stand for all that one entry governs; `None` where there is no such.
struct Witnesses<'a> {
    registries: &'a Registries,
    id: RegistryId,
    registry: &'a Registry,
    itself: Forms,
    one: Forms,
    two: Forms,
}

/// A witness by digest, and the same by tag.
struct Forms {
    digest: Option<Reference>,
    tag: Option<Reference>,
}

impl<'a> Witnesses<'a> {
    fn new(registries: &'a Registries, id: RegistryId) -> Witnesses<'a> {
        let registry = registries.registry(id);
        let forms = |below: &str| Forms {
            digest: witness(
                registries,
                id,
                below,
                &format!("@sha256:{}", "0".repeat(64)),
            ),
            tag: witness(registries, id, below, ":latest"),
        };
        Witnesses {
            registries,
            id,
            registry,
            itself: forms(""),
            one: forms(&format!("/{WITNESS_COMPONENT}")),
            two: forms(&format!("/{WITNESS_COMPONENT}/{WITNESS_COMPONENT}")),
        }
    }

    fn fault(&self, mirror_idx: usize) -> Option<EndpointFault> {
        let (witness, tried) = match self.attempt(&self.one, mirror_idx) {
            // What can be rewritten with one component can be with more.
            Some((witness, Ok(attempt))) => {
                if let Some(blocking) = attempt.blocked_by {
                    let kind = EndpointFaultKind::Blocked(blocking);
                    return Some(self.told(mirror_idx, witness, kind));
                }
                let (witness, tried) = self.attempt(&self.itself, mirror_idx)?;
                (witness, tried.err().map(|error| (error, Extent::Itself)))
            }
            Some((witness, Err(error))) => match self.attempt(&self.two, mirror_idx) {
                Some((_, Ok(_))) => (witness, Some((error, Extent::OneComponent))),
                _ => (witness, Some((error, Extent::Below))),
            },
            None => return None,
        };
        let (error, extent) = tried?;
        let kind = EndpointFaultKind::Unusable { error, extent };
        Some(self.told(mirror_idx, witness, kind))
    }

    fn told(
        &self,
        mirror_idx: usize,
        witness: &Reference,
        kind: EndpointFaultKind,
    ) -> EndpointFault {
        EndpointFault {
            registry: self.id,
            mirror_idx,
            witness: witness.clone(),
            kind,
        }
    }

    /// What a mirror is asked for a witness of a form that it serves.
    fn attempt<'b>(
        &self,
        forms: &'b Forms,
        mirror_idx: usize,
    ) -> Option<(&'b Reference, Result<Attempt, RewriteError>)> {
        let form = self.registry.mirrors[mirror_idx].pull_from_mirror;
        let witness = if serves(self.registry, form, true) {
            forms.digest.as_ref()?
        } else {
            forms.tag.as_ref()?
        };
        let idx = u32::try_from(mirror_idx).ok()?;
        let tried = mirror_attempt(self.registries, self.id, idx, witness);
        Some((witness, tried))
    }
}

/// A reference with something behind an entry's prefix; `None` where that is no reference, or
/// another entry governs it.
fn witness(registries: &Registries, id: RegistryId, below: &str, end: &str) -> Option<Reference> {
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
