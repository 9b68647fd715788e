//! Brackets of JSON that nothing closes.

use crate::file::Span;
use crate::finding::Edit;
use crate::model::Model;

/// What is open at the end of a text.
pub(super) struct Unclosed {
    /// The innermost bracket that nothing closes.
    pub(super) opening: Span,
    /// Puts what closes all of them behind the text.
    pub(super) edit: Edit,
}

/// What is open where JSON ends too early, which is at a span; `None` where anything else is wrong.
pub(super) fn find(model: &Model, end: Span) -> Option<Unclosed> {
    let text = model.files.text(end.file);
    let is_json = text.trim_start().starts_with(['{', '[']);
    // The text may go on behind, and mean something else.
    let is_end = text.get(end.range().start..)?.trim().is_empty();
    if !is_json || !is_end {
        return None;
    }
    let open = open(text)?;
    let opening = open.last()?.0;
    let at = text.trim_end().len();
    Some(Unclosed {
        opening: Span::new(end.file, opening, opening + 1),
        edit: Edit {
            span: Span::new(end.file, at, at),
            text: open.iter().rev().map(|(_, closing)| *closing).collect(),
        },
    })
}

/// Where brackets open that nothing closes, and what would; `None` where brackets do not fit.
fn open(text: &str) -> Option<Vec<(usize, char)>> {
    let mut open = Vec::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '{' => open.push((at, '}')),
            '[' => open.push((at, ']')),
            '}' | ']' => {
                let (_, closing) = open.pop()?;
                if closing != character {
                    return None;
                }
            }
            '"' => loop {
                match characters.next()?.1 {
                    '"' => break,
                    '\\' => _ = characters.next()?,
                    _ => {}
                }
            },
            _ => {}
        }
    }
    Some(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_closed_in_order() {
        let closing = |text: &str| {
            let open = open(text)?;
            let closing = open.iter().rev().map(|(_, closing)| *closing);
            Some(closing.collect::<String>())
        };
        for (text, expected) in [
            (r#"{"a": [1, {"b": 2"#, Some("}]}")),
            (r#"{"a": "}{["#, None),
            (r#"{"a": "}{[\""}"#, Some("")),
            (r#"{"a": "\\"}"#, Some("")),
            (r#"{"a": 1]"#, None),
            ("}", None),
            ("", Some("")),
        ] {
            assert_eq!(closing(text).as_deref(), expected, "{text}");
        }
    }
}
