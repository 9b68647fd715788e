//! References that stand for all that an entry governs.
//!
//! Pulls of one entry fare alike but for what is behind its prefix (nothing, one component,
//! several, a port), for their form, for a longer name than an endpoint can have, and for the
//! blocked entries that their rewritten names reach.

use super::Extent;
use super::scopes::{Touched, beginning_with, locations};
use crate::reference::{NAME_MAX_BYTES, Reference};
use crate::registries::index::match_length;
use crate::registries::load::Registries;
use crate::resolve::endpoint_fault::WITNESS_COMPONENT;
use std::collections::BTreeSet;

/// Most witnesses of one scope where a rewritten name reaches another entry.
///
/// Real configurations have a handful; without an end some could multiply their mirrors by what
/// they block.
pub(super) const CUTS_MAX: usize = 1_000;

/// A port that registries seldom listen on; ports above it are tried where entries have it.
const PORT: u32 = 5001;

/// How many ports are tried.
const PORTS_MAX: u32 = 64;

/// A reference that is asked about.
pub(super) struct Witness {
    pub(super) reference: Reference,
    pub(super) extent: Extent,
}

/// The witnesses of one scope, which its entry governs in one of two configurations, by tag and
/// by digest; those of common pulls first.
pub(super) fn witnesses(
    before: &Registries,
    after: &Registries,
    scope: &str,
    touched: &Touched<'_>,
) -> Vec<Witness> {
    let mut names = Names {
        before,
        after,
        scope,
        found: Vec::new(),
    };
    let hosts = hosts(scope, touched);
    for host in &hosts {
        names.below(host);
    }
    for host in &hosts {
        for cut in cuts(before, after, host, touched) {
            names.below(&format!("{host}{cut}"));
        }
    }
    if !scope.contains(['/', ':']) {
        for host in &hosts {
            names.on_other_port(host);
        }
    }
    forms(names.found)
}

/// Witnesses with the shortest and the longest names that there are, for a scope where all others
/// fare as before.
pub(super) fn extreme_witnesses(
    before: &Registries,
    after: &Registries,
    scope: &str,
) -> Vec<Witness> {
    let mut names = Names {
        before,
        after,
        scope,
        found: Vec::new(),
    };
    let host = host(scope);
    let room = NAME_MAX_BYTES.saturating_sub(host.len() + 1);
    names.add(&host, "/a", Extent::Below);
    names.add(&host, &format!("/{}", "a".repeat(room)), Extent::Long);
    forms(names.found)
}

/// Names without a host that stand for those which search registries or aliases complete
/// in another way.
pub(super) fn short_names(before: &Registries, after: &Registries) -> Vec<String> {
    let mut names = BTreeSet::new();
    let search = |registries: &Registries| -> Vec<String> {
        let hosts = registries.search.iter().map(|host| host.value.clone());
        hosts.collect()
    };
    if search(before) != search(after) {
        names.insert(WITNESS_COMPONENT.to_owned());
        names.insert(format!("{WITNESS_COMPONENT}/{WITNESS_COMPONENT}"));
    }
    if before.aliases != after.aliases {
        let aliases = before.aliases.iter().chain(&after.aliases);
        let is_other = |name: &&String| before.aliases.get(*name) != after.aliases.get(*name);
        names.extend(aliases.map(|(name, _)| name).filter(is_other).cloned());
    }
    names.into_iter().collect()
}

/// A text that a scope contains, as short as possible.
fn host(scope: &str) -> String {
    match scope.strip_prefix('*') {
        Some(domain) => format!("{WITNESS_COMPONENT}{domain}"),
        None => scope.to_owned(),
    }
}

/// Texts that a scope contains, each in other wildcards around it.
// From containers/image, pkg/sysregistriesv2 `refMatchingSubdomainPrefix`: a wildcard does not
// match a host that has its suffix twice.
fn hosts(scope: &str, touched: &Touched<'_>) -> Vec<String> {
    let mut hosts = vec![host(scope)];
    if let Some(domain) = scope.strip_prefix('*') {
        for (at, _) in domain.match_indices('.').skip(1) {
            let outer = &domain[at..];
            if touched.wildcards.contains(format!("*{outer}").as_str()) {
                hosts.push(format!("{WITNESS_COMPONENT}{outer}{domain}"));
            }
        }
    }
    hosts
}

/// What is behind a scope where its rewritten names reach other entries, in byte order.
fn cuts<'a>(
    before: &Registries,
    after: &Registries,
    host: &str,
    touched: &Touched<'a>,
) -> BTreeSet<&'a str> {
    let mut cuts = BTreeSet::new();
    if touched.blocks.is_empty() {
        return cuts;
    }
    for registries in [before, after] {
        let Some(id) = registries.find(host) else {
            continue;
        };
        let registry = registries.registry(id);
        let Some(covered) = match_length(host, &registry.prefix) else {
            continue;
        };
        for location in locations(registry) {
            let location = format!("{location}{}", &host[covered..]);
            for boundary in [b'/', b':'] {
                for reached in beginning_with(&touched.blocks, &location, boundary) {
                    if CUTS_MAX <= cuts.len() {
                        return cuts;
                    }
                    cuts.insert(&reached[location.len()..]);
                }
            }
        }
    }
    cuts
}

/// Names that an entry governs.
struct Names<'a> {
    before: &'a Registries,
    after: &'a Registries,
    scope: &'a str,
    found: Vec<Witness>,
}

impl Names<'_> {
    /// What is below a text, and the text itself, which is more likely where it has a path.
    fn below(&mut self, text: &str) {
        // One name behind a host is that of an organization.
        const COMPONENTS_MIN: usize = 2;
        let is_repository = COMPONENTS_MIN <= text.matches('/').count();
        if is_repository {
            self.add(text, "", Extent::Itself);
        }
        let one = format!("/{WITNESS_COMPONENT}");
        self.add(text, &one, Extent::Below);
        self.add(text, &format!("{one}{one}"), Extent::Below);
        if !is_repository {
            self.add(text, "", Extent::Itself);
        }
    }

    fn on_other_port(&mut self, host: &str) {
        let n_found = self.found.len();
        for port in PORT..PORT + PORTS_MAX {
            let host = format!("{host}:{port}");
            let one = format!("/{WITNESS_COMPONENT}");
            self.add(&host, &one, Extent::Port);
            if n_found < self.found.len() {
                self.add(&host, &format!("{one}{one}"), Extent::Port);
                return;
            }
        }
    }

    /// Adds a name, unless it is none or another entry governs it in both configurations.
    fn add(&mut self, host: &str, rest: &str, extent: Extent) {
        let Ok(reference) = Reference::parse_normalized(&format!("{host}{rest}")) else {
            return;
        };
        let is_governed = |registries: &Registries| {
            let id = registries.find(reference.name());
            id.is_some_and(|id| registries.registry(id).prefix == self.scope)
        };
        if reference.is_name_only() && (is_governed(self.before) || is_governed(self.after)) {
            self.found.push(Witness { reference, extent });
        }
    }
}

/// Each name by tag and by digest.
fn forms(names: Vec<Witness>) -> Vec<Witness> {
    let digest = format!("sha256:{}", "0".repeat(64));
    let forms = names.into_iter().flat_map(|Witness { reference, extent }| {
        let by_tag = reference.with_default_tag();
        let by_digest = reference.with_tag_and_digest(None, Some(&digest));
        [by_tag, by_digest].map(|reference| Witness { reference, extent })
    });
    forms.collect()
}
