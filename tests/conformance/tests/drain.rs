//! `drain` against what the Machine Config Operator does to a node on a change.

use conformance::{Tally, corpus};
use pullproof_core::batch;
use pullproof_core::openshift::OpenShift;
use pullproof_core::registries::CONF_PATH;
use pullproof_core::rollout::rollout;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn answer(case: &Value) -> Value {
    let mut request = case.clone();
    request["op"] = json!("drain");
    serde_json::from_str(&batch::answer(&request.to_string())).expect("an answer is JSON")
}

/// Without the log, and the wording of TOML errors, which differs between decoder versions.
fn compared(mut answer: Value) -> Value {
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("log");
    }
    for key in ["safe_error", "drain_error", "legacy_error"] {
        if let Some(Value::String(text)) = answer.get_mut(key)
            && let Some(at) = text.find(": toml: ")
        {
            text.truncate(at + ": toml: ".len());
        }
    }
    answer
}

#[test]
fn drain_equals_the_operator() {
    let mut tally = Tally::new("drain");
    for case in corpus("drain") {
        let mut expected = case["expect"].clone();
        expected["id"] = case["id"].clone();
        let found = answer(&case);
        let id = case["id"].as_str().unwrap_or_default();
        tally.compare(id, &compared(expected), &compared(found));
    }
    tally.finish();
}

fn files(case: &Value, conf_key: &str, files_key: &str) -> BTreeMap<String, String> {
    match case.get(files_key) {
        Some(files) => serde_json::from_value(files.clone()).expect("files are texts"),
        None => {
            let text = case[conf_key].as_str().unwrap_or_default();
            BTreeMap::from([(CONF_PATH.to_owned(), text.to_owned())])
        }
    }
}

/// The node names one reason, of whichever table it meets first: it must be one of ours,
/// and the search registries are the only reason that it does not name.
#[test]
fn the_reason_that_a_node_names_is_found() {
    let mut tally = Tally::new("drain reasons");
    for case in corpus("drain") {
        let (old, new) = (
            files(&case, "old", "old_files"),
            files(&case, "new", "new_files"),
        );
        let Ok(changes) = rollout(&old, &new, &[], OpenShift::NEWEST).conf_change else {
            continue;
        };
        let mut lines: Vec<String> = changes
            .iter()
            .map(|change| match change.to_string() {
                line if line.starts_with("unqualified-search-registries") => String::new(),
                line => format!("{CONF_PATH}: {line}\n"),
            })
            .collect();
        if lines.is_empty() {
            lines.push(format!(
                "{CONF_PATH}: changes made are safe to skip drain\n"
            ));
        }
        let log = case["expect"]["log"].as_str().unwrap_or_default();
        let difference = format!("`{log}` is none of {lines:?}");
        let is_found = lines.iter().any(|line| line == log);
        let id = case["id"].as_str().unwrap_or_default();
        tally.count(id, (!is_found).then_some(difference));
    }
    tally.finish();
}
