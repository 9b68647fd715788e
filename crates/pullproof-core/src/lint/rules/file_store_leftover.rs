//! `file-store-leftover`: sources that are paths in files, and copies that end in files.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::mapping::parts::Parts;
use crate::resource::mapping::{MappingFile, Pair, Store};
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "file-store-leftover",
        code: "PP102",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("file_store_leftover.md"),
    },
    looks_at: Subject::Mappings,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let mut paths: Map<String, Span> = Map::new();
    for mapping in &model.beside.mappings {
        for pair in &mapping.pairs {
            if pair.source.value.store == Store::File {
                let path = Parts::of(&pair.source.value).repository().exact();
                paths.entry(path).or_insert(pair.source.span);
            }
        }
        end_in_files(mapping, emit);
    }
    if paths.is_empty() {
        return;
    }
    for set in &model.mirror_sets {
        let sources = set.entries.iter().map(|entry| &entry.source);
        let left = sources.filter_map(|source| Some((source, paths.get(&source.value)?)));
        let left: Vec<_> = left.collect();
        let Some(((first, place), others)) = left.split_first() else {
            continue;
        };
        let others = others
            .iter()
            .map(|(it, _)| (it.span, "so is this".to_owned()));
        let finding = emit.add(
            first.span,
            format!(
                "{} is a path in files, which no node ever asks for",
                code(&first.value)
            ),
        );
        finding.also(**place, "it is copied from there");
        finding.also_each(others).help(
            "write the sources of the mapping that copied to files, or make the sets from the \
             catalog's own registry",
        );
    }
}

/// Tells that nothing was copied to a registry yet.
fn end_in_files(mapping: &MappingFile, emit: &mut Emit<'_>) {
    let is_in_files = |pair: &&Pair| pair.destination.value.store == Store::File;
    let pairs: Vec<&Pair> = mapping.pairs.iter().filter(is_in_files).collect();
    let [first, others @ ..] = pairs.as_slice() else {
        return;
    };
    let more = match others.len() {
        0 => String::new(),
        n => format!(", and {n} more"),
    };
    emit.add(
        first.destination.span,
        format!(
            "copied to files only: {}{more}",
            code(&first.destination.value.to_string())
        ),
    )
    .severity(Severity::Info)
    .help("copy them on from there to a registry: no node pulls from files");
}
