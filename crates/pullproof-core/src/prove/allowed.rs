//! What may be contacted.

use crate::reference::Reference;
use crate::regions::Also;
use crate::registries::load::Registries;
use crate::sorted::Set;

/// What may be contacted, and of which references that is claimed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Allowed<'a> {
    /// Hosts, paths below them, or wildcards; a host without a port stands for all its ports.
    pub scopes: Set<&'a str>,
    /// Which references are looked at.
    pub extent: Extent,
}

/// Which references a claim is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// All that there are.
    All,
    /// Those that some entry governs; others are for a firewall to stop.
    Governed,
}

/// The hosts of all mirrors, with their ports: what may be contacted where nothing else is there.
pub fn mirror_hosts(registries: &Registries) -> Set<&str> {
    let mirrors = registries.list().iter().flat_map(|it| &it.mirrors);
    let hosts = mirrors.filter_map(|mirror| mirror.location.split('/').next());
    hosts.collect()
}

impl<'a> Allowed<'a> {
    /// Whether something may be asked of who has the name of a reference.
    pub fn contains(&self, asked: &Reference) -> bool {
        let mut part = asked.name();
        loop {
            if self.scopes.contains(part) {
                return true;
            }
            match part.rfind('/') {
                Some(slash) => part = &part[..slash],
                None => break,
            }
        }
        let host = part.split(':').next().unwrap_or_default();
        let mut dots = host.match_indices('.');
        self.scopes.contains(host)
            || dots.any(|(dot, _)| {
                let wildcard = ["*", &host[dot..]].concat();
                self.scopes.contains(wildcard.as_str())
            })
    }

    /// The allowed scopes part references: as what images are asked for, and where they have paths
    /// as what endpoints are.
    pub(super) fn also(&self) -> Also<'a> {
        let has_path = |scope: &&&str| scope.contains('/');
        Also {
            asked_for: self.scopes.clone(),
            asked_of_endpoints: self.scopes.iter().filter(has_path).copied().collect(),
        }
    }
}
