//! `overwritten-catalog`: catalogs of which only one is left.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::mirroring::names;
use crate::model::Model;
use crate::resource::catalog::Catalog;
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "overwritten-catalog",
        code: "PP106",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("overwritten_catalog.md"),
    },
    looks_at: Subject::Catalogs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let catalogs = || model.beside.catalogs.iter();
    let mut last: Map<_, &Catalog> = Map::new();
    for catalog in catalogs().filter(|it| !it.name.value.is_empty()) {
        if let Some(earlier) = last.insert(catalog.key(), catalog)
            && earlier.image.as_ref().map(|it| &it.value)
                != catalog.image.as_ref().map(|it| &it.value)
        {
            emit.add(
                earlier.name.span,
                format!(
                    "a later catalog has the name {}, and replaces this one",
                    code(&earlier.name.value)
                ),
            )
            .also(catalog.name.span, "the later one")
            .help("give each a name of its own");
        }
    }
    overwritten(model, emit);
}

/// Tells of catalogs whose file oc-mirror wrote over that of another image.
fn overwritten(model: &Model, emit: &mut Emit<'_>) {
    // By the rest of the name: the images that have one, and whose they are.
    let mut wanted: Map<&str, Map<&str, &Catalog>> = Map::new();
    for catalog in &model.beside.catalogs {
        if let Some(image) = &catalog.image
            && let Some(kind) = names::KINDS.into_iter().find(|kind| {
                names::of_catalog(kind, &image.value).as_ref() == Some(&catalog.name.value)
            })
        {
            let images = wanted.entry(&catalog.name.value[kind.len()..]).or_default();
            images.entry(image.value.as_str()).or_insert(catalog);
        }
    }
    if wanted.is_empty() {
        return;
    }
    let mut told: Map<Span, (&str, Span, String)> = Map::new();
    for pair in model.beside.mappings.iter().flat_map(|it| &it.pairs) {
        let text = pair.destination.value.to_string();
        let images = names::of_catalog("", &text).and_then(|name| wanted.get_mut(name.as_str()));
        let Some(images) = images else {
            continue;
        };
        // One other image is enough for each, so that no two are compared again.
        images.retain(|image, catalog| {
            let found = (catalog.name.value.as_str(), pair.destination.span);
            if *image != text {
                told.insert(catalog.name.span, (found.0, found.1, text.clone()));
            }
            *image == text
        });
    }
    for (span, (name, place, other)) in told {
        emit.add(
            span,
            format!(
                "oc-mirror gives {} to {}, too, and one file overwrites the other",
                code(name),
                code(&other)
            ),
        )
        .severity(Severity::Warning)
        .also(place, "the other image")
        .help("where that is a catalog, write one for it, with another name");
    }
}
