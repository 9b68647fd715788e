//! `blocked-location`: a mirror or location of a registries.conf that an entry blocks.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, conf};
use crate::model::Model;
use crate::model::confs::ConfSet;
use crate::registries::load::{Registries, RegistryId};
use crate::resolve::endpoint_fault::EndpointFaultKind;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "blocked-location",
        code: "PP045",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("blocked_location.md"),
    },
    looks_at: Subject::Confs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for set in &model.confs {
        if let Some(registries) = &set.registries {
            check_mirrors(set, registries, emit);
            check_locations(set, registries, emit);
        }
    }
}

fn check_mirrors(set: &ConfSet, registries: &Registries, emit: &mut Emit<'_>) {
    for fault in &set.endpoint_faults {
        let EndpointFaultKind::Blocked(blocking) = &fault.kind else {
            continue;
        };
        let registry = registries.registry(fault.registry);
        let mirror = &registry.mirrors[fault.mirror_idx];
        let (mirror, prefix) = (code(&mirror.location), code(&registry.prefix));
        let message = format!("mirror {mirror} of {prefix}");
        let span = set.mirror_place(registry, fault.mirror_idx);
        tell(set, registries, span, &message, *blocking, emit);
    }
}

fn check_locations(set: &ConfSet, registries: &Registries, emit: &mut Emit<'_>) {
    for fate in &set.source_fates {
        let Some(EndpointFaultKind::Blocked(blocking)) = &fate.fault else {
            continue;
        };
        let registry = registries.registry(fate.registry);
        // To block it was meant, here as there.
        if registry.blocked {
            continue;
        }
        let (location, prefix) = (code(&registry.location), code(&registry.prefix));
        let message = format!("location {location} of {prefix}");
        let span = set.places(registry).location.or(registry.span);
        tell(set, registries, span, &message, *blocking, emit);
    }
}

fn tell(
    set: &ConfSet,
    registries: &Registries,
    span: Option<Span>,
    what: &str,
    blocking: RegistryId,
    emit: &mut Emit<'_>,
) {
    let blocking = registries.registry(blocking);
    let message = format!("{what} is blocked by {}", code(&blocking.prefix));
    let Some(span) = span else { return };
    let finding = conf::add(emit, set, span, message);
    if let Some(span) = set.places(blocking).blocked.or(blocking.span) {
        finding.also(span, "what blocks it");
    }
    finding.help("name a location that may be contacted, or block less");
}
