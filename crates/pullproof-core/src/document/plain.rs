//! A tree without its places, as JSON values.

use super::{Mapping, Node, Value};
use crate::order;
use serde_json::json;

/// The value of a node; numbers that JSON cannot say become null, a date
/// is its text, and of keys that stand twice the last one counts.
pub fn plain(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => json!(value),
        Value::Integer(value) => json!(value),
        Value::Float(value) => json!(value),
        Value::String(text) | Value::Datetime(text) => json!(text),
        Value::Sequence(nodes) => nodes.iter().map(plain).collect(),
        Value::Mapping(mapping) => {
            let entries = mapping.entries().iter();
            let entries = entries.map(|entry| (entry.key.value.clone(), plain(&entry.value)));
            serde_json::Value::Object(entries.collect())
        }
    }
}

/// Whether two nodes have the same value, without making it.
pub fn is_same(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Float(left), Value::Float(right)) => {
            left == right || !left.is_finite() && !right.is_finite()
        }
        (Value::Float(number), Value::Null) | (Value::Null, Value::Float(number)) => {
            !number.is_finite()
        }
        (
            Value::String(left) | Value::Datetime(left),
            Value::String(right) | Value::Datetime(right),
        ) => left == right,
        (Value::Sequence(left), Value::Sequence(right)) => {
            let mut pairs = left.iter().zip(right);
            left.len() == right.len() && pairs.all(|(left, right)| is_same(left, right))
        }
        (Value::Mapping(left), Value::Mapping(right)) => {
            let (left, right) = (in_order(left), in_order(right));
            let mut pairs = left.iter().zip(&right);
            left.len() == right.len()
                && pairs.all(|(left, right)| left.0 == right.0 && is_same(left.1, right.1))
        }
        (left, right) => left == right,
    }
}

fn in_order(mapping: &Mapping) -> Vec<(&str, &Node)> {
    let entries = mapping.entries().iter();
    let entries = entries.map(|entry| (entry.key.value.as_str(), &entry.value));
    let mut entries: Vec<_> = entries.collect();
    order::sort_by_key(&mut entries, |(key, _)| *key);
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::file::Files;

    #[test]
    fn nodes_are_the_same_where_their_values_are() {
        let texts = [
            "~",
            "true",
            "false",
            "1",
            "2",
            "1.5",
            "2.5",
            "a",
            "'1'",
            "[]",
            "[1]",
            "[1, 2]",
            "[2, 1]",
            "{}",
            "{a: 1}",
            "{a: 2}",
            "{b: 1}",
            "{a: 1, b: 2}",
            "{b: 2, a: 1}",
            "{a: {c: [1, {d: 1}]}}",
            "{a: {c: [1, {d: 2}]}}",
        ];
        let mut files = Files::new();
        let nodes = texts.map(|text| {
            let file = files.add("text, in a mapping", format!("value: {text}"));
            let (documents, _) = document::read(&files, file);
            documents.into_iter().next().expect("it is YAML").root
        });
        for left in &nodes {
            for right in &nodes {
                let expected = plain(left) == plain(right);
                assert_eq!(is_same(left, right), expected, "{left:?} and {right:?}");
            }
        }
    }
}
