//! `drain` against what the Machine Config Operator does to a node on a change.

use conformance::{Tally, corpus};
use pullproof_core::batch;
use serde_json::{Value, json};

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
