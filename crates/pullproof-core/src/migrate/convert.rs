//! One object made another: what it says, and its text with as few bytes changed as will do.

use super::yaml::{self, Layout};
use crate::apiserver::crds::Resource;
use crate::document::plain::is_same;
use crate::document::{self, Entry, Mapping, Node, Value};
use crate::file::{Files, Span, Spanned};
use crate::finding::Edit;
use crate::lint::edits::removal::removal;
use crate::order;
use crate::resource::Object;
use crate::resource::mirror_set::MirrorSetKind;

/// What of `metadata` an author writes; all else is of the object that was.
///
/// Owners and finalizers are the business of whoever manages the old object.
const METADATA: [&str; 4] = ["name", "generateName", "labels", "annotations"];

/// The annotation in which `oc apply` keeps the object as it was applied: the old one.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What an entry of the old kind has.
const ENTRY: [&str; 2] = ["source", "mirrors"];

/// A policy as an object of another kind.
#[derive(Clone, Debug)]
pub struct Converted {
    /// The object, whose places are those of the input.
    pub object: Object,
    /// Its text, with a newline at its end.
    pub text: String,
    /// Whether the text is the input's, comments and all, with what had to change.
    pub is_edited: bool,
    /// What was left out.
    pub dropped: Vec<Spanned<String>>,
}

/// Whether an object is one that is migrated.
pub fn is_policy(object: &Object) -> bool {
    Resource::of(&object.api_version.value, &object.kind.value)
        == Some(Resource::ImageContentSourcePolicies)
}

/// Makes a policy an object of a kind; `alone` is the whole text of its document, if it is alone
/// in one.
pub fn convert(
    files: &Files,
    policy: &Object,
    kind: MirrorSetKind,
    alone: Option<Span>,
) -> Converted {
    let mut dropped = Vec::new();
    let root = root(&policy.root, kind, &mut dropped);
    let edited = alone.and_then(|alone| edited(files, policy, kind, &root, alone));
    let is_edited = edited.is_some();
    Converted {
        text: edited.unwrap_or_else(|| yaml::write(&root, Layout::Narrow)),
        is_edited,
        dropped,
        object: Object {
            api_version: Spanned::new(kind.api_version().to_owned(), policy.api_version.span),
            kind: Spanned::new(kind.kind().to_owned(), policy.kind.span),
            name: policy.name.clone(),
            root,
            is_list_item: false,
        },
    }
}

fn root(policy: &Node, kind: MirrorSetKind, dropped: &mut Vec<Spanned<String>>) -> Node {
    keep(policy, "", dropped, |entry, dropped| {
        let text = |text: &str| Value::String(text.to_owned());
        let value = match entry.key.value.as_str() {
            "apiVersion" => with(&entry.value, text(kind.api_version())),
            "kind" => with(&entry.value, text(kind.kind())),
            "metadata" => metadata(&entry.value, dropped),
            "spec" => spec(&entry.value, kind, dropped),
            _ => return None,
        };
        Some((entry.key.value.clone(), value))
    })
}

fn metadata(metadata: &Node, dropped: &mut Vec<Spanned<String>>) -> Node {
    keep(metadata, "metadata.", dropped, |entry, dropped| {
        let key = entry.key.value.as_str();
        if !METADATA.contains(&key) {
            return None;
        }
        if key != "annotations" {
            return Some((key.to_owned(), entry.value.clone()));
        }
        let path = "metadata.annotations.";
        let annotations = keep(&entry.value, path, dropped, |entry, _| {
            let key = &entry.key.value;
            (key != LAST_APPLIED).then(|| (key.clone(), entry.value.clone()))
        });
        let is_empty = |node: &Node| node.as_mapping().is_some_and(|it| it.entries().is_empty());
        match is_empty(&annotations) && !is_empty(&entry.value) {
            true => None,
            false => Some((key.to_owned(), annotations)),
        }
    })
}

