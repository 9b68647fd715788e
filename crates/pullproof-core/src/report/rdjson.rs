//! Reviewdog's diagnostic format, which it turns into comments and suggestions on a change.

use super::{PROGRAM, Run, UNREADABLE_INPUT, paragraph, path, pretty};
use crate::file::{Files, Span};
use crate::finding::{Finding, Fix, Severity};
use serde::Serialize;

/// From reviewdog/reviewdog, proto/rdf/reviewdog.proto `DiagnosticResult`.
#[derive(Serialize)]
struct DiagnosticResult<'a> {
    source: Source,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

/// Both from 1; columns count bytes.
#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
}

#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

/// The inputs that could not be read, and the findings.
pub fn report(run: &Run<'_>) -> String {
    let unreadable = run.unreadable.iter().map(|unreadable| Diagnostic {
        message: unreadable.reason.clone(),
        location: Location {
            path: path::relative(&unreadable.file),
            range: None,
        },
        severity: "ERROR",
        code: Code {
            value: UNREADABLE_INPUT,
        },
        suggestions: Vec::new(),
    });
    let findings = run.findings.iter();
    let findings = findings.map(|finding| diagnostic(run.files, finding));
    pretty(&DiagnosticResult {
        source: Source { name: PROGRAM },
        diagnostics: unreadable.chain(findings).collect(),
    })
}

fn diagnostic<'a>(files: &'a Files, finding: &Finding) -> Diagnostic<'a> {
    let suggestion = finding.fix.as_ref();
    let suggestion = suggestion.and_then(|fix| suggestion_of(files, finding, fix));
    Diagnostic {
        message: paragraph(files, finding),
        location: Location {
            path: path::relative(files.name(finding.span.file)),
            range: Some(range(files, finding.span)),
        },
        severity: match finding.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        },
        code: Code {
            value: finding.rule,
        },
        suggestions: suggestion.into_iter().collect(),
    }
}

/// A fix as one suggestion: several would be offered one by one, but edits go all or none, so
/// the text between them is repeated. `None` where another file is edited, too.
fn suggestion_of(files: &Files, finding: &Finding, fix: &Fix) -> Option<Suggestion> {
    let file = finding.span.file;
    let (first, last) = (fix.edits.first()?, fix.edits.last()?);
    let mut text = String::new();
    let mut end = first.span.start;
    for edit in &fix.edits {
        if edit.span.file != file || edit.span.start < end {
            return None;
        }
        let between = end as usize..edit.span.start as usize;
        text.push_str(files.slice(Span::new(file, between.start, between.end)));
        text.push_str(&edit.text);
        end = edit.span.end;
    }
    let whole = first.span.start as usize..last.span.end as usize;
    let range = range(files, Span::new(file, whole.start, whole.end));
    Some(Suggestion { range, text })
}

fn range(files: &Files, span: Span) -> Range {
    Range {
        start: position(files, span, span.start),
        end: position(files, span, span.end),
    }
}

fn position(files: &Files, span: Span, offset: u32) -> Position {
    let text = files.text(span.file);
    let before = text.get(..offset as usize).unwrap_or(text);
    let start_of_line = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.len() - start_of_line + 1;
    Position {
        line: files.position(span.file, offset).line,
        column: u32::try_from(column).unwrap_or(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Edit, Safety};

    fn suggested(text: &str, edits: &[(usize, usize, &str)]) -> Option<String> {
        let mut files = Files::new();
        let file = files.add("a.yaml", text);
        let edits = edits.iter().map(|(start, end, text)| Edit {
            span: Span::new(file, *start, *end),
            text: (*text).to_owned(),
        });
        let fix = Fix {
            title: String::new(),
            safety: Safety::Safe,
            edits: edits.collect(),
        };
        let finding = Finding {
            rule: "self-mirror",
            code: "PP007",
            severity: Severity::Error,
            message: String::new(),
            span: Span::new(file, 0, 0),
            related: Vec::new(),
            help: None,
            fix: None,
            object: None,
            path: String::new(),
        };
        let suggestion = suggestion_of(&files, &finding, &fix)?;
        let Range { start, end } = suggestion.range;
        Some(format!(
            "{}:{}-{}:{} {}",
            start.line, start.column, end.line, end.column, suggestion.text
        ))
    }

    #[test]
    fn edits_become_one_suggestion_in_bytes() {
        for (text, edits, expected) in [
            ("ab", &[(1, 1, "x")][..], Some("1:2-1:2 x")),
            ("a𐐀b", &[(5, 6, "c")], Some("1:6-1:7 c")),
            ("a\nbcd", &[(0, 1, "x"), (3, 4, "")], Some("1:1-2:3 x\nb")),
            ("abc", &[(1, 2, "x"), (0, 1, "y")], None),
            ("abc", &[], None),
        ] {
            assert_eq!(suggested(text, edits).as_deref(), expected, "{text:?}");
        }
    }
}
