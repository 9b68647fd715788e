//! A line for each finding, and an indented one for each further place: what pages and diffs show.

use crate::file::{Files, Span};
use crate::finding::{Finding, Fix, one_line};
use std::fmt::Write as _;

/// The findings, each ending with a newline; empty when there is none.
pub fn report(files: &Files, findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let Finding {
            rule,
            severity,
            message,
            span,
            related,
            help,
            fix,
            ..
        } = finding;
        let place = place(files, *span);
        let written = writeln!(text, "{place}: {severity}[{rule}] {message}");
        written.expect("writing to a string does not fail");
        for label in related {
            let place = self::place(files, label.span);
            let written = writeln!(text, "  {place}: {}", label.text);
            written.expect("writing to a string does not fail");
        }
        if let Some(help) = help {
            writeln!(text, "  help: {help}").expect("writing to a string does not fail");
        }
        if let Some(Fix { title, safety, .. }) = fix {
            let written = writeln!(text, "  {} fix: {title}", safety.name());
            written.expect("writing to a string does not fail");
        }
    }
    text
}

/// A place as `file:line:column`, on one line whatever the file is called.
pub(super) fn place(files: &Files, span: Span) -> String {
    let name = one_line(files.name(span.file).to_owned());
    format!("{name}:{}", files.position(span.file, span.start))
}
