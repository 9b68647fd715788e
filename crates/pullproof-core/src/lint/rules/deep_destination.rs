//! `deep-destination`: destinations with more parts than their registry takes.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::reference::Reference;
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "deep-destination",
        code: "PP103",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("deep_destination.md"),
    },
    looks_at: Subject::Mappings,
    check,
};

/// Most parts of a path that Quay takes where nested repositories are not enabled.
const MAX_PARTS: usize = 2;

/// The host that is known for it.
const QUAY: &str = "quay.io";

fn check(model: &Model, emit: &mut Emit<'_>) {
    let hosts = std::iter::once(QUAY).chain(model.beside.flat_hosts.iter().map(String::as_str));
    let hosts: Vec<&str> = hosts.collect();
    let mut deep: Map<String, Vec<(Span, Reference)>> = Map::new();
    for pair in model.beside.mappings.iter().flat_map(|it| &it.pairs) {
        let Some(name) = pair.destination.value.normalized() else {
            continue;
        };
        if hosts.contains(&name.domain()) && MAX_PARTS < name.path().split('/').count() {
            let places = deep.entry(name.domain().to_owned()).or_default();
            places.push((pair.destination.span, name));
        }
    }
    for (host, places) in deep {
        let Some(((span, name), others)) = places.split_first() else {
            continue;
        };
        let n_parts = name.path().split('/').count();
        let others = others
            .iter()
            .map(|(span, _)| (*span, "so has this".to_owned()));
        emit.add(
            *span,
            format!(
                "{} has {n_parts} parts, and {} takes {MAX_PARTS}",
                code(name.path()),
                code(&host)
            ),
        )
        .also_each(others)
        .help(
            "copy to a namespace alone with `--max-components=2`, or enable nested repositories \
             in a Quay of your own",
        );
    }
}