fn spec(spec: &Node, kind: MirrorSetKind, dropped: &mut Vec<Spanned<String>>) -> Node {
    let old = MirrorSetKind::ImageContentSourcePolicy.entries_key();
    keep(spec, "spec.", dropped, |entry, dropped| {
        if entry.key.value != old {
            return None;
        }
        let value = match &entry.value.value {
            Value::Sequence(nodes) => {
                let entries = nodes.iter().enumerate().map(|(entry_idx, node)| {
                    let path = format!("spec.{old}[{entry_idx}].");
                    keep(node, &path, dropped, |entry, _| {
                        let key = entry.key.value.as_str();
                        let is_known = ENTRY.contains(&key);
                        is_known.then(|| (key.to_owned(), entry.value.clone()))
                    })
                });
                with(&entry.value, Value::Sequence(entries.collect()))
            }
            _ => entry.value.clone(),
        };
        Some((kind.entries_key().to_owned(), value))
    })
}

/// A mapping of what is made of its entries; those of which nothing is made are noted.
fn keep(
    node: &Node,
    path: &str,
    dropped: &mut Vec<Spanned<String>>,
    mut make: impl FnMut(&Entry, &mut Vec<Spanned<String>>) -> Option<(String, Node)>,
) -> Node {
    let Value::Mapping(mapping) = &node.value else {
        return node.clone();
    };
    let mut entries = Vec::new();
    for entry in mapping.entries() {
        let n_dropped = dropped.len();
        match make(entry, dropped) {
            Some((key, value)) => entries.push(Entry {
                key: Spanned::new(key, entry.key.span),
                value,
            }),
            // What is empty is not missed, and what was inside has been noted.
            None if n_dropped < dropped.len() || is_nothing(&entry.value) => {}
            None => {
                let path = format!("{path}{}", entry.key.value);
                dropped.push(Spanned::new(path, entry.key.span));
            }
        }
    }
    with(node, Value::Mapping(Mapping::from_entries(entries).0))
}

fn is_nothing(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Mapping(mapping) => mapping.entries().is_empty(),
        Value::Sequence(nodes) => nodes.is_empty(),
        _ => false,
    }
}

fn with(node: &Node, value: Value) -> Node {
    Node {
        span: node.span,
        value,
    }
}

/// The text of a document with what has to change; `None` where it would not say what is meant.
fn edited(
    files: &Files,
    policy: &Object,
    kind: MirrorSetKind,
    meant: &Node,
    alone: Span,
) -> Option<String> {
    let old = MirrorSetKind::ImageContentSourcePolicy;
    let root = policy.root.as_mapping()?;
    let is_in = |keys: &'static [&str]| move |entry: &Entry| !keys.contains(&&*entry.key.value);
    let mut edits = vec![
        replace(
            files,
            policy.api_version.span,
            old.api_version(),
            kind.api_version(),
        )?,
        replace(files, policy.kind.span, old.kind(), kind.kind())?,
    ];
    edits.extend(cut(
        root,
        is_in(&["apiVersion", "kind", "metadata", "spec"]),
    )?);
    if let Some(metadata) = root.get("metadata").and_then(Node::as_mapping) {
        let is_kept = meant.get("metadata")?.as_mapping()?;
        edits.extend(cut(metadata, |entry| {
            is_kept.get(&entry.key.value).is_none()
        })?);
        let annotations = metadata.get("annotations").and_then(Node::as_mapping);
        if let (Some(annotations), Some(_)) = (annotations, is_kept.get("annotations")) {
            edits.extend(cut(annotations, |entry| entry.key.value == LAST_APPLIED)?);
        }
    }
    if let Some(spec) = root.get("spec").and_then(Node::as_mapping) {
        edits.extend(cut(spec, is_in(&["repositoryDigestMirrors"]))?);
        if let Some(list) = spec.entry(old.entries_key()) {
            edits.push(replace(
                files,
                list.key.span,
                old.entries_key(),
                kind.entries_key(),
            )?);
            for entry in list.value.as_sequence().unwrap_or_default() {
                if let Some(entry) = entry.as_mapping() {
                    edits.extend(cut(entry, is_in(&ENTRY))?);
                }
            }
        }
    }
    let mut text = apply(files, alone, edits)?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    says(&text, meant).then_some(text)
}

