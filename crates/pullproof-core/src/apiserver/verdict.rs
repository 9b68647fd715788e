//! What the API server answers when it is asked to create an object.

use super::cause::{Cause, Causes, Failure};
use super::crds::Resource;
use super::decode::{Decoded, decode, place_of};
use super::object_meta::{self, ObjectMeta};
use super::path::{Path, Step};
use super::prune::Pruned;
use super::refusal::Refusal;
use super::schema::Schema;
use super::{metadata, validate, warnings};
use crate::document::{Mapping, Node, Value};
use crate::file::{Span, Spanned};
use crate::go_text::quote;
use crate::openshift::OpenShift;
use std::borrow::Cow;

/// What the server does about fields that it does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FieldValidation {
    /// It refuses the object, as current `oc` and `kubectl` ask.
    Strict,
    /// It drops the fields and warns, as most other clients ask.
    Warn,
}

/// The server's answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// The HTTP status.
    pub code: u16,
    /// The server's name for what kind of refusal it is; `None` when it has none, or none is due.
    pub reason: Option<Reason>,
    /// The refusal in the server's words; `None` when the object is created.
    pub message: Option<String>,
    /// Where the message points, when it is not about causes.
    pub span: Span,
    /// What is wrong, when the reason is `Invalid`.
    pub causes: Vec<Cause>,
    /// Warning headers, as sent.
    pub warnings: Vec<String>,
    /// Fields that the server does not know: first those of `metadata`, then by path.
    pub pruned: Vec<Pruned>,
    /// The object as kept, without what the server adds; `None` when it is refused, or nobody asked.
    pub stored: Option<Node>,
}

/// The server's names for kinds of refusal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reason {
    /// The object could not be decoded.
    BadRequest,
    /// The object was decoded, and is not allowed.
    Invalid,
    /// The release does not serve the kind.
    NotFound,
}

impl Reason {
    /// The name, as in the API.
    pub fn name(self) -> &'static str {
        match self {
            Reason::BadRequest => "BadRequest",
            Reason::Invalid => "Invalid",
            Reason::NotFound => "NotFound",
        }
    }
}

impl Verdict {
    /// Whether the object is created, or would be if it were not there already.
    pub fn is_accepted(&self) -> bool {
        self.message.is_none()
    }
}

/// What becomes of an object that is created.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// It is wanted as it is kept.
    Keep,
    /// The answer is all that is wanted, and it may have been created already.
    Judge,
}

/// What a release's API server answers to an object that may have been read from a server: its
/// `resourceVersion`, with which it could not be created, counts for nothing.
///
/// The object as kept is not worked out.
pub fn judge(resource: Resource, object: &Node, openshift: OpenShift) -> Verdict {
    answer(
        resource,
        object,
        openshift,
        FieldValidation::Warn,
        Purpose::Judge,
    )
}

/// What a release's API server answers when it is asked to create an object.
///
/// `object` is the whole object, and `resource` where it is sent; they need not fit.
/// At most `FACTS_MAX` causes and unknown fields are told.
// From apiserver, endpoints/handlers/create.go; registry/generic/registry/store.go.
pub fn admit(
    resource: Resource,
    object: &Node,
    openshift: OpenShift,
    mode: FieldValidation,
) -> Verdict {
    answer(resource, object, openshift, mode, Purpose::Keep)
}

fn answer(
    resource: Resource,
    object: &Node,
    openshift: OpenShift,
    mode: FieldValidation,
    purpose: Purpose,
) -> Verdict {
    let Some(schema) = resource.schema(openshift) else {
        let mut verdict = refused(404, object.span, Refusal::NotServed.to_string());
        verdict.reason = Some(Reason::NotFound);
        return verdict;
    };
    let mut decoded = match decode(resource, schema, object) {
        Ok(decoded) => decoded,
        Err(refused) => return bad_request(refused.span, &refused.refusal),
    };
    let pruned = std::mem::take(&mut decoded.pruned);
    let mut texts = Vec::new();
    if let Some(first) = pruned.first() {
        match mode {
            FieldValidation::Strict => {
                let refusal = Refusal::UnknownFields {
                    kind: decoded.kind.value,
                    version: decoded.version,
                    fields: pruned.iter().map(unknown_field).collect(),
                };
                let mut verdict = bad_request(first.span, &refusal);
                verdict.pruned = pruned;
                return verdict;
            }
            FieldValidation::Warn => texts.extend(pruned.iter().map(unknown_field)),
        }
    }
    let mut verdict = if decoded.group == resource.group() && decoded.version == resource.version()
    {
        create(resource, schema, decoded, purpose, &mut texts)
    } else {
        let span = place_of(object, "apiVersion");
        let found = api_version(&decoded.group, &decoded.version);
        let expected = api_version(resource.group(), resource.version());
        bad_request(span, &Refusal::WrongVersion { found, expected })
    };
    verdict.warnings = warnings::headers(texts);
    verdict.pruned = pruned;
    verdict
}

/// Group and version as the server writes them.
fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() {
        return version.to_owned();
    }
    format!("{group}/{version}")
}

#[cold]
#[inline(never)]
fn unknown_field(field: &Pruned) -> String {
    format!("unknown field \"{}\"", field.path)
}

#[cold]
#[inline(never)]
fn refused(code: u16, span: Span, message: String) -> Verdict {
    Verdict {
        code,
        reason: None,
        message: Some(message),
        span,
        causes: Vec::new(),
        warnings: Vec::new(),
        pruned: Vec::new(),
        stored: None,
    }
}

#[cold]
#[inline(never)]
fn bad_request(span: Span, refusal: &Refusal) -> Verdict {
    let mut verdict = refused(400, span, refusal.to_string());
    verdict.reason = Some(Reason::BadRequest);
    verdict
}

