//! The vectors of what stands beside mirror objects: mapping files, install-configs, pull secrets.
//!
//! Other kinds of the same file belong to what is not read here: what `oc adm catalog mirror` and
//! oc-mirror write, and slips in documents.

use conformance::{Tally, vectors};
use pullproof_core::file::{FileId, Files};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::resource::install_config::InstallFaultKind;
use pullproof_core::resource::mapping::{self, FaultKind, Image, MappingFile};
use pullproof_core::resource::pull_secret::{CredentialFault, PullSecretFault};
use serde_json::{Value, json};

/// What the stand-in for a registry had as tags when the vectors were made.
const TAGS: [&str; 2] = ["v1", "v2"];

fn of_kind(kind: &str) -> Vec<Value> {
    let all = vectors("resources");
    let all = all["vectors"].as_array().into_iter().flatten();
    all.filter(|vector| vector["kind"] == kind)
        .cloned()
        .collect()
}

fn id(vector: &Value) -> &str {
    vector["id"].as_str().unwrap_or_default()
}

fn mapping_answer(files: &Files, file: FileId, mapping: &MappingFile) -> Value {
    let mut faults = mapping.faults.iter();
    let is_same = |kind: &FaultKind| *kind == FaultKind::SameImage;
    let error = faults.find(|fault| !is_same(&fault.kind)).map(|fault| {
        let line = files.position(file, fault.span.start).line;
        format!("file <name>, line {line}: {}", fault.kind)
    });
    if let Some(error) = error {
        return json!({ "error": error });
    }
    let mut mappings = Vec::new();
    for pair in &mapping.pairs {
        let (source, destination) = (&pair.source.value, &pair.destination.value);
        let same = mapping
            .faults
            .iter()
            .any(|it| it.span == pair.source.span && is_same(&it.kind));
        let note = if same {
            format!(" ({})", FaultKind::SameImage)
        } else {
            String::new()
        };
        let with = |image: &Image, tag: &str| {
            let mut image = image.clone();
            image.tag = Some(tag.to_owned());
            image
        };
        if source.is_pattern() {
            let copied = TAGS.map(|tag| (with(source, tag), with(destination, tag)));
            let told = copied.map(|(source, destination)| format!("{source} => {destination}"));
            mappings.extend(told);
        } else {
            mappings.push(format!("{source} => {destination}{note}"));
        }
    }
    let mut answer = json!({ "mappings": mappings });
    if mapping.faults.iter().any(|it| is_same(&it.kind)) {
        answer["error"] = json!(FaultKind::SameImage.to_string());
    }
    answer
}

#[test]
fn mapping_files_are_read_as_by_the_program() {
    let mut tally = Tally::new("resource vectors (mapping-parse)");
    for vector in of_kind("mapping-parse") {
        // Three are answers to files that are not among the data.
        let Some(text) = vector["text"].as_str() else {
            continue;
        };
        let mut files = Files::new();
        let file = files.add("mapping.txt", text);
        let mapping = mapping::read(&files, file);
        let mut expected = json!({});
        for key in ["mappings", "error"] {
            if !vector[key].is_null() {
                expected[key] = vector[key].clone();
            }
        }
        tally.compare(
            id(&vector),
            &expected,
            &mapping_answer(&files, file, &mapping),
        );
    }
    tally.finish();
}

fn model(text: &str) -> Model {
    let mut files = Files::new();
    let file = files.add("input.yaml", text);
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    Model::build(&mut files, &[file], &settings)
}

#[test]
fn install_configs_are_judged_as_by_the_installer() {
    let mut tally = Tally::new("resource vectors (install-config)");
    for vector in of_kind("install-config") {
        let mut config = vector["input"].clone();
        config["apiVersion"] = json!("v1");
        for key in ["baseDomain", "platform", "networking"] {
            config[key] = json!("x");
        }
        let model = model(&config.to_string());
        let faults: Vec<String> = model
            .beside
            .install_configs
            .iter()
            .flat_map(|config| &config.faults)
            .map(|fault| match &fault.kind {
                InstallFaultKind::BothLists(_) => fault.kind.to_string(),
                kind => format!("{}: Invalid value: {:?}: {kind}", fault.field, fault.value),
            })
            .collect();
        let accepted = json!(vector["expect"] == "accepted");
        let error = vector["error"].as_str();
        let error = error.or(vector["errorContains"].as_str());
        let found = match error {
            // One with several errors tells only one of them.
            Some(error) if faults.iter().any(|fault| fault == error) => json!(error),
            _ => json!(faults),
        };
        let expected = error.map_or(json!([]), |error| json!(error));
        assert_eq!(accepted, json!(error.is_none()), "{}", id(&vector));
        assert_eq!(model.beside.install_configs.len(), 1, "{}", id(&vector));
        tally.compare(id(&vector), &expected, &found);
    }
    tally.finish();
}

#[test]
fn pull_secrets_are_judged_as_by_the_installer() {
    let mut tally = Tally::new("resource vectors (pull-secret)");
    for vector in of_kind("pull-secret") {
        let config = json!({
            "apiVersion": "v1", "baseDomain": "x", "platform": {},
            "pullSecret": vector["input"],
        });
        let model = model(&config.to_string());
        let secret = &model.beside.pull_secrets[0];
        let mut errors = Vec::new();
        for fault in &secret.faults {
            errors.push(match fault.value {
                PullSecretFault::NoAuths => "auths required".to_owned(),
                // The program goes on with the first character, which is not told here.
                PullSecretFault::NotJson => "invalid character".to_owned(),
                other => format!("{other:?}"),
            });
        }
        for credential in &secret.credentials {
            // What it encodes is not looked at by the installer.
            if credential.fault == Some(CredentialFault::Neither) {
                let key = &credential.key.value;
                errors.push(format!("{key:?} requires either auth or credsStore"));
            }
        }
        let expected: Vec<&str> = vector["error"].as_str().into_iter().collect();
        let is_same = errors.len() == expected.len()
            && errors
                .iter()
                .zip(&expected)
                .all(|(found, expected)| expected.starts_with(found.as_str()));
        let difference = (!is_same).then(|| format!("expected {expected:?}, found {errors:?}"));
        tally.count(id(&vector), difference);
    }
    tally.finish();
}
