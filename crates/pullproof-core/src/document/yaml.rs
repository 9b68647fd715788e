//! YAML streams into the spanned tree, as kubectl reads them.
//!
//! `kubectl` cuts a stream at lines that start with `---` before any YAML is looked at, reads one
//! document of each piece with `yaml/go-yaml` v2, and turns it into JSON. So this reader cuts, too:
//! a broken document cannot hide another. Where the library used here differs from
//! `yaml/go-yaml` v2, which is YAML 1.1:
//!
//! - It refuses a quoted scalar that goes on at the left edge of its mapping.
//! - It takes `\/` and surrogate pairs of `\u` in double quotes, which `kubectl` refuses.
//! - NEL, LS and PS break no lines.

use super::{Document, MAX_BYTES, MAX_DEPTH, MAX_DOCUMENTS, Problem, ProblemKind};
use crate::file::{FileId, Files, Span};
use std::ops::Range;

pub mod comments;
mod tree;

/// One more than `MAX_DEPTH`, so that the tree meets its own limit first and can tell where.
const LIBRARY_MAX_DEPTH: usize = MAX_DEPTH + 1;

/// Reads every document of a stream.
///
/// Documents that hold nothing, or null, are left out. A document that cannot be read is
/// left out and reported; the documents around it are still read.
pub fn read(files: &Files, file: FileId) -> (Vec<Document>, Vec<Problem>) {
    read_after(files, file, 0)
}

/// Reads the documents of a stream whose first bytes are read already.
pub(super) fn read_after(
    files: &Files,
    file: FileId,
    start: usize,
) -> (Vec<Document>, Vec<Problem>) {
    let text = files.text(file);
    let mut builder = tree::Builder::new(text, file);
    let span = |range: Range<usize>| Span::new(file, range.start, range.end);
    let mut documents = Vec::new();
    if MAX_BYTES < text.len() {
        let max_bytes = MAX_BYTES;
        builder
            .problems
            .push(span(0..0), ProblemKind::TooLong { max_bytes });
        return (documents, builder.problems.into_vec());
    }
    let mut n_pieces = 0;
    let mut rest = start..text.len();
    while let Some(Piece { range, separator }) = next_piece(text, &mut rest) {
        if let Err(junk) = separator {
            let text = "only a comment may follow `---` on its line".to_owned();
            builder.problems.push(span(junk), ProblemKind::Syntax(text));
            continue;
        }
        if trim(text, range.clone()).is_empty() {
            continue;
        }
        n_pieces += 1;
        if MAX_DOCUMENTS < n_pieces {
            let kind = ProblemKind::TooManyDocuments;
            builder.problems.push(span(range.start..range.start), kind);
            break;
        }
        if let Some((at, kind)) = unreadable(text, range.clone()) {
            builder.problems.push(span(at), kind);
            continue;
        }
        let Ok(Some(built)) = builder.document(range.clone()) else {
            continue;
        };
        if let Some(ignored) = ignored(text, built.end..range.end) {
            builder
                .problems
                .push(span(ignored), ProblemKind::IgnoredText);
        }
        // From kubernetes/cli-runtime, pkg/resource/visitor.go, StreamVisitor: null is skipped.
        if !built.root.is_null() {
            documents.push(Document {
                root: built.root,
                span: span(trim(text, range.start..built.end)),
            });
        }
    }
    (documents, builder.problems.into_vec())
}

/// What stands between two separators.
struct Piece {
    range: Range<usize>,
    /// What must not stand on the line of the separator before it, if anything does.
    separator: Result<(), Range<usize>>,
}

/// Takes the next piece off the front of a text; `None` at the end.
// From kubernetes/apimachinery, pkg/util/yaml/decoder.go, YAMLReader.Read. Upstream gives the
// whole stream up at a separator with something behind it.
fn next_piece(text: &str, rest: &mut Range<usize>) -> Option<Piece> {
    if rest.end <= rest.start {
        return None;
    }
    let mut separator = Ok(());
    let mut start = rest.start;
    if text[start..].starts_with("---") {
        let end = text[start..].find('\n').map_or(rest.end, |at| start + at);
        let junk = trim(text, start + 3..end);
        if !junk.is_empty() && !text[junk.clone()].starts_with('#') {
            separator = Err(junk);
        }
        start = end;
    }
    let end = text[start..]
        .find("\n---")
        .map_or(rest.end, |at| start + at + 1);
    rest.start = end;
    Some(Piece {
        range: start..end,
        separator,
    })
}

/// Why a piece cannot be read whatever it says, and where; `None` when it may be.
fn unreadable(text: &str, range: Range<usize>) -> Option<(Range<usize>, ProblemKind)> {
    let piece = &text[range.clone()];
    if let Some((at, character)) = forbidden_character(piece) {
        let at = range.start + at;
        let kind = ProblemKind::ForbiddenCharacter(character);
        return Some((at..at + character.len_utf8(), kind));
    }
    // A directive wants a `---` behind it, and that is where the stream was cut.
    let first = trim(text, content(text, range)?);
    if text[first.clone()].starts_with('%') {
        let text = "`kubectl` reads no `%` directives".to_owned();
        return Some((first, ProblemKind::Syntax(text)));
    }
    None
}

/// The first character that must not stand in YAML at all.
// From yaml/go-yaml v2, readerc.go, yaml_parser_update_buffer.
fn forbidden_character(piece: &str) -> Option<(usize, char)> {
    /// The bytes that forbidden characters start with.
    const SUSPECT: [bool; 256] = {
        let mut suspect = [false; 256];
        let mut byte: u8 = 0;
        while byte < u8::MAX {
            suspect[byte as usize] =
                matches!(byte, 0..=0x08 | 0x0b | 0x0c | 0x0e..=0x1f | 0x7f | 0xc2 | 0xef);
            byte += 1;
        }
        suspect
    };
    let bytes = piece.as_bytes();
    let mut at = 0;
    loop {
        let mut rest = bytes[at..].iter();
        at += rest.position(|byte| SUSPECT[usize::from(*byte)])?;
        let character = piece[at..].chars().next()?;
        match character {
            '\u{85}' | '\u{a0}'..='\u{fffd}' => at += character.len_utf8(),
            _ => return Some((at, character)),
        }
    }
}

/// Text that stands behind the end of a document.
// From yaml/go-yaml v2, yaml.go, unmarshal: one document is read, the rest never.
fn ignored(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    content(text, range).map(|range| trim(text, range))
}

/// The first line that is neither empty nor a comment nor `...`.
fn content(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let mut start = range.start;
    for line in text[range].split_inclusive(['\n', '\r']) {
        let range = start..start + line.len();
        let line = line.trim().trim_start_matches('\u{feff}');
        let line = line.strip_prefix("...").unwrap_or(line).trim_start();
        if !line.is_empty() && !line.starts_with('#') {
            return Some(range);
        }
        start = range.end;
    }
    None
}

/// A range without the white space at its ends.
fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let white = [' ', '\t', '\r', '\n'];
    let start = range.end - text[range.clone()].trim_start_matches(white).len();
    start..start + text[start..range.end].trim_end_matches(white).len()
}

#[cfg(test)]
mod tests;
