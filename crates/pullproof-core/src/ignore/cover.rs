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

/// Whether nothing but comments and separators is before a byte.
pub(super) fn is_top(text: &str, at: usize) -> bool {
    let mut lines = text[..at].trim_start_matches('\u{feff}').lines();
    lines.all(|line| !is_content(line))
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

/// What is covered by a YAML comment that is alone on a line and ends at a byte.
pub(super) fn in_yaml(text: &str, objects: &[Object], end: usize) -> Range<usize> {
    let Some(line) = next_line(text, end) else {
        return end..end;
    };
    let node = objects
        .iter()
        .find_map(|object| node_on(&object.root, &line));
    match node {
        Some(span) => line.start..line.end.max(span.range().end),
        None => line,
    }
}

/// What is covered by a TOML comment that is alone on a line and ends at a byte: where a table
/// starts on the next, that and the tables in it.
pub(super) fn in_toml(text: &str, end: usize) -> Range<usize> {
    let Some(line) = next_line(text, end) else {
        return end..end;
    };
    let Some(table) = header(&text[line.clone()]) else {
        return line;
    };
    let mut at = line.end;
    while let Some(next) = next_line(text, at) {
        if let Some(other) = header(&text[next.clone()]) {
            let below = other
                .strip_prefix(table)
                .and_then(|rest| rest.trim_start().chars().next());
            if below != Some('.') {
                return line.start..next.start;
            }
        }
        at = next.end;
    }
    line.start..text.len()
}

/// The name in a table's header.
fn header(line: &str) -> Option<&str> {
    let name = line.trim_start().strip_prefix('[')?.trim_start_matches('[');
    Some(name.split(']').next()?.trim())
}

/// The next line after a byte's that is neither empty nor a comment nor a separator.
fn next_line(text: &str, at: usize) -> Option<Range<usize>> {
    let mut start = line(text, at).end + 1;
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
