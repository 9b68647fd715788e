//! The vectors about what a change of files does to a node.

use super::{mirror_sets, node, text, texts};
use pullproof_core::openshift::OpenShift;
use pullproof_core::policy_json::ImagePolicies;
use pullproof_core::registries::{CONF_PATH, write};
use pullproof_core::render::{Base, RenderInput, render};
use pullproof_core::resource::image_config;
use pullproof_core::rollout::{self, Drain, Effect, Rollout, policy, rollout};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

fn sides(old: &str, new: &str, path: &str) -> [BTreeMap<String, String>; 2] {
    [old, new].map(|text| BTreeMap::from([(path.to_owned(), text.to_owned())]))
}

fn conf_rollout(input: &Value, version: OpenShift) -> Rollout {
    let (old, new) = (
        text(input, "oldRegistriesConf"),
        text(input, "newRegistriesConf"),
    );
    let [old, new] = sides(old, new, CONF_PATH);
    rollout(&old, &new, &[], version)
}

pub(crate) fn drain(vector: &Value, version: OpenShift) -> Value {
    let rollout = conf_rollout(&vector["input"], version);
    let mut value = json!({});
    match (&rollout.conf_change, rollout.drain, rollout.legacy_drain) {
        (Ok(_), Some(drain), legacy) => {
            assert_eq!(drain, legacy, "the two ways agree about registries.conf");
            value["drain"] = json!(drain == Drain::Needed);
        }
        (change, ..) => value["error"] = json!(format!("{change:?}")),
    }
    value
}

fn effect_text(effect: Effect) -> &'static str {
    match effect {
        Effect::None => "none",
        Effect::Reload => "reload crio",
        Effect::Drain => "drain, reload crio",
        Effect::Reboot => "drain+reboot",
        Effect::Failed => "failed",
    }
}

/// One answer for each key of the expectation, a key being releases in words.
pub(crate) fn disruption(vector: &Value) -> Value {
    let mut value = Map::new();
    let expect = vector["expect"].as_object().unwrap();
    for (releases, expected) in expect {
        let name: String = releases
            .chars()
            .take_while(|character| character.is_ascii_digit() || *character == '.')
            .collect();
        let first = OpenShift::parse(&name).unwrap_or(OpenShift::NEWEST);
        let is_open = releases[name.len()..].starts_with('+');
        let input = &vector["input"];
        let in_place = releases.contains("in-place");
        let mut found = Vec::new();
        for (version, _) in OpenShift::ALL {
            if version < first || (first < version && !is_open) {
                continue;
            }
            let rollout = match input["files"].as_array() {
                None => {
                    let mut input = input.clone();
                    if OpenShift::V4_13 <= version {
                        for key in ["oldRegistriesConf", "newRegistriesConf"] {
                            let text = text(&input, key)
                                .replace("  mirror-by-digest-only = true\n", "")
                                .replace(
                                    "\"m.com\"",
                                    "\"m.com\"\npull-from-mirror = \"digest-only\"",
                                );
                            input[key] = json!(text);
                        }
                    }
                    conf_rollout(&input, version)
                }
                Some(files) => {
                    let [old, new] = sides("1", "2", files[0].as_str().unwrap());
                    rollout(&old, &new, &[], version)
                }
            };
            let effect = if in_place {
                rollout.in_place_effect
            } else {
                rollout.effect
            };
            found.push(effect_text(effect));
        }
        found.dedup();
        let expected = expected.as_str().unwrap_or_default();
        let found = found.join(" or ");
        // Older patch releases than the newest are not told apart.
        let is_older = releases.contains("before BZ");
        let is_same = is_older || expected.replace(", no drain", "") == found;
        value.insert(
            releases.clone(),
            json!(if is_same { expected } else { &found }),
        );
    }
    Value::Object(value)
}

