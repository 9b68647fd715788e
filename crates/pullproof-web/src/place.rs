//! Places as the page counts them: offsets and columns as JavaScript strings have them.

use pullproof_core::file::{FileId, Files, Span};
use pullproof_core::sorted::Map;
use pullproof_core::trace;
use serde::Serialize;
use std::cell::RefCell;
use std::rc::Rc;

/// Bytes between two places whose offset is remembered: a place is found by looking at no more.
const STEP: usize = 1024;

/// A range of a text.
#[derive(Clone, Serialize)]
pub(crate) struct Place {
    file: String,
    from: u32,
    to: u32,
    line: u32,
    column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
}

impl Place {
    /// The same with the object that it is in.
    pub(crate) fn in_object(self, object: Option<String>) -> Place {
        Place { object, ..self }
    }
}

/// Turns ranges of bytes into places.
pub(crate) struct Places<'a> {
    files: &'a Files,
    /// For each text that is not all ASCII, the offset of every `STEP` bytes.
    steps: RefCell<Map<FileId, Rc<[u32]>>>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(files: &'a Files) -> Places<'a> {
        Places {
            files,
            steps: RefCell::default(),
        }
    }

    /// Where a range of bytes is.
    pub(crate) fn place(&self, span: Span) -> Place {
        let Span { file, start, end } = span;
        let from = self.offset(file, start);
        let (line, line_start) = self.files.line(file, start);
        let line_start = self.offset(file, line_start);
        Place {
            file: self.files.name(file).to_owned(),
            from,
            to: self.offset(file, end),
            line,
            column: from - line_start + 1,
            object: None,
            role: None,
        }
    }

    /// The same with what a trace knows of it.
    pub(crate) fn told(&self, place: &trace::Place) -> Place {
        Place {
            object: place.object.clone(),
            role: place.role,
            ..self.place(place.span)
        }
    }

    /// Each of some places that a trace knows.
    pub(crate) fn all_told(&self, places: &[trace::Place]) -> Vec<Place> {
        places.iter().map(|place| self.told(place)).collect()
    }

    fn offset(&self, file: FileId, byte: u32) -> u32 {
        let text = self.files.text(file);
        let at = text.floor_char_boundary(byte as usize);
        let steps = Rc::clone(
            self.steps
                .borrow_mut()
                .entry(file)
                .or_insert_with(|| steps(text)),
        );
        let Some(before) = steps.get(at / STEP) else {
            // All of it is ASCII.
            return u32::try_from(at).unwrap_or(u32::MAX);
        };
        let start = text.floor_char_boundary(at / STEP * STEP);
        before + units(&text[start..at])
    }
}

/// The offset of the character at or before every `STEP` bytes; nothing for text that is ASCII.
fn steps(text: &str) -> Rc<[u32]> {
    if text.is_ascii() {
        return Rc::default();
    }
    let mut steps = vec![0];
    let (mut start, mut offset) = (0, 0);
    for at in (STEP..=text.len()).step_by(STEP) {
        let end = text.floor_char_boundary(at);
        offset += units(&text[start..end]);
        steps.push(offset);
        start = end;
    }
    steps.into()
}

/// How long a text is in JavaScript.
fn units(text: &str) -> u32 {
    let n_units: usize = text.chars().map(char::len_utf16).sum();
    u32::try_from(n_units).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_those_of_javascript() {
        let plain = "ab\ncd".repeat(1000);
        let wide = "aä€😀\n".repeat(700);
        for text in [&plain, &wide] {
            let mut files = Files::new();
            let file = files.add("t", text.as_str());
            let places = Places::new(&files);
            for (at, _) in text.char_indices().step_by(7) {
                let at = u32::try_from(at).expect("the text is short");
                let place = places.place(Span {
                    file,
                    start: at,
                    end: at,
                });
                let expected = text[..at as usize].encode_utf16().count();
                assert_eq!(place.from as usize, expected, "byte {at}");
                let line = text[..at as usize].rsplit('\n').next().unwrap_or_default();
                assert_eq!(place.column as usize, line.encode_utf16().count() + 1);
            }
        }
    }

    #[test]
    fn the_end_of_a_text_is_a_place() {
        let mut files = Files::new();
        let file = files.add("t", "😀");
        let place = Places::new(&files).place(Span {
            file,
            start: 0,
            end: 4,
        });
        assert_eq!((place.from, place.to, place.column), (0, 2, 1));
    }
}
