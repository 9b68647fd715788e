//! Edits of text that rules propose: as few bytes as do it, and none where a place is not plain.
//!
//! Each function gives `None` where it is not sure: below an anchor that an alias repeats, for
//! text in blocks or on several lines, between comments in brackets. A caller then has no fix.

use crate::document::plain::is_same;
use crate::document::scalar;
use crate::document::{Mapping, Node, Value};
use crate::file::Span;
use crate::finding::Edit;
use crate::model::{Model, element_at, entry_at};
use crate::order;

pub(crate) mod removal;

/// Writes another text in the place of a value or key, with the quotes that it has.
pub(crate) fn replace(model: &Model, span: Span, text: &str) -> Option<Edit> {
    let old = written(model, span)?;
    let text = match old.as_bytes() {
        [b'"', ..] => quoted(text),
        [b'\'', ..] if text.contains(char::is_control) => return None,
        [b'\'', ..] => format!("'{}'", text.replace('\'', "''")),
        // JSON has no text without quotes, and what was none before may stand in JSON.
        _ if is_plain(old) && is_plain(text) => text.to_owned(),
        _ => quoted(text),
    };
    Some(Edit { span, text })
}

/// Puts a number or truth value in quotes as it was written.
pub(crate) fn quote(model: &Model, span: Span) -> Option<Edit> {
    let old = written(model, span)?;
    let is_other = matches!(
        scalar::resolve(old),
        Value::Bool(_) | Value::Integer(_) | Value::Float(_)
    );
    is_other.then(|| Edit {
        span,
        text: quoted(old),
    })
}

/// Puts what was taken for an alias in quotes.
pub(crate) fn quote_alias(model: &Model, span: Span) -> Option<Edit> {
    let text = model.files.text(span.file);
    let alias = model.files.slice(span);
    let rest = text.get(span.end as usize..)?;
    let is_whole = rest.is_empty() || rest.starts_with([' ', '\r', '\n', ',', ']', '}']);
    let is_sure = is_whole && alias.strip_prefix("*.").is_some_and(is_plain);
    is_sure.then(|| Edit {
        span,
        text: quoted(alias),
    })
}

/// Makes a value the only element of a list.
pub(crate) fn enlist(model: &Model, span: Span) -> Option<Edit> {
    let old = written(model, span)?;
    let is_one = old.starts_with(['"', '\'']) || is_plain(old);
    is_one.then(|| Edit {
        span,
        text: format!("[{old}]"),
    })
}

/// Removes a tag that changes nothing: of text that is text without it, too.
pub(crate) fn remove_tag(model: &Model, tag: Span) -> Option<Edit> {
    let text = model.files.text(tag.file);
    // What such a tag says is in base64.
    if model.files.slice(tag).ends_with("binary") {
        return None;
    }
    let rest = text.get(tag.end as usize..)?;
    let value = rest.trim_start_matches(' ');
    let word = value.split([' ', '\r', '\n', ',', ']', '}']).next()?;
    let is_text = value.starts_with(['"', '\'']) || is_plain(word);
    let end = text.len() - value.len();
    (is_text && value.len() < rest.len()).then(|| Edit {
        span: Span::new(tag.file, tag.start as usize, end),
        text: String::new(),
    })
}

/// Removes an element of a list, with the lines that are its own.
pub(crate) fn remove_element(model: &Model, span: Span) -> Option<Edit> {
    let Child::Element(nodes, idx, around) = child(model, span)? else {
        return None;
    };
    let text = model.files.text(span.file);
    if is_in_brackets(text, around, nodes.first()?.span) {
        return remove_between(model, around, span);
    }
    // An empty list is written otherwise.
    if nodes.len() < 2 {
        return None;
    }
    let dash = text[..span.start as usize].trim_end_matches(' ');
    let start = dash.strip_suffix('-')?.len();
    let has_comments = |idx: usize| {
        let node: Option<&Node> = nodes.get(idx);
        node.is_some_and(|node| comments_start(text, node.span.start as usize).is_some())
    };
    // What stands above all elements may be about the whole list.
    let takes_comments = 0 < idx || has_comments(1);
    remove_lines(model, span, start, takes_comments)
}

