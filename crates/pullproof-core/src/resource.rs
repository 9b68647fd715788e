//! Kubernetes objects found in documents: which kind each is and what it says about mirrors.

use crate::document::{Document, Node};
use crate::file::{Span, Spanned};

pub mod ca_bundle;
pub mod catalog;
pub mod image_config;
pub mod image_registry;
pub mod images;
pub mod install_config;
pub mod mapping;
pub mod mirror_set;
pub mod pull_secret;

/// One object of a stream; `kind: List` is opened and its items are objects.
#[derive(Clone, Debug)]
pub struct Object {
    /// `apiVersion`, empty text when absent or not a string.
    pub api_version: Spanned<String>,
    /// `kind`, empty text when absent or not a string.
    pub kind: Spanned<String>,
    /// `metadata.name`, empty text when absent or not a string.
    pub name: Spanned<String>,
    /// The whole object.
    pub root: Node,
    /// Whether it stands in a `kind: List`, as in what a cluster gives out.
    pub is_list_item: bool,
}

/// The namespace of what a person configures for the whole cluster.
pub const CONFIG_NAMESPACE: &str = "openshift-config";

impl Object {
    /// Where the object is.
    pub fn span(&self) -> Span {
        self.root.span
    }

    /// `metadata.namespace`; `None` when absent or not a string.
    pub fn namespace(&self) -> Option<Spanned<String>> {
        let namespace = self.root.get("metadata")?.get("namespace")?;
        Some(Spanned::new(namespace.as_str()?.to_owned(), namespace.span))
    }

    /// Where the object says which version of it was read from a server; `None` where nobody sent
    /// it.
    pub fn resource_version(&self) -> Option<Span> {
        let version = self.root.get("metadata")?.get("resourceVersion")?;
        let is_version = version.as_str().is_some_and(|text| !text.is_empty());
        is_version.then_some(version.span)
    }
}

/// Most levels of `kind: List` in `kind: List` that are opened.
pub const MAX_LIST_DEPTH: usize = 4;

/// Every object of the documents, in order, lists opened.
///
/// A document that is no mapping holds no object; one without a kind is still an object.
pub fn objects(documents: Vec<Document>) -> Vec<Object> {
    let mut objects = Vec::new();
    for document in documents {
        collect(document.root, 0, &mut objects);
    }
    objects
}

fn collect(root: Node, depth: usize, objects: &mut Vec<Object>) {
    let Some(mapping) = root.as_mapping() else {
        return;
    };
    let text = |node: Option<&Node>| match node.and_then(|node| node.as_str().zip(Some(node.span)))
    {
        Some((text, span)) => Spanned::new(text.to_owned(), span),
        None => Spanned::new(String::new(), root.span),
    };
    let kind = text(mapping.get("kind"));
    let items = mapping.get("items").and_then(Node::as_sequence);
    if kind.value.ends_with("List")
        && depth < MAX_LIST_DEPTH
        && let Some(items) = items
    {
        for item in items.iter() {
            collect(item.clone(), depth + 1, objects);
        }
        return;
    }
    let api_version = text(mapping.get("apiVersion"));
    let name = text(
        mapping
            .get("metadata")
            .and_then(|metadata| metadata.get("name")),
    );
    objects.push(Object {
        api_version,
        kind,
        name,
        root,
        is_list_item: 0 < depth,
    });
}
