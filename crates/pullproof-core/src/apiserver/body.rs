//! The text of a request for an object, which the API server shows when it finds no kind in it.

use super::json::Spelling;
use crate::document::Node;
use crate::float;

/// Clients differ in this; the spelling is that of the client in the corpus, Python's `json`.
const PYTHON: Spelling = Spelling {
    comma: ", ",
    colon: ": ",
    sorts_keys: false,
    number: python,
    is_escaped: |character| !matches!(character, ' '..='\u{7f}'),
};

/// The object as one line of JSON in ASCII, with a space after each comma and colon.
pub(super) fn body(root: &Node) -> String {
    PYTHON.text(&root.value)
}

fn python(number: f64) -> String {
    // Where Python changes to an exponent.
    let is_plain = number == 0.0 || (1e-4..1e16).contains(&number.abs());
    let text = match is_plain {
        true => float::plain(number),
        false => float::scientific(number),
    };
    match text.split_once('e') {
        None if text.contains('.') || !number.is_finite() => text,
        None => format!("{text}.0"),
        Some((digits, exponent)) => match exponent.strip_prefix('-') {
            Some(exponent) => format!("{digits}e-{exponent:0>2}"),
            None => format!("{digits}e+{exponent:0>2}"),
        },
    }
}

/// The start of a request's text, as the API server shortens it; hexadecimal unless an object.
// From apiserver, endpoints/handlers/rest.go summarizeData.
pub(super) fn summary(body: &str) -> String {
    const BYTES_MAX: usize = 30;
    let (start, is_cut) = match body.get(..BYTES_MAX) {
        Some(start) if BYTES_MAX < body.len() => (start, true),
        _ => (body, false),
    };
    let mut summary = if start.starts_with('{') {
        start.to_owned()
    } else {
        start.bytes().map(|byte| format!("{byte:02x}")).collect()
    };
    if is_cut {
        summary.push_str(" ...");
    }
    summary
}
