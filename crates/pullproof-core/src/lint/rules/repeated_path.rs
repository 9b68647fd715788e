//! `repeated-path`: copies within one registry whose path comes twice.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "repeated-path",
        code: "PP108",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("repeated_path.md"),
    },
    looks_at: Subject::Mappings,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let all = model.beside.copies();
    let repeated = all.iter().flat_map(|copies| {
        let destinations = copies.destinations.iter();
        destinations.filter_map(|(span, it)| {
            let is_within = it.domain() == copies.name.domain();
            let twice = is_within.then(|| twice(copies.name.path(), it.path()))??;
            Some((*span, it, twice))
        })
    });
    let repeated: Vec<_> = repeated.collect();
    let Some(((span, destination, twice), others)) = repeated.split_first() else {
        return;
    };
    let others = others
        .iter()
        .map(|(span, ..)| (*span, "so it does here".to_owned()));
    emit.add(
        *span,
        format!(
            "{} comes twice in {}, to which the registry's own image is copied",
            code(twice),
            code(destination.name())
        ),
    )
    .also_each(others)
    .help(
        "run `oc adm catalog mirror` with the catalog's first source: of its own copy, it writes \
         images that were never pushed",
    );
}

/// The first part of a path, where a copy has it once more in front.
fn twice<'a>(path: &'a str, copied: &str) -> Option<&'a str> {
    let (first, _) = path.split_once('/')?;
    let rest = copied.strip_prefix(first)?.strip_prefix('/')?;
    let rest = rest.strip_prefix(first)?;
    rest.starts_with(['/', '-']).then_some(first)
}
