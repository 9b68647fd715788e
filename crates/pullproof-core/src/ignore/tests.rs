//! Comments and annotations, with what they cover.

use super::*;
use crate::document;
use crate::resource;

/// Each `names: reason @ what is covered`, then each fault and its text.
fn told(files: &Files, ignores: &Ignores) -> Vec<String> {
    let mut told = Vec::new();
    for ignore in &ignores.ignores {
        let names: Vec<&str> = ignore.names.iter().map(|name| &*name.value).collect();
        let (names, covered) = (names.join("+"), files.slice(ignore.covers));
        told.push(format!("{names}: {} @ {covered}", ignore.reason));
    }
    for Fault { span, kind } in &ignores.faults {
        told.push(format!("{kind:?}: {}", files.slice(*span)));
    }
    told
}

fn of_yaml(text: &str) -> (Files, Ignores) {
    let mut files = Files::new();
    let file = files.add("a.yaml", text);
    let objects = resource::objects(document::read(&files, file).0);
    let ignores = Ignores::of_yaml(&files, file, &objects);
    (files, ignores)
}

fn of_toml(text: &str) -> (Files, Ignores) {
    let mut files = Files::new();
    let file = files.add("registries.conf", text);
    let ignores = Ignores::of_toml(&files, file);
    (files, ignores)
}

#[test]
fn a_comment_covers_its_line_or_what_follows() {
    let cases: [(&str, &[&str]); 15] = [
        (
            "a: 1 # ignore[x] why\nb: 2\n",
            &["x: why @ a: 1 # pullproof: ignore[x] why"],
        ),
        ("a: 1\n# ignore[x] why\nb: 2\nc: 3\n", &["x: why @ b: 2"]),
        ("# ignore[x] why\na: 1\nb: 2\n", &["x: why @ a: 1\nb: 2"]),
        (
            "# ignore[x] why\n\n---\n# more\na: 1\n---\nb: 2\n",
            &["x: why @ a: 1"],
        ),
        (
            "a:\n  # ignore[x] why\n  b:\n  - c\n  - d\ne: f\n",
            &["x: why @   b:\n  - c\n  - d"],
        ),
        (
            "a:\n# ignore[x] why\n- b: 1\n  c: 2\n- d: 3\n",
            &["x: why @ - b: 1\n  c: 2"],
        ),
        (
            "a: [\n  # ignore[x] why\n  b, c,\n  d]\n",
            &["x: why @   b, c,"],
        ),
        (
            "kind: List\nitems:\n# ignore[x] why\n- kind: A\n  b: 1\n- kind: B\n",
            &["x: why @ - kind: A\n  b: 1"],
        ),
        ("a: 1\n# ignore[x] why\n", &["x: why @ "]),
        (
            "# ignore-file[x] why\na: 1\n",
            &["x: why @ # pullproof: ignore-file[x] why\na: 1\n"],
        ),
        (
            "a: 1\n# ignore-file[x] why\n",
            &["NotAtTop: # pullproof: ignore-file[x] why"],
        ),
        // The forms of names and reasons.
        (
            "a: 1 # ignore[ x ,y,PP007 ]: because of z ",
            &["x+y+PP007: because of z @ a: 1 # pullproof: ignore[ x ,y,PP007 ]: because of z "],
        ),
        ("a: 1 # ignore[x]", &["x:  @ a: 1 # pullproof: ignore[x]"]),
        ("a: '# ignore[x] why'\nb: |\n  # ignore[x] why\n", &[]),
        ("{\"a\": \"# ignore[x] why\"}", &[]),
    ];
    for (text, expected) in cases {
        let text = text.replace("# ignore", "# pullproof: ignore");
        let (files, ignores) = of_yaml(&text);
        assert_eq!(told(&files, &ignores), expected, "{text}");
    }
}

#[test]
fn what_is_meant_and_has_another_form_is_told() {
    for comment in [
        "# pullproof: ignore",
        "# pullproof: ignore x",
        "# pullproof: ignore[] why",
        "# pullproof: ignore[x,] why",
        "# pullproof: ignore[x y] why",
        "# pullproof: ignore[x why",
        "# pullproof: disable[x] why",
    ] {
        let (files, ignores) = of_yaml(&format!("a: 1 {comment}\n"));
        assert_eq!(told(&files, &ignores), [format!("Comment: {comment}")]);
    }
    for comment in [
        "# pullproof ignore[x] why",
        "# see pullproof: ignore[x] why",
    ] {
        let (_, ignores) = of_yaml(&format!("a: 1 {comment}\n"));
        assert_eq!(ignores, Ignores::default());
    }
}

