//! Whatever comes as a review is answered with a review or refused as a bad request: tried on
//! many texts that are made up, the same ones at every run.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use pullproof_webhook::config::OnError;
use pullproof_webhook::deadline;
use pullproof_webhook::evaluate::{Evaluate, Finding, Outcome, PolicyInfo, Request, Severity};
use pullproof_webhook::judge::{Judge, Policies};
use pullproof_webhook::log::{Format, Level, Log};
use pullproof_webhook::metrics::Metrics;
use serde_json::{Map, Value, json};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x5eed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A policy that finds fault with everything it is shown, and repeats it.
struct Echo;

impl Evaluate for Echo {
    fn review(&self, request: &Request<'_>, _deadline: Instant) -> Vec<Outcome> {
        let objects = request.object.into_iter().chain(request.old_object);
        for object in objects {
            let parsed: Result<Value, _> = serde_json::from_str(object);
            // Nesting ends somewhere for a tree, which a reader of texts does not build.
            let is_object = parsed.as_ref().map_or(true, Value::is_object);
            assert!(is_object, "policies are given objects: {object}");
        }
        let texts = [
            request.name,
            request.user,
            request.kind.kind,
            request.subresource,
        ];
        let finding = |text: &&str| Finding {
            rule: "echo".to_owned(),
            code: String::new(),
            severity: if text.len().is_multiple_of(2) {
                Severity::Error
            } else {
                Severity::Warning
            },
            message: (*text).to_owned(),
            place: None,
            object: None,
            path: (*text).to_owned(),
            related: Vec::new(),
            help: Some((*text).to_owned()),
        };
        vec![Outcome {
            policy: "echo".into(),
            is_repeated: false,
            result: Ok(texts.iter().map(finding).collect()),
        }]
    }

    fn policies(&self) -> Vec<PolicyInfo> {
        Vec::new()
    }
}

/// One for all, since its log has a thread.
static JUDGE: LazyLock<Judge> = LazyLock::new(|| {
    let log = Log::new(Level::Debug, Format::Json, Box::new(std::io::sink()));
    Judge {
        policies: ArcSwap::from_pointee(Policies {
            evaluate: Arc::new(Echo),
            settings: Vec::new(),
            problem: None,
        }),
        on_error: OnError::Deny,
        metrics: Metrics::default(),
        log: Arc::new(log.expect("a thread can be started")),
    }
});

fn review() -> Value {
    let object = json!({
        "apiVersion": "config.openshift.io/v1",
        "kind": "ImageDigestMirrorSet",
        "metadata": { "name": "lab", "generateName": "lab-", "labels": { "a": "b\u{e9}" } },
        "spec": { "imageDigestMirrors": [{ "source": "a.io", "mirrors": ["m.io", "n.io"] }] },
    });
    json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": { "group": "config.openshift.io", "version": "v1", "kind": "ImageDigestMirrorSet" },
            "name": "lab",
            "namespace": "ns",
            "subResource": "status",
            "operation": "UPDATE",
            "userInfo": { "username": "ad\"min", "groups": ["system:masters", "b"] },
            "object": object,
            "oldObject": object,
            "dryRun": true,
            "options": { "kind": "UpdateOptions" },
        },
    })
}

/// The answer is one that the API server takes, or a bad request; whether it is a review.
fn check(body: &[u8]) -> Result<bool, TestCaseError> {
    let deadline = deadline::deadline(Instant::now(), None, Duration::from_secs(10));
    let answer = JUDGE.answer(body, deadline);
    let text = serde_json::from_slice(&answer.body);
    let whole: Value = text.map_err(|error| TestCaseError::fail(error.to_string()))?;
    if answer.http_status == 400 {
        prop_assert_eq!(&whole["kind"], "Status");
        prop_assert_eq!(&whole["code"], 400);
        prop_assert!(
            !whole["message"]
                .as_str()
                .unwrap_or_default()
                .contains(char::is_control)
        );
        return Ok(false);
    }
    prop_assert_eq!(answer.http_status, 200);
    prop_assert_eq!(&whole["kind"], "AdmissionReview");
    let version = whole["apiVersion"].as_str().unwrap_or_default();
    prop_assert!(["admission.k8s.io/v1", "admission.k8s.io/v1beta1"].contains(&version));
    let response = &whole["response"];
    prop_assert_ne!(response["uid"].as_str().unwrap_or_default(), "");
    // What a tree says is what the reader says, where a tree can be made of it.
    if let Ok(asked) = serde_json::from_slice::<Value>(body) {
        prop_assert_eq!(&response["uid"], &asked["request"]["uid"]);
    }
    let is_allowed = response["allowed"].as_bool();
    prop_assert_eq!(is_allowed, Some(response["status"].is_null()));
    let shown = response["warnings"].as_array().into_iter().flatten();
    let causes = response["status"]["details"]["causes"].as_array();
    let causes = causes.into_iter().flatten().map(|cause| &cause["message"]);
    for text in shown.chain(causes).chain([&response["status"]["message"]]) {
        let text = text.as_str().unwrap_or_default();
        prop_assert!(!text.contains(char::is_control), "{:?}", text);
    }
    Ok(true)
}

