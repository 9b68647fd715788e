//! `metadata` as the API server decodes it into its own type, and gives it back.

use super::go_value::json_number;
use super::path::{Path, Step, Trail};
use super::prune::Pruned;
use super::rfc3339;
use crate::document::{Entry, Mapping, Node, Value};
use crate::file::{Span, Spanned};
use crate::order;
use std::fmt;

/// `metadata` of an object, without what the server sets or wipes itself.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct ObjectMeta {
    /// All of it.
    pub(super) span: Span,
    /// The name; empty when absent.
    pub(super) name: Spanned<String>,
    /// The start of a name that the server completes; empty when absent.
    pub(super) generate_name: Spanned<String>,
    /// The version that the object was read at; empty when absent.
    pub(super) resource_version: String,
    /// Labels, in the order of their keys.
    pub(super) labels: Vec<Pair>,
    /// Annotations, in the order of their keys.
    pub(super) annotations: Vec<Pair>,
    /// Owners.
    pub(super) owner_references: Vec<OwnerReference>,
    /// Finalizers.
    pub(super) finalizers: Vec<Spanned<String>>,
}

/// A label or annotation.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Pair {
    pub(super) key: Spanned<String>,
    pub(super) value: Spanned<String>,
}

/// A reference to an owner.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct OwnerReference {
    pub(super) span: Span,
    pub(super) api_version: Spanned<String>,
    pub(super) kind: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) uid: Spanned<String>,
    pub(super) controller: Option<bool>,
    pub(super) block_owner_deletion: Option<bool>,
}

impl OwnerReference {
    /// What a reference says, wherever it was written.
    pub(super) fn saying(&self) -> ([String; 4], [Option<bool>; 2]) {
        let texts = [&self.api_version, &self.kind, &self.name, &self.uid];
        let flags = [self.controller, self.block_owner_deletion];
        (texts.map(|text| text.value.clone()), flags)
    }
}

/// Why `metadata` could not be decoded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DecodeFault {
    /// Where.
    pub path: Path,
    /// The value.
    pub span: Span,
    /// What.
    pub kind: DecodeFaultKind,
}

/// What can be wrong with a value of `metadata`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DecodeFaultKind {
    /// It has another type than the server's own.
    WrongType {
        /// The JSON type that it has, and its text for a number that does not fit.
        found: String,
        /// The Go type it must have.
        expected: &'static str,
        /// The Go structure that it is in; empty for `metadata` itself.
        structure: &'static str,
        /// The keys that lead to it, joined by dots.
        field: String,
    },
    /// It is no time; the text is Go's.
    NoTime(String),
}

impl fmt::Display for DecodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            DecodeFaultKind::WrongType {
                found,
                expected,
                structure,
                field,
            } => {
                // From the Go library, encoding/json UnmarshalTypeError.
                write!(f, "json: cannot unmarshal {found} into Go ")?;
                if structure.is_empty() {
                    write!(f, "value of type {expected}")
                } else {
                    write!(f, "struct field {structure}.{field} of type {expected}")
                }
            }
            DecodeFaultKind::NoTime(text) => f.write_str(text),
        }
    }
}

/// The shape of a value in the server's own types, with the Go name where it varies.
enum Shape {
    Text(&'static str),
    Integer,
    Bool,
    Time,
    Texts,
    TextMap,
    Structures(&'static Structure),
    /// Anything, kept as it is.
    Raw,
}

/// A Go structure.
struct Structure {
    name: &'static str,
    qualified: &'static str,
    list: &'static str,
    fields: &'static [(&'static str, Shape)],
}

