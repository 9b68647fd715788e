//! The vectors of the Machine Config Operator and its libraries, for what they say of nodes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a vector of another shape stops the test"
)]

use conformance::{Tally, vectors};
use pullproof_core::document::{Document, Node, json as json_reader};
use pullproof_core::file::{Files, Span, Spanned};
use pullproof_core::openshift::OpenShift;
use pullproof_core::policy_json::{self, ImagePolicies, PolicyInput, PolicyRefusal};
use pullproof_core::reference::Reference;
use pullproof_core::registries::load::{ConfFile, load};
use pullproof_core::registries::merge::{Changes, adjusted_mirrors, edit};
use pullproof_core::registries::refusal::Refusal;
use pullproof_core::registries::{
    CONF_PATH, Conf, Table, TableMirror, conf, sources, topo, validate, write,
};
use pullproof_core::render::payload::{self, Warning};
use pullproof_core::render::{Base, RenderInput, render, template};
use pullproof_core::resource::image_config::{self, ImageConfig};
use pullproof_core::resource::mirror_set::{self, MirrorSet, MirrorSetKind, SourcePolicy};
use pullproof_core::resource::objects;
use pullproof_core::{resolve::resolve, scope};
use serde_json::{Map, Value, json};

mod node_rollout;

/// What no part of this project looks at: changes of other things than files.
const OUT_OF_SCOPE: [&str; 2] = ["osImageChanged", "kargsChanged"];

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    let list = value[key].as_array();
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn node(value: &Value) -> Node {
    let mut files = Files::new();
    let file = files.add("vector", value.to_string());
    let (document, problems) = json_reader::read(&files, file);
    document.unwrap_or_else(|| panic!("{problems:?}")).root
}

fn nowhere() -> Span {
    Span::new(Files::new().add("vector", ""), 0, 0)
}

fn spanned(value: &Value, key: &str) -> Vec<Spanned<String>> {
    let texts = texts(value, key).into_iter();
    texts
        .map(|text| Spanned::new(text.to_owned(), nowhere()))
        .collect()
}

fn mirror_sets(input: &Value) -> Vec<MirrorSet> {
    let mut sets = Vec::new();
    for (key, kind) in [
        ("idms", MirrorSetKind::ImageDigestMirrorSet),
        ("icsp", MirrorSetKind::ImageContentSourcePolicy),
        ("itms", MirrorSetKind::ImageTagMirrorSet),
    ] {
        for value in input[key].as_array().into_iter().flatten() {
            let root = node(value);
            let span = root.span;
            let objects = objects(vec![Document { root, span }]);
            sets.extend(objects.iter().map(|object| mirror_set::read(object, kind)));
        }
    }
    sets
}

fn merged(merged: &[sources::MergedSource<'_>]) -> Value {
    let source = |source: &sources::MergedSource<'_>| {
        let mirrors = source.mirrors.iter().map(|mirror| mirror.location);
        let mut value = json!({ "source": source.source, "mirrors": mirrors.collect::<Vec<_>>() });
        if source.policy == SourcePolicy::NeverContactSource {
            value["neverContactSource"] = json!(true);
        }
        value
    };
    json!({ "merged": merged.iter().map(source).collect::<Vec<_>>(), "error": null })
}

fn mirror_json(mirror: &TableMirror) -> Value {
    let mut value = json!({ "location": mirror.location });
    if mirror.insecure {
        value["insecure"] = json!(true);
    }
    if !mirror.pull_from_mirror.is_empty() {
        value["pull-from-mirror"] = json!(mirror.pull_from_mirror);
    }
    value
}

