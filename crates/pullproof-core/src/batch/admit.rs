//! `admit`: what the API server answers when it is asked to create an object.

use super::insert_some;
use crate::apiserver::cause::Cause;
use crate::apiserver::crds::Resource;
use crate::apiserver::verdict::{FieldValidation, Reason, Verdict, admit};
use crate::document::Node;
use crate::document::plain::plain;
use crate::openshift::OpenShift;
use serde_json::{Map, Value, json};

/// Answers a request; a `version` may name the release, which is else the newest.
///
/// # Errors
/// A request without an object, for a kind or release that is not known.
pub(super) fn answer(request: &Node) -> Result<Map<String, Value>, String> {
    let text = |key: &str| request.get(key).and_then(Node::as_str);
    let Some(resource) = text("resource").and_then(Resource::parse) else {
        let known: Vec<&str> = Resource::ALL.map(Resource::plural).to_vec();
        return Err(format!("`resource` must be one of {}", known.join(", ")));
    };
    let openshift = match text("version") {
        None => OpenShift::NEWEST,
        Some(name) => {
            OpenShift::parse(name).ok_or_else(|| format!("unknown `version` `{name}`"))?
        }
    };
    let object = request.get("object").ok_or("`object` must be there")?;
    let mut answer = Map::new();
    for (key, mode) in [
        ("strict", FieldValidation::Strict),
        ("warn", FieldValidation::Warn),
    ] {
        let verdict = admit(resource, object, openshift, mode);
        answer.insert(key.to_owned(), verdict_json(&verdict));
    }
    Ok(answer)
}

fn verdict_json(verdict: &Verdict) -> Value {
    let mut answer = Map::new();
    answer.insert("code".to_owned(), json!(verdict.code));
    insert_some(&mut answer, "reason", verdict.reason.map(Reason::name));
    insert_some(&mut answer, "message", verdict.message.as_deref());
    if !verdict.causes.is_empty() {
        let causes = verdict.causes.iter().map(cause_json);
        answer.insert("causes".to_owned(), causes.collect());
    }
    if !verdict.warnings.is_empty() {
        answer.insert("warnings".to_owned(), json!(verdict.warnings));
    }
    if let Some(stored) = &verdict.stored {
        answer.insert("stored".to_owned(), plain(stored));
    }
    Value::Object(answer)
}

fn cause_json(cause: &Cause) -> Value {
    json!({
        "reason": cause.reason().name(),
        "message": cause.message(),
        "field": cause.field(),
    })
}
