//! What a schema asks of an object: types, values, lists, and then its rules.

use super::cause::{Cause, Causes, Failure};
use super::path::Trail;
use super::schema::{ListType, Schema, Test, Type};
use crate::document::{Entry, Mapping, Node, Value};
use crate::file::{Span, Spanned};
use crate::sorted::Map;

/// Finds everything about an object that its schema's types, values and lengths forbid.
// From kube-openapi, validation/validate SchemaValidator.Validate.
pub(super) fn schema_causes(root: &Node, schema: &Schema, causes: &mut Causes) {
    check(root, schema, &Trail::Root, causes);
}

fn check(node: &Node, schema: &Schema, trail: &Trail, causes: &mut Causes) {
    if !schema.kind.holds(&node.value) {
        let failure = Failure::WrongType {
            expected: schema.kind,
            found: node.value.type_name(),
        };
        causes.push(cause(trail, node.span, failure));
    }
    match &node.value {
        Value::String(text) => check_string(node, text, schema, trail, causes),
        Value::Sequence(nodes) => check_sequence(node, nodes, schema, trail, causes),
        Value::Mapping(mapping) => check_mapping(node, mapping, schema, trail, causes),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Datetime(_) => {
        }
    }
    if !schema.values.is_empty()
        && !node
            .as_str()
            .is_some_and(|text| schema.values.contains(&text))
    {
        let failure = Failure::NotSupported {
            value: node.value.clone(),
            supported: schema.values,
        };
        causes.push(cause(trail, node.span, failure));
    }
}

/// Reports the first of length and pattern that is broken, as the server does.
fn check_string(node: &Node, text: &str, schema: &Schema, trail: &Trail, causes: &mut Causes) {
    // Lengths are in characters, which are one to four bytes: few texts have to be counted.
    let failure = if let Some(length_max) = schema.length_max
        && length_max < text.len()
        && length_max < text.chars().count()
    {
        Failure::TooLong { length_max }
    } else if let Some(length_min) = schema.length_min
        && text.len() < length_min.saturating_mul(char::MAX.len_utf8())
        && text.chars().count() < length_min
    {
        Failure::TooShort {
            value: text.to_owned(),
            length_min,
        }
    } else if let Some(pattern) = schema.pattern
        && !(pattern.matches)(text)
    {
        Failure::PatternMismatch {
            value: text.to_owned(),
            pattern,
        }
    } else {
        return;
    };
    causes.push(cause(trail, node.span, failure));
}

fn check_sequence(
    node: &Node,
    nodes: &[Node],
    schema: &Schema,
    trail: &Trail,
    causes: &mut Causes,
) {
    if let Some(items) = schema.items {
        for (at, node) in nodes.iter().enumerate() {
            check(node, items, &Trail::Index(trail, at), causes);
        }
    }
    let n_items = nodes.len();
    if let Some(items_min) = schema.items_min
        && n_items < items_min
    {
        let failure = Failure::TooFewItems { n_items, items_min };
        causes.push(cause(trail, node.span, failure));
    }
    if let Some(items_max) = schema.items_max
        && items_max < n_items
    {
        let failure = Failure::TooManyItems { n_items, items_max };
        causes.push(cause(trail, node.span, failure));
    }
}

fn check_mapping(
    node: &Node,
    mapping: &Mapping,
    schema: &Schema,
    trail: &Trail,
    causes: &mut Causes,
) {
    for entry in mapping.entries() {
        let key = entry.key.value.as_str();
        if let Some(schema) = schema.property(key) {
            check(&entry.value, schema, &Trail::Key(trail, key), causes);
        }
    }
    for key in schema.required {
        if mapping.get(key).is_none() {
            let trail = Trail::Key(trail, key);
            causes.push(cause(&trail, node.span, Failure::Required));
        }
    }
}

fn cause(trail: &Trail, span: Span, failure: Failure) -> Cause {
    Cause {
        path: trail.path(),
        span,
        failure,
    }
}

/// Finds every element of an object that its list has already.
// From apiextensions-apiserver, schema/listtype ValidateListSetsAndMaps.
pub(super) fn list_causes(root: &Node, schema: &Schema, causes: &mut Causes) {
    check_lists(root, schema, &Trail::Root, causes);
}

fn check_lists(node: &Node, schema: &Schema, trail: &Trail, causes: &mut Causes) {
    match &node.value {
        Value::Sequence(nodes) => {
            match schema.list {
                ListType::Atomic => {}
                ListType::Set => check_set(nodes, trail, causes),
                ListType::Map { key } => check_map(nodes, key, trail, causes),
            }
            if let Some(items) = schema.items {
                for (at, node) in nodes.iter().enumerate() {
                    check_lists(node, items, &Trail::Index(trail, at), causes);
                }
            }
        }
        Value::Mapping(mapping) => {
            for entry in mapping.entries() {
                let key = entry.key.value.as_str();
                if let Some(schema) = schema.property(key) {
                    check_lists(&entry.value, schema, &Trail::Key(trail, key), causes);
                }
            }
        }
        _ => {}
    }
}

