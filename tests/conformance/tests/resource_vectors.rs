//! The vectors of the API server's schema code, for the kinds that this project reads.
//!
//! Upstream's own suites leave `metadata` out and let the server make up a name.

use conformance::{Tally, vectors};
use pullproof_core::apiserver::crds::Resource;
use pullproof_core::apiserver::verdict::{FieldValidation, admit};
use pullproof_core::document;
use pullproof_core::file::Files;
use pullproof_core::openshift::OpenShift;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn set(values: &Value) -> BTreeSet<&str> {
    values
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

#[test]
fn schemas_answer_as_the_server_does() {
    let all = vectors("resources");
    let mut tally = Tally::new("resource vectors (api)");
    let mut out_of_scope = 0;
    for vector in all["vectors"].as_array().into_iter().flatten() {
        let is_api = vector["kind"] == "api";
        // What an update tolerates depends on the stored object, and is not answered.
        let Some(text) = vector["input"]
            .as_str()
            .filter(|_| is_api && vector["old"].is_null())
        else {
            continue;
        };
        let generate = "\nmetadata: {generateName: t}\n";
        let generate = if text.contains("metadata:") {
            ""
        } else {
            generate
        };
        let mut files = Files::new();
        let file = files.add("input.yaml", format!("{text}{generate}"));
        let (documents, _) = document::read(&files, file);
        let Some(root) = documents.first().map(|document| &document.root) else {
            out_of_scope += 1;
            continue;
        };
        let word = |key| {
            root.get(key)
                .and_then(document::Node::as_str)
                .unwrap_or_default()
        };
        let Some(resource) = Resource::of(word("apiVersion"), word("kind")) else {
            out_of_scope += 1;
            continue;
        };
        let verdict = admit(resource, root, OpenShift::NEWEST, FieldValidation::Warn);
        let causes: Vec<_> = verdict
            .causes
            .iter()
            .map(|cause| (cause.field(), cause.reason().name()))
            // Told by the server where it skips rules, but not by the code that answered these.
            .filter(|(field, _)| field != "<nil>")
            .collect();
        let fields: BTreeSet<&str> = causes.iter().map(|(field, _)| field.as_str()).collect();
        let pruned: Vec<_> = verdict
            .pruned
            .iter()
            .map(|field| field.path.to_string())
            .collect();
        let mut found = json!({ "accepted": causes.is_empty() && verdict.code != 400 });
        let mut expected = json!({ "accepted": vector["expect"] == "accepted" });
        if vector.get("errorFields").is_some() {
            found["fields"] = json!(fields);
            expected["fields"] = json!(set(&vector["errorFields"]));
        }
        if vector.get("errorTypes").is_some() {
            let types: BTreeSet<&str> = causes.iter().map(|(_, reason)| *reason).collect();
            found["types"] = json!(types);
            expected["types"] = json!(set(&vector["errorTypes"]));
        }
        if vector.get("prunedUnknownFields").is_some() {
            found["pruned"] = json!(pruned.iter().collect::<BTreeSet<_>>());
            expected["pruned"] = json!(set(&vector["prunedUnknownFields"]));
        }
        tally.compare(vector["id"].as_str().unwrap_or_default(), &expected, &found);
    }
    println!("other kinds: {out_of_scope}");
    tally.finish();
}
