//! Fixes as actions that an editor offers.

use super::analysis::Analysis;
use super::diagnostics;
use super::wire::{CodeAction, TextDocumentEdit, TextEdit, WorkspaceEdit};
use pullproof_core::file::{FileId, Span};
use pullproof_core::finding::{Edit, Fix, Safety};
use std::collections::BTreeMap;
use std::ops::Range;

/// The kind of an action that mends one finding.
pub(super) const QUICK_FIX: &str = "quickfix";

/// The kind of the action that mends all that can be mended unseen, which editors run on saving.
pub(super) const FIX_ALL: &str = "source.fixAll.pullproof";

/// What a client asks for and understands.
pub(super) struct Wanted<'a> {
    pub(super) file: FileId,
    pub(super) bytes: Range<usize>,
    /// Kinds, with all kinds below them; `None` for every kind.
    pub(super) only: Option<&'a [String]>,
    /// Whether edits may name the versions that they are for.
    pub(super) has_document_changes: bool,
    /// Whether diagnostics may point at other places.
    pub(super) has_related: bool,
}

/// The actions for a range: a fix for each finding there, then one for all of the document.
pub(super) fn all(analysis: &Analysis, wanted: &Wanted<'_>) -> Vec<CodeAction> {
    let mut actions = Vec::new();
    if wanted.is_asked_for(QUICK_FIX) {
        let touches = |span: Span| analysis.touches(span, wanted.file, &wanted.bytes);
        for finding in analysis.findings.iter().filter(|it| touches(it.span)) {
            let Some(Fix {
                title,
                safety,
                edits,
            }) = &finding.fix
            else {
                continue;
            };
            let edits: Vec<&Edit> = edits.iter().collect();
            let Some(edit) = workspace_edit(analysis, &edits, wanted.has_document_changes) else {
                continue;
            };
            let told = diagnostics::of(analysis, finding, wanted.has_related);
            actions.push(CodeAction {
                title: match safety {
                    Safety::Safe => title.clone(),
                    Safety::Unsafe => format!("{title} ({safety})", safety = safety.name()),
                },
                kind: QUICK_FIX,
                diagnostics: told.into_iter().take(1).map(|(_, it)| it).collect(),
                is_preferred: *safety == Safety::Safe,
                edit,
            });
        }
    }
    if wanted.is_asked_for(FIX_ALL) {
        let edits = safe_edits(analysis, wanted.file);
        let edit = workspace_edit(analysis, &edits, wanted.has_document_changes);
        actions.extend(edit.filter(|_| !edits.is_empty()).map(|edit| CodeAction {
            title: "fix all that is safe to fix in this file".to_owned(),
            kind: FIX_ALL,
            diagnostics: Vec::new(),
            is_preferred: false,
            edit,
        }));
    }
    actions
}

impl Wanted<'_> {
    fn is_asked_for(&self, kind: &str) -> bool {
        self.only.is_none_or(|only| {
            let holds = |asked: &String| {
                let rest = kind.strip_prefix(asked.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            only.iter().any(holds)
        })
    }
}

/// The edits of safe fixes that change this document alone; of two that meet, the first.
fn safe_edits(analysis: &Analysis, file: FileId) -> Vec<&Edit> {
    let mut taken: Vec<&Edit> = Vec::new();
    for finding in &analysis.findings {
        let Some(fix) = &finding.fix else { continue };
        let is_here = fix.edits.iter().all(|edit| edit.span.file == file);
        if fix.safety != Safety::Safe || !is_here {
            continue;
        }
        let meets = |edit: &Edit| {
            let spans = taken.iter().map(|other| other.span);
            spans
                .into_iter()
                .any(|other| edit.span.start <= other.end && other.start <= edit.span.end)
        };
        if !fix.edits.iter().any(meets) {
            taken.extend(&fix.edits);
        }
    }
    taken.sort_by_key(|edit| edit.span);
    taken
}

/// Edits as the protocol has them; `None` where one is in no document.
fn workspace_edit(
    analysis: &Analysis,
    edits: &[&Edit],
    has_document_changes: bool,
) -> Option<WorkspaceEdit> {
    let mut by_file: BTreeMap<FileId, Vec<TextEdit>> = BTreeMap::new();
    for Edit { span, text } in edits {
        let range = analysis.range(span.file, span.range())?;
        let new_text = text.clone();
        let edits = by_file.entry(span.file).or_default();
        edits.push(TextEdit { range, new_text });
    }
    let documents = by_file
        .into_iter()
        .map(|(file, edits)| Some((analysis.document(file)?, edits)));
    let documents: Vec<_> = documents.collect::<Option<_>>()?;
    Some(match has_document_changes {
        true => {
            let edits = documents
                .into_iter()
                .map(|(text_document, edits)| TextDocumentEdit {
                    text_document,
                    edits,
                });
            WorkspaceEdit::DocumentChanges(edits.collect())
        }
        false => {
            let edits = documents.into_iter();
            WorkspaceEdit::Changes(
                edits
                    .map(|(document, edits)| (document.uri, edits))
                    .collect(),
            )
        }
    })
}

#[cfg(test)]
mod tests;
