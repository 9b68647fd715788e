//! What mappings copy from registries to registries, by source.

use super::{Image, MappingFile, Pair};
use crate::file::{Span, Spanned};
use crate::reference::Reference;
use crate::sorted::{Entry, Map};

/// One source and all places it is copied to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Copies {
    /// The source as it is written first.
    pub source: Spanned<Image>,
    /// Its name, with Docker's defaults.
    pub name: Reference,
    /// The destinations in order, never empty.
    pub destinations: Vec<(Span, Reference)>,
}

/// All images that are copied from registries to registries, by their first places.
pub fn copies(mappings: &[MappingFile]) -> Vec<Copies> {
    let mut by_source: Map<&Image, usize> = Map::new();
    let mut all: Vec<Copies> = Vec::new();
    for pair in mappings.iter().flat_map(|it| &it.pairs) {
        let Pair {
            source,
            destination,
        } = pair;
        let names = source
            .value
            .normalized()
            .zip(destination.value.normalized());
        let Some((name, target)) = names else {
            continue;
        };
        let target = (destination.span, target);
        match by_source.entry(&source.value) {
            Entry::Occupied(known) => all[*known.get()].destinations.push(target),
            Entry::Vacant(new) => {
                new.insert(all.len());
                all.push(Copies {
                    source: source.clone(),
                    name,
                    destinations: vec![target],
                });
            }
        }
    }
    all
}
