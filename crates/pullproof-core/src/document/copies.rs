//! What aliases stand for: a value that they copy is in the tree twice, with one place.

use super::{Node, Value};
use crate::file::Span;
use crate::order;

/// Adds the places of values that are copies of values elsewhere.
///
/// Nodes have no mark for it, but values are written in the order of the tree, and a copy stands
/// before what is around it. A key that was given twice looks the same, since the last one stands
/// in the place of the first.
pub fn find(root: &Node, copies: &mut Vec<Span>) {
    let (mut at, end) = (root.span.start, root.span.end);
    let mut check = |span: Span, copies: &mut Vec<Span>| {
        let is_copy = span.file != root.span.file || span.start < at || end < span.end;
        if is_copy {
            copies.push(span);
        } else {
            at = span.end;
        }
        is_copy
    };
    match &root.value {
        Value::Sequence(nodes) => {
            for node in nodes {
                if !check(node.span, copies) {
                    find(node, copies);
                }
            }
        }
        Value::Mapping(mapping) => {
            for entry in mapping.entries() {
                let is_copy = check(entry.key.span, copies);
                if !check(entry.value.span, copies) && !is_copy {
                    find(&entry.value, copies);
                }
            }
        }
        _ => {}
    }
}

/// The same places by place, those that overlap made one.
pub fn join(mut copies: Vec<Span>) -> Vec<Span> {
    order::sort(&mut copies);
    let mut joined: Vec<Span> = Vec::with_capacity(copies.len());
    for copy in copies {
        match joined.last_mut() {
            Some(last) if last.file == copy.file && copy.start < last.end => {
                last.end = last.end.max(copy.end);
            }
            _ => joined.push(copy),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::file::Files;

    #[test]
    fn copies_are_told_from_what_is_written() {
        for (text, expected) in [
            ("a: b\nc: [d, e, {f: g}]\nh:\n- i\n- j: k\n  l:\n", &[][..]),
            ("{\"a\": [1, {\"b\": null}]}", &[]),
            ("a: &x b\nc: d\n", &[]),
            ("a: &x b\nc: *x\n", &["b"]),
            ("a: [&x b, *x]\n", &["b"]),
            ("a: &x {b: [c]}\nd:\n- *x\n- *x\n", &["{b: [c]}"]),
            ("a: &x {b: c}\nd:\n  <<: *x\n", &["b", "c"]),
            ("a: &x {b: &y c}\nd: *y\ne: *x\n", &["{b: &y c}"]),
            ("a:\n  <<: {b: c}\n  d: e\n", &[]),
        ] {
            let mut files = Files::new();
            let file = files.add("a.yaml", text);
            let (documents, _) = document::read(&files, file);
            let mut copies = Vec::new();
            find(&documents[0].root, &mut copies);
            let copies: Vec<&str> = join(copies).into_iter().map(|it| files.slice(it)).collect();
            assert_eq!(copies, expected, "{text}");
        }
    }
}