// From apimachinery, apis/meta/v1/types.go.
static OBJECT_META: Structure = Structure {
    name: "ObjectMeta",
    qualified: "v1.ObjectMeta",
    list: "[]v1.ObjectMeta",
    fields: &[
        ("name", Shape::Text("string")),
        ("generateName", Shape::Text("string")),
        ("namespace", Shape::Text("string")),
        ("selfLink", Shape::Text("string")),
        ("uid", Shape::Text("types.UID")),
        ("resourceVersion", Shape::Text("string")),
        ("generation", Shape::Integer),
        ("creationTimestamp", Shape::Time),
        ("deletionTimestamp", Shape::Time),
        ("deletionGracePeriodSeconds", Shape::Integer),
        ("labels", Shape::TextMap),
        ("annotations", Shape::TextMap),
        ("ownerReferences", Shape::Structures(&OWNER_REFERENCE)),
        ("finalizers", Shape::Texts),
        ("managedFields", Shape::Structures(&MANAGED_FIELDS_ENTRY)),
    ],
};
static OWNER_REFERENCE: Structure = Structure {
    name: "OwnerReference",
    qualified: "v1.OwnerReference",
    list: "[]v1.OwnerReference",
    fields: &[
        ("apiVersion", Shape::Text("string")),
        ("kind", Shape::Text("string")),
        ("name", Shape::Text("string")),
        ("uid", Shape::Text("types.UID")),
        ("controller", Shape::Bool),
        ("blockOwnerDeletion", Shape::Bool),
    ],
};
static MANAGED_FIELDS_ENTRY: Structure = Structure {
    name: "ManagedFieldsEntry",
    qualified: "v1.ManagedFieldsEntry",
    list: "[]v1.ManagedFieldsEntry",
    fields: &[
        ("manager", Shape::Text("string")),
        ("operation", Shape::Text("v1.ManagedFieldsOperationType")),
        ("apiVersion", Shape::Text("string")),
        ("time", Shape::Time),
        ("fieldsType", Shape::Text("string")),
        ("fieldsV1", Shape::Raw),
        ("subresource", Shape::Text("string")),
    ],
};

/// Most unknown fields of `metadata` that the server names.
// From sigs.k8s.io/json, saveStrictError.
const UNKNOWN_MAX: usize = 100;

/// Decodes `metadata`, and finds the fields in it that are unknown.
///
/// # Errors
/// The first value that has a wrong type, keys taken in alphabetical order;
/// a wrong time comes before all others.
// From apiextensions-apiserver, schema/objectmeta GetObjectMetaWithOptions: the server writes
// `metadata` as JSON again, which sorts it, before it decodes it.
pub(super) fn decode(node: &Node) -> Result<(ObjectMeta, Vec<Pruned>), DecodeFault> {
    let mut check = Check::default();
    let trail = Trail::Key(&Trail::Root, "metadata");
    check.structure(node, &OBJECT_META, &Context::default(), &trail)?;
    match check.fault {
        Some(fault) => Err(fault),
        None => Ok((read(node), check.unknown)),
    }
}

#[derive(Default)]
struct Check {
    fault: Option<DecodeFault>,
    unknown: Vec<Pruned>,
}

/// Where Go says that it is: the innermost structure and all keys since the outermost.
#[derive(Clone, Default)]
struct Context {
    structure: &'static str,
    fields: Vec<&'static str>,
}

impl Check {
    fn structure(
        &mut self,
        node: &Node,
        structure: &'static Structure,
        context: &Context,
        trail: &Trail,
    ) -> Result<(), DecodeFault> {
        let Value::Mapping(mapping) = &node.value else {
            self.mismatch(node, structure.qualified, context, trail);
            return Ok(());
        };
        for entry in sorted(mapping) {
            let key = entry.key.value.as_str();
            let trail = Trail::Key(trail, key);
            let Some((name, shape)) = structure.fields.iter().find(|(name, _)| *name == key) else {
                if self.unknown.len() < UNKNOWN_MAX {
                    self.unknown.push(Pruned {
                        path: trail.path(),
                        span: entry.key.span,
                    });
                }
                continue;
            };
            let mut context = context.clone();
            context.structure = structure.name;
            context.fields.push(name);
            self.shape(&entry.value, shape, &context, &trail)?;
        }
        Ok(())
    }

