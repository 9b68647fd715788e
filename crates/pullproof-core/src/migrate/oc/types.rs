//! The Go types that `oc` decodes an object into, and what it writes of them.

use super::json::Json;
use crate::apiserver::rfc3339;

/// A Go type: what may be decoded into it, with its name in errors where it varies.
pub(super) enum Shape {
    Text(&'static str),
    Integer,
    /// A pointer to a number.
    OptionalInteger,
    /// A pointer to a truth value.
    OptionalBool,
    Time,
    /// A pointer to anything, kept as it is.
    Raw,
    TextMap,
    /// A list and the name of its type.
    List(&'static Shape, &'static str),
    Structure(&'static Structure),
}

/// A Go structure.
pub(super) struct Structure {
    name: &'static str,
    qualified: &'static str,
    fields: &'static [Field],
}

/// A field of a structure.
struct Field {
    key: &'static str,
    shape: Shape,
    /// Whether it is written where it is empty.
    is_always: bool,
}

const fn field(key: &'static str, shape: Shape) -> Field {
    Field {
        key,
        shape,
        is_always: false,
    }
}

const fn always(key: &'static str, shape: Shape) -> Field {
    Field {
        key,
        shape,
        is_always: true,
    }
}

const STRING: Shape = Shape::Text("string");
static STRING_ELEMENT: Shape = STRING;

// From openshift/api, operator/v1alpha1/types_image_content_source_policy.go.
pub(super) static POLICY: Structure = Structure {
    name: "ImageContentSourcePolicy",
    qualified: "v1alpha1.ImageContentSourcePolicy",
    fields: &[
        field("kind", STRING),
        field("apiVersion", STRING),
        always("metadata", Shape::Structure(&OBJECT_META)),
        always("spec", Shape::Structure(&SPEC)),
    ],
};
static SPEC: Structure = Structure {
    name: "ImageContentSourcePolicySpec",
    qualified: "v1alpha1.ImageContentSourcePolicySpec",
    fields: &[always(
        "repositoryDigestMirrors",
        Shape::List(&ENTRY, "[]v1alpha1.RepositoryDigestMirrors"),
    )],
};
static ENTRY: Shape = Shape::Structure(&Structure {
    name: "RepositoryDigestMirrors",
    qualified: "v1alpha1.RepositoryDigestMirrors",
    fields: &[
        always("source", STRING),
        field("mirrors", Shape::List(&STRING_ELEMENT, "[]string")),
    ],
});
// From apimachinery, apis/meta/v1/types.go.
static OBJECT_META: Structure = Structure {
    name: "ObjectMeta",
    qualified: "v1.ObjectMeta",
    fields: &[
        field("name", STRING),
        field("generateName", STRING),
        field("namespace", STRING),
        field("selfLink", STRING),
        field("uid", Shape::Text("types.UID")),
        field("resourceVersion", STRING),
        field("generation", Shape::Integer),
        field("creationTimestamp", Shape::Time),
        field("deletionTimestamp", Shape::Time),
        field("deletionGracePeriodSeconds", Shape::OptionalInteger),
        field("labels", Shape::TextMap),
        field("annotations", Shape::TextMap),
        field(
            "ownerReferences",
            Shape::List(&OWNER, "[]v1.OwnerReference"),
        ),
        field("finalizers", Shape::List(&STRING_ELEMENT, "[]string")),
        field(
            "managedFields",
            Shape::List(&MANAGED, "[]v1.ManagedFieldsEntry"),
        ),
    ],
};
static OWNER: Shape = Shape::Structure(&Structure {
    name: "OwnerReference",
    qualified: "v1.OwnerReference",
    fields: &[
        always("apiVersion", STRING),
        always("kind", STRING),
        always("name", STRING),
        always("uid", Shape::Text("types.UID")),
        field("controller", Shape::OptionalBool),
        field("blockOwnerDeletion", Shape::OptionalBool),
    ],
});
static MANAGED: Shape = Shape::Structure(&Structure {
    name: "ManagedFieldsEntry",
    qualified: "v1.ManagedFieldsEntry",
    fields: &[
        field("manager", STRING),
        field("operation", Shape::Text("v1.ManagedFieldsOperationType")),
        field("apiVersion", STRING),
        field("time", Shape::Time),
        field("fieldsType", STRING),
        field("fieldsV1", Shape::Raw),
        field("subresource", STRING),
    ],
});

/// Decodes an object into a structure; what is absent or null where it may be is `Json::Null`.
///
/// # Errors
/// The first value of a wrong type; a wrong time comes before all others.
// From kubernetes-sigs/json, decode.go: keys are taken as they are written, and a key that comes
// again is decoded into what the first one left.
pub(super) fn decode(structure: &'static Structure, object: &Json) -> Result<Json, String> {
    let mut decoder = Decoder::default();
    let mut decoded = Json::Null;
    decoder.structure(structure, object, &mut decoded)?;
    match decoder.fault {
        Some(fault) => Err(fault),
        None => Ok(decoded),
    }
}

#[derive(Default)]
struct Decoder {
    fault: Option<String>,
    /// The innermost structure and all keys since the outermost, as errors name them.
    structure: &'static str,
    keys: Vec<&'static str>,
}

impl Decoder {
    fn structure(
        &mut self,
        structure: &'static Structure,
        value: &Json,
        into: &mut Json,
    ) -> Result<(), String> {
        let pairs = match value {
            Json::Object(pairs) => pairs,
            Json::Null => return Ok(()),
            _ => {
                self.mismatch(value.type_name(), structure.qualified);
                return Ok(());
            }
        };
        let mut fields = match std::mem::replace(into, Json::Null) {
            Json::Object(fields) => fields,
            _ => Vec::new(),
        };
        let around = self.structure;
        for (key, value) in pairs {
            let Some(field) = structure.fields.iter().find(|field| field.key == key) else {
                continue;
            };
            self.structure = structure.name;
            self.keys.push(field.key);
            let idx = match fields.iter().position(|(key, _)| key == field.key) {
                Some(idx) => idx,
                None => {
                    fields.push((key.clone(), Json::Null));
                    fields.len() - 1
                }
            };
            self.value(&field.shape, value, &mut fields[idx].1)?;
            self.keys.pop();
            self.structure = around;
        }
        *into = Json::Object(fields);
        Ok(())
    }

    fn value(
        &mut self,
        shape: &'static Shape,
        value: &Json,
        into: &mut Json,
    ) -> Result<(), String> {
        match (shape, value) {
            (Shape::Structure(structure), _) => return self.structure(structure, value, into),
            // What is no pointer, list or map keeps what it has.
            (Shape::Text(_) | Shape::Integer, Json::Null) => {}
            (_, Json::Null) => *into = Json::Null,
            (Shape::Raw, _)
            | (Shape::Text(_), Json::String(_))
            | (Shape::OptionalBool, Json::Bool(_)) => *into = value.clone(),
            (Shape::Integer | Shape::OptionalInteger, Json::Number(text)) => {
                match text.parse::<i64>() {
                    Ok(_) => *into = value.clone(),
                    Err(_) => self.mismatch(&format!("number {text}"), "int64"),
                }
            }
            (Shape::Time, Json::String(text)) => match rfc3339::fault(text) {
                Some(fault) => return Err(fault),
                None => *into = Json::String(rfc3339::in_utc(text)),
            },
            (Shape::Time, _) => {
                let found = value.type_name();
                return Err(format!(
                    "json: cannot unmarshal {found} into Go value of type string"
                ));
            }
            (Shape::TextMap, Json::Object(pairs)) => self.text_map(pairs, into)?,
            (Shape::List(element, _), Json::Array(values)) => {
                let mut elements = match std::mem::replace(into, Json::Null) {
                    Json::Array(elements) => elements,
                    _ => Vec::new(),
                };
                elements.resize(values.len(), Json::Null);
                for (value, into) in values.iter().zip(&mut elements) {
                    self.value(element, value, into)?;
                }
                *into = Json::Array(elements);
            }
            (Shape::Text(name) | Shape::List(_, name), _) => {
                self.mismatch(value.type_name(), name);
            }
            (Shape::Integer | Shape::OptionalInteger, _) => {
                self.mismatch(value.type_name(), "int64");
            }
            (Shape::OptionalBool, _) => self.mismatch(value.type_name(), "bool"),
            (Shape::TextMap, _) => self.mismatch(value.type_name(), "map[string]string"),
        }
        Ok(())
    }

    fn text_map(&mut self, pairs: &[(String, Json)], into: &mut Json) -> Result<(), String> {
        let mut entries = match std::mem::replace(into, Json::Null) {
            Json::Object(entries) => entries,
            _ => Vec::new(),
        };
        for (key, value) in pairs {
            let mut text = Json::String(String::new());
            self.value(&STRING_ELEMENT, value, &mut text)?;
            entries.retain(|(other, _)| other != key);
            entries.push((key.clone(), text));
        }
        *into = Json::Object(entries);
        Ok(())
    }

    // From golang/go, encoding/json UnmarshalTypeError.
    fn mismatch(&mut self, found: &str, expected: &str) {
        if self.fault.is_none() {
            let field = self.keys.join(".");
            self.fault = Some(format!(
                "json: cannot unmarshal {found} into Go struct field {}.{field} of type {expected}",
                self.structure
            ));
        }
    }
}

/// The metadata and the entries of a decoded policy, as they are written.
pub(super) fn parts(policy: &Json) -> (Json, Vec<Json>) {
    let metadata = get(policy, "metadata").unwrap_or(&Json::Null);
    let mut metadata = written(&Shape::Structure(&OBJECT_META), metadata);
    if let Json::Object(pairs) = &mut metadata {
        pairs.retain(|(key, _)| key != "creationTimestamp");
    }
    let spec = get(policy, "spec");
    let entries = match spec.and_then(|spec| get(spec, "repositoryDigestMirrors")) {
        Some(Json::Array(entries)) => entries.iter().map(|entry| written(&ENTRY, entry)).collect(),
        _ => Vec::new(),
    };
    (metadata, entries)
}

/// A value of an object; `None` where there is none.
pub(super) fn get<'a>(object: &'a Json, key: &str) -> Option<&'a Json> {
    match object {
        Json::Object(pairs) => Some(&pairs.iter().find(|(other, _)| other == key)?.1),
        _ => None,
    }
}

