//! `mapping-mismatch`: images that are copied elsewhere than nodes look for them.

use crate::file::{Span, Spanned};
use crate::finding::Severity;
use crate::lint::card::{Card, Releases};
use crate::lint::origins;
use crate::lint::words::{code, codes};
use crate::lint::{Emit, Rule};
use crate::model::Model;
use crate::reference::Reference;
use crate::registries::load::{Registries, RegistryId};
use crate::resolve::{Endpoint, resolve};
use crate::resource::images::ANY_DIGEST;
use crate::resource::mapping::{Image, Pair};
use std::collections::btree_map::{BTreeMap, Entry};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "mapping-mismatch",
        code: "PP052",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: include_str!("mapping_mismatch.md"),
    },
    check,
};

/// One source and all places it is copied to.
struct Copies<'a> {
    source: &'a Spanned<Image>,
    name: Reference,
    destinations: Vec<(Span, Reference)>,
}

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(registries) = model.loaded() else {
        return;
    };
    // Without mirror sets there is nothing to compare with.
    if model.entries().next().is_none() {
        return;
    }
    // One finding tells of all images of a repository that go the same way.
    let mut told: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut groups: Vec<(Copies<'_>, Vec<Span>, Lookup)> = Vec::new();
    for copies in all_copies(model) {
        let Some(lookup) = missed(registries, &copies) else {
            continue;
        };
        let (_, destination) = &copies.destinations[0];
        let key = (copies.name.name().to_owned(), destination.name().to_owned());
        match told.entry(key) {
            Entry::Occupied(group) => groups[*group.get()].1.push(copies.source.span),
            Entry::Vacant(group) => {
                group.insert(groups.len());
                groups.push((copies, Vec::new(), lookup));
            }
        }
    }
    for (copies, others, lookup) in groups {
        tell(registries, &copies, &others, &lookup, emit);
    }
}

/// Where nodes look for an image in place of its source.
struct Lookup {
    registry: Option<RegistryId>,
    locations: Vec<String>,
    /// Whether it is a tag that is copied, which no mirror serves, so that digests were asked for.
    is_for_digests: bool,
}

fn all_copies(model: &Model) -> Vec<Copies<'_>> {
    let mut by_source: BTreeMap<&Image, usize> = BTreeMap::new();
    let mut all: Vec<Copies<'_>> = Vec::new();
    for pair in model.beside.mappings.iter().flat_map(|it| &it.pairs) {
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
                    source,
                    name,
                    destinations: vec![target],
                });
            }
        }
    }
    all
}

/// Where nodes look for an image; `None` when it is copied there, or nobody says where to look.
fn missed(registries: &Registries, copies: &Copies<'_>) -> Option<Lookup> {
    let name = copies.name.name();
    let lookup = |rest: &str| {
        let reference = Reference::parse_normalized(&format!("{name}{rest}")).ok()?;
        let resolution = resolve(registries, &reference);
        let attempts = resolution.attempts.ok()?;
        let mirrors = attempts.iter();
        let mirrors = mirrors.filter(|it| matches!(it.endpoint, Endpoint::Mirror(_)));
        Some(Lookup {
            registry: resolution.registry,
            locations: mirrors.map(|it| it.reference.name().to_owned()).collect(),
            is_for_digests: false,
        })
    };
    let by_digest = lookup(ANY_DIGEST)?;
    let lookup = match copies.source.value.digest {
        Some(_) => by_digest,
        None => match lookup(":any")? {
            // Tags are often copied for their digests alone.
            by_tag if by_tag.locations.is_empty() => {
                if by_digest.locations.is_empty() {
                    return None;
                }
                Lookup {
                    is_for_digests: true,
                    ..by_digest
                }
            }
            by_tag => by_tag,
        },
    };
    let is_there = |location: &String| {
        let mut destinations = copies.destinations.iter();
        destinations.any(|(_, destination)| destination.name() == location)
    };
    (!lookup.locations.iter().any(is_there)).then_some(lookup)
}

fn tell(
    registries: &Registries,
    copies: &Copies<'_>,
    others: &[Span],
    lookup: &Lookup,
    emit: &mut Emit<'_>,
) {
    let source = code(copies.name.name());
    let (span, destination) = &copies.destinations[0];
    let destination = code(destination.name());
    let registry = lookup.registry.map(|id| registries.registry(id));
    let places = registry.into_iter().flat_map(origins::sources);
    let places = places.map(|place| (place, "its mirrors".to_owned()));
    let others = others.iter().map(|span| (*span, "so is this".to_owned()));
    let finding = match lookup.locations.as_slice() {
        [] => emit
            .add(
                copies.source.span,
                format!("{source} is copied to {destination}, but nodes look for it at no mirror"),
            )
            .severity(Severity::Warning)
            .help("add it to an `ImageDigestMirrorSet`, or remove the line"),
        locations => emit
            .add(
                *span,
                format!(
                    "{source} is copied to {destination}, but nodes look for {} at {}",
                    if lookup.is_for_digests {
                        "its digests"
                    } else {
                        "it"
                    },
                    codes(locations.iter().map(String::as_str))
                ),
            )
            .help("copy it to where nodes look, or mirror the repository to where it is copied"),
    };
    // The tag itself may well be pulled from where it is copied to, as that of a catalog.
    if lookup.is_for_digests {
        finding.severity(Severity::Warning);
    }
    finding.also_each(places).also_each(others);
}
