//! The rules against what a real API server stored and refused: none panics, none is silent
//! about a refusal, and none speaks of one that did not happen.

use conformance::{Tally, corpus};
use pullproof_core::apiserver::crds::Resource;
use pullproof_core::file::Files;
use pullproof_core::finding::{Finding, Severity};
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use serde_json::Value;

fn findings(texts: &[String], version: OpenShift) -> Vec<Finding> {
    let mut files = Files::new();
    let inputs: Vec<_> = texts
        .iter()
        .map(|text| files.add("object.json", text))
        .collect();
    let settings = Settings {
        version,
        release_image: None,
    };
    let model = Model::build(&mut files, &inputs, &settings);
    let found = lint::run(&model, rules::ALL);
    for finding in &found {
        check_words(&files, finding);
    }
    found
}

fn check_words(files: &Files, finding: &Finding) {
    let labels = finding
        .related
        .iter()
        .map(|label| (label.span, &label.text));
    let texts = labels.chain([(finding.span, &finding.message)]);
    for (span, text) in texts {
        assert!(!text.is_empty() && !text.ends_with('.'), "{finding:?}");
        assert!(!text.contains(char::is_control), "{finding:?}");
        let length = files.text(span.file).len();
        assert!(
            span.start <= span.end && span.range().end <= length,
            "{finding:?}"
        );
    }
    let first = finding.message.chars().next().unwrap_or_default();
    let is_code = finding.message.starts_with("OpenShift") || finding.message.starts_with("Image");
    assert!(is_code || !first.is_uppercase(), "{finding:?}");
    assert!(finding.message.len() < 800, "{finding:?}");
}

/// Whether the server was asked about a kind that the object says it is.
fn is_of_its_kind(case: &Value) -> bool {
    let text = |key: &str| case["object"][key].as_str().unwrap_or_default();
    let resource = Resource::of(text("apiVersion"), text("kind"));
    resource.map(Resource::plural) == case["resource"].as_str()
}

fn was_read_from_a_server(case: &Value) -> bool {
    let version = case["object"]["metadata"]["resourceVersion"].as_str();
    version.is_some_and(|version| !version.is_empty())
}

#[test]
fn the_server_and_the_rules_refuse_the_same_objects() {
    let mut tally = Tally::new("lint");
    for case in corpus("crd") {
        let found = findings(&[case["object"].to_string()], OpenShift::NEWEST);
        if !is_of_its_kind(&case) || was_read_from_a_server(&case) {
            continue;
        }
        let has = |rule: &str| {
            let is_it = |it: &&Finding| it.rule == rule && it.severity == Severity::Error;
            found.iter().any(|finding| is_it(&finding))
        };
        let created = |mode: &str| case["expect"][mode]["code"] == 201;
        let is_refused = !created("warn");
        let is_pruned = created("warn") && !created("strict");
        let differs = is_refused != has("rejected-object") || (is_pruned && !has("unknown-field"));
        let rules: Vec<&str> = found.iter().map(|finding| finding.rule).collect();
        let id = case["id"].as_str().unwrap_or_default();
        let difference = differs.then(|| format!("refused: {is_refused}, found: {rules:?}"));
        tally.count(id, difference);
    }
    tally.finish();
}

#[test]
fn many_objects_together_are_judged_in_every_release() {
    const TOGETHER: usize = 40;
    let texts: Vec<String> = corpus("crd")
        .iter()
        .map(|case| case["object"].to_string())
        .collect();
    for (version, _) in OpenShift::ALL {
        for texts in texts.chunks(TOGETHER) {
            findings(texts, version);
        }
    }
}
