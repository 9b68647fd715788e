//! `unserved-form`: a blocked entry of a registries.conf none of whose mirrors is for one form of pull.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, conf};
use crate::model::Model;
use crate::model::confs::ConfSet;
use crate::registries::load::{Registries, RegistryId};
use crate::resolve::endpoint_fault::EndpointFaultKind;
use crate::resolve::serves;
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unserved-form",
        code: "PP048",
        severity: Severity::Info,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("unserved_form.md"),
    },
    looks_at: Subject::Confs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for set in &model.confs {
        if let Some(registries) = &set.registries {
            check_set(set, registries, emit);
        }
    }
}

fn check_set(set: &ConfSet, registries: &Registries, emit: &mut Emit<'_>) {
    let fates = set.source_fates.iter();
    let fates: Map<RegistryId, _> = fates.map(|fate| (fate.registry, &fate.fault)).collect();
    for (id, registry) in registries.entries() {
        let is_blocked = match fates.get(&id) {
            None => registry.blocked,
            Some(fault) => matches!(fault, Some(EndpointFaultKind::Blocked(_))),
        };
        if !is_blocked || registry.mirrors.is_empty() {
            continue;
        }
        let is_served = [true, false].map(|is_digested| {
            let mut mirrors = registry.mirrors.iter();
            mirrors.any(|mirror| serves(registry, mirror.pull_from_mirror, is_digested))
        });
        let (form, other) = match is_served {
            [true, true] => continue,
            [false, _] => ("digest", "tags"),
            [_, false] => ("tag", "digests"),
        };
        let Some(span) = set.places(registry).blocked.or(registry.span) else {
            continue;
        };
        let message = format!(
            "every pull of {} by {form} fails: it is blocked, and its mirrors are only for {other}",
            code(&registry.prefix)
        );
        conf::add(emit, set, span, message).help(format!(
            "add a mirror for pulls by {form} where there are any"
        ));
    }
}