/// Removes an entry of a mapping by the place of its key, with the lines that are its own.
pub(crate) fn remove_entry(model: &Model, key: Span) -> Option<Edit> {
    let Child::Entry(mapping, idx, around) = child(model, key)? else {
        return None;
    };
    let entries = mapping.entries();
    let entry = entries.get(idx)?;
    if entry.value.span.start < key.end {
        return None;
    }
    let span = Span {
        end: entry.value.span.end,
        ..key
    };
    let text = model.files.text(key.file);
    if is_in_brackets(text, around, entries.first()?.key.span) {
        return remove_between(model, around, span);
    }
    if entries.len() < 2 {
        return None;
    }
    let start = span.start as usize;
    if is_first_on_line(text, start) {
        return remove_lines(model, span, start, 0 < idx);
    }
    // Behind a dash: what comes next moves up to it.
    let (_, before) = line_before(text, start);
    if !before.bytes().all(|byte| matches!(byte, b' ' | b'-')) {
        return None;
    }
    let column = before.len();
    let end = end_of_lines(text, span.end as usize)?;
    let next = text.get(end..end + column)?;
    let is_key = |byte: &u8| !matches!(byte, b' ' | b'#' | b'\r' | b'\n');
    if !next.bytes().all(|byte| byte == b' ')
        || !text.as_bytes().get(end + column).is_some_and(is_key)
    {
        return None;
    }
    removal(model, span, start..end + column)
}

/// Removes the entry of a mapping whose value stands at a place, with the lines that are its own.
pub(crate) fn remove_entry_of(model: &Model, value: Span) -> Option<Edit> {
    let mut node = &model.object_at(value)?.object.root;
    loop {
        let entries = match &node.value {
            Value::Mapping(mapping) => mapping.entries(),
            Value::Sequence(nodes) => {
                node = &nodes[element_at(nodes, value)?];
                continue;
            }
            _ => return None,
        };
        let entry = &entries[entry_at(entries, value)?];
        if entry.value.span == value {
            return remove_entry(model, entry.key.span);
        }
        node = &entry.value;
    }
}

/// Removes an entry whose key comes again, of which the tree has only the last, where both are
/// of one line; and whether they say the same.
pub(crate) fn remove_repeated(model: &Model, first: Span, last: Span) -> Option<(Edit, bool)> {
    let text = model.files.text(first.file);
    let value = |key: Span| {
        let start = key.start as usize;
        let line_end = end_of_line(text, start);
        let value = text.get(key.end as usize..line_end)?.trim_start();
        let value = value.strip_prefix(':')?.trim();
        let value = value.split(" #").next()?.trim_end();
        let is_whole = match value.as_bytes() {
            [quote @ (b'"' | b'\''), .., end] => quote == end,
            _ => is_plain(value) || matches!(value, "true" | "false"),
        };
        // A line further in would go on with the value, and so would a list below the key.
        let (_, before) = line_before(text, start);
        let n_spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let mut next = text[line_end..]
            .lines()
            .filter(|line| !line.trim().is_empty());
        let goes_on = next.next().is_some_and(|line| {
            before.len() < n_spaces(line)
                || before.len() == n_spaces(line) && line.trim_start().starts_with("- ")
        });
        (is_whole && is_first_on_line(text, start) && !goes_on).then_some(value)
    };
    let unquoted = |key: Span| Some(value(key)?.trim_matches(['"', '\'']));
    let is_same = unquoted(first)? == unquoted(last)?;
    let start = first.start as usize;
    let line = text[start..end_of_line(text, start)].trim_end();
    let line = Span::new(first.file, start, start + line.len());
    let edit = remove_lines(model, line, start, false)?;
    Some((edit, is_same))
}

/// The place of the value that a key has.
pub(crate) fn value_of(model: &Model, key: Span) -> Option<Span> {
    match child(model, key)? {
        Child::Entry(mapping, idx, _) => Some(mapping.entries()[idx].value.span),
        Child::Element(..) => None,
    }
}

/// The text that was read at a place; `None` when there is none.
pub(crate) fn text_at(model: &Model, span: Span) -> Option<&str> {
    let mut node = &model.object_at(span)?.object.root;
    loop {
        node = match &node.value {
            Value::Mapping(mapping) => {
                let entries = mapping.entries();
                &entries[entry_at(entries, span)?].value
            }
            Value::Sequence(nodes) => &nodes[element_at(nodes, span)?],
            Value::String(text) if node.span == span => return Some(text),
            _ => return None,
        };
    }
}

