//! One question to one registry, asked as a node pulls: ping, credentials, manifest, blobs.

use super::answer::{Answer, Failure, Kind, Question};
use super::manifest::{self, ACCEPTED, SIGNED};
use super::secret::Credentials;
use super::session::{Ask, Network, Reply, Session};
use super::token::{Challenge, authorize, challenges};
use super::url::{Scheme, Target, Url};
use hyper::header::{self, HeaderValue};
use hyper::{Method, StatusCode};
use pullproof_core::reference::Reference;
use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// Most bytes of a manifest; the library reads no more.
// From containers/image, internal/iolimits/iolimits.go `MaxManifestBodySize`.
const MAX_MANIFEST_BYTES: usize = 4 << 20;

/// Deepest a list in a list is looked into; clients look into one.
const MAX_LIST_DEPTH: usize = 2;

/// What registries say about errors, of which only these words are repeated.
// From opencontainers/distribution-spec, spec.md "Error Codes", and what Docker's adds.
const CODES: [&str; 12] = [
    "BLOB_UNKNOWN",
    "DENIED",
    "MANIFEST_INVALID",
    "MANIFEST_UNKNOWN",
    "NAME_INVALID",
    "NAME_UNKNOWN",
    "NOT_FOUND",
    "TOOMANYREQUESTS",
    "UNAUTHORIZED",
    "UNAVAILABLE",
    "UNKNOWN",
    "UNSUPPORTED",
];

/// Asks an endpoint whether it has what a reference names.
///
/// # Errors
/// When that stays unknown; with the hosts that the endpoint led to.
pub(crate) async fn ask(
    network: &Network<'_>,
    question: &Question,
    credentials: &Credentials,
) -> (Result<Answer, Failure>, Vec<String>) {
    let Ok(reference) = Reference::parse_canonical(question.reference.clone()) else {
        let failure = Failure::lasting(Kind::Failed, "the reference cannot be read");
        return (Err(failure), Vec::new());
    };
    let host = contacted_host(reference.domain());
    let mut session = Session::new(network, host, question.insecure);
    let answer = answer(&mut session, question, &reference, credentials).await;
    (answer, session.led_to())
}

/// The host that answers for a registry.
// From containers/image, docker/docker_client.go `dockerRegistry`.
pub(crate) fn contacted_host(host: &str) -> &str {
    match host {
        "docker.io" => "registry-1.docker.io",
        host => host,
    }
}

async fn answer(
    session: &mut Session<'_>,
    question: &Question,
    reference: &Reference,
    credentials: &Credentials,
) -> Result<Answer, Failure> {
    let host = contacted_host(reference.domain());
    let (scheme, challenges) = ping(session, host, question.insecure).await?;
    let repository = reference.path();
    let authorization = authorize(session, scheme, &challenges, credentials, repository).await?;
    let mut endpoint = Endpoint {
        session,
        target: Target {
            scheme,
            authority: host.to_owned(),
        },
        repository,
        authorization,
    };
    let mut answer = endpoint.image(question, reference).await?;
    answer.plain_http = scheme == Scheme::Http;
    Ok(answer)
}

/// How the registry is talked to, and what it asks for.
// From containers/image, docker/docker_client.go `detectPropertiesHelper`.
async fn ping(
    session: &mut Session<'_>,
    host: &str,
    insecure: bool,
) -> Result<(Scheme, Vec<Challenge>), Failure> {
    let failure = match ping_over(session, host, Scheme::Https).await {
        Ok(challenges) => return Ok((Scheme::Https, challenges)),
        Err(failure) => failure,
    };
    if !insecure {
        return Err(failure);
    }
    match ping_over(session, host, Scheme::Http).await {
        Ok(challenges) => Ok((Scheme::Http, challenges)),
        Err(second) if second.detail == failure.detail => Err(second),
        Err(second) => Err(Failure {
            detail: format!(
                "over TLS: {}; over plain HTTP: {}",
                failure.detail, second.detail
            ),
            is_passing: failure.is_passing || second.is_passing,
            is_unreachable: failure.is_unreachable && second.is_unreachable,
            ..second
        }),
    }
}

async fn ping_over(
    session: &mut Session<'_>,
    host: &str,
    scheme: Scheme,
) -> Result<Vec<Challenge>, Failure> {
    let target = Target {
        scheme,
        authority: host.to_owned(),
    };
    let reply = session
        .send(Ask {
            method: Method::GET,
            url: Url {
                target,
                path: "/v2/".to_owned(),
            },
            headers: Vec::new(),
            authorization: None,
            body: String::new(),
            max_bytes: MAX_MANIFEST_BYTES,
        })
        .await?;
    match reply.status {
        StatusCode::OK | StatusCode::UNAUTHORIZED => Ok(challenges(&reply.headers)),
        _ => {
            let failure = refusal(&reply);
            let detail = format!("`/v2/`: {}", failure.detail);
            Err(Failure { detail, ..failure })
        }
    }
}

