//! What a server was asked, read from its access log.

/// One request that a server has answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// Such as `/v2/app/manifests/latest`, with what follows a question mark.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// What the client says it is.
    pub user_agent: String,
}

/// The requests of an access log in the combined format; other lines are no requests.
pub(crate) fn read(log: &str) -> Vec<Request> {
    log.lines().filter_map(request).collect()
}

/// Such as `127.0.0.1 - - [TIME] "GET /v2/ HTTP/1.1" 200 2 "REFERER" "USER AGENT"`.
fn request(line: &str) -> Option<Request> {
    let mut quoted = line.split('"').skip(1);
    let mut first = quoted.next()?.split(' ');
    let (method, path, _protocol) = (first.next()?, first.next()?, first.next()?);
    let status = quoted.next()?.split_ascii_whitespace().next()?;
    let user_agent = quoted.nth(2)?;
    Some(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        status: status.parse().ok()?,
        user_agent: user_agent.to_owned(),
    })
}

#[test]
fn lines_that_are_no_requests_are_passed_over() {
    let log = concat!(
        "time=\"2026-01-01T00:00:00Z\" level=info msg=\"listening on 127.0.0.1:5000\"\n",
        "127.0.0.1 - reader [01/Jan/2026:00:00:00 +0000] ",
        "\"GET /v2/app/tags/list?n=1 HTTP/1.1\" 404 169 \"\" \"skopeo/1.9.3\"\n",
        "127.0.0.1 - - [01/Jan/2026:00:",
    );
    let expected = Request {
        method: "GET".to_owned(),
        path: "/v2/app/tags/list?n=1".to_owned(),
        status: 404,
        user_agent: "skopeo/1.9.3".to_owned(),
    };
    assert_eq!(read(log), [expected]);
}
