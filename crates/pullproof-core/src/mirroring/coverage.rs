//! Whether nodes look for images where mappings copy them to.

use crate::model::Model;
use crate::reference::Reference;
use crate::registries::load::{Registries, RegistryId};
use crate::resolve::{Endpoint, resolve};
use crate::resource::images::ANY_DIGEST;
use crate::resource::mapping::Image;
use crate::sorted::Map;

/// Where nodes look for an image in place of its source.
#[derive(Clone, PartialEq, Debug)]
pub struct Lookup {
    /// The entry that governs it; `None` where none does.
    pub registry: Option<RegistryId>,
    /// The repositories of its mirrors, in the order they are tried.
    pub locations: Vec<String>,
    /// Whether it is a tag that is copied, which no mirror serves, so that digests were asked for.
    pub is_for_digests: bool,
}

impl Lookup {
    /// Whether a repository is among them.
    pub fn has(&self, repository: &str) -> bool {
        self.locations.iter().any(|location| location == repository)
    }
}

/// How many images are copied to where nodes look for them.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Coverage {
    /// Images of registries that are copied to registries, each pair for itself.
    pub n_copied: usize,
    /// Those that nodes look for at the destination.
    pub n_proven: usize,
    /// Tags that no mirror serves: they are pulled from their source, or by the name of the copy.
    pub n_unserved: usize,
}

/// Looks images up, each repository once.
pub struct Lookups<'a> {
    registries: &'a Registries,
    known: Map<(String, bool), Option<Lookup>>,
}

impl<'a> Lookups<'a> {
    /// Nothing was asked yet.
    pub fn new(registries: &'a Registries) -> Lookups<'a> {
        Lookups {
            registries,
            known: Map::new(),
        }
    }

    /// Where nodes look for an image, by digest where it has one, or else by tag; `None` where
    /// nobody says where to look for a tag, or the configuration makes no reference of it.
    pub fn find(&mut self, image: &Image, name: &Reference) -> Option<&Lookup> {
        let is_digest = image.digest.is_some();
        let key = (name.name().to_owned(), is_digest);
        let found = self.known.entry(key).or_insert_with(|| {
            let by_digest = lookup(self.registries, name, ANY_DIGEST)?;
            if is_digest {
                return Some(by_digest);
            }
            let by_tag = lookup(self.registries, name, ":any")?;
            match (by_tag.locations.is_empty(), by_digest.locations.is_empty()) {
                (false, _) => Some(by_tag),
                // Tags are often copied for their digests alone.
                (true, false) => Some(Lookup {
                    is_for_digests: true,
                    ..by_digest
                }),
                (true, true) => None,
            }
        });
        found.as_ref()
    }
}

fn lookup(registries: &Registries, name: &Reference, rest: &str) -> Option<Lookup> {
    let reference = Reference::parse_normalized(&format!("{}{rest}", name.name())).ok()?;
    let resolution = resolve(registries, &reference);
    let attempts = resolution.attempts.ok()?;
    let mirrors = attempts.iter();
    let mirrors = mirrors.filter(|it| matches!(it.endpoint, Endpoint::Mirror(_)));
    Some(Lookup {
        registry: resolution.registry,
        locations: mirrors.map(|it| it.reference.name().to_owned()).collect(),
        is_for_digests: false,
    })
}

/// Counts what nodes look for where it is copied to; `None` where they load no configuration.
pub fn coverage(model: &Model) -> Option<Coverage> {
    let mut lookups = Lookups::new(model.loaded()?);
    let mut coverage = Coverage::default();
    for copies in model.beside.copies() {
        let lookup = lookups.find(&copies.source.value, &copies.name);
        coverage.n_copied += copies.destinations.len();
        match lookup {
            None => coverage.n_unserved += copies.destinations.len(),
            Some(lookup) if lookup.is_for_digests => {
                coverage.n_unserved += copies.destinations.len();
            }
            Some(lookup) => {
                let destinations = copies.destinations.iter();
                let found = destinations.filter(|(_, it)| lookup.has(it.name()));
                coverage.n_proven += found.count();
            }
        }
    }
    Some(coverage)
}