fn conf_json(conf: &Conf) -> Value {
    let table = |table: &Table| {
        let mut value = json!({ "prefix": table.prefix });
        if !table.location.is_empty() {
            value["location"] = json!(table.location);
        }
        for (key, flag) in [
            ("insecure", table.insecure),
            ("blocked", table.blocked),
            ("mirror-by-digest-only", table.mirror_by_digest_only),
        ] {
            if flag {
                value[key] = json!(true);
            }
        }
        if !table.mirrors.is_empty() {
            value["mirror"] = table.mirrors.iter().map(mirror_json).collect();
        }
        value
    };
    let search = conf.search.iter().flatten().map(|text| text.value.as_str());
    json!({
        "unqualified-search-registries": search.collect::<Vec<_>>(),
        "registries": conf.tables.iter().map(table).collect::<Vec<_>>(),
    })
}

/// The template after the input's changes, or why the operator refuses them.
fn edited(input: &Value, version: OpenShift, is_validated: bool) -> Result<Conf, String> {
    let sets = mirror_sets(input);
    let sets: Vec<&MirrorSet> = sets.iter().collect();
    let (insecure, blocked) = (spanned(input, "insecure"), spanned(input, "blocked"));
    let checked = validate::Checked {
        mirror_sets: &sets,
        insecure: &insecure,
        blocked: &blocked,
    };
    if is_validated && let Some(refusal) = validate::refusals(&checked, version).first() {
        return Err(refusal.reason());
    }
    let changes = Changes {
        mirror_sets: &sets,
        insecure: &insecure,
        blocked: &blocked,
    };
    let mut conf = template();
    match edit(&mut conf, &changes, version) {
        Ok(()) => Ok(conf),
        Err(refusals) => Err(refusals[0].reason()),
    }
}

fn edited_json(vector: &Value, version: OpenShift, is_validated: bool) -> Value {
    match edited(&vector["input"], version, is_validated) {
        Err(reason) => json!({ "error": reason }),
        Ok(conf) => {
            let mut value = conf_json(&conf);
            let expect = &vector["expect"];
            if expect.get("error").is_some() {
                value["error"] = Value::Null;
            }
            if expect.get("sysregistriesv2_load_error").is_some() {
                let name = "<path>".to_owned();
                let loaded = load(Some(ConfFile { name, conf }), Vec::new(), version);
                let error = loaded.err().map(|errors| errors[0].to_string());
                value["sysregistriesv2_load_error"] = json!(error);
            }
            value
        }
    }
}

/// The first refusal of the operator's one function for all lists and mirror sets.
fn validated(input: &Value, version: OpenShift) -> Value {
    let sets = mirror_sets(input);
    let sets: Vec<&MirrorSet> = sets.iter().collect();
    let checked = validate::Checked {
        mirror_sets: &sets,
        insecure: &spanned(input, "insecure"),
        blocked: &spanned(input, "blocked"),
    };
    let refusals = validate::refusals(&checked, version);
    let allowed = spanned(input, "allowed");
    let policies = ImagePolicies::default();
    let policy = PolicyInput {
        blocked: None,
        allowed: Some(&allowed),
        payload: None,
        image_policies: &policies,
    };
    let (of_lists, of_sets): (Vec<&Refusal>, Vec<&Refusal>) =
        refusals.iter().partition(|refusal| {
            matches!(
                refusal,
                Refusal::InvalidInsecure(_) | Refusal::InvalidBlocked(_)
            )
        });
    let of_allowed = policy_json::refusals(&policy, version);
    let mut reasons = of_lists.iter().map(|refusal| refusal.reason());
    let mut of_allowed = of_allowed.iter().map(PolicyRefusal::to_string);
    let mut of_sets = of_sets.iter().map(|refusal| refusal.reason());
    let first = reasons
        .next()
        .or_else(|| of_allowed.next())
        .or_else(|| of_sets.next());
    json!({ "error": first })
}

fn image(input: &Value) -> ImageConfig {
    image_config::read_spec(Some(&node(&input["imageSpec"])))
}