/// A change of bytes; places are parts of 65,536.
#[derive(Clone, Debug)]
enum Edit {
    Set(u16, u8),
    Insert(u16, Vec<u8>),
    Remove(u16, u8),
    Repeat(u16, u8),
    Cut(u16),
}

fn edit() -> impl Strategy<Value = Edit> {
    // Bytes that mean something in JSON, or are no character.
    let telling = b"{}[]\":,\\unulltrue0-eE.\x00\n\x7f\xff\xc3".to_vec();
    let byte = prop_oneof![prop::sample::select(telling), any::<u8>()];
    prop_oneof![
        4 => (any::<u16>(), byte.clone()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        2 => (any::<u16>(), vec(byte, 1..8)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        2 => (any::<u16>(), any::<u8>()).prop_map(|(at, n)| Edit::Remove(at, n)),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(at, n)| Edit::Repeat(at, n)),
        1 => any::<u16>().prop_map(Edit::Cut),
    ]
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit) {
    let place = |at: u16| usize::from(at) * bytes.len() / 65_536;
    let end = |at: usize, n: u8| bytes.len().min(at + usize::from(n));
    match edit {
        Edit::Set(at, byte) => {
            let at = place(*at);
            bytes.iter_mut().skip(at).take(1).for_each(|it| *it = *byte);
        }
        Edit::Insert(at, more) => {
            let at = place(*at);
            bytes.splice(at..at, more.iter().copied());
        }
        Edit::Remove(at, n) => {
            let at = place(*at);
            let end = end(at, *n);
            bytes.drain(at..end);
        }
        Edit::Repeat(at, n) => {
            let at = place(*at);
            let part = bytes[at..end(at, *n)].to_vec();
            bytes.splice(at..at, part);
        }
        Edit::Cut(at) => {
            let at = place(*at);
            bytes.truncate(at);
        }
    }
}

/// Values that do not belong where they are put.
fn value() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "CREATE",
        "DELETE",
        "CONNECT",
        "v1",
        "admission.k8s.io/v1beta1",
        "AdmissionReview",
        "null",
        "\u{0}",
        "\n\u{1b}[31m",
        "\u{202e}\u{2028}",
        "\"\\",
        "\u{10ffff}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(texts.to_vec()).prop_map(Value::from),
        ".{0,300}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::Array),
            vec((".{0,5}", inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Every value below this one, as a JSON Pointer.
fn pointers(value: &Value) -> Vec<String> {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(idx, it)| (idx.to_string(), it)).collect()
        }
        _ => Vec::new(),
    };
    let with_below = |(key, value): (String, &Value)| {
        let below = pointers(value).into_iter().map(|it| format!("/{key}{it}"));
        let below: Vec<String> = below.collect();
        [format!("/{key}")].into_iter().chain(below)
    };
    members.into_iter().flat_map(with_below).collect()
}

/// Replaces a value, or takes it out of its object.
fn replace(whole: &mut Value, pointer: &str, value: Option<Value>) {
    let parent = pointer.rsplit_once('/');
    match (value, parent) {
        (Some(value), _) => {
            // An earlier change may have taken it away.
            if let Some(place) = whole.pointer_mut(pointer) {
                *place = value;
            }
        }
        (None, Some((parent, key))) => {
            if let Some(Value::Object(members)) = whole.pointer_mut(parent) {
                members.remove(key);
            }
        }
        (None, None) => {}
    }
}

proptest! {
    #![proptest_config(config(4_000))]

    #[test]
    fn broken_texts_are_answered_or_refused(edits in vec(edit(), 1..6)) {
        let mut bytes = review().to_string().into_bytes();
        for edit in &edits {
            apply(&mut bytes, edit);
        }
        check(&bytes)?;
    }

    #[test]
    fn other_trees_are_answered_or_refused(
        changes in vec((any::<prop::sample::Index>(), prop::option::weighted(0.8, value())), 1..4),
    ) {
        let mut review = review();
        let pointers = pointers(&review);
        for (pointer, value) in changes {
            replace(&mut review, pointer.get::<String>(&pointers), value);
        }
        check(review.to_string().as_bytes())?;
    }
}

/// The whole of it is answered, so that what is made of it above does begin with a good review.
#[test]
fn the_review_itself_is_answered() {
    let is_answered = |pointer: &str, value: Value| {
        let mut review = review();
        replace(&mut review, pointer, Some(value));
        check(review.to_string().as_bytes()).expect("it is answered or refused")
    };
    assert!(is_answered("/request/name", json!("lab")));
    assert!(!is_answered("/request/uid", json!(7)));
    assert!(is_answered("/request/object", json!([])));
    assert!(is_answered("/request/dryRun", json!("no")));
}