fn check_set(nodes: &[Node], trail: &Trail, causes: &mut Causes) {
    // Up to this many texts looking at each pair beats sorting them.
    const SCAN_MAX: usize = 8;
    let comes_again = |(at, node): (usize, &Node)| {
        let text = node.as_str();
        text.is_none() || nodes[..at].iter().any(|earlier| earlier.as_str() == text)
    };
    if nodes.len() <= SCAN_MAX && !nodes.iter().enumerate().any(comes_again) {
        return;
    }
    for (first, at) in repetitions(nodes.iter().map(|node| identity(&node.value))) {
        let value = nodes[at].value.clone();
        let first = nodes[first].span;
        let failure = Failure::Duplicate { value, first };
        causes.push(cause(&Trail::Index(trail, at), nodes[at].span, failure));
    }
}

fn check_map(nodes: &[Node], key: &'static str, trail: &Trail, causes: &mut Causes) {
    let is_object = |node: &Node| matches!(node.value, Value::Null | Value::Mapping(_));
    if let Some(at) = nodes.iter().position(|node| !is_object(node)) {
        let value = nodes[at].value.clone();
        let failure = Failure::NoObject { value };
        causes.push(cause(&Trail::Index(trail, at), nodes[at].span, failure));
        return;
    }
    let identities = nodes.iter().map(|node| match node.get(key) {
        Some(value) => identity(&value.value),
        None => Identity::Absent,
    });
    for (first, at) in repetitions(identities) {
        let (span, entries) = match nodes[at].get(key) {
            None => (nodes[at].span, Vec::new()),
            Some(value) => {
                let key = Spanned::new(key.to_owned(), value.span);
                let value = value.clone();
                (value.span, vec![Entry { key, value }])
            }
        };
        let value = Value::Mapping(Mapping::from_entries(entries).0);
        let first = nodes[first].span;
        let failure = Failure::DuplicateKey { value, first };
        causes.push(cause(&Trail::Index(trail, at), span, failure));
    }
}

/// Where each value that comes more than once comes for the first and for the second time.
fn repetitions<'a>(values: impl Iterator<Item = Identity<'a>>) -> Vec<(usize, usize)> {
    let mut seen = Map::new();
    let mut places = Vec::new();
    for (at, value) in values.enumerate() {
        let (first, n_seen) = seen.entry(value).or_insert((at, 0_usize));
        *n_seen += 1;
        if *n_seen == 2 {
            places.push((*first, at));
        }
    }
    places
}

/// What two values share when the server takes them for the same.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identity<'a> {
    Absent,
    Text(&'a str),
    // The server compares numbers as it holds them, and 1 is not 1.0.
    Float(String),
    Json(String),
}

fn identity(value: &Value) -> Identity<'_> {
    let json = || super::go_value::json(value);
    match value {
        Value::String(text) => Identity::Text(text),
        Value::Float(_) => Identity::Float(json()),
        _ => Identity::Json(json()),
    }
}

/// Finds everything about an object that breaks the rules of its schema.
// From apiextensions-apiserver, schema/cel Validator.Validate.
pub(super) fn rule_causes(root: &Node, schema: &Schema, causes: &mut Causes) {
    check_rules(root, schema, &Trail::Root, causes);
}

/// Whether a schema has a rule anywhere.
pub(super) fn has_rules(schema: &Schema) -> bool {
    !schema.rules.is_empty()
        || schema.items.is_some_and(has_rules)
        || schema
            .properties
            .iter()
            .any(|property| has_rules(property.schema))
}

fn check_rules(node: &Node, schema: &Schema, trail: &Trail, causes: &mut Causes) {
    for rule in schema.rules {
        if !holds(&rule.test, node) {
            let value = match schema.kind {
                Type::Object | Type::Array => None,
                Type::Boolean | Type::String => Some(node.value.clone()),
            };
            let message = rule.message;
            causes.push(cause(trail, node.span, Failure::Rule { value, message }));
        }
    }
    match &node.value {
        Value::Sequence(nodes) => {
            if let Some(items) = schema.items {
                for (at, node) in nodes.iter().enumerate() {
                    check_rules(node, items, &Trail::Index(trail, at), causes);
                }
            }
        }
        Value::Mapping(mapping) => {
            for entry in mapping.entries() {
                let key = entry.key.value.as_str();
                if let Some(schema) = schema.property(key) {
                    check_rules(&entry.value, schema, &Trail::Key(trail, key), causes);
                }
            }
        }
        _ => {}
    }
}

/// Whether a rule holds; values of a wrong type are the schema's business.
fn holds(test: &Test, node: &Node) -> bool {
    match test {
        Test::NotBoth(first, second) => node.get(first).is_none() || node.get(second).is_none(),
        Test::Matches(pattern) => node.as_str().is_none_or(|text| (pattern.matches)(text)),
    }
}
