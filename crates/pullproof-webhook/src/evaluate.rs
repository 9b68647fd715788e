//! What the server asks policies, and what they answer: the records of `wit/pullproof.wit`.

use std::sync::Arc;
use std::time::Instant;

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

/// What somebody wants to do to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// It does not exist yet.
    Create,
    /// It exists, or its subresource does.
    Update,
    /// It goes.
    Delete,
    /// A connection to it.
    Connect,
}

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind<'a> {
    /// The API group; empty for the core group.
    pub group: &'a str,
    /// The version in the group.
    pub version: &'a str,
    /// The kind, such as `ImageDigestMirrorSet`.
    pub kind: &'a str,
}

/// A change that the API server asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// What is to be done.
    pub operation: Operation,
    /// The kind the objects below are of.
    pub kind: Kind<'a>,
    /// The object's name; empty when the server makes one up.
    pub name: &'a str,
    /// The object's namespace; empty when it has none.
    pub namespace: &'a str,
    /// The subresource; empty for the object itself.
    pub subresource: &'a str,
    /// Who asks.
    pub user: &'a str,
    /// The groups of who asks.
    pub groups: &'a [&'a str],
    /// Whether nothing will be stored.
    pub dry_run: bool,
    /// The object as it shall be, JSON as the API server wrote it; `None` for a delete.
    pub object: Option<&'a str>,
    /// The object as it is, JSON as the API server wrote it; `None` for a create.
    pub old_object: Option<&'a str>,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably not what was meant.
    Warning,
    /// Does not work.
    Error,
}

/// A place in a text; lines and columns count from 1, bytes from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The text's name.
    pub file: String,
    /// Line of the start.
    pub line: u32,
    /// Column of the start.
    pub column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column after the end.
    pub end_column: u32,
    /// Offset of the first byte.
    pub start_byte: u32,
    /// Offset after the last byte.
    pub end_byte: u32,
}

/// A place that helps to understand a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What is there.
    pub text: String,
}

/// What a policy says about the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The id of one of the policy's rules.
    pub rule: String,
    /// The code of the rule.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, one line.
    pub message: String,
    /// Where; `None` when it is about no text.
    pub place: Option<Place>,
    /// The object it is in, such as `ImageTagMirrorSet/lab`.
    pub object: Option<String>,
    /// The field it is about; empty for a whole object.
    pub path: String,
    /// Where else to look, most telling first.
    pub related: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Operation; 4] = [
        Operation::Create,
        Operation::Update,
        Operation::Delete,
        Operation::Connect,
    ];

    /// The word the API server uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Create => "CREATE",
            Operation::Update => "UPDATE",
            Operation::Delete => "DELETE",
            Operation::Connect => "CONNECT",
        }
    }
}

impl Severity {
    /// The word in audit annotations.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}
