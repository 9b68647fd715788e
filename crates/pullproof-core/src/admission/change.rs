//! The cluster before and after a change.

use super::near::Replacement;
use super::{Cluster, OBJECT_NAME, OLD_OBJECT_NAME, Operation, Request};
use crate::apiserver::crds::Resource;
use crate::compare::{self, ChangedPull};
use crate::document::{self, Document, Node, Problem, ProblemKind, Value, json};
use crate::file::{FileId, Files, Span};
use crate::finding::Finding;
use crate::lint::introduced::introduced;
use crate::lint::{self, Rule};
use crate::model::{Contents, Judged, Model};
use crate::openshift::OpenShift;
use crate::resource;
use std::borrow::Cow;
use std::sync::Arc;

/// A change of one object, with all that it makes of the cluster.
pub(super) struct Change<'a> {
    /// The kind of the object.
    pub(super) resource: Resource,
    /// The release that judges.
    pub(super) version: OpenShift,
    /// The object as it is; `None` when there is none, or it cannot be read.
    pub(super) old_object: Option<Arc<Judged>>,
    /// The object as it shall be; `None` when it goes, or cannot be read.
    pub(super) object: Option<Arc<Judged>>,
    /// Where findings point that are about the whole change; `None` when nothing readable changes.
    pub(super) span: Option<Span>,
    before: Before<'a>,
    after: After,
    /// What happens to pulls; empty where it cannot be told.
    pub(super) pulls: Vec<ChangedPull>,
}

/// The cluster before the change.
pub(super) enum Before<'a> {
    /// What it is known as.
    Known(&'a Cluster),
    /// Worked out anew, since the request knows better.
    Anew(Box<Model>),
}

/// The cluster after the change.
pub(super) enum After {
    /// What it was before, as far as nodes are concerned.
    Same,
    /// Worked out anew.
    Anew(Box<Model>),
}

impl<'a> Change<'a> {
    /// Works out what a request makes of a cluster; its texts join `files`.
    pub(super) fn new(
        cluster: &'a Cluster,
        request: &Request<'_>,
        resource: Resource,
        files: &mut Files,
    ) -> Change<'a> {
        let version = cluster.settings.version;
        let mut problems = Vec::new();
        let mut read = |name: &str, text: Option<&str>, judge: fn(_, _) -> Judged| {
            let file = files.add(name, text?);
            let object = read_object(files, file, resource, &mut problems)?;
            Some(Arc::new(judge(object, version)))
        };
        let old_object = match request.operation {
            Operation::Create => None,
            _ => read(OLD_OBJECT_NAME, request.old_object, Judged::on_server),
        };
        let object = match request.operation {
            Operation::Delete => None,
            _ => read(OBJECT_NAME, request.object, Judged::sent_by_server),
        };
        let changed = object.as_ref().or(old_object.as_ref());
        let name = changed.map_or(request.name, |judged| &judged.object.name.value);
        let others = Others::new(cluster, resource, name);
        let known = others.known();
        let span = match request.operation {
            Operation::Delete => old_object.as_ref().or(known),
            _ => object.as_ref(),
        };
        let span = span.map(|judged| start(judged));
        // A text that cannot be read changes nothing: its problem is what is told.
        let is_unread = request.operation != Operation::Delete && object.is_none();
        let is_known = match (&old_object, known) {
            (None, None) => true,
            (Some(old), Some(known)) => says_the_same(&old.object.root, &known.object.root),
            // The server does not say: what was known may be stale, and is all there is.
            (None, Some(_)) => request.operation != Operation::Create || is_unread,
            (Some(_), None) => false,
        };
        let pair = object.as_ref().zip(old_object.as_ref());
        let keeps_spec = |(new, old): (&Arc<Judged>, &Arc<Judged>)| {
            says_the_same(&new.object.root, &old.object.root)
        };
        let keeps_all = problems.is_empty() && pair.is_some_and(keeps_spec);
        let replacement = Replacement {
            known: known.filter(|_| is_known),
            old: old_object.as_ref().filter(|_| !is_known),
            new: object.as_ref(),
        };
        let near = match &cluster.near {
            Some(near) if problems.is_empty() && !keeps_all => {
                near.worlds(cluster, &others, &replacement, files)
            }
            _ => None,
        };
        let (before, after) = near.unwrap_or_else(|| {
            let before = match is_known {
                true => Before::Known(cluster),
                false => {
                    let contents = others.with(old_object.clone(), Vec::new());
                    Before::Anew(Box::new(Model::of(files, contents, &cluster.settings)))
                }
            };
            let stays = old_object.as_ref().or(known).filter(|_| is_unread);
            let after = match keeps_all {
                // Labels, owners and the like: the server has seen to them.
                true => After::Same,
                false => {
                    let contents = others.with(object.as_ref().or(stays).cloned(), problems);
                    After::Anew(Box::new(Model::of(files, contents, &cluster.settings)))
                }
            };
            (before, after)
        });
        let mut change = Change {
            resource,
            version,
            old_object,
            object,
            span,
            before,
            after,
            pulls: Vec::new(),
        };
        if let After::Anew(after) = &change.after
            && let Some(before) = compare::Node::of(change.before())
            && let Some(after) = compare::Node::of(after)
        {
            change.pulls = compare::compare_nodes(before, after);
        }
        change
    }

    /// The cluster before the change.
    pub(super) fn before(&self) -> &Model {
        match &self.before {
            Before::Known(cluster) => &cluster.model,
            Before::Anew(model) => model,
        }
    }

    /// The cluster after the change.
    pub(super) fn after(&self) -> &Model {
        match &self.after {
            After::Same => self.before(),
            After::Anew(model) => model,
        }
    }

    /// What the lint rules find after the change and did not find before it.
    pub(super) fn introduced(&self) -> Vec<Finding> {
        let After::Anew(after) = &self.after else {
            return Vec::new();
        };
        let after = lint::run(after, lint::rules::ALL);
        match after.is_empty() {
            true => after,
            false => introduced(&self.findings_before(&after), after),
        }
    }

    /// What the lint rules find before the change, of those that find something after it.
    ///
    /// A finding only ever stands for one of the same rule.
    fn findings_before(&self, after: &[Finding]) -> Cow<'_, [Finding]> {
        let finds = |rule: &&&Rule| after.iter().any(|it| it.rule == rule.card.id);
        match &self.before {
            Before::Known(cluster) => Cow::Borrowed(&cluster.findings),
            Before::Anew(model) => {
                let rules: Vec<_> = lint::rules::ALL.iter().filter(finds).copied().collect();
                Cow::Owned(lint::run(model, &rules))
            }
        }
    }
}

