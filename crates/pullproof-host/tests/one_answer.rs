//! The core and its component give the same bytes for every input of the corpora.

use pullproof_core::file::Files;
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings as CoreSettings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::{batch, report};
use pullproof_host::builtin;
use pullproof_host::host::{Host, HostConfig, Interruption};
use pullproof_host::limits::Limits;
use pullproof_host::policy::{NO_SETTINGS, Policy, PolicySource};
use pullproof_host::simulator::{File, ReportForm, Settings, Simulator};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Far more than any single answer takes, even without optimisation.
const PATIENCE: Duration = Duration::from_secs(30);

fn simulator() -> Simulator {
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
    let policy = policy.expect("the core is a policy");
    Simulator::new(&policy, Instant::now() + PATIENCE).expect("it is the core")
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

/// Every object of a case, as a stream.
fn manifests(case: &Value) -> String {
    let is_object = |value: &&Value| value.get("kind").is_some();
    let values = case.as_object().into_iter().flat_map(|case| case.values());
    let objects = values.flat_map(|value| match value {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    });
    let texts: Vec<String> = objects.filter(is_object).map(Value::to_string).collect();
    texts.join("\n---\n")
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
                ReportForm::Json => report::json::report(&files, &findings, &[]),
            };
            assert_eq!(found, Ok(expected), "{text}");
        }
    }
    println!("{n_findings} findings are the same");
    assert!(100 < n_findings);
}
