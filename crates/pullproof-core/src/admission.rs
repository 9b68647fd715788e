//! What a change of one object introduces, judged against the rest of the cluster.
//!
//! The cluster is worked out before and after the change. What the lint rules find after it and
//! did not find before is told, then what the change itself does to nodes and pulls.

use crate::apiserver::crds::Resource;
use crate::document::{self, Problem};
use crate::file::Files;
use crate::finding::Finding;
use crate::lint;
use crate::lint::card::Card;
use crate::model::{Contents, Judged, Model, Settings};
use crate::order;
use crate::resource;
use change::Change;
use near::Near;
use std::sync::Arc;

mod anchor;
mod change;
mod near;
pub mod rules;
mod settings;

/// The name that places in the object as it shall be are given.
pub const OBJECT_NAME: &str = "object";

/// The name that places in the object as it is are given.
pub const OLD_OBJECT_NAME: &str = "oldObject";

/// What somebody wants to do to an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Operation {
    /// It does not exist yet.
    Create,
    /// It exists, or its subresource does.
    Update,
    /// It goes.
    Delete,
    /// A connection to it.
    Connect,
}

/// A change that the API server asks about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request<'a> {
    /// What is to be done.
    pub operation: Operation,
    /// The API group of the objects below.
    pub group: &'a str,
    /// Their version in the group.
    pub version: &'a str,
    /// Their kind.
    pub kind: &'a str,
    /// The object's name; empty when the server makes one up.
    pub name: &'a str,
    /// The subresource; empty for the object itself.
    pub subresource: &'a str,
    /// The object as it shall be, as JSON; `None` for a delete.
    pub object: Option<&'a str>,
    /// The object as it is, as JSON; `None` for a create.
    pub old_object: Option<&'a str>,
}

/// The objects that the cluster holds, and what they mean, worked out once.
pub struct Cluster {
    files: Files,
    settings: Settings,
    // Invariant: by kind, then name; no two have the same, unless they have no name.
    objects: Vec<Arc<Judged>>,
    model: Model,
    /// What the lint rules find as it is.
    findings: Vec<Finding>,
    /// Where changes are judged against what is near them; `None` where all has to be looked at.
    near: Option<Near>,
}

/// What is wrong with one setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SettingsProblem {
    /// Where, as a JSON Pointer; empty for the settings as a whole.
    pub pointer: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// The findings of a review, with the texts that their places are in.
pub struct Review {
    /// The texts.
    pub files: Files,
    /// What the change introduces, in the order to be shown: what the lint rules find, by place,
    /// then what the change does, by code.
    pub findings: Vec<Finding>,
}

/// A JSON Schema for what `read_settings` takes.
pub const SETTINGS_SCHEMA: &str = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,"properties":{"openshift":{"type":"string","description":"The OpenShift release of the cluster, such as 4.22; the newest known one when absent."},"releaseImage":{"type":"string","description":"The image of the release payload, whose repository must stay reachable."}}}"#;

/// Every rule that a review looks for: those of `lint`, then those of changes, each by code.
pub fn every_rule() -> impl Iterator<Item = Card> {
    let lint = lint::rules::ALL.iter().map(|rule| rule.card);
    lint.chain(rules::ALL.iter().map(|rule| rule.card))
}

/// The rule with an id or a code, in capitals or not; `None` when there is none.
pub fn rule(name: &str) -> Option<Card> {
    every_rule().find(|rule| rule.id == name || rule.code.eq_ignore_ascii_case(name))
}

/// Reads settings, JSON text that is an object.
///
/// # Errors
/// Everything that is wrong with them, in order.
pub fn read_settings(text: &str) -> Result<Settings, Vec<SettingsProblem>> {
    match settings::read(text) {
        (settings, problems) if problems.is_empty() => Ok(settings),
        (_, problems) => Err(problems),
    }
}

impl Cluster {
    /// Takes the texts of the cluster's objects, YAML or JSON, each with its name.
    ///
    /// What cannot be read comes back as name, place and reason; the rest is kept. Objects of
    /// kinds that say nothing of images are passed over.
    pub fn new(texts: Vec<(String, String)>, settings: Settings) -> (Cluster, Vec<String>) {
        let mut files = Files::new();
        let (mut objects, mut unreadable) = (Vec::new(), Vec::new());
        for (name, text) in texts {
            let file = files.add(name, text);
            let (documents, problems) = document::read(&files, file);
            let fatal = problems.iter().filter(|problem| problem.kind.is_fatal());
            unreadable.extend(fatal.map(|problem| unreadable_text(&files, problem)));
            for object in resource::objects(documents) {
                if Resource::of(&object.api_version.value, &object.kind.value).is_some() {
                    objects.push(Arc::new(Judged::on_server(object, settings.version)));
                }
            }
        }
        order::sort_by(&mut objects, |left, right| left.key().cmp(&right.key()));
        // The last of a name counts, as when they are applied one after the other.
        objects.reverse();
        objects.dedup_by(|earlier, kept| {
            let is_named = !kept.object.name.value.is_empty();
            is_named && earlier.key() == kept.key()
        });
        objects.reverse();
        let contents = Contents::of_objects(objects.clone(), Vec::new());
        let model = Model::of(&mut files, contents, &settings);
        // Where there is nothing, nothing is wrong, and whoever judges one review is there sooner.
        let findings = match objects.is_empty() {
            true => Vec::new(),
            false => lint::run(&model, lint::rules::ALL),
        };
        let near = Near::new(&objects, &model, &settings);
        let cluster = Cluster {
            files: files.settled(),
            settings,
            objects,
            model,
            findings,
            near,
        };
        (cluster, unreadable)
    }
}

fn unreadable_text(files: &Files, problem: &Problem) -> String {
    let name = files.name(problem.span.file);
    let position = files.position(problem.span.file, problem.span.start);
    format!("{name}:{position}: {}", problem.kind)
}

/// Judges a change.
///
/// Nothing is found where a change does not concern what nodes pull: other kinds, subresources
/// such as `status`, connections.
pub fn review(cluster: &Cluster, request: &Request<'_>) -> Review {
    judged(cluster, request).0
}

/// The same for whoever ends with the answer: what was worked out for it keeps its memory.
pub fn last_review(cluster: &Cluster, request: &Request<'_>) -> Review {
    let (review, change) = judged(cluster, request);
    std::mem::forget(change);
    review
}

/// A review, and what it was made from.
fn judged<'a>(cluster: &'a Cluster, request: &Request<'_>) -> (Review, Option<Change<'a>>) {
    let mut files = cluster.files.clone();
    let Some(resource) = concerned(request) else {
        let findings = Vec::new();
        return (Review { files, findings }, None);
    };
    let change = Change::new(cluster, request, resource, &mut files);
    let mut findings = change.introduced();
    if let Some(span) = change.span {
        for finding in &mut findings {
            anchor::at_change(finding, span.file, change.after());
        }
    }
    findings.extend(rules::run(&change));
    (Review { files, findings }, Some(change))
}

/// The kind of object that a request changes; `None` when it changes none that counts.
fn concerned(request: &Request<'_>) -> Option<Resource> {
    if !request.subresource.is_empty() || request.operation == Operation::Connect {
        return None;
    }
    Resource::ALL.into_iter().find(|resource| {
        resource.kind() == request.kind
            && resource.group() == request.group
            && resource.version() == request.version
    })
}

#[cfg(test)]
mod tests;
