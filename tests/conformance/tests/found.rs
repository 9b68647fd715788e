//! Cases that once had a wrong answer: what the real programs say to each.

use conformance::{Tally, corpus_lines};
use pullproof_core::batch;
use serde_json::{Value, json};

/// Answers that are told apart by the operation, as the machine contract lists them.
fn fields(op: &str) -> &'static [&'static str] {
    match op {
        "resolve" => &[
            "parsed",
            "ref_error",
            "conf_error",
            "chain",
            "docker_ref",
            "docker_error",
            "docker_chain",
            "crio",
            "crio_error",
        ],
        "render" => &["registries_conf", "policy_json", "search_conf", "error"],
        "drain" => &[
            "diff_files",
            "safe",
            "safe_error",
            "actions",
            "drain",
            "drain_error",
            "legacy_actions",
            "legacy_drain",
            "legacy_error",
        ],
        "admit" => &["strict", "warn"],
        "catalog" => &["mapping", "mapping_errors", "icsp", "idms"],
        _ => &[],
    }
}

/// An answer in the fields of its operation.
///
/// The wording of TOML errors differs between decoder versions: only that there is one counts.
fn compared(op: &str, answer: &Value) -> Value {
    let mut compared = json!({});
    for field in fields(op) {
        let Some(value) = answer.get(field) else {
            continue;
        };
        let mut value = value.clone();
        if let Value::String(text) = &mut value
            && let Some(at) = text.find("toml: ")
        {
            text.truncate(at);
        }
        compared[field] = value;
    }
    compared
}

#[test]
fn what_was_found_stays_right() {
    let mut tally = Tally::new("found");
    for line in corpus_lines("found") {
        let case: Value = serde_json::from_str(&line).expect("a case is JSON");
        let op = case["op"].as_str().unwrap_or_default();
        let answer: Value = serde_json::from_str(&batch::answer(&line)).expect("an answer is JSON");
        let id = case["id"].as_str().unwrap_or_default();
        tally.compare(id, &compared(op, &case["expect"]), &compared(op, &answer));
    }
    tally.finish();
}
