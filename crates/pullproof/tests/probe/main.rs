//! `pullproof probe` against real registries on loopback, and against stubs where these have no
//! such side.

#![expect(
    clippy::unwrap_used,
    reason = "a program that cannot be run stops the test"
)]

mod client;
mod endings;
mod limits;
mod stub;
mod tokens;

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use tempfile::TempDir;
use test_registry::closed::ClosedPort;
use test_registry::image::{Image, digest};
use test_registry::program::{DOCKER_REGISTRY, absent};
use test_registry::server::{Options, PASSWORD, Server, Tls};

/// `reader`, whom servers know, with `PASSWORD` and with another.
const RIGHT: &str = "cmVhZGVyOm1pcnJvci10ZXN0";
const WRONG: &str = "cmVhZGVyOm90aGVy";

/// A directory to run in.
struct World {
    directory: TempDir,
}

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

impl World {
    fn new() -> World {
        World {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.directory.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.directory.path().join(name)).unwrap()
    }

    /// Writes a registries.conf in which `quay.lab` is blocked; its mirrors are insecure or not.
    fn chain(&self, mirrors: &[(&str, bool)]) {
        self.chain_to("quay.lab", "blocked = true", mirrors);
    }

    /// The same, but the source is elsewhere, and as a line says.
    fn chain_to(&self, source: &str, line: &str, mirrors: &[(&str, bool)]) {
        let mut text = "[[registry]]\nprefix = \"quay.lab\"\n".to_owned();
        text += &format!("location = \"{source}\"\n{line}\n");
        for (location, insecure) in mirrors {
            text +=
                &format!("[[registry.mirror]]\nlocation = \"{location}\"\ninsecure = {insecure}\n");
        }
        self.write("registries.conf", &text);
    }

    fn secret(&self, key: &str, auth: &str) {
        let secret = json!({ "auths": { key: { "auth": auth } } });
        self.write("secret.json", &secret.to_string());
    }

    /// Runs the command there; no output shows a credential.
    fn probe(&self, arguments: &[&str]) -> Run {
        // What is down stays down here.
        let has_retries = arguments.iter().any(|it| it.starts_with("--retries"));
        let retries = ["--retries=0"].into_iter().filter(|_| !has_retries);
        let output = Command::new(env!("CARGO_BIN_EXE_pullproof"))
            .args(["probe", "--conf", "registries.conf"])
            .args(retries)
            .args(arguments)
            .current_dir(self.directory.path())
            .env_remove("NO_COLOR")
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        for secret in [RIGHT, WRONG, PASSWORD, "bearer-test", "identity-test"] {
            assert!(!stdout.contains(secret), "{stdout}");
            assert!(!stderr.contains(secret), "{stderr}");
        }
        Run {
            code: output.status.code().unwrap(),
            stdout,
            stderr,
        }
    }

    /// Exit code, and the one candidate of the one image.
    fn candidate(&self, arguments: &[&str]) -> (i32, Value) {
        let run = self.probe(&[arguments, &["--format", "json"]].concat());
        assert!(run.stdout.starts_with('{'), "{}{}", run.stdout, run.stderr);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(report["images"].as_array().unwrap().len(), 1);
        (run.code, report["images"][0]["candidates"][0].clone())
    }

    /// Exit code, and what each endpoint answered.
    fn kinds(&self, arguments: &[&str]) -> (i32, Vec<String>) {
        let (code, candidate) = self.candidate(arguments);
        let endpoints = candidate["endpoints"].as_array().unwrap().iter();
        let kind = |endpoint: &Value| endpoint["kind"].as_str().unwrap().to_owned();
        (code, endpoints.map(kind).collect())
    }
}

/// The paths that a server was asked for, without the pings.
fn paths(server: &Server) -> Vec<String> {
    let requests = server.requests().into_iter();
    let asked = requests.map(|it| format!("{} {}", it.method, it.path));
    asked.filter(|it| it != "GET /v2/").collect()
}

/// What servers talk TLS with: a certificate from an authority, and the authority's.
fn certified() -> (Tls, String) {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = of_loopback().signed_by(&key, &authority).unwrap();
    (tls(&certificate, &key), authority.pem())
}

/// A certificate that is its own authority, as `openssl req -x509` makes them.
fn self_signed() -> Tls {
    let mut parameters = of_loopback();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    tls(&parameters.self_signed(&key).unwrap(), &key)
}

fn of_loopback() -> CertificateParams {
    CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap()
}

fn tls(certificate: &Certificate, key: &KeyPair) -> Tls {
    Tls {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    }
}

