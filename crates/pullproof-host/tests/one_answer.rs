//! The core and its component give the same bytes for every input of the corpora.

use pullproof_core::admission::{self, Cluster};
use pullproof_core::file::Files;
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings as CoreSettings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::{batch, report};
use pullproof_host::builtin;
use pullproof_host::host::{Host, HostConfig, Interruption};
use pullproof_host::limits::Limits;
use pullproof_host::policy::{NO_SETTINGS, Policy, PolicySource};
use pullproof_host::set::HARMLESS;
use pullproof_host::simulator::{File, ReportForm, Settings, Simulator};
use pullproof_host::types::{self, Kind, Operation, Request};
use pullproof_host::warm::{ClusterState, Warm};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Far more than any single answer takes, even without optimisation.
const PATIENCE: Duration = Duration::from_secs(30);

fn core() -> Policy {
    let host = Host::new(&HostConfig {
        concurrency: 1,
        interruption: Interruption::Clock,
        cache: None,
    });
    let source = PolicySource {
        name: builtin::NAME,
        bytes: builtin::COMPONENT,
        settings: NO_SETTINGS,
        limits: Limits {
            deadline: PATIENCE,
            ..Limits::ORDINARY
        },
    };
    let policy = Policy::load(&host.expect("there is a host"), &source);
    policy.expect("the core is a policy")
}

fn simulator() -> Simulator {
    Simulator::new(&core(), Instant::now() + PATIENCE).expect("it is the core")
}

#[test]
fn every_corpus_gets_the_same_answers() {
    let mut simulator = simulator();
    let mut n_answers = 0;
    for (name, op) in [
        ("resolve", "resolve"),
        ("e2e", "resolve"),
        ("client", "check"),
        ("render", "render"),
        ("drain", "drain"),
        ("crd", "admit"),
        ("found", ""),
    ] {
        for mut case in conformance::corpus(name) {
            if !op.is_empty() {
                case["op"] = json!(op);
            }
            // The answer that the corpus holds beside the request is passed over by both.
            let line = case.to_string();
            simulator.set_deadline(Instant::now() + PATIENCE);
            let answer = simulator.batch(&line).expect("the core does not fail");
            assert_eq!(answer, batch::answer(&line), "{name}: {line}");
            n_answers += 1;
        }
    }
    println!("{n_answers} answers are the same");
    assert!(8_000 < n_answers);
}

/// Every object of a case.
fn objects(case: &Value) -> Vec<&Value> {
    let is_object = |value: &&Value| value.get("kind").is_some();
    let values = case.as_object().into_iter().flat_map(|case| case.values());
    let objects = values.flat_map(|value| match value {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    });
    objects.filter(is_object).collect()
}

/// The same as a stream.
fn manifests(case: &Value) -> String {
    let texts: Vec<String> = objects(case).into_iter().map(Value::to_string).collect();
    texts.join("\n---\n")
}

/// A change of an object beside the others of its case, for both sides of the boundary.
fn request<'a>(object: &'a Value, text: &'a str, operation: Operation) -> Request<'a> {
    let (group, version) = object["apiVersion"]
        .as_str()
        .and_then(|text| text.split_once('/'))
        .unwrap_or_default();
    let is_known = |known| (known == operation).then_some(text);
    Request {
        operation,
        kind: Kind {
            group,
            version,
            kind: object["kind"].as_str().unwrap_or_default(),
        },
        name: object["metadata"]["name"].as_str().unwrap_or_default(),
        object: is_known(Operation::Create),
        old_object: is_known(Operation::Delete),
        ..HARMLESS
    }
}

/// What the core says by itself.
fn native(cluster: &Cluster, request: &Request<'_>) -> String {
    let review = admission::review(
        cluster,
        &admission::Request {
            operation: match request.operation {
                Operation::Delete => admission::Operation::Delete,
                _ => admission::Operation::Create,
            },
            group: request.kind.group,
            version: request.kind.version,
            kind: request.kind.kind,
            name: request.name,
            subresource: request.subresource,
            object: request.object,
            old_object: request.old_object,
        },
    );
    let mut findings = review.findings;
    for finding in &mut findings {
        // Who reviews an object cannot edit the text that it came from.
        finding.fix = None;
    }
    json!(report::json::findings(&review.files, &findings)).to_string()
}

