//! `unmirrored-catalog`: a catalog whose image no mapping copies to where it is pulled from.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::reference::Reference;
use crate::resolve::resolve;
use crate::resource::mapping::{Image, Pair};
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unmirrored-catalog",
        code: "PP053",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("unmirrored_catalog.md"),
    },
    looks_at: Subject::Mappings,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let pairs = || model.beside.mappings.iter().flat_map(|it| &it.pairs);
    let mut destinations: Vec<(Reference, &Image)> = Vec::new();
    let mut sources: Map<String, &Pair> = Map::new();
    for pair in pairs() {
        let names = pair.source.value.normalized();
        let Some(destination) = pair.destination.value.normalized() else {
            continue;
        };
        destinations.push((destination, &pair.destination.value));
        if let Some(name) = names {
            sources.entry(name.name().to_owned()).or_insert(pair);
        }
    }
    if destinations.is_empty() {
        return;
    }
    for image in model
        .beside
        .catalogs
        .iter()
        .filter_map(|it| it.image.as_ref())
    {
        let Ok(reference) = Reference::parse_normalized(&image.value) else {
            continue;
        };
        let reference = reference.with_default_tag();
        let is_mirrored = pulled(model, &reference).iter().any(|pulled| {
            let mut destinations = destinations.iter();
            destinations.any(|(name, image)| is_copied(pulled, name, image))
        });
        if is_mirrored {
            continue;
        }
        if let Some(pair) = sources.get(reference.name()) {
            emit.add(
                image.span,
                format!(
                    "catalog image {} is pulled from its source",
                    code(&image.value)
                ),
            )
            .also(
                pair.destination.span,
                format!(
                    "it is copied to {}",
                    code(&pair.destination.value.to_string())
                ),
            )
            .help("write where it is copied to: mirrors for digests do not serve its tag");
            continue;
        }
        let at_host = |(name, _): &&(Reference, &Image)| name.domain() == reference.domain();
        if let Some((_, near)) = nearest(destinations.iter().filter(at_host), &reference) {
            emit.add(
                image.span,
                format!("no mapping copies catalog image {}", code(&image.value)),
            )
            .help(format!("write {}", code(&near.to_string())));
        }
    }
}

/// Everything that a node may ask for in place of an image.
fn pulled(model: &Model, reference: &Reference) -> Vec<Reference> {
    let Some(registries) = model.loaded() else {
        return vec![reference.clone()];
    };
    match resolve(registries, reference).attempts {
        Ok(attempts) => attempts.into_iter().map(|it| it.reference).collect(),
        Err(_) => vec![reference.clone()],
    }
}

fn is_copied(pulled: &Reference, name: &Reference, image: &Image) -> bool {
    let has_tag = || image.is_pattern() || image.tag.as_deref() == pulled.tag();
    name.name() == pulled.name() && (pulled.digest().is_some() || has_tag())
}

/// The destination that is most likely meant: one whose last part ends like that of the image.
fn nearest<'a>(
    mut destinations: impl Iterator<Item = &'a (Reference, &'a Image)>,
    reference: &Reference,
) -> Option<&'a (Reference, &'a Image)> {
    let last = |reference: &'_ Reference| {
        let path = reference.path();
        path.rsplit('/').next().unwrap_or(path).to_owned()
    };
    let wanted = last(reference);
    destinations.find(|(name, _)| {
        let last = last(name);
        last.ends_with(&wanted) || wanted.ends_with(&last)
    })
}
