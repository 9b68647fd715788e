//! Values as YAML: in the layout of Go's library, and in that which people write.

use crate::document::scalar;
use crate::document::{Entry, Mapping, Node, Value};
use std::fmt::Write as _;

/// How deep things stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// As `oc adm migrate icsp` writes: four spaces, lists further in than their key.
    Wide,
    /// As `kubectl` prints: two spaces, lists as far in as their key.
    Narrow,
}

/// A mapping as a YAML document with a newline at its end.
// From kubernetes-sigs/yaml, goyaml.v3 Marshal, whose default is four spaces.
pub fn write(node: &Node, layout: Layout) -> String {
    let mut writer = Writer {
        text: String::new(),
        layout,
    };
    match &node.value {
        Value::Mapping(mapping) if !mapping.entries().is_empty() => writer.mapping(mapping, 0, 0),
        value => {
            writer.inline(value, 0);
            writer.text.push('\n');
        }
    }
    writer.text
}

struct Writer {
    text: String,
    layout: Layout,
}

impl Writer {
    /// Writes entries at a column; the first stands there already. `inner` is how far in things
    /// stand that belong to the mapping.
    fn mapping(&mut self, mapping: &Mapping, column: usize, inner: usize) {
        for (entry_idx, Entry { key, value }) in mapping.entries().iter().enumerate() {
            if 0 < entry_idx {
                self.text.push_str(&" ".repeat(column));
            }
            self.text.push_str(&one_line(&key.value));
            self.text.push(':');
            let (step, list_column) = match self.layout {
                Layout::Wide => (4, inner + 4),
                Layout::Narrow => (2, column),
            };
            match &value.value {
                Value::Mapping(mapping) if !mapping.entries().is_empty() => {
                    let column = match self.layout {
                        Layout::Wide => inner + step,
                        Layout::Narrow => column + step,
                    };
                    let _ = write!(self.text, "\n{}", " ".repeat(column));
                    self.mapping(mapping, column, column);
                }
                Value::Sequence(nodes) if !nodes.is_empty() => {
                    let _ = write!(self.text, "\n{}", " ".repeat(list_column));
                    self.sequence(nodes, list_column);
                }
                value => {
                    self.text.push(' ');
                    self.inline(value, column + step);
                    self.text.push('\n');
                }
            }
        }
    }

    /// Writes elements at a column; the first stands there already.
    fn sequence(&mut self, nodes: &[Node], column: usize) {
        for (node_idx, node) in nodes.iter().enumerate() {
            if 0 < node_idx {
                self.text.push_str(&" ".repeat(column));
            }
            self.text.push_str("- ");
            match &node.value {
                Value::Mapping(mapping) if !mapping.entries().is_empty() => {
                    self.mapping(mapping, column + 2, column);
                }
                Value::Sequence(nodes) if !nodes.is_empty() => self.sequence(nodes, column + 2),
                value => {
                    self.inline(value, column + 2);
                    self.text.push('\n');
                }
            }
        }
    }

    /// Writes what needs no lines of its own, but for blocks of text.
    fn inline(&mut self, value: &Value, column: usize) {
        match value {
            Value::Null => self.text.push_str("null"),
            Value::Bool(value) => self.text.push_str(&value.to_string()),
            Value::Integer(number) => self.text.push_str(&number.to_string()),
            Value::Float(number) => self.text.push_str(&number.to_string()),
            Value::Sequence(_) => self.text.push_str("[]"),
            Value::Mapping(_) => self.text.push_str("{}"),
            Value::String(text) | Value::Datetime(text) => match is_block(text) {
                true => self.block(text, column),
                false => self.text.push_str(&one_line(text)),
            },
        }
    }

    fn block(&mut self, text: &str, column: usize) {
        let lines = text.strip_suffix('\n');
        self.text.push('|');
        match lines {
            None => self.text.push('-'),
            Some(rest) if rest.ends_with('\n') => self.text.push('+'),
            Some(_) => {}
        }
        for line in lines.unwrap_or(text).split('\n') {
            self.text.push('\n');
            if !line.is_empty() {
                let _ = write!(self.text, "{}{line}", " ".repeat(column));
            }
        }
    }
}

