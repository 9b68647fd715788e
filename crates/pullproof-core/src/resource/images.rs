//! Image names out of manifests and lists.

use super::Object;
use crate::document::{self, Node, Value};
use crate::file::{FileId, Files, Span, Spanned};

/// The key whose text is an image name in every workload.
const IMAGE_KEY: &str = "image";

/// Where the pods of each kind of workload are described, from the object.
///
/// From kubernetes/api, core/v1, apps/v1 and batch/v1 types.go, and openshift/api, apps/v1.
const WORKLOADS: [(&str, &str, &[&str]); 9] = [
    ("v1", "Pod", &["spec"]),
    ("v1", "ReplicationController", &["spec", "template", "spec"]),
    ("apps/v1", "DaemonSet", &["spec", "template", "spec"]),
    ("apps/v1", "Deployment", &["spec", "template", "spec"]),
    ("apps/v1", "ReplicaSet", &["spec", "template", "spec"]),
    ("apps/v1", "StatefulSet", &["spec", "template", "spec"]),
    ("batch/v1", "Job", &["spec", "template", "spec"]),
    (
        "batch/v1",
        "CronJob",
        &["spec", "jobTemplate", "spec", "template", "spec"],
    ),
    (
        "apps.openshift.io/v1",
        "DeploymentConfig",
        &["spec", "template", "spec"],
    ),
];

/// A digest, with its `@`, that stands for any other where only the form of a pull matters.
pub const ANY_DIGEST: &str =
    "@sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// The lists of containers in the description of a pod.
const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// An annotation that lets image streams put other images into a workload.
const TRIGGERS: &str = "image.openshift.io/triggers";

/// The images that nodes pull for an object; `None` for one that is no workload.
///
/// Nothing is told of workloads whose images are replaced by those of image streams.
pub fn of_workload(object: &Object) -> Option<Vec<Spanned<String>>> {
    let is_kind = |(api_version, kind, _): &&(&str, &str, &[&str])| {
        object.api_version.value == *api_version && object.kind.value == *kind
    };
    let (_, _, path) = WORKLOADS.iter().find(is_kind)?;
    let field = |path: &[&str]| {
        path.iter()
            .try_fold(&object.root, |node, key| node.get(key))
    };
    let is_triggered = field(&["metadata", "annotations", TRIGGERS]).is_some()
        || field(&["spec", "triggers"]).is_some();
    let Some(pod) = field(path).filter(|_| !is_triggered) else {
        return Some(Vec::new());
    };
    let list = |key: &str| pod.get(key).and_then(Node::as_sequence).unwrap_or_default();
    let containers = CONTAINERS.iter().flat_map(|key| list(key));
    let images = containers.filter_map(|container| container.get(IMAGE_KEY));
    let volumes = list("volumes").iter();
    let images = images.chain(volumes.filter_map(|volume| volume.get(IMAGE_KEY)?.get("reference")));
    let spanned = |node: &Node| Some(Spanned::new(node.as_str()?.to_owned(), node.span));
    let images = images.filter_map(spanned);
    Some(images.filter(|image| !image.value.is_empty()).collect())
}

/// Every image name of a file: each `image:` of manifests, or each line of a list.
///
/// A list has one name a line; blank lines and what follows `#` are left out.
pub fn of_file(files: &Files, file: FileId) -> Vec<Spanned<String>> {
    let (documents, _) = document::read(files, file);
    let is_structured = |document: &document::Document| {
        matches!(document.root.value, Value::Mapping(_) | Value::Sequence(_))
    };
    let mut images = Vec::new();
    if documents.iter().any(is_structured) {
        for document in &documents {
            collect(&document.root, &mut images);
        }
        return images;
    }
    let mut start = 0;
    for line in files.text(file).split_inclusive('\n') {
        let name = line.split_once('#').map_or(line, |(name, _)| name);
        let at = start + (name.len() - name.trim_start().len());
        let name = name.trim();
        if !name.is_empty() {
            let span = Span::new(file, at, at + name.len());
            images.push(Spanned::new(name.to_owned(), span));
        }
        start += line.len();
    }
    images
}

/// Readers bound the depth, so this does not run away.
fn collect(node: &Node, images: &mut Vec<Spanned<String>>) {
    match &node.value {
        Value::Sequence(nodes) => nodes.iter().for_each(|node| collect(node, images)),
        Value::Mapping(mapping) => {
            for entry in mapping.entries() {
                match entry.value.as_str() {
                    Some(name) if entry.key.value == IMAGE_KEY && !name.is_empty() => {
                        images.push(Spanned::new(name.to_owned(), entry.value.span));
                    }
                    _ => collect(&entry.value, images),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource;

    fn images(text: &str) -> Vec<String> {
        let mut files = Files::new();
        let file = files.add("input.yaml", text);
        let (documents, _) = document::read(&files, file);
        let objects = resource::objects(documents);
        let images = objects.iter().filter_map(of_workload).flatten();
        images.map(|image| image.value).collect()
    }

    #[test]
    fn pods_are_found_in_every_workload() {
        let pod = "{containers: [{image: a.io/a}, {name: x}], initContainers: [{image: b.io/b}], \
                   volumes: [{image: {reference: c.io/c}}, {emptyDir: {}}]}";
        for (api_version, kind, path) in WORKLOADS {
            let open: String = path.iter().map(|key| format!("{{{key}: ")).collect();
            let open = open.strip_prefix('{').unwrap();
            let close = "}".repeat(path.len() - 1);
            let text = format!("apiVersion: {api_version}\nkind: {kind}\n{open}{pod}{close}\n");
            assert_eq!(images(&text), ["b.io/b", "a.io/a", "c.io/c"], "{text}");
        }
    }

    #[test]
    fn what_is_no_workload_or_not_its_own_has_no_images() {
        for text in [
            "apiVersion: v1\nkind: ConfigMap\nspec: {containers: [{image: a}]}\n",
            "apiVersion: apps.openshift.io/v1\nkind: DeploymentConfig\nspec:\n  triggers: []\n  \
             template: {spec: {containers: [{image: a}]}}\n",
            "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: ''}]}\n",
            "apiVersion: v1\nkind: Pod\nspec: {containers: {image: a}}\n",
        ] {
            assert_eq!(images(text), Vec::<String>::new(), "{text}");
        }
    }
}
