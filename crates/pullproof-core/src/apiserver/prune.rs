//! What the API server silently drops from an object: unknown fields, and nulls.

use super::cause::FACTS_MAX;
use super::path::{Path, Trail};
use super::schema::Schema;
use crate::document::{Entry, Mapping, Node, Value};
use crate::file::Span;
use crate::order;
use std::borrow::Cow;

/// A field that the API server does not know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pruned {
    /// Where in the object.
    pub path: Path,
    /// The key.
    pub span: Span,
}

/// Keys that every object has at its root, whatever its schema says.
const ROOT_KEYS: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// What is left of an object under a schema, and what was unknown, in the order of the paths' texts.
///
/// At most `FACTS_MAX` unknown fields are told; all are dropped.
/// Without a schema, as for a version that is not served, only the root keys are known.
// From apiextensions-apiserver, schema/pruning PruneWithOptions,
// then schema/defaulting PruneNonNullableNullsWithoutDefaults.
pub(super) fn prune<'a>(root: &'a Node, schema: Option<&Schema>) -> (Cow<'a, Node>, Vec<Pruned>) {
    let mut pruned = Vec::new();
    if is_known(root, schema, Depth::Root) {
        return (Cow::Borrowed(root), pruned);
    }
    let kept = keep(root, schema, &Trail::Root, &mut pruned);
    let pruned = pruned.into_iter();
    let mut pruned: Vec<_> = pruned
        .map(|field| (field.path.to_string(), field))
        .collect();
    order::sort_by(&mut pruned, |left, right| left.0.cmp(&right.0));
    let pruned = pruned.into_iter().map(|(_, field)| field);
    (Cow::Owned(kept), pruned.collect())
}

/// Whether a value is all of an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Root,
    Inner,
}

/// Whether nothing of a value is dropped, as of nearly every object.
fn is_known(node: &Node, schema: Option<&Schema>, depth: Depth) -> bool {
    match &node.value {
        Value::Mapping(mapping) => mapping.entries().iter().all(|entry| {
            let key = entry.key.value.as_str();
            if depth == Depth::Root && ROOT_KEYS.contains(&key) {
                return true;
            }
            let property = schema.and_then(|schema| schema.property(key));
            let is_kept = property.is_some() && !entry.value.is_null();
            is_kept && is_known(&entry.value, property, Depth::Inner)
        }),
        Value::Sequence(nodes) => {
            let items = schema.and_then(|schema| schema.items);
            nodes.iter().all(|node| is_known(node, items, Depth::Inner))
        }
        _ => true,
    }
}

fn keep(node: &Node, schema: Option<&Schema>, trail: &Trail, pruned: &mut Vec<Pruned>) -> Node {
    let value = match &node.value {
        Value::Mapping(mapping) => {
            let entries = mapping
                .entries()
                .iter()
                .filter_map(|entry| keep_entry(entry, schema, trail, pruned))
                .collect();
            Value::Mapping(Mapping::from_entries(entries).0)
        }
        Value::Sequence(nodes) => {
            let items = schema.and_then(|schema| schema.items);
            let nodes = nodes.iter().enumerate();
            Value::Sequence(
                nodes
                    .map(|(at, node)| keep(node, items, &Trail::Index(trail, at), pruned))
                    .collect(),
            )
        }
        scalar => scalar.clone(),
    };
    Node {
        span: node.span,
        value,
    }
}

fn keep_entry(
    entry: &Entry,
    schema: Option<&Schema>,
    trail: &Trail,
    pruned: &mut Vec<Pruned>,
) -> Option<Entry> {
    let key = entry.key.value.as_str();
    if matches!(trail, Trail::Root) && ROOT_KEYS.contains(&key) {
        return Some(entry.clone());
    }
    let inner = Trail::Key(trail, key);
    let Some(schema) = schema.and_then(|schema| schema.property(key)) else {
        if pruned.len() < FACTS_MAX {
            pruned.push(Pruned {
                path: inner.path(),
                span: entry.key.span,
            });
        }
        return None;
    };
    if entry.value.is_null() {
        return None;
    }
    Some(Entry {
        key: entry.key.clone(),
        value: keep(&entry.value, Some(schema), &inner, pruned),
    })
}
