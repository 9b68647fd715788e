//! What happens to all references of a class alike.

use crate::registries::load::RegistryId;
use crate::resolve::{Endpoint, Refusal, Resolution};

/// What happens to a reference, but for what is behind the prefix of its entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Outcome {
    /// The entry that governs it; `None` when none does.
    pub entry: Option<RegistryId>,
    /// The endpoints in order; or the one whose location makes no reference, which fails the pull.
    pub attempts: Result<Vec<Asked>, Endpoint>,
}

/// What happens at one endpoint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Asked {
    /// Which endpoint.
    pub endpoint: Endpoint,
    /// Whether a failed TLS verification, and then plain HTTP, is accepted.
    pub insecure: bool,
    /// The blocked entry that keeps it from being contacted.
    pub blocked_by: Option<RegistryId>,
    /// Why the client refuses the reference itself.
    pub refusal: Option<Refusal>,
}

impl Outcome {
    /// What a resolution has in common with those of the same class.
    pub fn of(resolution: &Resolution) -> Outcome {
        let asked = resolution.attempts.as_ref().map(|attempts| {
            let asked = attempts.iter().map(|attempt| Asked {
                endpoint: attempt.endpoint,
                insecure: attempt.insecure,
                blocked_by: attempt.blocked_by,
                refusal: attempt.refusal,
            });
            asked.collect()
        });
        Outcome {
            entry: resolution.registry,
            attempts: asked.map_err(|error| error.endpoint),
        }
    }
}