/// Whether two elements of lists say the same.
pub(crate) fn are_same_elements(model: &Model, left: Span, right: Span) -> bool {
    let element = |span| match child(model, span)? {
        Child::Element(nodes, idx, _) => Some(&nodes[idx]),
        Child::Entry(..) => None,
    };
    let pair = element(left).zip(element(right));
    pair.is_some_and(|(left, right)| is_same(left, right))
}

/// Removals as one fix has them: by place, those that touch made one.
pub(crate) fn join(mut removals: Vec<Edit>) -> Vec<Edit> {
    order::sort_by_key(&mut removals, |edit| edit.span);
    removals.dedup_by(|next, last| {
        let touches = next.span.file == last.span.file && next.span.start <= last.span.end;
        if touches {
            last.span.end = last.span.end.max(next.span.end);
        }
        touches
    });
    removals
}

/// Adds an entry before the first one of a mapping; `around` is the place of the mapping.
pub(crate) fn insert_entry(
    model: &Model,
    mapping: &Mapping,
    around: Span,
    key: &str,
    value: &str,
) -> Option<Edit> {
    let first = mapping.entries().first()?.key.span;
    let text = model.files.text(around.file);
    if model.is_aliased(first) {
        return None;
    }
    let start = first.start as usize;
    let (line, before) = line_before(text, start);
    let ending = match text[line..].find('\n') {
        Some(at) if text[line..line + at].ends_with('\r') => "\r\n",
        _ => "\n",
    };
    let is_json = text[start..].starts_with('"');
    let written = |text: &str| match is_plain(text) && !is_json {
        true => text.to_owned(),
        false => quoted(text),
    };
    let entry = format!("{}: {}", written(key), written(value));
    let text = if is_in_brackets(text, around, first) {
        let is_alone = before.bytes().all(|byte| byte == b' ');
        match is_alone {
            true => format!("{entry},{ending}{before}"),
            false => format!("{entry}, "),
        }
    } else {
        // A dash before it is that of the list which the mapping is in.
        if !before.bytes().all(|byte| matches!(byte, b' ' | b'-')) {
            return None;
        }
        format!("{entry}{ending}{}", " ".repeat(before.len()))
    };
    let span = Span {
        end: first.start,
        ..first
    };
    Some(Edit { span, text })
}

/// A text in double quotes, as YAML and JSON read it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            character if character.is_control() => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a text without quotes is itself, in brackets, too.
fn is_plain(text: &str) -> bool {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/:@".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(is_safe)
        && !text.ends_with(':')
        && matches!(scalar::resolve(text), Value::String(_))
}

/// A value as it was written; `None` where it is not all on one line, behind something.
fn written(model: &Model, span: Span) -> Option<&str> {
    model.object_at(span)?.locate(span)?;
    let text = model.files.text(span.file);
    let written = text.get(span.range())?;
    // The first on its line may be that of a block, whose text is no YAML.
    let is_block = is_first_on_line(text, span.start as usize)
        && !written.starts_with(['"', '\''])
        && !text[span.end as usize..]
            .trim_start_matches(' ')
            .starts_with(':');
    let is_whole = match written.as_bytes() {
        [quote @ (b'"' | b'\''), .., last] => quote == last,
        [] | [b'"' | b'\'' | b'*' | b'[' | b'{', ..] => false,
        _ => true,
    };
    let is_sure = is_whole && !is_block && !written.contains(['\n', '\r']);
    (is_sure && !model.is_aliased(span)).then_some(written)
}

/// What a place is in what is around it.
enum Child<'a> {
    /// One of these, the how manieth, and the place of the list.
    Element(&'a [Node], usize, Span),
    /// The key of an entry of this, the how manieth, and the place of the mapping.
    Entry(&'a Mapping, usize, Span),
}

/// The element or key that stands exactly at a place.
fn child(model: &Model, span: Span) -> Option<Child<'_>> {
    let judged = model.object_at(span)?;
    judged.locate(span)?;
    let mut node = &judged.object.root;
    loop {
        match &node.value {
            Value::Mapping(mapping) => {
                let entries = mapping.entries();
                let idx = entry_at(entries, span)?;
                if entries[idx].key.span == span {
                    return Some(Child::Entry(mapping, idx, node.span));
                }
                node = &entries[idx].value;
            }
            Value::Sequence(nodes) => {
                let idx = element_at(nodes, span)?;
                if nodes[idx].span == span {
                    return Some(Child::Element(nodes, idx, node.span));
                }
                node = &nodes[idx];
            }
            _ => return None,
        }
    }
}