fn blocked_allowed(input: &Value, version: OpenShift) -> Value {
    let sets = mirror_sets(input);
    let sets: Vec<&MirrorSet> = sets.iter().collect();
    let payload = Reference::parse_canonical(text(input, "releaseImage").to_owned()).unwrap();
    let lists = payload::lists(&payload, &image(input), &sets, version).unwrap();
    let list = |list: Option<Vec<Spanned<String>>>| {
        list.map(|list| list.into_iter().map(|text| text.value).collect::<Vec<_>>())
    };
    let error = warning(&lists.warnings);
    let mut value = json!({
        "registriesBlocked": list(lists.registries_blocked),
        "policyBlocked": list(lists.policy_blocked),
        "allowed": list(lists.allowed),
        "error_nonnull": error.is_some(),
    });
    if let Some(error) = error {
        value["error"] = json!(error);
    }
    value
}

fn warning(warnings: &[Warning]) -> Option<String> {
    let is_error = |warning: &&Warning| !matches!(warning, Warning::BlockedWithMirror(_));
    warnings.iter().find(is_error).map(ToString::to_string)
}

fn policy(vector: &Value, version: OpenShift) -> Value {
    let input = &vector["input"];
    let list = |key: &str| input.get(key).map(|_| spanned(input, key));
    let (blocked, allowed) = (list("blocked"), list("allowed"));
    let image_policies = ImagePolicies {
        cluster: spanned(input, "clusterImagePolicyScopes"),
        namespaced: spanned(input, "imagePolicyScopes"),
    };
    let input = PolicyInput {
        blocked: blocked.as_deref(),
        allowed: allowed.as_deref(),
        payload: input["releaseImage"].as_str(),
        image_policies: &image_policies,
    };
    let error = policy_json::refusals(&input, version);
    if let Some(error) = error.first() {
        return json!({ "error_nonnull": true, "error": error.to_string() });
    }
    if vector["kind"] == "cip_check" {
        return json!({ "error_nonnull": false });
    }
    let text = if policy_json::is_written(&input, version) {
        policy_json::write(&policy_json::policy(&input, version), version)
    } else {
        policy_json::TEMPLATE.to_owned()
    };
    let policy: Value = serde_json::from_str(&text).expect("a policy is JSON");
    json!({ "error": null, "policy": policy })
}

fn fullpipe(vector: &Value, version: OpenShift) -> Value {
    let input = &vector["input"];
    let sets = mirror_sets(input);
    let image_policies = ImagePolicies {
        cluster: spanned(input, "clusterImagePolicyScopes"),
        namespaced: Vec::new(),
    };
    let input = RenderInput {
        mirror_sets: &sets,
        image: &image(input),
        release_image: input["releaseImage"].as_str(),
        base: Base::Template,
        image_policies: &image_policies,
    };
    let logged = |value: &mut Value, text: Option<String>| {
        if vector["expect"].get("loggedError").is_some() {
            value["loggedError"] = json!(text);
        }
    };
    match render(&input, version) {
        Err(refusal) => {
            let mut value = json!({ "error": refusal.to_string() });
            logged(&mut value, Some(refusal.to_string()));
            value
        }
        Ok(files) => {
            let mut texts = Map::new();
            let conf = files.registries_conf.map(|file| (CONF_PATH, file.text));
            let policy = files.policy_json.map(|file| (policy_json::PATH, file.text));
            let search = files
                .search_conf
                .map(|file| (write::SEARCH_PATH, file.text));
            for (path, text) in [conf, policy, search].into_iter().flatten() {
                texts.insert(path.to_owned(), json!(text));
            }
            let mut value = json!({ "files": texts });
            logged(&mut value, warning(&files.warnings));
            value
        }
    }
}

