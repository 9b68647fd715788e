//! What is asked of a registry, and what comes of it.

use serde::{Deserialize, Serialize};

/// One endpoint of a chain, and how closely it is looked at.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) struct Question {
    /// What is asked for, where the endpoint is.
    pub(crate) reference: String,
    /// Whether a failed TLS verification, and then plain HTTP, is accepted.
    pub(crate) insecure: bool,
    /// Whether layers and configurations are asked for, too.
    pub(crate) blobs: bool,
    /// The one platform whose manifest of a list is looked at; `None` for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) platform: Option<String>,
}

/// What came of a question.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// In a word.
    pub(crate) kind: Kind,
    /// In a sentence without a registry's own words, which could repeat a credential; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) detail: String,
    /// The digest of what the endpoint has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) digest: Option<String>,
    /// What belongs to the image and is not there: digests of manifests, layers, configurations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) missing: Vec<String>,
    /// Whether all of it went over plain HTTP.
    #[serde(default)]
    pub(crate) plain_http: bool,
    /// Other hosts that the registry led to, for tokens or by redirects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) led_to: Vec<String>,
}

/// What came of a question, in a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// It has the image, as far as was asked.
    Found,
    /// It has no such manifest.
    Absent,
    /// It has the manifest, but not all that belongs to it.
    Incomplete,
    /// It gives something else under the digest that was asked for.
    WrongDigest,
    /// It wants other credentials, or some.
    Unauthorized,
    /// No TLS connection that can be trusted.
    TlsFailure,
    /// Nobody listens.
    ConnectionRefused,
    /// The host has no address.
    UnknownHost,
    /// No answer in time.
    Timeout,
    /// Anything else that is no answer to the question.
    Failed,
    /// Not asked: the endpoint is blocked.
    Blocked,
    /// Not asked: a node would send nothing for another reason.
    Refused,
    /// Not asked: said to be down.
    Down,
}

impl Kind {
    /// Whether it stays true until somebody mirrors again; else it is asked anew when resuming.
    pub(crate) fn is_settled(self) -> bool {
        matches!(
            self,
            Kind::Found | Kind::Absent | Kind::Incomplete | Kind::WrongDigest
        )
    }

    /// The word, as it is written in files.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Found => "found",
            Kind::Absent => "absent",
            Kind::Incomplete => "incomplete",
            Kind::WrongDigest => "wrong digest",
            Kind::Unauthorized => "unauthorized",
            Kind::TlsFailure => "TLS failure",
            Kind::ConnectionRefused => "connection refused",
            Kind::UnknownHost => "unknown host",
            Kind::Timeout => "timeout",
            Kind::Failed => "failed",
            Kind::Blocked | Kind::Refused | Kind::Down => "not asked",
        }
    }
}

impl Answer {
    /// An answer that is told in a sentence.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Answer {
        Answer {
            kind,
            detail: detail.into(),
            digest: None,
            missing: Vec::new(),
            plain_http: false,
            led_to: Vec::new(),
        }
    }
}

/// Why a registry could not be asked to the end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    /// As in an answer.
    pub(crate) detail: String,
    /// Whether it may be gone in a moment.
    pub(crate) is_passing: bool,
    /// Whether nobody was reached, so that other questions to the endpoint will end alike.
    pub(crate) is_unreachable: bool,
    /// How long the registry wants to be left alone, in seconds.
    pub(crate) wait_seconds: Option<u64>,
}

impl Failure {
    /// One that trying again does not mend.
    pub(crate) fn lasting(kind: Kind, detail: impl Into<String>) -> Failure {
        Failure {
            kind,
            detail: detail.into(),
            is_passing: false,
            is_unreachable: false,
            wait_seconds: None,
        }
    }

    /// One that may be gone in a moment.
    pub(crate) fn passing(kind: Kind, detail: impl Into<String>) -> Failure {
        Failure {
            is_passing: true,
            ..Failure::lasting(kind, detail)
        }
    }
}
