//! Mirror sets: four kinds that are spellings of one thing.

use super::Object;
use crate::document::Node;
use crate::file::{Span, Spanned};

/// Which of the four kinds a mirror set was written as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MirrorSetKind {
    /// `ImageDigestMirrorSet`, config.openshift.io/v1.
    ImageDigestMirrorSet,
    /// `ImageTagMirrorSet`, config.openshift.io/v1.
    ImageTagMirrorSet,
    /// `ImageContentSourcePolicy`, operator.openshift.io/v1alpha1.
    ImageContentSourcePolicy,
    /// `ImageContentPolicy`, config.openshift.io/v1, which no controller reads.
    ImageContentPolicy,
}

impl MirrorSetKind {
    /// Every kind.
    pub const ALL: [MirrorSetKind; 4] = [
        MirrorSetKind::ImageDigestMirrorSet,
        MirrorSetKind::ImageTagMirrorSet,
        MirrorSetKind::ImageContentSourcePolicy,
        MirrorSetKind::ImageContentPolicy,
    ];

    /// The kind, as written in `kind`.
    pub fn kind(self) -> &'static str {
        match self {
            MirrorSetKind::ImageDigestMirrorSet => "ImageDigestMirrorSet",
            MirrorSetKind::ImageTagMirrorSet => "ImageTagMirrorSet",
            MirrorSetKind::ImageContentSourcePolicy => "ImageContentSourcePolicy",
            MirrorSetKind::ImageContentPolicy => "ImageContentPolicy",
        }
    }

    /// The one version it is served in, as written in `apiVersion`.
    pub fn api_version(self) -> &'static str {
        match self {
            MirrorSetKind::ImageContentSourcePolicy => "operator.openshift.io/v1alpha1",
            _ => "config.openshift.io/v1",
        }
    }

    /// The key of the list of entries in `spec`.
    pub fn entries_key(self) -> &'static str {
        match self {
            MirrorSetKind::ImageDigestMirrorSet => "imageDigestMirrors",
            MirrorSetKind::ImageTagMirrorSet => "imageTagMirrors",
            _ => "repositoryDigestMirrors",
        }
    }
}

/// Whether nodes may fall back to the source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SourcePolicy {
    /// `AllowContactingSource`, and what an absent or empty policy means.
    AllowContactingSource,
    /// `NeverContactSource`.
    NeverContactSource,
}

/// A mirror set as an object gives it; what it lacks or has wrong is left out.
#[derive(Clone, PartialEq, Debug)]
pub struct MirrorSet {
    /// The kind it was written as.
    pub kind: MirrorSetKind,
    /// `metadata.name`.
    pub name: Spanned<String>,
    /// The entries in the order they were written.
    pub entries: Vec<MirrorEntry>,
    /// Where the object is.
    pub span: Span,
}

/// One source and its mirrors.
#[derive(Clone, PartialEq, Debug)]
pub struct MirrorEntry {
    /// What is mirrored; an absent source is the empty text, as in the Go type.
    pub source: Spanned<String>,
    /// The mirrors in the order they were written.
    pub mirrors: Vec<Spanned<String>>,
    /// `mirrorSourcePolicy`, where it is written, has a known value and the kind has the field.
    pub policy: Option<Spanned<SourcePolicy>>,
    /// A `mirrorSourcePolicy` without a known value, which is one more policy to conflict with.
    pub unknown_policy: Option<String>,
    /// Where the entry is.
    pub span: Span,
}

impl MirrorEntry {
    /// What the policy means, absence included.
    pub fn effective_policy(&self) -> SourcePolicy {
        self.policy
            .as_ref()
            .map_or(SourcePolicy::AllowContactingSource, |policy| policy.value)
    }
}

/// The kind of mirror set an object is; `None` when it is none, or of another version.
pub fn kind_of(object: &Object) -> Option<MirrorSetKind> {
    MirrorSetKind::ALL.into_iter().find(|kind| {
        kind.kind() == object.kind.value && kind.api_version() == object.api_version.value
    })
}

/// Reads an object of a kind; values of a wrong type are skipped, for others to report.
pub fn read(object: &Object, kind: MirrorSetKind) -> MirrorSet {
    let list = object
        .root
        .get("spec")
        .and_then(|spec| spec.get(kind.entries_key()));
    let entries = list.and_then(Node::as_sequence).unwrap_or_default();
    MirrorSet {
        kind,
        name: object.name.clone(),
        entries: entries
            .iter()
            .map(|entry| read_entry(entry, kind))
            .collect(),
        span: object.root.span,
    }
}

fn read_entry(entry: &Node, kind: MirrorSetKind) -> MirrorEntry {
    let spanned = |node: &Node| {
        node.as_str()
            .map(|text| Spanned::new(text.to_owned(), node.span))
    };
    let source = entry.get("source").and_then(spanned);
    let mirrors = entry
        .get("mirrors")
        .and_then(Node::as_sequence)
        .unwrap_or_default();
    let has_policy = matches!(
        kind,
        MirrorSetKind::ImageDigestMirrorSet | MirrorSetKind::ImageTagMirrorSet
    );
    let written = entry.get("mirrorSourcePolicy").filter(|_| has_policy);
    let (mut policy, mut unknown_policy) = (None, None);
    if let Some((text, span)) = written.and_then(|node| Some((node.as_str()?, node.span))) {
        let known = |policy| Some(Spanned::new(policy, span));
        match text {
            "" => {}
            "AllowContactingSource" => policy = known(SourcePolicy::AllowContactingSource),
            "NeverContactSource" => policy = known(SourcePolicy::NeverContactSource),
            _ => unknown_policy = Some(text.to_owned()),
        }
    }
    MirrorEntry {
        source: source.unwrap_or_else(|| Spanned::new(String::new(), entry.span)),
        mirrors: mirrors.iter().filter_map(spanned).collect(),
        policy,
        unknown_policy,
        span: entry.span,
    }
}
