//! Where a pull goes: every endpoint that would be contacted, in order, and why.

use crate::reference::{Reference, ReferenceError};
use crate::registries::entry::{Fate, Forecast, Mirror, PullFromMirror, Registry};
use crate::registries::index::host_of;
use crate::registries::load::{Registries, RegistryId};
use std::fmt;

pub mod endpoint_fault;
pub mod short_name;
pub mod source_fate;

/// What happens to one reference.
#[derive(Clone, PartialEq, Debug)]
pub struct Resolution {
    /// The reference asked for.
    pub reference: Reference,
    /// The entry that governs it; `None` when it is pulled from where its name says.
    pub registry: Option<RegistryId>,
    /// The attempts in order, of which the first that succeeds ends the pull; never empty.
    pub attempts: Result<Vec<Attempt>, RewriteError>,
}

/// One endpoint that is tried.
#[derive(Clone, PartialEq, Debug)]
pub struct Attempt {
    /// What is asked of the endpoint.
    pub reference: Reference,
    /// Which endpoint.
    pub endpoint: Endpoint,
    /// Whether a failed TLS verification, and then plain HTTP, is accepted.
    pub insecure: bool,
    /// The blocked entry that the rewritten reference falls in: the attempt fails unsent.
    pub blocked_by: Option<RegistryId>,
    /// Why the client refuses the reference itself, again without sending anything.
    pub refusal: Option<Refusal>,
}

/// Which endpoint of an entry an attempt is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Endpoint {
    /// A mirror, counted from 0 in the entry.
    Mirror(u32),
    /// The entry's own location, always last.
    Source,
    /// The reference as it is: no entry governs it.
    AsWritten,
}

/// Why the client refuses a rewritten reference before contacting anyone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Refusal {
    /// It has both a tag and a digest.
    ///
    /// From containers/image, docker/docker_transport.go `newReference`.
    TagAndDigest,
    /// It has no host: the grammar found no domain in it.
    NoHost,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::TagAndDigest => {
                "Docker references with both a tag and digest are currently not supported"
            }
            Refusal::NoHost => "http: no Host in request URL",
        })
    }
}

/// A rewritten reference that is none: it fails the whole pull before anything is contacted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RewriteError {
    /// The endpoint whose location cannot be used.
    pub endpoint: Endpoint,
    /// The text that is no canonical reference.
    pub text: String,
    /// What is wrong with it.
    pub error: ReferenceError,
}

impl fmt::Display for RewriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rewriting reference: {}", self.error)
    }
}

/// Resolves a normalized reference.
///
/// From containers/image, docker/docker_image_src.go `newImageSource` and
/// pkg/sysregistriesv2 `PullSourcesFromReference`.
pub fn resolve(registries: &Registries, reference: &Reference) -> Resolution {
    let (registry, attempts) = tried(registries, reference);
    Resolution {
        reference: reference.clone(),
        registry,
        attempts,
    }
}

/// The entry that governs a reference, and what is tried for it.
pub(crate) fn tried(
    registries: &Registries,
    reference: &Reference,
) -> (Option<RegistryId>, Result<Vec<Attempt>, RewriteError>) {
    let id = registries.find(reference.name());
    (id, tried_by(registries, id, reference))
}

/// What is tried for a reference that an entry governs, or none.
pub(crate) fn tried_by(
    registries: &Registries,
    id: Option<RegistryId>,
    reference: &Reference,
) -> Result<Vec<Attempt>, RewriteError> {
    match id {
        // What no entry governs none blocks.
        None => Ok(vec![attempt(
            reference.clone(),
            Endpoint::AsWritten,
            false,
            None,
        )]),
        Some(id) => attempts(registries, id, reference),
    }
}

fn attempts(
    registries: &Registries,
    id: RegistryId,
    reference: &Reference,
) -> Result<Vec<Attempt>, RewriteError> {
    let rewriting = Rewriting::new(registries, id, reference);
    let registry = rewriting.registry;
    let is_digested = reference.digest().is_some();
    let mut attempts = Vec::with_capacity(registry.mirrors.len() + 1);
    for (idx, mirror) in (0..u32::MAX).zip(&registry.mirrors) {
        if serves(registry, mirror.pull_from_mirror, is_digested) {
            attempts.push(rewriting.mirror(idx, mirror)?);
        }
    }
    attempts.push(rewriting.source()?);
    Ok(attempts)
}