/// The edits that take entries out; none where there are no such entries, however a mapping is
/// written.
pub(super) fn cut(mapping: &Mapping, is_removed: impl Fn(&Entry) -> bool) -> Option<Vec<Edit>> {
    match mapping.entries().iter().any(&is_removed) {
        true => removal(mapping, is_removed),
        false => Some(Vec::new()),
    }
}

/// The edit that writes a word in the place of another, with the quotes that it has.
pub(super) fn replace(files: &Files, span: Span, old: &str, new: &str) -> Option<Edit> {
    let written = files.slice(span);
    let quotes = match written.as_bytes() {
        [b'"', ..] => "\"",
        [b'\'', ..] => "'",
        _ => "",
    };
    let is_plain = written == format!("{quotes}{old}{quotes}");
    is_plain.then(|| Edit {
        span,
        text: format!("{quotes}{new}{quotes}"),
    })
}

/// A part of a file with edits in it; `None` where two of them meet or one is outside.
pub(super) fn apply(files: &Files, part: Span, mut edits: Vec<Edit>) -> Option<String> {
    for edit in edits.iter_mut().filter(|edit| edit.text.is_empty()) {
        sort_comments(files, edit);
    }
    order::sort_by_key(&mut edits, |edit| edit.span);
    let mut text = String::new();
    let mut at = part.start;
    for Edit { span, text: new } in edits {
        if span.file != part.file || span.start < at || part.end < span.end {
            return None;
        }
        text.push_str(files.slice(Span {
            start: at,
            end: span.start,
            ..part
        }));
        text.push_str(&new);
        at = span.end;
    }
    text.push_str(files.slice(Span { start: at, ..part }));
    Some(text)
}

/// Makes the removal of lines keep the comment behind what stays, and take that of what goes.
fn sort_comments(files: &Files, edit: &mut Edit) {
    if !files.slice(edit.span).contains('\n') {
        return;
    }
    let text = files.text(edit.span.file);
    let comment = |at: u32| {
        let rest = text.get(at as usize..).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default();
        let is_comment = line.starts_with([' ', '\t']) && line.trim_start().starts_with('#');
        let length = if is_comment { line.len() } else { 0 };
        u32::try_from(length).unwrap_or(0)
    };
    edit.span.start += comment(edit.span.start);
    edit.span.end += comment(edit.span.end);
}