/// A repository of a registry that can be talked to.
struct Endpoint<'a, 'b> {
    session: &'a mut Session<'b>,
    target: Target,
    repository: &'a str,
    authorization: Option<HeaderValue>,
}

impl Endpoint<'_, '_> {
    async fn image(
        &mut self,
        question: &Question,
        reference: &Reference,
    ) -> Result<Answer, Failure> {
        let name = reference.digest().or(reference.tag()).unwrap_or("latest");
        let expected = reference.digest();
        let found = match question.blobs {
            true => Looked::Unclear,
            // Docker Hub counts no request for a head as a pull.
            false => self.head(name).await?,
        };
        let (digest, body) = match found {
            Looked::Absent(answer) => return Ok(answer),
            Looked::Found(digest) => (digest, None),
            Looked::Unclear => match self.manifest(name, expected).await? {
                Got::Absent(answer) => return Ok(answer),
                Got::Found { digest, body } => (digest, Some(body)),
            },
        };
        if let Some(expected) = expected
            && expected != digest
        {
            let mut answer = Answer::new(Kind::WrongDigest, "it gives another manifest");
            answer.digest = Some(digest);
            return Ok(answer);
        }
        let mut answer = Answer::new(Kind::Found, "");
        answer.digest = Some(digest);
        if let Some(body) = body.filter(|_| question.blobs) {
            match self.missing(&body, question.platform.as_deref()).await? {
                Err(reason) => {
                    answer.kind = Kind::Incomplete;
                    answer.detail = reason;
                }
                Ok(missing) if !missing.is_empty() => {
                    answer.kind = Kind::Incomplete;
                    answer.missing = missing;
                }
                Ok(_) => {}
            }
        }
        Ok(answer)
    }

    /// Asks for a manifest without getting it.
    async fn head(&mut self, name: &str) -> Result<Looked, Failure> {
        let path = format!("manifests/{name}");
        let reply = self.send(Method::HEAD, &path, Some(ACCEPTED)).await?;
        match reply.status.as_u16() {
            200 => Ok(match header_digest(&reply) {
                Some(digest) => Looked::Found(digest),
                None => Looked::Unclear,
            }),
            404 => Ok(Looked::Absent(Answer::new(Kind::Absent, told(&reply)))),
            // Some answer only whoever gets it.
            400 | 405 | 501 => Ok(Looked::Unclear),
            _ => Err(refusal(&reply)),
        }
    }

    async fn manifest(&mut self, name: &str, expected: Option<&str>) -> Result<Got, Failure> {
        let path = format!("manifests/{name}");
        let reply = self.send(Method::GET, &path, Some(ACCEPTED)).await?;
        match reply.status.as_u16() {
            200 => {
                let media_type = reply.headers.get(header::CONTENT_TYPE);
                let media_type = media_type
                    .and_then(|it| it.to_str().ok())
                    .unwrap_or_default();
                let is_signed = media_type.starts_with(SIGNED);
                let given = header_digest(&reply).filter(|_| is_signed);
                let algorithm = expected.and_then(|it| it.split(':').next());
                let digest = given.or_else(|| digest(algorithm.unwrap_or("sha256"), &reply.body));
                let digest = digest.ok_or_else(|| {
                    Failure::lasting(Kind::Failed, "digests of this algorithm are unknown")
                })?;
                let body = reply.body.to_vec();
                Ok(Got::Found { digest, body })
            }
            404 => Ok(Got::Absent(Answer::new(Kind::Absent, told(&reply)))),
            _ => Err(refusal(&reply)),
        }
    }

    /// What belongs to a manifest and is not there; inside why that cannot be told.
    async fn missing(
        &mut self,
        manifest: &[u8],
        platform: Option<&str>,
    ) -> Result<Result<Vec<String>, String>, Failure> {
        let mut missing = Vec::new();
        let mut blobs: Vec<String> = Vec::new();
        let mut level = vec![manifest.to_vec()];
        for depth in 0..=MAX_LIST_DEPTH {
            let mut next = Vec::new();
            for manifest in &level {
                let parts = match manifest::parts(manifest, platform) {
                    Ok(parts) => parts,
                    Err(reason) => return Ok(Err(reason)),
                };
                if depth == MAX_LIST_DEPTH && !parts.manifests.is_empty() {
                    let reason = format!("lists of manifests lie more than {MAX_LIST_DEPTH} deep");
                    return Ok(Err(reason));
                }
                for part in parts.manifests {
                    match self.manifest(&part, Some(&part)).await? {
                        Got::Found { digest, body } if digest == part => next.push(body),
                        Got::Found { .. } | Got::Absent(_) => missing.push(part),
                    }
                }
                for blob in parts.blobs {
                    if !blobs.contains(&blob) {
                        blobs.push(blob);
                    }
                }
            }
            level = next;
        }
        for blob in blobs {
            if !self.has_blob(&blob).await? {
                missing.push(blob);
            }
        }
        Ok(Ok(missing))
    }