fn toml_bytes(input: &Value, version: OpenShift) -> Value {
    let flag = |value: &Value, key: &str| value[key].as_bool().unwrap_or_default();
    let owned = |value: &Value, key: &str| text(value, key).to_owned();
    let mirror = |value: &Value| TableMirror {
        location: owned(value, "location"),
        insecure: flag(value, "insecure"),
        pull_from_mirror: owned(value, "pull-from-mirror").into(),
        ..TableMirror::default()
    };
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let table = |value: &Value| Table {
        prefix: owned(value, "prefix"),
        location: owned(value, "location"),
        insecure: flag(value, "insecure"),
        blocked: flag(value, "blocked"),
        mirror_by_digest_only: flag(value, "mirror-by-digest-only"),
        mirrors: list(value, "mirror").iter().map(mirror).collect(),
        ..Table::default()
    };
    let conf = Conf {
        search: Some(spanned(input, "unqualified-search-registries")),
        tables: list(input, "registries").iter().map(table).collect(),
        ..Conf::default()
    };
    let search = spanned(&json!({ "list": ["x.com", "y.com"] }), "list");
    json!({
        "text": write::conf(&conf, version),
        "search_dropin_for_[x.com,y.com]": write::search(&search, version),
        "search_dropin_for_[]": write::search(&[], version),
    })
}

fn pull_sources(input: &Value, version: OpenShift) -> Value {
    let mut files = Files::new();
    let file = files.add("registries.conf", text(input, "registriesConf"));
    let conf = conf::decode(&files, file).unwrap();
    let name = "registries.conf".to_owned();
    let registries = load(Some(ConfFile { name, conf }), Vec::new(), version).unwrap();
    let reference = Reference::parse_normalized(text(input, "reference"));
    let attempts = match reference {
        Ok(reference) => resolve(&registries, &reference).attempts.unwrap(),
        Err(error) => return json!({ "error": error.to_string() }),
    };
    let sources = attempts.iter().map(|attempt| attempt.reference.as_str());
    json!({ "sources": sources.collect::<Vec<_>>() })
}

/// The answer at one release; `None` for a kind that is not known.
fn answer(vector: &Value, version: OpenShift) -> Option<Value> {
    let input = &vector["input"];
    Some(match text(vector, "kind") {
        "scope_nested" => {
            let (sub, outer) = (text(input, "subScope"), text(input, "superScope"));
            json!({ "nested": scope::is_nested(sub, outer) })
        }
        "scope_valid" => {
            let scope = text(input, "scope");
            json!({ "valid": scope::is_valid_registries_conf_scope(scope, version) })
        }
        "topo" => {
            let edges = input["edges"].as_array().cloned().unwrap_or_default();
            let end = |edge: &Value, at: usize| edge[at].as_str().unwrap_or_default().to_owned();
            let edges: Vec<_> = edges
                .iter()
                .map(|edge| (end(edge, 0), end(edge, 1)))
                .collect();
            let edges = edges.iter().map(|(from, to)| (from.as_str(), to.as_str()));
            json!({ "order": topo::sorted(edges) })
        }
        "merged_digest" => {
            let sets = mirror_sets(input);
            let sets: Vec<&MirrorSet> = sets.iter().collect();
            merged(&sources::merged(sources::digest_entries(&sets, version)))
        }
        "merged_tag" => {
            let sets = mirror_sets(input);
            let sets: Vec<&MirrorSet> = sets.iter().collect();
            merged(&sources::merged(sources::tag_entries(&sets, version)))
        }
        "mirrors_adjust" => {
            let mirrors: Vec<TableMirror> = texts(input, "mirrors")
                .into_iter()
                .map(|location| TableMirror {
                    location: location.to_owned(),
                    ..TableMirror::default()
                })
                .collect();
            let (source, scope) = (text(input, "mirroredScope"), text(input, "subScope"));
            match adjusted_mirrors(source, scope, &mirrors) {
                Err(error) => json!({ "error_nonnull": true, "error": error }),
                Ok(mirrors) => {
                    let mirrors: Vec<String> =
                        mirrors.into_iter().map(|mirror| mirror.location).collect();
                    json!({ "error": null, "mirrors": mirrors })
                }
            }
        }
        "edit" => edited_json(vector, version, false),
        "render" => edited_json(vector, version, true),
        "validate" => validated(input, version),
        "blocked_allowed" => blocked_allowed(input, version),
        "policy" | "cip_check" => policy(vector, version),
        "fullpipe" => fullpipe(vector, version),
        "toml_bytes" => toml_bytes(input, version),
        "pull_sources" => pull_sources(input, version),
        "drain" => node_rollout::drain(vector, version),
        "drain_actions" => node_rollout::drain_actions(input),
        "post_action" => node_rollout::post_action(input),
        "ndp_path" => node_rollout::ndp_path(input),
        "disruption_by_version" => node_rollout::disruption(vector),
        "e2e_effect" => node_rollout::e2e_effect(vector),
        _ => return None,
    })
}

