//! What the webhook tells the audit log is what the core by itself finds, for every object of
//! the corpora.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use pullproof_core::admission::{self, Cluster, Operation, Request};
use pullproof_host::host::{Host, HostConfig, Interruption};
use pullproof_webhook::config::{self, OnError};
use pullproof_webhook::deadline::Deadline;
use pullproof_webhook::judge::{Judge, Policies};
use pullproof_webhook::log::{Format, Level, Log};
use pullproof_webhook::metrics::Metrics;
use pullproof_webhook::policies::WasmPolicies;
use pullproof_webhook::state::State;
use serde_json::{Value, json};

fn judge() -> Judge {
    let host = Host::new(&HostConfig {
        concurrency: 1,
        interruption: Interruption::Clock,
        cache: None,
    });
    let (config, problems) = config::read("");
    assert!(problems.is_empty());
    let state = Arc::new(State::none());
    let (policies, problems) = WasmPolicies::load(&host.unwrap(), &config, &state, None);
    assert!(problems.is_empty());
    Judge {
        policies: ArcSwap::from_pointee(Policies {
            evaluate: Arc::new(policies),
            settings: config.policies,
            problem: None,
        }),
        on_error: OnError::Fail,
        metrics: Metrics::default(),
        log: Arc::new(Log::new(Level::Error, Format::Json, Box::new(std::io::sink())).unwrap()),
    }
}

/// Every object of a case.
fn objects(case: &Value) -> Vec<&Value> {
    let values = case.as_object().unwrap().values();
    let objects = values.flat_map(|value| match value {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    });
    objects
        .filter(|value| value.get("kind").is_some())
        .collect()
}

#[test]
fn the_webhook_finds_what_the_core_finds() {
    let judge = judge();
    let settings = admission::read_settings("{}").unwrap();
    let (cluster, _) = Cluster::new(Vec::new(), settings);
    let (mut n_findings, mut n_omitted) = (0, 0);
    let corpora = ["render", "crd"].map(conformance::corpus);
    for object in corpora.iter().flatten().flat_map(objects) {
        // Some objects of the corpora say what they are in a way that no API server takes.
        let api_version = object["apiVersion"].as_str().unwrap_or_default();
        let (group, version) = api_version.split_once('/').unwrap_or_default();
        let kind = object["kind"].as_str().unwrap_or_default();
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let kinds = json!({ "group": group, "version": version, "kind": kind });
        let body = json!({
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": {
                "uid": "u", "operation": "CREATE", "kind": kinds, "name": name, "object": object,
            },
        });
        let until = Instant::now() + Duration::from_secs(30);
        let deadline = Deadline {
            evaluate_by: until,
            answer_by: until,
        };
        let answer = judge.answer(body.to_string().as_bytes(), deadline);
        // Whoever asks again is told the same, from the third time on without asking the core.
        for _ in 0..2 {
            let again = judge.answer(body.to_string().as_bytes(), deadline);
            assert_eq!(again.body, answer.body);
        }
        let answer: Value = serde_json::from_slice(&answer.body).unwrap();
        let told = &answer["response"]["auditAnnotations"]["findings"];
        let told = told.as_str().unwrap_or("[]");
        let text = object.to_string();
        let found = admission::review(
            &cluster,
            &Request {
                operation: Operation::Create,
                group,
                version,
                kind,
                name,
                subresource: "",
                object: Some(&text),
                old_object: None,
            },
        );
        let mut told: Vec<Value> = serde_json::from_str(told).unwrap();
        // What does not fit into an annotation is counted.
        if told
            .last()
            .is_some_and(|last| last.get("omitted").is_some())
        {
            told.pop();
            n_omitted += 1;
        } else {
            assert_eq!(told.len(), found.findings.len(), "{text}");
        }
        let worst = found.findings.iter().map(|finding| finding.severity).max();
        let is_denied = worst == Some(pullproof_core::finding::Severity::Error);
        assert_eq!(answer["response"]["allowed"], json!(!is_denied), "{text}");
        for (told, found) in told.iter().zip(&found.findings) {
            let expected = [
                ("rule", found.rule),
                ("code", found.code),
                ("severity", found.severity.name()),
                ("object", found.object.as_deref().unwrap_or_default()),
                ("path", &found.path),
                ("message", &found.message),
            ];
            for (key, expected) in expected {
                assert_eq!(
                    told[key].as_str().unwrap_or_default(),
                    expected,
                    "{key}: {text}"
                );
            }
            n_findings += 1;
        }
    }
    println!("{n_findings} findings are the same; {n_omitted} annotations were cut");
    assert!(1_000 < n_findings);
}
