//! The JSON Schema of `.pullproof.toml`, for editors that complete and check it.

use super::read::{
    BASELINE, EXCLUDE, FAIL_ON, IGNORE, OPENSHIFT, PATHS, PER_PATH, RELEASE_IMAGE, SELECT,
    SEVERITY, STATE,
};
use crate::choice::{Level, cards};
use pullproof_core::finding::Severity;
use pullproof_core::openshift::OpenShift;
use serde_json::{Map, Value, json};

/// The schema, as JSON of several lines that ends with a newline.
pub(crate) fn text() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    text.push('\n');
    text
}

fn schema() -> Value {
    let releases: Vec<&str> = OpenShift::ALL.iter().map(|(_, name)| *name).collect();
    let severities = Severity::ALL.map(Severity::name);
    let mut keys = Map::new();
    let mut key = |name: &str, value: Value| keys.insert(name.to_owned(), value);
    key(
        OPENSHIFT,
        json!({
            "description": "The OpenShift release to judge for; the newest known one when absent.",
            "enum": releases,
        }),
    );
    key(
        RELEASE_IMAGE,
        json!({
            "description": "The image of the release payload, whose repository must stay reachable.",
            "type": "string",
            "minLength": 1,
        }),
    );
    key(
        FAIL_ON,
        json!({
            "description": "The least severity that makes the exit code 1; `error` when absent.",
            "enum": severities,
        }),
    );
    key(
        EXCLUDE,
        list(
            "Patterns of files and directories that are passed over where a directory is searched, \
         from the directory of this file on.",
            &json!({"type": "string", "minLength": 1}),
        ),
    );
    key(
        STATE,
        list(
            "Patterns of files that say what the cluster has now, from the directory of this file on.",
            &json!({"type": "string", "minLength": 1}),
        ),
    );
    key(
        BASELINE,
        json!({
            "description": "The file of known findings, from the directory of this file on.",
            "type": "string",
            "minLength": 1,
        }),
    );
    let mut per_path = choice();
    let paths = list(
        "Patterns of files and directories, from the directory of this file on.",
        &json!({"type": "string", "minLength": 1}),
    );
    per_path.insert(PATHS.to_owned(), paths);
    key(
        PER_PATH,
        list(
            "Choices for findings in some files; a later table counts over an earlier one.",
            &json!({
                "type": "object",
                "additionalProperties": false,
                "required": [PATHS],
                "properties": per_path,
            }),
        ),
    );
    keys.append(&mut choice());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": super::NAME,
        "type": "object",
        "additionalProperties": false,
        "properties": keys,
    })
}

/// What may stand for all paths or for some.
fn choice() -> Map<String, Value> {
    let names = || cards().flat_map(|card| [card.id, card.code]);
    let prefixes = cards().flat_map(|card| (2..card.code.len()).map(move |end| &card.code[..end]));
    let mut selectors: Vec<&str> = names().chain(prefixes).chain(["all"]).collect();
    selectors.sort_unstable();
    selectors.dedup();
    let selector = json!({"enum": selectors});
    let levels: Vec<&str> = Level::ALL.iter().map(|(_, name)| *name).collect();
    let mut severity = Map::new();
    for card in cards() {
        let description = card.summary();
        let level = json!({"description": description, "enum": levels});
        severity.insert(card.id.to_owned(), level.clone());
        severity.insert(card.code.to_owned(), level);
    }
    let mut keys = Map::new();
    let select = "The only rules that count: ids, codes, starts of codes or `all`, which is so \
                  when absent.";
    keys.insert(SELECT.to_owned(), list(select, &selector));
    let ignore = "Rules that do not count: ids, codes, starts of codes or `all`.";
    keys.insert(IGNORE.to_owned(), list(ignore, &selector));
    let severity = json!({
        "description": "How severe the findings of a rule are; `off` leaves them out.",
        "type": "object",
        "additionalProperties": false,
        "properties": severity,
    });
    keys.insert(SEVERITY.to_owned(), severity);
    keys
}

fn list(description: &str, items: &Value) -> Value {
    json!({"description": description, "type": "array", "items": items})
}