#[test]
fn each_endpoint_is_asked_but_the_blocked_one() {
    if absent("probe::each_endpoint_is_asked", &[DOCKER_REGISTRY]) {
        return;
    }
    let [first, second, source] = [(); 3].map(|()| Server::start(&Options::default()));
    let image = Image::labelled("app");
    let digest = second.push("org/app", Some("1.0"), &image);
    source.push("org/app", Some("1.0"), &image);
    let world = World::new();
    world.write(
        "registries.conf",
        &format!(
            "[[registry]]\nlocation = \"{source}\"\nblocked = true\n\
             [[registry]]\nprefix = \"quay.lab\"\nlocation = \"{source}\"\nblocked = true\n\
             [[registry.mirror]]\nlocation = \"{}\"\ninsecure = true\n\
             [[registry.mirror]]\nlocation = \"{}\"\ninsecure = true\n",
            first.address(),
            second.address(),
            source = source.address(),
        ),
    );
    let name = format!("quay.lab/org/app@{digest}");
    let run = world.probe(&[&name]);
    let [first_host, second_host, source_host] = [&first, &second, &source].map(Server::address);
    let expected = format!(
        "{name}\n  \
         1. {first_host}/org/app@{digest}\n     \
         absent: HTTP 404, over plain HTTP\n  \
         2. {second_host}/org/app@{digest}\n     \
         found: {digest}, over plain HTTP\n  \
         3. {source_host}/org/app@{digest}\n     \
         not asked: registry `{source_host}` is blocked\n  \
         => mirror 1 does not have it; mirror 2 serves it; the source is never asked\n\n\
         1 image: 0 as simulated, 1 served by a later endpoint\n"
    );
    assert_eq!(run.stdout, expected);
    let mut hosts = [first_host, second_host];
    hosts.sort();
    let contacts = "pullproof: contacts over the network, and whoever they lead to: ";
    assert_eq!(run.stderr, format!("{contacts}{}\n", hosts.join(", ")));
    assert_eq!(run.code, 1);
    assert_eq!(source.requests(), []);
    let manifest = format!("HEAD /v2/org/app/manifests/{digest}");
    let expected = [manifest];
    assert_eq!(
        (paths(&first), paths(&second)),
        (expected.to_vec(), expected.to_vec())
    );

    first.push("org/app", None, &image);
    let (code, candidate) = world.candidate(&[&name]);
    assert_eq!((code, &candidate["outcome"]), (0, &json!("as-simulated")));
    assert_eq!(candidate["decided_by"], 0);
    assert_eq!(source.requests(), []);

    // What nobody has is not served.
    let (code, candidate) = world.candidate(&["quay.lab/org/app:2.0"]);
    assert_eq!((code, &candidate["outcome"]), (1, &json!("not-served")));
    assert_eq!(source.requests(), []);
    let said = world.probe(&[&name, "--down", &first.address()]);
    assert_eq!(said.code, 0, "{}", said.stdout);
}

#[test]
fn credentials_decide_what_is_found() {
    if absent("probe::credentials_decide", &[DOCKER_REGISTRY]) {
        return;
    }
    let server = Server::start(&Options {
        is_protected: true,
        ..Options::default()
    });
    server.push("org/app", Some("1.0"), &Image::labelled("app"));
    let address = server.address();
    let world = World::new();
    world.chain(&[(&address, true)]);
    let asked = ["quay.lab/org/app:1.0", "--pull-secret", "secret.json"];
    let other = format!("{address}/other");
    let repository = format!("{address}/org/app");
    let with_scheme = format!("https://{address}/v1/");
    for (key, auth, expected) in [
        (&*address, RIGHT, "found"),
        (&repository, RIGHT, "found"),
        (&with_scheme, RIGHT, "found"),
        (&address, WRONG, "unauthorized"),
        (&other, RIGHT, "unauthorized"),
        ("127.0.0.1", RIGHT, "unauthorized"),
        (&address, "", "unauthorized"),
    ] {
        world.secret(key, auth);
        let (code, kinds) = world.kinds(&asked);
        assert_eq!(kinds, [expected, "blocked"], "{key} {auth}");
        assert_eq!(code, i32::from(expected != "found"));
    }
    let (_, kinds) = world.kinds(&asked[..1]);
    assert_eq!(kinds, ["unauthorized", "blocked"]);
    // A longer key decides, although a shorter one would do.
    let secret = json!({ "auths": {
        &*address: { "auth": RIGHT },
        &*repository: { "auth": WRONG },
    } });
    world.write("secret.json", &secret.to_string());
    assert_eq!(world.kinds(&asked).1, ["unauthorized", "blocked"]);
    // What is no base64 keeps a node from asking at all.
    let n_requests = server.requests().len();
    world.secret(&address, "*");
    assert_eq!(world.kinds(&asked).1, ["refused", "blocked"]);
    assert_eq!(server.requests().len(), n_requests);
}

