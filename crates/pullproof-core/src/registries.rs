//! The node's registries.conf: what the file says, table by table, with the place of each fact.

use crate::file::{Span, Spanned};
use std::borrow::Cow;

pub mod carried;
pub mod conf;
pub mod entry;
mod go_dump;
pub mod index;
pub mod load_error;

mod check;
pub mod load;

pub mod meant;
pub mod reach;

pub mod topo;

pub mod sources;

pub mod refusal;

pub mod merge;
pub mod validate;
pub mod write;

/// The path of the file on a node.
pub const CONF_PATH: &str = "/etc/containers/registries.conf";

/// The directory of its drop-ins on a node.
pub const CONF_DROP_IN_DIRECTORY: &str = "/etc/containers/registries.conf.d";

/// One registries.conf as written, before anything is validated (the library's `V2RegistriesConf`).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Conf {
    /// `unqualified-search-registries`; `None` when absent, which differs from empty.
    pub search: Option<Vec<Spanned<String>>>,
    /// `credential-helpers`; `None` when absent.
    pub credential_helpers: Option<Vec<String>>,
    /// `short-name-mode`, empty when absent.
    pub short_name_mode: String,
    /// Where the value of `short-name-mode` is.
    pub short_name_mode_place: Option<Span>,
    /// `additional-layer-store-auth-helper`, empty when absent.
    pub layer_store_auth_helper: String,
    /// `[aliases]`, in the order they were written.
    pub aliases: Vec<(Spanned<String>, Spanned<String>)>,
    /// `[[registry]]`, in the order they were written.
    pub tables: Vec<Table>,
    /// The tables of version 1 of the format; `None` where none is set.
    pub v1: Option<V1>,
    /// Whether anything of version 2 is set, be it an empty list.
    pub is_v2: bool,
    /// Whether there is a `registry` key, be it of an empty list.
    pub has_tables: bool,
    /// Whether there is an `aliases` table, be it an empty one.
    pub has_aliases: bool,
    /// Keys that nothing reads.
    pub unknown_keys: Vec<UnknownKey>,
    /// Keys written in two spellings that differ in case: which one counts is random on a node.
    pub ambiguous_keys: Vec<Spanned<String>>,
}

/// A key that nothing reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownKey {
    /// The table it is in, such as `registry.mirror`; empty for the file itself.
    pub table: String,
    /// The key.
    pub key: Spanned<String>,
    /// The line of the key and its value; `None` where they are not alone on one, as in a header.
    pub line: Option<Spanned<String>>,
}

/// Version 1 of the format: three lists, of which only blocked and insecure make tables.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct V1 {
    /// `[registries.search]`.
    pub search: Option<Vec<Spanned<String>>>,
    /// `[registries.insecure]`.
    pub insecure: Option<Vec<Spanned<String>>>,
    /// `[registries.block]`.
    pub block: Option<Vec<Spanned<String>>>,
}

/// One `[[registry]]` table as written.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Table {
    /// `prefix`, empty when absent.
    pub prefix: String,
    /// `location`, empty when absent.
    pub location: String,
    /// `insecure`.
    pub insecure: bool,
    /// `blocked`.
    pub blocked: bool,
    /// `mirror-by-digest-only`.
    pub mirror_by_digest_only: bool,
    /// `pull-from-mirror`, which must be empty here.
    pub pull_from_mirror: String,
    /// `[[registry.mirror]]`, in the order they were written.
    pub mirrors: Vec<TableMirror>,
    /// Whether there is a `mirror` key, be it of an empty list.
    pub has_mirrors: bool,
    /// Where the table is in a registries.conf; `None` before it is written.
    pub span: Option<Span>,
    /// Where its values are.
    pub places: Places,
    /// The places in the cluster's objects that the table comes from; empty for a file by hand.
    pub origins: Vec<Origin>,
}

impl Table {
    /// What the table is about: its prefix, else its location.
    ///
    /// From openshift/runtime-utils, pkg/registries/registries.go `registryScope`.
    pub fn scope(&self) -> &str {
        if self.prefix.is_empty() {
            &self.location
        } else {
            &self.prefix
        }
    }
}

/// One `[[registry.mirror]]` table as written.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TableMirror {
    /// `location`, empty when absent.
    pub location: String,
    /// `insecure`.
    pub insecure: bool,
    /// `pull-from-mirror`, empty when absent.
    pub pull_from_mirror: Cow<'static, str>,
    /// Where the table is in a registries.conf; `None` before it is written.
    pub span: Option<Span>,
    /// Where its values are.
    pub places: Places,
    /// The places in the cluster's objects that the mirror comes from.
    pub origins: Vec<Origin>,
}

/// Where values of a table are in a file; `None` for what was never read from one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Places {
    /// Of `prefix`, which a mirror does not have.
    pub prefix: Option<Span>,
    /// Of `location`.
    pub location: Option<Span>,
    /// Of `blocked`, which a mirror does not have.
    pub blocked: Option<Span>,
    /// Of `pull-from-mirror`.
    pub pull_from_mirror: Option<Span>,
}

/// A place in the cluster's objects that put something into registries.conf, and what it put there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Origin {
    /// The text responsible.
    pub span: Span,
    /// What it did.
    pub role: Role,
}

/// What a place in the cluster's objects puts into registries.conf.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// The `source` of a mirror set's entry: made the table.
    Source,
    /// An element of `mirrors`.
    Mirror,
    /// `mirrorSourcePolicy: NeverContactSource`: blocks the table.
    NeverContactSource,
    /// An element of `blockedRegistries`: blocks the table.
    Blocked,
    /// An element of `insecureRegistries`: turns TLS verification off.
    Insecure,
    /// The `source` of a less specific entry that the mirrors were inherited from.
    InheritedFrom,
}