/// The objects of a cluster but one.
pub(super) struct Others<'a> {
    objects: &'a [Arc<Judged>],
    /// Where the one is, or would be.
    pub(super) idx: usize,
    pub(super) has_it: bool,
}

impl<'a> Others<'a> {
    fn new(cluster: &'a Cluster, resource: Resource, name: &str) -> Others<'a> {
        let objects = cluster.objects.as_slice();
        let key = (Some(resource), name);
        let idx = objects.partition_point(|judged| judged.key() < key);
        let is_it = |judged: &Arc<Judged>| !name.is_empty() && judged.key() == key;
        Others {
            objects,
            idx,
            has_it: objects.get(idx).is_some_and(is_it),
        }
    }

    /// The one, as it is known.
    fn known(&self) -> Option<&'a Arc<Judged>> {
        self.has_it.then(|| &self.objects[self.idx])
    }

    /// The others, and something else in place of the one: the place of an object among others
    /// depends on its name alone, so that what is told first is the same before and after.
    fn with(&self, object: Option<Arc<Judged>>, problems: Vec<Problem>) -> Contents {
        let after = &self.objects[self.idx + usize::from(self.has_it)..];
        let mut objects = Vec::with_capacity(self.objects.len() + 1);
        objects.extend_from_slice(&self.objects[..self.idx]);
        objects.extend(object);
        objects.extend_from_slice(after);
        Contents::of_objects(objects, problems)
    }
}

/// Reads an object of a kind; `None` when the text is none, for which there is a problem.
fn read_object(
    files: &Files,
    file: FileId,
    resource: Resource,
    problems: &mut Vec<Problem>,
) -> Option<resource::Object> {
    let (document, mut found) = json::read(files, file);
    problems.append(&mut found);
    let Document { root, span } = document?;
    let mut objects = resource::objects(vec![Document { root, span }]);
    let object = match objects.len() {
        1 => objects.pop(),
        _ => None,
    };
    let is_of_kind = |object: &resource::Object| {
        Resource::of(&object.api_version.value, &object.kind.value) == Some(resource)
    };
    if !object.as_ref().is_some_and(is_of_kind) {
        let (kind, group, version) = (resource.kind(), resource.group(), resource.version());
        problems.push(Problem {
            span: Span {
                end: span.start,
                ..span
            },
            kind: ProblemKind::Syntax(format!(
                "expected an object `{kind}` of `{group}/{version}`"
            )),
        });
        return None;
    }
    object
}

/// Where an object starts.
fn start(judged: &Judged) -> Span {
    let whole = judged.object.span();
    Span {
        end: whole.start,
        ..whole
    }
}

/// Whether two objects have the same `spec`, wherever it was written.
fn says_the_same(left: &Node, right: &Node) -> bool {
    match (left.get("spec"), right.get("spec")) {
        (None, None) => true,
        (Some(left), Some(right)) => is_equal(left, right),
        _ => false,
    }
}

fn is_equal(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Sequence(left), Value::Sequence(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| is_equal(left, right))
        }
        (Value::Mapping(left), Value::Mapping(right)) => {
            let is_there = |entry: &document::Entry| {
                let other = right.get(&entry.key.value);
                other.is_some_and(|other| is_equal(&entry.value, other))
            };
            left.entries().len() == right.entries().len() && left.entries().iter().all(is_there)
        }
        (left, right) => left == right,
    }
}
