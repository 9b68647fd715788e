//! How questions end that get no good answer, and what the arguments can be.

use super::World;
use super::stub::{Stub, reply};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use test_registry::image::Image;

const NAME: &str = "quay.lab/org/app:1.0";

fn endpoint(world: &World, arguments: &[&str]) -> Value {
    let (_, candidate) = world.candidate(arguments);
    candidate["endpoints"][0].clone()
}

fn world(stub: &Stub) -> World {
    let world = World::new();
    world.chain(&[(&stub.address, true)]);
    world
}

#[test]
fn what_is_passing_is_tried_again() {
    let n_manifests = AtomicUsize::new(0);
    let stub = Stub::start(move |request| {
        let is_ping = request.line == "GET /v2/";
        if is_ping || 2 <= n_manifests.fetch_add(1, Ordering::SeqCst) {
            return reply("200 OK", "Docker-Content-Digest: sha256:01\n", "");
        }
        reply("503 Service Unavailable", "Retry-After: 0\n", "bearer-test")
    });
    let world = world(&stub);
    let failed = endpoint(&world, &[NAME, "--retries=0"]);
    assert_eq!(
        (&failed["kind"], &failed["detail"]),
        (&json!("failed"), &json!("HTTP 503"))
    );
    let found = endpoint(&world, &[NAME, "--retries=1"]);
    assert_eq!(found["kind"], "found", "{found}");
}

#[test]
fn what_is_lasting_is_not_tried_again() {
    let stub = Stub::start(|request| match request.line == "GET /v2/" {
        true => reply("200 OK", "", ""),
        false => reply("403 Forbidden", "", ""),
    });
    let world = world(&stub);
    let answer = endpoint(&world, &[NAME, "--retries=5"]);
    assert_eq!(answer["kind"], "unauthorized");
    let manifests = stub
        .requests()
        .into_iter()
        .filter(|it| it.line != "GET /v2/");
    assert_eq!(manifests.count(), 1);
}

#[test]
fn as_many_questions_are_asked_at_a_time_as_allowed() {
    let pair = Barrier::new(2);
    let [now, most] = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let stub = Stub::start(move |request| {
        if request.line == "GET /v2/" {
            return reply("200 OK", "", "");
        }
        let n_now = now.fetch_add(1, Ordering::SeqCst) + 1;
        seen.fetch_max(n_now, Ordering::SeqCst);
        // Goes on only when another one has come.
        pair.wait();
        now.fetch_sub(1, Ordering::SeqCst);
        reply("200 OK", "Docker-Content-Digest: sha256:01\n", "")
    });
    let world = world(&stub);
    let names = ["1", "2", "3", "4", "5", "6"].map(|tag| format!("quay.lab/org/app:{tag}"));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let run = world.probe(&[&names, &["--concurrency", "2"][..]].concat());
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.ends_with("6 images: 6 as simulated\n"));
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[test]
fn a_server_that_says_nothing_is_left_in_time() {
    let stub = Stub::start(|_| String::new());
    let world = world(&stub);
    let answer = endpoint(&world, &[NAME, "--timeout", "1"]);
    assert_eq!(answer["kind"], "timeout", "{answer}");
}

#[test]
fn what_is_given_under_a_digest_has_that_digest() {
    let (wanted, given) = (Image::labelled("wanted"), Image::labelled("given"));
    let body = String::from_utf8(given.manifest.clone()).unwrap();
    let stub = Stub::start(move |request| match request.line == "GET /v2/" {
        true => reply("200 OK", "", ""),
        false => reply("200 OK", "", &body),
    });
    let world = world(&stub);
    let name = format!("quay.lab/org/app@{}", wanted.digest());
    let (code, candidate) = world.candidate(&[&name]);
    let answer = &candidate["endpoints"][0];
    assert_eq!((code, &answer["kind"]), (1, &json!("wrong-digest")));
    assert_eq!(answer["digest"], given.digest());
    assert_eq!(candidate["outcome"], "breaks");
}

