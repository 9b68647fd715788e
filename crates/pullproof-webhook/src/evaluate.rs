//! What the server asks policies, and what they answer, whoever runs them.

use std::sync::Arc;
use std::time::Instant;

pub use pullproof_host::types::{Finding, Kind, Label, Operation, Place, Request, Severity};

/// Runs policies.
pub trait Evaluate: Send + Sync {
    /// What each policy says about the request, in the order of `policies`.
    ///
    /// Returns soon after the deadline; a policy that could not finish is an `Err`.
    fn review(&self, request: &Request<'_>, deadline: Instant) -> Vec<Outcome>;

    /// The policies, in the order in which they are asked.
    fn policies(&self) -> Vec<PolicyInfo>;

    /// Why answers are less than they could be, one sentence for users; `None` when they are not.
    fn caveat(&self) -> Option<String> {
        None
    }

    /// Whether a policy is asked that somebody else wrote, and which may run to its deadline
    /// whatever the request.
    fn may_loop(&self) -> bool {
        true
    }

    /// Called once on each thread that will call `review`.
    fn prepare_thread(&self) {}
}

/// What one policy says.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The policy's name, as in the configuration.
    pub policy: Arc<str>,
    /// Its findings in the order to be shown, or why there are none.
    pub result: Result<Vec<Finding>, PolicyError>,
    /// Whether that is what it said to the same request a moment ago, and it was not asked.
    pub is_repeated: bool,
}

/// Why a policy gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// A word that stays the same, such as `deadline`: a label of metrics.
    pub code: &'static str,
    /// One sentence for users that names the policy.
    pub message: String,
}

/// A policy that is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyInfo {
    /// Its name in the configuration.
    pub name: Arc<str>,
    /// The digest of the component, such as `sha256:…`.
    pub digest: String,
    /// Why a newer one is not in use.
    pub problem: Option<String>,
}
