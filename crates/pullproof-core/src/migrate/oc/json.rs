//! JSON as Go reads it: its words for what is wrong, and every key of an object, repeated ones too.

use crate::document::{Node, Value};
use crate::order;

/// Deepest nesting that is read; Go itself goes to 10,000.
///
/// What is read here nests six deep, and each level takes a part of the stack.
pub(super) const DEPTH_MAX: usize = 200;

/// A value with its keys in the order they were written.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// As it was written.
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Go's word for the type.
    // From golang/go, encoding/json UnmarshalTypeError.Value.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "bool",
            Json::Number(_) => "number",
            Json::String(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        }
    }

    /// A YAML value on its way through JSON, whose keys that way sorts.
    // From kubernetes-sigs/yaml, yaml.go YAMLToJSON: a map is written as JSON.
    pub(super) fn of_yaml(node: &Node) -> Json {
        match &node.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Integer(number) => Json::Number(number.to_string()),
            Value::Float(number) => Json::Number(number.to_string()),
            Value::String(text) | Value::Datetime(text) => Json::String(text.clone()),
            Value::Sequence(nodes) => Json::Array(nodes.iter().map(Json::of_yaml).collect()),
            Value::Mapping(mapping) => {
                let pair = |entry: &crate::document::Entry| {
                    (entry.key.value.clone(), Json::of_yaml(&entry.value))
                };
                let mut pairs: Vec<_> = mapping.entries().iter().map(pair).collect();
                order::sort_by(&mut pairs, |left, right| left.0.cmp(&right.0));
                Json::Object(pairs)
            }
        }
    }
}