/// What is asked of one endpoint of the entry that governs a reference.
fn endpoint_attempt(
    registries: &Registries,
    id: RegistryId,
    endpoint: Endpoint,
    reference: &Reference,
) -> Result<Attempt, RewriteError> {
    let rewriting = Rewriting::new(registries, id, reference);
    match endpoint {
        Endpoint::Mirror(idx) => rewriting.mirror(idx, &rewriting.registry.mirrors[idx as usize]),
        Endpoint::Source | Endpoint::AsWritten => rewriting.source(),
    }
}

/// Whether a mirror is used for a pull by digest, or for one by tag.
pub fn serves(registry: &Registry, pull_from_mirror: PullFromMirror, is_digested: bool) -> bool {
    if registry.mirror_by_digest_only {
        return is_digested;
    }
    match pull_from_mirror {
        PullFromMirror::Unset | PullFromMirror::All => true,
        PullFromMirror::DigestOnly => is_digested,
        PullFromMirror::TagOnly => !is_digested,
    }
}

/// A reference and what is put in place of its first bytes.
struct Rewriting<'a> {
    registries: &'a Registries,
    /// The entry that governs the reference.
    id: RegistryId,
    registry: &'a Registry,
    reference: &'a Reference,
    /// How many bytes the prefix of the entry stands for.
    covered: usize,
}

impl<'a> Rewriting<'a> {
    fn new(registries: &'a Registries, id: RegistryId, reference: &'a Reference) -> Rewriting<'a> {
        let registry = registries.registry(id);
        let is_wildcard = registry.prefix.starts_with("*.");
        let covered = if is_wildcard {
            host_of(reference.name()).len()
        } else {
            registry.prefix.len()
        };
        Rewriting {
            registries,
            id,
            registry,
            reference,
            covered,
        }
    }

    fn mirror(&self, idx: u32, mirror: &Mirror) -> Result<Attempt, RewriteError> {
        let endpoint = Endpoint::Mirror(idx);
        self.attempt(endpoint, &mirror.location, mirror.forecast, mirror.insecure)
    }

    fn source(&self) -> Result<Attempt, RewriteError> {
        let registry = self.registry;
        let (location, forecast) = (&registry.location, registry.forecast);
        self.attempt(Endpoint::Source, location, forecast, registry.insecure)
    }

    fn attempt(
        &self,
        endpoint: Endpoint,
        location: &str,
        forecast: Forecast,
        insecure: bool,
    ) -> Result<Attempt, RewriteError> {
        let blocked_by = |reference: &Reference| self.registries.blocked_by(reference.name());
        let (reference, blocked_by) = match forecast {
            Forecast::Unchanged => {
                let blocked_by = self.registry.blocked.then_some(self.id);
                (self.reference.clone(), blocked_by)
            }
            Forecast::Begins(beginning, fate)
                if let Some(moved) = self.reference.moved(self.covered, location, beginning) =>
            {
                let blocked_by = match fate {
                    Fate::Unknown => blocked_by(&moved),
                    Fate::Open => None,
                    Fate::Blocked(idx) => Some(RegistryId(idx)),
                };
                (moved, blocked_by)
            }
            Forecast::Begins(..) | Forecast::Unknown => {
                let rewritten = self.rewrite(endpoint, location)?;
                let blocked_by = blocked_by(&rewritten);
                (rewritten, blocked_by)
            }
        };
        Ok(attempt(reference, endpoint, insecure, blocked_by))
    }

    /// From containers/image, pkg/sysregistriesv2 `rewriteReference`.
    fn rewrite(&self, endpoint: Endpoint, location: &str) -> Result<Reference, RewriteError> {
        let rest = &self.reference.as_str()[self.covered..];
        let text = format!("{location}{rest}");
        Reference::parse_canonical(text).map_err(|error| RewriteError {
            endpoint,
            text: format!("{location}{rest}"),
            error,
        })
    }
}