#[test]
fn a_certificate_is_trusted_when_it_is_given_or_nobody_looks() {
    if absent("probe::a_certificate_is_trusted", &[DOCKER_REGISTRY]) {
        return;
    }
    let (tls, authority) = certified();
    let world = World::new();
    world.write("ca.pem", &authority);
    world.write("other.pem", &self_signed().certificate);
    let server = Server::start(&Options {
        tls: Some(tls),
        ..Options::default()
    });
    server.push("org/app", Some("1.0"), &Image::labelled("app"));
    let name = "quay.lab/org/app:1.0";
    world.chain(&[(&server.address(), false)]);
    let (code, candidate) = world.candidate(&[name, "--ca", "ca.pem"]);
    assert_eq!(
        (code, &candidate["endpoints"][0]["kind"]),
        (0, &json!("found"))
    );
    assert_eq!(candidate["endpoints"][0]["plain_http"], false);
    // One of several authorities is enough.
    assert_eq!(
        world
            .kinds(&[name, "--ca", "other.pem", "--ca", "ca.pem"])
            .0,
        0
    );
    for arguments in [&[name][..], &[name, "--ca", "other.pem"]] {
        let (code, candidate) = world.candidate(arguments);
        let endpoint = &candidate["endpoints"][0];
        assert_eq!((code, &endpoint["kind"]), (1, &json!("tls-failure")));
        let detail = endpoint["detail"].as_str().unwrap();
        assert!(detail.contains("invalid peer certificate"), "{detail}");
    }
    // The name has to be right, too.
    let by_name = format!("localhost:{}", server.port());
    world.chain(&[(&by_name, false)]);
    assert_eq!(world.kinds(&[name, "--ca", "ca.pem"]).0, 0);
    world.chain(&[(&server.address(), true)]);
    let (code, candidate) = world.candidate(&[name]);
    assert_eq!(
        (code, &candidate["endpoints"][0]["plain_http"]),
        (0, &json!(false))
    );
}

#[test]
fn a_certificate_may_be_its_own_authority() {
    if absent("probe::a_certificate_may_be_its_own", &[DOCKER_REGISTRY]) {
        return;
    }
    let tls = self_signed();
    let world = World::new();
    world.write("ca.pem", &tls.certificate);
    let server = Server::start(&Options {
        tls: Some(tls),
        ..Options::default()
    });
    server.push("org/app", Some("1.0"), &Image::labelled("app"));
    world.chain(&[(&server.address(), false)]);
    let name = "quay.lab/org/app:1.0";
    assert_eq!(world.kinds(&[name, "--ca", "ca.pem"]).0, 0);
    assert_eq!(world.kinds(&[name]).1, ["tls-failure", "blocked"]);
}

#[test]
fn plain_http_is_for_insecure_endpoints_alone() {
    if absent("probe::plain_http_is_for_insecure", &[DOCKER_REGISTRY]) {
        return;
    }
    let server = Server::start(&Options::default());
    server.push("org/app", Some("1.0"), &Image::labelled("app"));
    let world = World::new();
    world.chain(&[(&server.address(), false)]);
    let (code, kinds) = world.kinds(&["quay.lab/org/app:1.0"]);
    assert_eq!((code, &*kinds[0]), (1, "tls-failure"));
    // Nothing of HTTP was said to it.
    assert_eq!(paths(&server), Vec::<String>::new());
}

#[test]
fn a_mirror_without_a_blob_breaks_the_pull() {
    if absent("probe::a_mirror_without_a_blob", &[DOCKER_REGISTRY]) {
        return;
    }
    let [first, second] = [(); 2].map(|()| Server::start(&Options::default()));
    let image = Image::labelled("app");
    let name = format!("quay.lab/org/app@{}", image.digest());
    for server in [&first, &second] {
        server.push("org/app", None, &image);
    }
    let world = World::new();
    let (first_host, second_host) = (first.address(), second.address());
    world.chain(&[(&first_host, true), (&second_host, true)]);
    assert_eq!(world.kinds(&[&name, "--blobs"]).0, 0);
    let layer = digest(&image.layer);
    first.lose(&layer);
    let (code, candidate) = world.candidate(&[&name, "--blobs"]);
    assert_eq!((code, &candidate["outcome"]), (1, &json!("breaks")));
    assert_eq!(candidate["endpoints"][0]["missing"], json!([layer]));
    assert_eq!(candidate["endpoints"][1]["kind"], "found");
    // Without looking at blobs nothing is wrong.
    assert_eq!(world.kinds(&[&name]).0, 0);
    let text = world.probe(&[&name, "--blobs"]).stdout;
    assert!(text.contains(&format!(
        "incomplete: {}, over plain HTTP\n",
        image.digest()
    )));
    assert!(text.contains(&format!("     without {layer}\n")), "{text}");
}

