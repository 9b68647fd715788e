//! Findings as one JSON document, version 1: fields are only ever added.

use crate::file::{Files, Span};
use crate::finding::{Edit, Finding, Fix, Label, Severity};
use serde::Serialize;

/// The version of the format, in every document.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    findings: Vec<FindingJson<'a>>,
    counts: Counts,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    unreadable: &'a [Unreadable],
}

/// An input that could not be read at all.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Unreadable {
    /// Its name.
    pub file: String,
    /// Why.
    pub reason: String,
}

#[derive(Serialize)]
struct Counts {
    error: usize,
    warning: usize,
    info: usize,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    rule: &'a str,
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: PlaceJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    path: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<LabelJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixJson<'a>>,
}

#[derive(Serialize)]
struct FixJson<'a> {
    title: &'a str,
    safety: &'a str,
    edits: Vec<LabelJson<'a>>,
}

#[derive(Serialize)]
struct LabelJson<'a> {
    #[serde(flatten)]
    place: PlaceJson<'a>,
    text: &'a str,
}

/// Lines and columns count from 1, columns in characters; bytes from 0.
#[derive(Serialize)]
struct PlaceJson<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    start_byte: u32,
    end_byte: u32,
}

/// The findings alone, as they stand in a report.
pub fn findings(files: &Files, findings: &[Finding]) -> Vec<serde_json::Value> {
    let value = |finding| serde_json::to_value(finding_json(files, finding));
    let values = findings.iter().map(value);
    values
        .collect::<Result<_, _>>()
        .expect("plain data is always JSON")
}

/// The findings and how many there are of each severity, ending with a newline.
///
/// Inputs that could not be read stand beside them.
pub fn report(files: &Files, findings: &[Finding], unreadable: &[Unreadable]) -> String {
    let count = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let document = Document {
        version: VERSION,
        findings: findings
            .iter()
            .map(|finding| finding_json(files, finding))
            .collect(),
        counts: Counts {
            error: count(Severity::Error),
            warning: count(Severity::Warning),
            info: count(Severity::Info),
        },
        unreadable,
    };
    let mut text = serde_json::to_string_pretty(&document).expect("plain data is always JSON");
    text.push('\n');
    text
}

fn finding_json<'a>(files: &'a Files, finding: &'a Finding) -> FindingJson<'a> {
    let Finding {
        rule,
        code,
        severity,
        message,
        span,
        related,
        help,
        fix,
        object,
        path,
    } = finding;
    let label = |Label { span, text }: &'a Label| LabelJson {
        place: place(files, *span),
        text,
    };
    FindingJson {
        rule,
        code,
        severity: severity.name(),
        message,
        place: place(files, *span),
        object: object.as_deref(),
        path,
        related: related.iter().map(label).collect(),
        help: help.as_deref(),
        fix: fix.as_ref().map(|fix| fix_json(files, fix)),
    }
}

fn fix_json<'a>(files: &'a Files, fix: &'a Fix) -> FixJson<'a> {
    let Fix {
        title,
        safety,
        edits,
    } = fix;
    let edit = |Edit { span, text }: &'a Edit| LabelJson {
        place: place(files, *span),
        text,
    };
    FixJson {
        title,
        safety: safety.name(),
        edits: edits.iter().map(edit).collect(),
    }
}

fn place(files: &Files, span: Span) -> PlaceJson<'_> {
    let (start, end) = (
        files.position(span.file, span.start),
        files.position(span.file, span.end),
    );
    PlaceJson {
        file: files.name(span.file),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        start_byte: span.start,
        end_byte: span.end,
    }
}
