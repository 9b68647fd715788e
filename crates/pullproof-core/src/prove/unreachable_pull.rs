//! `unreachable-pull`: a reference that nobody can pull.

use super::{Proof, Shortest, World, contacted, is_usual};
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::reference::without_witness_end;
use crate::regions::{Also, Form, Region};
use crate::registries::load::RegistryId;
use crate::resolve::{Endpoint, Resolution};
use crate::sorted::{Map, Set};
use crate::trace::is_host;

pub(super) static CARD: Card = Card {
    id: "unreachable-pull",
    code: "PV002",
    severity: Severity::Error,
    since: "0.1.0",
    releases: Releases::ALL,
    fix: None,
    page: page!("unreachable_pull.md"),
};

/// Why a class cannot be pulled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why<'a> {
    /// The policy lets no such image in: by this scope, or by default.
    Refused(&'a str),
    /// What it is rewritten to is no reference.
    NoReference,
    /// Every endpoint is blocked.
    Blocked,
    /// Every endpoint that is not blocked is down.
    Down,
}

pub(super) fn prove(world: &World<'_>, down: &[String]) -> Proof {
    let scopes = world.policy.iter().flat_map(|policy| policy.scopes.keys());
    let hosts = down.iter().filter(|host| !host.contains('/'));
    let also = Also {
        asked_for: scopes.chain(hosts).map(String::as_str).collect(),
        asked_of_endpoints: Set::new(),
    };
    let mut failing: Map<(Option<RegistryId>, Why<'_>), Shortest> = Map::new();
    let counts = world.each(&also, |region: &Region<'_>, resolution| {
        // Other ports of a host and names of record length are hardly ever repositories.
        if !is_usual(region.extent) {
            return;
        }
        if let Some(why) = why(world, down, resolution) {
            let group = (resolution.registry, why);
            let form = region.class.form();
            let shortest = failing.entry(group).or_default();
            shortest.add(form, &region.witness, &region.witness);
        }
    });
    let mut refuted = world.refuted(&CARD);
    for ((entry, why), shortest) in &failing {
        let Some(witness) = shortest.first() else {
            continue;
        };
        let places = world.places(*entry, Endpoint::Source);
        let span = places.origins.first().map_or(places.span, |it| it.span);
        let reason = match why {
            Why::Refused("") => "policy.json lets in nothing that is not allowed".to_owned(),
            Why::Refused(scope) => format!("policy.json refuses {}", code(scope)),
            Why::NoReference => "what it is rewritten to is no reference".to_owned(),
            Why::Blocked => "every endpoint is blocked".to_owned(),
            Why::Down => "every endpoint that is not blocked is down".to_owned(),
        };
        let forms = shortest.forms();
        let message = format!(
            "{} cannot be pulled {forms}: {reason}",
            code(without_witness_end(&witness.image))
        );
        let is_one_form = !(shortest.has(Form::Tag) && shortest.has(Form::Digest));
        let finding = refuted.add(span, message);
        if entry.is_none() {
            // What no source covers is hardly ever meant.
            finding.severity(Severity::Info);
        }
        finding.help(match why {
            Why::Refused(_) => {
                "allow the source in `allowedRegistries`, or take it out of `blockedRegistries`; \
                 mirrors need not be allowed"
            }
            Why::NoReference => "mend the mirror's location, or take the mirror away",
            Why::Blocked if is_one_form => {
                "give the source mirrors for this form of pull, too, or let it be contacted"
            }
            Why::Blocked => "give the source a mirror, or let it be contacted",
            Why::Down => "give the source a mirror on another host",
        });
    }
    counts.proof(refuted.findings)
}

/// Why a reference cannot be pulled; `None` when it can.
fn why<'a>(world: &World<'a>, down: &[String], resolution: &Resolution) -> Option<Why<'a>> {
    if resolution.attempts.is_err() {
        return Some(Why::NoReference);
    }
    let is_up = |host: &str| !down.iter().any(|down| is_host(host, down));
    if resolution.registry.is_none() && !is_up(resolution.reference.domain()) {
        // That a registry which is down has none of its own images is no news.
        return None;
    }
    let mut open = contacted(resolution).peekable();
    if open.peek().is_none() {
        return Some(Why::Blocked);
    }
    if !open.any(|attempt| is_up(attempt.reference.domain())) {
        return Some(Why::Down);
    }
    let scope = world.refused_by(&resolution.reference)?;
    Some(Why::Refused(scope))
}