    async fn has_blob(&mut self, digest: &str) -> Result<bool, Failure> {
        let path = format!("blobs/{digest}");
        let reply = self.send(Method::HEAD, &path, None).await?;
        match reply.status.as_u16() {
            200 => Ok(true),
            404 => Ok(false),
            _ => Err(refusal(&reply)),
        }
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        accepted: Option<&'static str>,
    ) -> Result<Reply, Failure> {
        let accept = accepted.map(|it| (header::ACCEPT, HeaderValue::from_static(it)));
        let ask = Ask {
            method,
            url: Url {
                target: self.target.clone(),
                path: format!("/v2/{}/{path}", self.repository),
            },
            headers: accept.into_iter().collect(),
            authorization: self.authorization.clone(),
            body: String::new(),
            max_bytes: MAX_MANIFEST_BYTES,
        };
        self.session.send(ask).await
    }
}

/// What the head of a manifest tells.
enum Looked {
    Found(String),
    Absent(Answer),
    /// The manifest itself is needed.
    Unclear,
}

enum Got {
    Found { digest: String, body: Vec<u8> },
    Absent(Answer),
}

fn header_digest(reply: &Reply) -> Option<String> {
    let value = reply.headers.get("docker-content-digest")?.to_str().ok()?;
    // It is shown and compared, so it has to be one.
    let (algorithm, hex) = value.split_once(':')?;
    let is_hex = |letter: char| letter.is_ascii_hexdigit();
    let is_digest = algorithm.starts_with("sha") && hex.chars().all(is_hex) && hex.len() <= 128;
    is_digest.then(|| value.to_owned())
}

fn digest(algorithm: &str, bytes: &[u8]) -> Option<String> {
    let hash = match algorithm {
        "sha256" => Sha256::digest(bytes).to_vec(),
        "sha384" => Sha384::digest(bytes).to_vec(),
        "sha512" => Sha512::digest(bytes).to_vec(),
        _ => return None,
    };
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("{algorithm}:{hex}"))
}

/// An answer that is none to the question.
fn refusal(reply: &Reply) -> Failure {
    let detail = told(reply);
    match reply.status.as_u16() {
        401 | 403 => Failure::lasting(Kind::Unauthorized, detail),
        429 | 500.. => Failure {
            wait_seconds: wait_seconds(reply),
            ..Failure::passing(Kind::Failed, detail)
        },
        _ => Failure::lasting(Kind::Failed, detail),
    }
}

fn wait_seconds(reply: &Reply) -> Option<u64> {
    let value = reply.headers.get(header::RETRY_AFTER)?;
    value.to_str().ok()?.trim().parse().ok()
}

/// The status of an answer, and the code of the error in it where it is a known one.
fn told(reply: &Reply) -> String {
    let status = reply.status.as_u16();
    let root: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let code = root.as_ref().and_then(|root| {
        let errors = root.get("errors")?.as_array()?;
        errors.first()?.get("code")?.as_str()
    });
    match CODES.iter().find(|it| Some(**it) == code) {
        Some(code) => format!("HTTP {status}, {code}"),
        None => format!("HTTP {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::HeaderMap;
    use hyper::body::Bytes;

    fn reply(status: u16, headers: &[(&'static str, &str)], body: &str) -> Reply {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: map,
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn a_registry_is_quoted_only_with_known_words() {
        for (body, expected) in [
            (
                r#"{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "secret"}]}"#,
                "HTTP 404, MANIFEST_UNKNOWN",
            ),
            (r#"{"errors": [{"code": "Basic dTpw"}]}"#, "HTTP 404"),
            (r#"{"errors": []}"#, "HTTP 404"),
            ("secret", "HTTP 404"),
        ] {
            assert_eq!(told(&reply(404, &[], body)), expected, "{body}");
        }
        for (value, is_digest) in [
            ("sha256:0a", true),
            ("sha256:secret", false),
            ("Basic dTpw", false),
            (&format!("sha256:{}", "a".repeat(129)), false),
        ] {
            let reply = reply(200, &[("docker-content-digest", value)], "");
            assert_eq!(header_digest(&reply).is_some(), is_digest, "{value}");
        }
    }

    #[test]
    fn an_error_is_passing_where_the_registry_is_at_fault_or_busy() {
        for (status, kind, is_passing) in [
            (401, Kind::Unauthorized, false),
            (403, Kind::Unauthorized, false),
            (400, Kind::Failed, false),
            (429, Kind::Failed, true),
            (500, Kind::Failed, true),
            (503, Kind::Failed, true),
        ] {
            let failure = refusal(&reply(status, &[("retry-after", "7")], ""));
            assert_eq!(
                (failure.kind, failure.is_passing),
                (kind, is_passing),
                "{status}"
            );
            assert_eq!(failure.wait_seconds, is_passing.then_some(7), "{status}");
        }
        assert_eq!(
            refusal(&reply(503, &[("retry-after", "soon")], "")).wait_seconds,
            None
        );
    }

    #[test]
    fn digests_are_those_of_the_bytes() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest("sha256", b"").as_deref(), Some(empty));
        assert_eq!(digest("sha512", b"").unwrap().len(), 7 + 128);
        assert_eq!(digest("md5", b""), None);
    }
}
