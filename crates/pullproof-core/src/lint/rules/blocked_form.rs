//! `blocked-form`: a `NeverContactSource` that blocks pulls of the form which has no mirrors.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::registries::entry::Registry;
use crate::registries::load::Registries;
use crate::registries::sources::PullForm;
use crate::resolve::serves;
use crate::resource::mirror_set::{MirrorEntry, MirrorSet, MirrorSetKind, SourcePolicy};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "blocked-form",
        code: "PP023",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("blocked_form.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(registries) = model.loaded() else {
        return;
    };
    for set in &model.mirror_sets {
        match set.kind {
            MirrorSetKind::ImageDigestMirrorSet => tell(set, PullForm::Tag, registries, emit),
            MirrorSetKind::ImageTagMirrorSet => tell(set, PullForm::Digest, registries, emit),
            _ => {}
        }
    }
}

/// Tells of the sources of a set that are blocked for a form of pull, which the set is not for.
fn tell(set: &MirrorSet, form: PullForm, registries: &Registries, emit: &mut Emit<'_>) {
    let is_cut_off = |entry: &&MirrorEntry| {
        entry.effective_policy() == SourcePolicy::NeverContactSource
            && is_cut_off(&entry.source.value, form, registries)
    };
    let mut entries = set.entries.iter().filter(is_cut_off);
    let Some(first) = entries.next() else {
        return;
    };
    let policy = first.policy.as_ref().map(|policy| policy.span);
    let (other, kind) = match form {
        PullForm::Digest => ("tags", "an `ImageDigestMirrorSet`"),
        PullForm::Tag => ("digests", "an `ImageTagMirrorSet`"),
    };
    let message = format!(
        "`NeverContactSource` blocks pulls by {}, too, for which there are no mirrors",
        form.name()
    );
    let places = std::iter::once(first).chain(entries);
    let places = places.map(|entry| {
        let text = format!(
            "source {} has mirrors for {other} only",
            code(&entry.source.value)
        );
        (entry.source.span, text)
    });
    let finding = emit.add(policy.unwrap_or(first.source.span), message);
    finding.also_each(places);
    finding.help(format!("add mirrors in {kind}, if such pulls shall work"));
    // Platform and operators pull by digest.
    if form == PullForm::Tag {
        finding.severity(Severity::Info);
    }
}

fn is_cut_off(source: &str, form: PullForm, registries: &Registries) -> bool {
    let Some(id) = registries.of_prefix(source) else {
        return false;
    };
    let registry = registries.registry(id);
    let outer = || registries.outer(id).map(|id| registries.registry(id));
    let is_digested = form == PullForm::Digest;
    let serves_form = |registry: &Registry| {
        let mut mirrors = registry.mirrors.iter();
        mirrors.any(|mirror| serves(registry, mirror.pull_from_mirror, is_digested))
    };
    // Without any mirror the policy counts for nothing, and mirrors of an entry around it are
    // lost to it, as other rules tell.
    registry.blocked
        && !registry.mirrors.is_empty()
        && !serves_form(registry)
        && !outer().is_some_and(serves_form)
}
