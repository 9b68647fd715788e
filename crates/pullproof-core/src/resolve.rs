//! Where a pull goes: every endpoint that would be contacted, in order, and why.

use crate::reference::{Reference, ReferenceError};
use crate::registries::entry::{PullFromMirror, Registry};
use crate::registries::index::match_length;
use crate::registries::load::{Registries, RegistryId};
use std::fmt;

pub mod endpoint_fault;
pub mod short_name;

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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
    let id = registries.find(reference.name());
    let attempts = match id {
        None => Ok(vec![attempt(
            registries,
            reference.clone(),
            Endpoint::AsWritten,
            false,
        )]),
        Some(id) => attempts(registries, registries.registry(id), reference),
    };
    Resolution {
        reference: reference.clone(),
        registry: id,
        attempts,
    }
}

fn attempts(
    registries: &Registries,
    registry: &Registry,
    reference: &Reference,
) -> Result<Vec<Attempt>, RewriteError> {
    let is_digested = reference.digest().is_some();
    let mut attempts = Vec::with_capacity(registry.mirrors.len() + 1);
    for (idx, mirror) in (0..u32::MAX).zip(&registry.mirrors) {
        if serves(registry, mirror.pull_from_mirror, is_digested) {
            attempts.push(mirror_attempt(registries, registry, idx, reference)?);
        }
    }
    // Only a wildcard may have no location: its source is the reference itself.
    let source = match registry.location.as_str() {
        "" => reference.clone(),
        location => rewrite(Endpoint::Source, location, rest(registry, reference))?,
    };
    attempts.push(attempt(
        registries,
        source,
        Endpoint::Source,
        registry.insecure,
    ));
    Ok(attempts)
}

/// What is asked of one mirror, counted from 0, of the entry that governs a reference.
fn mirror_attempt(
    registries: &Registries,
    registry: &Registry,
    idx: u32,
    reference: &Reference,
) -> Result<Attempt, RewriteError> {
    let mirror = &registry.mirrors[idx as usize];
    let endpoint = Endpoint::Mirror(idx);
    let rewritten = rewrite(endpoint, &mirror.location, rest(registry, reference))?;
    Ok(attempt(registries, rewritten, endpoint, mirror.insecure))
}

/// What is left of a reference behind the prefix of the entry that governs it.
fn rest<'a>(registry: &Registry, reference: &'a Reference) -> &'a str {
    let matched = match_length(reference.as_str(), &registry.prefix);
    &reference.as_str()[matched.expect("the entry was found by this match")..]
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

/// From containers/image, pkg/sysregistriesv2 `rewriteReference`.
fn rewrite(endpoint: Endpoint, location: &str, rest: &str) -> Result<Reference, RewriteError> {
    let mut text = String::with_capacity(location.len() + rest.len());
    text.push_str(location);
    text.push_str(rest);
    Reference::parse_canonical(text).map_err(|error| {
        let text = format!("{location}{rest}");
        RewriteError {
            endpoint,
            text,
            error,
        }
    })
}

fn attempt(
    registries: &Registries,
    reference: Reference,
    endpoint: Endpoint,
    insecure: bool,
) -> Attempt {
    let blocked_by = registries.blocked_by(reference.name());
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
