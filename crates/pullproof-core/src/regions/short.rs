//! Short names that stand for all others: those whose candidates are of the same classes.

use super::candidates::component;
use super::{Class, Regions};
use crate::reference::{Reference, looks_like_registry};
use crate::registries::entry::ShortNameMode;
use crate::registries::load::Registries;
use crate::resolve::short_name::candidates;
use std::collections::BTreeSet;

/// Names without a registry, tag and digest, that stand for all such names: aliases, names that
/// come into a scope behind a search registry, and names that do not; in byte order.
///
/// Takes time linear in scopes times search registries, but for sorting.
pub fn names(configurations: &[&Registries], scopes: &BTreeSet<&str>) -> Vec<String> {
    let mut names = BTreeSet::new();
    let mut add = |name: &str| {
        if is_short(name) {
            names.insert(name.to_owned());
        }
    };
    // A component that no scope has; each number that does not do is in one of its own.
    let is_free = |component: &String| {
        scopes
            .iter()
            .all(|scope| !scope.contains(component.as_str()))
    };
    let mut components = (0..=scopes.len()).map(component);
    let component = components.find(is_free).unwrap_or_default();
    let mut bases = vec![""];
    for registries in configurations {
        for alias in registries.aliases.keys() {
            add(alias);
        }
        for host in &registries.search {
            let within = scopes.iter().filter_map(|scope| {
                let rest = scope.strip_prefix(host.value.as_str())?.strip_prefix('/')?;
                // What search adds to a name of one component.
                let is_hub = host.value == "docker.io";
                Some(match rest.strip_prefix("library/") {
                    Some(official) if is_hub && !official.contains('/') => official,
                    _ => rest,
                })
            });
            bases.extend(within);
        }
    }
    for base in bases {
        let slash = if base.is_empty() { "" } else { "/" };
        add(base);
        add(&format!("{base}{slash}{component}"));
        add(&format!("{base}{slash}{component}/{component}"));
    }
    names.into_iter().collect()
}

/// The classes of a short name's candidates, in the order in which nodes try them; empty where
/// there is none.
pub fn classes<'a>(
    regions: &Regions<'a>,
    registries: &Registries,
    name: &str,
) -> Vec<(Reference, Class<'a>)> {
    let found = candidates(registries, name, ShortNameMode::Disabled).unwrap_or_default();
    let found = found.into_iter().map(|reference| {
        let class = regions.class_of(&reference);
        (reference, class)
    });
    found.collect()
}

fn is_short(name: &str) -> bool {
    Reference::parse(name)
        .is_ok_and(|reference| reference.is_name_only() && !looks_like_registry(reference.domain()))
}
