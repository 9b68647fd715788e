//! `internal-registry-mirror`: a mirror in the registry that a cluster runs itself.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::own_registry::sign;
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::registries::index::host_of;
use crate::render;
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "internal-registry-mirror",
        code: "PP027",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("internal_registry_mirror.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let is_read = |kind| render::is_read(kind, model.version);
    for set in model.mirror_sets.iter().filter(|set| is_read(set.kind)) {
        let mut by_host: Map<&str, Vec<_>> = Map::new();
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
            let others = others.iter().map(|span| (*span, "another one".to_owned()));
            emit.add(
                *first,
                format!("mirror host {} {}", code(host), sign.told()),
            )
            .severity(sign.severity())
            .also_each(others)
            .help("mirror to a registry outside of the cluster, which is there before it");
        }
    }
}
