//! One entry of the configuration in force: what it matches and where its pulls go.

use super::Origin;
use crate::file::Span;
use crate::reference::Beginning;

/// One entry in force.
#[derive(Clone, PartialEq, Debug)]
pub struct Registry {
    /// What it matches: a host, a path below it, or `*.` and a domain.
    pub prefix: String,
    /// Where the source is; empty for a wildcard whose source is the reference itself.
    pub location: String,
    /// Whether the source may be contacted without TLS verification, or without TLS.
    pub insecure: bool,
    /// Whether references that this entry matches are refused.
    pub blocked: bool,
    /// Whether mirrors are for pulls by digest only.
    pub mirror_by_digest_only: bool,
    /// The mirrors, in the order they are tried.
    pub mirrors: Vec<Mirror>,
    /// Where the table is written; `None` for a configuration that was never written.
    pub span: Option<Span>,
    /// The places in the cluster's objects that the table comes from.
    pub origins: Vec<Origin>,
    /// The file it was read from, counted from the main file at 0.
    pub file_idx: usize,
    /// Which `[[registry]]` of its file it is, from 0.
    pub table_idx: usize,
    /// What becomes of references that are rewritten to the location.
    pub(crate) forecast: Forecast,
}

/// One mirror in force.
#[derive(Clone, PartialEq, Debug)]
pub struct Mirror {
    /// Where it is.
    pub location: String,
    /// Whether it may be contacted without TLS verification, or without TLS.
    pub insecure: bool,
    /// Which pulls it is for.
    pub pull_from_mirror: PullFromMirror,
    /// Where the table is written.
    pub span: Option<Span>,
    /// The places in the cluster's objects that the mirror comes from.
    pub origins: Vec<Origin>,
    /// What becomes of references that are rewritten to the location.
    pub(crate) forecast: Forecast,
}

/// What becomes of references that are rewritten to a location, worked out once for all of them
/// because nearly always it is the same.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Forecast {
    /// Each has to be looked at.
    Unknown,
    /// They stay as they are, since the location is the prefix.
    Unchanged,
    /// They are references that begin like this.
    Begins(Beginning, Fate),
}

/// Whether references that begin with a location are in a blocked entry.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Fate {
    /// Each has to be looked at.
    Unknown,
    /// None is.
    Open,
    /// All are in this one, counted from 0.
    Blocked(u32),
}

/// Which pulls a mirror is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PullFromMirror {
    /// Nothing is said, which means all.
    Unset,
    /// `all`.
    All,
    /// `digest-only`.
    DigestOnly,
    /// `tag-only`.
    TagOnly,
}

impl PullFromMirror {
    /// The value as written; empty where nothing is said.
    pub fn as_str(self) -> &'static str {
        match self {
            PullFromMirror::Unset => "",
            PullFromMirror::All => "all",
            PullFromMirror::DigestOnly => "digest-only",
            PullFromMirror::TagOnly => "tag-only",
        }
    }

    /// The value as a file writes it; `None` for any other text.
    pub fn parse(text: &str) -> Option<PullFromMirror> {
        use PullFromMirror::{All, DigestOnly, TagOnly, Unset};
        [Unset, All, DigestOnly, TagOnly]
            .into_iter()
            .find(|value| value.as_str() == text)
    }
}

/// How a short name with several candidates is treated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ShortNameMode {
    /// Every candidate is tried.
    Disabled,
    /// Every candidate is tried where nobody can be asked, as on a node.
    Permissive,
    /// The pull fails where nobody can be asked, as on a node.
    Enforcing,
}
