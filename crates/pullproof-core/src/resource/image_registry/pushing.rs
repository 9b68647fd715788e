//! What builds push to the cluster's own registry, and whether there is one that takes it.

use super::{MANAGED, is_config, text};
use crate::document::{Node, Value};
use crate::file::Spanned;
use crate::resource::Object;

/// Why the registry takes no image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoPush {
    /// There is none.
    Removed,
    /// It only gives out what it has.
    ReadOnly,
}

/// What the registry's configuration says of pushes, with the place: the inner `None` where they
/// are taken or nothing is known; `None` for other objects.
// From openshift/cluster-image-registry-operator, pkg/operator/controller.go `sync` and
// pkg/resource/podtemplatespec.go `makePodTemplateSpec`.
pub fn no_push(object: &Object) -> Option<Option<Spanned<NoPush>>> {
    if !is_config(object) {
        return None;
    }
    let spec = object.root.get("spec");
    let state = spec.and_then(|spec| text(spec, "managementState"));
    let is_read_only = |node: &&Node| node.value == Value::Bool(true);
    let read_only = || spec?.get("readOnly").filter(is_read_only);
    Some(match state {
        Some(("Removed", node)) => Some(Spanned::new(NoPush::Removed, node.span)),
        Some((MANAGED, _)) => read_only().map(|node| Spanned::new(NoPush::ReadOnly, node.span)),
        _ => None,
    })
}

/// The image stream that a build writes to, such as `app:latest`: the inner `None` for a build
/// that writes elsewhere; `None` for other objects.
// From openshift/openshift-controller-manager, pkg/build/controller/build/build_controller.go
// `resolveOutputDockerImageReference`.
pub fn output(object: &Object) -> Option<Option<Spanned<String>>> {
    let is_build = object.api_version.value == "build.openshift.io/v1"
        && matches!(object.kind.value.as_str(), "BuildConfig" | "Build");
    if !is_build {
        return None;
    }
    let output = object.root.get("spec").and_then(|it| it.get("output"));
    let to = output.and_then(|it| it.get("to"));
    Some(to.and_then(|to| {
        let (kind, _) = text(to, "kind")?;
        let (name, node) = text(to, "name").filter(|(name, _)| !name.is_empty())?;
        let is_stream = matches!(kind, "ImageStreamTag" | "ImageStream");
        is_stream.then(|| Spanned::new(name.to_owned(), node.span))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::file::Files;
    use crate::resource;

    fn object(kind: &str, spec: &str) -> Object {
        let text = format!("{kind}\nmetadata: {{name: cluster}}\nspec: {{{spec}}}\n");
        let mut files = Files::new();
        let file = files.add("a.yaml", text);
        let (documents, _) = document::read(&files, file);
        let objects = resource::objects(documents);
        objects.into_iter().next().expect("there is one")
    }

    const CONFIG: &str = "apiVersion: imageregistry.operator.openshift.io/v1\nkind: Config";

    #[test]
    fn a_registry_takes_pushes_or_not() {
        for (spec, expected) in [
            ("managementState: Removed", Some(NoPush::Removed)),
            (
                "managementState: Removed, readOnly: true",
                Some(NoPush::Removed),
            ),
            (
                "managementState: Managed, readOnly: true",
                Some(NoPush::ReadOnly),
            ),
            ("managementState: Managed, readOnly: false", None),
            ("managementState: Managed", None),
            ("managementState: Unmanaged, readOnly: true", None),
            ("readOnly: true", None),
            ("", None),
        ] {
            let found = no_push(&object(CONFIG, spec)).expect("it is the configuration");
            assert_eq!(found.map(|it| it.value), expected, "{spec}");
        }
        let pruner = CONFIG.replace("Config", "ImagePruner");
        assert_eq!(no_push(&object(&pruner, "managementState: Removed")), None);
    }

    #[test]
    fn builds_write_to_image_streams_or_elsewhere() {
        let build = "apiVersion: build.openshift.io/v1\nkind: BuildConfig";
        for (spec, expected) in [
            (
                "output: {to: {kind: ImageStreamTag, name: a:b}}",
                Some("a:b"),
            ),
            ("output: {to: {kind: ImageStream, name: a}}", Some("a")),
            ("output: {to: {kind: DockerImage, name: quay.io/a}}", None),
            ("output: {to: {kind: ImageStreamTag, name: ''}}", None),
            ("output: {to: {name: a:b}}", None),
            ("output: {}", None),
            ("", None),
        ] {
            for build in [build.to_owned(), build.replace("Config", "")] {
                let found = output(&object(&build, spec)).expect("it is a build");
                assert_eq!(
                    found.as_ref().map(|it| it.value.as_str()),
                    expected,
                    "{spec}"
                );
            }
        }
        assert_eq!(output(&object(CONFIG, "")), None);
    }
}
