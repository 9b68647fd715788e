//! What a comment is about: its line, or what starts on the next one.

use crate::document::{Entry, Node, Value};
use crate::file::Span;
use crate::resource::Object;
use std::ops::Range;

/// The line that holds a byte, without its end.
pub(super) fn line(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..]
        .find('\n')
        .map_or(text.len(), |length| at + length);
    start..end
}

/// Whether nothing but white space is before a byte on its line.
pub(super) fn is_alone(text: &str, at: usize) -> bool {
    text[line(text, at).start..at].trim().is_empty()
}

/// The bytes to remove so that a comment is gone: its line where it is alone, else the white
/// space before it, too.
pub(super) fn removal(text: &str, comment: Range<usize>) -> Range<usize> {
    let line = line(text, comment.start);
    match is_alone(text, comment.start) {
        true => line.start..text.len().min(line.end + 1),
        false => text[..comment.start].trim_end_matches([' ', '\t']).len()..comment.end,
    }
}

/// What the comments of one text are about, asked in their order.
///
/// It keeps what it found last, since many comments in a row are about the same.
pub(super) struct Cover<'a> {
    text: &'a str,
    syntax: Syntax<'a>,
    /// Where the first line starts that is no comment, once somebody asks.
    first: Option<usize>,
    /// The byte that was asked for last, and the next line that is no comment.
    next: Option<(usize, Option<Range<usize>>)>,
    /// A line and what is covered from there on.
    last: Option<(Range<usize>, Range<usize>)>,
}

/// What tells where things end.
#[derive(Clone, Copy)]
pub(super) enum Syntax<'a> {
    /// The objects of YAML documents.
    Yaml(&'a [Object]),
    /// The headers of tables.
    Toml,
}

impl<'a> Cover<'a> {
    pub(super) fn new(text: &'a str, syntax: Syntax<'a>) -> Cover<'a> {
        Cover {
            text,
            syntax,
            first: None,
            next: None,
            last: None,
        }
    }

    /// Whether nothing but comments and separators is before a byte.
    pub(super) fn is_top(&mut self, at: usize) -> bool {
        let first = || {
            let start = self.text.len() - self.text.trim_start_matches('\u{feff}').len();
            content_from(self.text, start).map_or(self.text.len(), |line| line.start)
        };
        at < *self.first.get_or_insert_with(first)
    }

    /// What a comment is about that is alone on its line and ends at a byte.
    pub(super) fn below(&mut self, end: usize) -> Range<usize> {
        let Some(line) = self.content_after(end) else {
            return end..end;
        };
        match &self.last {
            Some((known, covered)) if *known == line => return covered.clone(),
            _ => {}
        }
        let covered = match self.syntax {
            Syntax::Yaml(objects) => {
                let node = objects
                    .iter()
                    .find_map(|object| node_on(&object.root, &line));
                let end = node.map_or(line.end, |span| span.range().end);
                line.start..line.end.max(end)
            }
            Syntax::Toml => table(self.text, &line),
        };
        self.last = Some((line, covered.clone()));
        covered
    }

    /// The next line after a byte's that is no comment.
    fn content_after(&mut self, at: usize) -> Option<Range<usize>> {
        if let Some((from, line)) = &self.next
            && *from <= at
            && line.as_ref().is_none_or(|line| at < line.start)
        {
            return line.clone();
        }
        let next = content_from(self.text, line(self.text, at).end + 1);
        self.next = Some((at, next.clone()));
        next
    }
}

/// The line, or, where it is the header of a table, that and the tables in it.
fn table(text: &str, line: &Range<usize>) -> Range<usize> {
    let Some(table) = header(&text[line.clone()]) else {
        return line.clone();
    };
    let mut at = line.end + 1;
    while let Some(next) = content_from(text, at) {
        if let Some(other) = header(&text[next.clone()]) {
            let below = other.strip_prefix(table);
            if below.is_none_or(|rest| !rest.trim_start().starts_with('.')) {
                return line.start..next.start;
            }
        }
        at = next.end + 1;
    }
    line.start..text.len()
}

/// The name in a table's header.
fn header(line: &str) -> Option<&str> {
    let name = line.trim_start().strip_prefix('[')?.trim_start_matches('[');
    Some(name.split(']').next()?.trim())
}

/// The first line from a line's start on that is neither empty nor a comment nor a separator.
fn content_from(text: &str, start: usize) -> Option<Range<usize>> {
    let mut start = start;
    while start < text.len() {
        let line = line(text, start);
        if is_content(&text[line.clone()]) {
            return Some(line);
        }
        start = line.end + 1;
    }
    None
}

fn is_content(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#') && !line.starts_with("---")
}

/// What starts on a line: an object, else an item of a list, else a key with its value.
fn node_on(root: &Node, line: &Range<usize>) -> Option<Span> {
    let starts = |span: Span| line.contains(&span.range().start);
    let holds = |span: Span| span.range().start <= line.start && line.start < span.range().end;
    if starts(root.span) {
        return Some(root.span);
    }
    if !holds(root.span) {
        return None;
    }
    let mut node = root;
    loop {
        node = match &node.value {
            Value::Mapping(mapping) => {
                let is_it = |entry: &&Entry| {
                    let value = entry.value.span;
                    starts(entry.key.span) || starts(value) || holds(value)
                };
                let entry = mapping.entries().iter().find(is_it)?;
                if starts(entry.key.span) {
                    let end = entry.value.span.end.max(entry.key.span.end);
                    return Some(Span {
                        end,
                        ..entry.key.span
                    });
                }
                &entry.value
            }
            Value::Sequence(nodes) => {
                let is_it = |node: &&Node| starts(node.span) || holds(node.span);
                let node = nodes.iter().find(is_it)?;
                if starts(node.span) {
                    return Some(node.span);
                }
                node
            }
            _ => return starts(node.span).then_some(node.span),
        };
    }
}
