//! Input text and places in it: every fact the core states keeps a `Span`.

use crate::bytes::length_to;
use std::fmt;
use std::sync::{Arc, OnceLock};

mod secrecy;

/// Names one `File` of a `Files`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId(u32);

/// A byte range in one file; `start <= end`, both on character boundaries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// The file the range is in.
    pub file: FileId,
    /// Byte offset of the first byte.
    pub start: u32,
    /// Byte offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The start of the first file: for what was read from none of a run's.
    pub(crate) const UNREAD: Span = Span {
        file: FileId(0),
        start: 0,
        end: 0,
    };

    /// A range of `file` from byte `start` up to and not including byte `end`.
    ///
    /// Offsets past 4 GiB saturate; readers refuse such files long before.
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX).max(start);
        Span { file, start, end }
    }

    /// The range as indices into the file's text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value and the place it was read from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins a value with its place.
    pub fn new(value: T, span: Span) -> Spanned<T> {
        Spanned { value, span }
    }
}

/// A place as people count: both from 1, columns in Unicode scalar values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[derive(Debug)]
struct File {
    name: String,
    text: String,
    /// Where its lines are, once somebody asks for a position.
    lines: OnceLock<Lines>,
    /// The text with its secrets hidden, once somebody asks; `None` when it has none.
    masked: OnceLock<Option<String>>,
}

/// Where the lines of a text are.
#[derive(Debug)]
struct Lines {
    /// Byte offset of the first byte of each.
    starts: Vec<u32>,
    /// Whether every character is one byte, so that nobody has to count them: what an API server
    /// sends is one long line.
    is_ascii: bool,
}

impl File {
    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| {
            let mut starts = vec![0];
            let mut rest = self.text.as_bytes();
            while let Some(behind) = rest.get(length_to(rest, b'\n') + 1..) {
                let start = self.text.len() - behind.len();
                starts.push(u32::try_from(start).unwrap_or(u32::MAX));
                rest = behind;
            }
            Lines {
                starts,
                is_ascii: self.text.is_ascii(),
            }
        })
    }
}

/// The texts of one run, in the order they were given; a clone shares them.
#[derive(Clone, Default, Debug)]
pub struct Files {
    /// The first of them, which clones share as a whole.
    settled: Arc<Vec<Arc<File>>>,
    /// Those after them.
    added: Vec<Arc<File>>,
}

impl Files {
    /// No files.
    pub fn new() -> Files {
        Files::default()
    }

