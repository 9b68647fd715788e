//! What the YAML reader makes of texts.

use super::super::testing::{problems_of, show, slices};
use super::super::{MAX_ALIAS_NODES, MAX_DEPTH};
use super::*;

/// Reads a stream; the trees of its documents stand between `---`.
fn check(text: &str, trees: &str, problems: &[&str]) {
    let mut files = Files::new();
    let file = files.add("a.yaml", text);
    let (documents, found) = read(&files, file);
    let shown: Vec<_> = documents
        .iter()
        .map(|document| show(&document.root))
        .collect();
    assert_eq!(shown.join(" --- "), trees, "{text:.200}");
    assert_eq!(problems_of(&files, &found), problems, "{text:.200}");
}

#[test]
fn values_are_read_as_kubectl_reads_them() {
    let cases = [
        ("a: 1", "{a: 1}"),
        (
            "a: on\nb: \"on\"\nc: 'on'",
            "{a: true, b: \"on\", c: \"on\"}",
        ),
        ("- 0x10\n- 1.0\n- 1.5\n- 010", "[16, 1, 1.5f, 8]"),
        ("a:\nb: ~\nc: ''", "{a: null, b: null, c: \"\"}"),
        (
            "a: |\n  x\n\n  y\nb: >-\n  x\n  y\n",
            "{a: \"x\\n\\ny\\n\", b: \"x y\"}",
        ),
        ("a: |\nb: 1", "{a: \"\", b: 1}"),
        ("{a: [1, {b: c}], d: }", "{a: [1, {b: \"c\"}], d: null}"),
        ("[a: b, c]", "[{a: \"b\"}, \"c\"]"),
        ("? a\n: b\n? c", "{a: \"b\", c: null}"),
        ("{\"a\": \"\\u00e9\"}", "{a: \"é\"}"),
        ("a:\r\n  - b\r\n", "{a: [\"b\"]}"),
        ("a: 'b\n  c'", "{a: \"b c\"}"),
        ("a: \t b \t # c", "{a: \"b\"}"),
        ("text", "\"text\""),
        // Names.
        ("on: 1\nNo: 2", "{true: 1, false: 2}"),
        (
            "0x10: a\n1.0: b\n1e6: c",
            "{16: \"a\", 1: \"b\", 1e+06: \"c\"}",
        ),
        ("2001-01-01: a", "{2001-01-01: \"a\"}"),
        // Tags.
        (
            "a: !!str 1\nb: !!int \"1\"\nc: !!float 1",
            "{a: \"1\", b: 1, c: 1}",
        ),
        (
            "a: ! \"12\"\nb: !<tag:yaml.org,2002:str> 12",
            "{a: 12, b: \"12\"}",
        ),
        ("a: !!str\nb: !!null ''", "{a: \"\", b: null}"),
        (
            "a: !!timestamp 2001-01-01\nb: !!map {}\nc: !!seq []",
            "{a: \"2001-01-01\", b: {}, c: []}",
        ),
        // Anchors.
        ("a: &x [1]\nb: *x\nc: *x", "{a: [1], b: [1], c: [1]}"),
        ("a: &x 010\n*x : &x b\nc: *x", "{a: 8, 8: \"b\", c: \"b\"}"),
        ("a: &x [&x 1, *x]\nb: *x", "{a: [1, 1], b: 1}"),
        ("&x a: *x", "{a: \"a\"}"),
    ];
    for (text, tree) in cases {
        check(text, tree, &[]);
    }
}

#[test]
fn merge_keys_act_where_they_stand() {
    let cases = [
        ("<<: {a: 1}\na: 2", "{a: 2}"),
        ("a: 2\n<<: {a: 1}", "{a: 1}"),
        ("<<: [{a: 1}, {a: 2, b: 3}]", "{a: 1, b: 3}"),
        (
            "x: &x {a: 1}\nw: {<<: *x, b: 2}\nz: {<<: [*x]}",
            "{x: {a: 1}, w: {a: 1, b: 2}, z: {a: 1}}",
        ),
        ("<<: {<<: {a: 1}, a: 2}", "{a: 2}"),
        ("<<: {a: 1}\n<<: {a: 2}", "{a: 2}"),
        ("! <<: {a: 1}\n!!merge <<: {b: 1}", "{a: 1, b: 1}"),
        ("'<<': {a: 1}", "{<<: {a: 1}}"),
        ("!!str <<: {a: 1}", "{<<: {a: 1}}"),
        ("a: <<", "{a: \"<<\"}"),
        ("a: &m <<\n*m : {b: 1}", "{a: \"<<\", <<: {b: 1}}"),
    ];
    for (text, tree) in cases {
        check(text, tree, &[]);
    }
    check(
        "<<: {a: 1}\nb: 1\nb: 2\na: 3",
        "{a: 3, b: 2}",
        &["16..17 key `b` is given twice"],
    );
    let refused = "`<<` takes a mapping or a list of mappings";
    check("<<: 1", "", &[&format!("4..5 {refused}")]);
    check("<<: [{}, 1]", "", &[&format!("4..11 {refused}")]);
    check(
        "a: &x [{}]\nb: {<<: *x}",
        "",
        &[&format!("6..10 {refused}")],
    );
}

