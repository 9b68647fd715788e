//! Edits of single values.

use crate::file::Span;
use crate::finding::Edit;

/// The edit that puts another text in place of a value, quotes left as they are.
///
/// `None` where the value is not written as it is read, as in a block or with escapes, or where
/// the new text would need quotes that are not there.
pub(super) fn replace(span: Span, value: &str, text: &str) -> Option<Edit> {
    let range = span.range();
    let n_quotes = match range.len().checked_sub(value.len())? {
        0 => 0,
        // Quotes on both sides, and nothing that had to be escaped.
        2 => 1,
        _ => return None,
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._/:-".contains(&byte);
    let is_safe = text.bytes().all(is_plain)
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !text.ends_with(':');
    if !is_safe {
        return None;
    }
    Some(Edit {
        span: Span::new(span.file, range.start + n_quotes, range.end - n_quotes),
        text: text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::file::Files;

    #[test]
    fn quotes_stay_and_what_cannot_be_placed_is_left() {
        for (text, expected) in [
            ("a: old", Some("a: new")),
            ("a: \"old\"", Some("a: \"new\"")),
            ("a: 'old'", Some("a: 'new'")),
            ("{\"a\": \"old\"}", Some("{\"a\": \"new\"}")),
            ("a: \"ol\\u0064\"", None),
            ("a: |\n  old\n", None),
        ] {
            let mut files = Files::new();
            let file = files.add("input", text);
            let (documents, _) = document::read(&files, file);
            let node = documents[0].root.get("a").unwrap();
            let edit = replace(node.span, node.as_str().unwrap(), "new");
            let edited = edit.map(|edit| {
                let mut edited = text.to_owned();
                edited.replace_range(edit.span.range(), &edit.text);
                edited
            });
            assert_eq!(edited.as_deref(), expected, "{text}");
        }
        let mut files = Files::new();
        let file = files.add("input", "a: x");
        for text in ["*.a", "a b", "", "-a", "a:"] {
            assert_eq!(replace(Span::new(file, 3, 4), "x", text), None, "{text}");
        }
    }
}
