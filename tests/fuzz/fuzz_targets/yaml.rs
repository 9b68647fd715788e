//! Reading a stream never panics, and every place it names is in the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pullproof_core::document::{self, Node, Value};
use pullproof_core::file::{Files, Span};

fn check(files: &Files, span: Span) {
    let text = files.text(span.file);
    assert!(text.get(span.range()).is_some(), "{span:?}");
}

fn check_node(files: &Files, node: &Node) {
    check(files, node.span);
    match &node.value {
        Value::Sequence(nodes) => nodes.iter().for_each(|node| check_node(files, node)),
        Value::Mapping(mapping) => {
            for entry in mapping.entries() {
                check(files, entry.key.span);
                check_node(files, &entry.value);
            }
        }
        _ => {}
    }
}

fuzz_target!(|text: &str| {
    let mut files = Files::new();
    let file = files.add("input.yaml", text);
    let (documents, problems) = document::read(&files, file);
    for document in &documents {
        check_node(&files, &document.root);
    }
    for problem in &problems {
        check(&files, problem.span);
        _ = problem.kind.to_string();
    }
});
