//! What is answered, with the page or without it.

use super::*;
use http_body_util::BodyExt as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

const MOUNTS: [&str; 2] = ["/", "/playground/"];

fn asked(mount: &str, path: &str, accept_encoding: &str) -> Option<Response<Full<Bytes>>> {
    let request = Request::builder().uri(path);
    let request = request.header("accept-encoding", accept_encoding).body(());
    answer(mount, &request.expect("it is a request"))
}

fn header<'a>(response: &'a Response<Full<Bytes>>, name: &str) -> Option<&'a str> {
    let value = response.headers().get(name)?;
    Some(value.to_str().expect("it is ASCII"))
}

fn body(response: Response<Full<Bytes>>) -> Bytes {
    let collected = pin!(response.into_body().collect());
    match collected.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(collected)) => collected.to_bytes(),
        Poll::Pending => panic!("it is there at once"),
    }
}

/// Tests of the files tell that they had none, as tests on loopback tell of missing programs.
fn files() -> &'static [File] {
    if !is_built() {
        eprintln!("not run: {HOW_TO_BUILD}");
    }
    FILES
}

#[test]
fn every_file_is_answered_as_it_is_and_compressed() {
    for (mount, file) in MOUNTS
        .iter()
        .flat_map(|it| files().iter().map(move |file| (it, file)))
    {
        let path = format!("{mount}{}", file.name);
        let plain = asked(mount, &path, "gzip, deflate").expect("it is there");
        let small = asked(mount, &path, "gzip, br").expect("it is there");
        assert_eq!(header(&plain, "content-encoding"), None);
        assert_eq!(header(&small, "content-encoding"), Some("br"));
        for (response, bytes) in [(plain, file.bytes), (small, file.brotli)] {
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(header(&response, "vary"), Some("accept-encoding"));
            assert!(header(&response, "content-type").is_some(), "{path}");
            let caching = match file.name {
                "index.html" => "no-cache",
                _ => "public, max-age=31536000, immutable",
            };
            assert_eq!(header(&response, "cache-control"), Some(caching), "{path}");
            assert_eq!(body(response), bytes, "{path}");
        }
    }
}

#[test]
fn names_that_are_kept_for_good_hold_a_hash() {
    for file in files().iter().filter(|file| file.name != "index.html") {
        let stem = file.name.split('.').next().unwrap_or_default();
        let hash = stem.rsplit('-').next().unwrap_or_default();
        let is_hash = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit();
        let name = file.name;
        assert!(hash.len() == 8 && hash.bytes().all(is_hash), "{name}");
    }
}

#[test]
fn the_document_is_at_the_mount_and_states_the_policy_of_the_headers() {
    for mount in MOUNTS {
        let Some(response) = asked(mount, mount, "") else {
            assert_eq!(files().len(), 0);
            continue;
        };
        let content_type = header(&response, "content-type");
        assert_eq!(content_type, Some("text/html; charset=utf-8"));
        let policy = header(&response, "content-security-policy").expect("it is said");
        let stated = policy.strip_suffix("; frame-ancestors 'none'");
        let stated = stated.expect("what only headers can say comes last");
        let stated = format!("\"Content-Security-Policy\" content=\"{stated}\"");
        let document = body(response);
        let document = std::str::from_utf8(&document).expect("documents are UTF-8");
        assert!(document.contains(&stated), "{stated}");
    }
}

#[test]
fn only_names_of_files_are_paths() {
    for path in [
        "/nothing",
        "//",
        "/../index.html",
        "/./index.html",
        "/%2e%2e/index.html",
        "/index%2ehtml",
        "/index.html/",
        "/index.html.br",
        "/INDEX.HTML",
        "/.gitkeep",
    ] {
        assert!(asked("/", path, "").is_none(), "{path}");
        let below = format!("/playground{path}");
        assert!(asked("/playground/", &below, "").is_none(), "{below}");
    }
    for path in ["/", "/index.html", "/playgroundindex.html", "/playgrounds"] {
        assert!(asked("/playground/", path, "").is_none(), "{path}");
    }
}

#[test]
fn a_mount_without_its_slash_is_moved() {
    for path in ["/playground", "/playground?a=b"] {
        let Some(response) = asked("/playground/", path, "") else {
            assert_eq!(files().len(), 0);
            continue;
        };
        assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
        assert_eq!(header(&response, "location"), Some("playground/"));
        assert_eq!(body(response), "");
    }
}

#[test]
fn nothing_is_changed_by_asking() {
    for file in files() {
        for (method, status) in [
            ("HEAD", StatusCode::OK),
            ("POST", StatusCode::METHOD_NOT_ALLOWED),
            ("PUT", StatusCode::METHOD_NOT_ALLOWED),
            ("OPTIONS", StatusCode::METHOD_NOT_ALLOWED),
        ] {
            let request = Request::builder()
                .method(method)
                .uri(format!("/{}", file.name));
            let response = answer("/", &request.body(()).expect("it is a request"));
            let response = response.expect("it is there");
            assert_eq!(response.status(), status, "{method}");
            let allowed = (status != StatusCode::OK).then_some("GET, HEAD");
            assert_eq!(header(&response, "allow"), allowed, "{method}");
        }
    }
}

#[test]
fn everything_is_guarded() {
    let mut headers = HeaderMap::new();
    guard(&mut headers);
    let said = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(said(name), Some(value));
    }
    let policy = said("content-security-policy").expect("it is said");
    let directives: Vec<_> = policy.split("; ").collect();
    for directive in [
        "default-src 'none'",
        "connect-src 'none'",
        // A worker from a server would have another policy than the page.
        "worker-src blob:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(directives.contains(&directive), "{directive}: {policy}");
    }
    // What would let a text become a script, or a request leave.
    for word in ["unsafe-inline", "'unsafe-eval'", "*", "http"] {
        assert!(!policy.contains(word), "{word}: {policy}");
    }
}

#[test]
fn brotli_is_for_those_who_ask_for_it() {
    for (accept_encoding, expected) in [
        ("", false),
        ("gzip", false),
        ("br", true),
        ("gzip, deflate, br, zstd", true),
        ("gzip,BR;q=0.5", true),
        ("br;q=0", false),
        ("br; q=0.000, gzip", false),
        ("br;q=x", true),
        ("brotli", false),
        ("*", false),
    ] {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_static(accept_encoding);
        headers.insert(header::ACCEPT_ENCODING, value);
        assert_eq!(takes_brotli(&headers), expected, "{accept_encoding}");
    }
}
