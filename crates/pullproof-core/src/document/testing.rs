//! What the tests of the readers share.

use super::{Node, Problem, Value};
use crate::file::Files;

/// A tree on one line; floats end in `f`, dates stand between `<` and `>`.
pub(super) fn show(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(boolean) => boolean.to_string(),
        Value::Integer(integer) => integer.to_string(),
        Value::Float(float) => format!("{float}f"),
        Value::String(text) => format!("{text:?}"),
        Value::Datetime(text) => format!("<{text}>"),
        Value::Sequence(nodes) => {
            let nodes: Vec<_> = nodes.iter().map(show).collect();
            format!("[{}]", nodes.join(", "))
        }
        Value::Mapping(mapping) => {
            let entries = mapping.entries().iter();
            let entries: Vec<_> = entries
                .map(|entry| format!("{}: {}", entry.key.value, show(&entry.value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// The text of every node and key, parents first.
pub(super) fn slices<'files>(files: &'files Files, node: &Node) -> Vec<&'files str> {
    let mut texts = vec![files.slice(node.span)];
    for child in node.as_sequence().unwrap_or_default() {
        texts.extend(slices(files, child));
    }
    for entry in node
        .as_mapping()
        .map_or(&[][..], |mapping| mapping.entries())
    {
        texts.push(files.slice(entry.key.span));
        texts.extend(slices(files, &entry.value));
    }
    texts
}

/// Each problem with its bytes.
pub(super) fn problems_of(files: &Files, problems: &[Problem]) -> Vec<String> {
    let problems = problems.iter().map(|problem| {
        let range = problem.span.range();
        assert!(files.text(problem.span.file).get(range.clone()).is_some());
        format!("{range:?} {}", problem.kind)
    });
    problems.collect()
}
