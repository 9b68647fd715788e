//! `unverified-endpoint`: something is contacted without verifying who answers.

use super::{Proof, Shortest, World, contacted};
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::reference::without_witness_end;
use crate::regions::{Also, Region};
use crate::registries::Role;
use crate::registries::load::RegistryId;
use crate::resolve::Endpoint;
use crate::sorted::Map;

pub(super) static CARD: Card = Card {
    id: "unverified-endpoint",
    code: "PV004",
    severity: Severity::Error,
    since: "0.1.0",
    releases: Releases::ALL,
    fix: None,
    page: page!("unverified_endpoint.md"),
};

pub(super) fn prove(world: &World<'_>) -> Proof {
    let mut found: Map<(Option<RegistryId>, Endpoint), Shortest> = Map::new();
    let counts = world.each(&Also::default(), |region: &Region<'_>, resolution| {
        for attempt in contacted(resolution).filter(|attempt| attempt.insecure) {
            let shortest = found.entry((resolution.registry, attempt.endpoint));
            let form = region.class.form();
            shortest
                .or_default()
                .add(form, &region.witness, &attempt.reference);
        }
    });
    let mut refuted = world.refuted(&CARD);
    for ((entry, endpoint), shortest) in &found {
        let Some(witness) = shortest.first() else {
            continue;
        };
        let places = world.places(*entry, *endpoint);
        let by = |role: Role| places.origins.iter().find(|origin| origin.role == role);
        let origin = by(Role::Insecure).or(places.origins.first());
        let span = origin.map_or(places.span, |origin| origin.span);
        let message = format!(
            "{} is contacted without verifying who answers, for {} {}",
            code(without_witness_end(&witness.asked)),
            code(without_witness_end(&witness.image)),
            shortest.forms()
        );
        refuted.add(span, message).help(
            "give nodes the registry's certificate authority in `additionalTrustedCA`, and take \
             the registry out of `insecureRegistries`",
        );
    }
    counts.proof(refuted.findings)
}
