//! How the API server decodes an object: its kind, its `metadata`, then what its schema knows.

use super::body::{body, summary};
use super::crds::Resource;
use super::object_meta::{self, ObjectMeta};
use super::prune::{Pruned, prune};
use super::refusal::{Refusal, Unhandled};
use super::schema::Schema;
use crate::document::{Node, Value};
use crate::file::{Span, Spanned};
use std::borrow::Cow;

/// A refusal and where it points.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) span: Span,
    pub(super) refusal: Refusal,
}

#[cold]
#[inline(never)]
fn refused(span: Span, refusal: Refusal) -> Box<Refused> {
    Box::new(Refused { span, refusal })
}

/// Where a key's value is, or else what it is missing from.
pub(super) fn place_of(object: &Node, key: &str) -> Span {
    object.get(key).map_or(object.span, |node| node.span)
}

/// An object as the server has it in memory.
pub(super) struct Decoded<'a> {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: Spanned<String>,
    /// `None` when absent.
    pub(super) meta: Option<ObjectMeta>,
    /// Without the fields that are unknown; `metadata` is as written.
    pub(super) root: Cow<'a, Node>,
    pub(super) pruned: Vec<Pruned>,
}

/// Decodes an object that is sent as a kind, and drops what is unknown.
///
/// # Errors
/// The first reason for which the server cannot decode it.
// From apimachinery, runtime/serializer/json Serializer.Decode;
// apiextensions-apiserver, apiserver/customresource_handler.go unstructuredSchemaCoercer.apply.
pub(super) fn decode<'a>(
    resource: Resource,
    schema: &Schema,
    object: &'a Node,
) -> Result<Decoded<'a>, Box<Refused>> {
    let expected = resource.kind();
    interpret(expected, object)?;
    let kind = object.get("kind").and_then(|node| node.as_str());
    let Some(kind) = kind.filter(|kind| !kind.is_empty()) else {
        let body = body(object);
        let span = place_of(object, "kind");
        return Err(refused(span, Refusal::NoKind { expected, body }));
    };
    let kind = Spanned::new(kind.to_owned(), place_of(object, "kind"));
    let api_version = object.get("apiVersion");
    let (group, version) = group_version(api_version.and_then(Node::as_str).unwrap_or_default());
    let unhandled = |why| Refusal::Unhandled {
        kind: kind.value.clone(),
        version: version.to_owned(),
        expected,
        why,
    };
    if let Some(api_version) = api_version
        && api_version.is_null()
    {
        return Err(refused(
            api_version.span,
            unhandled(Unhandled::NullApiVersion),
        ));
    }
    let (meta, mut pruned) = match object.get("metadata").map(object_meta::decode) {
        None => (None, Vec::new()),
        Some(Ok((meta, pruned))) => (Some(meta), pruned),
        Some(Err(fault)) => return Err(refused(fault.span, unhandled(Unhandled::Metadata(fault)))),
    };
    let root = if group == resource.group() && kind.value == expected {
        let schema = (version == resource.version()).then_some(schema);
        let (root, unknown) = prune(object, schema);
        pruned.extend(unknown);
        root
    } else {
        Cow::Borrowed(object)
    };
    Ok(Decoded {
        group: group.to_owned(),
        version: version.to_owned(),
        kind,
        meta,
        root,
        pruned,
    })
}

/// Checks that an object has a shape in which the server looks for a kind.
// From apimachinery, runtime/serializer/json/meta.go Interpret.
fn interpret(expected: &'static str, object: &Node) -> Result<(), Box<Refused>> {
    let found = object_meta::found(&object.value);
    let entries = match &object.value {
        Value::Mapping(mapping) => mapping.entries(),
        Value::Null => &[],
        _ => {
            let summary = summary(&body(object));
            let refusal = Refusal::NoObject {
                expected,
                found,
                summary,
            };
            return Err(refused(object.span, refusal));
        }
    };
    let mut api_version = None;
    for entry in entries {
        // Here alone the server takes keys in any case.
        let key = match entry.key.value.to_ascii_lowercase().as_str() {
            "apiversion" => "apiVersion",
            "kind" => "kind",
            _ => continue,
        };
        match &entry.value.value {
            Value::String(text) if key == "apiVersion" => {
                api_version = Some((entry.value.span, text));
            }
            Value::String(_) | Value::Null => {}
            value => {
                let refusal = Refusal::WrongTypeMeta {
                    expected,
                    key,
                    found: object_meta::found(value),
                    summary: summary(&body(object)),
                };
                return Err(refused(entry.value.span, refusal));
            }
        }
    }
    match api_version {
        Some((span, text)) if 1 < text.matches('/').count() => {
            let refusal = Refusal::ManySlashes {
                expected,
                api_version: text.clone(),
                summary: summary(&body(object)),
            };
            Err(refused(span, refusal))
        }
        _ => Ok(()),
    }
}

/// Group and version of an `apiVersion` with at most one slash.
// From apimachinery, runtime/schema ParseGroupVersion.
fn group_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}
