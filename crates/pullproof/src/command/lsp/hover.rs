//! What an editor shows at a place: where pulls of a source go, and the pages of rules.

use super::analysis::Analysis;
use pullproof_core::admission::rule;
use pullproof_core::file::{FileId, Span};
use pullproof_core::registries::entry::ShortNameMode;
use pullproof_core::resolve::endpoint_fault::WITNESS_COMPONENT;
use pullproof_core::resource::mirror_set::{MirrorEntry, MirrorSetKind};
use pullproof_core::trace::{Candidate, Context, Outcome, trace};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Stands for every digest.
const DIGEST: &str = "@sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// Stands for every tag.
const TAG: &str = ":latest";

/// Markdown about a place; `None` where there is nothing to say.
pub(super) fn at(analysis: &Analysis, file: FileId, offset: usize) -> Option<String> {
    let here = offset..offset;
    let is_here = |span: Span| analysis.touches(span, file, &here);
    let mut parts = Vec::new();
    for set in &analysis.model.mirror_sets {
        for entry in &set.entries {
            let mut spans = entry.mirrors.iter().map(|mirror| mirror.span);
            if is_here(entry.source.span) || spans.any(is_here) {
                parts.extend(pulls(analysis, set.kind, entry));
            }
        }
    }
    let mut told = BTreeSet::new();
    for finding in &analysis.findings {
        let mut spans = finding.related.iter().map(|label| label.span);
        let is_about = is_here(finding.span) || spans.any(is_here);
        if is_about && told.insert(finding.rule) {
            parts.extend(rule(finding.rule).map(|card| card.page.trim_end().to_owned()));
        }
    }
    let has_any = !parts.is_empty();
    has_any.then(|| parts.join("\n\n---\n\n"))
}

/// Where pulls of an entry's source go, with everything else that is known.
fn pulls(analysis: &Analysis, kind: MirrorSetKind, entry: &MirrorEntry) -> Option<String> {
    let source = &entry.source.value;
    let (end, form) = match kind {
        MirrorSetKind::ImageTagMirrorSet => (TAG, "tag"),
        _ => (DIGEST, "digest"),
    };
    let mut text = format!("Pulls below `{source}` by {form}:\n\n");
    let Some(registries) = analysis.model.loaded() else {
        text.push_str("as before, since nodes take nothing of this\n");
        return Some(text);
    };
    let host = match source.strip_prefix('*') {
        Some(domain) => format!("{WITNESS_COMPONENT}{domain}"),
        None => source.clone(),
    };
    let context = Context {
        files: &analysis.files,
        registries,
        policy: analysis.model.policy(),
        // CRI-O overrides the file's mode, and OpenShift's CRI-O disables asking.
        short_name_mode: ShortNameMode::Disabled,
        down: &[],
        object_at: &|span| analysis.model.locate(span).map(|(object, _)| object),
    };
    let image = format!("{host}/{WITNESS_COMPONENT}{end}");
    let trace = trace(&context, &image, None);
    // A source that is no name has no pulls; its finding tells.
    let [candidate] = trace.candidates.as_slice() else {
        return None;
    };
    push_candidate(&mut text, candidate);
    Some(text)
}

fn push_candidate(text: &mut String, candidate: &Candidate) {
    for (idx, step) in candidate.attempts.iter().enumerate() {
        let reference = step.reference.split('@').next().unwrap_or_default();
        let reference = reference.strip_suffix(TAG).unwrap_or(reference);
        let refused = match &step.refused {
            Some(refused) => format!("refused, {refused}; "),
            None => String::new(),
        };
        // Writing to a text cannot fail.
        _ = writeln!(text, "{}. `{reference}`: {refused}{}", idx + 1, step.reason);
    }
    match (&candidate.outcome, &candidate.policy) {
        (Outcome::Fails { reason }, _) => _ = writeln!(text, "\nThey fail: {reason}"),
        // Narrower scopes than the witness is in can accept some.
        (Outcome::Rejected { .. }, Some(policy)) => {
            let reason = &policy.reason;
            _ = writeln!(
                text,
                "\nThen policy.json refuses them, unless a narrower scope accepts one: {reason}"
            );
        }
        (Outcome::Rejected { .. } | Outcome::Contacts { .. }, _) => {}
    }
}
