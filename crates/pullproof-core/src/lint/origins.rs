//! Places of the cluster's objects, picked by what they put into registries.conf.

use crate::file::Span;
use crate::registries::entry::Registry;
use crate::registries::{Origin, Role};

/// The places with one of some roles, in order.
pub(super) fn with_roles<'a>(
    origins: &'a [Origin],
    roles: &'a [Role],
) -> impl Iterator<Item = Span> + 'a {
    let is_one = |origin: &&Origin| roles.contains(&origin.role);
    origins.iter().filter(is_one).map(|origin| origin.span)
}

/// The places that give an entry its mirrors.
pub(super) fn sources(registry: &Registry) -> impl Iterator<Item = Span> + '_ {
    with_roles(&registry.origins, &[Role::Source, Role::InheritedFrom])
}

/// The places that block an entry.
pub(super) fn blocks(registry: &Registry) -> impl Iterator<Item = Span> + '_ {
    with_roles(
        &registry.origins,
        &[Role::Blocked, Role::NeverContactSource],
    )
}
