//! `escaped-block`: a blocked entry of a registries.conf whose pulls go elsewhere and are not blocked there.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, conf};
use crate::model::Model;
use crate::resolve::endpoint_fault::{EndpointFaultKind, Extent};
use crate::resolve::source_fate::SourceFate;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "escaped-block",
        code: "PP044",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("escaped_block.md"),
    },
    looks_at: Subject::Confs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for set in &model.confs {
        let Some(registries) = &set.registries else {
            continue;
        };
        for fate in set.source_fates.iter().filter(|fate| is_contacted(fate)) {
            let registry = registries.registry(fate.registry);
            if !registry.blocked {
                continue;
            }
            let places = set.places(registry);
            let Some(span) = places.blocked.or(registry.span) else {
                continue;
            };
            let (prefix, location) = (code(&registry.prefix), code(&registry.location));
            let message = format!(
                "{prefix} is not blocked: its pulls go to {location}, which no entry blocks"
            );
            let finding = conf::add(emit, set, span, message);
            if let Some(location) = places.location {
                finding.also(location, "where they go");
            }
            finding.help(format!(
                "remove `location` to block {prefix}, or `prefix` to block {location}"
            ));
        }
    }
}

/// Whether pulls below the prefix, at least, get to the location.
fn is_contacted(fate: &SourceFate) -> bool {
    match &fate.fault {
        None => true,
        Some(EndpointFaultKind::Unusable { error: _, extent }) => *extent == Extent::Itself,
        Some(EndpointFaultKind::Blocked(_)) => false,
    }
}
