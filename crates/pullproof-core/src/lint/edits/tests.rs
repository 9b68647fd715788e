//! Each edit on each form of text.

use super::*;
use crate::file::Files;
use crate::model::Settings;
use crate::openshift::OpenShift;

/// The text after an edit at the first place that reads `place`; `None` when there is no edit.
fn edited(text: &str, place: &str, edit: impl Fn(&Model, Span) -> Option<Edit>) -> Option<String> {
    let mut files = Files::new();
    let file = files.add("input.yaml", text);
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let model = Model::build(&mut files, &[file], &settings);
    let at = text.find(place).expect("the place is in the text");
    let Edit { span, text: new } = edit(&model, Span::new(file, at, at + place.len()))?;
    let mut text = text.to_owned();
    text.replace_range(span.range(), &new);
    Some(text)
}

#[test]
fn a_scalar_keeps_its_quotes() {
    for (text, place, new, expected) in [
        ("k: old # c\n", "old", "new", Some("k: new # c\n")),
        ("k: old\n", "old", "*.new", Some("k: \"*.new\"\n")),
        ("k: old\n", "old", "on", Some("k: \"on\"\n")),
        ("k: old\n", "old", "1.10", Some("k: \"1.10\"\n")),
        ("k: 'old'\n", "'old'", "*.n'w", Some("k: '*.n''w'\n")),
        ("k: 'old'\n", "'old'", "n\tw", None),
        ("k: \"old\"\n", "\"old\"", "n\"w", Some("k: \"n\\\"w\"\n")),
        (
            "{\"k\": \"old\"}",
            "\"old\"",
            "new",
            Some("{\"k\": \"new\"}"),
        ),
        ("{\"k\": 17}", "17", "new", Some("{\"k\": \"new\"}")),
        ("k: [a, old]\n", "old", "new:1", Some("k: [a, new:1]\n")),
        ("old: v\n", "old", "new", Some("new: v\n")),
        ("k: !!str old\n", "old", "new", Some("k: !!str new\n")),
        ("k: &a old\n", "old", "new", Some("k: &a new\n")),
        ("k: &a old\nl: *a\n", "old", "new", None),
        ("k: &a [old]\nl: *a\n", "old", "new", None),
        ("k: |\n  old\n", "old", "new", None),
        ("k: >-\n  old\n", "old", "new", None),
        ("k: old\n  er\n", "old\n  er", "new", None),
        ("k: 'old\n  er'\n", "'old\n  er'", "new", None),
    ] {
        let found = edited(text, place, |model, span| replace(model, span, new));
        assert_eq!(found.as_deref(), expected, "{text:?}");
    }
}

