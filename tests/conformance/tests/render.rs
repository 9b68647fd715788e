//! `render` against the files that the Machine Config Operator makes, byte for byte.

use conformance::{Tally, corpus};
use pullproof_core::batch;
use serde_json::{Value, json};

const FIELDS: [&str; 6] = [
    "registries_conf",
    "policy_json",
    "search_conf",
    "error",
    "warning",
    "id",
];

fn answer(case: &Value) -> Value {
    let mut request = case.clone();
    request["op"] = json!("render");
    serde_json::from_str(&batch::answer(&request.to_string())).expect("an answer is JSON")
}

/// The wording of TOML errors differs between decoder versions: only that there is one counts.
fn compared(mut answer: Value) -> Value {
    if let Some(fields) = answer.as_object_mut() {
        fields.retain(|key, _| FIELDS.contains(&key.as_str()));
        if fields.contains_key("error") {
            fields.remove("warning");
        }
    }
    const DECODING: &str = "error unmarshalling registries config";
    if let Some(Value::String(text)) = answer.get_mut("error")
        && let Some(at) = text.find(DECODING)
    {
        text.truncate(at + DECODING.len());
    }
    answer
}

#[test]
fn render_equals_the_operator() {
    let mut tally = Tally::new("render");
    for case in corpus("render") {
        let mut expected = case["expect"].clone();
        expected["id"] = case["id"].clone();
        let found = answer(&case);
        let id = case["id"].as_str().unwrap_or_default();
        tally.compare(id, &compared(expected), &compared(found));
    }
    tally.finish();
}
