//! What Go's YAML library says of a text that it cannot read.

use crate::document::{Problem, ProblemKind};
use crate::file::Files;

/// Which part of the library finds something, on which depends how it counts lines.
enum Finder {
    Scanner,
    Parser,
    /// It tells no line.
    Reader,
}

use Finder::{Parser, Reader, Scanner};

/// What the reader here says, and what the library says of the same.
///
/// Where one of ours has several of theirs, the usual one is here.
// From yaml/go-yaml v2, scannerc.go and parserc.go.
const WORDS: [(&str, &str, Finder); 30] = [
    (
        "did not find expected key",
        "did not find expected key",
        Parser,
    ),
    (
        "did not find expected `-` indicator",
        "did not find expected '-' indicator",
        Parser,
    ),
    (
        "while parsing a flow mapping",
        "did not find expected ',' or '}'",
        Parser,
    ),
    (
        "while parsing a flow sequence",
        "did not find expected ',' or ']'",
        Parser,
    ),
    (
        "unexpected EOF while parsing an implicit flow mapping",
        "did not find expected ',' or ']'",
        Parser,
    ),
    (
        "unclosed bracket `{`",
        "did not find expected ',' or '}'",
        Parser,
    ),
    (
        "unclosed bracket `[`",
        "did not find expected ',' or ']'",
        Parser,
    ),
    (
        "`{` is closed by",
        "did not find expected ',' or '}'",
        Parser,
    ),
    (
        "`[` is closed by",
        "did not find expected ',' or ']'",
        Parser,
    ),
    (
        "misplaced bracket",
        "did not find expected node content",
        Parser,
    ),
    (
        "did not find expected node content",
        "did not find expected node content",
        Parser,
    ),
    (
        "`%` directives",
        "did not find expected <document start>",
        Parser,
    ),
    (
        "invalid trailing content after",
        "did not find expected key",
        Parser,
    ),
    (
        "tabs disallowed",
        "found character that cannot start any token",
        Scanner,
    ),
    (
        "tab cannot be used as indentation",
        "found character that cannot start any token",
        Scanner,
    ),
    (
        "unexpected character",
        "found character that cannot start any token",
        Scanner,
    ),
    (
        "simple key expected",
        "could not find expected ':'",
        Scanner,
    ),
    (
        "simple key is no longer valid",
        "could not find expected ':'",
        Scanner,
    ),
    // A quote that is open there is closed much later, if at all.
    (
        "invalid indentation in multiline quoted scalar",
        "found unexpected end of stream",
        Scanner,
    ),
    (
        "did not find expected comment or line break",
        "did not find expected comment or line break",
        Scanner,
    ),
    (
        "found a tab",
        "found a tab character that violates indentation",
        Scanner,
    ),
    ("unclosed quote", "found unexpected end of stream", Scanner),
    (
        "found unexpected document indicator",
        "found unexpected document indicator",
        Scanner,
    ),
    (
        "found unknown escape character",
        "found unknown escape character",
        Scanner,
    ),
    (
        "did not find expected hexadecimal number",
        "did not find expected hexdecimal number",
        Scanner,
    ),
    (
        "did not find expected alphabetic or numeric character",
        "did not find expected alphabetic or numeric character",
        Scanner,
    ),
    (
        "mapping values are not allowed in this context",
        "mapping values are not allowed in this context",
        Scanner,
    ),
    (
        "mapping keys are not allowed in this context",
        "mapping keys are not allowed in this context",
        Scanner,
    ),
    (
        "block sequence entries are not allowed in this context",
        "block sequence entries are not allowed in this context",
        Scanner,
    ),
    (
        "`<<` takes",
        "map merge requires map or sequence of maps as the value",
        Reader,
    ),
];

/// The library's words; where they are not known, our own.
// From yaml/go-yaml v2, decode.go parser.fail.
pub(super) fn message(files: &Files, problem: &Problem) -> String {
    let file = problem.span.file;
    let ours = match &problem.kind {
        ProblemKind::ForbiddenCharacter(_) => {
            return "yaml: control characters are not allowed".to_owned();
        }
        ProblemKind::UnknownAlias(name) => {
            return format!("yaml: unknown anchor '{name}' referenced");
        }
        ProblemKind::RecursiveAlias(name) => {
            return format!("yaml: anchor '{name}' value contains itself");
        }
        kind => kind.to_string(),
    };
    let known = WORDS.iter().find(|(known, _, _)| ours.contains(known));
    let text = files.text(file);
    let n_lines_before = |at: usize| {
        let before = text.get(..at).unwrap_or(text);
        before.bytes().filter(|byte| *byte == b'\n').count()
    };
    let at = problem.span.start as usize;
    let (theirs, line) = match known {
        // What has no end is missed at the end of the text.
        Some((_, "found unexpected end of stream", _)) => (
            "found unexpected end of stream",
            n_lines_before(text.len()) + 1,
        ),
        Some((ours, theirs, Parser)) if ours.starts_with("unclosed bracket") => {
            (*theirs, n_lines_before(text.len()))
        }
        Some((_, theirs, Parser)) => (*theirs, n_lines_before(at)),
        // That it was no key is seen at what comes next.
        Some((ours, theirs, Scanner)) if ours.starts_with("simple key") => {
            (*theirs, n_lines_before(next_line(text, at)) + 1)
        }
        Some((_, theirs, Scanner)) => match n_lines_before(at) {
            0 => (*theirs, 0),
            n_lines => (*theirs, n_lines + 1),
        },
        Some((_, theirs, Reader)) => (*theirs, 0),
        None => (ours.as_str(), n_lines_before(at) + 1),
    };
    match line {
        0 => format!("yaml: {theirs}"),
        line => format!("yaml: line {line}: {theirs}"),
    }
}

/// Where the next line starts that is neither empty nor a comment; the end when there is none.
fn next_line(text: &str, at: usize) -> usize {
    let mut start = at;
    for line in text.get(at..).unwrap_or_default().split_inclusive('\n') {
        let content = line.trim_start();
        if at < start && !content.is_empty() && !content.starts_with('#') {
            return start;
        }
        start += line.len();
    }
    text.len()
}
