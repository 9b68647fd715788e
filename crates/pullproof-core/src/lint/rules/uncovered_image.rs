//! `uncovered-image`: an image of a workload or catalog that no mirror serves, though others of its registry have one.

use crate::file::Spanned;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::origins;
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::reference::{Reference, looks_like_registry};
use crate::registries::load::Registries;
use crate::resolve::{Attempt, Endpoint, resolve};
use crate::resource::images::ANY_DIGEST;
use crate::resource::mirror_set::MirrorEntry;
use crate::resource::pull_secret::host_of;
use crate::sorted::Set;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "uncovered-image",
        code: "PP070",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("uncovered_image.md"),
    },
    looks_at: Subject::Images,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(registries) = model.loaded() else {
        return;
    };
    // With a mapping, another rule tells where a catalog's image has to be.
    let catalogs = match model.beside.mappings.is_empty() {
        true => model.beside.catalogs.as_slice(),
        false => &[],
    };
    if catalogs.is_empty() && model.beside.images.is_empty() {
        return;
    }
    let mirrors = model.entries().flat_map(|entry| &entry.mirrors);
    let hosts: Set<&str> = mirrors.map(|mirror| host_of(&mirror.value)).collect();
    if hosts.is_empty() {
        return;
    }
    let catalogs = catalogs.iter().filter_map(|catalog| catalog.image.as_ref());
    for image in model.beside.images.iter().chain(catalogs) {
        let Ok(reference) = Reference::parse_normalized(&image.value) else {
            continue;
        };
        // What comes from a mirror's own host needs no mirror, and a short name no advice.
        let is_short = !looks_like_registry(host_of(&image.value));
        if is_short || hosts.contains(reference.domain()) {
            continue;
        }
        tell(
            model,
            registries,
            image,
            &reference.with_default_tag(),
            emit,
        );
    }
}

fn tell(
    model: &Model,
    registries: &Registries,
    image: &Spanned<String>,
    reference: &Reference,
    emit: &mut Emit<'_>,
) {
    if has_mirror(registries, reference) {
        return;
    }
    let other_form = match reference.digest() {
        Some(_) => format!("{}:any", reference.name()),
        None => format!("{}{ANY_DIGEST}", reference.name()),
    };
    let Ok(other) = Reference::parse_normalized(&other_form) else {
        return;
    };
    let text = code(&image.value);
    if has_mirror(registries, &other) {
        let registry = registries
            .find(other.name())
            .map(|id| registries.registry(id));
        let places = registry.into_iter().flat_map(origins::sources);
        let places = places.map(|place| (place, "its mirrors".to_owned()));
        let (message, help) = match reference.digest() {
            Some(_) => (
                format!("image {text} has a digest, but its mirrors serve tags only"),
                "add its source to an `ImageDigestMirrorSet`",
            ),
            None => (
                format!("image {text} has no digest, but its mirrors serve digests only"),
                "write the digest, or add its source to an `ImageTagMirrorSet`",
            ),
        };
        emit.add(image.span, message).also_each(places).help(help);
        return;
    }
    let is_near = |entry: &&MirrorEntry| host_of(&entry.source.value) == reference.domain();
    if registries.find(reference.name()).is_none()
        && let Some(near) = model.entries().find(is_near)
    {
        emit.add(
            image.span,
            format!(
                "image {text} has no mirror, though other repositories of {} have",
                code(reference.domain())
            ),
        )
        .severity(Severity::Info)
        .also(near.source.span, "one of them")
        .help("add its repository to a mirror set, unless nodes can reach the source");
    }
}

fn has_mirror(registries: &Registries, reference: &Reference) -> bool {
    let attempts = resolve(registries, reference).attempts;
    // What cannot be resolved at all is told elsewhere.
    attempts.map_or(true, |attempts| {
        let is_mirror = |attempt: &Attempt| matches!(attempt.endpoint, Endpoint::Mirror(_));
        attempts.iter().any(is_mirror)
    })
}
