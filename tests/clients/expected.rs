//! What `resolve` says a client tries, one line for each attempt, and what comes of it on servers
//! whose contents are known.

use crate::client::Client;
use crate::world::World;
use pullproof_core::reference::Reference;
use pullproof_core::registries::entry::ShortNameMode;
use pullproof_core::registries::load::Registries;
use pullproof_core::resolve::short_name::candidates;
use pullproof_core::resolve::{Attempt, Refusal, resolve};
use std::fmt;

/// What comes of one attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The endpoint has the image.
    Served,
    /// The endpoint answers that it has no such image.
    Missing,
    /// Nobody listens.
    Down,
    /// The endpoint talks plain HTTP, which only insecure ones may.
    PlainHttp,
    /// The client has no password for the endpoint.
    Unauthorized,
    /// The endpoint's certificate is not trusted.
    Untrusted,
    /// The entry with this prefix forbids it, so nothing is sent.
    Blocked(String),
    /// Anything else, in the client's words.
    Other(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Served => f.write_str("served"),
            Outcome::Missing => f.write_str("missing"),
            Outcome::Down => f.write_str("down"),
            Outcome::PlainHttp => f.write_str("plain http"),
            Outcome::Unauthorized => f.write_str("unauthorized"),
            Outcome::Untrusted => f.write_str("untrusted"),
            Outcome::Blocked(prefix) => write!(f, "blocked by {prefix}"),
            Outcome::Other(words) => write!(f, "fails: {words}"),
        }
    }
}

/// What a pull comes to.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Pull {
    /// References and what came of them, in order; only the last is served, if any.
    pub attempts: Vec<(String, Outcome)>,
    /// Why nothing, or nothing more, was attempted, where that is the reason.
    pub error: Option<String>,
}

impl Pull {
    /// Whether the image was pulled.
    pub fn is_served(&self) -> bool {
        let last = self.attempts.last();
        self.error.is_none() && last.is_some_and(|(_, outcome)| *outcome == Outcome::Served)
    }

    /// A line for each attempt, and one for the error.
    pub fn lines(&self) -> Vec<String> {
        let attempt = |(reference, outcome): &(String, Outcome)| format!("{reference} {outcome}");
        let error = |error: &String| format!("fails: {error}");
        let attempts = self.attempts.iter().map(attempt);
        attempts.chain(self.error.iter().map(error)).collect()
    }
}

/// What a client does for an image by a configuration.
pub fn pull(world: &World, registries: &Registries, client: Client, image: &str) -> Pull {
    let asked = match asked(registries, client, image) {
        Ok(asked) => asked,
        Err(error) => {
            return Pull {
                error: Some(error),
                ..Pull::default()
            };
        }
    };
    let mut pull = Pull::default();
    for reference in asked {
        match resolve(registries, &reference).attempts {
            Err(error) => pull.error = Some(error.to_string()),
            Ok(attempts) => {
                pull.error = None;
                for attempt in attempts {
                    let outcome = outcome(world, registries, &attempt);
                    pull.attempts.push((attempt.reference.to_string(), outcome));
                    if pull.is_served() {
                        return pull;
                    }
                }
            }
        }
    }
    pull
}

/// The full references that a client tries for an image, each through its own chain.
fn asked(registries: &Registries, client: Client, image: &str) -> Result<Vec<Reference>, String> {
    match client {
        // As CRI-O with short-name mode `disabled`, or where there is one candidate: podman
        // without a terminal tries all of them, too.
        Client::Podman => candidates(registries, image, ShortNameMode::Disabled)
            .map_err(|error| error.to_string()),
        // From containers/image, docker/docker_transport.go ParseReference.
        Client::Skopeo => {
            let reference =
                Reference::parse_normalized(image).map_err(|error| error.to_string())?;
            match (reference.tag(), reference.digest()) {
                (Some(_), Some(_)) => Err(Refusal::TagAndDigest.to_string()),
                _ => Ok(vec![reference.with_default_tag()]),
            }
        }
    }
}

fn outcome(world: &World, registries: &Registries, attempt: &Attempt) -> Outcome {
    let Attempt {
        reference,
        endpoint: _,
        insecure,
        blocked_by,
        refusal,
    } = attempt;
    if let Some(refusal) = refusal {
        return Outcome::Other(refusal.to_string());
    }
    if let Some(id) = blocked_by {
        return Outcome::Blocked(registries.registry(*id).prefix.clone());
    }
    let Some((idx, rest)) = world.server(reference.as_str()) else {
        return Outcome::Down;
    };
    match world.barrier(idx, reference.name(), *insecure) {
        Some(outcome) => outcome,
        None if world.holds(idx, rest) => Outcome::Served,
        None => Outcome::Missing,
    }
}
