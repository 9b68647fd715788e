//! Values as JSON, in the spelling of one program or another.

use crate::document::Value;
use crate::order;
use std::fmt::Write as _;

/// How a program spells JSON.
pub(super) struct Spelling {
    pub(super) comma: &'static str,
    pub(super) colon: &'static str,
    /// Whether keys come in byte order, and not as they were written.
    pub(super) sorts_keys: bool,
    pub(super) number: fn(f64) -> String,
    /// Whether a character is `\u` and four digits, for each of its units in UTF-16.
    pub(super) is_escaped: fn(char) -> bool,
}

impl Spelling {
    /// A value on one line.
    pub(super) fn text(&self, value: &Value) -> String {
        let mut out = String::new();
        self.write(value, &mut out);
        out
    }

    /// A text between quotes.
    pub(super) fn quoted(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 2);
        self.write_quoted(text, &mut out);
        out
    }

    fn write(&self, value: &Value, out: &mut String) {
        match value {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Integer(number) => out.push_str(&number.to_string()),
            Value::Float(number) => out.push_str(&(self.number)(*number)),
            Value::String(text) | Value::Datetime(text) => self.write_quoted(text, out),
            Value::Sequence(nodes) => {
                out.push('[');
                for (at, node) in nodes.iter().enumerate() {
                    if 0 < at {
                        out.push_str(self.comma);
                    }
                    self.write(&node.value, out);
                }
                out.push(']');
            }
            Value::Mapping(mapping) => {
                let mut entries: Vec<_> = mapping.entries().iter().collect();
                if self.sorts_keys {
                    order::sort_by(&mut entries, |a, b| a.key.value.cmp(&b.key.value));
                }
                out.push('{');
                for (at, entry) in entries.into_iter().enumerate() {
                    if 0 < at {
                        out.push_str(self.comma);
                    }
                    self.write_quoted(&entry.key.value, out);
                    out.push_str(self.colon);
                    self.write(&entry.value.value, out);
                }
                out.push('}');
            }
        }
    }

    fn write_quoted(&self, text: &str, out: &mut String) {
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
                _ if (self.is_escaped)(character) => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        let _ = write!(out, "\\u{unit:04x}");
                    }
                }
                _ => out.push(character),
            }
        }
        out.push('"');
    }
}
