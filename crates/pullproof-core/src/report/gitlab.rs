//! GitLab's code quality report, which it shows beside the changes of a merge request.

use super::fingerprint::fingerprints;
use super::{PROGRAM, Run, UNREADABLE_INPUT, path, pretty};
use crate::finding::Severity;
use serde::Serialize;

/// From GitLab's documentation of code quality, "Code quality report format".
#[derive(Serialize)]
struct Issue<'a> {
    description: &'a str,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    /// Without `./` before it, else GitLab finds no such file.
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// The inputs that could not be read, at their first line, and the findings, as a list.
pub fn report(run: &Run<'_>) -> String {
    let unreadable = run.unreadable.iter().map(|unreadable| Issue {
        description: &unreadable.reason,
        check_name: UNREADABLE_INPUT,
        // One input fails once, so that its name tells it from all others.
        fingerprint: format!("{PROGRAM}/{UNREADABLE_INPUT}/{}", unreadable.file),
        severity: "blocker",
        location: Location {
            path: path::relative(&unreadable.file),
            lines: Lines { begin: 1, end: 1 },
        },
    });
    let findings = run.findings.iter().zip(fingerprints(run.findings));
    let findings = findings.map(|(finding, fingerprint)| {
        let span = finding.span;
        Issue {
            description: &finding.message,
            check_name: finding.rule,
            fingerprint,
            severity: match finding.severity {
                Severity::Error => "critical",
                Severity::Warning => "minor",
                Severity::Info => "info",
            },
            location: Location {
                path: path::relative(run.files.name(span.file)),
                lines: Lines {
                    begin: run.files.position(span.file, span.start).line,
                    end: run.files.position(span.file, span.end).line,
                },
            },
        }
    });
    pretty(&unreadable.chain(findings).collect::<Vec<_>>())
}
