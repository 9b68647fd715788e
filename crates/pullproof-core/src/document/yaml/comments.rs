//! The comments of a YAML stream, which are no part of its tree.

use super::{LIBRARY_MAX_DEPTH, next_piece, trim, unreadable};
use std::ops::Range;

/// The bytes of each comment, from its `#` to before the line's end, in order.
///
/// Where a document cannot be read, its comments up to there are found. Takes about as long as
/// reading the stream.
pub fn comments(text: &str) -> Vec<Range<usize>> {
    let mut comments = Vec::new();
    let mut rest = 0..text.len();
    while let Some(piece) = next_piece(text, &mut rest) {
        if piece.separator.is_err() {
            continue;
        }
        comments.extend(before(text, piece.range.start));
        let is_empty = trim(text, piece.range.clone()).is_empty();
        if !is_empty && unreadable(text, piece.range.clone()).is_none() {
            let piece_text = &text[piece.range.clone()];
            let start = piece.range.start;
            comments.append(&mut pullproof_yaml::comments(
                piece_text,
                start,
                LIBRARY_MAX_DEPTH,
            ));
        }
    }
    comments
}

/// The comment on the line of a separator, which ends where its document starts.
fn before(text: &str, end: usize) -> Option<Range<usize>> {
    let start = text[..end].rfind('\n').map_or(0, |at| at + 1);
    let separator = text[start..end].strip_prefix("---")?;
    let comment = trim(text, end - separator.len()..end);
    text[comment.clone()].starts_with('#').then_some(comment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::MAX_DEPTH;

    #[test]
    fn comments_are_told_from_text() {
        let many = "# c\n".repeat(300);
        let deep = format!("# a\n{}# b\n", "- ".repeat(MAX_DEPTH + 2));
        let in_many = format!("a:\n{many}  b: 1\n");
        let cases: [(&str, &[&str]); 14] = [
            ("", &[]),
            ("# a", &["# a"]),
            ("a: 1 # b\r\n# c\r\n", &["# b", "# c"]),
            ("a: b#c\nd: 'e # f'\ng: \"h # i\"\n", &[]),
            ("a: |\n  # b\n  c\n# d\n", &["# d"]),
            ("a: |  # b\n  # c\n", &["# b"]),
            ("a: >-\n  b # c\n", &[]),
            ("a: [b, # c\n  d] # e\n", &["# c", "# e"]),
            (
                "# a\n---\n# b\nc: 1\n--- # d\n# e\n",
                &["# a", "# b", "# d", "# e"],
            ),
            // Behind the end, and in what cannot be read.
            ("a: 1\n... # b\n# c\nd: 1 # e\n", &["# b", "# c"]),
            ("a: [ # b\n---\n# c\nd: 1\n", &["# b", "# c"]),
            ("- # a\n  b: 1\n-\n  # c\n  - d\n", &["# a", "# c"]),
            (&deep, &["# a"]),
            ("{\"a\": \"# b\"}", &[]),
        ];
        for (text, expected) in cases {
            let found: Vec<&str> = comments(text).into_iter().map(|at| &text[at]).collect();
            assert_eq!(found, expected, "{text:.80}");
        }
        assert_eq!(comments(&in_many).len(), 300);
    }
}