pub(crate) fn post_action(input: &Value) -> Value {
    let files = |key: &str| -> BTreeMap<String, String> {
        let files = texts(input, key).into_iter();
        files
            .filter_map(|file| file.rsplit_once(':'))
            .map(|(path, version)| (path.to_owned(), version.to_owned()))
            .collect()
    };
    let rollout = rollout(
        &files("oldFiles"),
        &files("newFiles"),
        &[],
        OpenShift::NEWEST,
    );
    let actions = rollout.legacy_actions.iter().map(ToString::to_string);
    json!({ "actions": actions.collect::<Vec<_>>() })
}

pub(crate) fn drain_actions(input: &Value) -> Value {
    let action = |name: &str| match name {
        "none" => rollout::legacy::LegacyAction::None,
        _ => rollout::legacy::LegacyAction::Reboot,
    };
    let actions: Vec<_> = texts(input, "actions").into_iter().map(action).collect();
    let drain = rollout::legacy_drain(&actions, &[], &Ok(Vec::new()), OpenShift::NEWEST);
    json!({ "drain": drain == Drain::Needed })
}

pub(crate) fn ndp_path(input: &Value) -> Value {
    let policies = input["filePolicies"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let policies: Vec<policy::FilePolicy> = policies
        .iter()
        .map(|value| policy::FilePolicy {
            path: text(value, "path").to_owned().into(),
            actions: texts(value, "actions")
                .into_iter()
                .map(|name| policy::Action::parse(name).unwrap())
                .collect(),
        })
        .collect();
    let found = policy::closest(text(input, "diffPath"), &policies);
    let actions = found.into_iter().flat_map(|policy| policy.actions.iter());
    let actions: Vec<String> = actions.map(ToString::to_string).collect();
    json!({ "pathFound": found.is_some(), "actions": actions })
}

/// What the operator's cluster tests observed, from the objects to the node.
pub(crate) fn e2e_effect(vector: &Value) -> Value {
    let input = &vector["input"];
    let entry = json!({
        "source": "registry.access.redhat.com/ubi8/ubi-minimal",
        "mirrors": ["example.io/digest-example/ubi-minimal"],
    });
    let named = match (text(input, "cr"), text(input, "kind")) {
        (_, "ImageContentSourcePolicy") => Some(("icsp", "repositoryDigestMirrors")),
        ("tc-61555-digest-mirror", _) => Some(("idms", "imageDigestMirrors")),
        ("tc-61558-tag-mirror", _) => Some(("itms", "imageTagMirrors")),
        _ => None,
    };
    let mut objects = Map::new();
    if let Some((key, entries)) = named {
        objects.insert(key.to_owned(), json!([{ "spec": { entries: [entry] } }]));
    } else if let Some(kind) = input["cr"]["kind"].as_str() {
        let key = if kind == "ImageTagMirrorSet" {
            "itms"
        } else {
            "idms"
        };
        objects.insert(key.to_owned(), json!([input["cr"]]));
    }
    let spec = json!({ "registrySources": input.get("registrySources") });
    let files = |objects: &Value, spec: &Value| {
        let input = RenderInput {
            mirror_sets: &mirror_sets(objects),
            image: &image_config::read_spec(Some(&node(spec))),
            release_image: None,
            base: Base::Template,
            image_policies: &ImagePolicies::default(),
        };
        render(&input, OpenShift::NEWEST).unwrap().on_node()
    };
    let without = files(&json!({}), &json!({}));
    let with = files(&Value::Object(objects), &spec);
    let rollout = if text(input, "change") == "delete" {
        rollout(&with, &without, &[], OpenShift::NEWEST)
    } else {
        rollout(&without, &with, &[], OpenShift::NEWEST)
    };
    let mut value = json!({
        "drain": Effect::Drain <= rollout.effect,
        "reboot": rollout.effect == Effect::Reboot,
    });
    let expect = &vector["expect"];
    if expect.get("cordon").is_some() {
        value["cordon"] = value["drain"].clone();
    }
    if expect.get("crio").is_some() {
        let reloads = matches!(rollout.effect, Effect::Reload | Effect::Drain);
        value["crio"] = json!(if reloads { "reload" } else { "" });
    }
    if expect.get("file").is_some() {
        value["file"] = json!(write::SEARCH_PATH);
        value["content"] = json!(with.get(write::SEARCH_PATH));
    }
    value
}
