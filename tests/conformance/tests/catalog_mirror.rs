//! `catalog` against what `oc adm catalog mirror` writes.

use conformance::{Tally, corpus, vectors};
use pullproof_core::batch;
use pullproof_core::document::{self, plain::plain};
use pullproof_core::file::Files;
use serde_json::{Map, Value, json};

fn answer(request: &Value) -> Value {
    let mut request = request.clone();
    request["op"] = json!("catalog");
    serde_json::from_str(&batch::answer(&request.to_string())).expect("an answer is JSON")
}

/// The one object of a text.
fn object(text: &str) -> Value {
    let mut files = Files::new();
    let file = files.add("object.yaml", text);
    let (documents, problems) = document::read(&files, file);
    assert!(problems.is_empty() && documents.len() == 1, "{text}");
    plain(&documents[0].root)
}

/// Errors have no order in the program, and the layout of objects is not compared.
fn compared(mut answer: Value) -> Value {
    if let Some(Value::Array(errors)) = answer.get_mut("mapping_errors") {
        errors.sort_by_key(Value::to_string);
    }
    if let Some(source) = answer.get_mut("catalog_source") {
        *source = object(source.as_str().unwrap_or_default());
    }
    answer
}

#[test]
fn catalogs_are_mirrored_as_by_the_program() {
    let mut tally = Tally::new("catalog-mirror");
    for case in corpus("oc") {
        if case["class"] != "catalog-mirror" {
            continue;
        }
        let id = case["id"].as_str().unwrap_or_default();
        let mut expected = case["expect"].clone();
        expected["id"] = case["id"].clone();
        tally.compare(id, &compared(expected), &compared(answer(&case)));
    }
    tally.finish();
}

/// `--max-components` as the program passes it on: names in files are left as they are.
fn max_components(args: &Value) -> Value {
    let is_file = args["dest"]
        .as_str()
        .is_some_and(|it| it.starts_with("file://"));
    match is_file {
        true => json!(0),
        false => args["max"].clone(),
    }
}

fn of_kind(kind: &str) -> Vec<Value> {
    let all = vectors("resources");
    let all = all["vectors"].as_array().into_iter().flatten();
    all.filter(|vector| vector["kind"] == kind)
        .cloned()
        .collect()
}

/// The lines of mapping.txt, which leaves digests of destinations out.
fn lines(answer: &Value, tags: &Map<String, Value>) -> Vec<String> {
    let mapping = answer["mapping"].as_object().into_iter().flatten();
    let mut lines: Vec<String> = mapping
        .map(|(source, destination)| {
            let destination = destination.as_str().unwrap_or_default();
            let repository = destination.split('@').next().unwrap_or_default();
            match tags.get(source).and_then(Value::as_str) {
                Some(tag) if destination.contains('@') => format!("{source}={repository}:{tag}"),
                _ => format!("{source}={destination}"),
            }
        })
        .collect();
    lines.sort();
    lines
}

/// The tags that lines give to what has a digest, by source.
fn tags(lines: &[String]) -> Map<String, Value> {
    let tag = |line: &String| {
        let (source, destination) = line.split_once('=')?;
        let (_, tag) = destination.rsplit_once(':')?;
        Some((source.to_owned(), json!(tag)))
    };
    lines.iter().filter_map(tag).collect()
}

fn documents(text: &Value) -> Vec<Value> {
    let texts = text.as_str().unwrap_or_default().split("---\n");
    texts.filter(|it| !it.is_empty()).map(object).collect()
}

fn pairs(objects: &[Value], key: &str) -> Vec<Value> {
    let entries = objects.iter().filter_map(|it| it["spec"][key].as_array());
    let pair = |entry: &Value| json!([entry["source"], entry["mirrors"]]);
    let mut pairs: Vec<Value> = entries.flatten().map(pair).collect();
    pairs.sort_by_key(Value::to_string);
    pairs
}