    /// Takes in a text under a name (a path, or `<stdin>`).
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = FileId(self.n_files());
        self.added.push(Arc::new(File {
            name: name.into(),
            text: text.into(),
            lines: OnceLock::new(),
            masked: OnceLock::new(),
        }));
        id
    }

    /// The same files, to be cloned often: that takes no time for those that are here now.
    pub(crate) fn settled(mut self) -> Files {
        let mut settled = Arc::unwrap_or_clone(self.settled);
        settled.append(&mut self.added);
        Files {
            settled: Arc::new(settled),
            added: Vec::new(),
        }
    }

    fn n_files(&self) -> u32 {
        u32::try_from(self.settled.len() + self.added.len()).unwrap_or(u32::MAX)
    }

    fn file(&self, file: FileId) -> &File {
        let idx = file.0 as usize;
        match idx.checked_sub(self.settled.len()) {
            None => &self.settled[idx],
            Some(idx) => &self.added[idx],
        }
    }

    /// Takes in another text in the place of one, under its name; places in it are others then.
    pub fn replace(&mut self, file: FileId, text: impl Into<String>) {
        let replacement = Arc::new(File {
            name: self.name(file).to_owned(),
            text: text.into(),
            lines: OnceLock::new(),
            masked: OnceLock::new(),
        });
        let idx = file.0 as usize;
        match idx.checked_sub(self.settled.len()) {
            None => Arc::make_mut(&mut self.settled)[idx] = replacement,
            Some(idx) => self.added[idx] = replacement,
        }
    }

    /// Every file, in the order they were added.
    pub fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.n_files()).map(FileId)
    }

    /// The name a file was added under.
    pub fn name(&self, file: FileId) -> &str {
        &self.file(file).name
    }

    /// The whole text of a file.
    pub fn text(&self, file: FileId) -> &str {
        &self.file(file).text
    }

    /// The text of a range; empty where the range does not lie in its file.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.range()).unwrap_or("")
    }

    /// The whole text of a file as reports may show it: pull secrets, passwords and private keys
    /// are hidden, and every other byte is where it was.
    ///
    /// Whatever leaves the program with lines of an input takes them from here.
    pub fn shown(&self, file: FileId) -> &str {
        let file = self.file(file);
        let masked = file.masked.get_or_init(|| secrecy::masked(&file.text));
        masked.as_deref().unwrap_or(&file.text)
    }

    /// Whether a range, or the byte beside it, has something that reports may not show.
    pub fn is_secret(&self, span: Span) -> bool {
        let (text, shown) = (self.text(span.file), self.shown(span.file));
        let start = span.range().start.saturating_sub(1).min(text.len());
        let end = span.range().end.saturating_add(1).clamp(start, text.len());
        text.as_bytes()[start..end] != shown.as_bytes()[start..end]
    }

    /// Where a byte offset is, as people count; an offset past the end is at the end.
    pub fn position(&self, file: FileId, offset: u32) -> Position {
        let (line, start) = self.line(file, offset);
        let (file, start) = (self.file(file), start as usize);
        let mut end = (offset as usize).min(file.text.len()).max(start);
        while !file.text.is_char_boundary(end) {
            end -= 1;
        }
        let n_before = match file.lines().is_ascii {
            true => end - start,
            false => file.text[start..end].chars().count(),
        };
        Position {
            line,
            column: u32::try_from(n_before + 1).unwrap_or(u32::MAX),
        }
    }

    /// The line that a byte offset is in, from one, and the byte offset of its start.
    ///
    /// However long the line is, it is not looked at.
    pub fn line(&self, file: FileId, offset: u32) -> (u32, u32) {
        let starts = &self.file(file).lines().starts;
        let line_idx = starts.partition_point(|start| *start <= offset) - 1;
        let line = u32::try_from(line_idx + 1).unwrap_or(u32::MAX);
        (line, starts[line_idx])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let mut files = Files::new();
        let file = files.add("a.yaml", "ab\nä c\n");
        let cases = [
            (0, 1, 1),
            (2, 1, 3),
            (3, 2, 1),
            (5, 2, 2),
            (6, 2, 3),
            (8, 3, 1),
            (99, 3, 1),
        ];
        for (offset, line, column) in cases {
            assert_eq!(
                files.position(file, offset),
                Position { line, column },
                "byte {offset}"
            );
        }
        assert_eq!(files.line(file, 2), (1, 0));
        assert_eq!(files.line(file, 3), (2, 3));
        assert_eq!(files.line(file, 99), (3, 8));
    }

    #[test]
    fn another_text_has_other_places_and_clones_keep_theirs() {
        let mut files = Files::new();
        let file = files.add("a.yaml", "a\nb");
        let before = files.clone();
        assert_eq!(files.position(file, 2).line, 2);
        files.replace(file, "abc");
        assert_eq!(files.position(file, 2).line, 1);
        assert_eq!((files.name(file), files.text(file)), ("a.yaml", "abc"));
        assert_eq!(
            (before.text(file), before.position(file, 2).line),
            ("a\nb", 2)
        );
    }

    #[test]
    fn settled_files_keep_their_names_and_texts() {
        let mut files = Files::new();
        let first = files.add("a", "1");
        let mut files = files.settled();
        let second = files.add("b", "2");
        let mut other = files.clone().settled();
        let third = other.add("c", "3");
        let told = |file| format!("{} {}", other.name(file), other.text(file));
        assert_eq!([first, second, third].map(told), ["a 1", "b 2", "c 3"]);
        assert_eq!(other.ids().collect::<Vec<_>>(), [first, second, third]);
        assert_eq!(files.ids().count(), 2);
    }

    #[test]
    fn a_range_outside_its_file_has_no_text() {
        let mut files = Files::new();
        let file = files.add("a.yaml", "ä");
        assert_eq!(files.slice(Span::new(file, 0, 2)), "ä");
        assert_eq!(files.slice(Span::new(file, 0, 1)), "");
        assert_eq!(files.slice(Span::new(file, 1, 9)), "");
    }
}