#[test]
fn in_toml_a_table_is_covered_with_those_in_it() {
    let cases: [(&str, &[&str]); 4] = [
        (
            "a = 1 # ignore[x] why\n",
            &["x: why @ a = 1 # pullproof: ignore[x] why"],
        ),
        ("# ignore[x] why\na = 1\nb = 2\n", &["x: why @ a = 1"]),
        (
            "# ignore[x] why\n[[r]]\na = 1\n[[r.m]]\nb = 1\n[[r]]\na = 2\n",
            &["x: why @ [[r]]\na = 1\n[[r.m]]\nb = 1\n"],
        ),
        (
            "# ignore[x] why\n[[r]]\na = '''\n# ignore[y] why'''",
            &["x: why @ [[r]]\na = '''\n# pullproof: ignore[y] why'''"],
        ),
    ];
    for (text, expected) in cases {
        let text = text.replace("# ignore", "# pullproof: ignore");
        let (files, ignores) = of_toml(&text);
        assert_eq!(told(&files, &ignores), expected, "{text}");
    }
}

#[test]
fn an_annotation_covers_its_object() {
    type Said<'a> = &'a [(&'a str, &'a str)];
    let cases: [(&str, Said<'_>, usize); 6] = [
        ("\"x: why\"", &[("x", "why")], 0),
        (
            "\" x,y : why: so ; z: too;\"",
            &[("x+y", "why: so"), ("z", "too")],
            0,
        ),
        ("x", &[("x", "")], 0),
        ("\"x y: why\"", &[], 1),
        ("3", &[], 1),
        ("\"\"", &[], 0),
    ];
    for (value, expected, n_faults) in cases {
        let text = format!("kind: A\nmetadata:\n  annotations:\n    {ANNOTATION}: {value}\n");
        let (files, ignores) = of_yaml(&text);
        let found: Vec<(String, &str)> = ignores
            .ignores
            .iter()
            .map(|ignore| {
                assert_eq!(files.slice(ignore.covers), text.trim_end());
                let names: Vec<&str> = ignore.names.iter().map(|name| &*name.value).collect();
                (names.join("+"), ignore.reason.as_str())
            })
            .collect();
        let found: Vec<(&str, &str)> = found.iter().map(|(names, why)| (&**names, *why)).collect();
        assert_eq!(found, expected, "{value}");
        assert_eq!(ignores.faults.len(), n_faults, "{value}");
    }
}

#[test]
fn names_end_at_the_limit() {
    for (n_names, n_ignores, n_faults) in [(NAMES_MAX, 4, 0), (NAMES_MAX + 1, 3, 1)] {
        let list = vec!["x"; n_names - 3].join(",");
        let one = "a: 1 # pullproof: ignore[x] why\n---\n";
        let more = format!("a: 1 # pullproof: ignore[{list}] why\n---\n");
        // What comes after the limit is not told again.
        let beyond = if n_faults == 0 { "" } else { one };
        let (_, ignores) = of_yaml(&format!("{}{more}{beyond}", one.repeat(3)));
        assert_eq!(ignores.ignores.len(), n_ignores);
        assert_eq!(ignores.faults.len(), n_faults);
    }
}

#[test]
fn a_comment_can_be_taken_away() {
    for (text, expected) in [
        ("a: 1  # pullproof: ignore[x] why\nb: 2\n", "a: 1\nb: 2\n"),
        ("a:\n  # pullproof: ignore[x] why\n  b: 2\n", "a:\n  b: 2\n"),
        ("a: 1\n# pullproof: ignore[x] why", "a: 1\n"),
    ] {
        let (_, ignores) = of_yaml(text);
        let removal = ignores.ignores[0].removal.unwrap();
        let mut left = text.to_owned();
        left.replace_range(removal.range(), "");
        assert_eq!(left, expected);
    }
}

#[test]
fn a_text_of_comments_alone_is_soon_read() {
    let comment = "# pullproof: ignore[x] why\n";
    let at_top = "# pullproof: ignore-file[x] why\n";
    let fill = |n_bytes: usize, line: &str| line.repeat(n_bytes / line.len());
    // As long as a text may be, so that time that grows with the square shows.
    let long = document::MAX_BYTES - 100;
    let many = format!("{}a: 1\n", fill(long, comment));
    let between = format!("a:\n{}  b: 1\n", fill(long, comment));
    let in_flow = format!("a: [\n{}]\n", fill(long, comment));
    let of_file = format!("{}a: 1\n", fill(long, at_top));
    let behind = format!("a: 1\n{}", fill(long, at_top));
    let before_few = format!(
        "{}{}a: 1\n",
        comment.repeat(900),
        fill(long - 900 * 30, "#\n")
    );
    for (text, n_ignores) in [
        (many, NAMES_MAX),
        (between, NAMES_MAX),
        (in_flow, NAMES_MAX),
        (of_file, NAMES_MAX),
        (behind, 0),
        (before_few, 900),
    ] {
        let (_, ignores) = of_yaml(&text);
        assert_eq!(ignores.ignores.len(), n_ignores, "{text:.40}");
        let (_, ignores) = of_toml(&text);
        assert_eq!(ignores.ignores.len(), n_ignores, "{text:.40}");
    }
    let nested = "# pullproof: ignore[x] why\n[a]\n[a.a]\n";
    let (_, ignores) = of_toml(&fill(long, nested));
    assert_eq!(ignores.ignores.len(), NAMES_MAX);
}
