//! What the protocol's messages hold, as far as this server reads and writes it.
//!
//! Only these fields are looked at, so that a client of another age is never refused for one that
//! matters to nobody. A test holds what is written to the types of the protocol.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A place between two characters: line and column from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) line: u32,
    /// In units of the encoding agreed on.
    pub(super) character: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Range {
    pub(super) start: Position,
    pub(super) end: Position,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Location {
    pub(super) uri: String,
    pub(super) range: Range,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Diagnostic {
    pub(super) range: Range,
    /// 1 is an error, 2 a warning, 3 information, 4 a hint.
    pub(super) severity: u8,
    pub(super) code: &'static str,
    pub(super) source: &'static str,
    pub(super) message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) related_information: Vec<RelatedInformation>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct RelatedInformation {
    pub(super) location: Location,
    pub(super) message: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodeAction {
    pub(super) title: String,
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) is_preferred: bool,
    pub(super) edit: WorkspaceEdit,
}

/// Edits of documents; clients of any age understand `changes`, newer ones check versions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum WorkspaceEdit {
    Changes(BTreeMap<String, Vec<TextEdit>>),
    DocumentChanges(Vec<TextDocumentEdit>),
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TextDocumentEdit {
    pub(super) text_document: VersionedTextDocument,
    pub(super) edits: Vec<TextEdit>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TextEdit {
    pub(super) range: Range,
    pub(super) new_text: String,
}

/// A document, and the version of it that is meant; `None` where it is not open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct VersionedTextDocument {
    pub(super) uri: String,
    #[serde(default)]
    pub(super) version: Option<i32>,
}

#[derive(Deserialize)]
pub(super) struct TextDocument {
    pub(super) uri: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct InitializeParams {
    /// Asked about by path, since clients fill it in many ways.
    pub(super) capabilities: serde_json::Value,
    pub(super) root_uri: Option<String>,
    pub(super) workspace_folders: Option<Vec<WorkspaceFolder>>,
    pub(super) initialization_options: serde_json::Value,
}

#[derive(Deserialize)]
pub(super) struct WorkspaceFolder {
    pub(super) uri: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DidOpen {
    pub(super) text_document: OpenedDocument,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpenedDocument {
    pub(super) uri: String,
    #[serde(default)]
    pub(super) language_id: String,
    pub(super) version: i32,
    pub(super) text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DidChange {
    pub(super) text_document: VersionedTextDocument,
    pub(super) content_changes: Vec<ContentChange>,
}

#[derive(Deserialize)]
pub(super) struct ContentChange {
    /// What goes; `None` for the whole text.
    pub(super) range: Option<Range>,
    pub(super) text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DidClose {
    pub(super) text_document: TextDocument,
}

#[derive(Deserialize)]
pub(super) struct DidChangeFolders {
    pub(super) event: FoldersEvent,
}

#[derive(Deserialize)]
pub(super) struct FoldersEvent {
    pub(super) added: Vec<WorkspaceFolder>,
    pub(super) removed: Vec<WorkspaceFolder>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AtPosition {
    pub(super) text_document: TextDocument,
    pub(super) position: Position,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodeActionParams {
    pub(super) text_document: TextDocument,
    pub(super) range: Range,
    #[serde(default)]
    pub(super) context: CodeActionContext,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CodeActionContext {
    /// Kinds that are asked for, with all kinds below them; `None` for every kind.
    pub(super) only: Option<Vec<String>>,
}
