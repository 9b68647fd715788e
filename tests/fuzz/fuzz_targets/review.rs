//! Bodies of reviews: what is read is what a tree of the same text has, and all of it can be used.

#![no_main]
#![expect(
    dead_code,
    reason = "the reader's files are here whole, and the tree needs less"
)]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;

// The reader alone: the webhook's library comes with the host of policies, and that with a compiler.
#[path = "../../../crates/pullproof-host/src/types.rs"]
mod evaluate;
#[path = "../../../crates/pullproof-webhook/src/review.rs"]
mod review;

fuzz_target!(|body: &[u8]| {
    let review = match review::read(body) {
        Ok(review) => review,
        Err(error) => {
            assert!(!error.message.is_empty());
            assert!(error.answerable.is_none_or(|(_, uid)| !uid.is_empty()));
            return;
        }
    };
    _ = review.shown_name();
    _ = review.selected_object().map(review::labels);
    let groups = review.group_refs();
    let request = review.request(&groups);
    // A tree is not made of what is nested very deeply.
    let Ok(whole) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    assert_eq!(whole["apiVersion"], review.version.as_str());
    let asked = &whole["request"];
    let is = |node: &Value, text: &str| match node {
        Value::Null => text.is_empty(),
        node => node == text,
    };
    assert_eq!(asked["uid"], *review.uid);
    assert_eq!(asked["operation"], request.operation.as_str());
    for (node, text) in [
        (&asked["kind"]["group"], request.kind.group),
        (&asked["kind"]["version"], request.kind.version),
        (&asked["kind"]["kind"], request.kind.kind),
        (&asked["name"], request.name),
        (&asked["namespace"], request.namespace),
        (&asked["subResource"], request.subresource),
        (&asked["userInfo"]["username"], request.user),
    ] {
        assert!(is(node, text), "{node} is not {text:?}");
    }
    assert_eq!(
        asked["dryRun"].as_bool().unwrap_or_default(),
        request.dry_run
    );
    let listed = asked["userInfo"]["groups"].as_array();
    let listed = listed.map(Vec::as_slice).unwrap_or_default();
    assert_eq!(listed.len(), request.groups.len());
    assert!(
        listed
            .iter()
            .zip(request.groups)
            .all(|(node, text)| is(node, text))
    );
    for (node, text) in [
        (&asked["object"], request.object),
        (&asked["oldObject"], request.old_object),
    ] {
        let read = text.map(|text| serde_json::from_str::<Value>(text));
        let read = read.map(|value| value.expect("it is a part of JSON"));
        assert_eq!(*node, read.unwrap_or_default());
    }
});
