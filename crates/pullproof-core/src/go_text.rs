//! Text as Go programs print it, so that messages equal what a node or a cluster logs.

use std::fmt::Write as _;

/// A double-quoted Go string literal, as `%q` prints it.
///
/// From the Go standard library, strconv `Quote`.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            _ if is_printable(character) => quoted.push(character),
            _ => {
                let code = u32::from(character);
                let written = match code {
                    0..0x80 => write!(quoted, "\\x{code:02x}"),
                    0x80..0x1_0000 => write!(quoted, "\\u{code:04x}"),
                    _ => write!(quoted, "\\U{code:08x}"),
                };
                written.expect("writing to a string does not fail");
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Whether Go prints a character as it is: letters, marks, numbers, punctuation, symbols, space.
///
/// From the Go standard library, strconv `IsPrint`; Rust's own table is the same idea,
/// reached by escaping the character behind another, where marks are left alone.
fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    let mut buffer = [0; 4];
    let text = character.encode_utf8(&mut buffer);
    let mut behind = String::from("a");
    behind.push_str(text);
    behind.escape_debug().nth(1) == Some(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_go_does() {
        let cases = [
            ("", r#""""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("\n\t\u{7}\u{0}\u{7f}", r#""\n\t\a\x00\x7f""#),
            ("ä€", "\"ä€\""),
            ("e\u{301}", "\"e\u{301}\""),
            ("\u{a0}\u{200b}\u{feff}", r#""\u00a0\u200b\ufeff""#),
            ("\u{e000}\u{10ffff}", r#""\ue000\U0010ffff""#),
        ];
        for (text, quoted) in cases {
            assert_eq!(quote(text), quoted);
        }
    }
}
