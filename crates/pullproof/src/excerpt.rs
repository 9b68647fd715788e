//! Findings with the lines they are about.

use crate::output::{Output, printable};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use pullproof_core::file::{FileId, Files, Span};
use pullproof_core::finding::{Finding, Severity};
use std::num::NonZero;
use std::ops::Range;
use std::thread;

/// Lines longer than this are not shown: they are data, not text to read.
const MAX_LINE_BYTES: usize = 2_000;

/// Fewest findings that are worth a thread: starting one takes as long as writing some ten.
const FINDINGS_MIN: usize = 64;

/// The findings as text, a blank line after each.
pub(crate) fn report(files: &Files, findings: &[Finding], output: &Output) -> String {
    let n_threads = thread::available_parallelism().map_or(1, NonZero::get);
    let n_findings = findings.len().div_ceil(n_threads).max(FINDINGS_MIN);
    let Some((first, rest)) = findings.split_at_checked(n_findings) else {
        return part(files, findings, output);
    };
    thread::scope(|scope| {
        let others = rest.chunks(n_findings);
        let others: Vec<_> = others
            .map(|findings| scope.spawn(move || part(files, findings, output)))
            .collect();
        let mut text = part(files, first, output);
        for other in others {
            match other.join() {
                Ok(later) => text.push_str(&later),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        text
    })
}

fn part(files: &Files, findings: &[Finding], output: &Output) -> String {
    let renderer = if output.has_colors {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut text = String::new();
    for finding in findings {
        text.push_str(&renderer.render(&groups(files, finding)));
        text.push_str("\n\n");
    }
    text
}

fn groups<'a>(files: &'a Files, finding: &'a Finding) -> Vec<Group<'a>> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = level
        .primary_title(printable(&finding.message))
        .id(finding.rule);
    let mut group = Group::with_title(title);
    let mut shown: Vec<FileId> = vec![finding.span.file];
    for label in &finding.related {
        if !shown.contains(&label.span.file) {
            shown.push(label.span.file);
        }
    }
    for file in shown {
        group = group.element(snippet(files, finding, file));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    if let Some(fix) = &finding.fix {
        let text = format!("{} fix: {}", fix.safety.name(), fix.title);
        group = group.element(Level::NOTE.message(printable(&text)));
    }
    vec![group]
}

/// The lines of one file that a finding is about, cut out of the file first: the renderer
/// looks at all text it is given.
fn snippet<'a>(
    files: &'a Files,
    finding: &Finding,
    file: FileId,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let primary = (finding.span.file == file).then_some((finding.span, None));
    let related = finding
        .related
        .iter()
        .filter(|label| label.span.file == file);
    let related = related.map(|label| (label.span, Some(label.text.clone())));
    let marks: Vec<(Span, Option<String>)> = primary.into_iter().chain(related).collect();
    let text = files.shown(file);
    let first = marks
        .iter()
        .map(|(span, _)| span.start as usize)
        .min()
        .unwrap_or(0);
    let last = marks
        .iter()
        .map(|(span, _)| span.end as usize)
        .max()
        .unwrap_or(0);
    let window = lines_around(text, first..last);
    let line = files
        .position(file, u32::try_from(window.start).unwrap_or(u32::MAX))
        .line;
    let mut snippet = Snippet::source(&text[window.clone()])
        .line_start(line as usize)
        .path(files.name(file))
        .fold(true);
    for (span, label) in marks {
        let range = first_line(text, span.range());
        let range = range.start.clamp(window.start, window.end) - window.start
            ..range.end.clamp(window.start, window.end) - window.start;
        let kind = if label.is_none() {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let annotation = kind.span(range);
        snippet = snippet.annotation(match label {
            Some(label) => annotation.label(printable(&label)),
            None => annotation,
        });
    }
    snippet
}

/// The whole lines that a range touches.
fn lines_around(text: &str, range: Range<usize>) -> Range<usize> {
    let start = range.start.min(text.len());
    let end = range.end.clamp(start, text.len());
    let start_of_line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let end_of_line = text[end..].find('\n').map_or(text.len(), |at| end + at);
    let start_of_line =
        start_of_line.max(text.floor_char_boundary(start.saturating_sub(MAX_LINE_BYTES)));
    let end_of_line = end_of_line.min(text.floor_char_boundary(end.saturating_add(MAX_LINE_BYTES)));
    start_of_line..end_of_line
}

/// The part of a range on its first line: a whole object need not be underlined.
fn first_line(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(range.start);
    let end = text.floor_char_boundary(range.end).max(start);
    let line = text[start..end].find('\n').map_or(end, |at| start + at);
    start..line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_findings_are_written_as_each_alone() {
        let mut files = Files::new();
        let file = files.add("a.yaml", "a: 1\n".repeat(3 * FINDINGS_MIN));
        let finding = |line: usize| Finding {
            rule: "rule",
            code: "PP000",
            severity: Severity::Warning,
            message: format!("line {line}"),
            span: Span::new(file, 5 * line, 5 * line + 1),
            related: Vec::new(),
            help: None,
            fix: None,
            object: None,
            path: String::new(),
        };
        let output = Output { has_colors: false };
        for n_findings in [FINDINGS_MIN, FINDINGS_MIN + 1, 3 * FINDINGS_MIN] {
            let findings: Vec<_> = (0..n_findings).map(finding).collect();
            let each = findings
                .iter()
                .map(|it| part(&files, std::slice::from_ref(it), &output));
            assert_eq!(report(&files, &findings, &output), each.collect::<String>());
        }
    }
}
