//! The cluster's image configuration (`Image`, config.openshift.io/v1) as far as nodes are concerned.

use super::Object;
use crate::document::Node;
use crate::file::{Span, Spanned};

/// The kind, as written in `kind`.
pub const KIND: &str = "Image";
/// The only name that the cluster looks at.
pub const NAME: &str = "cluster";
/// The version, as written in `apiVersion`.
pub const API_VERSION: &str = "config.openshift.io/v1";

/// `spec.registrySources`; a list that is absent or null is `None`, which differs from empty.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ImageConfig {
    /// `insecureRegistries`.
    pub insecure: Option<Vec<Spanned<String>>>,
    /// `blockedRegistries`.
    pub blocked: Option<Vec<Spanned<String>>>,
    /// `allowedRegistries`.
    pub allowed: Option<Vec<Spanned<String>>>,
    /// `containerRuntimeSearchRegistries`.
    pub search: Option<Vec<Spanned<String>>>,
    /// `metadata.name`, where an object was read.
    pub name: Option<Spanned<String>>,
    /// Where the object is.
    pub span: Option<Span>,
}

/// Whether an object is the image configuration.
pub fn is_image_config(object: &Object) -> bool {
    object.kind.value == KIND && object.api_version.value == API_VERSION
}

/// Reads an object; values of a wrong type are skipped, for others to report.
pub fn read(object: &Object) -> ImageConfig {
    let mut config = read_spec(object.root.get("spec"));
    config.name = Some(object.name.clone());
    config.span = Some(object.root.span);
    config
}

/// Reads the `spec` of the object.
pub fn read_spec(spec: Option<&Node>) -> ImageConfig {
    let sources = spec.and_then(|spec| spec.get("registrySources"));
    let list = |key: &str| {
        let nodes = sources
            .and_then(|sources| sources.get(key))?
            .as_sequence()?;
        let spanned = |node: &Node| {
            node.as_str()
                .map(|text| Spanned::new(text.to_owned(), node.span))
        };
        Some(nodes.iter().filter_map(spanned).collect())
    };
    ImageConfig {
        insecure: list("insecureRegistries"),
        blocked: list("blockedRegistries"),
        allowed: list("allowedRegistries"),
        search: list("containerRuntimeSearchRegistries"),
        name: None,
        span: None,
    }
}
