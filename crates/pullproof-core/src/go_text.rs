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

/// A list of texts, as `%q` prints a slice of strings.
pub fn quote_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = texts.into_iter().map(quote).collect();
    format!("[{}]", quoted.join(" "))
}

/// A JSON string as Go writes it, which escapes what HTML could misread.
///
/// From the Go standard library, encoding/json `appendString`.
pub fn json_quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\0'..=' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' if character != ' ' => {
                let code = u32::from(character);
                write!(quoted, "\\u{code:04x}").expect("writing to a string does not fail");
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// How many bytes `json_quote` gives, without writing them.
pub fn json_quoted_len(text: &str) -> usize {
    // Most texts are plain, which shows faster byte by byte.
    let is_plain =
        |byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&');
    let bytes = text.as_bytes().iter();
    if bytes.fold(true, |all, byte| all & is_plain(*byte)) {
        return 2 + text.len();
    }
    let extra = text.chars().map(|character| match character {
        '"' | '\\' | '\u{8}' | '\u{c}' | '\n' | '\r' | '\t' => 1,
        '\0'..=' ' | '<' | '>' | '&' if character != ' ' => 5,
        '\u{2028}' | '\u{2029}' => 3,
        _ => 0,
    });
    2 + text.len() + extra.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_quoted_text_is_known_before() {
        let all = (0..=0x2100).filter_map(char::from_u32);
        for text in all.map(String::from).chain(["a\"<b".to_owned()]) {
            assert_eq!(json_quoted_len(&text), json_quote(&text).len(), "{text:?}");
        }
    }

    #[test]
    fn json_escapes_what_html_could_misread() {
        let cases = [
            ("", r#""""#),
            ("quay.io/a b", r#""quay.io/a b""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("\u{7}\u{8}\u{c}\n\r\t\u{b}", r#""\u0007\b\f\n\r\t\u000b""#),
            ("\0\u{1f}\u{7f}", "\"\\u0000\\u001f\u{7f}\""),
            ("<&>'", r#""\u003c\u0026\u003e'""#),
            ("ä\u{2028}\u{2029}😀", "\"ä\\u2028\\u2029😀\""),
        ];
        for (text, quoted) in cases {
            assert_eq!(json_quote(text), quoted);
        }
        assert_eq!(quote_list(["a", "b\n"]), r#"["a" "b\n"]"#);
        assert_eq!(quote_list([]), "[]");
    }

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
