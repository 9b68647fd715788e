//! `taken-port`: a host as source that also takes what is pulled from a port of that host.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, origins};
use crate::model::Model;
use crate::reference::Reference;
use crate::registries::entry::Registry;
use crate::registries::index::is_boundary;
use crate::registries::load::{Registries, RegistryId};
use crate::resolve::endpoint_fault::{EndpointFaultKind, WITNESS_COMPONENT};
use crate::resolve::{Endpoint, resolve, serves};
use crate::scope::{authority_of, is_wildcard};
use crate::sorted::{Map, Set};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "taken-port",
        code: "PP022",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("taken_port.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(registries) = model.loaded() else {
        return;
    };
    let is_host = |registry: &Registry| !registry.prefix.bytes().any(is_boundary);
    let is_mirrored = |registry: &Registry| !registry.mirrors.is_empty();
    let mut registries_of_hosts = registries.list().iter().filter(|it| is_host(it));
    if !registries_of_hosts.any(is_mirrored) {
        return;
    }
    // What no pull can use is told elsewhere.
    let is_unusable = |kind: &EndpointFaultKind| matches!(kind, EndpointFaultKind::Unusable { .. });
    let unusable = model.endpoint_faults.iter();
    let unusable = unusable.filter(|fault| is_unusable(&fault.kind));
    let unusable: Set<RegistryId> = unusable.map(|fault| fault.registry).collect();
    for (authority, place) in ports(model) {
        let Some(id) = registries.find(&format!("{authority}/{WITNESS_COMPONENT}")) else {
            continue;
        };
        let registry = registries.registry(id);
        if is_host(registry) && is_mirrored(registry) && !unusable.contains(&id) {
            tell(registries, id, authority, place, emit);
        }
    }
}

/// Every host with a port that the inputs name as a place to pull from, with one such place.
fn ports(model: &Model) -> Map<&str, Span> {
    let mut ports = Map::new();
    let mirrors = model.entries().flat_map(|entry| &entry.mirrors);
    let allowed = model.image.allowed.iter().flatten();
    for location in mirrors.chain(allowed) {
        let authority = authority_of(&location.value);
        let colon = authority.bytes().position(|byte| byte == b':');
        let port = colon.map(|colon| &authority[colon + 1..]);
        let is_port = |port: &str| !port.is_empty() && port.bytes().all(|it| it.is_ascii_digit());
        if port.is_some_and(is_port) {
            ports.entry(authority).or_insert(location.span);
        }
    }
    ports
}

fn tell(
    registries: &Registries,
    id: RegistryId,
    authority: &str,
    place: Span,
    emit: &mut Emit<'_>,
) {
    let registry = registries.registry(id);
    let Some(span) = origins::sources(registry).next() else {
        return;
    };
    let mut mirrors = registry.mirrors.iter();
    let end = match mirrors.any(|mirror| serves(registry, mirror.pull_from_mirror, true)) {
        true => format!("@sha256:{}", "0".repeat(64)),
        false => ":latest".to_owned(),
    };
    let witness = format!("{authority}/{WITNESS_COMPONENT}{end}");
    let Ok(witness) = Reference::parse_normalized(&witness) else {
        return;
    };
    let (source, port) = (code(&registry.prefix), code(authority));
    let message = match resolve(registries, &witness).attempts {
        Ok(attempts) => match attempts.first() {
            Some(first) if first.endpoint != Endpoint::Source => format!(
                "source {source} also takes pulls from {port}, which go to {} first",
                code(first.reference.name())
            ),
            _ => return,
        },
        Err(error) => format!(
            "source {source} also takes pulls from {port}, which fail: {} is no name",
            code(error.text.split('@').next().unwrap_or_default())
        ),
    };
    emit.add(span, message)
        .also(place, "where that port is named")
        .help(match is_wildcard(&registry.prefix) {
            true => "name each host in place of the wildcard".to_owned(),
            false => format!(
                "name the organizations that are mirrored as sources, such as {}: behind a path \
                 comes no port",
                code(&format!("{}/org", registry.prefix))
            ),
        });
}
