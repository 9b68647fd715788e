//! What a registry is shown: what its challenge asks for, got from the server that it names.

use super::answer::{Failure, Kind};
use super::secret::Credentials;
use super::session::{Ask, Session};
use super::url::{Scheme, Url, encoded};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::Method;
use hyper::header::{self, HeaderMap, HeaderValue};
use serde_json::Value;

/// Most bytes of an answer with a token; the library reads no more.
// From containers/image, internal/iolimits/iolimits.go `MaxAuthTokenBodySize`.
const MAX_TOKEN_BYTES: usize = 1 << 20;

/// What a registry asks for, with the parameters that it gives; names in small letters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Challenge {
    pub(crate) scheme: String,
    pub(crate) parameters: Vec<(String, String)>,
}

impl Challenge {
    fn parameter(&self, name: &str) -> Option<&str> {
        // The last one counts.
        let found = self.parameters.iter().rfind(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The challenges of an answer, one from each header.
// From containers/image, docker/wwwauthenticate.go `iterateAuthHeader`.
pub(crate) fn challenges(headers: &HeaderMap) -> Vec<Challenge> {
    let values = headers.get_all(header::WWW_AUTHENTICATE).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.filter_map(challenge).collect()
}

fn challenge(text: &str) -> Option<Challenge> {
    let (scheme, mut rest) = token(text);
    if scheme.is_empty() {
        return None;
    }
    let mut parameters = Vec::new();
    rest = skip_space(rest);
    loop {
        let (name, behind) = token(skip_space(rest));
        let value = behind.strip_prefix('=').and_then(token_or_quoted);
        match value {
            Some((value, behind)) if !name.is_empty() && !value.is_empty() => {
                parameters.push((name.to_ascii_lowercase(), value));
                rest = skip_space(behind);
            }
            _ => break,
        }
        match rest.strip_prefix(',') {
            Some(behind) => rest = behind,
            None => break,
        }
    }
    Some(Challenge {
        scheme: scheme.to_ascii_lowercase(),
        parameters,
    })
}

fn skip_space(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\r', '\n'])
}

fn token(text: &str) -> (&str, &str) {
    let is_token =
        |letter: char| letter.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(letter);
    text.split_at(text.find(|letter| !is_token(letter)).unwrap_or(text.len()))
}

fn token_or_quoted(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = token(text);
        return Some((value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((idx, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &quoted[idx + 1..])),
            '\\' => value.push(letters.next()?.1),
            letter => value.push(letter),
        }
    }
    None
}

/// What is shown with each request to a repository; `None` for nothing.
///
/// Credentials go to the registry, or to the server for tokens that it names, as the library sends
/// them; but not over plain HTTP to a server that a registry with TLS names.
///
/// # Errors
/// When there is no token.
// From containers/image, docker/docker_client.go `setupRequestAuth` and `obtainBearerToken`.
pub(crate) async fn authorize(
    session: &mut Session<'_>,
    registry: Scheme,
    challenges: &[Challenge],
    credentials: &Credentials,
    repository: &str,
) -> Result<Option<HeaderValue>, Failure> {
    for challenge in challenges {
        match challenge.scheme.as_str() {
            "basic" => return basic(credentials).map(Some),
            "bearer" => {
                let ask = token_request(registry, challenge, credentials, repository)?;
                let server = ask.url.target.clone();
                let reply = session.send(ask).await?;
                if !reply.status.is_success() {
                    let status = reply.status.as_u16();
                    let detail = format!("`{server}` gives no token: HTTP {status}");
                    return Err(match status {
                        429 | 500.. => Failure::passing(Kind::Failed, detail),
                        _ => Failure::lasting(Kind::Unauthorized, detail),
                    });
                }
                let token = read_token(&reply.body).and_then(|it| secret(&format!("Bearer {it}")));
                let detail = || format!("`{server}` gives something that is no token");
                return match token {
                    Some(token) => Ok(Some(token)),
                    None => Err(Failure::lasting(Kind::Failed, detail())),
                };
            }
            _ => {}
        }
    }
    Ok(None)
}

fn basic(credentials: &Credentials) -> Result<HeaderValue, Failure> {
    let Credentials { user, password, .. } = credentials;
    let encoded = BASE64_STANDARD.encode(format!("{user}:{password}"));
    let value = secret(&format!("Basic {encoded}"));
    value.ok_or_else(|| Failure::lasting(Kind::Failed, "the credentials cannot be sent"))
}

/// A value that nothing prints.
fn secret(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// From containers/image, docker/docker_client.go `getBearerToken` and `getBearerTokenOAuth2`.
fn token_request(
    registry: Scheme,
    challenge: &Challenge,
    credentials: &Credentials,
    repository: &str,
) -> Result<Ask, Failure> {
    let Credentials {
        user,
        password,
        identity_token,
    } = credentials;
    let realm = challenge.parameter("realm").unwrap_or_default();
    let Some(mut url) = Url::parse(realm) else {
        let detail = "the registry names no server for tokens";
        return Err(Failure::lasting(Kind::Failed, detail));
    };
    let has_secret = !identity_token.is_empty() || !(user.is_empty() || password.is_empty());
    if has_secret && registry == Scheme::Https && url.target.scheme == Scheme::Http {
        let detail = format!(
            "credentials are not sent to `{}`, which the registry names for tokens, over plain HTTP",
            url.target
        );
        return Err(Failure::lasting(Kind::Unauthorized, detail));
    }
    let mut query = Vec::new();
    if !user.is_empty() && identity_token.is_empty() {
        query.push(("account", user.clone()));
    }
    if let Some(service) = challenge.parameter("service") {
        query.push(("service", service.to_owned()));
    }
    query.push(("scope", format!("repository:{repository}:pull")));
    if !identity_token.is_empty() {
        query.push(("grant_type", "refresh_token".to_owned()));
        query.push(("refresh_token", identity_token.clone()));
        query.push(("client_id", "pullproof".to_owned()));
    }
    let pairs = query
        .iter()
        .map(|(key, value)| format!("{key}={}", encoded(value)));
    let query = pairs.collect::<Vec<_>>().join("&");
    let form = "application/x-www-form-urlencoded";
    if !identity_token.is_empty() {
        return Ok(Ask {
            method: Method::POST,
            url,
            headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static(form))],
            authorization: None,
            body: query,
            max_bytes: MAX_TOKEN_BYTES,
        });
    }
    let mark = if url.path.contains('?') { '&' } else { '?' };
    url.path = format!("{}{mark}{query}", url.path);
    let authorization = match has_secret {
        true => Some(basic(credentials)?),
        false => None,
    };
    Ok(Ask {
        method: Method::GET,
        url,
        headers: Vec::new(),
        authorization,
        body: String::new(),
        max_bytes: MAX_TOKEN_BYTES,
    })
}

/// From containers/image, docker/docker_client.go `readFromHTTPResponseBody`.
fn read_token(body: &[u8]) -> Option<String> {
    let root: Value = serde_json::from_slice(body).ok()?;
    let text = |key| {
        root.get(key)
            .and_then(Value::as_str)
            .filter(|it| !it.is_empty())
    };
    text("token")
        .or_else(|| text("access_token"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read_as_the_library_reads_them() {
        for (text, scheme, parameters) in [
            (
                "Basic realm=\"Registry\"",
                "basic",
                &[("realm", "Registry")][..],
            ),
            (
                "Bearer realm=\"https://a.lab/t?x=y\",service=\"a b\", Scope=c",
                "bearer",
                &[
                    ("realm", "https://a.lab/t?x=y"),
                    ("service", "a b"),
                    ("scope", "c"),
                ],
            ),
            ("Bearer realm=\"a\\\"b\"", "bearer", &[("realm", "a\"b")]),
            // What cannot be read ends the list.
            (
                "Bearer realm=\"a\" service=\"b\"",
                "bearer",
                &[("realm", "a")],
            ),
            ("Bearer realm=\"a", "bearer", &[]),
            ("Bearer realm=\"\",service=b", "bearer", &[]),
            ("Negotiate", "negotiate", &[]),
        ] {
            let parameters = parameters.iter();
            let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
            let expected = Challenge {
                scheme: scheme.to_owned(),
                parameters: parameters.map(own).collect(),
            };
            assert_eq!(challenge(text), Some(expected), "{text}");
        }
        assert_eq!(challenge(""), None);
        assert_eq!(challenge("\"Bearer\""), None);
    }

    fn request(registry: Scheme, realm: &str, user: &str, token: &str) -> Result<Ask, Failure> {
        let challenge = challenge(&format!("Bearer realm=\"{realm}\",service=\"s\"")).unwrap();
        let credentials = Credentials {
            user: user.to_owned(),
            password: if user.is_empty() { "" } else { "word" }.to_owned(),
            identity_token: token.to_owned(),
        };
        token_request(registry, &challenge, &credentials, "org/app")
    }

    #[test]
    fn a_token_is_asked_for_as_the_library_does() {
        let ask = request(Scheme::Https, "https://t.lab/t", "me", "").unwrap_or_else(|_| panic!());
        let expected = "/t?account=me&service=s&scope=repository%3Aorg%2Fapp%3Apull";
        assert_eq!(ask.url.path, expected);
        // Of `me:word`.
        assert_eq!(ask.authorization.unwrap(), "Basic bWU6d29yZA==");
        let ask = request(Scheme::Https, "https://t.lab/?a=b", "", "").unwrap_or_else(|_| panic!());
        let expected = "/?a=b&service=s&scope=repository%3Aorg%2Fapp%3Apull";
        assert_eq!((ask.url.path.as_str(), ask.authorization), (expected, None));
        let ask =
            request(Scheme::Https, "https://t.lab/t", "me", "i/t").unwrap_or_else(|_| panic!());
        assert_eq!((ask.method, ask.authorization), (Method::POST, None));
        assert!(ask.body.contains("&refresh_token=i%2Ft&"), "{}", ask.body);
        assert_eq!(ask.url.path, "/t");
    }

    #[test]
    fn credentials_do_not_leave_tls() {
        let realm = "http://t.lab/t";
        for (user, token) in [("me", ""), ("", "t")] {
            let failure = request(Scheme::Https, realm, user, token).err().unwrap();
            assert_eq!(failure.kind, Kind::Unauthorized);
            assert!(request(Scheme::Http, realm, user, token).is_ok());
        }
        assert!(request(Scheme::Https, realm, "", "").is_ok());
    }

    #[test]
    fn a_token_has_two_names() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(read_token(text.as_bytes()).as_deref(), expected, "{text}");
        };
        check("{\"token\": \"t\", \"access_token\": \"a\"}", Some("t"));
        check("{\"token\": \"\", \"access_token\": \"a\"}", Some("a"));
        check("{\"token\": 1}", None);
        check("t", None);
    }
}