#[test]
fn what_is_no_registry_is_told() {
    let stub = Stub::start(|_| reply("404 Not Found", "", "<html>"));
    let answer = endpoint(&world(&stub), &[NAME]);
    assert_eq!(answer["kind"], "failed");
    let detail = answer["detail"].as_str().unwrap();
    assert!(
        detail.ends_with("over plain HTTP: `/v2/`: HTTP 404"),
        "{detail}"
    );
}

#[test]
fn a_list_is_looked_into_for_one_platform_or_all() {
    let image = Image::labelled("app");
    let list = json!({ "manifests": [
        { "digest": image.digest(), "platform": { "os": "linux", "architecture": "amd64" } },
        { "digest": "sha256:02", "platform": { "os": "linux", "architecture": "arm64" } },
    ] });
    let list = list.to_string();
    let (body, digest) = (
        String::from_utf8(image.manifest.clone()).unwrap(),
        image.digest(),
    );
    let stub = Stub::start(move |request| {
        let name = request.line.rsplit('/').next().unwrap();
        match name {
            "1.0" => reply("200 OK", "", &list),
            "sha256:02" => reply("404 Not Found", "", ""),
            name if request.line.contains("/manifests/") => {
                assert_eq!(name, digest);
                reply("200 OK", "", &body)
            }
            _ => reply("200 OK", "", ""),
        }
    });
    let world = world(&stub);
    let all = endpoint(&world, &[NAME, "--blobs"]);
    assert_eq!(
        (&all["kind"], &all["missing"]),
        (&json!("incomplete"), &json!(["sha256:02"]))
    );
    let one = endpoint(&world, &[NAME, "--blobs", "--platform", "linux/amd64"]);
    assert_eq!(one["kind"], "found");
    let none = endpoint(&world, &[NAME, "--blobs", "--platform", "linux/s390x"]);
    assert_eq!(none["detail"], "the list has nothing for linux/s390x");
}

#[test]
fn files_that_cannot_be_used_end_it_before_anybody_is_asked() {
    let stub = Stub::start(|_| reply("200 OK", "", ""));
    let world = world(&stub);
    world.write("empty", "");
    world.write("auth.json", "{\"m.lab\": {\"auth\": \"bearer-test\"}}\n");
    for (arguments, code, expected) in [
        (
            &["--pull-secret", "none.json"][..],
            3,
            "cannot read `none.json`",
        ),
        (&["--pull-secret", "auth.json"], 3, "no object `auths`"),
        (&["--ca", "empty"], 3, "no certificate as PEM"),
        (&["--output", "auth.json"], 3, "is no answer of probe"),
        (&["--output", "no/answers"], 3, "cannot open `no/answers`"),
        (&["--concurrency", "0"], 2, "0 is not in 1..=256"),
        (&["--concurrency", "257"], 2, "257 is not in 1..=256"),
        (&["--retries=11"], 2, "11 is not in"),
        (
            &["--concurrency", "256", "--ca", "empty"],
            3,
            "no certificate",
        ),
        (&["--retries=10", "--ca", "empty"], 3, "no certificate"),
        (&["--timeout", "0"], 2, "0 is not in"),
        (&["--platform", "linux/amd64"], 2, "--blobs"),
    ] {
        let run = world.probe(&[&[NAME], arguments].concat());
        assert_eq!(run.code, code, "{arguments:?} {}", run.stderr);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }
    assert_eq!(stub.requests().len(), 0);
}

#[test]
fn the_help_says_who_is_contacted() {
    let run = World::new().probe(&["--help"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("Contacts the registries of the chains"));
    assert!(
        run.stdout.contains("pullproof probe quay.io"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("pullproof resolve"), "{}", run.stdout);
    assert!(
        run.stdout.contains("Usage: pullproof probe"),
        "{}",
        run.stdout
    );
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn no_other_command_can_open_a_connection() {
    // The function of the C library that every look-up of a host ends in.
    const LOOK_UP: &[u8] = b"getaddrinfo";
    for (program, can) in [
        (env!("CARGO_BIN_EXE_pullproof"), false),
        (env!("CARGO_BIN_EXE_pullproof-probe"), true),
    ] {
        let bytes = std::fs::read(program).unwrap();
        let found = bytes.windows(LOOK_UP.len()).any(|part| part == LOOK_UP);
        assert_eq!(found, can, "{program}");
    }
}
