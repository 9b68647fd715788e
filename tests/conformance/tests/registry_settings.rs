//! The settings of the cluster's own registry and its pruner against the answers of a real API
//! server with the CRDs of openshift/api, to random objects.

use conformance::{Tally, corpus};
use pullproof_core::file::Files;
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ACCESS: &str = "spec.storage.azure.networkAccess";
const INTERNAL: &str = "spec.storage.azure.networkAccess.internal";

/// Whether the rule leaves a value to others, as its page says: texts that only a cloud knows,
/// keys that must be there outside of lists, and durations, of which the server also takes some
/// that are no text.
fn is_left(path: &str, message: &str) -> bool {
    let is_part = !path.starts_with("spec.routes");
    path.ends_with("CRN")
        || path.ends_with("uration")
        || path.ends_with("maxWaitInQueue")
        || (message.ends_with("Required value") && is_part)
}

/// What the server refuses, by paths.
fn refused(case: &Value) -> BTreeSet<String> {
    let causes = case["causes"].as_array().into_iter().flatten();
    let told = causes.filter_map(|cause| {
        let (field, message) = (cause["field"].as_str()?, cause["message"].as_str()?);
        // It names no field where a number is too large for its type, and where rules are not asked.
        let field = match message.split_once(" with format int32 in ") {
            Some((_, rest)) => rest.split([':', '"']).next().unwrap_or_default(),
            None if field == "<nil>" => return None,
            None if message.contains("internal is forbidden") => INTERNAL,
            None => field,
        };
        (!is_left(field, message)).then(|| field.to_owned())
    });
    told.collect()
}

/// What the server drops, by paths.
fn dropped(case: &Value) -> BTreeSet<String> {
    let warnings = case["warnings"].as_array().into_iter().flatten();
    let paths = warnings.filter_map(|warning| {
        let (_, path) = warning.as_str()?.split_once("unknown field ")?;
        Some(path.trim_matches(['"', '\\']).to_owned())
    });
    paths.collect()
}

/// What the rule finds in an object, by paths: what is refused, and what is dropped.
fn found(object: &Value) -> [BTreeSet<String>; 2] {
    let mut files = Files::new();
    let file = files.add("input.json", object.to_string());
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let model = Model::build(&mut files, &[file], &settings);
    let mut findings = lint::run(&model, rules::ALL);
    findings.retain(|finding| finding.rule == "invalid-registry-setting");
    let mut paths = [BTreeSet::new(), BTreeSet::new()];
    for finding in findings {
        let Some((_, mut path)) = model.locate(finding.span) else {
            continue;
        };
        if finding.message.ends_with("is missing") {
            path.push_str(".name");
        }
        let is_dropped = finding.message.starts_with("there is no setting");
        if is_dropped || !is_left(&path, "") {
            paths[usize::from(is_dropped)].insert(path);
        }
    }
    paths
}

#[test]
fn settings_are_judged_as_the_server_judges_them() {
    let mut tally = Tally::new("registry settings");
    for case in corpus("registry-settings") {
        let (refused, mut dropped) = (refused(&case), dropped(&case));
        let [mut found_refused, found_dropped] = found(&case["object"]);
        // Rules of the CRD are asked where all else is right.
        if !refused.contains(INTERNAL) && !refused.contains(ACCESS) && !refused.is_empty() {
            found_refused.remove(INTERNAL);
        }
        // What is in a value of a wrong type is not told.
        dropped.retain(|path| {
            let is_in = |outer: &String| path.starts_with(&format!("{outer}."));
            !refused.iter().any(is_in)
        });
        tally.compare(
            case["id"].as_str().unwrap_or_default(),
            &json!([refused, dropped]),
            &json!([found_refused, found_dropped]),
        );
    }
    tally.finish();
}