#[test]
fn reviews_are_the_same_warm_or_fresh_with_a_cluster_or_without() {
    let policy = core();
    let mut warm = Warm::new(policy.clone());
    let settings = || admission::read_settings(NO_SETTINGS).expect("no settings are good settings");
    let alone = Cluster::new(Vec::new(), settings()).0;
    let (mut n_reviews, mut n_repeated, mut n_findings) = (0, 0, 0);
    let corpora = ["render", "crd"].map(conformance::corpus);
    for (case_idx, case) in corpora.iter().flatten().enumerate() {
        let objects = objects(case);
        for (idx, object) in objects.iter().enumerate() {
            let text = object.to_string();
            let others = objects
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != idx);
            let others: Vec<(String, String)> = others
                .map(|(idx, object)| (format!("cluster/{idx}"), object.to_string()))
                .collect();
            let file = |(name, text): &(String, String)| types::File {
                name: name.clone(),
                text: text.clone(),
            };
            warm.set_state(&Arc::new(ClusterState {
                files: others.iter().map(file).collect(),
            }));
            let cluster = Cluster::new(others, settings()).0;
            for operation in [Operation::Create, Operation::Delete] {
                let request = request(object, &text, operation);
                let native = native(&cluster, &request);
                // Asked twice, and then as it is said to whoever asks again.
                for may_repeat in [false, false, true] {
                    let said = warm.review(&request, Instant::now() + PATIENCE);
                    let said = said.expect("the core does not fail");
                    assert!(may_repeat || !said.is_repeated, "{text}");
                    n_repeated += usize::from(said.is_repeated);
                    n_findings += said.findings.len();
                    n_reviews += 1;
                    assert_eq!(json!(said.findings).to_string(), native, "{text}");
                }
            }
            // New instances are the same but for the cluster, which they do not know.
            if case_idx % 10 == 0 {
                let request = request(object, &text, Operation::Create);
                let found = policy.review(&request, Instant::now() + PATIENCE);
                let found = json!(found.expect("the core does not fail")).to_string();
                assert_eq!(found, native(&alone, &request), "{text}");
            }
        }
    }
    println!("{n_findings} findings of {n_reviews} reviews are the same, {n_repeated} repeated");
    assert!(1_000 < n_findings);
    // All but the few whose texts are large.
    assert!(n_reviews * 33 < n_repeated * 100);
}

#[test]
fn what_was_said_of_one_cluster_is_not_repeated_for_another() {
    let mut warm = Warm::new(core());
    let mut ask = |state: &Arc<ClusterState>| {
        warm.set_state(state);
        let said = warm.review(&HARMLESS, Instant::now() + PATIENCE);
        said.expect("the core does not fail").is_repeated
    };
    let states = [(), ()].map(|()| Arc::new(ClusterState::default()));
    let asked = [0, 0, 0, 1, 1, 1, 0].map(|idx: usize| ask(&states[idx]));
    assert_eq!(asked, [false, false, true, false, false, true, false]);
}

#[test]
fn reports_are_the_same() {
    let mut simulator = simulator();
    let mut n_findings = 0;
    let corpora = ["render", "crd"].map(conformance::corpus);
    for case in corpora.iter().flatten() {
        let text = manifests(case);
        let mut files = Files::new();
        let file = files.add("input", text.clone());
        let settings = CoreSettings {
            version: OpenShift::NEWEST,
            release_image: None,
        };
        let model = Model::build(&mut files, &[file], &settings);
        let findings = lint::run(&model, rules::ALL);
        n_findings += findings.len();
        for form in [ReportForm::Compact, ReportForm::Json] {
            simulator.set_deadline(Instant::now() + PATIENCE);
            let file = File {
                name: "input",
                text: &text,
            };
            let settings = Settings {
                openshift: None,
                release_image: None,
            };
            let found = simulator
                .report(&[file], settings, form)
                .expect("the core does not fail");
            let expected = match form {
                ReportForm::Compact => report::compact::report(&files, &findings),
                ReportForm::Json => report::json::report(&report::Run::of(&files, &findings)),
            };
            assert_eq!(found, Ok(expected), "{text}");
        }
    }
    println!("{n_findings} findings are the same");
    assert!(100 < n_findings);
}