    fn shape(
        &mut self,
        node: &Node,
        shape: &'static Shape,
        context: &Context,
        trail: &Trail,
    ) -> Result<(), DecodeFault> {
        match (shape, &node.value) {
            (Shape::Raw, _) | (_, Value::Null) => {}
            (Shape::Text(_), Value::String(_)) | (Shape::Bool, Value::Bool(_)) => {}
            (Shape::Text(name), _) => self.mismatch(node, name, context, trail),
            (Shape::Bool, _) => self.mismatch(node, "bool", context, trail),
            (Shape::Integer, Value::Integer(_)) => {}
            (Shape::Integer, Value::Float(number)) => {
                let text = json_number(*number);
                if text.parse::<i64>().is_err() {
                    self.fault(node, format!("number {text}"), "int64", context, trail);
                }
            }
            (Shape::Integer, _) => self.mismatch(node, "int64", context, trail),
            (Shape::Time, Value::String(text)) => {
                if let Some(text) = rfc3339::fault(text) {
                    return Err(DecodeFault {
                        path: trail.path(),
                        span: node.span,
                        kind: DecodeFaultKind::NoTime(text),
                    });
                }
            }
            (Shape::Time, _) => {
                // Times decode themselves, and what they say ends the decoding.
                let found = found(&node.value).to_owned();
                return Err(wrong_type(node, found, "string", context, trail));
            }
            (Shape::Texts, Value::Sequence(nodes)) => {
                for (at, node) in nodes.iter().enumerate() {
                    let trail = Trail::Index(trail, at);
                    self.shape(node, &Shape::Text("string"), context, &trail)?;
                }
            }
            (Shape::Texts, _) => self.mismatch(node, "[]string", context, trail),
            (Shape::TextMap, Value::Mapping(mapping)) => {
                for entry in sorted(mapping) {
                    let trail = Trail::Key(trail, &entry.key.value);
                    self.shape(&entry.value, &Shape::Text("string"), context, &trail)?;
                }
            }
            (Shape::TextMap, _) => self.mismatch(node, "map[string]string", context, trail),
            (Shape::Structures(structure), Value::Sequence(nodes)) => {
                for (at, node) in nodes.iter().enumerate() {
                    if !node.is_null() {
                        let trail = Trail::Index(trail, at);
                        self.structure(node, structure, context, &trail)?;
                    }
                }
            }
            (Shape::Structures(structure), _) => {
                self.mismatch(node, structure.list, context, trail);
            }
        }
        Ok(())
    }

    fn mismatch(&mut self, node: &Node, expected: &'static str, context: &Context, trail: &Trail) {
        if !node.is_null() {
            let found = found(&node.value).to_owned();
            self.fault(node, found, expected, context, trail);
        }
    }

    fn fault(
        &mut self,
        node: &Node,
        found: String,
        expected: &'static str,
        context: &Context,
        trail: &Trail,
    ) {
        if self.fault.is_none() {
            self.fault = Some(wrong_type(node, found, expected, context, trail));
        }
    }
}

fn wrong_type(
    node: &Node,
    found: String,
    expected: &'static str,
    context: &Context,
    trail: &Trail,
) -> DecodeFault {
    DecodeFault {
        path: trail.path(),
        span: node.span,
        kind: DecodeFaultKind::WrongType {
            found,
            expected,
            structure: context.structure,
            field: context.fields.join("."),
        },
    }
}

/// Go's word for the JSON type of a value.
pub(super) fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Integer(_) | Value::Float(_) => "number",
        Value::String(_) | Value::Datetime(_) => "string",
        Value::Sequence(_) => "array",
        Value::Mapping(_) => "object",
    }
}

fn sorted(mapping: &Mapping) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = mapping.entries().iter().collect();
    order::sort_by(&mut entries, |a, b| a.key.value.cmp(&b.key.value));
    entries
}

/// Reads `metadata` whose values have the right types; null is as good as absent.
fn read(node: &Node) -> ObjectMeta {
    let items = |key: &str| match node.get(key).and_then(Node::as_sequence) {
        Some(nodes) => nodes,
        None => &[],
    };
    ObjectMeta {
        span: node.span,
        name: text(node.get("name"), node.span),
        generate_name: text(node.get("generateName"), node.span),
        resource_version: text(node.get("resourceVersion"), node.span).value,
        labels: pairs(node.get("labels")),
        annotations: pairs(node.get("annotations")),
        owner_references: items("ownerReferences").iter().map(owner).collect(),
        finalizers: items("finalizers")
            .iter()
            .map(|finalizer| text(Some(finalizer), finalizer.span))
            .collect(),
    }
}

