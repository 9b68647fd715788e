//! `empty-mirror-set`: a mapping beside sets that say nothing of it.

use crate::file::{FileId, Span};
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::mirror_set::MirrorSet;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "empty-mirror-set",
        code: "PP107",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("empty_mirror_set.md"),
    },
    looks_at: Subject::Mappings,
    check,
};

/// Endings of the names of files that hold mirror sets, and nothing where there is nothing to say.
///
/// From openshift/oc, pkg/cli/admin/catalog/mirror.go `WriteManifests`.
const NAMES: [&str; 2] = ["imageContentSourcePolicy.yaml", "imageDigestMirrorSet.yaml"];

fn check(model: &Model, emit: &mut Emit<'_>) {
    if model.beside.mappings.is_empty() || model.entries().next().is_some() {
        return;
    }
    let mut empty = model
        .mirror_sets
        .iter()
        .map(|set: &MirrorSet| set.name.span);
    let place = empty.next().or_else(|| empty_file(model));
    let Some(place) = place else {
        return;
    };
    let copies = model.beside.copies();
    let n_digests = copies
        .iter()
        .filter(|it| it.source.value.digest.is_some())
        .count();
    let first = copies
        .iter()
        .find(|it| it.source.value.digest.is_some() || n_digests == 0);
    let Some(first) = first else {
        return;
    };
    let (message, severity, help) = match n_digests {
        0 => (
            "no entry at all, since all that is copied has tags: nodes pull it from its source"
                .to_owned(),
            Severity::Info,
            "write an `ImageTagMirrorSet`, as `pullproof catalog --generate itms` does",
        ),
        n => (
            format!("no entry at all beside a mapping of {n} digests: nodes pull from the sources"),
            Severity::Error,
            "make the sets anew, as `pullproof catalog --generate idms` does",
        ),
    };
    emit.add(place, message)
        .severity(severity)
        .also(first.source.span, "this is copied")
        .help(help);
}

/// The start of the first file of such a name that is empty.
fn empty_file(model: &Model) -> Option<Span> {
    let is_empty = |file: &FileId| {
        let name = model.files.name(*file);
        let is_named = NAMES.iter().any(|ending| name.ends_with(ending));
        is_named && model.files.text(*file).trim().is_empty()
    };
    model
        .files
        .ids()
        .find(is_empty)
        .map(|file| Span::new(file, 0, 0))
}
