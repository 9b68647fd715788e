//! The text of a request for an object, which the API server shows when it finds no kind in it.

use crate::document::{Node, Value};
use crate::float;
use std::fmt::Write as _;

/// The object as one line of JSON in ASCII, with a space after each comma and colon.
///
/// Clients differ in this; the spelling is that of the client in the corpus, Python's `json`.
pub(super) fn body(root: &Node) -> String {
    let mut out = String::new();
    write_value(&root.value, &mut out);
    out
}

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Integer(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&python(*number)),
        Value::String(text) | Value::Datetime(text) => write_string(text, out),
        Value::Sequence(nodes) => {
            out.push('[');
            for (at, node) in nodes.iter().enumerate() {
                if 0 < at {
                    out.push_str(", ");
                }
                write_value(&node.value, out);
            }
            out.push(']');
        }
        Value::Mapping(mapping) => {
            out.push('{');
            for (at, entry) in mapping.entries().iter().enumerate() {
                if 0 < at {
                    out.push_str(", ");
                }
                write_string(&entry.key.value, out);
                out.push_str(": ");
                write_value(&entry.value.value, out);
            }
            out.push('}');
        }
    }
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

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='\u{7f}' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
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