#[test]
fn what_cannot_be_read_has_a_place() {
    let cases = [
        ("a: [1", "3..4 unclosed bracket `[`"),
        ("a: {b: 1]", "3..4 `{` is closed by `]`"),
        (
            "a: b: c",
            "4..5 mapping values are not allowed in this context",
        ),
        ("a: \"x", "3..4 unclosed quote"),
        ("a: \"\\q\"", ""),
        ("a:\n\t- b", ""),
        ("a: @b", "3..4 unexpected character `@`"),
        ("a: *é", "3..6 alias `*é` has no anchor before it"),
        ("a: &x [*x]", "7..9 anchor `&x` contains itself"),
        ("a: &x {b: {c: *x}}", "14..16 anchor `&x` contains itself"),
        ("? [a]\n: b", "2..3 a key must be a plain value"),
        ("? {a: b}\n: c", "2..3 a key must be a plain value"),
        ("? - a\n: b", "2..2 a key must be a plain value"),
        ("a: &x [b]\n*x : c", "10..12 a key must be a plain value"),
        ("~: a", "0..1 a key may not be null"),
        (": a", "1..1 a key may not be null"),
        (
            "9223372036854775808: a",
            "0..19 a number beyond 63 bits may not be a key",
        ),
        ("a: .inf", "3..7 JSON has no number `.inf`"),
        ("a: -.INF", "3..8 JSON has no number `-.INF`"),
        ("a: .nan", "3..7 JSON has no number `.nan`"),
        (
            "a: !!int x",
            "9..10 the value is not what its tag `!!int` says",
        ),
        (
            "a: !!float 18446744073709551615",
            "11..31 the value is not what its tag `!!float` says",
        ),
        ("a: b\0c", "4..5 character U+0000 is not allowed here"),
        ("a: b\u{1b}c", "4..5 character U+001B is not allowed here"),
        ("a: \u{80}", "3..5 character U+0080 is not allowed here"),
        ("a: \u{ffff}", "3..6 character U+FFFF is not allowed here"),
        ("a: !x!y z", "3..4 the handle wasn't declared"),
    ];
    for (text, problem) in cases {
        if problem.is_empty() {
            let mut files = Files::new();
            let file = files.add("a.yaml", text);
            let (documents, problems) = read(&files, file);
            assert_eq!((documents.len(), problems.len()), (0, 1), "{text}");
            assert!(problems[0].kind.is_fatal(), "{text}");
        } else {
            check(text, "", &[problem]);
        }
    }
    for text in ["a: é\u{85}\u{a0}\u{fffd}😀", "\u{feff}a: \u{feff}b"] {
        let mut files = Files::new();
        let file = files.add("a.yaml", text);
        assert!(forbidden_character(files.text(file)).is_none(), "{text}");
    }
}

#[test]
fn what_kubectl_forgives_is_told() {
    let cases: [(&str, &str, &[&str]); 10] = [
        (
            "a: 1\nb: 2\na: 3",
            "{a: 3, b: 2}",
            &["10..11 key `a` is given twice"],
        ),
        (
            "{a: 1, 'a': 2}",
            "{a: 2}",
            &["7..10 key `a` is given twice"],
        ),
        (
            "1: a\n'1': b",
            "{1: \"b\"}",
            &["5..8 key `1` is given twice"],
        ),
        ("a: !x [1]", "{a: [1]}", &["3..5 tag `!x` is not supported"]),
        ("a: !x 1", "{a: \"1\"}", &["3..5 tag `!x` is not supported"]),
        (
            "a: !!set {b}",
            "{a: {b: null}}",
            &["3..8 tag `!!set` is not supported"],
        ),
        (
            "a: !!binary aGk=",
            "{a: \"hi\"}",
            &["3..11 tag `!!binary` is not supported"],
        ),
        (
            "a: 1\n...\nb: 2\n",
            "{a: 1}",
            &["9..13 text after the end of the document is ignored"],
        ),
        (
            "{a: 1} b",
            "{a: 1}",
            &["7..8 text after the end of the document is ignored"],
        ),
        ("a: 1\n... # c\n...\n# c\n", "{a: 1}", &[]),
    ];
    for (text, tree, problems) in cases {
        check(text, tree, problems);
    }
}

