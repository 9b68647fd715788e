//! The grammar of comments: `# pullproof: ignore[RULE, RULE] reason`.

use super::MARK;
use std::ops::Range;

/// What a comment is.
pub(super) enum Parsed {
    /// One that is not meant here.
    Other,
    /// One that is meant here, of another form.
    Malformed,
    /// One that says what to leave out.
    Ignore(Comment),
}

/// A comment that says what to leave out; ranges are bytes of the file.
pub(super) struct Comment {
    pub(super) extent: Extent,
    /// All names, with what parts them.
    pub(super) list: Range<usize>,
    pub(super) names: Vec<Range<usize>>,
    pub(super) reason: Range<usize>,
}

/// What a comment says it is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Its line, or what follows.
    Place,
    /// The file.
    File,
}

/// Reads the comment at some bytes of a text, `#` among them.
pub(super) fn parse(text: &str, range: Range<usize>) -> Parsed {
    let comment = &text[range.clone()];
    let comment = comment.trim_start_matches(['#', ' ', '\t']);
    let Some(rest) = comment.strip_prefix(MARK) else {
        return Parsed::Other;
    };
    let rest = rest.trim_start();
    let (extent, rest) = match (
        rest.strip_prefix("ignore["),
        rest.strip_prefix("ignore-file["),
    ) {
        (Some(rest), _) => (Extent::Place, rest),
        (None, Some(rest)) => (Extent::File, rest),
        (None, None) => return Parsed::Malformed,
    };
    let Some((list, reason)) = rest.split_once(']') else {
        return Parsed::Malformed;
    };
    let start = range.end - rest.len();
    let mut names = Vec::new();
    let mut at = start;
    for name in list.split(',') {
        names.push(trim(text, at..at + name.len()));
        at += name.len() + 1;
    }
    let is_bad = |name: &Range<usize>| {
        let name = &text[name.clone()];
        name.is_empty() || name.contains(char::is_whitespace)
    };
    if names.iter().any(is_bad) {
        return Parsed::Malformed;
    }
    let reason = reason.trim_start_matches([':', '-', ' ', '\t']);
    Parsed::Ignore(Comment {
        extent,
        list: trim(text, start..start + list.len()),
        names,
        reason: trim(text, range.end - reason.len()..range.end),
    })
}

fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let start = range.end - text[range.clone()].trim_start().len();
    start..start + text[start..range.end].trim_end().len()
}
