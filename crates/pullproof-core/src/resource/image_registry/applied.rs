//! The configuration of the cluster's own registry that its operator applies, for what is asked
//! of other objects.

use super::{MANAGED, STORAGES, integer, is_config, text};
use crate::document::Node;
use crate::file::{Span, Spanned};
use crate::resource::Object;

/// A configuration that the operator applies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// How many pods; `None` when absent.
    pub replicas: Option<Spanned<i64>>,
    /// How pods are replaced; `None` when absent.
    pub strategy: Option<Spanned<String>>,
    /// Where images are; `None` when absent, and where there is more than one kind.
    pub storage: Option<Storage>,
    /// The Secrets with the certificates of routes, empty ones left out.
    pub route_secrets: Vec<Spanned<String>>,
}

/// Where images are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Storage {
    /// The key of the kind.
    pub key: Span,
    /// What is asked of other objects; a text that is absent is empty, with the place of the key.
    pub kind: StorageKind,
}

/// A kind of storage, with what is asked of other objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StorageKind {
    /// Beside the pod.
    EmptyDir,
    /// Amazon's, or one that answers like it.
    S3 {
        /// The ConfigMap with the certificates of the store.
        trusted_ca: Spanned<String>,
    },
    /// OpenStack's.
    Swift,
    /// Google's.
    Gcs,
    /// IBM's.
    Ibmcos,
    /// A volume.
    Pvc {
        /// The name of the claim.
        claim: Spanned<String>,
    },
    /// Microsoft's.
    Azure {
        /// The name of the account.
        account: Spanned<String>,
        /// The name of the container.
        container: Spanned<String>,
    },
}

/// The configuration that an object is; `None` for other objects, and where the operator applies
/// nothing.
// From openshift/cluster-image-registry-operator, pkg/operator/controller.go `sync` and
// pkg/storage/storage.go `NewDriver`.
pub fn read(object: &Object) -> Option<Applied> {
    let spec = object.root.get("spec").filter(|_| is_config(object))?;
    if text(spec, "managementState")?.0 != MANAGED {
        return None;
    }
    let routes = spec.get("routes").and_then(Node::as_sequence);
    let route_secrets = routes.unwrap_or_default().iter();
    let route_secrets = route_secrets.filter_map(|route| filled(route, "secretName"));
    let replicas = spec.get("replicas");
    Some(Applied {
        replicas: replicas.and_then(|it| Some(Spanned::new(integer(it)?, it.span))),
        strategy: filled(spec, "rolloutStrategy"),
        storage: spec.get("storage").and_then(storage),
        route_secrets: route_secrets.collect(),
    })
}

fn storage(storage: &Node) -> Option<Storage> {
    let storage = storage.as_mapping()?;
    let kinds = STORAGES.into_iter().filter_map(|(key, _)| {
        let entry = storage.entry(key)?;
        (!entry.value.is_null()).then_some(entry)
    });
    let [entry] = kinds.collect::<Vec<_>>()[..] else {
        return None;
    };
    let (key, value) = (&entry.key, &entry.value);
    let text = |name| filled(value, name).unwrap_or_else(|| Spanned::new(String::new(), key.span));
    let kind = match key.value.as_str() {
        "emptyDir" => StorageKind::EmptyDir,
        "s3" => {
            let trusted_ca = value.get("trustedCA").and_then(|it| filled(it, "name"));
            let absent = || Spanned::new(String::new(), key.span);
            StorageKind::S3 {
                trusted_ca: trusted_ca.unwrap_or_else(absent),
            }
        }
        "swift" => StorageKind::Swift,
        "gcs" => StorageKind::Gcs,
        "ibmcos" => StorageKind::Ibmcos,
        "pvc" => StorageKind::Pvc {
            claim: text("claim"),
        },
        "azure" => StorageKind::Azure {
            account: text("accountName"),
            container: text("container"),
        },
        _ => return None,
    };
    Some(Storage {
        key: key.span,
        kind,
    })
}

/// A text that is there and not empty.
fn filled(node: &Node, key: &str) -> Option<Spanned<String>> {
    let (text, node) = text(node, key).filter(|(text, _)| !text.is_empty())?;
    Some(Spanned::new(text.to_owned(), node.span))
}
