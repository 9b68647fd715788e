//! `mirror-without-ca`: a mirror whose host has certificates, but not with its port.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, origins};
use crate::model::Model;
use crate::registries::Role;
use crate::registries::index::host_of;
use crate::registries::load::Registries;
use crate::resource::ca_bundle::{Authority, CaBundle};
use crate::scope::authority_of;
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "mirror-without-ca",
        code: "PP069",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("mirror_without_ca.md"),
    },
    looks_at: Subject::CaBundles,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let mut trusted: Map<String, &Authority> = Map::new();
    for authority in trusted_bundles(model).flat_map(CaBundle::usable) {
        trusted.insert(authority.host(), authority);
    }
    if trusted.is_empty() {
        return;
    }
    // Hosts whatever their case, since directories of nodes have one and names of hosts have none.
    let mut by_name: Map<String, &Authority> = Map::new();
    for (host, authority) in &trusted {
        let name = host_of(host).to_ascii_lowercase();
        by_name.entry(name).or_insert(*authority);
    }
    for (host, mirrors) in verified_mirrors(model) {
        let near = by_name.get(&host_of(host).to_ascii_lowercase());
        let (Some(near), [first, others @ ..]) = (near, mirrors.as_slice()) else {
            continue;
        };
        if trusted.contains_key(host) {
            continue;
        }
        let message = format!(
            "nodes look for certificates of {} as {}, and the key is for {}",
            code(host_of(host)),
            code(host),
            code(&near.host())
        );
        let others = others
            .iter()
            .map(|span| (*span, "the same host".to_owned()));
        emit.add(*first, message)
            .also(near.key.span, "the key")
            .also_each(others)
            .help(format!("add the key {}", code(&key_of(host))));
    }
}

/// What nodes come to trust: what the cluster asks for, or all where nobody asks.
fn trusted_bundles(model: &Model) -> impl Iterator<Item = &CaBundle> {
    let is_asked = model.beside.wanted_bundle.is_some();
    let in_place = model.beside.ca_bundles.iter().filter(|it| it.is_in_place());
    in_place.filter(move |it| it.is_named || !is_asked)
}

/// Mirrors that are contacted with TLS verified, by host with its port.
fn verified_mirrors(model: &Model) -> Map<&str, Vec<Span>> {
    let mut by_host: Map<&str, Vec<Span>> = Map::new();
    let registries = model.loaded().into_iter().flat_map(Registries::list);
    for mirror in registries.flat_map(|it| &it.mirrors) {
        let place = origins::with_roles(&mirror.origins, &[Role::Mirror]).next();
        if let Some(place) = place.filter(|_| !mirror.insecure) {
            let host = authority_of(&mirror.location);
            by_host.entry(host).or_default().push(place);
        }
    }
    by_host
}

/// The key for a host, in which no colon can be.
fn key_of(host: &str) -> String {
    host.replacen(':', "..", 1)
}
