//! Workflow commands, which GitHub Actions shows as annotations on the lines of a change.
//!
//! GitHub shows at most 10 errors, 10 warnings and 10 notices of a step; the others are still in
//! its log, so none is left out here.

use super::{Run, paragraph, path};
use crate::file::{Files, Span};
use crate::finding::{Finding, Severity};

/// A command for each input that could not be read and each finding, in order.
pub fn report(run: &Run<'_>) -> String {
    let mut text = String::new();
    for unreadable in run.unreadable {
        let mut properties = Vec::new();
        if !path::is_stdin(&unreadable.file) {
            properties.push(("file", path::relative(&unreadable.file).to_owned()));
        }
        properties.push(("title", "cannot be read".to_owned()));
        text.push_str(&command("error", &properties, &unreadable.reason));
    }
    for finding in run.findings {
        text.push_str(&annotation(run.files, finding));
    }
    text
}

fn annotation(files: &Files, finding: &Finding) -> String {
    let name = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut properties = place(files, finding.span);
    properties.push(("title", format!("{} {}", finding.code, finding.rule)));
    command(name, &properties, &paragraph(files, finding))
}

/// From GitHub's documentation of workflow commands: columns only count on one line.
fn place(files: &Files, span: Span) -> Vec<(&'static str, String)> {
    let name = files.name(span.file);
    if path::is_stdin(name) {
        return Vec::new();
    }
    let start = files.position(span.file, span.start);
    let end = files.position(span.file, span.end);
    let mut properties = vec![
        ("file", path::relative(name).to_owned()),
        ("line", start.line.to_string()),
        ("endLine", end.line.to_string()),
    ];
    if start.line == end.line {
        properties.push(("col", start.column.to_string()));
        properties.push(("endColumn", end.column.to_string()));
    }
    properties
}

/// From actions/toolkit, packages/core/src/command.ts `escapeData` and `escapeProperty`.
fn command(name: &str, properties: &[(&str, String)], message: &str) -> String {
    let escape = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let properties: Vec<String> = properties
        .iter()
        .map(|(key, value)| {
            let value = escape(value).replace(':', "%3A").replace(',', "%2C");
            format!("{key}={value}")
        })
        .collect();
    format!("::{name} {}::{}\n", properties.join(","), escape(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_command_ends_it_early() {
        let properties = [
            ("file", "a:b,c%\n.yaml".to_owned()),
            ("title", "t".to_owned()),
        ];
        assert_eq!(
            command("error", &properties, "100%: a,b\r\n::error::x"),
            "::error file=a%3Ab%2Cc%25%0A.yaml,title=t::100%25: a,b%0D%0A::error::x\n"
        );
    }
}
