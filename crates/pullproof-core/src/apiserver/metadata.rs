//! What the API server asks of `metadata` on create.

use super::cause::{Cause, Causes, Failure, OwnerFault};
use super::go_value::json_string;
use super::names::{self, NameFault};
use super::object_meta::{ObjectMeta, OwnerReference, path_to};
use crate::document::{Node, Value};
use crate::file::{Span, Spanned};

/// Most bytes of all keys and values of annotations together.
// From apimachinery, api/validation TotalAnnotationSizeLimitB.
pub const ANNOTATIONS_BYTES_MAX: usize = 256 << 10;

/// Most owners that are told to be one controller too many, since each is told with all owners.
const CONTROLLERS_MAX: usize = 16;

/// Finds everything wrong with `metadata`; `root` is what it is missing from when it is absent.
// From apimachinery, api/validation ValidateObjectMetaAccessor.
pub(super) fn validate(meta: Option<&ObjectMeta>, root: Span, causes: &mut Causes) {
    let Some(meta) = meta else {
        causes.push(cause(&["name"], root, Failure::NameRequired));
        return;
    };
    if !meta.generate_name.value.is_empty() {
        let faults = names::subdomain_prefix_faults(&meta.generate_name.value);
        push_faults("generateName", &meta.generate_name, faults, causes);
    }
    if meta.name.value.is_empty() {
        causes.push(cause(&["name"], meta.name.span, Failure::NameRequired));
    } else {
        let faults = names::subdomain_faults(&meta.name.value);
        push_faults("name", &meta.name, faults, causes);
    }
    for label in &meta.labels {
        let faults = names::label_key_faults(&label.key.value);
        push_faults("labels", &label.key, faults, causes);
        let faults = names::label_value_faults(&label.value.value);
        push_faults("labels", &label.value, faults, causes);
    }
    for annotation in &meta.annotations {
        let faults = names::label_key_faults(&annotation.key.value.to_lowercase());
        push_faults("annotations", &annotation.key, faults, causes);
    }
    if let Some(cause) = annotations_size(meta) {
        causes.push(cause);
    }
    push_owner_faults(meta, causes);
    for finalizer in &meta.finalizers {
        let faults = names::label_key_faults(&finalizer.value);
        push_faults("finalizers", finalizer, faults, causes);
    }
    if let Some(cause) = finalizers_conflict(meta) {
        causes.push(cause);
    }
}

fn cause(keys: &[&str], span: Span, failure: Failure) -> Cause {
    Cause {
        path: path_to(keys),
        span,
        failure,
    }
}

fn push_faults(key: &str, name: &Spanned<String>, faults: Vec<NameFault>, causes: &mut Causes) {
    for fault in faults {
        let value = name.value.clone();
        causes.push(cause(&[key], name.span, Failure::Name { value, fault }));
    }
}

fn annotations_size(meta: &ObjectMeta) -> Option<Cause> {
    let sizes = meta.annotations.iter();
    let n_bytes: usize = sizes
        .map(|pair| pair.key.value.len() + pair.value.value.len())
        .sum();
    if n_bytes <= ANNOTATIONS_BYTES_MAX {
        return None;
    }
    let largest = meta
        .annotations
        .iter()
        .max_by_key(|pair| pair.value.value.len());
    let failure = Failure::TooLong {
        length_max: ANNOTATIONS_BYTES_MAX,
    };
    largest.map(|pair| cause(&["annotations"], pair.key.span, failure))
}

// From apimachinery 0.36, api/validation ValidateOwnerReferences, which names no index.
fn push_owner_faults(meta: &ObjectMeta, causes: &mut Causes) {
    let mut n_controllers = 0;
    let mut controller: Option<String> = None;
    for owner in &meta.owner_references {
        let at = |key, span, fault| cause(&["ownerReferences", key], span, Failure::Owner(fault));
        if version(&owner.api_version.value).is_empty() {
            let value = owner.api_version.value.clone();
            let fault = OwnerFault::NoVersion { value };
            causes.push(at("apiVersion", owner.api_version.span, fault));
        }
        for (key, text) in [
            ("kind", &owner.kind),
            ("name", &owner.name),
            ("uid", &owner.uid),
        ] {
            if text.value.is_empty() {
                causes.push(at(key, text.span, OwnerFault::Empty));
            }
        }
        let all = |fault| cause(&["ownerReferences"], owner.span, Failure::Owner(fault));
        if matches!(owner.api_version.value.as_str(), "v1" | "/v1") && owner.kind.value == "Event" {
            let value = owner_json(owner);
            causes.push(all(OwnerFault::Banned { value }));
        }
        if owner.controller == Some(true) {
            let second = format!("{}/{}", owner.kind.value, owner.name.value);
            n_controllers += 1;
            match &controller {
                None => controller = Some(second),
                Some(_) if CONTROLLERS_MAX < n_controllers => {}
                Some(first) => causes.push(all(OwnerFault::SecondController {
                    value: owners_json(&meta.owner_references),
                    first: first.clone(),
                    second,
                })),
            }
        }
    }
}

/// The version in an `apiVersion`; empty when there is none to find.
// From apimachinery, runtime/schema FromAPIVersionAndKind.
fn version(api_version: &str) -> &str {
    match api_version.split_once('/') {
        None => api_version,
        Some((_, version)) if version.contains('/') => "",
        Some((_, version)) => version,
    }
}

fn owners_json(owners: &[OwnerReference]) -> String {
    let owners: Vec<String> = owners.iter().map(owner_json).collect();
    format!("[{}]", owners.join(","))
}

/// A reference as Go writes the structure: its fields in the order of the type.
fn owner_json(owner: &OwnerReference) -> String {
    let mut fields: Vec<String> = [
        ("apiVersion", &owner.api_version),
        ("kind", &owner.kind),
        ("name", &owner.name),
        ("uid", &owner.uid),
    ]
    .into_iter()
    .map(|(key, text)| format!("\"{key}\":{}", json_string(&text.value)))
    .collect();
    for (key, value) in [
        ("controller", owner.controller),
        ("blockOwnerDeletion", owner.block_owner_deletion),
    ] {
        fields.extend(value.map(|value| format!("\"{key}\":{value}")));
    }
    format!("{{{}}}", fields.join(","))
}

// From apimachinery, api/validation ValidateFinalizers.
fn finalizers_conflict(meta: &ObjectMeta) -> Option<Cause> {
    let find = |name: &str| meta.finalizers.iter().find(|text| text.value == name);
    find("foregroundDeletion")?;
    let orphan = find("orphan")?;
    let nodes = meta.finalizers.iter().map(|finalizer| Node {
        span: finalizer.span,
        value: Value::String(finalizer.value.clone()),
    });
    let value = Value::Sequence(nodes.collect());
    let failure = Failure::FinalizersConflict { value };
    Some(cause(&["finalizers"], orphan.span, failure))
}
