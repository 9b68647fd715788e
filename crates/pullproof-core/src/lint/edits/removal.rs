//! Taking several entries out of a mapping at once, in any syntax: what separates the others stays.

use crate::document::{Entry, Mapping};
use crate::file::Span;
use crate::finding::Edit;

/// The edits that take some entries out, in any syntax that mappings are written in.
///
/// `None` where all would go, or where a value is written somewhere else, as with an alias.
pub(crate) fn removal(mapping: &Mapping, is_removed: impl Fn(&Entry) -> bool) -> Option<Vec<Edit>> {
    let entries = mapping.entries();
    let is_in_order = entries.is_sorted_by(|left, right| {
        let (value, next) = (left.value.span, right.key.span);
        value.file == next.file && value.end <= next.start
    });
    let is_in_place =
        |entry: &Entry| entry.key.span.end <= entry.value.span.start || entry.value.is_null();
    if !is_in_order || !entries.iter().all(is_in_place) {
        return None;
    }
    let n_kept_first = entries.iter().position(|entry| !is_removed(entry))?;
    let mut edits = Vec::new();
    // In front of the first that stays, all goes up to its start.
    if 0 < n_kept_first {
        let start = entries[0].key.span;
        edits.push(cut(
            start,
            start.start,
            entries[n_kept_first].key.span.start,
        ));
    }
    // Behind it, all goes from the end of the last that stays.
    let mut kept = &entries[n_kept_first];
    let mut last_removed = None;
    for entry in &entries[n_kept_first + 1..] {
        if is_removed(entry) {
            last_removed = Some(entry);
            continue;
        }
        if let Some(removed) = last_removed.take() {
            edits.push(between(kept, removed));
        }
        kept = entry;
    }
    edits.extend(last_removed.map(|removed| between(kept, removed)));
    Some(edits)
}

fn between(kept: &Entry, removed: &Entry) -> Edit {
    let end = removed.value.span.end.max(removed.key.span.end);
    cut(kept.key.span, kept.value.span.end, end)
}

fn cut(place: Span, start: u32, end: u32) -> Edit {
    Edit {
        span: Span {
            start,
            end,
            ..place
        },
        text: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::file::Files;

    fn removed(text: &str) -> Option<String> {
        let mut files = Files::new();
        let file = files.add("a.yaml", text);
        let (documents, problems) = document::read(&files, file);
        assert_eq!(problems, []);
        let mapping = documents[0].root.as_mapping()?;
        let mut text = text.to_owned();
        for edit in removal(mapping, |entry| entry.key.value.starts_with('x'))?
            .iter()
            .rev()
        {
            text.replace_range(edit.span.range(), &edit.text);
        }
        Some(text)
    }

    #[test]
    fn entries_go_and_the_others_stay_as_they_are() {
        for (text, expected) in [
            ("x: 1\na: 2\n", Some("a: 2\n")),
            ("a: 2\nx: 1\n", Some("a: 2\n")),
            ("a: 2\nx: 1\nx2: \"q\"\nb: 3\n", Some("a: 2\nb: 3\n")),
            (
                "x: {y: 1}\nx2:\n- 1\n- 2\na: 2\nx3:\n  b: 1\n",
                Some("a: 2\n"),
            ),
            ("x: |\n  one\n  two\na: 2\n", Some("a: 2\n")),
            ("a: 'b'\nx: |\n  one\n  two\nc: 2\n", Some("a: 'b'\nc: 2\n")),
            (
                "{\"x\": 1, \"a\": [1, 2], \"x2\": {}}",
                Some("{\"a\": [1, 2]}"),
            ),
            ("{a: 2, x: 1, x2: 2, b: 3}", Some("{a: 2, b: 3}")),
            ("x: 1\n", None),
            ("a: &x {b: 1}\nx: *x\n", None),
            ("a: 1\n", Some("a: 1\n")),
            ("a:\nx: 1\nb: 2\n", Some("a:\nb: 2\n")),
            ("a: 1\nx:\nb: 2\n", Some("a: 1\nb: 2\n")),
        ] {
            assert_eq!(removed(text).as_deref(), expected, "{text}");
        }
    }
}
