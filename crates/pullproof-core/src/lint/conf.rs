//! Findings about registries.conf files, be they carried by an object or not.

use super::Emit;
use crate::file::Span;
use crate::finding::{Edit, Finding, Safety};
use crate::model::confs::ConfSet;
use crate::registries::entry::Registry;

/// Adds a finding about a place in one of the files of a set; of a file that an object carries
/// the field is told, and the place beside it.
pub(super) fn add<'e>(
    emit: &'e mut Emit<'_>,
    set: &ConfSet,
    span: Span,
    message: String,
) -> &'e mut Finding {
    match set.carried_in(span.file) {
        None => emit.add(span, message),
        Some(field) => emit.add(field, message).also(span, "where it is"),
    }
}

/// Says how to mend it, unless an object carries the file: its text is encoded there.
pub(super) fn fix(
    finding: &mut Finding,
    title: String,
    safety: Safety,
    edits: Vec<Edit>,
) -> &mut Finding {
    let is_here = |edit: &Edit| edit.span.file == finding.span.file;
    match edits.iter().all(is_here) {
        true => finding.fix(title, safety, edits),
        false => finding,
    }
}

/// A text as a value in TOML, where it is one that needs no escapes.
pub(super) fn quoted(text: &str) -> Option<String> {
    let is_plain = |character| matches!(character, ' '..='~') && !matches!(character, '"' | '\\');
    text.chars().all(is_plain).then(|| format!("\"{text}\""))
}

/// Where the prefix of an entry in force is written, or else what stands for it, and the key.
pub(super) fn prefix_place(set: &ConfSet, registry: &Registry) -> Option<(Span, &'static str)> {
    let places = set.places(registry);
    let prefix = places.prefix.filter(|_| {
        let table = set.table(registry);
        table.is_some_and(|table| !table.prefix.is_empty())
    });
    let prefix = prefix.map(|span| (span, "prefix"));
    let location = places.location.or(registry.span);
    prefix.or_else(|| location.map(|span| (span, "location")))
}
