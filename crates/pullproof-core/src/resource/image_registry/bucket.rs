//! A bucket that the operator takes for its own, whoever made it.

use super::{MANAGED, RegistryFault, text};
use crate::document::Node;
use crate::file::Spanned;
use crate::resource::Object;

/// What is told of a configuration with such a bucket.
///
/// Nothing where a server sent the object: the bucket may be one that the operator made.
// From openshift/cluster-image-registry-operator, pkg/storage/s3/s3.go `CreateStorage`.
pub(super) fn rewritten(object: &Object, spec: &Node) -> Option<Spanned<RegistryFault>> {
    let managed = |node| text(node, "managementState").filter(|(state, _)| *state == MANAGED);
    if object.resource_version().is_some() || managed(spec).is_none() {
        return None;
    }
    let storage = spec.get("storage")?;
    let (_, state) = managed(storage)?;
    let (name, bucket) = text(storage.get("s3")?, "bucket")?;
    if name.is_empty() {
        return None;
    }
    let bucket = Spanned::new(name.to_owned(), bucket.span);
    Some(Spanned::new(
        RegistryFault::Rewritten { bucket },
        state.span,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::file::Files;
    use crate::resource::{self, image_registry};

    #[test]
    fn a_bucket_that_the_operator_takes_for_its_own_is_found() {
        let config = "managementState: Managed";
        let s3 = "storage: {managementState: Managed, s3: {bucket: images}}";
        let text = |spec: &str, metadata: &str| {
            format!(
                "apiVersion: imageregistry.operator.openshift.io/v1\nkind: Config\n\
                 metadata: {{name: cluster{metadata}}}\nspec: {{{spec}}}\n"
            )
        };
        for (spec, metadata, expected) in [
            (format!("{config}, {s3}"), "", Some("images")),
            (format!("{config}, {s3}"), ", resourceVersion: '7'", None),
            (format!("managementState: Unmanaged, {s3}"), "", None),
            (
                format!("{config}, {}", s3.replace("Managed", "Unmanaged")),
                "",
                None,
            ),
            (
                format!("{config}, {}", s3.replace("images", "''")),
                "",
                None,
            ),
            (format!("{config}, {}", s3.replace("s3", "gcs")), "", None),
        ] {
            let mut files = Files::new();
            let file = files.add("a.yaml", text(&spec, metadata));
            let (documents, _) = document::read(&files, file);
            let objects = resource::objects(documents);
            let faults = image_registry::read(&objects[0]).expect("it is the configuration");
            let buckets = faults.iter().filter_map(|fault| match &fault.value {
                RegistryFault::Rewritten { bucket } => Some(files.slice(bucket.span)),
                _ => None,
            });
            assert_eq!(
                buckets.collect::<Vec<_>>(),
                Vec::from_iter(expected),
                "{spec}"
            );
        }
    }
}
