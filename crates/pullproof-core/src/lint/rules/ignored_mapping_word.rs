//! `ignored-mapping-word`: a word of a mapping file that nobody reads.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "ignored-mapping-word",
        code: "PP051",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("ignored_mapping_word.md"),
    },
    looks_at: Subject::Mappings,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for span in model.beside.mappings.iter().flat_map(|it| &it.ignored) {
        emit.add(*span, "a word beside `SRC=DST` is ignored")
            .help("write `SRC=DST` once more for another destination, or remove it");
    }
}
