//! policy.json against containers/image 5.38: whether nodes load a file, and what it asks of an
//! image.

use conformance::{Tally, corpus};
use pullproof_core::file::Files;
use pullproof_core::policy_json::read::read;
use pullproof_core::reference::Reference;
use serde_json::{Value, json};

/// The reference that the registries' transport makes of a text.
fn reference(text: &str) -> Reference {
    let reference = Reference::parse_normalized(text).expect("it is a reference");
    if reference.tag().is_some() || reference.digest().is_some() {
        return reference;
    }
    Reference::parse(&format!("{reference}:latest")).expect("it is one with a tag, too")
}

/// What is asked of an image; an error where the file is refused.
fn answer(case: &Value) -> Value {
    let text = |key: &str| case[key].as_str().unwrap_or_default();
    let mut files = Files::new();
    let file = files.add("policy.json", text("policy"));
    let Ok(policy) = read(&files, file) else {
        return json!("error");
    };
    let (_, scope) = policy.deciding(&reference(text("ref")));
    let names = scope.requirements.iter().map(|it| it.name());
    json!(names.collect::<Vec<_>>())
}

#[test]
fn policies_are_read_as_by_the_library() {
    let mut tally = Tally::new("policy");
    for case in corpus("policy") {
        let expected = match &case["expect"]["requirements"] {
            Value::Null => json!("error"),
            requirements => requirements.clone(),
        };
        let id = case["id"].as_str().unwrap_or_default();
        tally.compare(id, &expected, &answer(&case));
    }
    tally.finish();
}
