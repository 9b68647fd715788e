//! `large-object`: an object that is too large to be applied, or to be stored.

use crate::document::{Mapping, Node, Value};
use crate::finding::Severity;
use crate::go_text::json_quoted_len;
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "large-object",
        code: "PP032",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("large_object.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

/// Most bytes of all keys and values of an object's annotations together.
// From apimachinery, api/validation TotalAnnotationSizeLimitB.
const ANNOTATIONS_BYTES_MAX: usize = 256 << 10;

/// Most bytes of a request that the cluster's store takes.
// From etcd, server/embed/config.go DefaultMaxRequestBytes.
const STORED_BYTES_MAX: usize = 3 << 19;

/// The annotation that a client-side apply keeps the whole object in.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn check(model: &Model, emit: &mut Emit<'_>) {
    for judged in &model.objects {
        // What a server sent is stored, and without a kind that is known nothing is.
        if judged.resource.is_none() || !judged.is_written {
            continue;
        }
        let root = &judged.object.root;
        let n_bytes = applied_bytes(root);
        if STORED_BYTES_MAX < n_bytes {
            let message =
                format!("the object has {n_bytes} bytes of JSON, more than a cluster can store");
            emit.add(judged.object.name.span, message)
                .severity(Severity::Error)
                .help("split it into objects with names of their own");
        } else if ANNOTATIONS_BYTES_MAX < annotations_bytes(root, n_bytes) {
            let message = format!(
                "the object has {n_bytes} bytes of JSON, more than `oc apply` can put into an \
                 annotation"
            );
            emit.add(judged.object.name.span, message).help(
                "split it into objects with names of their own, or use `oc apply --server-side`",
            );
        }
    }
}

/// The bytes of all annotations once a client has applied the object for the first time.
fn annotations_bytes(root: &Node, n_applied_bytes: usize) -> usize {
    let others = annotations(root).into_iter().flat_map(Mapping::entries);
    let others = others.filter(|entry| entry.key.value != LAST_APPLIED);
    let n_bytes =
        others.map(|entry| entry.key.value.len() + entry.value.as_str().map_or(0, str::len));
    LAST_APPLIED.len() + n_applied_bytes + n_bytes.sum::<usize>()
}

fn annotations(root: &Node) -> Option<&Mapping> {
    root.get("metadata")?.get("annotations")?.as_mapping()
}

/// The bytes of what a client-side apply writes into its annotation: the object as JSON without
/// that annotation, with a map of the others be there any or not, and a line break.
// From kubectl, pkg/util/apply.go GetModifiedConfiguration, and apimachinery,
// apis/meta/v1/unstructured unstructuredJSONScheme.doEncode.
fn applied_bytes(root: &Node) -> usize {
    let mut n_bytes = json_bytes(&root.value) + 1;
    match (
        root.get("metadata").map(|metadata| &metadata.value),
        annotations(root),
    ) {
        (_, Some(annotations)) => {
            if let Some(entry) = annotations.entry(LAST_APPLIED) {
                n_bytes -= json_quoted_len(LAST_APPLIED) + 1 + json_bytes(&entry.value.value);
                n_bytes -= usize::from(1 < annotations.entries().len());
            }
        }
        (Some(Value::Mapping(metadata)), None) if metadata.get("annotations").is_none() => {
            n_bytes += r#""annotations":{}"#.len();
            n_bytes += usize::from(!metadata.entries().is_empty());
        }
        _ => {}
    }
    n_bytes
}

/// The bytes of a value as compact JSON.
fn json_bytes(value: &Value) -> usize {
    let separated = |n_items: usize| 2 + n_items.saturating_sub(1);
    match value {
        Value::Null => "null".len(),
        Value::Bool(value) => value.to_string().len(),
        Value::Integer(number) => number.to_string().len(),
        Value::Float(number) => number.to_string().len(),
        Value::String(text) | Value::Datetime(text) => json_quoted_len(text),
        Value::Sequence(nodes) => {
            let items = nodes.iter().map(|node| json_bytes(&node.value));
            separated(nodes.len()) + items.sum::<usize>()
        }
        Value::Mapping(mapping) => {
            let entries = mapping.entries().iter();
            let items = entries.map(|entry| {
                json_quoted_len(&entry.key.value) + 1 + json_bytes(&entry.value.value)
            });
            separated(mapping.entries().len()) + items.sum::<usize>()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::file::Files;
    use crate::lint;
    use crate::model::Settings;
    use crate::openshift::OpenShift;

    fn root(text: &str) -> Node {
        let mut files = Files::new();
        let file = files.add("a.yaml", text);
        document::read(&files, file).0.remove(0).root
    }

    #[test]
    fn bytes_are_those_that_a_client_writes() {
        for (text, applied) in [
            ("a: [1, true, null, x]\n", "{\"a\":[1,true,null,\"x\"]}\n"),
            (
                "metadata: {name: a}\n",
                "{\"metadata\":{\"annotations\":{},\"name\":\"a\"}}\n",
            ),
            ("metadata: {}\n", "{\"metadata\":{\"annotations\":{}}}\n"),
            (
                "metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: b}}\n",
                "{\"metadata\":{\"annotations\":{}}}\n",
            ),
            (
                "metadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: b\
                 \n    c: <d>\n",
                "{\"metadata\":{\"annotations\":{\"c\":\"\\u003cd\\u003e\"}}}\n",
            ),
        ] {
            assert_eq!(applied_bytes(&root(text)), applied.len(), "{text}");
        }
    }

    fn findings(n_bytes: usize) -> Vec<Severity> {
        let text = |n_filler: usize| {
            format!(
                "apiVersion: config.openshift.io/v1\nkind: ImageTagMirrorSet\nmetadata:\n  \
                 name: a\nspec:\n  imageTagMirrors:\n  - source: quay.io/{}\n",
                "a".repeat(n_filler)
            )
        };
        let text = text(n_bytes - applied_bytes(&root(&text(0))));
        assert_eq!(applied_bytes(&root(&text)), n_bytes);
        let mut files = Files::new();
        let file = files.add("a.yaml", text);
        let settings = Settings {
            version: OpenShift::NEWEST,
            release_image: None,
        };
        let model = Model::build(&mut files, &[file], &settings);
        let findings = lint::run(&model, &[&RULE]).into_iter();
        findings.map(|finding| finding.severity).collect()
    }

    #[test]
    fn limits_are_found_from_the_first_byte_past_them() {
        let applied_max = ANNOTATIONS_BYTES_MAX - LAST_APPLIED.len();
        assert_eq!(findings(applied_max), []);
        assert_eq!(findings(applied_max + 1), [Severity::Warning]);
        assert_eq!(findings(STORED_BYTES_MAX), [Severity::Warning]);
        assert_eq!(findings(STORED_BYTES_MAX + 1), [Severity::Error]);
    }
}
