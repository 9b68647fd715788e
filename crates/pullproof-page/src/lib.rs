//! The browser page, as `cargo xtask page` left it in `www/dist`, and what HTTP says around it.
//!
//! Hosts pass on what was asked and write what is answered. A path is looked up among the names of
//! files, and no file is ever opened.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

#[cfg(test)]
mod tests;

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Its name; that of every file but `index.html` holds a hash of its content.
    pub name: &'static str,
    /// What it holds.
    pub bytes: &'static [u8],
    /// The same, compressed.
    pub brotli: &'static [u8],
}

/// The files, by name; empty where the program was built without the page.
pub static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// What to do where there are no files.
pub const HOW_TO_BUILD: &str =
    "this program was built without the page: `cargo xtask page` makes it, then build again";

/// The document, which is the page itself.
const INDEX: &str = "index.html";

/// Any long time would do: a file under such a name never changes.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// The policy that the document states, too, one directive a line.
const POLICY: &str = include_str!("../../../www/policy.txt");

/// Whether the page is here.
pub fn is_built() -> bool {
    FILES.iter().any(|file| file.name == INDEX)
}

/// Answers for the page at `mount`, a path that ends in a slash; `None` where the page has nothing
/// at the path of the request.
pub fn answer<B>(mount: &str, request: &Request<B>) -> Option<Response<Full<Bytes>>> {
    let path = request.uri().path();
    let is_moved = Some(path) == mount.strip_suffix('/').filter(|it| !it.is_empty());
    let name = match path.strip_prefix(mount) {
        Some("") => INDEX,
        Some(name) => name,
        None if is_moved => INDEX,
        None => return None,
    };
    let file = FILES.iter().find(|file| file.name == name)?;
    let mut response = match *request.method() {
        Method::GET | Method::HEAD if is_moved => moved(path),
        Method::GET | Method::HEAD => whole(file, takes_brotli(request.headers())),
        _ => refused(),
    };
    guard(response.headers_mut());
    Some(response)
}

fn whole(file: &File, is_compressed: bool) -> Response<Full<Bytes>> {
    let body = match is_compressed {
        true => file.brotli,
        false => file.bytes,
    };
    let mut response = Response::new(Full::new(Bytes::from_static(body)));
    let headers = response.headers_mut();
    let mut say = |name, value| headers.insert(name, HeaderValue::from_static(value));
    if let Some(content_type) = content_type(file.name) {
        say(header::CONTENT_TYPE, content_type);
    }
    let caching = match file.name {
        INDEX => "no-cache",
        _ => FOR_GOOD,
    };
    say(header::CACHE_CONTROL, caching);
    say(header::VARY, "accept-encoding");
    if is_compressed {
        say(header::CONTENT_ENCODING, "br");
    }
    response
}

/// Names in the document are relative, so that it must be found below a slash.
fn moved(path: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    let last = path.rsplit('/').next().unwrap_or_default();
    // Relative as well, since a proxy may have put the path below another.
    if let Ok(location) = HeaderValue::try_from(format!("{last}/")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn refused() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(
        b"only GET is answered here\n",
    )));
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    let content_type = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, content_type);
    response
}

/// What is said with every answer: nothing is loaded from elsewhere, sent, or framed.
fn guard(headers: &mut HeaderMap) {
    let mut policy: Vec<_> = POLICY.lines().collect();
    // What documents cannot say themselves.
    policy.push("frame-ancestors 'none'");
    let policy = HeaderValue::try_from(policy.join("; "));
    let policy = policy.expect("a test sends it");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
}

fn content_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    match extension {
        "html" => Some("text/html; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        _ => None,
    }
}

/// Whether `br` is among the encodings, and not with a weight of zero.
fn takes_brotli(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(header::ACCEPT_ENCODING);
    let lists = lists.iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_brotli = parts.next().is_some_and(|it| it.eq_ignore_ascii_case("br"));
        let weight = parts.find_map(|it| it.strip_prefix("q=").or(it.strip_prefix("Q=")));
        // What is no number is no refusal.
        is_brotli && weight.is_none_or(|it| it.parse() != Ok(0.0))
    })
}
