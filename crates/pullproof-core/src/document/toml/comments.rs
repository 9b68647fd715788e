//! The comments of a TOML text, which are no part of its tree.

use super::{find, string_end};
use std::ops::Range;

/// The bytes of each comment, from its `#` to before the line's end, in order.
///
/// Splits the text into tokens as the reader does, so it is right for whatever that can read.
pub fn comments(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut comments = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'#' => {
                let end = find(bytes, at, |byte| matches!(byte, b'\r' | b'\n'));
                comments.push(at..end);
                at = end;
            }
            quote @ (b'"' | b'\'') => at = string_end(bytes, at, quote),
            _ => at += 1,
        }
    }
    comments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_told_from_text() {
        let cases: [(&str, &[&str]); 7] = [
            ("", &[]),
            ("# a\r\nb = 1 # c", &["# a", "# c"]),
            ("a = 'b # c' # d\n", &["# d"]),
            ("a = \"b \\\" # c\" # d\n", &["# d"]),
            ("a = '''\n# b\n''' # c\n", &["# c"]),
            (
                "a = [ # b\n  1, # c\n]\n[[d]] # e\n",
                &["# b", "# c", "# e"],
            ),
            ("a = 'b # c\n# d", &["# d"]),
        ];
        for (text, expected) in cases {
            let found: Vec<&str> = comments(text).into_iter().map(|at| &text[at]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
