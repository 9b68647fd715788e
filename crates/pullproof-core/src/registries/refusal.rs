//! Why the Machine Config Operator writes none of a node's files, in its own words.

use crate::file::{Span, Spanned};
use crate::go_text::quote;
use crate::policy_json::PolicyRefusal;
use std::fmt;

/// One reason that stops every registry change of the cluster.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The release image is not a whole reference with its host.
    ReleaseImage,
    /// The controller crashes: a blocked scope contains the release image's repository, but
    /// by the rules of the library that nodes pull with it does not.
    PayloadCrash(Span),
    /// The file that changes are made to cannot be decoded; the text is the decoder's.
    Base(String),
    /// An entry of `insecureRegistries` that is no scope.
    InvalidInsecure(Spanned<String>),
    /// An entry of `blockedRegistries` that is no scope.
    InvalidBlocked(Spanned<String>),
    /// A source that does not have the form of one.
    SourceFormat(Spanned<String>),
    /// A mirror that does not have the form of one.
    MirrorFormat(Spanned<String>),
    /// A source that is empty.
    SourceEmpty(Span),
    /// A mirror that is empty.
    MirrorEmpty(Span),
    /// A source or mirror with a wildcard, before sources could be wildcards.
    Wildcard(Spanned<String>),
    /// One source with two policies.
    PolicyConflict(PolicyConflict),
    /// A source that must not be contacted and is one of its own mirrors.
    SelfMirror {
        /// The source.
        source: Spanned<String>,
        /// The mirror that repeats it.
        mirror: Span,
    },
    /// A wildcard source that contains a table without mirrors, which nobody can inherit to.
    WildcardInheritance {
        /// The wildcard.
        source: String,
        /// The places of the source.
        spans: Vec<Span>,
        /// The nested table's scope.
        scope: String,
        /// The places of what made the nested table.
        scope_spans: Vec<Span>,
    },
    /// The policy cannot be made.
    Policy(PolicyRefusal),
    /// Tables inherit more than `MAX_INHERITED_BYTES`; a limit of ours, far above the API server's.
    TooLarge,
}

/// One source with two policies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyConflict {
    /// The source.
    pub source: Spanned<String>,
    /// The place of the same source where it has another policy.
    pub first: Span,
    /// The kinds that the message of the release lists.
    pub kinds: &'static str,
}

impl Refusal {
    /// The places responsible, the decisive one first; none for a file or the release image.
    pub fn spans(&self) -> Vec<Span> {
        match self {
            Refusal::ReleaseImage | Refusal::Base(_) | Refusal::TooLarge => Vec::new(),
            Refusal::PayloadCrash(span)
            | Refusal::SourceEmpty(span)
            | Refusal::MirrorEmpty(span) => vec![*span],
            Refusal::InvalidInsecure(text)
            | Refusal::InvalidBlocked(text)
            | Refusal::SourceFormat(text)
            | Refusal::MirrorFormat(text)
            | Refusal::Wildcard(text) => vec![text.span],
            Refusal::PolicyConflict(conflict) => vec![conflict.source.span, conflict.first],
            Refusal::SelfMirror { source, mirror } => vec![*mirror, source.span],
            Refusal::WildcardInheritance {
                spans, scope_spans, ..
            } => [spans.as_slice(), scope_spans].concat(),
            Refusal::Policy(refusal) => refusal.spans(),
        }
    }

    /// What the operator was doing, as it says before the reason; empty where it says nothing.
    fn context(&self) -> &'static str {
        match self {
            Refusal::ReleaseImage | Refusal::PayloadCrash(_) | Refusal::TooLarge => "",
            Refusal::Policy(_) => "could not update policy json with new changes: ",
            _ => "could not update registries config with new changes: ",
        }
    }

    /// The reason alone, as the operator words it.
    pub fn reason(&self) -> String {
        // From openshift/machine-config-operator, pkg/controller/container-runtime-config/helpers.go
        // validateRegistriesConfScopes of each release.
        match self {
            Refusal::ReleaseImage => "error parsing reference of release image".to_owned(),
            Refusal::PayloadCrash(_) => {
                "runtime error: invalid memory address or nil pointer dereference".to_owned()
            }
            Refusal::Base(text) => format!("error unmarshalling registries config: {text}"),
            Refusal::InvalidInsecure(scope) => {
                let scope = quote(&scope.value);
                format!("invalid entry for insecure registries {scope}")
            }
            Refusal::InvalidBlocked(scope) => {
                let scope = quote(&scope.value);
                format!("invalid entry for blocked registries {scope}")
            }
            Refusal::SourceFormat(source) => {
                format!("invalid format for source {}", quote(&source.value))
            }
            Refusal::MirrorFormat(mirror) => {
                format!("invalid format for mirror {}", quote(&mirror.value))
            }
            Refusal::SourceEmpty(_) => "invalid empty entry for source configuration".to_owned(),
            Refusal::MirrorEmpty(_) => "invalid empty entry for mirror configuration".to_owned(),
            Refusal::Wildcard(text) => {
                let text = quote(&text.value);
                format!("wildcard entries are not supported with mirror configuration {text}")
            }
            Refusal::PolicyConflict(conflict) => format!(
                "conflicting mirrorSourcePolicy is set for the same source {} in {}",
                quote(&conflict.source.value),
                conflict.kinds
            ),
            Refusal::SelfMirror { source, .. } => format!(
                "cannot set mirrorSourcePolicy: NeverContactSource if the source {} \
                 is one of the mirrors",
                quote(&source.value)
            ),
            Refusal::WildcardInheritance { source, .. } => format!(
                "internal error: mirrorsAdjustedForNestedScope for a wildcard scope {}",
                quote(source)
            ),
            Refusal::Policy(refusal) => refusal.to_string(),
            Refusal::TooLarge => format!(
                "tables inherit more than {} bytes of mirrors",
                super::merge::MAX_INHERITED_BYTES
            ),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // From openshift/machine-config-operator, pkg/controller/container-runtime-config/
        // container_runtime_config_controller.go registriesConfigIgnition.
        write!(f, "{}{}", self.context(), self.reason())
    }
}
