//! `anonymous-endpoint`: something is contacted that there are no credentials for.

use super::{Proof, Shortest, World, contacted};
use crate::credentials::{governing_key, without_scheme};
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::reference::without_witness_end;
use crate::regions::{Also, Region};
use crate::registries::load::RegistryId;
use crate::resolve::Endpoint;
use crate::sorted::Map;

pub(super) static CARD: Card = Card {
    id: "anonymous-endpoint",
    code: "PV003",
    severity: Severity::Error,
    since: "0.1.0",
    releases: Releases::ALL,
    fix: None,
    page: page!("anonymous_endpoint.md"),
};

pub(super) fn prove(world: &World<'_>, keys: &[&str]) -> Proof {
    let scopes = keys.iter().map(|key| without_scheme(key));
    let also = Also {
        asked_for: scopes.clone().collect(),
        asked_of_endpoints: scopes.collect(),
    };
    let mut found: Map<(RegistryId, Endpoint), Shortest> = Map::new();
    let counts = world.each(&also, |region: &Region<'_>, resolution| {
        // There is no end of registries that no source is on.
        let Some(entry) = resolution.registry else {
            return;
        };
        for attempt in contacted(resolution) {
            if governing_key(keys, attempt.reference.name()).is_none() {
                let shortest = found.entry((entry, attempt.endpoint)).or_default();
                let form = region.class.form();
                shortest.add(form, &region.witness, &attempt.reference);
            }
        }
    });
    let mut refuted = world.refuted(&CARD);
    for ((entry, endpoint), shortest) in &found {
        let Some(witness) = shortest.first() else {
            continue;
        };
        let places = world.places(Some(*entry), *endpoint);
        let span = places.origins.first().map_or(places.span, |it| it.span);
        let asked = without_witness_end(&witness.asked);
        let host = asked.split('/').next().unwrap_or_default();
        let message = format!(
            "no key of the pull secret is for {}, which is asked for {} {}",
            code(asked),
            code(without_witness_end(&witness.image)),
            shortest.forms()
        );
        refuted.add(span, message).help(format!(
            "add credentials under {} or a path of it, unless everybody may pull there",
            code(host)
        ));
    }
    counts.proof(refuted.findings)
}
