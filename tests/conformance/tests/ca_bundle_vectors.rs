//! The vectors of what stores certificate authorities and of what writes them to nodes.

use conformance::{Tally, vectors};
use pullproof_core::document;
use pullproof_core::file::{Files, Spanned};
use pullproof_core::resource;
use pullproof_core::resource::ca_bundle::{Authority, KeyFault, read};
use serde_json::{Value, json};

/// What is read of a `ConfigMap` with one key; `None` for a key that JSON text cannot carry.
fn authority(key: &str) -> Option<Authority> {
    let object = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": "cas" },
        "data": { key: "" },
    });
    let mut files = Files::new();
    let file = files.add("input.json", object.to_string());
    let (documents, _) = document::read(&files, file);
    let objects = resource::objects(documents);
    let object = objects.first()?;
    let wanted = Spanned::new("cas".to_owned(), object.span());
    read(object, Some(&wanted))?.authorities.pop()
}

fn of_kind<'a>(all: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = all["vectors"].as_array().into_iter().flatten();
    all.filter(move |vector| vector["kind"] == kind)
}

#[test]
fn keys_are_stored_as_the_server_stores_them() {
    let all = vectors("resources");
    let mut tally = Tally::new("keys of ConfigMap objects");
    for vector in of_kind(&all, "configmap-key") {
        let id = vector["id"].as_str().unwrap_or_default();
        let found = vector["input"].as_str().and_then(authority);
        let is_refused = found.map(|it| it.key_fault == Some(KeyFault::Refused));
        let expected = Some(vector["expect"] == "rejected");
        tally.compare(id, &json!(expected), &json!(is_refused));
    }
    tally.finish();
}

#[test]
fn directories_are_named_as_nodes_have_them() {
    let all = vectors("resources");
    let mut tally = Tally::new("directories of certificates");
    for vector in of_kind(&all, "nodeca-dir") {
        let id = vector["id"].as_str().unwrap_or_default();
        let found = vector["input"].as_str().and_then(authority);
        let host = found.map(|it| it.host());
        tally.compare(id, &vector["output"], &json!(host));
    }
    tally.finish();
}
