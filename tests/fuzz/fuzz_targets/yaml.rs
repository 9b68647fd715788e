//! YAML and JSON: every value and every problem has a place in the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pullproof_core::document::{self, Node, Value};
use pullproof_core::file::{Files, Span};
use pullproof_core::resource;

fuzz_target!(|text: &str| {
    let mut files = Files::new();
    let file = files.add("input.yaml", text);
    let (documents, problems) = document::read(&files, file);
    let check = |span: Span| {
        assert_eq!(span.file, file);
        assert!(
            text.get(span.range()).is_some(),
            "{span:?} is no range of the text"
        );
        _ = files.position(file, span.start);
    };
    for problem in &problems {
        check(problem.span);
        _ = problem.kind.to_string();
    }
    for document in &documents {
        check(document.span);
        walk(&document.root, &check);
    }
    for object in resource::objects(documents) {
        check(object.name.span);
    }
});

fn walk(node: &Node, check: &impl Fn(Span)) {
    check(node.span);
    match &node.value {
        Value::Sequence(nodes) => nodes.iter().for_each(|node| walk(node, check)),
        Value::Mapping(mapping) => {
            for entry in mapping.entries() {
                check(entry.key.span);
                walk(&entry.value, check);
            }
        }
        _ => {}
    }
}