#[test]
fn a_stream_is_cut_before_it_is_read() {
    let cases: [(&str, &str, &[&str]); 17] = [
        ("", "", &[]),
        ("# c\n", "", &[]),
        ("---\n---\n# c\n---\n~\n", "", &[]),
        ("a: 1\n---\nb: 2\n", "{a: 1} --- {b: 2}", &[]),
        ("---\na: 1\n--- # c\nb: 2\n---", "{a: 1} --- {b: 2}", &[]),
        ("a: 1\r\n---\r\nb: 2\r\n", "{a: 1} --- {b: 2}", &[]),
        (
            "\u{feff}---\na: 1\n---\n\u{feff}b: 2",
            "{a: 1} --- {b: 2}",
            &[],
        ),
        (
            "a: 1\n---\nb: [\n---\nc: 3",
            "{a: 1} --- {c: 3}",
            &["12..13 unclosed bracket `[`"],
        ),
        (
            "a: 1\n--- {b: 2}\n---\nc: 3",
            "{a: 1} --- {c: 3}",
            &["9..15 only a comment may follow `---` on its line"],
        ),
        (
            "a: 1\n----\nb: 2",
            "{a: 1}",
            &["8..9 only a comment may follow `---` on its line"],
        ),
        (
            "a: \"b\n---\nc: 1",
            "{c: 1}",
            &["6..7 invalid indentation in multiline quoted scalar"],
        ),
        ("|\n a\n---\nb: 1", "\"a\\n\" --- {b: 1}", &[]),
        ("a: |\n  ---\n  b", "{a: \"---\\nb\\n\"}", &[]),
        (
            "a: |+\n  b\n\n---\n\n  a: 1\n  b: 2\n",
            "{a: \"b\\n\\n\"} --- {a: 1, b: 2}",
            &[],
        ),
        (
            "%YAML 1.1\n---\na: 1",
            "{a: 1}",
            &["0..9 `kubectl` reads no `%` directives"],
        ),
        (
            "# c\n%TAG ! x\na: 1",
            "",
            &["4..12 `kubectl` reads no `%` directives"],
        ),
        ("{\"a\": 1}\n---\n[1]", "{a: 1} --- [1]", &[]),
    ];
    for (text, trees, problems) in cases {
        check(text, trees, problems);
    }
}

#[test]
fn every_node_and_key_has_its_bytes() {
    let mut files = Files::new();
    let text = "# é\na: &x\n  - b: \"c\"\n    d: |\n      e\n\n  - [f: g]\nh : *x\ni:\n\n# z\n";
    let file = files.add("a.yaml", text);
    let (documents, problems) = read(&files, file);
    assert_eq!(problems, []);
    assert_eq!(files.slice(documents[0].span), text.trim_end());
    let sequence = [
        "- b: \"c\"\n    d: |\n      e\n\n  - [f: g]",
        "b: \"c\"\n    d: |\n      e",
    ];
    let mapping = ["b", "\"c\"", "d", "e", "[f: g]", "f: g", "f", "g"];
    let mut expected = vec![
        "a: &x\n  - b: \"c\"\n    d: |\n      e\n\n  - [f: g]\nh : *x\ni:",
        "a",
    ];
    expected.extend(sequence);
    expected.extend(mapping);
    expected.push("h");
    expected.extend(sequence);
    expected.extend(mapping);
    expected.extend(["i", ""]);
    assert_eq!(slices(&files, &documents[0].root), expected);
}

#[test]
fn nesting_ends_at_the_limit() {
    let flow = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let block = |depth: usize| {
        let lines = (0..depth).map(|level| format!("{}a:\n", " ".repeat(level)));
        lines.collect::<String>()
    };
    let one_line = |depth: usize| format!("{}1", "- ".repeat(depth));
    let half = MAX_DEPTH / 2;
    // An anchor half way down, and its alias below as much again.
    let alias = |depth: usize| {
        format!(
            "- &x {}\n- {}*x{}",
            flow(half),
            "[".repeat(depth - half - 1),
            "]".repeat(depth - half - 1)
        )
    };
    let texts: [&dyn Fn(usize) -> String; 4] = [&flow, &block, &one_line, &alias];
    for text_of in texts {
        for (depth, expected) in [
            (MAX_DEPTH, None),
            (MAX_DEPTH + 1, Some(ProblemKind::TooDeep)),
        ] {
            let mut files = Files::new();
            let file = files.add("a.yaml", text_of(depth));
            let (documents, problems) = read(&files, file);
            assert_eq!(
                problems.into_iter().map(|problem| problem.kind).next(),
                expected
            );
            assert_eq!(documents.is_empty(), expected.is_some());
        }
    }
}

#[test]
fn aliases_end_at_the_limit() {
    // A list of 99 and itself, once for the anchor and then for each alias.
    let text = |n: usize| format!("a: &x [{}]\nb: [{}]", "1,".repeat(99), "*x,".repeat(n));
    for (n, expected) in [
        (MAX_ALIAS_NODES / 100 - 1, None),
        (MAX_ALIAS_NODES / 100, Some(ProblemKind::TooManyAliases)),
    ] {
        let mut files = Files::new();
        let file = files.add("a.yaml", text(n));
        let (_, problems) = read(&files, file);
        assert_eq!(
            problems.into_iter().map(|problem| problem.kind).next(),
            expected
        );
    }
}

#[test]
fn documents_end_at_the_limit() {
    for (n, expected) in [
        (MAX_DOCUMENTS, None),
        (MAX_DOCUMENTS + 1, Some(ProblemKind::TooManyDocuments)),
    ] {
        let mut files = Files::new();
        let file = files.add("a.yaml", "a: 1\n---\n".repeat(n));
        let (documents, problems) = read(&files, file);
        assert_eq!(documents.len(), MAX_DOCUMENTS);
        assert_eq!(
            problems.into_iter().map(|problem| problem.kind).next(),
            expected
        );
    }
}
