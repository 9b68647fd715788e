//! `unmapped-source`: sources of a set that no mapping copies, beside some that it does.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::registries::load::RegistryId;
use crate::render;
use crate::resource::mirror_set::MirrorSet;
use crate::sorted::Set;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unmapped-source",
        code: "PP101",
        severity: Severity::Info,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("unmapped_source.md"),
    },
    looks_at: Subject::Mappings,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(registries) = model.loaded() else {
        return;
    };
    let copies = model.beside.copies();
    let used = copies
        .iter()
        .filter_map(|it| registries.find(it.name.name()));
    let used: Set<RegistryId> = used.collect();
    if used.is_empty() {
        return;
    }
    let is_read = |set: &&MirrorSet| render::is_read(set.kind, model.version);
    for set in model.mirror_sets.iter().filter(is_read) {
        let is_used = |source: &str| {
            let found = registries.find(source);
            found.is_none_or(|id| used.contains(&id) || registries.registry(id).prefix != source)
        };
        let sources = set.entries.iter().map(|entry| &entry.source);
        let unused: Vec<_> = sources.filter(|it| !is_used(&it.value)).collect();
        // A set of which nothing is copied belongs to another mapping.
        let [first, others @ ..] = unused.as_slice() else {
            continue;
        };
        if unused.len() == set.entries.len() {
            continue;
        }
        let others = others.iter().map(|it| (it.span, "nor of this".to_owned()));
        emit.add(
            first.span,
            format!("no mapping copies anything of {}", code(&first.value)),
        )
        .also_each(others)
        .help("remove the entry where its images are not mirrored any more");
    }
}