/// Creates an object of the right group and version; adds what the server warns about.
fn create(
    resource: Resource,
    schema: &Schema,
    decoded: Decoded<'_>,
    purpose: Purpose,
    texts: &mut Vec<String>,
) -> Verdict {
    let Decoded {
        group,
        version: _,
        kind,
        mut meta,
        root,
        pruned: _,
    } = decoded;
    let span = root.span;
    let mut root = match root.get("status") {
        None => root,
        Some(_) => Cow::Owned(without(root.into_owned(), "status")),
    };
    let mut is_named_by_server = false;
    if let Some(meta) = &mut meta {
        // From apiextensions-apiserver, apiserver/schema/objectmeta SetObjectMeta.
        if root.get("metadata").is_some_and(Node::is_null) {
            root = Cow::Owned(with_metadata(root.into_owned(), &object_meta::stored(meta)));
        }
        texts.extend(warnings::repeated_owners(meta));
        is_named_by_server = meta.name.value.is_empty() && !meta.generate_name.value.is_empty();
        if is_named_by_server {
            meta.name = generated_name(&meta.generate_name);
        }
    }
    let causes = causes(resource, schema, &kind, meta.as_ref(), &root);
    if !causes.is_empty() {
        let name = meta.map(|meta| meta.name.value).unwrap_or_default();
        return invalid(&kind.value, &group, &name, span, causes);
    }
    let created = |root: Cow<'_, Node>| {
        let stored = (purpose == Purpose::Keep).then(|| root.into_owned());
        created(stored, span)
    };
    let Some(mut meta) = meta else {
        return created(root);
    };
    texts.extend(warnings::finalizers(&meta));
    // From apiserver, storage/etcd3/store.go Create: a version that is no number is dropped.
    let is_sent = purpose == Purpose::Keep;
    if is_sent
        && meta
            .resource_version
            .parse::<u64>()
            .is_ok_and(|version| version != 0)
    {
        return refused(500, meta.span, Refusal::ResourceVersion.to_string());
    }
    if is_named_by_server {
        meta.name.value.clear();
    }
    match purpose {
        Purpose::Judge => created(root),
        Purpose::Keep => {
            let root = with_metadata(root.into_owned(), &object_meta::stored(&meta));
            created(Cow::Owned(root))
        }
    }
}

/// The name that the server makes up, with letters that are always allowed for random ones.
// From apiserver, storage/names SimpleNameGenerator.
#[cold]
#[inline(never)]
fn generated_name(start: &Spanned<String>) -> Spanned<String> {
    const BYTES_MAX: usize = 58;
    let mut end = start.value.len().min(BYTES_MAX);
    while !start.value.is_char_boundary(end) {
        end -= 1;
    }
    Spanned::new(format!("{}xxxxx", &start.value[..end]), start.span)
}

// From apiextensions-apiserver, registry/customresource customResourceStrategy.Validate.
fn causes(
    resource: Resource,
    schema: &Schema,
    kind: &Spanned<String>,
    meta: Option<&ObjectMeta>,
    root: &Node,
) -> Vec<Cause> {
    let mut causes = Causes::default();
    if kind.value == resource.kind() {
        metadata::validate(meta, root.span, &mut causes);
        validate::schema_causes(root, schema, &mut causes);
    } else {
        causes.push(Cause {
            path: Path {
                steps: vec![Step::Key("kind".to_owned())],
            },
            span: kind.span,
            failure: Failure::WrongKind {
                value: kind.value.clone(),
                expected: resource.kind(),
            },
        });
    }
    validate::list_causes(root, schema, &mut causes);
    if !validate::has_rules(schema) {
        return causes.into_vec();
    }
    if causes.block_rules() {
        causes.push(Cause {
            path: Path::default(),
            span: root.span,
            failure: Failure::RulesSkipped,
        });
    } else {
        validate::rule_causes(root, schema, &mut causes);
    }
    causes.into_vec()
}

// From apimachinery, api/errors NewInvalid; util/errors Aggregate.
#[cold]
#[inline(never)]
fn invalid(kind: &str, group: &str, name: &str, span: Span, causes: Vec<Cause>) -> Verdict {
    let mut texts: Vec<String> = Vec::new();
    let mut seen = crate::sorted::Set::new();
    for cause in &causes {
        let text = cause.to_string();
        if seen.insert(text.clone()) {
            texts.push(text);
        }
    }
    let texts = match texts.as_slice() {
        [text] => text.clone(),
        texts => format!("[{}]", texts.join(", ")),
    };
    let message = format!("{kind}.{group} {} is invalid: {texts}", quote(name));
    let mut verdict = refused(422, span, message);
    verdict.reason = Some(Reason::Invalid);
    verdict.causes = causes;
    verdict
}

fn created(stored: Option<Node>, span: Span) -> Verdict {
    Verdict {
        code: 201,
        reason: None,
        message: None,
        span,
        causes: Vec::new(),
        warnings: Vec::new(),
        pruned: Vec::new(),
        stored,
    }
}

#[cold]
#[inline(never)]
fn without(mut root: Node, key: &str) -> Node {
    if let Value::Mapping(mapping) = root.value {
        let mut entries = mapping.into_entries();
        entries.retain(|entry| entry.key.value != key);
        root.value = Value::Mapping(Mapping::from_entries(entries).0);
    }
    root
}

#[cold]
#[inline(never)]
fn with_metadata(mut root: Node, metadata: &Node) -> Node {
    if let Value::Mapping(mapping) = root.value {
        let mut entries = mapping.into_entries();
        for entry in &mut entries {
            if entry.key.value == "metadata" {
                entry.value = metadata.clone();
            }
        }
        root.value = Value::Mapping(Mapping::from_entries(entries).0);
    }
    root
}

#[cfg(test)]
mod tests;
