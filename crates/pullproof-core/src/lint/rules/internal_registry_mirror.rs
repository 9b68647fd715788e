//! `internal-registry-mirror`: a mirror in the registry that a cluster runs itself.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases};
use crate::lint::words::code;
use crate::lint::{Emit, Rule};
use crate::model::Model;
use crate::registries::index::host_of;
use crate::render;
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "internal-registry-mirror",
        code: "PP027",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: include_str!("internal_registry_mirror.md"),
    },
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let is_read = |kind| render::is_read(kind, model.version);
    for set in model.mirror_sets.iter().filter(|set| is_read(set.kind)) {
        let mut by_host: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for mirror in set.entries.iter().flat_map(|entry| &entry.mirrors) {
            let host = host_of(&mirror.value);
            if sign(host).is_some() {
                by_host.entry(host).or_default().push(mirror.span);
            }
        }
        for (host, places) in by_host {
            let (Some(sign), [first, others @ ..]) = (sign(host), places.as_slice()) else {
                continue;
            };
            let (message, severity) = match sign {
                Sign::Name => ("is the cluster's own registry", Severity::Error),
                Sign::Route => (
                    "is a cluster's own registry by its route",
                    Severity::Warning,
                ),
                Sign::Address => ("looks like a cluster's own registry", Severity::Warning),
            };
            let others = others.iter().map(|span| (*span, "another one".to_owned()));
            emit.add(*first, format!("mirror host {} {message}", code(host)))
                .severity(severity)
                .also_each(others)
                .help("mirror to a registry outside of the cluster, which is there before it");
        }
    }
}

/// What shows that a host is a cluster's own registry.
#[derive(Clone, Copy)]
enum Sign {
    /// The name of its service.
    Name,
    /// The name of the route that it gets where it is exposed.
    Route,
    /// An address of the network that services have unless another one is chosen.
    Address,
}

fn sign(host: &str) -> Option<Sign> {
    const SERVICE: &str = "image-registry.openshift-image-registry.svc";
    const ROUTE: &str = "default-route-openshift-image-registry.";
    if let Some(rest) = host.strip_prefix(SERVICE)
        && (rest.is_empty() || rest == ".cluster.local")
    {
        return Some(Sign::Name);
    }
    if host.starts_with(ROUTE) {
        return Some(Sign::Route);
    }
    let mut octets = host.strip_prefix("172.30.")?.split('.');
    let is_octet = |octet: Option<&str>| octet.is_some_and(|octet| octet.parse::<u8>().is_ok());
    let is_address = is_octet(octets.next()) && is_octet(octets.next()) && octets.next().is_none();
    is_address.then_some(Sign::Address)
}
