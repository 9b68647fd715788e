//! Where to go from a source or a mirror: to the entry that it meets.

use super::analysis::Analysis;
use super::wire::Location;
use pullproof_core::file::{FileId, Span};
use pullproof_core::finding::Finding;
use pullproof_core::resource::mirror_set::MirrorEntry;
use std::cmp::Reverse;

/// The places to go to, most telling first; empty where there is none.
///
/// They are the other places of findings at this place; else those of findings elsewhere in the
/// entry around it; else the same source in other entries.
pub(super) fn at(analysis: &Analysis, file: FileId, offset: usize) -> Vec<Location> {
    let here = offset..offset;
    let is_here = |span: Span| analysis.touches(span, file, &here);
    let mut spans = others(analysis, &is_here);
    let entries = || {
        let sets = analysis.model.mirror_sets.iter();
        sets.flat_map(|set| &set.entries)
    };
    let is_around =
        |entry: &&MirrorEntry| entry.span.file == file && entry.span.range().contains(&offset);
    if spans.is_empty()
        && let Some(entry) = entries().find(is_around)
    {
        let around = entry.span;
        let is_inside = |span: Span| {
            span.file == around.file && around.start <= span.start && span.end <= around.end
        };
        spans = others(analysis, &is_inside);
        if spans.is_empty() {
            let same = entries().filter(|other| other.source.value == entry.source.value);
            spans = same.map(|other| other.source.span).collect();
            spans.retain(|span| !is_inside(*span));
        }
    }
    spans
        .into_iter()
        .filter_map(|span| analysis.location(span))
        .collect()
}

/// The places elsewhere of findings that have one here, each once, the worst finding's first.
fn others(analysis: &Analysis, is_here: &dyn Fn(Span) -> bool) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut findings: Vec<&Finding> = analysis.findings.iter().collect();
    findings.sort_by_key(|finding| Reverse(finding.severity));
    for finding in findings {
        let related = finding.related.iter().map(|label| label.span);
        let places: Vec<Span> = std::iter::once(finding.span).chain(related).collect();
        if !places.iter().any(|span| is_here(*span)) {
            continue;
        }
        for span in places {
            if !is_here(span) && !spans.contains(&span) {
                spans.push(span);
            }
        }
    }
    spans
}