fn text(node: Option<&Node>, parent: Span) -> Spanned<String> {
    match node {
        Some(node) => Spanned::new(node.as_str().unwrap_or_default().to_owned(), node.span),
        None => Spanned::new(String::new(), parent),
    }
}

fn pairs(node: Option<&Node>) -> Vec<Pair> {
    let Some(mapping) = node.and_then(Node::as_mapping) else {
        return Vec::new();
    };
    let entries = sorted(mapping).into_iter();
    entries
        .map(|entry| Pair {
            key: entry.key.clone(),
            value: text(Some(&entry.value), entry.key.span),
        })
        .collect()
}

fn owner(node: &Node) -> OwnerReference {
    let bool_of = |key: &str| match node.get(key)?.value {
        Value::Bool(value) => Some(value),
        _ => None,
    };
    OwnerReference {
        span: node.span,
        api_version: text(node.get("apiVersion"), node.span),
        kind: text(node.get("kind"), node.span),
        name: text(node.get("name"), node.span),
        uid: text(node.get("uid"), node.span),
        controller: bool_of("controller"),
        block_owner_deletion: bool_of("blockOwnerDeletion"),
    }
}

/// `metadata` as the server stores it: without what is empty, unknown, wiped, or its own.
// From apiextensions-apiserver, schema/objectmeta SetObjectMeta;
// apiserver, registry/rest/meta.go WipeObjectMetaSystemFields.
#[cold]
#[inline(never)]
pub(super) fn stored(meta: &ObjectMeta) -> Node {
    let ObjectMeta {
        span,
        name,
        generate_name,
        resource_version: _,
        labels,
        annotations,
        owner_references,
        finalizers,
    } = meta;
    let span = *span;
    let mut entries = Vec::new();
    for (key, text) in [("name", name), ("generateName", generate_name)] {
        if !text.value.is_empty() {
            entries.push(entry(key, string(text)));
        }
    }
    for (key, pairs) in [("labels", labels), ("annotations", annotations)] {
        if !pairs.is_empty() {
            let pairs = pairs.iter().map(|pair| Entry {
                key: pair.key.clone(),
                value: string(&pair.value),
            });
            entries.push(entry(key, mapping(span, pairs.collect())));
        }
    }
    if !owner_references.is_empty() {
        let nodes = owner_references.iter().map(stored_owner).collect();
        entries.push(entry("ownerReferences", node(span, Value::Sequence(nodes))));
    }
    if !finalizers.is_empty() {
        let nodes = finalizers.iter().map(string).collect();
        entries.push(entry("finalizers", node(span, Value::Sequence(nodes))));
    }
    mapping(span, entries)
}

fn stored_owner(owner: &OwnerReference) -> Node {
    let OwnerReference {
        span,
        api_version,
        kind,
        name,
        uid,
        controller,
        block_owner_deletion,
    } = owner;
    let mut entries = vec![
        entry("apiVersion", string(api_version)),
        entry("kind", string(kind)),
        entry("name", string(name)),
        entry("uid", string(uid)),
    ];
    for (key, value) in [
        ("controller", controller),
        ("blockOwnerDeletion", block_owner_deletion),
    ] {
        if let Some(value) = value {
            entries.push(entry(key, node(*span, Value::Bool(*value))));
        }
    }
    mapping(*span, entries)
}

fn node(span: Span, value: Value) -> Node {
    Node { span, value }
}

fn string(text: &Spanned<String>) -> Node {
    node(text.span, Value::String(text.value.clone()))
}

fn mapping(span: Span, entries: Vec<Entry>) -> Node {
    node(span, Value::Mapping(Mapping::from_entries(entries).0))
}

fn entry(key: &str, value: Node) -> Entry {
    Entry {
        key: Spanned::new(key.to_owned(), value.span),
        value,
    }
}

/// The steps from the root to `metadata` and on to a key.
pub(super) fn path_to(keys: &[&str]) -> Path {
    let keys = std::iter::once("metadata").chain(keys.iter().copied());
    Path {
        steps: keys.map(|key| Step::Key(key.to_owned())).collect(),
    }
}
