//! `migrate` against what `oc adm migrate icsp` did.

use conformance::{Tally, corpus, vectors};
use pullproof_core::batch;
use pullproof_core::document::plain::plain;
use pullproof_core::document::{self, Document};
use pullproof_core::file::Files;
use serde_json::{Value, json};

fn answer(input: &Value, file: &str) -> Value {
    let request = json!({ "op": "migrate", "input": input, "file": file });
    serde_json::from_str(&batch::answer(&request.to_string())).expect("an answer is JSON")
}

/// The documents of a text; layout and comments do not matter.
fn parsed(output: &Value) -> Value {
    let Some(text) = output.as_str() else {
        return Value::Null;
    };
    let mut files = Files::new();
    let file = files.add("output", text);
    let (documents, problems) = document::read(&files, file);
    assert_eq!(problems, [], "{text}");
    let root = |document: &Document| plain(&document.root);
    documents.iter().map(root).collect()
}

/// What is compared of words: those with the name of a Go type are not.
fn comparable(text: &str) -> &str {
    match text.contains("into Go ") {
        true => "a Go type",
        false => text,
    }
}

#[test]
fn migrate_equals_oc() {
    let mut tally = Tally::new("oc (migrate-icsp)");
    for case in corpus("oc") {
        if case["class"] != "migrate-icsp" {
            continue;
        }
        let expect = &case["expect"];
        let found = answer(&case["input"], "in.yaml");
        let of = |answer: &Value| {
            json!({
                "rc": answer["rc"],
                "file": answer["file"],
                "stderr": comparable(answer["stderr"].as_str().unwrap_or_default()),
                "output": parsed(&answer["output"]),
            })
        };
        let id = case["id"].as_str().unwrap_or_default();
        tally.compare(id, &of(expect), &of(&found));
        if found["output"] != expect["output"] {
            println!("{id}: the layout is another one");
        }
    }
    tally.finish();
}

#[test]
fn migrate_answers_every_vector() {
    let all = vectors("resources");
    let mut tally = Tally::new("resource vectors (migrate-icsp)");
    for vector in all["vectors"].as_array().into_iter().flatten() {
        if vector["kind"] != "migrate-icsp" {
            continue;
        }
        let id = vector["id"].as_str().unwrap_or_default();
        let name = id.strip_prefix("mig-").unwrap_or(id);
        let found = answer(&vector["input"], &format!("{name}.yaml"));
        let error = vector["error"].as_str().map(|error| {
            // Where it was tried the directory had a name and the file a number.
            let error = error
                .replace("open DEST/", "open ")
                .replace("<Int63>", "<random>");
            match error.ends_with('\n') {
                true => format!("error: {error}"),
                false => format!("error: {error}\n"),
            }
        });
        let error = error.unwrap_or_default();
        let file = vector["outName"]
            .as_str()
            .map(|it| it.replace("<Int63>", "<random>"));
        let expected = json!({
            "rc": u8::from(!error.is_empty()),
            "stderr": comparable(&error),
            "output": parsed(&vector["output"]),
            "file": file,
        });
        let found = json!({
            "rc": found["rc"],
            "stderr": comparable(found["stderr"].as_str().unwrap_or_default()),
            "output": parsed(&found["output"]),
            "file": vector["outName"].is_string().then_some(&found["file"]),
        });
        tally.compare(id, &expected, &found);
    }
    tally.finish();
}
