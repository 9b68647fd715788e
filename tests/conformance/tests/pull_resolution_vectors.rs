//! The vectors of the reference library, each at every library version that answered it.

#![expect(
    clippy::unwrap_used,
    reason = "a vector of another shape stops the test"
)]

use conformance::{Tally, vectors};
use pullproof_core::file::Files;
use pullproof_core::openshift::OpenShift;
use pullproof_core::reference::Reference;
use pullproof_core::registries::conf;
use pullproof_core::registries::entry::ShortNameMode;
use pullproof_core::registries::index::match_length;
use pullproof_core::registries::load::{ConfFile, Registries, load};
use pullproof_core::resolve::short_name::candidates;
use pullproof_core::resolve::{Endpoint, resolve};
use serde_json::{Value, json};

/// The OpenShift release whose CRI-O has each library that the vectors were also run with.
const LIBRARIES: [(&str, OpenShift); 6] = [
    ("v5.22.0", OpenShift::V4_12),
    ("v5.25.0", OpenShift::V4_14),
    ("v5.29.0", OpenShift::V4_16),
    ("v5.32.2", OpenShift::V4_18),
    ("v5.35.0", OpenShift::V4_20),
    ("v5.36.2", OpenShift::V4_21),
];

/// What those libraries' TOML decoders refuse and this one accepts, told in divergences.md.
const DECODER_DIVERGENCES: [&str; 2] = ["conf-278", "conf-279"];

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn registries(input: &Value, version: OpenShift) -> Result<Registries, String> {
    let mut files = Files::new();
    let mut decode = |name: String, text: &str, drop_in: &str| {
        let file = files.add(name.as_str(), text);
        let conf = conf::decode(&files, file).map_err(|error| {
            format!("loading {drop_in}registries configuration \"{name}\": {error}")
        })?;
        Ok::<_, String>(ConfFile { name, conf })
    };
    let main = decode(
        "$DIR/registries.conf".to_owned(),
        text(input, "registries_conf"),
        "",
    )?;
    let mut drop_ins = Vec::new();
    if let Some(files) = input["registries_conf_d"].as_object() {
        for (name, text) in files {
            let text = text.as_str().unwrap_or_default();
            // The host leaves out what is no readable file: other names, dangling links.
            if name.ends_with(".conf") && !name.contains('/') && !text.starts_with("SYMLINK:") {
                let name = format!("$DIR/registries.conf.d/{name}");
                drop_ins.push(decode(name, text, "drop-in ")?);
            }
        }
    }
    load(Some(main), drop_ins, version).map_err(|errors| errors[0].to_string())
}

fn reference(reference: &Reference) -> Value {
    let mut value = json!({
        "domain": reference.domain(),
        "name": reference.name(),
        "path": reference.path(),
        "string": reference.as_str(),
    });
    if let Some(tag) = reference.tag() {
        value["tag"] = json!(tag);
    }
    if let Some(digest) = reference.digest() {
        value["digest"] = json!(digest);
    }
    json!({ "ref": value })
}

fn loaded(registries: &Registries) -> Value {
    let list = registries.list().iter().map(|registry| {
        let mirrors = registry.mirrors.iter().map(|mirror| {
            let mut value = json!({ "location": mirror.location, "insecure": mirror.insecure });
            if !mirror.pull_from_mirror.as_str().is_empty() {
                value["pull-from-mirror"] = json!(mirror.pull_from_mirror.as_str());
            }
            value
        });
        json!({
            "prefix": registry.prefix,
            "location": registry.location,
            "insecure": registry.insecure,
            "blocked": registry.blocked,
            "mirror-by-digest-only": registry.mirror_by_digest_only,
            "mirrors": mirrors.collect::<Vec<_>>(),
        })
    });
    let mode = match registries.short_name_mode {
        ShortNameMode::Disabled => "disabled",
        ShortNameMode::Permissive => "permissive",
        ShortNameMode::Enforcing => "enforcing",
    };
    let search: Vec<_> = registries
        .search
        .iter()
        .map(|registry| &registry.value)
        .collect();
    json!({
        "registries": list.collect::<Vec<_>>(),
        "unqualified_search_registries": search,
        "credential_helpers": registries.credential_helpers,
        "short_name_mode": mode,
    })
}