/// A decoded value as it is written: without what is empty and may be left out.
// From apimachinery, runtime/converter.go toUnstructured.
fn written(shape: &Shape, value: &Json) -> Json {
    match (shape, value) {
        (Shape::Structure(structure), _) => {
            let pairs = structure.fields.iter().filter_map(|field| {
                let value = get(value, field.key).unwrap_or(&Json::Null);
                let is_left_out = !field.is_always && is_empty(&field.shape, value);
                (!is_left_out).then(|| (field.key.to_owned(), written(&field.shape, value)))
            });
            Json::Object(pairs.collect())
        }
        (Shape::List(element, _), Json::Array(elements)) => {
            let elements = elements.iter().map(|value| written(element, value));
            Json::Array(elements.collect())
        }
        (Shape::Text(_), Json::Null) => Json::String(String::new()),
        // The first second of all, which Go takes for no time.
        (Shape::Time, Json::String(text)) if text == "0001-01-01T00:00:00Z" => Json::Null,
        _ => value.clone(),
    }
}

fn is_empty(shape: &Shape, value: &Json) -> bool {
    match (shape, value) {
        (_, Json::Null) => true,
        (Shape::Text(_), Json::String(text)) => text.is_empty(),
        (Shape::Integer, Json::Number(text)) => text.parse() == Ok(0),
        (Shape::List(..), Json::Array(elements)) => elements.is_empty(),
        (Shape::TextMap, Json::Object(pairs)) => pairs.is_empty(),
        _ => false,
    }
}
