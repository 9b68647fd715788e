//! Requests that must succeed whatever happens beside them.

use crate::support::client::{Answer, Connector, eventually};
use crate::support::process::Process;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// After this the API server gives up, unless a registration says otherwise.
const API_SERVER_PATIENCE: Duration = Duration::from_secs(10);

/// An object that no policy minds.
pub(crate) fn mirror_set(name: &str) -> Value {
    json!({
        "apiVersion": "config.openshift.io/v1",
        "kind": "ImageDigestMirrorSet",
        "metadata": { "name": name },
        "spec": { "imageDigestMirrors": [
            { "source": "registry.example.com/team", "mirrors": ["mirror.example.com/team"] },
        ] },
    })
}

pub(crate) fn review(name: &str) -> Value {
    json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": format!("uid-{name}"),
            "kind": { "group": "config.openshift.io", "version": "v1", "kind": "ImageDigestMirrorSet" },
            "name": name,
            "namespace": "",
            "subResource": "",
            "operation": "CREATE",
            "userInfo": { "username": "admin", "groups": ["system:masters"] },
            "object": mirror_set(name),
            "oldObject": null,
            "dryRun": false,
            "options": null,
        },
    })
}

/// Asks as the API server does; the answer came before it would have given up.
pub(crate) fn ask(connector: &Connector, review: &Value) -> Answer {
    let start = Instant::now();
    let mut client = connector.connect();
    client.start_review("/validate?timeout=10s", &review.to_string());
    let answer = client.read_answer().expect("there is an answer");
    assert!(start.elapsed() < API_SERVER_PATIENCE);
    answer
}

/// The response in an answer that the API server takes.
pub(crate) fn response(answer: &Answer, uid: &str) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let whole = answer.json();
    assert_eq!(whole["kind"], "AdmissionReview");
    assert_eq!(whole["apiVersion"], "admission.k8s.io/v1");
    let response = whole["response"].clone();
    assert_eq!(response["uid"], uid);
    let is_allowed = response["allowed"].as_bool().expect("there is a decision");
    assert_eq!(response["status"].is_null(), is_allowed, "{response}");
    if !is_allowed {
        assert!(response["status"]["code"].as_u64().is_some(), "{response}");
        assert_ne!(response["status"]["message"].as_str(), Some(""));
    }
    for warning in response["warnings"].as_array().into_iter().flatten() {
        let warning = warning.as_str().expect("a warning is text");
        assert!(!warning.contains(char::is_control), "{warning:?}");
        assert!(warning.chars().count() <= 256, "{warning:?}");
    }
    response
}

/// Clients that ask about an honest object until they are stopped, each time successfully.
pub(crate) struct Honest {
    is_done: Arc<AtomicBool>,
    n_answers: Arc<AtomicUsize>,
    threads: Vec<JoinHandle<()>>,
}

impl Honest {
    pub(crate) fn start(process: &Process, n_clients: usize) -> Honest {
        let is_done = Arc::new(AtomicBool::new(false));
        let n_answers = Arc::new(AtomicUsize::new(0));
        let threads = (0..n_clients)
            .map(|_| {
                let (is_done, n_answers) = (Arc::clone(&is_done), Arc::clone(&n_answers));
                let connector = process.connector();
                thread::spawn(move || {
                    while !is_done.load(Ordering::Relaxed) {
                        let response = response(&ask(&connector, &review("honest")), "uid-honest");
                        assert_eq!(response["allowed"], true, "{response}");
                        n_answers.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        Honest {
            is_done,
            n_answers,
            threads,
        }
    }

    /// Waits for a few more answers, and stops.
    pub(crate) fn stop(self) -> usize {
        let before = self.n_answers.load(Ordering::Relaxed);
        eventually(|| {
            let has_failed = self.threads.iter().any(JoinHandle::is_finished);
            has_failed || before + 2 < self.n_answers.load(Ordering::Relaxed)
        });
        self.is_done.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().expect("every honest request succeeds");
        }
        self.n_answers.load(Ordering::Relaxed)
    }
}