#[test]
fn a_stale_mirror_is_told_by_its_digest() {
    if absent("probe::a_stale_mirror", &[DOCKER_REGISTRY]) {
        return;
    }
    let [mirror, source] = [(); 2].map(|()| Server::start(&Options::default()));
    let old = mirror.push("org/app", Some("1.0"), &Image::labelled("old"));
    let new = source.push("org/app", Some("1.0"), &Image::labelled("new"));
    let world = World::new();
    let mirrors = [(&*mirror.address(), true)];
    world.chain_to(&source.address(), "insecure = true", &mirrors);
    let run = world.probe(&["quay.lab/org/app:1.0"]);
    let expected = format!("  the tag differs: mirror 1 has {old}, the source has {new}\n");
    assert!(run.stdout.contains(&expected), "{}", run.stdout);
    assert_eq!(run.code, 1);
    mirror.push("org/app", Some("1.0"), &Image::labelled("new"));
    let run = world.probe(&["quay.lab/org/app:1.0"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[test]
fn a_server_that_is_down_is_told_and_the_next_one_serves() {
    if absent("probe::a_server_that_is_down", &[DOCKER_REGISTRY]) {
        return;
    }
    let closed = ClosedPort::take();
    let server = Server::start(&Options::default());
    server.push("org/app", Some("1.0"), &Image::labelled("app"));
    let world = World::new();
    let down = closed.address().to_string();
    // No name has a part as long, so nobody is asked for its address.
    let unknown = format!("{}.lab", "m".repeat(64));
    world.chain(&[(&down, false), (&unknown, false), (&server.address(), true)]);
    let (code, candidate) = world.candidate(&["quay.lab/org/app:1.0"]);
    let endpoints = candidate["endpoints"].as_array().unwrap();
    let kinds: Vec<&Value> = endpoints.iter().map(|it| &it["kind"]).collect();
    let expected = ["connection-refused", "unknown-host", "found", "blocked"];
    assert_eq!((code, json!(kinds)), (1, json!(expected)));
    // Where nobody is nobody is asked for the next image, but where somebody is they are.
    let names = ["quay.lab/org/app:1.0", "quay.lab/org/app:2.0"];
    let run = world.probe(&[&names[..], &["--concurrency", "1"]].concat());
    assert_eq!(run.stdout.matches("connection refused: ").count(), 2);
    assert_eq!(
        run.stdout.matches(", as before\n").count(),
        2,
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("absent: HTTP 404"), "{}", run.stdout);
}

#[test]
fn a_run_goes_on_where_it_was_ended() {
    if absent("probe::a_run_goes_on", &[DOCKER_REGISTRY]) {
        return;
    }
    let server = Server::start(&Options::default());
    for tag in ["1", "2", "3"] {
        server.push("org/app", Some(tag), &Image::labelled("app"));
    }
    let world = World::new();
    let closed = ClosedPort::take().address().to_string();
    world.chain(&[(&closed, true), (&server.address(), true)]);
    let names = [
        "quay.lab/org/app:1",
        "quay.lab/org/app:2",
        "quay.lab/org/app:3",
    ];
    let output = ["--output", "answers.jsonl"];
    let first = world.probe(&[&names[..2], &output].concat());
    assert_eq!(first.code, 1);
    let heads = |tags: &[&str]| -> Vec<String> {
        let paths = tags
            .iter()
            .map(|tag| format!("HEAD /v2/org/app/manifests/{tag}"));
        paths.collect()
    };
    let sorted = || {
        let mut paths = paths(&server);
        paths.sort();
        paths
    };
    assert_eq!(sorted(), heads(&["1", "2"]));
    let lines = world.read("answers.jsonl");
    assert_eq!(lines.lines().count(), 4);
    let line: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(line["version"], 1);

    // As if it had been ended while it wrote: that answer is asked for again.
    let keep = lines
        .lines()
        .position(|line| line.contains("app:2") && line.contains("found"));
    let mut kept: Vec<&str> = lines.lines().collect();
    let cut_off = kept.remove(keep.unwrap());
    world.write("answers.jsonl", &(kept.join("\n") + "\n" + &cut_off[..20]));
    let second = world.probe(&[&names[..], &output].concat());
    assert_eq!(sorted(), heads(&["1", "2", "2", "3"]));
    assert!(
        second.stderr.contains("; 1 answer is known already\n"),
        "{}",
        second.stderr
    );

    // All but the port where nobody listens is settled.
    let third = world.probe(&[&names[..], &output].concat());
    assert_eq!(sorted(), heads(&["1", "2", "2", "3"]));
    assert_eq!(third.stdout, second.stdout);
    let closed_alone = format!("whoever they lead to: {closed}; 3 answers are known already\n");
    assert!(third.stderr.ends_with(&closed_alone), "{}", third.stderr);

    // Looked at more closely, it is another question.
    let run = world.probe(&[&names[..1], &output, &["--blobs"]].concat());
    assert!(!run.stderr.contains("known already"), "{}", run.stderr);
}
