//! Findings as one JSON document, version 1: fields are only ever added.

use super::fingerprint::fingerprints;
use super::{Run, Suppressed, SuppressedBy, Unreadable, pretty};
use crate::file::{Files, Span};
use crate::finding::{Edit, Finding, Fix, Label, Severity};
use crate::mirroring::coverage::{Coverage, coverage};
use crate::model::Model;
use serde::Serialize;

/// The version of the format, in every document.
pub const VERSION: u32 = 1;

/// The JSON Schema of the report.
pub const SCHEMA: &str = include_str!("json.schema.json");

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    findings: Vec<FindingJson<'a>>,
    counts: Counts,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    unreadable: &'a [Unreadable],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressed: Vec<SuppressedJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    looked_at: Option<LookedAt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copies: Option<CopiesJson>,
}

/// How many images mappings copy to where nodes look for them.
#[derive(Serialize)]
struct CopiesJson {
    copied: usize,
    proven: usize,
    unserved: usize,
}

fn copies_json(model: &Model) -> Option<CopiesJson> {
    if model.beside.mappings.is_empty() {
        return None;
    }
    let Coverage {
        n_copied,
        n_proven,
        n_unserved,
    } = coverage(model)?;
    Some(CopiesJson {
        copied: n_copied,
        proven: n_proven,
        unserved: n_unserved,
    })
}

/// What was looked at, so that a report without findings tells whether anything was.
#[derive(Serialize)]
struct LookedAt {
    files: usize,
    objects: usize,
}

#[derive(Serialize)]
struct Counts {
    error: usize,
    warning: usize,
    info: usize,
}

#[derive(Serialize)]
struct SuppressedJson<'a> {
    #[serde(flatten)]
    finding: FindingJson<'a>,
    suppressed_by: &'static str,
    reason: &'a str,
}

#[derive(Serialize)]
pub(super) struct FindingJson<'a> {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
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
    let value = |finding| serde_json::to_value(finding_json(files, finding, None));
    let values = findings.iter().map(value);
    values
        .collect::<Result<_, _>>()
        .expect("plain data is always JSON")
}

/// The findings, how many there are of each severity, and what was looked at.
///
/// Inputs that could not be read, and what is suppressed, stand beside them.
pub fn report(run: &Run<'_>) -> String {
    let Run {
        files,
        inputs,
        unreadable,
        findings,
        suppressed,
        fail_on: _,
        cards: _,
        model,
    } = run;
    let all = findings.iter();
    let all = all.chain(suppressed.iter().map(|suppressed| &suppressed.finding));
    let mut fingerprints = fingerprints(all).into_iter();
    pretty(&Document {
        version: VERSION,
        findings: findings
            .iter()
            .map(|finding| finding_json(files, finding, fingerprints.next()))
            .collect(),
        counts: Counts {
            error: run.count(Severity::Error),
            warning: run.count(Severity::Warning),
            info: run.count(Severity::Info),
        },
        unreadable,
        suppressed: suppressed
            .iter()
            .map(|it| suppressed_json(files, it, fingerprints.next()))
            .collect(),
        copies: model.and_then(copies_json),
        looked_at: model.map(|_| LookedAt {
            files: inputs.len(),
            objects: run.n_objects(),
        }),
    })
}

fn suppressed_json<'a>(
    files: &'a Files,
    suppressed: &'a Suppressed,
    fingerprint: Option<String>,
) -> SuppressedJson<'a> {
    let Suppressed {
        finding,
        by,
        reason,
    } = suppressed;
    SuppressedJson {
        finding: finding_json(files, finding, fingerprint),
        suppressed_by: match by {
            SuppressedBy::Input => "input",
            SuppressedBy::Configuration => "configuration",
        },
        reason,
    }
}

pub(super) fn finding_json<'a>(
    files: &'a Files,
    finding: &'a Finding,
    fingerprint: Option<String>,
) -> FindingJson<'a> {
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
        fingerprint,
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
