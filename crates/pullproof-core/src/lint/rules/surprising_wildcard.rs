//! `surprising-wildcard`: a wildcard of a registries.conf that governs other hosts than it seems to.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, conf};
use crate::model::Model;
use crate::model::confs::ConfSet;
use crate::registries::index::host_of;
use crate::registries::load::Registries;
use crate::registries::reach::{missed_wildcards, winning_wildcard};
use crate::sorted::Set;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "surprising-wildcard",
        code: "PP047",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("surprising_wildcard.md"),
    },
    looks_at: Subject::Confs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for set in &model.confs {
        if let Some(registries) = &set.registries
            && registries
                .list()
                .iter()
                .any(|it| it.prefix.starts_with("*."))
        {
            check_missed(set, registries, emit);
            check_winning(set, registries, emit);
        }
    }
}

/// A host that is named somewhere.
struct Named<'a> {
    host: &'a str,
    span: Span,
    /// Whether only its being blocked matters there.
    is_endpoint: bool,
}

fn check_missed(set: &ConfSet, registries: &Registries, emit: &mut Emit<'_>) {
    let mut told = Set::new();
    for named in named(set, registries) {
        let missed = missed_wildcards(registries, named.host).into_iter();
        let missed = missed.filter(|wildcard| wildcard.blocked || !named.is_endpoint);
        for wildcard in missed {
            if !told.insert((&wildcard.prefix, named.host)) {
                continue;
            }
            let end = &wildcard.prefix[1..];
            let (prefix, host) = (code(&wildcard.prefix), code(named.host));
            let message = format!(
                "{prefix} does not stand for {host}, which has {} twice",
                code(end)
            );
            let finding = conf::add(emit, set, named.span, message);
            if let Some((span, _)) = conf::prefix_place(set, wildcard) {
                finding.also(span, "the wildcard");
            }
            finding.help(format!(
                "add an entry for {host}: nodes look only at the first {} of a name",
                code(end)
            ));
        }
    }
}

/// Every host that the entries and search registries name, but those of entries for a whole host:
/// no wildcard would govern them anyway.
fn named<'a>(set: &ConfSet, registries: &'a Registries) -> Vec<Named<'a>> {
    let mut named = Vec::new();
    let mut push = |text: &'a str, span: Option<Span>, is_endpoint| {
        let host = host_of(text);
        named.extend(span.map(|span| Named {
            host,
            span,
            is_endpoint,
        }));
    };
    for registry in &registries.search {
        push(&registry.value, Some(registry.span), false);
    }
    for registry in registries.list() {
        let places = set.places(registry);
        if registry.prefix.contains(['/', ':']) {
            let place = conf::prefix_place(set, registry);
            push(&registry.prefix, place.map(|(span, _)| span), false);
        }
        if registry.location != registry.prefix {
            push(&registry.location, places.location, true);
        }
        for (mirror_idx, mirror) in registry.mirrors.iter().enumerate() {
            push(
                &mirror.location,
                set.mirror_place(registry, mirror_idx),
                true,
            );
        }
    }
    named
}

fn check_winning(set: &ConfSet, registries: &Registries, emit: &mut Emit<'_>) {
    for registry in registries.list() {
        let Some(wildcard) = winning_wildcard(registries, registry) else {
            continue;
        };
        let Some((span, _)) = conf::prefix_place(set, registry) else {
            continue;
        };
        let message = format!(
            "{} governs {}, although that has an entry of its own",
            code(&wildcard.prefix),
            code(&registry.prefix)
        );
        let finding = conf::add(emit, set, span, message);
        finding.severity(Severity::Error);
        if let Some((span, _)) = conf::prefix_place(set, wildcard) {
            finding.also(span, "as long as the entry, and `*` sorts first");
        }
        finding.help("write entries for the paths of the host, which are longer");
    }
}
