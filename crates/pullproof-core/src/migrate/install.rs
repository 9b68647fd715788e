//! install-config.yaml: the older list of mirrors made the newer one, and back, its comments kept.

use super::convert::{apply, cut, replace, says};
use crate::document::{self, Entry, Mapping, Node, Value};
use crate::file::{FileId, Files, Span, Spanned};
use crate::resource::{self, Object, install_config};

/// The older name of the list.
pub const CONTENT: &str = "imageContentSources";

/// The newer name, which installers know since 4.14.
pub const DIGEST: &str = "imageDigestSources";

/// Which list there is to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// The newer one.
    Digest,
    /// The older one.
    Content,
}

impl Wanted {
    /// The key that is written, and that in whose place it is.
    fn keys(self) -> (&'static str, &'static str) {
        match self {
            Wanted::Digest => (DIGEST, CONTENT),
            Wanted::Content => (CONTENT, DIGEST),
        }
    }
}

/// What becomes of an install-config.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Another text of the whole file.
    Changed(String),
    /// It has no list of the other name.
    Unchanged,
    /// It cannot be: why, what to do, and where.
    Refused {
        /// Where.
        span: Span,
        /// What is wrong: lower case, no full stop.
        message: String,
        /// What to do.
        help: &'static str,
    },
}

/// Whether a file is an install-config.
pub fn is_install_config(files: &Files, file: FileId) -> bool {
    object(files, file).is_some_and(|object| install_config::read(&object).is_some())
}

fn object(files: &Files, file: FileId) -> Option<Object> {
    let (documents, _) = document::read(files, file);
    let mut objects = resource::objects(documents);
    match objects.len() {
        1 => objects.pop(),
        _ => None,
    }
}

/// Gives the list of an install-config its other name.
pub fn convert(files: &Files, file: FileId, wanted: Wanted) -> Outcome {
    let (new, old) = wanted.keys();
    let whole = Span::new(file, 0, files.text(file).len());
    let refused = |span: Span, message: String, help: &'static str| Outcome::Refused {
        span,
        message,
        help,
    };
    let Some(object) = object(files, file) else {
        let message = "the file is not one object".to_owned();
        return refused(
            Span { end: 0, ..whole },
            message,
            "give an install-config alone",
        );
    };
    let Some(root) = object.root.as_mapping() else {
        return Outcome::Unchanged;
    };
    let Some(list) = root.entry(old).filter(|entry| !entry.value.is_null()) else {
        return Outcome::Unchanged;
    };
    if let Some(other) = root.entry(new) {
        // From openshift/installer, pkg/types/validation/installconfig.go ValidateInstallConfig.
        let message =
            "cannot set imageContentSources and imageDigestSources at the same time".to_owned();
        return refused(
            other.key.span,
            message,
            "write the entries of both into one list, and remove the other",
        );
    }
    let groups = list.value.as_sequence().unwrap_or_default();
    let policies = groups.iter().filter_map(|group| {
        let policy = group.get("sourcePolicy")?;
        let is_default = ["", "AllowContactingSource"];
        let is_lost =
            !policy.is_null() && policy.as_str().is_none_or(|it| !is_default.contains(&it));
        is_lost.then_some(policy.span)
    });
    if wanted == Wanted::Content
        && let Some(span) = policies.into_iter().next()
    {
        let message = format!("`{CONTENT}` cannot say `sourcePolicy`");
        return refused(
            span,
            message,
            "stay with `imageDigestSources`, or remove the policy",
        );
    }
    let edited = edited(files, root, list, wanted, whole);
    edited.map_or_else(
        || {
            let message = format!("`{old}` is written in a way that cannot be changed alone");
            refused(
                list.key.span,
                message,
                "write the key plainly, without anchors in the list",
            )
        },
        Outcome::Changed,
    )
}

fn edited(
    files: &Files,
    root: &Mapping,
    list: &Entry,
    wanted: Wanted,
    whole: Span,
) -> Option<String> {
    let (new, old) = wanted.keys();
    let is_policy = |entry: &Entry| wanted == Wanted::Content && entry.key.value == "sourcePolicy";
    let mut edits = vec![replace(files, list.key.span, old, new)?];
    for group in list.value.as_sequence().unwrap_or_default() {
        if let Some(group) = group.as_mapping() {
            edits.extend(cut(group, is_policy)?);
        }
    }
    let without = |group: &Node| match &group.value {
        Value::Mapping(mapping) => {
            let entries = mapping.entries().iter().filter(|entry| !is_policy(entry));
            let entries = entries.cloned().collect();
            node(group, Value::Mapping(Mapping::from_entries(entries).0))
        }
        _ => group.clone(),
    };
    let groups = list
        .value
        .as_sequence()
        .map(|groups| groups.iter().map(without).collect());
    let value = groups.map_or_else(|| list.value.value.clone(), Value::Sequence);
    let meant = root
        .entries()
        .iter()
        .map(|entry| match entry.key == list.key {
            true => Entry {
                key: Spanned::new(new.to_owned(), entry.key.span),
                value: node(&entry.value, value.clone()),
            },
            false => entry.clone(),
        });
    let meant = Value::Mapping(Mapping::from_entries(meant.collect()).0);
    let text = apply(files, whole, edits)?;
    says(&text, &node(&list.value, meant)).then_some(text)
}

fn node(place: &Node, value: Value) -> Node {
    Node {
        span: place.span,
        value,
    }
}
