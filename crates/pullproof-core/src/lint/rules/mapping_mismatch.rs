//! `mapping-mismatch`: images that are copied elsewhere than nodes look for them.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::origins;
use crate::lint::words::{code, codes};
use crate::lint::{Emit, Rule, Subject};
use crate::mirroring::coverage::{Lookup, Lookups};
use crate::model::Model;
use crate::reference::Reference;
use crate::registries::entry::Registry;
use crate::registries::load::Registries;
use crate::resource::mapping::copies::Copies;
use crate::sorted::{Entry, Map};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "mapping-mismatch",
        code: "PP052",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("mapping_mismatch.md"),
    },
    looks_at: Subject::Mappings,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(registries) = model.loaded() else {
        return;
    };
    // Without mirror sets there is nothing to compare with.
    if model.entries().next().is_none() {
        return;
    }
    // One finding tells of all images of a repository that go the same way.
    let mut told: Map<(String, String), usize> = Map::new();
    let mut groups: Vec<(&Copies, Vec<Span>, Lookup)> = Vec::new();
    let mut others = Vec::new();
    let mut lookups = Lookups::new(registries);
    let all = model.beside.copies();
    for copies in all {
        let Some(lookup) = lookups.find(&copies.source.value, &copies.name) else {
            continue;
        };
        let is_missed = |destination: &&(Span, Reference)| !lookup.has(destination.1.name());
        let missed = copies.destinations.iter().filter(is_missed);
        let missed: Vec<&(Span, Reference)> = missed.collect();
        if missed.len() < copies.destinations.len() {
            others.extend(missed.iter().map(|(span, name)| (copies, *span, name)));
            continue;
        }
        let (_, destination) = &copies.destinations[0];
        let key = (copies.name.name().to_owned(), destination.name().to_owned());
        match told.entry(key) {
            Entry::Occupied(group) => groups[*group.get()].1.push(copies.source.span),
            Entry::Vacant(group) => {
                group.insert(groups.len());
                groups.push((copies, Vec::new(), lookup.clone()));
            }
        }
    }
    for (copies, others, lookup) in groups {
        tell(registries, copies, &others, &lookup, emit);
    }
    tell_others(others, emit);
}

/// Tells of copies that nodes never look for, of images that they find in another one.
fn tell_others(others: Vec<(&Copies, Span, &Reference)>, emit: &mut Emit<'_>) {
    // One finding for each host is enough, since it is a host that nodes know nothing of.
    let mut by_host: Map<&str, Vec<(&Copies, Span, &Reference)>> = Map::new();
    for other in others {
        by_host.entry(other.2.domain()).or_default().push(other);
    }
    for (_, others) in by_host {
        let Some((copies, span, destination)) = others.first() else {
            continue;
        };
        let (source, destination) = (code(copies.name.name()), code(destination.name()));
        let message = format!(
            "{source} is copied to {destination}, too, where nodes never look: another copy is \
             what they find"
        );
        let more = others.iter().skip(1);
        emit.add(*span, message)
            .severity(Severity::Info)
            .also_each(more.map(|(_, span, _)| (*span, "so is this".to_owned())))
            .help("add it to the mirrors, unless it is for another cluster");
    }
}

fn tell(
    registries: &Registries,
    copies: &Copies,
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
            .help(help(registry, copies, locations)),
    };
    // The tag itself may well be pulled from where it is copied to, as that of a catalog.
    if lookup.is_for_digests {
        finding.severity(Severity::Warning);
    }
    finding.also_each(places).also_each(others);
}

/// What to do, by what may have led to it.
fn help(registry: Option<&Registry>, copies: &Copies, locations: &[String]) -> String {
    const GENERAL: &str =
        "copy it to where nodes look, or mirror the repository to where it is copied";
    let Some(registry) = registry else {
        return GENERAL.to_owned();
    };
    let (_, destination) = &copies.destinations[0];
    let (name, destination) = (copies.name.name(), destination.name());
    let entry = format!("an entry from {} to {}", code(name), code(destination));
    let below = name.get(registry.prefix.len()..).unwrap_or_default();
    let below = below.trim_start_matches('/');
    let is_at_host = locations
        .iter()
        .any(|location| host(location) == host(destination));
    if registry.prefix == name || !is_at_host || below.is_empty() {
        return GENERAL.to_owned();
    }
    let kept = format!("/{below}");
    let flat = |name: &str| format!("-{}", path(name).replace('/', "-"));
    let is_joined = flat(destination).ends_with(&flat(name));
    let what = match registry.prefix.contains('/') {
        true => "a namespace",
        false => "a whole registry",
    };
    if destination.ends_with(&kept) {
        format!("the path is longer than what {what} is mirrored to: write {entry}")
    } else if is_joined {
        format!("the copy's path is joined, which no entry for {what} says: write {entry}")
    } else {
        format!("{GENERAL}: write {entry}")
    }
}

fn host(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

fn path(name: &str) -> &str {
    name.split_once('/').map_or("", |(_, path)| path)
}
