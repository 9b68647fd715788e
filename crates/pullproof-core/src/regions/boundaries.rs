//! Scopes that part references for other reasons than where they are asked for.

use crate::reference::Reference;
use crate::sorted::Set;

/// Scopes, with or without a wildcard, and whole references.
///
/// They nest as those of policy.json and of pull secrets do, not as prefixes: a host is not around
/// its ports, and a wildcard is around every host with its end.
pub(super) struct Boundaries<'a> {
    all: Set<&'a str>,
}

impl<'a> Boundaries<'a> {
    pub(super) fn new(all: Set<&'a str>) -> Boundaries<'a> {
        Boundaries { all }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &'a str> {
        self.all.iter().copied()
    }

    pub(super) fn n_scopes(&self) -> usize {
        self.all.len()
    }

    pub(super) fn has(&self, scope: &str) -> bool {
        self.all.contains(scope)
    }

    /// The innermost one around a reference; empty when there is none.
    ///
    /// From containers/image, docker/policyconfiguration/naming.go `DockerReferenceIdentity` and
    /// `DockerReferenceNamespaces`, and pkg/docker/config `authKeyLookupOrder`.
    pub(super) fn around(&self, reference: &Reference) -> &'a str {
        if self.all.is_empty() {
            return "";
        }
        if let Some(exact) = self.all.get(reference.as_str()) {
            return exact;
        }
        let mut part = reference.name();
        loop {
            if let Some(scope) = self.all.get(part) {
                return scope;
            }
            match part.rfind('/') {
                Some(slash) => part = &part[..slash],
                None => break,
            }
        }
        let host = part.split(':').next().unwrap_or_default();
        let mut dots = host.match_indices('.');
        let wildcard = dots.find_map(|(dot, _)| {
            let wildcard = ["*", &host[dot..]].concat();
            self.all.get(wildcard.as_str())
        });
        wildcard.copied().unwrap_or_default()
    }
}