/// The releases a vector is run at: what it was made with, within what its kind can say.
fn versions(vector: &Value) -> Vec<OpenShift> {
    let (first, last) = match text(vector, "kind") {
        "toml_bytes" => match text(vector, "applies") {
            "4.6-4.8" => (OpenShift::V4_6, OpenShift::V4_8),
            // The list of keys of 4.9 to 4.12 has no mirror with `pull-from-mirror`.
            "4.9-4.12" => (OpenShift::V4_9, OpenShift::V4_12),
            "4.13-4.18" => (OpenShift::V4_13, OpenShift::V4_18),
            _ => (OpenShift::V4_19, OpenShift::NEWEST),
        },
        // The texts of the files are those of 4.17 and 4.18.
        "fullpipe" => (OpenShift::V4_17, OpenShift::V4_18),
        "edit" | "merged_digest" | "merged_tag" | "blocked_allowed" => {
            (OpenShift::V4_13, OpenShift::NEWEST)
        }
        "scope_valid" => (OpenShift::V4_11, OpenShift::NEWEST),
        "cip_check" => (OpenShift::V4_18, OpenShift::NEWEST),
        "scope_nested"
        | "topo"
        | "mirrors_adjust"
        | "drain_actions"
        | "post_action"
        | "ndp_path"
        | "disruption_by_version"
        | "e2e_effect"
        | "pull_sources" => (OpenShift::NEWEST, OpenShift::NEWEST),
        _ => (OpenShift::V4_16, OpenShift::NEWEST),
    };
    let versions = OpenShift::ALL.iter().map(|(version, _)| *version);
    versions
        .filter(|version| first <= *version && *version <= last)
        .collect()
}

/// The expectation without what is not answered, and with what upstream leaves open filled in.
fn comparable(vector: &Value) -> Value {
    let mut expect = vector["expect"].clone();
    if let Some(fields) = expect.as_object_mut() {
        match text(vector, "kind") {
            // The reasons are in the vectors' own words.
            "drain" => {
                fields.retain(|key, value| key == "drain" || key == "error" && !value.is_null());
            }
            "pull_sources" => fields.retain(|key, _| key == "sources" || key == "error"),
            "e2e_effect" => _ = fields.remove("mcd_log_contains"),
            "render" if fields.get("error").is_some_and(|error| !error.is_null()) => {
                fields.retain(|key, _| key == "error");
            }
            _ => {}
        }
    }
    expect
}

#[test]
fn every_vector_is_answered_as_the_operator_does() {
    let all = vectors("node-config");
    let mut kinds: Vec<&str> = Vec::new();
    let list = all["vectors"]
        .as_array()
        .expect("there is a list of vectors");
    for vector in list {
        if !kinds.contains(&text(vector, "kind")) {
            kinds.push(text(vector, "kind"));
        }
    }
    let mut n_vectors = 0;
    let mut tallies = Vec::new();
    for kind in kinds {
        let mut tally = Tally::new(kind);
        for vector in list.iter().filter(|vector| text(vector, "kind") == kind) {
            n_vectors += 1;
            let input = &vector["input"];
            if OUT_OF_SCOPE.iter().any(|key| input.get(key).is_some()) {
                continue;
            }
            for version in versions(vector) {
                let id = format!("{} in {version}", text(vector, "id"));
                match answer(vector, version) {
                    None => tally.count(&id, Some("nobody answers this kind".to_owned())),
                    Some(found) => tally.compare(&id, &comparable(vector), &found),
                }
            }
        }
        tallies.push(tally);
    }
    for tally in tallies {
        tally.finish();
    }
    assert_eq!(n_vectors, list.len());
}
