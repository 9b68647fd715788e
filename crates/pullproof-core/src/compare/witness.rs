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
use crate::resolve::endpoint_fault::{WITNESS_COMPONENT, fare_alike};
use std::collections::BTreeSet;

/// Most witnesses of one scope where a rewritten name reaches another entry.
///
/// Real configurations have a handful; without an end some could multiply their mirrors by what
/// they block.
pub(super) const CUTS_MAX: usize = 1_000;

/// Stands for every digest.
const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// A port that registries seldom listen on; ports above it are tried where entries have it.
const PORT: u32 = 5001;

/// How many ports are tried.
const PORTS_MAX: u32 = 64;

/// A reference that is asked about.
pub(super) struct Witness {
    pub(super) reference: Reference,
    pub(super) extent: Extent,
}

/// The witnesses of one scope, by tag and by digest; those of common pulls first. Other entries
/// may govern some.
pub(super) fn witnesses(
    before: &Registries,
    after: &Registries,
    scope: &str,
    touched: &Touched<'_>,
) -> Vec<Witness> {
    let mut names = Names::new(before, after);
    if one_is_enough(before, after, scope) {
        names.likely(scope);
        return names.found;
    }
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
            names.on_other_port(scope, host);
        }
    }
    names.found
}

/// Whether all pulls of a scope with a path go alike in each configuration, by each form.
fn one_is_enough(before: &Registries, after: &Registries, scope: &str) -> bool {
    let mut sides = [before, after].into_iter();
    scope.contains('/')
        && sides.all(|registries| {
            let id = registries.find(scope);
            id.is_none_or(|id| {
                let registry = registries.registry(id);
                let is_short = scope.len() * 2 < NAME_MAX_BYTES;
                is_short && fare_alike(registry)
            })
        })
}

/// Witnesses with the shortest and the longest names that there are, for a scope where all others
/// fare as before.
pub(super) fn extreme_witnesses(
    before: &Registries,
    after: &Registries,
    scope: &str,
) -> Vec<Witness> {
    let mut names = Names::new(before, after);
    let host = host(scope);
    let room = NAME_MAX_BYTES.saturating_sub(host.len() + 1);
    names.add(&host, "/a", Extent::Below);
    names.add(&host, &format!("/{}", "a".repeat(room)), Extent::Long);
    names.found
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

/// Witnesses as they are found, each name by tag and by digest.
struct Names<'a> {
    before: &'a Registries,
    after: &'a Registries,
    found: Vec<Witness>,
}

impl<'a> Names<'a> {
    fn new(before: &'a Registries, after: &'a Registries) -> Names<'a> {
        Names {
            before,
            after,
            found: Vec::with_capacity(2),
        }
    }

    /// What is most likely pulled of a scope.
    fn likely(&mut self, scope: &str) {
        match is_repository(scope) {
            true => self.add(scope, "", Extent::Itself),
            false => self.add(scope, &format!("/{WITNESS_COMPONENT}"), Extent::Below),
        }
    }

    /// What is below a text, and the text itself, which is more likely where it has a path.
    fn below(&mut self, text: &str) {
        let is_repository = is_repository(text);
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

    fn on_other_port(&mut self, scope: &str, host: &str) {
        let one = format!("/{WITNESS_COMPONENT}");
        let is_governed = |registries: &Registries, name: &str| {
            let id = registries.find(name);
            id.is_some_and(|id| registries.registry(id).prefix == scope)
        };
        for port in PORT..PORT + PORTS_MAX {
            let host = format!("{host}:{port}");
            let name = format!("{host}{one}");
            if is_governed(self.before, &name) || is_governed(self.after, &name) {
                self.add(&host, &one, Extent::Port);
                self.add(&host, &format!("{one}{one}"), Extent::Port);
                return;
            }
        }
    }

    /// Adds a name, unless it is none.
    fn add(&mut self, host: &str, rest: &str, extent: Extent) {
        let text = [host, rest, ":latest"].concat();
        let Ok(by_tag) = Reference::parse_normalized(&text) else {
            return;
        };
        let by_digest = by_tag.with_tag_and_digest(None, Some(DIGEST));
        for reference in [by_tag, by_digest] {
            self.found.push(Witness { reference, extent });
        }
    }
}

/// Whether a scope has as many components as most repositories: one name behind a host is that of
/// an organization.
fn is_repository(scope: &str) -> bool {
    const COMPONENTS_MIN: usize = 2;
    COMPONENTS_MIN <= scope.bytes().filter(|byte| *byte == b'/').count()
}
