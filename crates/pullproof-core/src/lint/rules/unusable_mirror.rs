//! `unusable-mirror`: a mirror that makes pulls of its source fail before anything is contacted.

use crate::finding::{Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, form, origins};
use crate::model::Model;
use crate::reference::{Reference, ReferenceError, looks_like_registry};
use crate::registries::Role;
use crate::registries::entry::{Mirror, Registry};
use crate::resolve::endpoint_fault::{EndpointFaultKind, Extent};
use crate::resolve::{RewriteError, serves};
use crate::scope::authority_of;
use crate::scope::form::Form;
use crate::sorted::Set;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unusable-mirror",
        code: "PP015",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("unusable_mirror.md"),
    },
    looks_at: Subject::EndpointFaults,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(registries) = model.loaded() else {
        return;
    };
    let mut told = Set::new();
    for fault in &model.endpoint_faults {
        let EndpointFaultKind::Unusable { error, extent } = &fault.kind else {
            continue;
        };
        let registry = registries.registry(fault.registry);
        let mirror = &registry.mirrors[fault.mirror_idx];
        let Some(severity) = severity(registry, *extent) else {
            continue;
        };
        let mut places = origins::with_roles(&mirror.origins, &[Role::Mirror, Role::Source]);
        let Some(span) = places.next() else {
            continue;
        };
        // An entry that inherits the mirror has it from the same place.
        if !told.insert(span) {
            continue;
        }
        emit.add(span, message(registry, mirror, *extent))
            .severity(severity)
            .also_each(places.map(|span| (span, "the same mirror".to_owned())))
            .also(span, rewritten(&fault.witness, error))
            .help(help(registry, &mirror.location, error, *extent))
            .fix = form::fix(model, span, Form::Mirror).filter(|_| *extent == Extent::Below);
    }
}

/// How much it matters; `None` for what does not happen.
pub(super) fn severity(registry: &Registry, extent: Extent) -> Option<Severity> {
    let n_components = registry.prefix.matches('/').count();
    match extent {
        Extent::Below => Some(Severity::Error),
        Extent::OneComponent if 0 < n_components => Some(Severity::Error),
        Extent::OneComponent => Some(Severity::Warning),
        // One name behind a host is that of an organization.
        Extent::Itself if n_components < 2 => None,
        Extent::Itself => Some(Severity::Warning),
    }
}

pub(super) fn message(registry: &Registry, mirror: &Mirror, extent: Extent) -> String {
    let form = match (
        serves(registry, mirror.pull_from_mirror, true),
        serves(registry, mirror.pull_from_mirror, false),
    ) {
        (true, false) => " by digest",
        (false, true) => " by tag",
        _ => "",
    };
    let (source, mirror) = (code(&registry.prefix), code(&mirror.location));
    match extent {
        Extent::Below => format!("every pull of {source}{form} fails over its mirror {mirror}"),
        Extent::OneComponent => {
            format!("pulls of {source}{form} with one name behind it fail over its mirror {mirror}")
        }
        Extent::Itself => format!(
            "pulls of {source} itself{form}, if it is a repository, fail over its mirror {mirror}"
        ),
    }
}

pub(super) fn rewritten(witness: &Reference, error: &RewriteError) -> String {
    format!(
        "{} becomes {}: {}",
        code(witness.name()),
        code(name_of(&error.text)),
        error.error
    )
}

/// A rewritten text without its tag or digest, which all witnesses have.
fn name_of(text: &str) -> &str {
    let end = text.find('@').or_else(|| text.rfind(":latest"));
    &text[..end.unwrap_or(text.len())]
}

/// What to do about a location that cannot be used.
pub(super) fn help(
    registry: &Registry,
    location: &str,
    error: &RewriteError,
    extent: Extent,
) -> String {
    let host = authority_of(location);
    let path = registry.prefix.split_once('/').map(|(_, path)| path);
    match (extent, &error.error) {
        (Extent::Itself, _) => {
            let example = format!("{location}/{}", path.unwrap_or_default());
            format!("name the place on the mirror, such as {}", code(&example))
        }
        (Extent::OneComponent, _) => "add the path on the mirror".to_owned(),
        (_, ReferenceError::NotCanonical) if !looks_like_registry(host) => format!(
            "write a host with a dot or a port: {} alone is short for `docker.io/{host}`",
            code(host)
        ),
        (_, ReferenceError::UppercaseRepository | ReferenceError::Uppercase) => {
            "write the path without capitals".to_owned()
        }
        _ if location.ends_with('/') => "remove the slash at the end".to_owned(),
        _ => "correct the mirror: one that cannot be used keeps nodes from all others".to_owned(),
    }
}
