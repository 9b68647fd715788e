//! `server-metadata`: what a server wrote into an object, in a file that somebody keeps.

use super::large_object::LAST_APPLIED;
use crate::document::{Entry, Mapping, Node, Value};
use crate::file::Span;
use crate::finding::{Edit, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::edits::removal::removal;
use crate::lint::words::codes;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::order;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "server-metadata",
        code: "PP033",
        severity: Severity::Info,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Safe),
        page: page!("server_metadata.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

/// Fields of `metadata` that a server sets; `resourceVersion` is another rule's.
const FIELDS: [&str; 5] = [
    "creationTimestamp",
    "generation",
    "managedFields",
    "selfLink",
    "uid",
];

fn check(model: &Model, emit: &mut Emit<'_>) {
    for judged in &model.objects {
        let object = &judged.object;
        // A list is what a cluster was asked for, to be read and not to be kept.
        if judged.resource.is_none() || !judged.is_written || object.is_list_item {
            continue;
        }
        let (Some(root), Some(metadata)) = (
            object.root.as_mapping(),
            object.root.get("metadata").and_then(Node::as_mapping),
        ) else {
            continue;
        };
        let found = Found::new(root, metadata);
        let Some(first) = found.spans().next() else {
            continue;
        };
        let message = format!(
            "the object has what a server sets: {}",
            codes(found.names())
        );
        let finding = emit.add(first, message);
        finding.help("remove it: it is of the cluster that the object was read from");
        if let Some(edits) = found.edits(root, metadata) {
            finding.fix("remove what the server sets", Safety::Safe, edits);
        }
    }
}

/// What a server set in one object.
struct Found<'a> {
    fields: Vec<&'a Entry>,
    last_applied: Option<(&'a Mapping, &'a Entry)>,
    status: Option<&'a Entry>,
}

impl<'a> Found<'a> {
    fn new(root: &'a Mapping, metadata: &'a Mapping) -> Found<'a> {
        let annotations = metadata.get("annotations").and_then(Node::as_mapping);
        Found {
            fields: metadata
                .entries()
                .iter()
                .filter(|it| is_field(it))
                .collect(),
            last_applied: annotations
                .and_then(|annotations| Some((annotations, annotations.entry(LAST_APPLIED)?))),
            status: root.entries().iter().find(|it| is_status(it)),
        }
    }

    fn entries(&self) -> impl Iterator<Item = &'a Entry> {
        let last_applied = self.last_applied.map(|(_, entry)| entry);
        let fields = self.fields.iter().copied();
        last_applied.into_iter().chain(fields).chain(self.status)
    }

    fn spans(&self) -> impl Iterator<Item = Span> {
        self.entries().map(|entry| entry.key.span)
    }

    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.entries().map(|entry| entry.key.value.as_str())
    }

    #[cold]
    #[inline(never)]
    fn edits(&self, root: &Mapping, metadata: &Mapping) -> Option<Vec<Edit>> {
        let is_only = |annotations: &Mapping| annotations.entries().len() == 1;
        let mut inner = Vec::new();
        let mut drops_annotations = false;
        if let Some((annotations, _)) = self.last_applied {
            drops_annotations = is_only(annotations);
            if !drops_annotations {
                inner = removal(annotations, |entry| entry.key.value == LAST_APPLIED)?;
            }
        }
        let is_dropped = |entry: &Entry| {
            is_field(entry) || (drops_annotations && entry.key.value == "annotations")
        };
        let mut edits = removal(metadata, is_dropped)?;
        edits.append(&mut inner);
        edits.extend(removal(root, is_status)?);
        order::sort_by_key(&mut edits, |edit| edit.span);
        let are_apart = edits
            .windows(2)
            .all(|pair| pair[0].span.end < pair[1].span.start);
        are_apart.then_some(edits)
    }
}

/// Whether a field of `metadata` is the server's; null is what clients print for none.
fn is_field(entry: &Entry) -> bool {
    FIELDS.contains(&entry.key.value.as_str()) && !entry.value.is_null()
}

/// Whether an entry of an object is a status that says something.
fn is_status(entry: &Entry) -> bool {
    let says = match &entry.value.value {
        Value::Null => false,
        Value::Mapping(mapping) => !mapping.entries().is_empty(),
        _ => true,
    };
    entry.key.value == "status" && says
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Files;
    use crate::lint;
    use crate::model::Settings;
    use crate::openshift::OpenShift;

    /// The text with the fix applied; `None` without a fix.
    fn fixed(text: &str) -> Option<String> {
        let mut files = Files::new();
        let file = files.add("a.yaml", text);
        let settings = Settings {
            version: OpenShift::NEWEST,
            release_image: None,
        };
        let model = Model::build(&mut files, &[file], &settings);
        let fix = lint::run(&model, &[&RULE]).pop()?.fix?;
        let mut text = text.to_owned();
        for edit in fix.edits.iter().rev() {
            text.replace_range(edit.span.range(), &edit.text);
        }
        Some(text)
    }

    #[test]
    fn a_fix_leaves_what_was_written() {
        let head = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\n";
        let spec = "spec: {}\n";
        for (metadata, expected) in [
            (
                "metadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n\
                 \x20     {\"a\":1}\n  creationTimestamp: \"2024-01-01T00:00:00Z\"\n  generation: 3\n\
                 \x20 name: lab\n  uid: x\n",
                "metadata:\n  name: lab\n",
            ),
            (
                "metadata:\n  annotations:\n    a: b\n\
                 \x20   kubectl.kubernetes.io/last-applied-configuration: '{}'\n  name: lab\n\
                 \x20 managedFields:\n  - manager: x\n    time: y\n  uid: x\n",
                "metadata:\n  annotations:\n    a: b\n  name: lab\n",
            ),
            ("metadata: {uid: x, name: lab}\n", "metadata: {name: lab}\n"),
        ] {
            let text = format!("{head}{metadata}{spec}");
            let expected = format!("{head}{expected}{spec}");
            assert_eq!(fixed(&text).as_deref(), Some(expected.as_str()), "{text}");
        }
        let text = format!("{head}metadata:\n  name: lab\n{spec}status:\n  conditions: []\n");
        let expected = format!("{head}metadata:\n  name: lab\n{spec}");
        assert_eq!(fixed(&text).as_deref(), Some(expected.as_str()));
        let nothing =
            format!("{head}metadata:\n  creationTimestamp: null\n  name: lab\nstatus: {{}}\n");
        assert_eq!(fixed(&nothing), None);
    }
}
