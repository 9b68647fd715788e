//! A tree without its places, as JSON values.

use super::{Node, Value};
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
