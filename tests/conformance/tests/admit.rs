//! `admit` against the answers of a real API server.

use conformance::{Tally, corpus_lines};
use pullproof_core::batch;
use serde_json::{Value, json};

#[test]
fn admit_equals_the_server() {
    let mut tally = Tally::new("crd");
    for line in corpus_lines("crd") {
        let case: Value = serde_json::from_str(&line).expect("a case is JSON");
        // The line itself is the request, since a message may show the object as it was sent.
        let request = line.replacen('{', "{\"op\": \"admit\", ", 1);
        let answer: Value =
            serde_json::from_str(&batch::answer(&request)).expect("an answer is JSON");
        for mode in ["strict", "warn"] {
            let expected = comparable(&case["expect"][mode]);
            let mut found = comparable(&answer[mode]);
            if expected["stored"] == "omitted" && found["stored"].is_object() {
                found["stored"] = json!("omitted");
            }
            let id = format!("{} {mode}", case["id"].as_str().unwrap_or_default());
            tally.compare(&id, &expected, &found);
        }
    }
    tally.finish();
}

/// What is compared of an answer: causes in no order, and the message without their order.
fn comparable(answer: &Value) -> Value {
    let list = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
    let mut causes = list("causes");
    causes.sort_by_key(ToString::to_string);
    let message = match answer["message"].as_str() {
        // The causes say what follows, in an order that the server does not keep.
        Some(message) if 1 < causes.len() => message.split(" is invalid: ").next(),
        message => message,
    };
    json!({
        "code": answer["code"],
        "reason": answer["reason"],
        "message": message,
        "causes": causes,
        "warnings": list("warnings"),
        "stored": answer["stored"],
    })
}