/// Whether a list or mapping stands in brackets; `first` is the place of what it has first.
fn is_in_brackets(text: &str, around: Span, first: Span) -> bool {
    let start = text.as_bytes().get(around.start as usize);
    // Without brackets it starts with its first part, which may have brackets itself.
    matches!(start, Some(b'[' | b'{')) && around.start < first.start
}

/// Removes a part of what stands in brackets, and one comma.
fn remove_between(model: &Model, around: Span, span: Span) -> Option<Edit> {
    let white = [' ', '\t', '\r', '\n'];
    let text = model.files.text(span.file);
    if model.files.slice(around).contains('#') {
        return None;
    }
    let before = text[..span.start as usize].trim_end_matches(white);
    let rest = &text[span.end as usize..];
    let after = rest.trim_start_matches(white);
    let is_first = before.ends_with(['[', '{']);
    if !is_first && !before.ends_with(',') {
        return None;
    }
    let (start, end) = (span.start as usize, span.end as usize);
    let range = match after.strip_prefix(',') {
        Some(after) => {
            let next = after.trim_start_matches(white);
            start..text.len() - next.len()
        }
        None if !after.starts_with([']', '}']) => return None,
        None if is_first => start..end,
        None => before.len() - 1..end,
    };
    removal(model, span, range)
}

/// Removes whole lines, from the one with `start` to the one where a place ends.
fn remove_lines(model: &Model, span: Span, start: usize, takes_comments: bool) -> Option<Edit> {
    let text = model.files.text(span.file);
    if !is_first_on_line(text, start) {
        return None;
    }
    let (line, _) = line_before(text, start);
    let end = end_of_lines(text, span.end as usize)?;
    let comments = comments_start(text, start).filter(|_| takes_comments);
    removal(model, span, comments.unwrap_or(line)..end)
}

fn removal(model: &Model, span: Span, range: std::ops::Range<usize>) -> Option<Edit> {
    let removed = Span::new(span.file, range.start, range.end);
    let is_sure = !model.is_aliased(removed) && !model.is_aliased(span);
    // A carriage return alone ends a line for YAML, but not here.
    let has_odd_ends = model
        .files
        .slice(removed)
        .replace("\r\n", "")
        .contains('\r');
    (is_sure && !has_odd_ends).then_some(Edit {
        span: removed,
        text: String::new(),
    })
}

/// Where the line of a place starts, and what is on it before the place.
fn line_before(text: &str, at: usize) -> (usize, &str) {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    (start, &text[start..at])
}

fn is_first_on_line(text: &str, at: usize) -> bool {
    let (_, before) = line_before(text, at);
    before.bytes().all(|byte| byte == b' ')
}

/// The end of the line of a place, with its end of line.
fn end_of_line(text: &str, at: usize) -> usize {
    let newline = text[at..].find('\n');
    newline.map_or(text.len(), |newline| at + newline + 1)
}

/// The end of the line that a value ends on; `None` when more than a comment is behind it.
fn end_of_lines(text: &str, at: usize) -> Option<usize> {
    let end = end_of_line(text, at);
    let rest = &text[at..end];
    let is_comment = rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#');
    (rest.trim().is_empty() || is_comment).then_some(end)
}

/// Where the comment lines start that stand right above a line, as far in as it; `at` is on the
/// line.
fn comments_start(text: &str, at: usize) -> Option<usize> {
    let (mut start, before) = line_before(text, at);
    let n_spaces = before.len() - before.trim_start_matches(' ').len();
    let mut found = None;
    while let Some(above) = text[..start].strip_suffix('\n') {
        let (line, _) = line_before(text, above.len());
        let content = above[line..].trim_start_matches(' ');
        if !content.starts_with('#') || above.len() - line - content.len() != n_spaces {
            break;
        }
        (start, found) = (line, Some(line));
    }
    found
}

#[cfg(test)]
mod tests;