fn attempt(
    reference: Reference,
    endpoint: Endpoint,
    insecure: bool,
    blocked_by: Option<RegistryId>,
) -> Attempt {
    let refusal = if reference.tag().is_some() && reference.digest().is_some() {
        Some(Refusal::TagAndDigest)
    } else if reference.domain().is_empty() {
        Some(Refusal::NoHost)
    } else {
        None
    };
    Attempt {
        reference,
        endpoint,
        insecure,
        blocked_by,
        refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openshift::OpenShift;
    use crate::registries::index::match_length;
    use crate::registries::load::{ConfFile, load};
    use crate::registries::{Conf, Table, TableMirror};

    /// The attempts as the library works them out: every text is parsed, every name looked up.
    fn plainly(registries: &Registries, reference: &Reference) -> Option<Vec<(String, bool)>> {
        let Some(id) = registries.find(reference.name()) else {
            return Some(vec![(reference.to_string(), false)]);
        };
        let registry = registries.registry(id);
        let length = match_length(reference.as_str(), &registry.prefix)?;
        let mirrors = registry.mirrors.iter().map(|mirror| &mirror.location);
        let mut attempts = Vec::new();
        for location in mirrors.chain([&registry.location]) {
            let mut text = reference.to_string();
            if !location.is_empty() {
                text.replace_range(..length, location);
            }
            let rewritten = Reference::parse_canonical(text).ok()?;
            let is_blocked = registries.blocked_by(rewritten.name()).is_some();
            attempts.push((rewritten.to_string(), is_blocked));
        }
        Some(attempts)
    }

    #[test]
    fn what_is_known_beforehand_is_what_looking_finds() {
        let locations = [
            "a.b",
            "a.b/c",
            "a.b/c/d",
            "a.b/cc",
            "a.b:1",
            "a.b:1/c",
            "docker.io",
            "docker.io/c",
            "docker.io/library",
            "index.docker.io",
            "localhost",
            "localhost/c",
            "c",
            "c/d",
            "A.b",
            "a.b/C",
            "a_b.c",
            "a.b:x",
            "a.b@x",
            "a.b//c",
            "*.b",
            "*.b/c",
            "b",
            "x.b",
        ];
        let prefixes = [
            "a.b",
            "a.b/c",
            "a.b:1",
            "docker.io",
            "docker.io/library",
            "*.b",
            "c",
        ];
        let hex = "a".repeat(64);
        let mut references = Vec::new();
        for name in [
            "a.b/c",
            "a.b/c/d/e",
            "a.b:1/c",
            "a.b:2/c/d",
            "x.a.b/c",
            "c",
            "c/d",
            "a_b.c/d",
        ] {
            for end in [
                "",
                ":1",
                &format!("@sha256:{hex}"),
                &format!(":1@sha256:{hex}"),
            ] {
                let text = format!("{name}{end}");
                references.push(Reference::parse_normalized(&text).expect("a reference"));
            }
        }
        let long = format!("a.b/{}", "d".repeat(251));
        references.push(Reference::parse_normalized(&long).expect("as long as names may be"));
        let (mut n_errors, mut n_attempts, mut n_blocked) = (0, 0, 0);
        for prefix in prefixes {
            for location in locations {
                for blocked in locations.iter().chain(&prefixes) {
                    let table = |prefix: &str, blocked| Table {
                        prefix: prefix.to_owned(),
                        location: location.to_owned(),
                        blocked,
                        ..Table::default()
                    };
                    let mut first = table(prefix, false);
                    first.mirrors.push(TableMirror {
                        location: location.to_owned(),
                        ..TableMirror::default()
                    });
                    let mut second = table(blocked, true);
                    second.location = (*blocked).to_owned();
                    let conf = Conf {
                        tables: vec![first, second],
                        ..Conf::default()
                    };
                    let name = "registries.conf".to_owned();
                    let main = Some(ConfFile { name, conf });
                    let Ok(registries) = load(main, Vec::new(), OpenShift::NEWEST) else {
                        continue;
                    };
                    for reference in &references {
                        let expected = plainly(&registries, reference);
                        let found = resolve(&registries, reference).attempts.ok();
                        let found = found.map(|attempts| {
                            let attempts = attempts.iter().map(|attempt| {
                                let is_blocked = attempt.blocked_by.is_some();
                                // Marks and text belong together.
                                let text = attempt.reference.to_string();
                                assert_eq!(
                                    Reference::parse(&text).as_ref(),
                                    Ok(&attempt.reference)
                                );
                                (text, is_blocked)
                            });
                            attempts.collect::<Vec<_>>()
                        });
                        assert_eq!(found, expected, "{reference} {prefix} {location} {blocked}");
                        n_errors += usize::from(expected.is_none());
                        let expected = expected.unwrap_or_default();
                        n_attempts += expected.len();
                        n_blocked += expected.iter().filter(|attempt| attempt.1).count();
                    }
                }
            }
        }
        assert!(10_000 < n_errors, "{n_errors}");
        assert!(50_000 < n_attempts, "{n_attempts}");
        assert!(5_000 < n_blocked, "{n_blocked}");
    }
}
