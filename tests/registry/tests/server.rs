//! The server is the real one, and has what was put there.

#![expect(
    clippy::unwrap_used,
    reason = "a server that does not answer stops the test"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use test_registry::image::Image;
use test_registry::program::{DOCKER_REGISTRY, absent};
use test_registry::server::{Options, Server, Tls};

/// What the server says to a request: the status, and all of the answer.
fn ask(server: &Server, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let (first, headers) = request.split_once('\n').unwrap_or((request, ""));
    let end = "Connection: close\r\nUser-Agent: the test\r\n";
    let text = format!("{first} HTTP/1.1\r\nHost: test\r\n{end}{headers}\r\n");
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).map(str::parse);
    (status.unwrap().unwrap(), answer)
}

#[test]
fn what_was_pushed_is_there_by_tag_and_by_digest() {
    if absent("server::what_was_pushed", &[DOCKER_REGISTRY]) {
        return;
    }
    let server = Server::start(&Options::default());
    let image = Image::labelled("app");
    let digest = server.push("team/app", Some("1.0"), &image);
    let accept = "Accept: application/vnd.oci.image.manifest.v1+json\r\n";
    for place in ["1.0", &digest] {
        let request = format!("GET /v2/team/app/manifests/{place}\n{accept}");
        let (status, answer) = ask(&server, &request);
        assert_eq!(status, 200, "{answer}");
        assert!(answer.contains(&format!("Docker-Content-Digest: {digest}")));
        assert!(answer.ends_with(std::str::from_utf8(&image.manifest).unwrap()));
    }
    for blob in [&image.config, &image.layer] {
        let blob = test_registry::image::digest(blob);
        let request = format!("GET /v2/team/app/blobs/{blob}");
        assert_eq!(ask(&server, &request).0, 200);
        server.lose(&blob);
        assert_eq!(ask(&server, &request).0, 404);
    }
    assert_eq!(ask(&server, "GET /v2/team/app/manifests/2.0").0, 404);
    assert_eq!(ask(&server, "GET /v2/app/manifests/1.0").0, 404);

    let untagged = server.push("untagged", None, &image);
    assert_eq!(digest, untagged);
    let request = format!("HEAD /v2/untagged/manifests/{digest}\n{accept}");
    assert_eq!(ask(&server, &request).0, 200);

    let requests = server.requests();
    let n_by_status = |status| requests.iter().filter(|it| it.status == status).count();
    assert_eq!((n_by_status(200), n_by_status(404)), (5, 4));
    let last = requests.last().unwrap();
    assert_eq!((&*last.method, &*last.user_agent), ("HEAD", "the test"));
    assert_eq!(last.path, format!("/v2/untagged/manifests/{digest}"));
}

#[test]
fn a_protected_server_asks_for_the_password() {
    if absent("server::a_protected_server", &[DOCKER_REGISTRY]) {
        return;
    }
    let server = Server::start(&Options {
        is_protected: true,
        ..Options::default()
    });
    let (status, answer) = ask(&server, "GET /v2/");
    assert_eq!(status, 401);
    assert!(answer.contains("Www-Authenticate: Basic"), "{answer}");
    // Of `reader:mirror-test` and `reader:other`.
    let right = "GET /v2/\nAuthorization: Basic cmVhZGVyOm1pcnJvci10ZXN0\r\n";
    let wrong = "GET /v2/\nAuthorization: Basic cmVhZGVyOm90aGVy\r\n";
    assert_eq!(ask(&server, right).0, 200);
    assert_eq!(ask(&server, wrong).0, 401);
    let statuses: Vec<_> = server.requests().iter().map(|it| it.status).collect();
    assert_eq!(statuses, [401, 200, 401]);
}

#[test]
fn a_read_only_server_refuses_uploads_and_has_images() {
    if absent("server::a_read_only_server", &[DOCKER_REGISTRY]) {
        return;
    }
    let uploads = "POST /v2/app/blobs/uploads/\nContent-Length: 0\r\n";
    let open = Server::start(&Options::default());
    assert_eq!(ask(&open, uploads).0, 202);
    let closed = Server::start(&Options {
        is_read_only: true,
        ..Options::default()
    });
    assert_eq!(ask(&closed, uploads).0, 405);
    closed.push("app", Some("1.0"), &Image::labelled("app"));
    assert_eq!(ask(&closed, "GET /v2/app/tags/list").0, 200);
}

#[test]
fn a_server_with_a_certificate_talks_no_plain_http() {
    if absent("server::a_server_with_a_certificate", &[DOCKER_REGISTRY]) {
        return;
    }
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let server = Server::start(&Options {
        tls: Some(Tls {
            certificate: certified.cert.pem(),
            key: certified.signing_key.serialize_pem(),
        }),
        ..Options::default()
    });
    let (status, answer) = ask(&server, "GET /v2/");
    assert_eq!(status, 400);
    assert!(
        answer.contains("HTTP request to an HTTPS server"),
        "{answer}"
    );
}
