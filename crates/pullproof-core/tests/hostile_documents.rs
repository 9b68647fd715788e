//! Texts that were written to break a reader: each ends in a problem with a place or in a tree.

use pullproof_core::document::{
    Document, MAX_BYTES, MAX_DEPTH, MAX_NODES, Node, Problem, ProblemKind, Value, check_encoding,
    json, read, toml, yaml,
};
use pullproof_core::file::Files;

const LARGE: usize = 100_000;

const BEFORE: &str = "\
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: before
spec:
  imageDigestMirrors:
  - source: quay.io/team
    mirrors:
    - mirror.example.com/team
";

const AFTER: &str = "\
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata: {name: after}
";

/// How a text ends.
enum Ends {
    /// Nothing is wrong, and this many documents are read.
    Well(usize),
    /// The document is read, and the first problem says this.
    Forgiven(&'static str),
    /// The document is left out, and the first problem says this.
    Badly(&'static str),
}
use Ends::{Badly, Forgiven, Well};

fn repeat(piece: &str, length: usize) -> String {
    piece.repeat(length / piece.len())
}

/// Block mappings in one another, each a column further in.
fn nested_blocks(depth: usize) -> String {
    (0..depth)
        .map(|level| format!("{}a:\n", " ".repeat(level)))
        .collect()
}

fn nested_flows(depth: usize) -> String {
    format!("{}1{}", "{a: ".repeat(depth), "}".repeat(depth))
}

/// Lists of ten that each hold the list before ten times.
fn alias_bomb(n_levels: usize) -> String {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..n_levels {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    text
}

fn check(name: &str, files: &Files, documents: &[Document], problems: &[Problem], ends: &Ends) {
    for problem in problems {
        let text = files.text(problem.span.file);
        assert!(
            text.get(problem.span.range()).is_some(),
            "{name}: {problem:?}"
        );
    }
    documents
        .iter()
        .for_each(|document| check_spans(name, files, &document.root, 0));
    let said: Vec<_> = problems
        .iter()
        .map(|problem| problem.kind.to_string())
        .collect();
    let first = said.first().map(String::as_str).unwrap_or_default();
    let is_read = !problems.iter().any(|problem| problem.kind.is_fatal());
    match ends {
        Well(n_documents) => {
            assert_eq!((documents.len(), first), (*n_documents, ""), "{name}");
        }
        Forgiven(text) => assert!(is_read && first.contains(text), "{name}: {first}"),
        Badly(text) => assert!(!is_read && first.contains(text), "{name}: {first}"),
    }
}

fn check_spans(name: &str, files: &Files, node: &Node, depth: usize) {
    assert!(
        files.text(node.span.file).get(node.span.range()).is_some(),
        "{name}"
    );
    assert!(depth <= MAX_DEPTH, "{name}");
    match &node.value {
        Value::Sequence(nodes) => {
            nodes
                .iter()
                .for_each(|node| check_spans(name, files, node, depth + 1));
        }
        Value::Mapping(mapping) => {
            for entry in mapping.entries() {
                let span = entry.key.span;
                assert!(files.text(span.file).get(span.range()).is_some(), "{name}");
                check_spans(name, files, &entry.value, depth + 1);
            }
        }
        _ => {}
    }
}

/// Checks a text alone, and between two good documents that must be read whatever it holds.
fn check_yaml(name: &str, text: &str, ends: &Ends) {
    let mut files = Files::new();
    let file = files.add("a.yaml", text);
    let (documents, problems) = yaml::read(&files, file);
    check(name, &files, &documents, &problems, ends);

    let file = files.add("b.yaml", format!("{BEFORE}---\n{text}\n---\n{AFTER}"));
    let (documents, problems) = read(&files, file);
    for problem in &problems {
        let position = files.position(file, problem.span.start);
        let n_before = BEFORE.lines().count();
        assert!(n_before < position.line as usize, "{name}: {position}");
    }
    let names: Vec<_> = documents
        .iter()
        .filter(|document| document.root.get("kind").is_some())
        .filter_map(|document| document.root.get("metadata")?.get("name")?.as_str())
        .collect();
    assert_eq!(names, ["before", "after"], "{name}");
    let n_inside = documents.len() - 2;
    match ends {
        Well(n_documents) => assert_eq!(n_inside, *n_documents, "{name}"),
        Forgiven(_) => assert_eq!(n_inside, 1, "{name}"),
        Badly(_) => assert!(
            problems.iter().any(|problem| problem.kind.is_fatal()),
            "{name}"
        ),
    }
}

#[test]
fn yaml_ends_and_hides_no_neighbour() {
    let keys: String = (0..2_000).map(|key| format!("? [{key}]\n: x\n")).collect();
    let many = "a: 1\n---\n".repeat(2_000);
    let too_deep = "nest deeper";
    let cases = [
        ("open lists", repeat("[", LARGE), Badly(too_deep)),
        ("open mappings", repeat("{", LARGE), Badly(too_deep)),
        (
            "open keyed mappings",
            repeat("{a: ", LARGE),
            Badly(too_deep),
        ),
        ("open keyed lists", repeat("[a: ", LARGE), Badly(too_deep)),
        ("closed lists", repeat("]", LARGE), Badly("bracket")),
        ("dashes on a line", repeat("- ", LARGE), Badly(too_deep)),
        (
            "keys on a line",
            repeat("a: ", LARGE),
            Badly("mapping values are not allowed"),
        ),
        (
            "question marks on a line",
            repeat("? ", LARGE),
            Badly("plain value"),
        ),
        (
            "anchors on a line",
            format!("b: {}", repeat("&a ", LARGE)),
            Badly(""),
        ),
        (
            "tags on a line",
            format!("b: {}", repeat("! ", LARGE)),
            Badly(""),
        ),
        ("nested blocks", nested_blocks(2_800), Badly(too_deep)),
        ("nested flows", nested_flows(3_000), Badly(too_deep)),
        ("blocks at the limit", nested_blocks(MAX_DEPTH), Well(1)),
        ("flows at the limit", nested_flows(MAX_DEPTH), Well(1)),
        ("alias bomb", alias_bomb(9), Badly("aliases stand for more")),
        ("aliases below the limit", alias_bomb(4), Well(1)),
        (
            "alias of itself",
            "a: &a [*a]".into(),
            Badly("contains itself"),
        ),
        (
            "alias of the whole",
            "&a\nb: {c: *a}".into(),
            Badly("contains itself"),
        ),
        (
            "merge of itself",
            "a: &a\n  <<: *a".into(),
            Badly("contains itself"),
        ),
        (
            "unknown alias",
            "a: *b".into(),
            Badly("no anchor before it"),
        ),
        (
            "alias of another document",
            "a: &a 1\n---\nb: *a".into(),
            Badly("no anchor before it"),
        ),
        ("zero byte", "a: b\0c".into(), Badly("U+0000")),
        ("zero bytes", repeat("\0", LARGE), Badly("U+0000")),
        ("escape character", "a: \u{1b}[31m".into(), Badly("U+001B")),
        ("byte order mark", "\u{feff}a: 1".into(), Well(1)),
        ("carriage returns", "a: 1\r\nb:\r\n- c\r\n".into(), Well(1)),
        ("old line ends", "a: 1\rb: 2\r".into(), Well(1)),
        (
            "repeated key",
            "a: 1\na: 2".into(),
            Forgiven("key `a` is given twice"),
        ),
        (
            "repeated keys",
            repeat("a: 1\n", LARGE),
            Forgiven("key `a` is given twice"),
        ),
        (
            "repeated names",
            "on: 1\n\"true\": 2".into(),
            Forgiven("key `true` is given twice"),
        ),
        (
            "numbers and words as names",
            "1: a\n1.5: b\nno: c\n0x10: d".into(),
            Well(1),
        ),
        ("null as a name", "~: a".into(), Badly("may not be null")),
        (
            "sequence as a name",
            "? [a]\n: b".into(),
            Badly("plain value"),
        ),
        (
            "mapping as a name",
            "{{a: b}: c}".into(),
            Badly("plain value"),
        ),
        ("sequences as names", keys, Badly("plain value")),
        ("open double quote", "a: \"b".into(), Badly("")),
        ("open single quote", "a: 'b".into(), Badly("")),
        ("quotes", repeat("'", LARGE), Well(1)),
        (
            "backslashes",
            format!("a: \"{}", repeat("\\", LARGE)),
            Badly(""),
        ),
        ("tab as indentation", "a:\n\tb: 1".into(), Badly("tab")),
        ("tabs between", "a:\t1\t#\tc".into(), Well(1)),
        ("tabs", repeat("\t", LARGE), Well(0)),
        (
            "long plain scalar",
            format!("a: {}", repeat("x", LARGE)),
            Well(1),
        ),
        (
            "long quoted scalar",
            format!("a: \"{}\"", repeat("é", LARGE)),
            Well(1),
        ),
        (
            "long block scalar",
            format!("a: |\n{}", repeat("  x\n", LARGE)),
            Well(1),
        ),
        (
            "long key",
            format!("{}: 1", repeat("x", LARGE)),
            Badly("mapping values"),
        ),
        (
            "long explicit key",
            format!("? {}\n: 1", repeat("x", LARGE)),
            Well(1),
        ),
        (
            "long comment",
            format!("a: 1 #{}", repeat("x", LARGE)),
            Well(1),
        ),
        (
            "long tag",
            format!("a: !{} 1", repeat("x", LARGE)),
            Forgiven("is not supported"),
        ),
        (
            "long anchor",
            format!("a: &{} 1", repeat("x", LARGE)),
            Well(1),
        ),
        (
            "directive",
            "%YAML 1.2\n---\na: 1".into(),
            Badly("directives"),
        ),
        ("directives", repeat("%a b\n", LARGE), Badly("directives")),
        (
            "foreign tag",
            "a: !x 1".into(),
            Forgiven("tag `!x` is not supported"),
        ),
        ("wrong tag", "a: !!int x".into(), Badly("not what its tag")),
        ("binary", "a: !!binary aGk=".into(), Forgiven("!!binary")),
        ("infinite", "a: -.inf".into(), Badly("JSON has no number")),
        (
            "end of the document",
            "a: 1\n...\nb: 2".into(),
            Forgiven("is ignored"),
        ),
        (
            "text on the separator",
            "a: 1\n--- b".into(),
            Badly("only a comment"),
        ),
        ("many documents", many, Well(2_000)),
        ("many separators", repeat("---\n", LARGE), Well(0)),
        ("comments", repeat("# c\n", LARGE), Well(0)),
        ("nothing", String::new(), Well(0)),
        ("JSON inside", "{\"a\": [1, null]}".into(), Well(1)),
        (
            "half of a pair",
            "a: \"\\ud800\"".into(),
            Badly("surrogate"),
        ),
    ];
    for (name, text, ends) in cases {
        check_yaml(name, &text, &ends);
    }
}

#[test]
fn json_ends() {
    let cases = [
        ("open lists", repeat("[", LARGE), Badly("nest deeper")),
        ("open mappings", repeat("{", LARGE), Badly("expected a key")),
        (
            "open keyed mappings",
            repeat("{\"a\":", LARGE),
            Badly("nest deeper"),
        ),
        (
            "nested mappings",
            nested_flows(3_000).replace('a', "\"a\""),
            Badly("nest deeper"),
        ),
        (
            "at the limit",
            nested_flows(MAX_DEPTH).replace('a', "\"a\""),
            Well(1),
        ),
        ("zero byte", "\"a\0\"".into(), Badly("U+0000")),
        ("zero bytes", repeat("\0", LARGE), Badly("U+0000")),
        ("byte order mark", "\u{feff}{}".into(), Well(1)),
        (
            "two marks",
            "\u{feff}\u{feff}{}".into(),
            Badly("expected a value"),
        ),
        ("carriage returns", "{\r\n\"a\": 1\r\n}\r\n".into(), Well(1)),
        (
            "repeated key",
            "{\"a\": 1, \"a\": 2}".into(),
            Forgiven("key `a` is given twice"),
        ),
        (
            "repeated key, escaped",
            "{\"a\": 1, \"\\u0061\": 2}".into(),
            Forgiven("given twice"),
        ),
        (
            "half of a pair",
            "\"\\ud800\"".into(),
            Forgiven("surrogate"),
        ),
        (
            "halves of pairs",
            format!("\"{}\"", repeat("\\udc00", LARGE)),
            Forgiven("surrogate"),
        ),
        ("open string", "{\"a".into(), Badly("no closing")),
        (
            "backslashes",
            format!("\"{}", repeat("\\", LARGE)),
            Badly("no closing"),
        ),
        (
            "open escape",
            "\"\\u00".into(),
            Badly("four hexadecimal digits"),
        ),
        ("tab", "\"\t\"".into(), Badly("U+0009")),
        (
            "long string",
            format!("\"{}\"", repeat("é", LARGE)),
            Well(1),
        ),
        (
            "long key",
            format!("{{\"{}\": 1}}", repeat("x", LARGE)),
            Well(1),
        ),
        ("long number", repeat("1", LARGE), Badly("64 bits")),
        (
            "long fraction",
            format!("0.{}", repeat("1", LARGE)),
            Well(1),
        ),
        ("comment", "{} // a".into(), Badly("expected the end")),
        ("two values", "{}{}".into(), Badly("expected the end")),
        ("nothing", String::new(), Badly("expected a value")),
    ];
    for (name, text, ends) in cases {
        let mut files = Files::new();
        let file = files.add("a.json", text);
        let (document, problems) = json::read(&files, file);
        let documents: Vec<_> = document.into_iter().collect();
        check(name, &files, &documents, &problems, &ends);
        // As YAML, too, in case that the host does not know.
        let (documents, problems) = read(&files, file);
        assert!(!documents.is_empty() || !problems.is_empty() || files.text(file).is_empty());
        documents
            .iter()
            .for_each(|document| check_spans(name, &files, &document.root, 0));
    }
}

#[test]
fn toml_ends() {
    let keys: String = (0..2_000).map(|key| format!("k{key} = 1\n")).collect();
    let cases = [
        (
            "open lists",
            format!("a = {}", repeat("[", LARGE)),
            Badly("nest deeper"),
        ),
        (
            "open tables",
            format!("a = {}", repeat("{a=", LARGE)),
            Badly("nest deeper"),
        ),
        ("open headers", repeat("[", LARGE), Badly("nest deeper")),
        (
            "dotted key",
            format!("{}a = 1", repeat("a.", LARGE)),
            Badly("nest deeper"),
        ),
        (
            "dotted header",
            format!("[{}a]", repeat("a.", LARGE)),
            Badly("nest deeper"),
        ),
        ("dots", repeat(".", LARGE), Badly("nest deeper")),
        (
            "dots in strings",
            format!("a = \"{}\"", repeat("a.", LARGE)),
            Well(1),
        ),
        (
            "dots in comments",
            format!("#{}", repeat("a.[", LARGE)),
            Well(1),
        ),
        ("zero byte", "a = \"\0\"".into(), Badly("")),
        ("zero bytes", repeat("\0", LARGE), Badly("")),
        ("byte order mark", "\u{feff}a = 1".into(), Well(1)),
        ("carriage returns", "a = 1\r\n[b]\r\n".into(), Well(1)),
        ("old line ends", "a = 1\rb = 2".into(), Badly("")),
        (
            "repeated key",
            "a = 1\na = 2".into(),
            Badly("key `a` is given twice"),
        ),
        (
            "repeated keys",
            repeat("a = 1\n", LARGE),
            Badly("key `a` is given twice"),
        ),
        (
            "repeated table",
            "[a]\n[a]".into(),
            Badly("key `a` is given twice"),
        ),
        (
            "two spellings",
            "[[r]]\nLocation = 'a'\nlocation = 'b'".into(),
            Well(1),
        ),
        ("open basic string", "a = \"b".into(), Badly("")),
        ("open long string", "a = \"\"\"b".into(), Badly("")),
        ("open literal string", "a = 'b".into(), Badly("")),
        ("quotes", format!("a = {}", repeat("'", LARGE)), Badly("")),
        ("unknown escape", "a = \"\\q\"".into(), Badly("")),
        ("half of a pair", "a = \"\\ud800\"".into(), Badly("")),
        (
            "long string",
            format!("a = \"{}\"", repeat("é", LARGE)),
            Well(1),
        ),
        ("long key", format!("{} = 1", repeat("x", LARGE)), Well(1)),
        (
            "long number",
            format!("a = {}", repeat("1", LARGE)),
            Badly("64 bits"),
        ),
        ("many keys", keys, Well(1)),
        ("many tables", repeat("[[a]]\n", LARGE), Well(1)),
        ("equals signs", repeat("=", LARGE), Badly("")),
        ("commas", repeat(",", LARGE), Badly("")),
        ("nothing", String::new(), Well(1)),
    ];
    for (name, text, ends) in cases {
        let mut files = Files::new();
        let file = files.add("registries.conf", text);
        let (document, problems) = toml::read(&files, file);
        let documents: Vec<_> = document.into_iter().collect();
        check(name, &files, &documents, &problems, &ends);
    }
    let mut files = Files::new();
    let file = files.add("registries.conf", "Location = 1\nlocation = 2");
    let root = toml::read(&files, file).0.expect("it is TOML").root;
    assert_eq!(
        root.get("Location").map(|node| &node.value),
        Some(&Value::Integer(1))
    );
    assert_eq!(
        root.get("location").map(|node| &node.value),
        Some(&Value::Integer(2))
    );
}

/// The problems of a text by the reader for its syntax.
fn problems_of(syntax: &str, text: String) -> Vec<ProblemKind> {
    let mut files = Files::new();
    let file = files.add(syntax, text);
    let problems = match syntax {
        "json" => json::read(&files, file).1,
        "toml" => toml::read(&files, file).1,
        _ => yaml::read(&files, file).1,
    };
    problems.into_iter().map(|problem| problem.kind).collect()
}

#[test]
fn lengths_end_at_the_limit() {
    let cases = [
        ("json", "\"", "\"", MAX_BYTES),
        ("yaml", "a: ", "", MAX_BYTES),
        ("toml", "a = \"", "\"", toml::MAX_BYTES),
    ];
    for (syntax, before, after, max_bytes) in cases {
        let text = |length: usize| {
            let n_inside = length - before.len() - after.len();
            format!("{before}{}{after}", "x".repeat(n_inside))
        };
        assert_eq!(problems_of(syntax, text(max_bytes)), [], "{syntax}");
        assert_eq!(
            problems_of(syntax, text(max_bytes + 1)),
            [ProblemKind::TooLong { max_bytes }],
            "{syntax}"
        );
    }
}

#[test]
fn values_end_at_the_limit() {
    // The list is a value, too; in TOML it is the one of a key.
    let list = |before: &str, n_values: usize| format!("{before}[{}1]", "1,".repeat(n_values - 2));
    let lines = |n_values: usize| "- a\n".repeat(n_values - 1);
    let keys = |n_values: usize| (0..n_values).map(|key| format!("{key} = 1\n")).collect();
    type TextOf<'a> = &'a dyn Fn(usize) -> String;
    let cases: [(&str, TextOf<'_>, usize); 5] = [
        ("json", &|n_values| list("", n_values), MAX_NODES),
        ("yaml", &|n_values| list("", n_values), MAX_NODES),
        ("yaml", &lines, MAX_NODES),
        ("toml", &|n_values| list("a = ", n_values), toml::MAX_NODES),
        ("toml", &keys, toml::MAX_NODES),
    ];
    for (syntax, text_of, max_nodes) in cases {
        assert_eq!(problems_of(syntax, text_of(max_nodes)), [], "{syntax}");
        assert_eq!(
            problems_of(syntax, text_of(max_nodes + 1)),
            [ProblemKind::TooManyNodes { max_nodes }],
            "{syntax}"
        );
    }
}

#[test]
fn bytes_of_other_encodings_are_named() {
    let utf_16: Vec<u8> = "\u{feff}kind: x"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(check_encoding(&utf_16).is_err());
    assert!(check_encoding(&utf_16[2..]).is_err());
    // A host that did not ask gets a problem all the same.
    for bytes in [&utf_16[..], &utf_16[2..]] {
        let kinds = problems_of("yaml", String::from_utf8_lossy(bytes).into_owned());
        assert_eq!(kinds, [ProblemKind::ForbiddenCharacter('\0')]);
    }
}
