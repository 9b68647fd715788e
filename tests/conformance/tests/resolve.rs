//! `resolve` against the reference library's answers: every field the contract lists, byte for byte.

use conformance::{Tally, corpus};
use pullproof_core::batch;
use serde_json::{Value, json};

const FIELDS: [&str; 10] = [
    "parsed",
    "ref_error",
    "conf_error",
    "chain",
    "docker_ref",
    "docker_error",
    "docker_chain",
    "crio",
    "crio_error",
    "id",
];

fn answer(case: &Value) -> Value {
    let mut request = case.clone();
    request["op"] = json!("resolve");
    serde_json::from_str(&batch::answer(&request.to_string())).expect("an answer is JSON")
}

/// The wording of TOML errors differs between decoder versions: only that there is one counts.
fn without_toml_wording(mut answer: Value) -> Value {
    if let Some(Value::String(text)) = answer.get_mut("conf_error")
        && let Some(at) = text.find(": toml: ")
    {
        text.truncate(at + ": toml: ".len());
    }
    answer
}

fn run(name: &str) {
    let mut tally = Tally::new(name);
    for case in corpus(name) {
        let mut expected = case["expect"].clone();
        expected["id"] = case["id"].clone();
        let mut found = answer(&case);
        if let Some(found) = found.as_object_mut() {
            found.retain(|key, _| FIELDS.contains(&key.as_str()));
        }
        let (expected, found) = (without_toml_wording(expected), without_toml_wording(found));
        tally.compare(case["id"].as_str().unwrap_or_default(), &expected, &found);
    }
    tally.finish();
}

#[test]
fn resolve_equals_the_library() {
    run("resolve");
}

#[test]
fn resolve_of_rendered_files_equals_the_library() {
    run("e2e");
}

#[test]
fn the_client_tries_what_resolve_says() {
    let mut tally = Tally::new("client");
    for case in corpus("client") {
        let answer = answer(&case);
        // What the client refuses as a reference it never gets to try.
        let chain = match answer.get("docker_error") {
            Some(_) => &Value::Null,
            None => answer.get("docker_chain").unwrap_or(&answer["chain"]),
        };
        let sources = chain["sources"].as_array().cloned().unwrap_or_default();
        let tried: Vec<_> = sources.iter().map(|source| source["ref"].clone()).collect();
        let blocked = |source: &Value| source.get("blocked_by")?.as_str().map(str::to_owned);
        let mut blocked: Vec<String> = sources.iter().filter_map(blocked).collect();
        blocked.sort_unstable();
        blocked.dedup();
        let mut expected_blocked: Vec<String> =
            serde_json::from_value(case["blocked"].clone()).unwrap();
        expected_blocked.sort_unstable();
        let expected = json!({ "tried": case["tried"], "blocked": expected_blocked });
        let found = json!({ "tried": tried, "blocked": blocked });
        tally.compare(case["id"].as_str().unwrap_or_default(), &expected, &found);
    }
    tally.finish();
}
