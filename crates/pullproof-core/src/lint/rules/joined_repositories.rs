//! `joined-repositories`: repositories that are copied into one.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::codes;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::order;
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "joined-repositories",
        code: "PP104",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("joined_repositories.md"),
    },
    looks_at: Subject::Mappings,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let all = model.beside.copies();
    // By destination: each source repository and its first place.
    let mut joined: Map<&str, Vec<(&str, Span)>> = Map::new();
    for copies in all {
        let source = copies.name.name();
        for (span, destination) in &copies.destinations {
            let sources = joined.entry(destination.name()).or_default();
            // Lines of one repository stand together, or else are found again in the end.
            if sources.last().is_none_or(|(last, _)| *last != source) {
                sources.push((source, *span));
            }
        }
    }
    for (destination, mut sources) in joined {
        order::sort_by_key(&mut sources, |(source, span)| (*source, *span));
        sources.dedup_by_key(|(source, _)| *source);
        order::sort_by_key(&mut sources, |(_, span)| *span);
        let [first, others @ ..] = sources.as_slice() else {
            continue;
        };
        let Some((_, last)) = others.last() else {
            continue;
        };
        let others = others
            .iter()
            .rev()
            .skip(1)
            .map(|(_, span)| (*span, "another one".to_owned()));
        emit.add(
            *last,
            format!(
                "{} are copied into one repository, {}",
                codes(sources.iter().map(|(source, _)| *source)),
                codes([destination])
            ),
        )
        .also(first.1, "the first of them")
        .also_each(others)
        .help("give each a repository of its own: a tag of one may replace that of another");
    }
}
