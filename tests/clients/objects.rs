//! Objects of a cluster, each written as a line.
//!
//! - `idms SOURCE MIRROR…`, `itms`, `icsp`: a mirror set;
//! - `idms-never SOURCE MIRROR…`, `itms-never`: the same with `NeverContactSource`;
//! - `insecure SCOPE…`, `blocked SCOPE…`, `search HOST…`: lists of the image configuration.

use serde_json::{Value, json};

/// The objects as a List, in JSON, which is YAML.
///
/// # Panics
/// When a line begins with another word.
pub fn list(lines: &str) -> String {
    let mut sources = serde_json::Map::new();
    let mut items = Vec::new();
    for (idx, line) in lines.lines().map(str::trim).enumerate() {
        let mut words = line.split_ascii_whitespace();
        let Some(first) = words.next() else {
            continue;
        };
        let values: Vec<&str> = words.collect();
        let name = format!("set-{idx}");
        match first {
            "insecure" => _ = sources.insert("insecureRegistries".to_owned(), json!(values)),
            "blocked" => _ = sources.insert("blockedRegistries".to_owned(), json!(values)),
            "search" => {
                let key = "containerRuntimeSearchRegistries".to_owned();
                sources.insert(key, json!(values));
            }
            _ => items.push(mirror_set(first, &name, &values)),
        }
    }
    items.push(json!({
        "apiVersion": "config.openshift.io/v1",
        "kind": "Image",
        "metadata": { "name": "cluster" },
        "spec": { "registrySources": sources },
    }));
    json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string()
}

fn mirror_set(word: &str, name: &str, values: &[&str]) -> Value {
    let (word, is_never) = match word.strip_suffix("-never") {
        Some(word) => (word, true),
        None => (word, false),
    };
    let (api_version, kind, list) = match word {
        "idms" => (
            "config.openshift.io/v1",
            "ImageDigestMirrorSet",
            "imageDigestMirrors",
        ),
        "itms" => (
            "config.openshift.io/v1",
            "ImageTagMirrorSet",
            "imageTagMirrors",
        ),
        "icsp" => (
            "operator.openshift.io/v1alpha1",
            "ImageContentSourcePolicy",
            "repositoryDigestMirrors",
        ),
        other => panic!("no object is written `{other}`"),
    };
    let (source, mirrors) = values.split_first().unwrap_or((&"", &[]));
    let mut entry = json!({ "source": source, "mirrors": mirrors });
    if is_never {
        entry["mirrorSourcePolicy"] = json!("NeverContactSource");
    }
    json!({
        "apiVersion": api_version,
        "kind": kind,
        "metadata": { "name": name },
        "spec": { list: [entry] },
    })
}
