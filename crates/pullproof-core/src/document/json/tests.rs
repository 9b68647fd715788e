//! What the JSON reader makes of texts.

use super::super::testing::{problems_of, show, slices};
use super::*;

fn check(text: &str, tree: &str, problems: &[&str]) {
    let mut files = Files::new();
    let file = files.add("a.json", text);
    let (document, found) = read(&files, file);
    let shown = document.map_or(String::new(), |document| show(&document.root));
    assert_eq!(shown, tree, "{text}");
    assert_eq!(problems_of(&files, &found), problems, "{text}");
}

#[test]
fn values_are_read_as_the_api_server_reads_them() {
    let cases = [
        ("null", "null"),
        (" true\n", "true"),
        ("\u{feff}false", "false"),
        ("[]", "[]"),
        ("{}", "{}"),
        ("[ [ ] , { } ]", "[[], {}]"),
        (
            "{\"b\": 1, \"a\": [2, {\"c\": \"d\"}]}",
            "{b: 1, a: [2, {c: \"d\"}]}",
        ),
        ("0", "0"),
        ("-0", "0"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775808", "9223372036854776000f"),
        ("1.0", "1f"),
        ("1e3", "1000f"),
        ("1E-2", "0.01f"),
        ("2.5e+1", "25f"),
        (r#""a\"\\\/\b\f\n\r\té""#, r#""a\"\\/\u{8}\u{c}\n\r\té""#),
        (r#""\u00e9\ud83d\ude00""#, "\"é😀\""),
        ("\"\u{7f}\"", "\"\\u{7f}\""),
    ];
    for (text, tree) in cases {
        check(text, tree, &[]);
    }
}

#[test]
fn broken_texts_name_the_place() {
    let cases = [
        ("", "0..0 expected a value, found the end of the text"),
        ("  ", "2..2 expected a value, found the end of the text"),
        ("nul", "0..1 expected a value, found `n`"),
        ("[1,]", "3..4 expected a value, found `]`"),
        ("[1 2]", "3..4 expected `,` or `]`, found `2`"),
        ("[1", "2..2 expected `,` or `]`, found the end of the text"),
        ("{\"a\" 1}", "5..6 expected `:` after the key, found `1`"),
        (
            "{a: 1}",
            "1..2 expected a key in double quotes or `}`, found `a`",
        ),
        (
            "{\"a\": 1,}",
            "8..9 expected a key in double quotes, found `}`",
        ),
        ("{\"a\": 1 é", "8..10 expected `,` or `}`, found `é`"),
        ("{} {}", "3..4 expected the end of the text, found `{`"),
        ("01", "1..2 expected the end of the text, found `1`"),
        ("-", "1..1 expected a digit, found the end of the text"),
        ("1.", "2..2 expected a digit, found the end of the text"),
        ("1e+", "3..3 expected a digit, found the end of the text"),
        ("1e999", "0..5 the number does not fit 64 bits"),
        (
            "[\"a\nb\"]",
            "1..3 the string has no closing `\"` on its line",
        ),
        ("\"a", "0..2 the string has no closing `\"` on its line"),
        ("\"\\", "1..2 the escape is unknown"),
        ("\"\\é\"", "1..4 the escape is unknown"),
        (
            r#""\u12g4""#,
            "1..5 expected four hexadecimal digits after `\\u`",
        ),
        ("\"a\tb\"", "2..3 character U+0009 is not allowed here"),
        ("\"\0\"", "1..2 character U+0000 is not allowed here"),
        ("\0", "0..1 character U+0000 is not allowed here"),
    ];
    for (text, problem) in cases {
        check(text, "", &[problem]);
    }
}

#[test]
fn what_a_decoder_forgives_is_told() {
    check(
        r#"{"a": 1, "b": 2, "a": 3}"#,
        "{a: 3, b: 2}",
        &["17..20 key `a` is given twice"],
    );
    check(
        r#"["\ud800", "\udc00x", "\ud800\n", "\ud800\ud83d\ude00"]"#,
        "[\"\u{fffd}\", \"\u{fffd}x\", \"\u{fffd}\\n\", \"\u{fffd}😀\"]",
        &[
            "2..8 half of a surrogate pair, which becomes U+FFFD",
            "12..18 half of a surrogate pair, which becomes U+FFFD",
            "23..29 half of a surrogate pair, which becomes U+FFFD",
            "35..41 half of a surrogate pair, which becomes U+FFFD",
        ],
    );
}

#[test]
fn every_node_and_key_has_its_bytes() {
    let mut files = Files::new();
    let file = files.add("a.json", "\u{feff} {\"a\" : [1, \"b\"], \"c\": { }} ");
    let (document, _) = read(&files, file);
    assert_eq!(
        slices(&files, &document.expect("it is JSON").root),
        [
            "{\"a\" : [1, \"b\"], \"c\": { }}",
            "\"a\"",
            "[1, \"b\"]",
            "1",
            "\"b\"",
            "\"c\"",
            "{ }"
        ]
    );
}

#[test]
fn a_line_of_a_file_has_places_in_the_file() {
    let mut files = Files::new();
    let file = files.add("a.jsonl", "{\"a\": 1}\n{\"b\": x}\n");
    let (node, problems) = parse_slice(&files, Span::new(file, 0, 8));
    assert_eq!(node.map(|node| show(&node)), Some("{a: 1}".to_owned()));
    assert_eq!(problems, []);
    let (node, problems) = parse_slice(&files, Span::new(file, 9, 17));
    assert_eq!(node, None);
    assert_eq!(
        problems_of(&files, &problems),
        ["15..16 expected a value, found `x`"]
    );
}

#[test]
fn nesting_ends_at_the_limit() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth: usize| {
            let text = format!("{}0{}", open.repeat(depth), close.repeat(depth));
            let mut files = Files::new();
            let file = files.add("a.json", text);
            read(&files, file).1
        };
        assert_eq!(nested(MAX_DEPTH), []);
        let kinds: Vec<_> = nested(MAX_DEPTH + 1).into_iter().map(|p| p.kind).collect();
        assert_eq!(kinds, [ProblemKind::TooDeep]);
    }
}
