//! `blocked-mirror`: a mirror that an entry blocks.

use crate::file::Span;
use crate::finding::{PLACES_MAX, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, origins};
use crate::model::Model;
use crate::registries::Role;
use crate::registries::entry::Registry;
use crate::resolve::endpoint_fault::EndpointFaultKind;
use crate::sorted::{Map, Set};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "blocked-mirror",
        code: "PP014",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("blocked_mirror.md"),
    },
    looks_at: Subject::EndpointFaults,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(registries) = model.loaded() else {
        return;
    };
    let mut told = Set::new();
    let mut blocks = Map::new();
    for fault in &model.endpoint_faults {
        let EndpointFaultKind::Blocked(blocking) = &fault.kind else {
            continue;
        };
        let registry = registries.registry(fault.registry);
        let mirror = &registry.mirrors[fault.mirror_idx];
        let (blocking, blocks) = (
            registries.registry(*blocking),
            blocks
                .entry(*blocking)
                .or_insert_with(|| Blocks::of(registries.registry(*blocking))),
        );
        let mut places = origins::with_roles(&mirror.origins, &[Role::Mirror, Role::Source]);
        let Some(span) = places.next() else {
            continue;
        };
        // An entry that inherits the mirror has it from the same place.
        if !told.insert((span, &blocking.prefix)) {
            continue;
        }
        let message = format!(
            "mirror {} of {} is blocked by {}",
            code(&mirror.location),
            code(&registry.prefix),
            code(&blocking.prefix)
        );
        emit.add(span, message)
            .also_each(places.map(|span| (span, "the same mirror".to_owned())))
            .also_each(
                blocks
                    .spans
                    .iter()
                    .map(|span| (*span, "what blocks it".to_owned())),
            )
            .help(blocks.help);
    }
}

/// What blocks an entry, worked out once for all mirrors in it.
struct Blocks {
    spans: Vec<Span>,
    help: &'static str,
}

impl Blocks {
    fn of(blocking: &Registry) -> Blocks {
        let roles = [Role::NeverContactSource];
        let by_policy = origins::with_roles(&blocking.origins, &roles).next();
        Blocks {
            // One more, so that it shows whether there are more.
            spans: origins::blocks(blocking).take(PLACES_MAX + 1).collect(),
            help: match by_policy {
                Some(_) => {
                    "name a mirror that may be contacted: nodes do not look for mirrors of mirrors"
                }
                None => "name another mirror, or block less",
            },
        }
    }
}
