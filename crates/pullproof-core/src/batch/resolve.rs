//! `resolve`: what the reference library and CRI-O make of one image and one configuration.

use super::insert_some;
use crate::document::Node;
use crate::file::Files;
use crate::go_text::quote;
use crate::openshift::OpenShift;
use crate::reference::{Reference, ReferenceError};
use crate::registries::conf;
use crate::registries::load::{self, ConfFile, Registries};
use crate::resolve::short_name::candidates;
use crate::resolve::{Attempt, Endpoint, Refusal, resolve};
use serde_json::{Map, Value, json};

const MAIN_FILE: &str = "registries.conf";
const DROP_IN_DIR: &str = "registries.conf.d";

pub(super) fn answer(request: &Node) -> Map<String, Value> {
    let mut answer = Map::new();
    let text = request
        .get("ref")
        .and_then(Node::as_str)
        .unwrap_or_default();
    let reference = Reference::parse_normalized(text);
    match &reference {
        Ok(reference) => _ = answer.insert("parsed".to_owned(), parsed(reference)),
        Err(error) => _ = answer.insert("ref_error".to_owned(), json!(error.to_string())),
    }
    let docker = docker_reference(reference.as_ref());
    match &docker {
        Ok(reference) => _ = answer.insert("docker_ref".to_owned(), json!(reference.as_str())),
        Err(message) => _ = answer.insert("docker_error".to_owned(), json!(message)),
    }
    let registries = match read(request) {
        Ok(registries) => registries,
        Err(message) => {
            answer.insert("conf_error".to_owned(), json!(message));
            return answer;
        }
    };
    if let Ok(reference) = &reference {
        answer.insert("chain".to_owned(), chain(&registries, reference));
        if let Ok(docker) = &docker
            && docker != reference
        {
            answer.insert("docker_chain".to_owned(), chain(&registries, docker));
        }
    }
    match candidates(&registries, text, registries.short_name_mode) {
        Ok(candidates) => {
            let chains = candidates
                .iter()
                .map(|reference| chain(&registries, reference));
            answer.insert("crio".to_owned(), chains.collect());
        }
        Err(error) => _ = answer.insert("crio_error".to_owned(), json!(error.to_string())),
    }
    answer
}

/// From containers/image, docker/docker_transport.go `ParseReference`.
fn docker_reference(reference: Result<&Reference, &ReferenceError>) -> Result<Reference, String> {
    let reference = reference.map_err(ToString::to_string)?;
    if reference.tag().is_some() && reference.digest().is_some() {
        return Err(Refusal::TagAndDigest.to_string());
    }
    Ok(reference.with_default_tag())
}

fn parsed(reference: &Reference) -> Value {
    let mut parsed = Map::new();
    parsed.insert("canonical".to_owned(), json!(reference.as_str()));
    parsed.insert("familiar".to_owned(), json!(reference.familiar()));
    parsed.insert("name".to_owned(), json!(reference.name()));
    parsed.insert("domain".to_owned(), json!(reference.domain()));
    parsed.insert("path".to_owned(), json!(reference.path()));
    insert_some(&mut parsed, "tag", reference.tag());
    insert_some(&mut parsed, "digest", reference.digest());
    Value::Object(parsed)
}

fn read(request: &Node) -> Result<Registries, String> {
    let mut files = Files::new();
    let decode = |files: &mut Files, name: &str, drop_in: &str, text: &str| {
        let file = files.add(name, text);
        let conf = conf::decode(files, file).map_err(|error| {
            let name = quote(name);
            format!("loading {drop_in}registries configuration {name}: {error}")
        })?;
        Ok::<ConfFile, String>(ConfFile {
            name: name.to_owned(),
            conf,
        })
    };
    let text = request
        .get("conf")
        .and_then(Node::as_str)
        .unwrap_or_default();
    let main = decode(&mut files, MAIN_FILE, "", text)?;
    let mut drop_ins: Vec<(&str, &str)> = Vec::new();
    if let Some(mapping) = request.get("dropins").and_then(Node::as_mapping) {
        let named = mapping
            .entries()
            .iter()
            .map(|entry| (&*entry.key.value, &entry.value));
        drop_ins = named
            .filter_map(|(name, node)| Some((name, node.as_str()?)))
            .collect();
        drop_ins.retain(|(name, _)| name.ends_with(".conf"));
        drop_ins.sort_unstable();
    }
    let mut decoded = Vec::with_capacity(drop_ins.len());
    let mut failed = None;
    for (name, text) in drop_ins {
        let name = format!("{DROP_IN_DIR}/{name}");
        match decode(&mut files, &name, "drop-in ", text) {
            Ok(file) => decoded.push(file),
            Err(message) => {
                failed = Some(message);
                break;
            }
        }
    }
    // The library checks each file before it reads the next.
    match load::load(Some(main), decoded, OpenShift::NEWEST) {
        Err(errors) => Err(errors.first().map(ToString::to_string).unwrap_or_default()),
        Ok(registries) => failed.map_or(Ok(registries), Err),
    }
}

fn chain(registries: &Registries, reference: &Reference) -> Value {
    let resolution = resolve(registries, reference);
    let mut chain = Map::new();
    chain.insert("ref".to_owned(), json!(reference.as_str()));
    let registry = resolution.registry.map(|id| {
        let registry = registries.registry(id);
        json!({
            "prefix": registry.prefix,
            "location": registry.location,
            "insecure": registry.insecure,
            "blocked": registry.blocked,
            "mirror_by_digest_only": registry.mirror_by_digest_only,
            "mirrors": registry.mirrors.len(),
        })
    });
    chain.insert("registry".to_owned(), json!(registry));
    match &resolution.attempts {
        Err(error) => _ = chain.insert("error".to_owned(), json!(error.to_string())),
        Ok(attempts) => {
            let source = |attempt| source(registries, &resolution, attempt);
            chain.insert("sources".to_owned(), attempts.iter().map(source).collect());
        }
    }
    Value::Object(chain)
}

fn source(
    registries: &Registries,
    resolution: &crate::resolve::Resolution,
    attempt: &Attempt,
) -> Value {
    let registry = resolution.registry.map(|id| registries.registry(id));
    let mut source = Map::new();
    source.insert("ref".to_owned(), json!(attempt.reference.as_str()));
    let mirror = match attempt.endpoint {
        Endpoint::Mirror(idx) => registry.and_then(|registry| registry.mirrors.get(idx as usize)),
        Endpoint::Source | Endpoint::AsWritten => None,
    };
    let location = match (mirror, registry) {
        (Some(mirror), _) => &mirror.location,
        (None, Some(registry)) => &registry.location,
        // The library makes up an entry whose location is the whole reference.
        (None, None) => resolution.reference.as_str(),
    };
    source.insert("location".to_owned(), json!(location));
    source.insert("insecure".to_owned(), json!(attempt.insecure));
    source.insert("mirror".to_owned(), json!(mirror.is_some()));
    let restriction = mirror.map(|mirror| mirror.pull_from_mirror.as_str());
    insert_some(
        &mut source,
        "pull_from_mirror",
        restriction.filter(|value| !value.is_empty()),
    );
    source.insert("blocked".to_owned(), json!(attempt.blocked_by.is_some()));
    let blocked_by = attempt
        .blocked_by
        .map(|id| registries.registry(id).prefix.as_str());
    insert_some(&mut source, "blocked_by", blocked_by);
    Value::Object(source)
}