/// Reads one value that is the whole text.
///
/// # Errors
/// What Go says of the first byte that is wrong.
// From golang/go, encoding/json scanner.go, whose states are functions here.
pub(super) fn parse(text: &str) -> Result<Json, String> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.white();
    match reader.byte() {
        None => Ok(value),
        Some(_) => Err(reader.unexpected("after top-level value")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn white(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.byte() {
            self.at += 1;
        }
    }

    /// The error about the byte here, or about there being none.
    fn unexpected(&self, context: &str) -> String {
        match self.byte() {
            None => "unexpected end of JSON input".to_owned(),
            Some(byte) => format!("invalid character {} {context}", quoted(byte)),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        self.white();
        if DEPTH_MAX < depth {
            return Err("exceeded max depth".to_owned());
        }
        match self.byte() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", Json::Bool(true)),
            Some(b'f') => self.literal("false", Json::Bool(false)),
            Some(b'n') => self.literal("null", Json::Null),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut pairs = Vec::new();
        self.white();
        if self.byte() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(pairs));
        }
        loop {
            self.white();
            if self.byte() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.white();
            if self.byte() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            pairs.push((key, self.value(depth + 1)?));
            self.white();
            match self.byte() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
        self.at += 1;
        Ok(Json::Object(pairs))
    }

    fn array(&mut self, depth: usize) -> Result<Json, String> {
        self.at += 1;
        let mut values = Vec::new();
        self.white();
        if self.byte() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(values));
        }
        loop {
            values.push(self.value(depth + 1)?);
            self.white();
            match self.byte() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected("after array element")),
            }
        }
        self.at += 1;
        Ok(Json::Array(values))
    }

    fn literal(&mut self, literal: &str, value: Json) -> Result<Json, String> {
        for expected in literal.bytes() {
            if self.byte() != Some(expected) {
                let context = format!("in literal {literal} (expecting {})", quoted(expected));
                return Err(self.unexpected(&context));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Json, String> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        match self.byte() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.unexpected("in numeric literal")),
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            if !self.is_at_digit() {
                return Err(self.unexpected("after decimal point in numeric literal"));
            }
            self.digits();
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            if !self.is_at_digit() {
                return Err(self.unexpected("in exponent of numeric literal"));
            }
            self.digits();
        }
        let written = self.text.get(start..self.at).unwrap_or_default();
        Ok(Json::Number(written.to_owned()))
    }

    fn is_at_digit(&self) -> bool {
        self.byte().is_some_and(|byte| byte.is_ascii_digit())
    }

    fn digits(&mut self) {
        while self.is_at_digit() {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while self
                .byte()
                .is_some_and(|byte| b' ' <= byte && !matches!(byte, b'"' | b'\\'))
            {
                self.at += 1;
            }
            text.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.unexpected("in string literal")),
            }
        }
        self.at += 1;
        Ok(text)
    }

    /// What an escape stands for; half of a surrogate pair becomes U+FFFD.
    fn escape(&mut self) -> Result<char, String> {
        self.at += 1;
        let character = match self.byte() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let first = self.hex()?;
                let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
                if let (0xd800..0xdc00, [b'\\', b'u', ..]) = (first, rest) {
                    let after_first = self.at;
                    self.at += 2;
                    let second = self.hex()?;
                    if let 0xdc00..0xe000 = second {
                        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    self.at = after_first;
                }
                return Ok(char::from_u32(first).unwrap_or('\u{fffd}'));
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.at += 1;
        Ok(character)
    }

    fn hex(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.byte().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unexpected("in \\u hexadecimal character escape"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}

/// A byte as Go shows it: as the character of that number.
// From golang/go, encoding/json quoteChar.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        byte => {
            let text = crate::go_text::quote(&char::from(byte).to_string());
            format!("'{}'", text.trim_matches('"'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_those_of_go() {
        for (text, expected) in [
            ("", "unexpected end of JSON input"),
            ("{", "unexpected end of JSON input"),
            ("{\"a\":\"b", "unexpected end of JSON input"),
            (
                "{a}",
                "invalid character 'a' looking for beginning of object key string",
            ),
            (
                "{\"a\":1,}",
                "invalid character '}' looking for beginning of object key string",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            (
                "{\"a\":1 \"b\":2}",
                "invalid character '\"' after object key:value pair",
            ),
            ("[1 2]", "invalid character '2' after array element"),
            (
                "[1,]",
                "invalid character ']' looking for beginning of value",
            ),
            ("{} x", "invalid character 'x' after top-level value"),
            ("{}{}", "invalid character '{' after top-level value"),
            (
                "[tru]",
                "invalid character ']' in literal true (expecting 'e')",
            ),
            ("[-]", "invalid character ']' in numeric literal"),
            (
                "[1.]",
                "invalid character ']' after decimal point in numeric literal",
            ),
            (
                "[1e]",
                "invalid character ']' in exponent of numeric literal",
            ),
            ("[01]", "invalid character '1' after array element"),
            ("[\"\\x\"]", "invalid character 'x' in string escape code"),
            (
                "[\"\\u12g4\"]",
                "invalid character 'g' in \\u hexadecimal character escape",
            ),
            ("[\"a\nb\"]", "invalid character '\\n' in string literal"),
            (
                "['a']",
                "invalid character '\\'' looking for beginning of value",
            ),
            (
                "\u{a0}{}",
                "invalid character 'Â' looking for beginning of value",
            ),
        ] {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn every_key_is_kept_and_escapes_are_read() {
        let text = r#"{"a": 1e3, "a": "\ud83d\ude00\ud83dx\/", "b": [null, true]}"#;
        let expected = Json::Object(vec![
            ("a".to_owned(), Json::Number("1e3".to_owned())),
            ("a".to_owned(), Json::String("😀\u{fffd}x/".to_owned())),
            (
                "b".to_owned(),
                Json::Array(vec![Json::Null, Json::Bool(true)]),
            ),
        ]);
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn nesting_has_a_limit_on_each_side() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(DEPTH_MAX + 1)).is_ok());
        assert!(parse(&nested(DEPTH_MAX + 2)).is_err());
    }
}
