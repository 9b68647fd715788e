//! The vectors of the operator of the cluster's own registry: what it says to a configuration,
//! and to the objects that this names.

use conformance::{Tally, vectors};
use pullproof_core::file::Files;
use pullproof_core::finding::Finding;
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use serde_json::{Map, Value, json};

/// The rules that tell what the operator says.
const CODES: [&str; 4] = ["PP120", "PP125", "PP126", "PP127"];

/// Vectors that other rules answer, by what those find, or none.
const ELSEWHERE: [(&str, Option<&str>); 4] = [
    // Logged only, and nothing is applied.
    ("op-force", Some("PP122")),
    // Whether the operator has storage of its own in the place of it depends on the platform.
    ("op-oss-ignored", Some("PP122")),
    ("op-no-storage-baremetal", None),
    // About another object, and about one that is not given.
    ("op-ca-configmap-missing", None),
];

/// What the operator puts before its messages in the object's status.
const PREFIXES: [&str; 2] = [
    "unable to complete resource: ",
    "condition StorageExists=False NotConfigured: ",
];

/// What is told of an error: the words of the vector, where those are the operator's.
fn told(error: &str) -> &str {
    if error.contains("rollingUpdate.maxUnavailable = -1") {
        return "rollingUpdate.maxUnavailable: Invalid value: -1: must be greater than or equal to 0";
    }
    let prefix = PREFIXES.iter().find_map(|it| error.strip_prefix(it));
    prefix.unwrap_or(error)
}

/// An object that a vector gives by `KIND/NAME` or `KIND/NAMESPACE/NAME`, and what it has.
fn object(path: &str, has: &Value) -> Value {
    let mut parts = path.split('/').collect::<Vec<_>>().into_iter();
    let kind = parts.next().unwrap_or_default();
    let name = parts.next_back().unwrap_or_default();
    let namespace = parts.next().unwrap_or("openshift-image-registry");
    let mut object = json!({
        "apiVersion": "v1",
        "kind": kind,
        "metadata": { "name": name, "namespace": namespace },
    });
    if let Some(keys) = has.as_array() {
        let keys = keys.iter().filter_map(Value::as_str);
        let data: Map<String, Value> = keys.map(|key| (key.to_owned(), json!("YQ=="))).collect();
        object["data"] = Value::Object(data);
    } else {
        object["spec"] = json!({ "accessModes": has["accessModes"] });
        object["metadata"]["annotations"] = has["annotations"].clone();
    }
    object
}

/// What is found, and told as what the operator says or ignores.
fn found(vector: &Value) -> Vec<Finding> {
    let mut objects = vec![json!({
        "apiVersion": "imageregistry.operator.openshift.io/v1",
        "kind": "Config",
        "metadata": { "name": "cluster" },
        "spec": vector["spec"],
    })];
    let given = vector["objects"].as_object();
    objects.extend(
        given
            .into_iter()
            .flatten()
            .map(|(path, has)| object(path, has)),
    );
    let texts: Vec<String> = objects.iter().map(Value::to_string).collect();
    let mut files = Files::new();
    let file = files.add("input.yaml", texts.join("\n---\n"));
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let model = Model::build(&mut files, &[file], &settings);
    lint::run(&model, rules::ALL)
}

#[test]
fn findings_say_what_the_registry_operator_says() {
    let all = vectors("resources");
    let mut tally = Tally::new("resource vectors (registry operator)");
    for vector in all["vectors"].as_array().into_iter().flatten() {
        if vector["kind"] != "registry-operator" {
            continue;
        }
        let id = vector["id"].as_str().unwrap_or_default();
        let findings = found(vector);
        let has = |code| findings.iter().any(|finding| finding.code == code);
        let ours = findings.iter().filter(|it| CODES.contains(&it.code));
        let ours: Vec<String> = ours
            .map(|it| format!("{} {}", it.message, it.help.as_deref().unwrap_or_default()))
            .collect();
        let elsewhere = ELSEWHERE.iter().find(|(other, _)| *other == id);
        let is_right = match (elsewhere, vector["error"].as_str()) {
            (Some((_, code)), _) => ours.is_empty() && code.is_none_or(has),
            (None, None) => ours.is_empty(),
            (None, Some(error)) => {
                matches!(&ours[..], [text] if text.contains(told(error)))
            }
        };
        let expected = &vector["error"];
        tally.count(
            id,
            (!is_right).then(|| format!("expected {expected}, found {ours:?}")),
        );
    }
    tally.finish();
}
