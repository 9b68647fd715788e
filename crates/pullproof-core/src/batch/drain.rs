//! `drain`: what a change of a node's files does to the node.

use crate::document::Node;
use crate::openshift::OpenShift;
use crate::registries::CONF_PATH;
use crate::rollout::{Drain, rollout};
use crate::sorted;
use serde_json::{Map, Value, json};

pub(super) fn answer(request: &Node) -> Map<String, Value> {
    let old = files(request, "old", "old_files");
    let new = files(request, "new", "new_files");
    let rollout = rollout(&old, &new, &[], OpenShift::NEWEST);
    let texts = |texts: Vec<String>| json!(texts);
    let mut answer = Map::new();
    answer.insert("diff_files".to_owned(), json!(rollout.diff_files));
    match &rollout.conf_change {
        Ok(changes) => {
            answer.insert("safe".to_owned(), json!(changes.is_empty()));
            let log = match changes.first() {
                Some(change) => change.to_string(),
                None => "changes made are safe to skip drain".to_owned(),
            };
            answer.insert("log".to_owned(), json!(format!("{CONF_PATH}: {log}\n")));
        }
        Err(text) => _ = answer.insert("safe_error".to_owned(), json!(text)),
    }
    let actions = rollout.actions.iter().flatten();
    let actions: Vec<String> = actions.map(ToString::to_string).collect();
    if actions.is_empty() {
        // There is nothing that a drain could be asked for.
        answer.insert("actions".to_owned(), Value::Null);
    } else {
        answer.insert("actions".to_owned(), texts(actions));
        if let Some(drain) = &rollout.drain {
            insert_drain(&mut answer, "drain", "drain_error", drain);
        }
    }
    let actions = rollout.legacy_actions.iter().map(ToString::to_string);
    answer.insert("legacy_actions".to_owned(), texts(actions.collect()));
    insert_drain(
        &mut answer,
        "legacy_drain",
        "legacy_error",
        &rollout.legacy_drain,
    );
    answer
}

fn insert_drain(answer: &mut Map<String, Value>, key: &str, error_key: &str, drain: &Drain) {
    let (key, value) = match drain {
        Drain::Needed => (key, json!(true)),
        Drain::NotNeeded => (key, json!(false)),
        Drain::Failed(text) => (error_key, json!(text)),
    };
    answer.insert(key.to_owned(), value);
}

/// The files of one side: a map of texts by path, and registries.conf by itself.
fn files(request: &Node, conf_key: &str, files_key: &str) -> sorted::Map<String, String> {
    let mut files = sorted::Map::new();
    let mapping = request.get(files_key).and_then(Node::as_mapping);
    for entry in mapping.map_or(&[][..], |mapping| mapping.entries()) {
        if let Some(text) = entry.value.as_str() {
            files.insert(entry.key.value.clone(), text.to_owned());
        }
    }
    if let Some(text) = request.get(conf_key).and_then(Node::as_str) {
        files.insert(CONF_PATH.to_owned(), text.to_owned());
    }
    files
}