fn sources(registries: &Registries, input: &Value) -> Result<Value, Value> {
    let reference = Reference::parse_normalized(text(input, "reference"))
        .map_err(|error| json!({ "error": error.to_string() }))?;
    let resolution = resolve(registries, &reference);
    let prefix = resolution
        .registry
        .map(|id| registries.registry(id).prefix.clone());
    let attempts = resolution
        .attempts
        .map_err(|error| json!({ "error": error.to_string(), "matched_prefix": prefix }))?;
    let sources = attempts.iter().map(|attempt| {
        let is_mirror = matches!(attempt.endpoint, Endpoint::Mirror(_));
        json!({
            "kind": if is_mirror { "mirror" } else { "source" },
            "reference": attempt.reference.as_str(),
            "insecure": attempt.insecure,
        })
    });
    Ok(json!({ "matched_prefix": prefix, "sources": sources.collect::<Vec<_>>() }))
}

/// What is contacted, or refused unsent, until an answer is a success.
fn attempted(registries: &Registries, vector: &Value) -> Value {
    let input = &vector["input"];
    let parsed = Reference::parse_normalized(text(input, "reference")).unwrap();
    let resolution = resolve(registries, &parsed.with_default_tag());
    let Ok(attempts) = resolution.attempts else {
        return json!({ "attempted": [] });
    };
    let n_expected = vector["expect"]["attempted"].as_array().map_or(0, Vec::len);
    let succeeds = vector["expect"]["ok"] == json!(true);
    let shown = if succeeds { n_expected } else { attempts.len() };
    let shown = attempts
        .iter()
        .take(shown)
        .map(|attempt| attempt.reference.as_str());
    let error = text(&vector["expect"], "error");
    for attempt in &attempts {
        if let Some(id) = attempt.blocked_by {
            let prefix = &registries.registry(id).prefix;
            let is_told = error.contains(&format!("registry {prefix} is blocked in"));
            assert!(is_told || succeeds, "{}: {prefix}", vector["id"]);
        }
    }
    assert!(
        !error.contains(" is blocked in ") || attempts.iter().any(|it| it.blocked_by.is_some()),
        "{}",
        vector["id"]
    );
    json!({ "attempted": shown.collect::<Vec<_>>() })
}

fn without_toml_wording(mut value: Value) -> Value {
    if let Some(Value::String(text)) = value.get_mut("error")
        && let Some(at) = text.find(": toml: ")
    {
        text.truncate(at + ": toml: ".len());
    }
    value
}

fn answer(vector: &Value, version: OpenShift) -> Option<Value> {
    let input = &vector["input"];
    let text_of = |key: &str| text(input, key);
    let from_result = |result: Result<Reference, _>| match result {
        Ok(parsed) => reference(&parsed),
        Err(error) => json!({ "error": format!("{error}") }),
    };
    let with_registries = |question: &dyn Fn(&Registries) -> Value| match registries(input, version)
    {
        Ok(registries) => question(&registries),
        Err(error) => json!({ "error": error }),
    };
    let mut answer = match text(vector, "kind") {
        "parse_raw" => from_result(Reference::parse(text_of("reference"))),
        "parse_normalized" => from_result(Reference::parse_normalized(text_of("reference"))),
        "parse_named" => from_result(Reference::parse_canonical(text_of("reference").to_owned())),
        "parse_docker_transport" => match Reference::parse_normalized(text_of("reference")) {
            Ok(parsed) if parsed.tag().is_some() && parsed.digest().is_some() => {
                json!({ "error": pullproof_core::resolve::Refusal::TagAndDigest.to_string() })
            }
            parsed => from_result(parsed.map(|parsed| parsed.with_default_tag())),
        },
        "match_prefix" => {
            let length = match_length(text_of("reference"), text_of("prefix"));
            let length = length.map_or(-1, |length| i64::try_from(length).unwrap());
            json!({ "match_len": length })
        }
        "rewrite" => {
            let rest = match_length(text_of("reference"), text_of("prefix"));
            // Loading refuses a table without location whose prefix is no wildcard.
            let is_loadable =
                !text_of("location").is_empty() || text_of("prefix").starts_with("*.");
            let rest = rest.filter(|_| is_loadable);
            let rewritten = rest.map(|at| match text_of("location") {
                "" => text_of("reference").to_owned(),
                location => format!("{location}{}", &text_of("reference")[at..]),
            });
            match rewritten.map(Reference::parse_canonical) {
                Some(Ok(rewritten)) => json!({ "result": rewritten.as_str() }),
                Some(Err(error)) => json!({ "error": format!("rewriting reference: {error}") }),
                // `resolve` rewrites only what matched, so it has no word for this.
                None => json!({ "error": "invalid prefix" }),
            }
        }
        "load_config" => with_registries(&loaded),
        "find_registry" => with_registries(&|registries| {
            let found = registries
                .find(text_of("reference"))
                .map(|id| registries.registry(id));
            match found {
                Some(found) => {
                    json!({ "matched_prefix": found.prefix, "location": found.location })
                }
                None => json!({ "matched_prefix": null, "location": null }),
            }
        }),
        "pull_sources" => with_registries(&|registries| match sources(registries, input) {
            Ok(answer) | Err(answer) => answer,
        }),
        "pull_attempts" => with_registries(&|registries| attempted(registries, vector)),
        "short_name" => with_registries(&|registries| {
            let mode = match text_of("short_name_mode_override") {
                "disabled" => ShortNameMode::Disabled,
                "permissive" => ShortNameMode::Permissive,
                "enforcing" => ShortNameMode::Enforcing,
                _ => registries.short_name_mode,
            };
            match candidates(registries, text_of("reference"), mode) {
                Ok(candidates) => {
                    let texts: Vec<_> = candidates.iter().map(Reference::as_str).collect();
                    json!({ "crio_candidates": texts })
                }
                Err(error) => json!({ "error": error.to_string() }),
            }
        }),
        _ => return None,
    };
    answer = without_toml_wording(answer);
    Some(answer)
}