/// Whether a text is one document that says what is meant, and nothing is wrong with it.
pub(super) fn says(text: &str, meant: &Node) -> bool {
    let mut files = Files::new();
    let file = files.add("edited", text);
    let (documents, problems) = document::read(&files, file);
    let is_it = |document: &document::Document| is_same(&document.root, meant);
    problems.is_empty() && documents.len() == 1 && documents.iter().all(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::plan::{Twins, plan};

    const HEAD: &str =
        "apiVersion: operator.openshift.io/v1alpha1\nkind: ImageContentSourcePolicy\n";
    const NEW: &str = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\n";

    fn migrated(text: &str) -> crate::migrate::plan::Migrated {
        let mut files = Files::new();
        let file = files.add("a.yaml", text);
        let mut migrated = plan(&files, &[file], Twins::Unwanted);
        assert_eq!(migrated.len(), 1, "{text}");
        migrated.remove(0)
    }

    #[test]
    fn as_few_bytes_change_as_will_do() {
        for (rest, expected) in [
            (
                "# c\nmetadata: {uid: x, name: a} # d\nspec:\n    repositoryDigestMirrors: # e\n    - \
                 source: \"q/a\"\n      mirrors: ['m/a']   # f\n# g\n",
                "# c\nmetadata: {name: a} # d\nspec:\n    imageDigestMirrors: # e\n    - source: \
                 \"q/a\"\n      mirrors: ['m/a']   # f\n# g\n",
            ),
            (
                "metadata:\n  name: a\n  annotations:\n    x: y # z\n    \
                 kubectl.kubernetes.io/last-applied-configuration: |\n      {}\n\
                 spec:\n  repositoryDigestMirrors: []\nstatus: {a: 1}\n",
                "metadata:\n  name: a\n  annotations:\n    x: y # z\nspec:\n  imageDigestMirrors: []\n",
            ),
            (
                "metadata:\n  uid: x # u\n  name: a # n\n  generation: 1 # g\nspec: # s\n  \
                 repositoryDigestMirrors: []\n",
                "metadata:\n  name: a # n\nspec: # s\n  imageDigestMirrors: []\n",
            ),
            (
                "metadata: {name: a}\nspec:\n  repositoryDigestMirrors:\n  - &a\n    source: q/a\n    \
                 mirrors: [m/a]\n  - <<: *a\n    source: q/b\n",
                "metadata: {name: a}\nspec:\n  imageDigestMirrors:\n  - &a\n    source: q/a\n    \
                 mirrors: [m/a]\n  - <<: *a\n    source: q/b\n",
            ),
        ] {
            let found = migrated(&format!("{HEAD}{rest}"));
            assert_eq!(found.in_place, format!("{NEW}{expected}"));
            assert!(found.sets[0].is_edited, "{rest}");
        }
    }

    #[test]
    fn what_cannot_stay_is_written_anew() {
        let spec = "spec:\n  imageDigestMirrors:\n  - source: q/a\n    mirrors:\n    - m/a\n";
        for text in [
            // An alias stands for what is left out.
            format!(
                "{HEAD}metadata:\n  name: &n a\n  uid: *n\nspec:\n  repositoryDigestMirrors:\n  \
                 - {{source: q/a, mirrors: [m/a]}}\n"
            ),
            // A list, and JSON behind JSON.
            format!(
                "kind: List\napiVersion: v1\nitems:\n- {}  metadata: {{name: a}}\n  spec: \
                 {{repositoryDigestMirrors: [{{source: q/a, mirrors: [m/a]}}]}}\n",
                HEAD.replace("\nkind", "\n  kind")
            ),
        ] {
            let found = migrated(&text);
            let expected = format!("{NEW}metadata:\n  name: a\n{spec}");
            assert!(!found.sets[0].is_edited, "{text}");
            let same = |text: &str| says(text, &found.sets[0].object.root);
            assert!(same(&expected), "{}", found.sets[0].text);
            assert!(same(&found.sets[0].text));
        }
    }

    #[test]
    fn what_stands_around_a_policy_stays() {
        let other = "a: 1 # x\n";
        let policy =
            format!("{HEAD}metadata: {{name: a}}\nspec: {{repositoryDigestMirrors: []}}\n");
        let set = format!("{NEW}metadata: {{name: a}}\nspec: {{imageDigestMirrors: []}}\n");
        for (text, expected) in [
            (
                format!("{other}---\n{policy}---\n{other}"),
                format!("{other}---\n{set}---\n{other}"),
            ),
            (
                format!("---\n# c\n{policy}--- # d\n{policy}"),
                format!("---\n# c\n{set}--- # d\n{set}"),
            ),
        ] {
            assert_eq!(migrated(&text).in_place, expected);
        }
        let crlf = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(migrated(&crlf(&policy)).in_place, crlf(&set));
        let json = "{\"apiVersion\": \"operator.openshift.io/v1alpha1\", \"kind\": \
                    \"ImageContentSourcePolicy\", \"metadata\": {\"name\": \"a\", \"uid\": \"x\"}, \
                    \"spec\": {\"repositoryDigestMirrors\": []}}\n";
        let expected = "{\"apiVersion\": \"config.openshift.io/v1\", \"kind\": \
                        \"ImageDigestMirrorSet\", \"metadata\": {\"name\": \"a\"}, \"spec\": \
                        {\"imageDigestMirrors\": []}}\n";
        assert_eq!(migrated(json).in_place, expected);
    }
}
