//! What is found in all texts together, and where each of them is.

use super::documents::Documents;
use super::place::{Encoding, Lines, shown};
use super::workspace::Texts;
use super::{uri, wire};
use crate::parallel;
use crate::selection::Selection;
use pullproof_core::apiserver::crds::Resource;
use pullproof_core::file::{FileId, Files, Span};
use pullproof_core::finding::Finding;
use pullproof_core::model::{Model, Settings};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What the texts say at one time.
pub(super) struct Analysis {
    pub(super) files: Files,
    pub(super) model: Model,
    /// What is worth showing, in order.
    pub(super) findings: Vec<Finding>,
    encoding: Encoding,
    inputs: BTreeMap<FileId, Input>,
    by_path: BTreeMap<PathBuf, FileId>,
}

/// One text that was looked at.
struct Input {
    uri: String,
    /// The open document's version; `None` for what the disk has.
    version: Option<i32>,
    lines: OnceCell<Lines>,
}

impl Analysis {
    /// Looks at the open documents and, where none is open, at the workspace's files.
    pub(super) fn of(
        documents: &Documents,
        texts: &Texts,
        settings: &Settings,
        selection: &Selection<'_>,
        encoding: Encoding,
    ) -> Analysis {
        let mut files = Files::new();
        let (mut inputs, mut by_path) = (BTreeMap::new(), BTreeMap::new());
        let paths: BTreeSet<&PathBuf> = documents
            .by_path
            .keys()
            .chain(texts.by_path.keys())
            .collect();
        for path in paths {
            let name = path.to_string_lossy();
            let (text, uri, version) = match documents.by_path.get(path) {
                Some(open) => (&open.text, open.uri.clone(), Some(open.version)),
                None => (&texts.by_path[path], uri::of(path), None),
            };
            let file = files.add(name, text.as_str());
            let input = Input {
                uri,
                version,
                lines: OnceCell::new(),
            };
            inputs.insert(file, input);
            by_path.insert(path.clone(), file);
        }
        let ids: Vec<FileId> = inputs.keys().copied().collect();
        let contents = parallel::contents(&files, &ids, settings.version);
        let model = Model::of(&mut files, contents, settings);
        let mut findings = selection.find(&model);
        findings.retain(|finding| is_worth_showing(&files, finding));
        Analysis {
            files,
            model,
            findings,
            encoding,
            inputs,
            by_path,
        }
    }

    /// The text that a client's name stands for; `None` where it is none of the inputs.
    pub(super) fn file(&self, uri: &str) -> Option<FileId> {
        self.by_path.get::<Path>(&uri::path(uri)).copied()
    }

    /// How a client knows a text, and which version of it was looked at; `None` for what is
    /// rendered.
    pub(super) fn document(&self, file: FileId) -> Option<wire::VersionedTextDocument> {
        let input = self.inputs.get(&file)?;
        Some(wire::VersionedTextDocument {
            uri: input.uri.clone(),
            version: input.version,
        })
    }

    /// Every open document with its version.
    pub(super) fn open_documents(&self) -> impl Iterator<Item = (&str, i32)> {
        let inputs = self.inputs.values();
        inputs.filter_map(|input| Some((input.uri.as_str(), input.version?)))
    }

    /// Where to point at for a span: its first line; `None` for what is rendered.
    pub(super) fn location(&self, span: Span) -> Option<wire::Location> {
        Some(wire::Location {
            uri: self.inputs.get(&span.file)?.uri.clone(),
            range: self.range(span.file, shown(self.files.text(span.file), span))?,
        })
    }

    /// The places of a range of bytes; `None` for what is rendered.
    pub(super) fn range(&self, file: FileId, range: Range<usize>) -> Option<wire::Range> {
        let text = self.files.text(file);
        Some(self.lines(file)?.range(text, range, self.encoding))
    }

    /// The bytes between two places.
    pub(super) fn bytes(&self, file: FileId, range: wire::Range) -> Option<Range<usize>> {
        let text = self.files.text(file);
        Some(self.lines(file)?.bytes(text, range, self.encoding))
    }

    fn lines(&self, file: FileId) -> Option<&Lines> {
        let input = self.inputs.get(&file)?;
        let text = self.files.text(file);
        Some(input.lines.get_or_init(|| Lines::of(text)))
    }

    /// Whether what is shown of a span and a range of bytes have a place in common; ends count,
    /// since a cursor stands between characters.
    pub(super) fn touches(&self, span: Span, file: FileId, bytes: &Range<usize>) -> bool {
        if span.file != file {
            return false;
        }
        let shown = shown(self.files.text(file), span);
        shown.start <= bytes.end && bytes.start <= shown.end
    }
}

/// Whether a finding is about us: workspaces hold templates and settings of other programs, whose
/// syntax is none of our business.
fn is_worth_showing(files: &Files, finding: &Finding) -> bool {
    let text = files.text(finding.span.file);
    let mut kinds = Resource::ALL.into_iter().map(Resource::kind);
    // `Image` alone is in every other text.
    let is_ours = |kind: &str| match kind {
        "Image" => text.contains("config.openshift.io"),
        kind => text.contains(kind),
    };
    // What has no kind is no object for a cluster, whatever else it is.
    let is_in_object = |name: &String| !name.starts_with('/');
    finding.object.as_ref().is_some_and(is_in_object) || kinds.any(is_ours)
}