/// Keeps of the expected answer what the tool also answers.
fn comparable(kind: &str, expected: &Value) -> Value {
    let mut expected = without_toml_wording(expected.clone());
    if kind == "rewrite" && text(&expected, "error").starts_with("invalid prefix") {
        return json!({ "error": "invalid prefix" });
    }
    let Some(map) = expected.as_object_mut() else {
        return expected;
    };
    match kind {
        "pull_attempts" => map.retain(|key, _| key == "attempted"),
        "short_name" => _ = map.remove("candidates"),
        "load_config" => {
            if map.get("unqualified_search_registries") == Some(&Value::Null) {
                map.insert("unqualified_search_registries".to_owned(), json!([]));
            }
            map.remove("additional_layer_store_auth_helper");
            map.remove("aliases");
        }
        _ => {}
    }
    expected
}

#[test]
fn every_vector_in_scope_is_answered_as_the_library_did() {
    let all = vectors("pull-resolution");
    let mut tally = Tally::new("pull-resolution vectors");
    let mut out_of_scope = 0;
    let vectors = ["valid", "errors"]
        .iter()
        .flat_map(|key| all[key].as_array().unwrap());
    for vector in vectors {
        let (id, kind) = (text(vector, "id"), text(vector, "kind"));
        let input = &vector["input"];
        // Reading files and credentials is for hosts and for a later analysis.
        let is_host = ["credentials", "config_files"].contains(&kind)
            || input.get("registries_conf_missing").is_some()
            || text(&vector["expect"], "error").ends_with("is a directory");
        if is_host {
            out_of_scope += 1;
            continue;
        }
        let found = answer(vector, OpenShift::NEWEST).unwrap();
        tally.compare(id, &comparable(kind, &vector["expect"]), &found);
        if !["load_config", "pull_sources"].contains(&kind) || DECODER_DIVERGENCES.contains(&id) {
            continue;
        }
        for (library, version) in LIBRARIES {
            let differs = vector["version_differences"]
                .as_array()
                .into_iter()
                .flatten();
            let mut differs = differs.filter(|difference| {
                difference["libraries"]
                    .as_array()
                    .unwrap()
                    .contains(&json!(library))
            });
            let expected = differs
                .next()
                .map_or(&vector["expect"], |found| &found["expect"]);
            if text(expected, "error").contains("no such file") {
                continue;
            }
            let found = answer(vector, version).unwrap();
            tally.compare(
                &format!("{id} {library}"),
                &comparable(kind, expected),
                &found,
            );
        }
    }
    println!("out of scope: {out_of_scope}");
    tally.finish();
}
