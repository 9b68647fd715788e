//! Each limit from both sides.

use super::stub::{Stub, reply};
use super::{RIGHT, World};
use serde_json::{Value, json};
use test_registry::image::digest;

const NAME: &str = "quay.lab/org/app:1.0";

/// A registry that has manifests by name, and as blobs only the one called `sha256:00`.
fn registry(manifests: Vec<(String, String)>) -> (Stub, World) {
    let stub = Stub::start(move |request| {
        let (path, name) = request.line.rsplit_once('/').unwrap();
        if name.is_empty() || name == "sha256:00" {
            return reply("200 OK", "", "");
        }
        let found = manifests.iter().find(|(it, _)| it == name);
        match found.filter(|_| path.ends_with("/manifests")) {
            Some((_, text)) => reply("200 OK", "", text),
            None => reply("404 Not Found", "", ""),
        }
    });
    let world = World::new();
    world.chain(&[(&stub.address, true)]);
    (stub, world)
}

fn image(layers: &[&str]) -> String {
    let layers = layers.iter().map(|digest| json!({ "digest": digest }));
    json!({ "layers": layers.collect::<Vec<_>>() }).to_string()
}

/// The text with as much space behind it as makes it so long.
fn padded(text: &str, n_bytes: usize) -> String {
    text.to_owned() + &" ".repeat(n_bytes - text.len())
}

fn endpoint(world: &World, arguments: &[&str]) -> Value {
    let (_, candidate) = world.candidate(&[&[NAME, "--blobs"], arguments].concat());
    candidate["endpoints"][0].clone()
}

#[test]
fn manifests_are_as_long_as_clients_read() {
    const MAX_BYTES: usize = 4 << 20;
    let text = image(&["sha256:00"]);
    for (n_bytes, kind) in [(MAX_BYTES, "found"), (MAX_BYTES + 1, "failed")] {
        let (_stub, world) = registry(vec![("1.0".to_owned(), padded(&text, n_bytes))]);
        assert_eq!(endpoint(&world, &[])["kind"], kind, "{n_bytes}");
    }
}

#[test]
fn tokens_are_as_long_as_clients_read() {
    const MAX_BYTES: usize = 1 << 20;
    let text = "{\"token\": \"bearer-test\"}";
    for (n_bytes, kind) in [(MAX_BYTES, "found"), (MAX_BYTES + 1, "failed")] {
        let tokens = Stub::start(move |_| reply("200 OK", "", &padded(text, n_bytes)));
        let realm = format!(
            "WWW-Authenticate: Bearer realm=\"http://{}/\"\n",
            tokens.address
        );
        let stub = Stub::start(move |request| match request.authorization.is_empty() {
            true => reply("401 Unauthorized", &realm, ""),
            false => reply("200 OK", "", "{\"manifests\": []}"),
        });
        let world = World::new();
        world.chain(&[(&stub.address, true)]);
        world.secret(&stub.address, RIGHT);
        let answer = endpoint(&world, &["--pull-secret", "secret.json"]);
        assert_eq!(answer["kind"], kind, "{n_bytes}: {answer}");
    }
}

#[test]
fn redirects_are_as_many_as_clients_follow() {
    for (n_redirects, kind) in [(10, "found"), (11, "failed")] {
        let stub = Stub::start(move |request| {
            let step = request.line.rsplit_once("/step").map(|(_, step)| step);
            let step: Option<u32> = step.map(|it| it.parse().unwrap());
            match (request.line == "GET /v2/", step) {
                (true, _) => reply("200 OK", "", ""),
                (_, Some(step)) if step == n_redirects => {
                    reply("200 OK", "", "{\"manifests\": []}")
                }
                (_, step) => {
                    let next = step.unwrap_or(0) + 1;
                    reply("302 Found", &format!("Location: /step{next}\n"), "")
                }
            }
        });
        let world = World::new();
        world.chain(&[(&stub.address, true)]);
        assert_eq!(endpoint(&world, &[])["kind"], kind, "{n_redirects}");
    }
}

#[test]
fn lists_are_as_deep_as_clients_look() {
    let innermost = image(&["sha256:00"]);
    let around = |inner: &str| {
        let list = json!({ "manifests": [{ "digest": digest(inner.as_bytes()) }] });
        list.to_string()
    };
    let lists = [around(&innermost)];
    let lists = [lists[0].clone(), around(&lists[0])];
    let lists = [lists[0].clone(), lists[1].clone(), around(&lists[1])];
    for (n_lists, kind) in [(1, "found"), (2, "found"), (3, "incomplete")] {
        let mut manifests = vec![("1.0".to_owned(), lists[n_lists - 1].clone())];
        let inner = [&innermost, &lists[0], &lists[1]];
        let named = inner.map(|text| (digest(text.as_bytes()), text.clone()));
        manifests.extend(named);
        let (_stub, world) = registry(manifests);
        let answer = endpoint(&world, &[]);
        assert_eq!(answer["kind"], kind, "{n_lists}: {answer}");
        if kind == "incomplete" {
            assert_eq!(answer["detail"], "lists of manifests lie more than 2 deep");
        }
    }
}

#[test]
fn of_many_missing_parts_some_are_listed() {
    let digests = ["01", "02", "03", "04", "05", "06"].map(|it| format!("sha256:{it}"));
    let digests: Vec<&str> = digests.iter().map(String::as_str).collect();
    for (n_missing, n_listed, more) in [(5, 5, None), (6, 5, Some("without 1 more"))] {
        let text = image(&digests[..n_missing]);
        let (_stub, world) = registry(vec![("1.0".to_owned(), text)]);
        let missing = endpoint(&world, &[])["missing"].clone();
        assert_eq!(missing, json!(digests[..n_missing]));
        let stdout = world.probe(&[NAME, "--blobs"]).stdout;
        assert_eq!(stdout.matches("     without sha256:").count(), n_listed);
        assert_eq!(
            stdout.contains("without 1 more"),
            more.is_some(),
            "{stdout}"
        );
    }
}
