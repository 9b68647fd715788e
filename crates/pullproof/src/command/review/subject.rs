//! What is reviewed: admission reviews, bare requests, or objects with something done to them.

use crate::command::tell_unreadable;
use crate::input;
use anyhow::Result;
use pullproof_core::document;
use pullproof_core::document::plain::plain;
use pullproof_core::file::Files;
use pullproof_host::types::{Kind, Operation, Request};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is done to bare objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Asked {
    Create,
    Update,
    Delete,
}

/// A change and where it was read.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Subject {
    /// The file and the line it begins at.
    pub(super) place: String,
    operation: Operation,
    group: String,
    version: String,
    pub(super) kind: String,
    pub(super) name: String,
    namespace: String,
    subresource: String,
    user: String,
    pub(super) groups: Vec<String>,
    dry_run: bool,
    object: Option<String>,
    old_object: Option<String>,
}

/// What is to be read.
pub(super) struct Inputs<'a> {
    /// Files, directories or `-`.
    pub(super) paths: &'a [String],
    /// The same for objects as they are before an update.
    pub(super) old: &'a [String],
    /// What is done to bare objects.
    pub(super) asked: Asked,
}

impl Subject {
    /// The change as policies are asked about it; `groups` are the subject's own.
    pub(super) fn request<'a>(&'a self, groups: &'a [&'a str]) -> Request<'a> {
        let Subject {
            place: _,
            operation,
            group,
            version,
            kind,
            name,
            namespace,
            subresource,
            user,
            groups: _,
            dry_run,
            object,
            old_object,
        } = self;
        Request {
            operation: *operation,
            kind: Kind {
                group,
                version,
                kind,
            },
            name,
            namespace,
            subresource,
            user,
            groups,
            dry_run: *dry_run,
            object: object.as_deref(),
            old_object: old_object.as_deref(),
        }
    }

    /// What is done to what, for people.
    pub(super) fn title(&self) -> String {
        let verb = match self.operation {
            Operation::Create => "create",
            Operation::Update => "update",
            Operation::Delete => "delete",
            Operation::Connect => "connect",
        };
        format!("{verb} {}/{}", self.kind, self.name)
    }
}

/// Reads everything that can be reviewed; what cannot is told on standard error and counted.
pub(super) fn read(inputs: &Inputs<'_>) -> Result<(Vec<Subject>, usize)> {
    let mut n_unreadable = 0;
    let mut old = BTreeMap::new();
    for (_, value) in values(inputs.old, &mut n_unreadable) {
        old.insert(identity(&value), value);
    }
    let mut subjects = Vec::new();
    for (place, value) in values(inputs.paths, &mut n_unreadable) {
        match subject(&place, &value, inputs.asked, &old) {
            Ok(subject) => subjects.push(subject),
            Err(problem) => {
                eprintln!("pullproof: {place}: {problem}");
                n_unreadable += 1;
            }
        }
    }
    Ok((subjects, n_unreadable))
}

/// Every document of some files, those of a `List` one by one, each with its place.
fn values(paths: &[String], n_unreadable: &mut usize) -> Vec<(String, Value)> {
    let mut files = Files::new();
    let inputs = input::read(&mut files, paths);
    tell_unreadable(&inputs);
    *n_unreadable += inputs.unreadable.len();
    let mut values = Vec::new();
    for file in inputs.files {
        let (documents, problems) = document::read(&files, file);
        let fatal = problems.iter().filter(|problem| problem.kind.is_fatal());
        for problem in fatal {
            let position = files.position(file, problem.span.start);
            eprintln!(
                "pullproof: {}:{position}: {}",
                files.name(file),
                problem.kind
            );
            *n_unreadable += 1;
        }
        for document in documents {
            let position = files.position(file, document.root.span.start);
            let place = format!("{}:{}", files.name(file), position.line);
            match plain(&document.root) {
                Value::Null => {}
                value => match value["items"].as_array() {
                    Some(items) if text(&value, "kind").ends_with("List") => {
                        values.extend(items.iter().map(|item| (place.clone(), item.clone())));
                    }
                    _ => values.push((place, value)),
                },
            }
        }
    }
    values
}

fn subject(
    place: &str,
    value: &Value,
    asked: Asked,
    old: &BTreeMap<[String; 3], Value>,
) -> Result<Subject, String> {
    if text(value, "kind") == "AdmissionReview" {
        return match &value["request"] {
            request @ Value::Object(_) => of_request(place, request),
            _ => Err("the admission review has no request".to_owned()),
        };
    }
    if value["operation"].is_string() && value["kind"].is_object() {
        return of_request(place, value);
    }
    if text(value, "kind").is_empty() || text(value, "apiVersion").is_empty() {
        return Err("neither an admission review nor a request nor an object".to_owned());
    }
    Ok(of_object(place, value, asked, old))
}

fn of_request(place: &str, request: &Value) -> Result<Subject, String> {
    let operation = match text(request, "operation") {
        "CREATE" => Operation::Create,
        "UPDATE" => Operation::Update,
        "DELETE" => Operation::Delete,
        "CONNECT" => Operation::Connect,
        other => return Err(format!("unknown operation `{other}`")),
    };
    let groups = request["userInfo"]["groups"].as_array();
    let groups = groups.into_iter().flatten().filter_map(Value::as_str);
    Ok(Subject {
        place: place.to_owned(),
        operation,
        group: text(&request["kind"], "group").to_owned(),
        version: text(&request["kind"], "version").to_owned(),
        kind: text(&request["kind"], "kind").to_owned(),
        name: text(request, "name").to_owned(),
        namespace: text(request, "namespace").to_owned(),
        subresource: text(request, "subResource").to_owned(),
        user: text(&request["userInfo"], "username").to_owned(),
        groups: groups.map(str::to_owned).collect(),
        dry_run: request["dryRun"].as_bool().unwrap_or_default(),
        object: object_text(&request["object"]),
        old_object: object_text(&request["oldObject"]),
    })
}

fn of_object(
    place: &str,
    object: &Value,
    asked: Asked,
    old: &BTreeMap<[String; 3], Value>,
) -> Subject {
    let [group_version, kind, name] = identity(object);
    let (group, version) = group_version
        .split_once('/')
        .unwrap_or(("", &group_version));
    // An update of what is not known from before changes nothing but itself.
    let before = old.get(&identity(object)).unwrap_or(object).to_string();
    let (operation, object, old_object) = match asked {
        Asked::Create => (Operation::Create, Some(object.to_string()), None),
        Asked::Update => (Operation::Update, Some(object.to_string()), Some(before)),
        Asked::Delete => (Operation::Delete, None, Some(object.to_string())),
    };
    Subject {
        place: place.to_owned(),
        operation,
        group: group.to_owned(),
        version: version.to_owned(),
        kind,
        name,
        namespace: String::new(),
        subresource: String::new(),
        user: String::new(),
        groups: Vec::new(),
        dry_run: false,
        object,
        old_object,
    }
}

/// API version, kind and name.
fn identity(object: &Value) -> [String; 3] {
    let name = text(&object["metadata"], "name");
    [text(object, "apiVersion"), text(object, "kind"), name].map(str::to_owned)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn object_text(value: &Value) -> Option<String> {
    (!value.is_null()).then(|| value.to_string())
}
