//! `ported-host`: an entry of a registries.conf for a host that governs its ports, too, where one is in use.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, conf};
use crate::model::Model;
use crate::model::confs::ConfSet;
use crate::reference::Reference;
use crate::registries::load::{Registries, RegistryId};
use crate::resolve::endpoint_fault::WITNESS_COMPONENT;
use crate::resolve::resolve;
use crate::sorted::Set;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "ported-host",
        code: "PP049",
        severity: Severity::Info,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("ported_host.md"),
    },
    looks_at: Subject::Confs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for set in &model.confs {
        if let Some(registries) = &set.registries {
            // One port shows it, and an entry can have thousands of mirrors.
            let mut told = Set::new();
            for (authority, span) in authorities(set, registries) {
                if let Some(id) = governing(registries, authority)
                    && told.insert(id)
                {
                    tell(set, registries, authority, span, emit);
                }
            }
        }
    }
}

/// Every host with a port that pulls have, as far as the entries and search registries tell.
fn authorities<'a>(set: &ConfSet, registries: &'a Registries) -> Vec<(&'a str, Span)> {
    let mut authorities = Vec::new();
    for registry in &registries.search {
        authorities.push((registry.value.as_str(), registry.span));
    }
    for registry in registries.list() {
        if let Some((authority, _)) = registry.prefix.split_once('/')
            && let Some((span, _)) = conf::prefix_place(set, registry)
        {
            authorities.push((authority, span));
        }
    }
    authorities.retain(|(authority, _)| authority.contains(':'));
    authorities
}

/// The entry for a host that governs one of its ports; `None` where another one does, or none.
fn governing(registries: &Registries, authority: &str) -> Option<RegistryId> {
    let (host, _) = authority.split_once(':')?;
    let id = registries.find(&format!("{authority}/{WITNESS_COMPONENT}"))?;
    (registries.registry(id).prefix == host).then_some(id)
}

fn tell(set: &ConfSet, registries: &Registries, authority: &str, span: Span, emit: &mut Emit<'_>) {
    let witness = format!("{authority}/{WITNESS_COMPONENT}:latest");
    let Ok(witness) = Reference::parse_normalized(&witness) else {
        return;
    };
    let resolution = resolve(registries, &witness);
    let Some(registry) = resolution.registry.map(|id| registries.registry(id)) else {
        return;
    };
    let Some((entry, _)) = conf::prefix_place(set, registry) else {
        return;
    };
    let (entry_name, authority) = (code(&registry.prefix), code(authority));
    let message = match &resolution.attempts {
        Ok(_) => format!("the entry of {entry_name} governs {authority}, too"),
        Err(_) => format!("pulls of {authority} fail: the entry of {entry_name} governs them, too"),
    };
    let finding = conf::add(emit, set, entry, message);
    finding.also(span, "where the port is named");
    if let Err(error) = &resolution.attempts {
        finding.severity(Severity::Error);
        finding.also(
            entry,
            format!(
                "{} becomes {}: {}",
                code(witness.as_str()),
                code(&error.text),
                error.error
            ),
        );
    }
    finding.help(format!("add an entry for {authority}"));
}