/// Whether a text of several lines can stand as a block.
fn is_block(text: &str) -> bool {
    let is_printable = |character: char| !character.is_control() && !is_odd(character);
    text.trim_end_matches('\n').contains('\n')
        && !text.starts_with([' ', '\n'])
        && text.split('\n').all(|line| line.chars().all(is_printable))
}

/// Characters that break lines for some readers of YAML, or start a text for all.
fn is_odd(character: char) -> bool {
    matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// A text on one line, in quotes where it would be something else without.
fn one_line(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let is_printable = |character: char| !character.is_control() && !is_odd(character);
    let is_other = !matches!(scalar::resolve(text), Value::String(_)) || is_numeric(text);
    if !is_other && text.chars().all(is_printable) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            character if is_printable(character) => quoted.push(character),
            character => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Whether every reader of YAML takes a text without quotes for itself.
fn is_plain(text: &str) -> bool {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/:@+ ".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '/')
        && text.bytes().all(is_safe)
        && !text.ends_with([':', ' '])
        && !text.contains(": ")
        && !is_numeric(text)
        && matches!(scalar::resolve(text), Value::String(_))
}

/// Whether a text could be a date or a number to the base of 60 for readers of YAML 1.1.
fn is_numeric(text: &str) -> bool {
    let starts_as_date = {
        let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
        n_digits == 4 && text.as_bytes().get(4) == Some(&b'-')
    };
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let is_digit = |byte: u8| byte.is_ascii_digit() || b":_-+".contains(&byte);
    starts_as_date || whole.contains(':') && whole.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::document::plain::plain;
    use crate::file::Files;

    fn read(text: &str) -> Node {
        let mut files = Files::new();
        let file = files.add("a.yaml", text);
        let (mut documents, problems) = document::read(&files, file);
        assert_eq!(problems, [], "{text}");
        documents.remove(0).root
    }

    #[test]
    fn layouts_are_those_of_the_two_programs() {
        let node = read("{a: {b: c}, d: [{e: [1, x], f: {g: h}}, [], {}], i: []}");
        let wide = "a:\n    b: c\nd:\n    - e:\n        - 1\n        - x\n      f:\n        g: h\n\
                    \x20   - []\n    - {}\ni: []\n";
        let narrow = "a:\n  b: c\nd:\n- e:\n  - 1\n  - x\n  f:\n    g: h\n- []\n- {}\ni: []\n";
        assert_eq!(write(&node, Layout::Wide), wide);
        assert_eq!(write(&node, Layout::Narrow), narrow);
    }

    #[test]
    fn texts_are_read_as_they_were() {
        for (text, expected) in [
            ("quay.io/a", "quay.io/a"),
            ("10.0.0.1:5000/x", "10.0.0.1:5000/x"),
            ("*.redhat.io", "'*.redhat.io'"),
            ("", "\"\""),
            ("true", "\"true\""),
            ("on", "\"on\""),
            ("12", "\"12\""),
            ("1:30", "\"1:30\""),
            ("2001-01-01", "\"2001-01-01\""),
            ("it's", "'it''s'"),
            ("a: b", "'a: b'"),
            ("a #b", "'a #b'"),
            (" a", "' a'"),
            ("a\tb", "\"a\\tb\""),
            ("\u{feff}a", "\"\\ufeffa\""),
            ("é", "'é'"),
            ("a\nb", "|-\n  a\n  b"),
            ("a\n\n  b\n", "|\n  a\n\n    b"),
            ("a\nb\n\n", "|+\n  a\n  b\n"),
            ("\na\nb", "\"\\na\\nb\""),
            ("a\n", "\"a\\n\""),
        ] {
            let node = Node {
                value: Value::String(text.to_owned()),
                ..read("a: b")
            };
            let mapping = |value: Node| {
                let mut root = read("k: v\nl: w");
                let mut entries = root.as_mapping().unwrap().entries().to_vec();
                entries[0].value = value;
                root.value = Value::Mapping(Mapping::from_entries(entries).0);
                root
            };
            let node = mapping(node);
            for layout in [Layout::Wide, Layout::Narrow] {
                let written = write(&node, layout);
                assert_eq!(plain(&read(&written)), plain(&node), "{written}");
            }
            assert_eq!(
                write(&node, Layout::Narrow),
                format!("k: {expected}\nl: w\n")
            );
        }
    }
}
