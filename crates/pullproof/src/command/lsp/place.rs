//! Places as the protocol counts them: lines from 0, columns in units that both sides agreed on.

use super::wire;
use pullproof_core::file::Span;
use std::ops::Range;

/// What columns count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// What JavaScript counts: a character beyond the first 65,536 is two.
    Utf16,
}

impl Encoding {
    /// The best of those that a client offers; without an offer it is what all must know.
    pub(super) fn choose(offered: &[String]) -> Encoding {
        match offered.iter().any(|name| name == Encoding::Utf8.name()) {
            true => Encoding::Utf8,
            false => Encoding::Utf16,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
        }
    }

    fn width(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
        }
    }
}

/// Where the lines of a text are.
///
/// The core counts lines for people; the protocol also ends one at a lone carriage return.
pub(super) struct Lines {
    /// Each line without what ends it, in order; never empty.
    lines: Vec<Range<usize>>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Lines {
        let bytes = text.as_bytes();
        let mut lines = Vec::new();
        let (mut start, mut at) = (0, 0);
        while at < bytes.len() {
            let n_bytes = match (bytes[at], bytes.get(at + 1)) {
                (b'\r', Some(b'\n')) => 2,
                (b'\r' | b'\n', _) => 1,
                _ => 0,
            };
            if 0 < n_bytes {
                lines.push(start..at);
                start = at + n_bytes;
            }
            at += n_bytes.max(1);
        }
        lines.push(start..bytes.len());
        Lines { lines }
    }

    /// Where a byte offset is; one in what ends a line is at the line's end.
    pub(super) fn position(&self, text: &str, offset: usize, encoding: Encoding) -> wire::Position {
        let after = self.lines.partition_point(|line| line.start <= offset);
        let line_idx = after.saturating_sub(1);
        let line = &self.lines[line_idx];
        let before = &text[line.start
            ..text
                .floor_char_boundary(offset.min(line.end))
                .max(line.start)];
        let column = before.chars().map(|character| encoding.width(character));
        wire::Position {
            line: u32::try_from(line_idx).unwrap_or(u32::MAX),
            character: u32::try_from(column.sum::<usize>()).unwrap_or(u32::MAX),
        }
    }

    /// The byte offset of a place; one past the end of its line is the line's end, one inside of
    /// a character its start.
    pub(super) fn offset(&self, text: &str, position: wire::Position, encoding: Encoding) -> usize {
        let wire::Position { line, character } = position;
        let Some(line) = self.lines.get(line as usize) else {
            return text.len();
        };
        let mut left = character as usize;
        let mut offset = line.start;
        for character in text[line.clone()].chars() {
            let width = encoding.width(character);
            if left < width {
                break;
            }
            left -= width;
            offset += character.len_utf8();
        }
        offset
    }

    /// The byte range between two places; empty where they stand the wrong way round.
    pub(super) fn bytes(&self, text: &str, range: wire::Range, encoding: Encoding) -> Range<usize> {
        let start = self.offset(text, range.start, encoding);
        start..self.offset(text, range.end, encoding).max(start)
    }

    /// The two places of a byte range.
    pub(super) fn range(&self, text: &str, range: Range<usize>, encoding: Encoding) -> wire::Range {
        wire::Range {
            start: self.position(text, range.start, encoding),
            end: self.position(text, range.end, encoding),
        }
    }
}

/// The part of a span on its first line: a whole object need not be underlined.
pub(super) fn shown(text: &str, span: Span) -> Range<usize> {
    let range = span.range();
    let start = text.floor_char_boundary(range.start);
    let end = text.floor_char_boundary(range.end).max(start);
    let line = text[start..end].find(['\n', '\r']);
    start..line.map_or(end, |at| start + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "ab\r\nä😀c\n\rd";

    #[test]
    fn every_place_has_one_offset() {
        use Encoding::{Utf8, Utf16};
        let lines = Lines::of(TEXT);
        for (offset, line, utf8, utf16) in [
            (0, 0, 0, 0),
            (2, 0, 2, 2),
            (4, 1, 0, 0),
            (6, 1, 2, 1),
            (10, 1, 6, 3),
            (11, 1, 7, 4),
            (12, 2, 0, 0),
            (13, 3, 0, 0),
            (14, 3, 1, 1),
        ] {
            for (encoding, character) in [(Utf8, utf8), (Utf16, utf16)] {
                let position = wire::Position { line, character };
                assert_eq!(lines.position(TEXT, offset, encoding), position, "{offset}");
                assert_eq!(lines.offset(TEXT, position, encoding), offset, "{offset}");
            }
        }
    }

    #[test]
    fn places_that_are_nowhere_are_the_nearest_before() {
        let lines = Lines::of(TEXT);
        for (line, character, offset) in [
            (0, 9, 2),
            // Half of a pair.
            (1, 2, 6),
            (2, 1, 12),
            (3, 9, 14),
            (4, 0, 14),
            (u32::MAX, u32::MAX, 14),
        ] {
            let position = wire::Position { line, character };
            assert_eq!(lines.offset(TEXT, position, Encoding::Utf16), offset);
        }
        let inside = lines.position(TEXT, 8, Encoding::Utf16);
        assert_eq!((inside.line, inside.character), (1, 1));
        let between = lines.position(TEXT, 3, Encoding::Utf8);
        assert_eq!((between.line, between.character), (0, 2));
        let after = lines.position(TEXT, 99, Encoding::Utf8);
        assert_eq!((after.line, after.character), (3, 1));
    }

    #[test]
    fn an_empty_text_has_one_line() {
        let lines = Lines::of("");
        let position = lines.position("", 0, Encoding::Utf8);
        assert_eq!((position.line, position.character), (0, 0));
        assert_eq!(lines.offset("", position, Encoding::Utf8), 0);
    }

    #[test]
    fn bytes_are_chosen_where_they_are_offered() {
        for (offered, name) in [
            (&["utf-16", "utf-8"][..], "utf-8"),
            (&["utf-32"], "utf-16"),
            (&[], "utf-16"),
        ] {
            let offered: Vec<String> = offered.iter().map(ToString::to_string).collect();
            assert_eq!(Encoding::choose(&offered).name(), name);
        }
    }
}
