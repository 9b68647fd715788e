//! `internal-registry-destination`: copies into the registry that a cluster runs itself.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::own_registry::sign;
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::registries::index::host_of;
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "internal-registry-destination",
        code: "PP105",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("internal_registry_destination.md"),
    },
    looks_at: Subject::Mappings,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let mut by_host: Map<String, Vec<_>> = Map::new();
    for pair in model.beside.mappings.iter().flat_map(|it| &it.pairs) {
        if let Some(name) = pair.destination.value.normalized()
            && sign(host_of(name.domain())).is_some()
        {
            let places = by_host
                .entry(host_of(name.domain()).to_owned())
                .or_default();
            places.push(pair.destination.span);
        }
    }
    for (host, places) in by_host {
        let (Some(sign), [first, others @ ..]) = (sign(&host), places.as_slice()) else {
            continue;
        };
        let others = others.iter().map(|span| (*span, "another one".to_owned()));
        emit.add(
            *first,
            format!("destination host {} {}", code(&host), sign.told()),
        )
        .severity(sign.severity())
        .also_each(others)
        .help("copy to a registry outside of the cluster: this one takes no image by digest");
    }
}