#[test]
fn a_value_gets_quotes_or_brackets() {
    for (text, place, expected) in [
        ("k: 1.10\n", "1.10", Some("k: \"1.10\"\n")),
        ("{\"k\": true}", "true", Some("{\"k\": \"true\"}")),
        ("k: 'a'\n", "'a'", None),
        ("k: &a 1\nl: *a\n", "1", None),
    ] {
        assert_eq!(edited(text, place, quote).as_deref(), expected, "{text:?}");
    }
    for (text, place, expected) in [
        ("k: a.b/c\n", "a.b/c", Some("k: [a.b/c]\n")),
        ("k: 'a, b'\n", "'a, b'", Some("k: ['a, b']\n")),
        ("k: a, b\n", "a, b", None),
    ] {
        assert_eq!(edited(text, place, enlist).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn a_tag_goes_where_it_changes_nothing() {
    for (text, expected) in [
        ("k: !a b\n", Some("k: b\n")),
        ("k: !a  'b' # c\n", Some("k: 'b' # c\n")),
        ("k: [!a b, c]\n", Some("k: [b, c]\n")),
        ("k: !a 1\n", None),
        ("k: !a &x b\n", None),
        ("k: !a\n  b\n", None),
    ] {
        assert_eq!(
            edited(text, "!a", remove_tag).as_deref(),
            expected,
            "{text:?}"
        );
    }
    assert_eq!(edited("k: !!binary YQ==\n", "!!binary", remove_tag), None);
}

#[test]
fn text_that_was_taken_for_an_alias_gets_quotes() {
    for (text, place, expected) in [
        ("k: *.a.io\n", "*.a.io", Some("k: \"*.a.io\"\n")),
        ("k: [*.a.io, b]\n", "*.a.io", Some("k: [\"*.a.io\", b]\n")),
        ("k: *a\n", "*a", None),
        ("k: *.\n", "*.", None),
        ("k: *.a.io b\n", "*.a", None),
    ] {
        assert_eq!(
            edited(text, place, quote_alias).as_deref(),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn an_element_goes_with_its_lines() {
    for (text, place, expected) in [
        ("k:\n- a\n- b\n- c\n", "b", Some("k:\n- a\n- c\n")),
        ("k:\n  - a\n  - b", "b", Some("k:\n  - a\n")),
        (
            "k:\r\n- a\r\n- b # x\r\nl: m\r\n",
            "b",
            Some("k:\r\n- a\r\nl: m\r\n"),
        ),
        (
            "k:\n- a\n# one\n# two\n- b\n# three\n- c\n",
            "b",
            Some("k:\n- a\n# three\n- c\n"),
        ),
        ("k:\n# all\n- b\n- c\n", "b", Some("k:\n# all\n- c\n")),
        (
            "k:\n# one\n- b\n# two\n- c\n",
            "b",
            Some("k:\n# two\n- c\n"),
        ),
        (
            "k:\n- a\n  # deeper\n- b\n",
            "b",
            Some("k:\n- a\n  # deeper\n"),
        ),
        (
            "k:\n- a\n- x: 1\n  y:\n  - z\n- c\n",
            "x: 1\n  y:\n  - z",
            Some("k:\n- a\n- c\n"),
        ),
        ("k:\n- b\n", "b", None),
        ("k:\n- - a\n  - b\n", "a", None),
        ("k:\n- - a\n  - b\n", "b", Some("k:\n- - a\n")),
        ("k:\n- a\n- &x b\n", "b", None),
        ("k:\n- a\n- !!str b\n", "b", None),
        ("k:\n- &x a\n- b\n- *x\n", "a", None),
        ("k:\n- a\n-\n  b\n", "b", None),
        ("k:\n- a\n- |\n  b\n", "b", None),
        (
            "k:\n- a\n- 'b\n  c'\n- d\n",
            "'b\n  c'",
            Some("k:\n- a\n- d\n"),
        ),
        ("k: [b]\n", "b", Some("k: []\n")),
        ("k: [b, c]\n", "b", Some("k: [c]\n")),
        ("k: [a, b]\n", "b", Some("k: [a]\n")),
        ("k: [a, b,]\n", "b", Some("k: [a, ]\n")),
        ("k: [a, &x b]\n", "b", None),
        ("k: [&x b, c]\n", "b", None),
        ("k: [a, # x\n  b]\n", "b", None),
        (
            "{\"k\": [\n  \"a\",\n  \"b\"\n]}",
            "\"b\"",
            Some("{\"k\": [\n  \"a\"\n]}"),
        ),
        (
            "{\"k\": [\n  \"b\",\n  \"c\"\n]}",
            "\"b\"",
            Some("{\"k\": [\n  \"c\"\n]}"),
        ),
        ("k:\n- [b, c]\n- d\n", "b", Some("k:\n- [c]\n- d\n")),
        ("k:\n- [b, c]\n- d\n", "[b, c]", Some("k:\n- d\n")),
    ] {
        let found = edited(text, place, remove_element);
        assert_eq!(found.as_deref(), expected, "{text:?}");
    }
}

#[test]
fn an_entry_goes_with_its_lines() {
    for (text, place, expected) in [
        ("a: b\nk: v # x\nc: d\n", "k", Some("a: b\nc: d\n")),
        ("a: b\n# x\nk:\n- v\n- w\nc: d\n", "k", Some("a: b\nc: d\n")),
        ("# x\nk: v\na: b\n", "k", Some("# x\na: b\n")),
        ("a:\n- k: v\n  b: c\n", "k", Some("a:\n- b: c\n")),
        ("a:\n- k: v\n  # x\n  b: c\n", "k", None),
        ("a:\n- k: v\n", "k", None),
        ("a: b\nk:\nc: d\n", "k", Some("a: b\nc: d\n")),
        ("a: b\n? k\n: v\n", "k", None),
        ("a: {k: v, b: c}\n", "k", Some("a: {b: c}\n")),
        ("a: {b: c, k: v}\n", "k", Some("a: {b: c}\n")),
        ("{\"a\": 1, \"k\": [2]}", "\"k\"", Some("{\"a\": 1}")),
        ("a: &x {k: v, b: c}\nd: *x\n", "k", None),
    ] {
        let found = edited(text, place, remove_entry);
        assert_eq!(found.as_deref(), expected, "{text:?}");
    }
}

#[test]
fn an_entry_is_put_before_the_first() {
    for (text, expected) in [
        ("a: b\n", "x: y/z\na: b\n"),
        ("a: b\r\nc: d\r\n", "x: y/z\r\na: b\r\nc: d\r\n"),
        ("# a\n\na: b", "# a\n\nx: y/z\na: b"),
        ("{a: b}", "{x: y/z, a: b}"),
        ("{\"a\": \"b\"}", "{\"x\": \"y/z\", \"a\": \"b\"}"),
        (
            "{\n  \"a\": \"b\"\n}",
            "{\n  \"x\": \"y/z\",\n  \"a\": \"b\"\n}",
        ),
        (
            "kind: List\nitems:\n- a: b\n  c: d\n",
            "kind: List\nitems:\n- x: y/z\n  a: b\n  c: d\n",
        ),
    ] {
        let found = edited(text, "a", |model, _| {
            let root = &model.objects.first()?.object.root;
            insert_entry(model, root.as_mapping()?, root.span, "x", "y/z")
        });
        assert_eq!(found.as_deref(), Some(expected), "{text:?}");
    }
}
