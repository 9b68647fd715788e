//! What reading makes of texts of either syntax.

use super::testing::{problems_of, show};
use super::*;

#[test]
fn only_utf_8_is_text() {
    let cases: [(&[u8], Result<&str, &str>); 11] = [
        (b"", Ok("")),
        (b"a", Ok("a")),
        ("\u{feff}é".as_bytes(), Ok("\u{feff}é")),
        (b"ab\0", Ok("ab\0")),
        (b"\0", Ok("\0")),
        (b"\xff\xfea\0", Err("the text is UTF-16, not UTF-8")),
        (b"\xfe\xff\0a", Err("the text is UTF-16, not UTF-8")),
        (b"a\0b\0", Err("the text is UTF-16, not UTF-8")),
        (b"\0a\0b", Err("the text is UTF-16, not UTF-8")),
        (b"\xff\xfe\0\0a\0\0\0", Err("the text is UTF-32, not UTF-8")),
        (b"ab\xc3", Err("byte 2 is not UTF-8")),
    ];
    for (bytes, expected) in cases {
        let found = check_encoding(bytes).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{bytes:?}");
    }
}

fn check(text: &str, trees: &str, problems: &[&str]) {
    let mut files = Files::new();
    let file = files.add("a.yaml", text);
    let (documents, found) = read(&files, file);
    let shown: Vec<_> = documents
        .iter()
        .map(|document| show(&document.root))
        .collect();
    assert_eq!(shown.join(" --- "), trees, "{text}");
    assert_eq!(problems_of(&files, &found), problems, "{text}");
}

#[test]
fn json_and_yaml_are_told_apart() {
    let cases: [(&str, &str, &[&str]); 13] = [
        ("{\"a\": 1}", "{a: 1}", &[]),
        ("\u{feff}\n {\"a\": \"\\/\"}", "{a: \"/\"}", &[]),
        (
            "{\"a\": 1} {\"b\": 2}\n{\"c\": 3}",
            "{a: 1} --- {b: 2} --- {c: 3}",
            &[],
        ),
        (
            "{\"a\": 1}\n---\n{\"b\": 2}\n---\nc: 3",
            "{a: 1} --- {b: 2} --- {c: 3}",
            &[],
        ),
        (
            "{\"a\": 1}\n---\nb: [",
            "{a: 1}",
            &["16..17 unclosed bracket `[`"],
        ),
        ("{a: 1, b: on}", "{a: 1, b: true}", &[]),
        ("[a]\n---\nb: 1", "[\"a\"] --- {b: 1}", &[]),
        ("{\"a\": 1,}", "{a: 1}", &[]),
        (
            "{\"a\": 1, \"a\": 2,}",
            "{a: 2}",
            &["9..12 key `a` is given twice"],
        ),
        (
            "{\"a\": 1, \"a\": 2}",
            "{a: 2}",
            &["9..12 key `a` is given twice"],
        ),
        ("{\"a\": [1}", "", &["8..9 expected `,` or `]`, found `}`"]),
        (
            "{\"a\": [1}\n---\nb: 1",
            "{b: 1}",
            &["6..7 `[` is closed by `}`"],
        ),
        (
            "{\"a\": 1} {\"b\": 2} {\"c\"}\n---\nd: 4",
            "{a: 1} --- {b: 2}",
            &["22..23 expected `:` after the key, found `}`"],
        ),
    ];
    for (text, trees, problems) in cases {
        check(text, trees, problems);
    }
}

#[test]
fn keys_are_found_alike_in_small_and_large_mappings() {
    for n_keys in [3, 16, 17, 100] {
        let entry = |key: usize| Entry {
            key: Spanned::new(key.to_string(), Span::new(file(), key, key + 1)),
            value: Node {
                span: Span::new(file(), key, key + 1),
                value: Value::Integer(0),
            },
        };
        let (mapping, repeated) = Mapping::from_entries((0..n_keys).map(entry).collect());
        assert_eq!((mapping.entries().len(), repeated.len()), (n_keys, 0));
        let twice = (0..n_keys).chain([1]).map(entry).collect();
        let (mapping, repeated) = Mapping::from_entries(twice);
        assert_eq!((mapping.entries().len(), repeated.len()), (n_keys, 1));
        assert_eq!(mapping.entries()[1].key.value, "1");
    }
}

fn file() -> FileId {
    Files::new().add("a.yaml", "")
}
