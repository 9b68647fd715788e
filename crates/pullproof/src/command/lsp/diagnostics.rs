//! Findings as the diagnostics of each document they touch.

use super::analysis::Analysis;
use super::wire::{Diagnostic, Location, RelatedInformation};
use pullproof_core::finding::{Finding, Label, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// Who says so.
const SOURCE: &str = "pullproof";

/// The diagnostics of every document that has some, in order.
///
/// A finding is also told, as information, in each other document that it points at.
pub(super) fn all(analysis: &Analysis, has_related: bool) -> BTreeMap<String, Vec<Diagnostic>> {
    let mut by_uri: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
    for finding in &analysis.findings {
        for (location, diagnostic) in of(analysis, finding, has_related) {
            by_uri.entry(location).or_default().push(diagnostic);
        }
    }
    by_uri
}

/// The diagnostics of one finding, its own first, each with its document.
pub(super) fn of(
    analysis: &Analysis,
    finding: &Finding,
    has_related: bool,
) -> Vec<(String, Diagnostic)> {
    let located: Vec<(Location, &str)> = finding
        .related
        .iter()
        .filter_map(|Label { span, text }| Some((analysis.location(*span)?, text.as_str())))
        .collect();
    // What stands in a rendered file only is told where it comes from.
    let own = analysis.location(finding.span);
    let Some(own) = own.or_else(|| Some(located.first()?.0.clone())) else {
        return Vec::new();
    };
    let related = located.iter().map(|(location, text)| RelatedInformation {
        location: location.clone(),
        message: (*text).to_owned(),
    });
    let message = match &finding.help {
        None => finding.message.clone(),
        Some(help) => format!("{}\nhelp: {help}", finding.message),
    };
    let new = |location: &Location, severity, message, related| Diagnostic {
        range: location.range,
        severity,
        code: finding.rule,
        source: SOURCE,
        message,
        related_information: if has_related { related } else { Vec::new() },
    };
    let level = match finding.severity {
        Severity::Error => 1,
        Severity::Warning => 2,
        Severity::Info => INFORMATION,
    };
    let diagnostic = new(&own, level, message, related.collect());
    let mut told = BTreeSet::from([own.uri.clone()]);
    let mut diagnostics = vec![(own.uri.clone(), diagnostic)];
    for (location, text) in located {
        if told.insert(location.uri.clone()) {
            let message = format!("{}: {text}", finding.message);
            let back = RelatedInformation {
                location: own.clone(),
                message: finding.message.clone(),
            };
            let diagnostic = new(&location, INFORMATION, message, vec![back]);
            diagnostics.push((location.uri, diagnostic));
        }
    }
    diagnostics
}

const INFORMATION: u8 = 3;
