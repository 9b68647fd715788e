//! Short names that stand for all others: those whose candidates are of the same classes.

use super::candidates::component;
use super::{Class, Names, Regions};
use crate::reference::{Reference, looks_like_registry};
use crate::registries::entry::ShortNameMode;
use crate::registries::index::match_length;
use crate::registries::load::Registries;
use crate::resolve::short_name::candidates;
use crate::sorted::Set;

/// Names without a registry, tag and digest, that stand for all such names: aliases, what is in the
/// scopes around a search registry without the registry, and what is in none; in byte order.
///
/// Takes time linear in scopes times search registries, but for sorting.
pub fn names(configurations: &[&Registries], regions: &Regions<'_>) -> Vec<String> {
    let mut names: Set<String> = usual_names(configurations).into_iter().collect();
    let searched = configurations.iter().flat_map(|it| &it.search);
    let searched: Set<&str> = searched.map(|host| host.value.as_str()).collect();
    let scopes = regions.scopes();
    for host in searched {
        let around = scopes.iter().filter(|scope| {
            let is_below = |rest: &str| rest.is_empty() || rest.starts_with(['/', ':']);
            scope.strip_prefix(host).is_some_and(is_below) || match_length(host, scope).is_some()
        });
        let told = around.flat_map(|scope| regions.of_scope(scope, Names::All).regions);
        for region in told {
            let path = region.witness.path();
            // Docker Hub puts this before a name of one component, which may also be written.
            let official = path
                .strip_prefix("library/")
                .filter(|_| host == "docker.io");
            for name in [path].into_iter().chain(official) {
                // What is on the way there may matter to another search registry.
                let ends = name.match_indices('/').map(|(end, _)| end);
                let parts = ends.chain([name.len()]).map(|end| &name[..end]);
                names.extend(parts.filter(|part| is_short(part)).map(str::to_owned));
            }
        }
    }
    let component = free_component(&scopes);
    let below: Vec<String> = names
        .iter()
        .map(|name| format!("{name}/{component}"))
        .collect();
    names.extend(below.into_iter().filter(|name| is_short(name)));
    names.into_iter().collect()
}

/// Names without a registry, tag and digest, that are in no scope, and aliases; in byte order.
pub fn usual_names(configurations: &[&Registries]) -> Vec<String> {
    let prefixes = configurations.iter().flat_map(|it| it.list());
    let component = free_component(&prefixes.map(|it| it.prefix.as_str()).collect());
    let mut names = Set::from([component.clone(), format!("{component}/{component}")]);
    let aliases = configurations.iter().flat_map(|it| it.aliases.keys());
    names.extend(aliases.filter(|name| is_short(name)).cloned());
    names.into_iter().collect()
}

/// A component that no scope has.
fn free_component(scopes: &Set<&str>) -> String {
    // Each number that does not do is in a scope of its own.
    let mut components = (0..=scopes.len()).map(|n| component(n).into_owned());
    let is_free = |component: &String| {
        scopes
            .iter()
            .all(|scope| !scope.contains(component.as_str()))
    };
    components.find(is_free).unwrap_or_default()
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
