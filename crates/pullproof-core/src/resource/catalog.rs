//! Catalogs of operators: `CatalogSource` and `ClusterCatalog`.

use super::Object;
use crate::apiserver::names::subdomain_faults;
use crate::document::Node;
use crate::file::Spanned;
use crate::reference::{Reference, ReferenceError};

/// The ways to serve a catalog that the Operator Lifecycle Manager knows.
///
/// From operator-framework/api, pkg/operators/v1alpha1/catalogsource_types.go.
pub const SOURCE_TYPES: [&str; 3] = ["grpc", "internal", "configmap"];

/// A catalog as an object gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Catalog {
    /// The kind it was written as.
    pub kind: String,
    /// `metadata.namespace`; empty where there is none.
    pub namespace: String,
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// The image that is pulled, where there is one.
    pub image: Option<Spanned<String>>,
    /// What is wrong with it.
    pub faults: Vec<Spanned<CatalogFault>>,
}

impl Catalog {
    /// What a cluster has one of.
    pub fn key(&self) -> (&str, &str, &str) {
        (&self.kind, &self.namespace, &self.name.value)
    }
}

/// What can be wrong with a catalog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CatalogFault {
    /// A name that the API server refuses.
    Name(String),
    /// A way to serve it that nobody knows, and the one that is probably meant.
    SourceType {
        /// As written.
        text: String,
        /// What was probably meant.
        meant: Option<&'static str>,
    },
    /// To be served from an image, but neither image nor address are given.
    NoImage,
    /// An image with a scheme, such as `file://`.
    Scheme {
        /// The scheme, with its `://`.
        scheme: String,
        /// What stands behind it.
        rest: String,
    },
    /// An image that is no reference.
    Image(ReferenceError),
    /// To be polled, though a digest always stands for the same; the API server refuses it.
    RefusedPoll,
    /// To be polled, though a digest always stands for the same.
    VainPoll,
}

/// What an object says as a catalog; `None` when it is none.
pub fn read(object: &Object) -> Option<Catalog> {
    let Object {
        api_version,
        kind,
        name,
        root,
        is_list_item: _,
    } = object;
    let mut faults = Vec::new();
    let spec = root.get("spec");
    let field = |path: &[&str]| path.iter().try_fold(spec?, |node, key| node.get(key));
    let (image, poll, vain) = match (api_version.value.as_str(), kind.value.as_str()) {
        ("operators.coreos.com/v1alpha1", "CatalogSource") => {
            source_type(spec, &mut faults);
            let poll = field(&["updateStrategy", "registryPoll", "interval"]);
            (field(&["image"]), poll, CatalogFault::VainPoll)
        }
        ("olm.operatorframework.io/v1", "ClusterCatalog") => (
            field(&["source", "image", "ref"]),
            field(&["source", "image", "pollIntervalMinutes"]),
            CatalogFault::RefusedPoll,
        ),
        _ => return None,
    };
    let name_faults = subdomain_faults(&name.value);
    if !name.value.is_empty() && !name_faults.is_empty() {
        let fault = CatalogFault::Name(name.value.clone());
        faults.push(Spanned::new(fault, name.span));
    }
    let image = image.and_then(|node| Some((node.as_str()?, node.span)));
    let image = image.filter(|(text, _)| !text.is_empty());
    if let Some((text, span)) = image {
        match image_fault(text) {
            Some(fault) => faults.push(Spanned::new(fault, span)),
            None if text.contains('@') => {
                faults.extend(poll.map(|poll| Spanned::new(vain, poll.span)));
            }
            None => {}
        }
    }
    Some(Catalog {
        kind: kind.value.clone(),
        namespace: object.namespace().map(|it| it.value).unwrap_or_default(),
        name: name.clone(),
        image: image.map(|(text, span)| Spanned::new(text.to_owned(), span)),
        faults,
    })
}

fn source_type(spec: Option<&Node>, faults: &mut Vec<Spanned<CatalogFault>>) {
    let Some(spec) = spec else {
        return;
    };
    let has = |key: &str| {
        let text = spec.get(key).and_then(Node::as_str);
        text.is_some_and(|text| !text.is_empty())
    };
    let Some((text, span)) = spec
        .get("sourceType")
        .and_then(|node| Some((node.as_str()?, node.span)))
    else {
        return;
    };
    if !SOURCE_TYPES.contains(&text) {
        let meant = SOURCE_TYPES
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(text.trim()));
        let text = text.to_owned();
        faults.push(Spanned::new(CatalogFault::SourceType { text, meant }, span));
    } else if text == "grpc" && !has("image") && !has("address") {
        faults.push(Spanned::new(CatalogFault::NoImage, span));
    }
}

fn image_fault(text: &str) -> Option<CatalogFault> {
    if let Some((scheme, rest)) = text.split_once("://") {
        let (scheme, rest) = (format!("{scheme}://"), rest.to_owned());
        return Some(CatalogFault::Scheme { scheme, rest });
    }
    Reference::parse_normalized(text)
        .err()
        .map(CatalogFault::Image)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::file::Files;
    use crate::resource;

    fn faults(text: &str) -> Vec<CatalogFault> {
        let mut files = Files::new();
        let file = files.add("input.yaml", text);
        let (documents, _) = document::read(&files, file);
        let objects = resource::objects(documents);
        let catalogs = objects.iter().filter_map(read);
        let faults = catalogs.flat_map(|catalog| catalog.faults);
        faults.map(|fault| fault.value).collect()
    }

    #[test]
    fn sources_are_judged_as_the_manager_reads_them() {
        let digest = format!("m.io/i@sha256:{}", "0".repeat(64));
        let source_type = |text: &str, meant| CatalogFault::SourceType {
            text: text.to_owned(),
            meant,
        };
        let poll = "updateStrategy: {registryPoll: {interval: 10m}}";
        for (spec, expected) in [
            ("sourceType: grpc, image: m.io/i".to_owned(), vec![]),
            ("sourceType: grpc, address: a.svc:50051".to_owned(), vec![]),
            ("sourceType: configmap, configMap: c".to_owned(), vec![]),
            ("image: m.io/i".to_owned(), vec![]),
            ("sourceType: grpc".to_owned(), vec![CatalogFault::NoImage]),
            (
                "sourceType: Grpc, image: m.io/i".to_owned(),
                vec![source_type("Grpc", Some("grpc"))],
            ),
            (
                "sourceType: grpcs, image: m.io/i".to_owned(),
                vec![source_type("grpcs", None)],
            ),
            (
                "sourceType: grpc, image: m.io/I".to_owned(),
                vec![CatalogFault::Image(ReferenceError::UppercaseRepository)],
            ),
            (format!("image: m.io/i:1, {poll}"), vec![]),
            (
                format!("image: '{digest}', {poll}"),
                vec![CatalogFault::VainPoll],
            ),
        ] {
            let text = format!(
                "apiVersion: operators.coreos.com/v1alpha1\nkind: CatalogSource\n\
                 metadata: {{name: c}}\nspec: {{{spec}}}\n"
            );
            assert_eq!(faults(&text), expected, "{spec}");
        }
    }

    #[test]
    fn other_objects_are_none() {
        assert_eq!(
            faults("apiVersion: v1\nkind: CatalogSource\nspec: {sourceType: x}\n"),
            []
        );
    }
}