#[test]
fn vectors_of_catalogs_are_answered_alike() {
    let mut tally = Tally::new("resource vectors (catalog-mirror)");
    for vector in of_kind("catalog-mirror") {
        let id = vector["id"].as_str().unwrap_or_default();
        let args = &vector["args"];
        let mut request = json!({
            "images": args["images"], "source": args["src"], "dest": args["dest"],
            "max_components": max_components(args), "icsp_scope": args["scope"], "idms_scope": args["scope"],
        });
        let found = answer(&request);
        if let Some(error) = vector["destError"].as_str() {
            tally.compare(id, &json!(error), &found["error"]["message"]);
            continue;
        }
        let texts = |key: &str| -> Vec<String> {
            let texts = vector[key].as_array().into_iter().flatten();
            let mut texts: Vec<String> = texts
                .map(|text| text.as_str().unwrap_or_default().to_owned())
                .collect();
            texts.sort();
            texts
        };
        let expected_lines = texts("mapping");
        let mut errors: Vec<String> = found["mapping_errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|error| error.as_str().unwrap_or_default().to_owned())
            .collect();
        errors.sort();
        let mut expected = json!({ "lines": expected_lines, "errors": texts("errors") });
        let mut told = json!({
            "lines": lines(&found, &tags(&expected_lines)), "errors": errors,
        });
        let file = |name: &str| &vector["files"][name];
        for (key, name, list) in [
            (
                "icsp",
                "imageContentSourcePolicy.yaml",
                "repositoryDigestMirrors",
            ),
            ("idms", "imageDigestMirrorSet.yaml", "imageDigestMirrors"),
        ] {
            let objects = documents(file(name));
            let limit = args["limit"].as_i64().filter(|limit| 0 < *limit);
            if let Some(limit) = limit {
                // What is in which part is chance; whether there is any is not.
                request[format!("max_{key}_size")] = json!(limit);
                expected[key] = json!(objects.is_empty());
                told[key] = json!(answer(&request)[format!("{key}_error")].is_string());
                continue;
            }
            expected[key] = json!(pairs(&objects, list));
            told[key] = match found[key]["pairs"].as_array() {
                Some(pairs) => {
                    let mut pairs = pairs.clone();
                    pairs.sort_by_key(Value::to_string);
                    json!(pairs)
                }
                None => json!([]),
            };
            for object in &objects {
                let name = &object["metadata"]["name"];
                let is_named = found[key]["names"]
                    .as_array()
                    .is_some_and(|names| names.contains(name));
                assert!(is_named, "{id}: {name}");
            }
        }
        let source = file("catalogSource.yaml").as_str();
        if let Some(source) = source {
            expected["source"] = object(source);
            told["source"] = object(found["catalog_source"].as_str().unwrap_or_default());
        }
        tally.compare(id, &expected, &told);
    }
    tally.finish();
}

/// The tag that a hash gives shows in mapping.txt alone, which `write` is asked for.
#[test]
fn lines_of_mapping_files_are_those_of_the_program() {
    use pullproof_core::mirroring::catalog::{Job, SetJob, write};
    let mut tally = Tally::new("resource vectors (catalog-mirror-line)");
    let mut compare = |id: &str, image: &Value, args: [&Value; 3], expected: &[Value]| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let [source, destination, max_components] = args;
        let images = match image {
            Value::Array(images) => images.iter().map(text).collect(),
            image => vec![text(image)],
        };
        let job = Job {
            images,
            source: text(source),
            destination: text(destination),
            max_components: max_components.as_i64().unwrap_or_default(),
            icsp: SetJob::default(),
            idms: SetJob::default(),
        };
        let written = write(&job)
            .map(|written| written.lines())
            .unwrap_or_default();
        let mut found: Vec<Value> = written.into_iter().map(Value::from).collect();
        found.sort_by_key(Value::to_string);
        match expected {
            // Upstream's own cases are about one image, and leave the catalog out.
            [line] => tally.compare(id, &json!(true), &json!(found.contains(line))),
            lines => tally.compare(id, &json!(lines), &json!(found)),
        }
    };
    for vector in of_kind("catalog-mirror-line") {
        let id = vector["id"].as_str().unwrap_or_default();
        let args = [&vector["src"], &vector["dest"], &vector["maxComponents"]];
        let expected = [vector["line"].clone()];
        compare(id, &vector["image"], args, &expected);
    }
    for vector in of_kind("catalog-mirror") {
        let id = vector["id"].as_str().unwrap_or_default();
        let args = &vector["args"];
        let mut expected = vector["mapping"].as_array().cloned().unwrap_or_default();
        expected.sort_by_key(Value::to_string);
        let max_components = max_components(args);
        let flags = [&args["src"], &args["dest"], &max_components];
        compare(id, &args["images"], flags, &expected);
    }
    tally.finish();
}
