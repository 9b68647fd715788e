//! What makes the library refuse a configuration, in its own words.
//!
//! From containers/image, pkg/sysregistriesv2 (system_registries_v2.go, shortnames.go).

use super::Origin;
use crate::file::Span;
use crate::go_text::quote;
use crate::reference::ReferenceError;
use std::fmt;

/// Something that makes the library refuse the whole configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadError {
    /// The name of the file.
    pub file: String,
    /// Whether the file is a drop-in.
    pub is_drop_in: bool,
    /// Where in the file; `None` for a configuration that was never written.
    pub span: Option<Span>,
    /// The places in the cluster's objects that the table or mirror there comes from.
    pub origins: Vec<Origin>,
    /// What.
    pub kind: LoadErrorKind,
}

/// What makes the library refuse a configuration; locations are as the library prints them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LoadErrorKind {
    /// A location with `http://` or `https://`.
    Scheme(String),
    /// A table with neither prefix nor location.
    NoLocationNoPrefix,
    /// A table without location whose prefix is no wildcard.
    NoLocation,
    /// `pull-from-mirror` beside a prefix rather than in a mirror.
    PullFromMirrorOnRegistry(String),
    /// A mirror without location.
    NoMirrorLocation,
    /// `mirror-by-digest-only` on a registry and `pull-from-mirror` on one of its mirrors.
    DigestOnlyTwice {
        /// The registry's prefix.
        prefix: String,
        /// The mirror's location.
        mirror: String,
    },
    /// A `pull-from-mirror` that is no known value.
    UnknownPullFromMirror {
        /// The value.
        value: String,
        /// The mirror's location.
        mirror: String,
    },
    /// Two tables with one location that differ in a flag.
    Conflict {
        /// The location; empty for wildcards without one.
        location: String,
        /// `insecure` or `blocked`.
        flag: &'static str,
        /// Where the other table is.
        other: Option<Span>,
        /// The places in the cluster's objects that the other table comes from.
        other_origins: Vec<Origin>,
    },
    /// A search registry that is no host.
    SearchRegistry(String),
    /// An unknown `short-name-mode`.
    ShortNameMode(String),
    /// A wildcard prefix with a path, port or digest.
    WildcardPrefix(String),
    /// Everything wrong with the aliases, in the order of the file; never empty.
    Aliases(Vec<AliasError>),
    /// Version 1 in a drop-in.
    Version1DropIn,
    /// Versions 1 and 2 in one file, which the library prints as its own data structure, from
    /// v5.24.0 on.
    MixedVersions(Option<String>),
}

/// What is wrong with one short-name alias.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AliasError {
    /// The short name is no reference.
    Name(String, ReferenceError),
    /// The short name has what the word says.
    NameHas(String, &'static str),
    /// The value is no reference.
    Value(String, ReferenceError),
    /// The value has what the word says.
    ValueHas(String, &'static str),
    /// The value has no registry.
    ValueWithoutRegistry(String),
    /// Normalizing the value fails.
    Normalize(ReferenceError),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drop_in = if self.is_drop_in { "drop-in " } else { "" };
        let file = quote(&self.file);
        write!(
            f,
            "loading {drop_in}registries configuration {file}: {}",
            self.kind
        )
    }
}

impl fmt::Display for LoadErrorKind {
    // The texts are the library's own, so that they can be compared with what a node logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadErrorKind::Scheme(input) => {
                write!(
                    f,
                    "invalid location '{input}': URI schemes are not supported"
                )
            }
            LoadErrorKind::NoLocationNoPrefix => {
                f.write_str("invalid condition: both location and prefix are unset")
            }
            LoadErrorKind::NoLocation => f.write_str(
                "invalid condition: location is unset and prefix is not in the format: \
                 *.example.com",
            ),
            LoadErrorKind::PullFromMirrorOnRegistry(prefix) => write!(
                f,
                "pull-from-mirror must not be set for a non-mirror registry {}",
                quote(prefix)
            ),
            LoadErrorKind::NoMirrorLocation => {
                f.write_str("invalid condition: mirror location is unset")
            }
            LoadErrorKind::DigestOnlyTwice { prefix, mirror } => write!(
                f,
                "cannot set mirror usage mirror-by-digest-only for the registry ({}) \
                 and pull-from-mirror for per-mirror ({}) at the same time",
                quote(prefix),
                quote(mirror)
            ),
            LoadErrorKind::UnknownPullFromMirror { value, mirror } => write!(
                f,
                "unsupported pull-from-mirror value {} for mirror {}",
                quote(value),
                quote(mirror)
            ),
            LoadErrorKind::Conflict { location, flag, .. } => write!(
                f,
                "registry '{location}' is defined multiple times \
                 with conflicting '{flag}' setting"
            ),
            LoadErrorKind::SearchRegistry(registry) => {
                write!(
                    f,
                    "Invalid unqualified-search-registries entry {}",
                    quote(registry)
                )
            }
            LoadErrorKind::ShortNameMode(mode) => {
                write!(f, "invalid short-name mode: {}", quote(mode))
            }
            LoadErrorKind::WildcardPrefix(prefix) => write!(
                f,
                "Wildcarded prefix should be in the format: *.example.com. \
                 Current prefix {} is incorrectly formatted",
                quote(prefix)
            ),
            LoadErrorKind::Aliases(errors) => {
                f.write_str("validating short-name aliases: ")?;
                for (at, error) in errors.iter().enumerate() {
                    let newline = if at == 0 { "" } else { "\n" };
                    write!(f, "{newline}{error}")?;
                }
                Ok(())
            }
            LoadErrorKind::Version1DropIn => {
                f.write_str("registry must be in v2 format but is in v1")
            }
            LoadErrorKind::MixedVersions(dump) => {
                f.write_str("mixing sysregistry v1/v2 is not supported")?;
                dump.as_ref().map_or(Ok(()), |dump| write!(f, ": {dump}"))
            }
        }
    }
}

impl fmt::Display for AliasError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AliasError::Name(name, error) => {
                write!(f, "cannot parse short name: {}: {error}", quote(name))
            }
            AliasError::NameHas(name, what) => {
                write!(
                    f,
                    "invalid short name {}: must not contain {what}",
                    quote(name)
                )
            }
            AliasError::Value(value, error) => {
                write!(f, "parsing alias {}: {error}", quote(value))
            }
            AliasError::ValueHas(value, what) => {
                write!(f, "invalid alias {}: must not contain {what}", quote(value))
            }
            AliasError::ValueWithoutRegistry(value) => {
                write!(
                    f,
                    "invalid alias {}: must contain registry and repository",
                    quote(value)
                )
            }
            AliasError::Normalize(error) => error.fmt(f),
        }
    }
}
