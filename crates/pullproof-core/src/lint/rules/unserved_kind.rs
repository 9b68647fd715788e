//! `unserved-kind`: a kind that the release does not serve, or not in the version written.

use crate::apiserver::crds::Resource;
use crate::finding::{Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::{code, codes};
use crate::lint::{Emit, Rule, Subject, edits};
use crate::model::{Judged, Model};
use crate::openshift::OpenShift;
use crate::order;
use crate::resource::Object;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unserved-kind",
        code: "PP005",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("unserved_kind.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

/// Kinds that no schema here describes: their group, what documents call them, what they are.
// From the documents of OpenShift 4.7 on the registry operator, and openshift/api,
// imageregistry/v1/types_imagepruner.go.
const MISNAMED: [(&str, &str, &str); 1] = [(
    "imageregistry.operator.openshift.io",
    "Pruning",
    "ImagePruner",
)];

fn check(model: &Model, emit: &mut Emit<'_>) {
    for judged in &model.objects {
        match judged.resource {
            Some(resource) if model.version < resource.since() => {
                too_early(resource, judged, model.version, emit);
            }
            Some(_) => {}
            None => wrong_version(judged, emit),
        }
    }
}

#[cold]
#[inline(never)]
fn too_early(resource: Resource, judged: &Judged, version: OpenShift, emit: &mut Emit<'_>) {
    let kind = resource.kind();
    let message = format!("OpenShift {version} does not serve {}", code(kind));
    let finding = emit.add(judged.object.kind.span, message);
    let since = resource.since();
    match resource {
        Resource::ImageDigestMirrorSets => finding.help(format!(
            "write an `ImageContentSourcePolicy`: this kind comes with OpenShift {since}"
        )),
        _ => finding.help(format!("it comes with OpenShift {since}")),
    };
}

#[cold]
#[inline(never)]
fn wrong_version(judged: &Judged, emit: &mut Emit<'_>) {
    let object = &judged.object;
    if let Some(kind) = misnamed(object) {
        let message = format!("there is no kind {}", code(&object.kind.value));
        let help = format!("write {}: only a document calls it otherwise", code(kind));
        emit.add(object.kind.span, message).help(help);
        return;
    }
    let Some(resource) = meant(&object.api_version.value, &object.kind.value) else {
        return;
    };
    let expected = format!("{}/{}", resource.group(), resource.version());
    let fix = fix(emit.model, object, resource, &expected);
    if object.kind.value != resource.kind() {
        let message = format!("there is no kind {}", code(&object.kind.value));
        let help = format!("write {} of {}", code(resource.kind()), code(&expected));
        emit.add(object.kind.span, message).help(help).fix = fix;
    } else if object.api_version.value.is_empty() {
        let message = format!("{} has no `apiVersion`", code(resource.kind()));
        let help = format!("write `apiVersion: {expected}`");
        emit.add(object.kind.span, message).help(help).fix = fix;
    } else {
        let (kind, found) = (code(resource.kind()), code(&object.api_version.value));
        let message = format!("there is no {kind} in {found}");
        emit.add(object.api_version.span, message)
            .help(format!("write {}", code(&expected)))
            .fix = fix;
    }
}

/// The kind that an object is of which documents call otherwise; `None` for others.
fn misnamed(object: &Object) -> Option<&'static str> {
    let group = object.api_version.value.split('/').next();
    let is_it =
        |(of, name, _): &&(&str, &str, &str)| group == Some(*of) && object.kind.value == *name;
    MISNAMED.iter().find(is_it).map(|(_, _, kind)| *kind)
}

/// Writes the kind and version that were meant.
fn fix(model: &Model, object: &Object, resource: Resource, expected: &str) -> Option<Fix> {
    let (kind, api_version) = (&object.kind, &object.api_version);
    let mut written = Vec::new();
    let mut edits = Vec::new();
    if api_version.value.is_empty() {
        let root = object.root.as_mapping()?;
        // One that is there and no text is for its author to say.
        if root.get("apiVersion").is_some() {
            return None;
        }
        let edit = edits::insert_entry(model, root, object.root.span, "apiVersion", expected)?;
        edits.push(edit);
        written.push(expected);
    } else if api_version.value != expected {
        edits.push(edits::replace(model, api_version.span, expected)?);
        written.push(expected);
    }
    if kind.value != resource.kind() {
        edits.push(edits::replace(model, kind.span, resource.kind())?);
        written.push(resource.kind());
    }
    order::sort_by_key(&mut edits, |edit| edit.span);
    // Another project may have a kind of the same name.
    let group = api_version.value.split('/').next().unwrap_or_default();
    let is_ours = Resource::ALL
        .iter()
        .any(|resource| resource.group() == group);
    let safety = match is_ours || !group.contains('.') {
        true => Safety::Safe,
        false => Safety::Unsafe,
    };
    let title = format!("write {}", codes(written));
    Some(Fix::new(title, safety, edits))
}

/// The kind that an object of no known kind was meant to be; `None` when it is something else.
fn meant(api_version: &str, kind: &str) -> Option<Resource> {
    let is_same = |resource: &Resource| {
        resource.kind().eq_ignore_ascii_case(kind) || resource.plural().eq_ignore_ascii_case(kind)
    };
    let resource = Resource::ALL.into_iter().find(is_same)?;
    let group = api_version.split('/').next().unwrap_or_default();
    let is_ours = match resource {
        // Other projects have images, too, and OpenShift itself another kind of them.
        Resource::Images => ["config.openshift.io", "operator.openshift.io"].contains(&group),
        _ => true,
    };
    is_ours.then_some(resource)
}
