//! The browser page beside the reviews.

use crate::support::Running;
use crate::support::client::body;

#[test]
fn the_browser_page_is_served_where_that_is_on() {
    if !pullproof_page::is_built() {
        eprintln!("not run: {}", pullproof_page::HOW_TO_BUILD);
        return;
    }
    let server = Running::start(|config| config.playground = true);
    let mut client = server.client();
    let moved = client.get("/playground");
    assert_eq!(
        (moved.status, moved.header("location")),
        (308, Some("playground/"))
    );
    let document = client.get("/playground/");
    assert_eq!(document.status, 200);
    assert_eq!(
        document.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    for header in [
        document.header("content-security-policy"),
        moved.header("content-security-policy"),
    ] {
        assert!(header.unwrap().contains("connect-src 'none'"));
    }
    for file in pullproof_page::FILES {
        let request = format!("GET /playground/{}", file.name);
        let small = client.send(&request, &[("accept-encoding", "br")], b"");
        assert_eq!(small.header("content-encoding"), Some("br"));
        assert_eq!(small.bytes(), file.brotli, "{request}");
        let plain = client.send(&request, &[], b"");
        assert_eq!(plain.header("content-encoding"), None);
        assert_eq!(plain.bytes(), file.bytes, "{request}");
    }
    for (request, status) in [
        ("POST /playground/", 405),
        ("GET /playground/nothing", 404),
        ("GET /playground/../validate", 404),
        ("GET /playground/index.html.br", 404),
        ("GET /index.html", 404),
        ("GET /healthz", 200),
    ] {
        assert_eq!(client.send(request, &[], b"").status, status, "{request}");
    }
    assert_eq!(client.review(&body("good")).status, 200);
    server.stop();
}

#[test]
fn the_browser_page_is_off_unless_it_is_asked_for() {
    let server = Running::start(|_| {});
    for path in ["/playground", "/playground/", "/playground/index.html"] {
        assert_eq!(server.client().get(path).status, 404, "{path}");
    }
    server.stop();
}
