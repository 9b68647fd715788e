//! `self-mirror`: a mirror that is its own source.

use crate::file::{Span, Spanned};
use crate::finding::{Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, edits, origins};
use crate::model::Model;
use crate::registries::Role;
use crate::registries::refusal::Refusal;
use crate::registries::sources::PullForm;
use crate::resource::mirror_set::MirrorEntry;
use crate::sorted::Set;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "self-mirror",
        code: "PP007",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("self_mirror.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    // With `NeverContactSource` it stops the operator, which another rule tells.
    let refused = model.refusals().iter().filter_map(|refusal| match refusal {
        Refusal::SelfMirror { mirror, .. } => Some(*mirror),
        _ => None,
    });
    let refused: Set<Span> = refused.collect();
    let mut shared = None;
    for entry in model.entries() {
        let source = &entry.source;
        let is_source = entry.mirrors.iter().filter(|it| it.value == source.value);
        for mirror in is_source.filter(|mirror| !refused.contains(&mirror.span)) {
            let shared = shared.get_or_insert_with(|| shared_sources(model));
            let fix = fix(model, entry, mirror.span, shared);
            let message = format!("mirror {} is its own source", code(&mirror.value));
            emit.add(mirror.span, message)
                .also(source.span, "the source")
                .help("remove it: the source is always tried last")
                .fix = fix;
        }
    }
}

/// Takes the mirror out, or an entry that has no other and counts for nothing.
fn fix(model: &Model, entry: &MirrorEntry, mirror: Span, shared: &Set<Span>) -> Option<Fix> {
    let is_source = |mirror: &Spanned<String>| mirror.value == entry.source.value;
    if entry.mirrors.iter().all(is_source) {
        let edit = edits::remove_element(model, entry.span)?;
        let title = "remove the entry, which counts for nothing";
        return Some(Fix::new(title, Safety::Unsafe, vec![edit]));
    }
    // The source is left out where it is the last, and contacted before mirrors elsewhere.
    let is_left_out = entry.mirrors.iter().position(is_source) == Some(entry.mirrors.len() - 1)
        && !shared.contains(&entry.source.span);
    let safety = match is_left_out {
        true => Safety::Safe,
        false => Safety::Unsafe,
    };
    let edit = edits::remove_element(model, mirror)?;
    Some(Fix::new("remove it", safety, vec![edit]))
}

/// The places of sources that other entries have, too, for the same form of pull.
fn shared_sources(model: &Model) -> Set<Span> {
    let mut shared = Set::new();
    for form in PullForm::ALL {
        for source in model.shared_sources(form) {
            shared.extend(origins::with_roles(&source.origins, &[Role::Source]));
        }
    }
    shared
}
