//! A summary in Markdown, for the page of a job and for comments on a change.

use super::{Run, compact, noun, plural};
use crate::file::Files;
use crate::finding::one_line;
use crate::finding::{Finding, Severity};

/// Most bytes of a summary: a comment on GitHub has at most 65,536 characters, and who posts it
/// may want to add a line.
const MAX_BYTES: usize = 60_000;

/// What is kept free for the end: the closing of a section, and how much is left out.
const END_BYTES: usize = 500;

/// The counts, and a table for each severity, the worst first; only errors are shown unfolded.
pub fn report(run: &Run<'_>) -> String {
    let mut text = format!("## pullproof: {}\n", run.headline());
    let mut n_left_out = 0;
    if !run.unreadable.is_empty() {
        text.push_str("\n### Cannot be read\n\n");
    }
    for unreadable in run.unreadable {
        let file = code(&one_line(unreadable.file.clone()));
        let line = format!(
            "- {file}: {}\n",
            plain(&one_line(unreadable.reason.clone()))
        );
        n_left_out += usize::from(!push(&mut text, &line));
    }
    for severity in Severity::ALL.into_iter().rev() {
        let rows = run.findings.iter().filter(|it| it.severity == severity);
        let rows: Vec<String> = rows.map(|finding| row(run.files, finding)).collect();
        n_left_out += section(&mut text, severity, &rows);
    }
    if 0 < n_left_out {
        let left_out = plural(n_left_out, "more line");
        text.push_str(&format!("\n{left_out} left out: too long for a comment.\n"));
    }
    text
}

/// Adds a table; how many rows did not fit.
fn section(text: &mut String, severity: Severity, rows: &[String]) -> usize {
    if rows.is_empty() {
        return 0;
    }
    let title = plural(rows.len(), noun(severity));
    let is_open = severity == Severity::Error;
    let head = match is_open {
        true => format!("\n### {title}\n\n"),
        false => format!("\n<details>\n<summary>{title}</summary>\n\n"),
    };
    let head = format!("{head}| place | finding | rule |\n| --- | --- | --- |\n");
    let first = head + &rows[0];
    if !push(text, &first) {
        return rows.len();
    }
    let n_fit = 1 + rows[1..].iter().take_while(|row| push(text, row)).count();
    if !is_open {
        text.push_str("\n</details>\n");
    }
    rows.len() - n_fit
}

/// Adds something, if there is room for it.
fn push(text: &mut String, more: &str) -> bool {
    let fits = text.len() + more.len() <= MAX_BYTES - END_BYTES;
    if fits {
        text.push_str(more);
    }
    fits
}

fn row(files: &Files, finding: &Finding) -> String {
    let mut told = vec![message(&finding.message)];
    for label in &finding.related {
        let place = code(&compact::place(files, label.span));
        told.push(format!("{place}: {}", message(&label.text)));
    }
    if let Some(help) = &finding.help {
        told.push(format!("**help:** {}", message(help)));
    }
    let place = code(&compact::place(files, finding.span));
    let told = told.join("<br>");
    format!("| {place} | {told} | {} |\n", code(finding.rule))
}

/// A message with its input in code spans; an odd backtick is no span.
fn message(text: &str) -> String {
    let n_backticks = text.matches('`').count();
    let n_spans = n_backticks / 2;
    let mut told = String::new();
    for (idx, part) in text.splitn(2 * n_spans + 1, '`').enumerate() {
        told.push_str(&match idx % 2 {
            0 => plain(part),
            _ => code(part),
        });
    }
    told
}

/// Input as a code span in a table.
///
/// Nothing counts in one but backticks, and in a table bars, before which backslashes count, too.
fn code(text: &str) -> String {
    match text.is_empty() || text.contains(['`', '|', '\\']) {
        true => format!("<code>{}</code>", plain(text)),
        false => format!("`{text}`"),
    }
}

/// Text in which nothing is markup: characters written by number are never.
// From the CommonMark specification, "Entity and numeric character references".
fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        let is_markup = matches!(
            character,
            '&' | '<' | '>' | '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' | '@' | '#' | '$'
        );
        match is_markup {
            true => escaped.push_str(&format!("&#{};", u32::from(character))),
            false => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Span;

    fn summary(n_findings: usize, message: &str, severity: Severity) -> String {
        let mut files = Files::new();
        let file = files.add("a.yaml", "text");
        let finding = Finding {
            rule: "self-mirror",
            code: "PP007",
            severity,
            message: message.to_owned(),
            span: Span::new(file, 0, 4),
            related: Vec::new(),
            help: None,
            fix: None,
            object: None,
            path: String::new(),
        };
        report(&Run::of(&files, &vec![finding; n_findings]))
    }

    #[test]
    fn input_is_never_markup() {
        for (text, expected) in [
            ("source `quay.io/a`", "source `quay.io/a`"),
            ("`a_b*c` _d_", "`a_b*c` &#95;d&#95;"),
            ("`<b>` <b>", "`<b>` &#60;b&#62;"),
            ("`a|b`", "<code>a&#124;b</code>"),
            ("`a\\|b`", "<code>a&#92;&#124;b</code>"),
            ("a | b @all", "a &#124; b &#64;all"),
            ("`a` and `b", "`a` and &#96;b"),
            ("``", "<code></code>"),
        ] {
            assert_eq!(message(text), expected, "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        // 26 bytes are around the message, 82 before the first of them.
        for severity in [Severity::Error, Severity::Info] {
            let whole = summary(700, &"a".repeat(40), severity);
            assert!(!whole.contains("left out"), "{}", whole.len());
            assert_eq!(whole.matches("self-mirror").count(), 700);
            let cut = summary(5_000, &"a".repeat(40), severity);
            assert!(cut.len() <= MAX_BYTES, "{}", cut.len());
            assert!(MAX_BYTES - 2 * END_BYTES <= cut.len(), "{}", cut.len());
            let n_told = cut.matches("self-mirror").count();
            let left_out = format!("{} more lines left out", 5_000 - n_told);
            assert!(cut.contains(&left_out), "{left_out}");
            let n_folds = cut.matches("details>").count();
            assert_eq!(n_folds, if severity == Severity::Info { 2 } else { 0 });
        }
    }

    #[test]
    fn the_limit_is_exact() {
        let room = MAX_BYTES - END_BYTES - summary(1, "", Severity::Error).len();
        let fits = summary(1, &"a".repeat(room), Severity::Error);
        assert_eq!(fits.len(), MAX_BYTES - END_BYTES);
        assert!(!fits.contains("left out"));
        let cut = summary(1, &"a".repeat(room + 1), Severity::Error);
        assert!(cut.contains("1 more line left out"), "{cut}");
    }
}
