//! A session: what each message does, and what is said to it.
//!
//! It reads no clock and writes nothing: what is to be sent is put into `outbox`.

use super::analysis::Analysis;
use super::documents::Documents;
use super::place::Encoding;
use super::workspace::{self, Texts};
use super::{actions, definition, diagnostics, hover, settings, uri, wire};
use crate::config;
use crate::exit;
use crate::selection::{self, Selection};
use pullproof_core::file::FileId;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Codes of errors, from JSON-RPC and from the protocol.
mod code {
    pub(super) const PARSE_ERROR: i32 = -32700;
    pub(super) const INVALID_REQUEST: i32 = -32600;
    pub(super) const METHOD_NOT_FOUND: i32 = -32601;
    pub(super) const INVALID_PARAMS: i32 = -32602;
    pub(super) const SERVER_NOT_INITIALIZED: i32 = -32002;
}

/// How urgent words to a person are.
const WARNING: u8 = 2;

/// The id of the only request that is sent to the client.
const REGISTRATION_ID: &str = "pullproof-watch";

/// Why a request has no result.
struct Refusal {
    code: i32,
    message: String,
}

/// What is understood of a session's beginning.
struct Client {
    encoding: Encoding,
    options: settings::Options,
    has_related: bool,
    has_document_changes: bool,
    can_watch: bool,
}

enum Phase {
    /// Nothing but `initialize` is answered.
    New,
    Running(Client),
    /// Nothing but `exit` is expected.
    ShutDown,
}

/// A session.
pub(super) struct Server {
    phase: Phase,
    folders: Vec<PathBuf>,
    documents: Documents,
    texts: Texts,
    /// What the workspace's `.pullproof.toml` chooses.
    selection: Selection<'static>,
    analysis: Option<Analysis>,
    /// What the client was told last of each document, with the version that it was about.
    published: BTreeMap<String, (Option<i32>, Vec<wire::Diagnostic>)>,
    /// What people were told already.
    told: BTreeSet<String>,
    is_disk_stale: bool,
    is_stale: bool,
    /// Messages to send, in order.
    pub(super) outbox: Vec<Value>,
}

impl Server {
    pub(super) fn new() -> Server {
        Server {
            phase: Phase::New,
            folders: Vec::new(),
            documents: Documents::default(),
            texts: Texts::default(),
            selection: Selection::default(),
            analysis: None,
            published: BTreeMap::new(),
            told: BTreeSet::new(),
            is_disk_stale: false,
            is_stale: false,
            outbox: Vec::new(),
        }
    }

    /// The exit code for a client that goes away without a word.
    pub(super) fn exit_code(&self) -> u8 {
        match self.phase {
            Phase::ShutDown => exit::CLEAN,
            Phase::New | Phase::Running(_) => exit::FINDINGS,
        }
    }

    /// Answers what is no JSON.
    pub(super) fn take_malformed(&mut self, reason: String) {
        let refusal = Refusal {
            code: code::PARSE_ERROR,
            message: reason,
        };
        self.reply(&Value::Null, Err(refusal));
    }

    /// Takes one message, and gives the exit code where it ends the session.
    ///
    /// What changes texts is looked at later, in `settle`.
    pub(super) fn take(&mut self, mut message: Value) -> Option<u8> {
        let id = message.get("id").cloned();
        let params = message.get_mut("params").map(Value::take);
        let params = params.unwrap_or_default();
        match (message.get("method").and_then(Value::as_str), id) {
            (Some(method), Some(id)) => {
                let result = self.answer(method, params);
                self.reply(&id, result);
            }
            (Some("exit"), None) => return Some(self.exit_code()),
            (Some(method), None) => self.note(method, params),
            // What the client says to the only request that it gets makes no difference.
            (None, Some(_)) if message.get("result").or(message.get("error")).is_some() => {}
            (None, id) => {
                let refusal = Refusal {
                    code: code::INVALID_REQUEST,
                    message: "a message has a method".to_owned(),
                };
                self.reply(&id.unwrap_or_default(), Err(refusal));
            }
        }
        None
    }

    fn reply(&mut self, id: &Value, result: Result<Value, Refusal>) {
        self.outbox.push(match result {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err(Refusal { code, message }) => {
                let error = json!({"code": code, "message": message});
                json!({"jsonrpc": "2.0", "id": id, "error": error})
            }
        });
    }

    fn send(&mut self, method: &str, params: &Value) {
        let message = json!({"jsonrpc": "2.0", "method": method, "params": params});
        self.outbox.push(message);
    }

    fn answer(&mut self, method: &str, params: Value) -> Result<Value, Refusal> {
        let refuse = |code, message: &str| {
            let message = message.to_owned();
            Err(Refusal { code, message })
        };
        match (&self.phase, method) {
            (Phase::New, "initialize") => return self.initialize(params),
            (Phase::New, _) => {
                return refuse(code::SERVER_NOT_INITIALIZED, "`initialize` comes first");
            }
            (Phase::ShutDown, _) => {
                return refuse(code::INVALID_REQUEST, "nothing comes after `shutdown`");
            }
            (Phase::Running(_), "initialize") => {
                return refuse(code::INVALID_REQUEST, "`initialize` comes once");
            }
            (Phase::Running(_), _) => {}
        }
        match method {
            "shutdown" => {
                self.phase = Phase::ShutDown;
                Ok(Value::Null)
            }
            "textDocument/hover" => {
                let found = self.at_position(params, hover::at)?.flatten();
                Ok(found.map_or(
                    Value::Null,
                    |text| json!({"contents": {"kind": "markdown", "value": text}}),
                ))
            }
            "textDocument/definition" => {
                let found = self.at_position(params, definition::at)?;
                to_value(&found.filter(|locations| !locations.is_empty()))
            }
            "textDocument/codeAction" => self.code_actions(params),
            _ => refuse(
                code::METHOD_NOT_FOUND,
                &format!("`{method}` is not known here"),
            ),
        }
    }

    fn initialize(&mut self, params: Value) -> Result<Value, Refusal> {
        let params: wire::InitializeParams = read(params)?;
        let wire::InitializeParams {
            capabilities,
            root_uri,
            workspace_folders,
            initialization_options,
        } = params;
        let options = settings::read(&initialization_options).map_err(|message| Refusal {
            code: code::INVALID_PARAMS,
            message: format!("initializationOptions: {message}"),
        })?;
        let is_set = |path| capabilities.pointer(path) == Some(&Value::Bool(true));
        let offered = capabilities.pointer("/general/positionEncodings").cloned();
        let offered = serde_json::from_value(offered.unwrap_or_default()).unwrap_or_default();
        let offered: Option<Vec<String>> = offered;
        let client = Client {
            encoding: Encoding::choose(&offered.unwrap_or_default()),
            options,
            has_related: is_set("/textDocument/publishDiagnostics/relatedInformation"),
            has_document_changes: is_set("/workspace/workspaceEdit/documentChanges"),
            can_watch: is_set("/workspace/didChangeWatchedFiles/dynamicRegistration"),
        };
        let folders = workspace_folders.unwrap_or_default().into_iter();
        self.folders = folders.map(|folder| uri::path(&folder.uri)).collect();
        if self.folders.is_empty() {
            self.folders.extend(root_uri.map(|root| uri::path(&root)));
        }
        let encoding = client.encoding.name();
        self.phase = Phase::Running(client);
        self.is_disk_stale = true;
        Ok(json!({
            "serverInfo": {"name": "pullproof", "version": env!("CARGO_PKG_VERSION")},
            "capabilities": {
                "positionEncoding": encoding,
                "textDocumentSync": {"openClose": true, "change": 2, "save": true},
                "hoverProvider": true,
                "definitionProvider": true,
                "codeActionProvider": {"codeActionKinds": [actions::QUICK_FIX, actions::FIX_ALL]},
                "workspace": {
                    "workspaceFolders": {"supported": true, "changeNotifications": true},
                },
            },
        }))
    }

    /// Takes a message that nobody waits for an answer to.
    fn note(&mut self, method: &str, params: Value) {
        let Phase::Running(client) = &self.phase else {
            return;
        };
        let encoding = client.encoding;
        match method {
            "initialized" if client.can_watch => self.watch(),
            "textDocument/didOpen" => {
                if let Some(params) = self.read_note::<wire::DidOpen>(method, params) {
                    self.is_stale |= self.documents.open(params.text_document);
                }
            }
            "textDocument/didChange" => {
                if let Some(params) = self.read_note(method, params) {
                    self.is_stale |= self.documents.change(params, encoding);
                }
            }
            "textDocument/didClose" => {
                if let Some(params) = self.read_note::<wire::DidClose>(method, params) {
                    // The disk need not have what the document had.
                    self.is_disk_stale |= self.documents.close(&params.text_document.uri);
                }
            }
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {
                self.is_disk_stale = true;
            }
            "workspace/didChangeWorkspaceFolders" => {
                if let Some(params) = self.read_note::<wire::DidChangeFolders>(method, params) {
                    let wire::FoldersEvent { added, removed } = params.event;
                    let path = |folder: &wire::WorkspaceFolder| uri::path(&folder.uri);
                    let removed: BTreeSet<PathBuf> = removed.iter().map(path).collect();
                    self.folders.retain(|folder| !removed.contains(folder));
                    self.folders.extend(added.iter().map(path));
                    self.is_disk_stale = true;
                }
            }
            _ => {}
        }
    }

    /// What a notification says; what cannot be read is logged, since nobody waits for an answer.
    fn read_note<T: DeserializeOwned>(&mut self, method: &str, params: Value) -> Option<T> {
        match read(params) {
            Ok(params) => Some(params),
            Err(refusal) => {
                self.log(&format!("`{method}` is passed over: {}", refusal.message));
                None
            }
        }
    }

    /// Asks the client to tell of changes on the disk.
    fn watch(&mut self) {
        let watchers = json!([{"globPattern": "**/*.{yaml,yml,json}"}, {"globPattern": format!("**/{}", config::NAME)}]);
        let registration = json!({
            "id": REGISTRATION_ID,
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": {"watchers": watchers},
        });
        self.outbox.push(json!({
            "jsonrpc": "2.0",
            "id": REGISTRATION_ID,
            "method": "client/registerCapability",
            "params": {"registrations": [registration]},
        }));
    }

    fn log(&mut self, message: &str) {
        self.send(
            "window/logMessage",
            &json!({"type": WARNING, "message": message}),
        );
    }

    /// Looks at what changed, and tells the client what that made of each document.
    pub(super) fn settle(&mut self) {
        let Phase::Running(client) = &self.phase else {
            return;
        };
        let mut notices = Vec::new();
        if self.is_disk_stale {
            let folder = self.folders.first().map(|folder| folder.to_string_lossy());
            // What is open without a folder may be nowhere.
            let chosen = folder.map(|folder| selection::of_directory(&folder));
            let (selection, mut problems) = chosen.unwrap_or_default();
            self.texts = workspace::read(&self.folders, &workspace::LIMITS);
            let texts = &mut self.texts.by_path;
            texts.retain(|path, _| !selection.is_excluded(path));
            self.selection = selection;
            problems.retain(|problem| self.told.insert(problem.clone()));
            notices.append(&mut problems);
        }
        if !self.is_disk_stale && !self.is_stale {
            return;
        }
        (self.is_disk_stale, self.is_stale) = (false, false);
        let Client {
            encoding,
            options,
            has_related,
            ..
        } = client;
        let release_image = options.release_image.as_ref();
        let settings = self.selection.settings(options.openshift, release_image);
        let (documents, texts) = (&self.documents, &self.texts);
        let analysis = Analysis::of(documents, texts, &settings, &self.selection, *encoding);
        let found = diagnostics::all(&analysis, *has_related);
        self.publish(&analysis, found);
        self.analysis = Some(analysis);
        for unreadable in self.texts.unreadable.clone() {
            if self.told.insert(unreadable.clone()) {
                self.log(&format!("cannot read {unreadable}"));
            }
        }
        let notice = self.texts.notice.clone();
        notices.extend(notice.filter(|notice| self.told.insert(notice.clone())));
        for notice in notices {
            let params = json!({"type": WARNING, "message": notice});
            self.send("window/showMessage", &params);
        }
    }

    /// Sends the diagnostics of documents whose diagnostics or version changed; none, too, so
    /// that old ones go.
    fn publish(&mut self, analysis: &Analysis, mut found: BTreeMap<String, Vec<wire::Diagnostic>>) {
        let versions: BTreeMap<&str, i32> = analysis.open_documents().collect();
        let mut uris: BTreeSet<String> = self.published.keys().cloned().collect();
        uris.extend(found.keys().cloned());
        uris.extend(versions.keys().map(ToString::to_string));
        let mut published = BTreeMap::new();
        for uri in uris {
            let version = versions.get(uri.as_str()).copied();
            let now = (version, found.remove(&uri).unwrap_or_default());
            if self.published.get(&uri) != Some(&now) {
                let mut params = json!({"uri": uri, "diagnostics": now.1});
                if let Some(version) = version {
                    params["version"] = version.into();
                }
                self.send("textDocument/publishDiagnostics", &params);
            }
            if version.is_some() || !now.1.is_empty() {
                published.insert(uri, now);
            }
        }
        self.published = published;
    }

    /// What is at a place of a document as it is now; `None` where it is no input.
    fn at_position<T>(
        &mut self,
        params: Value,
        ask: impl Fn(&Analysis, FileId, usize) -> T,
    ) -> Result<Option<T>, Refusal> {
        let wire::AtPosition {
            text_document,
            position,
        } = read(params)?;
        self.settle();
        let found = self.analysis.as_ref().and_then(|analysis| {
            let file = analysis.file(&text_document.uri)?;
            let range = wire::Range {
                start: position,
                end: position,
            };
            let offset = analysis.bytes(file, range)?.start;
            Some(ask(analysis, file, offset))
        });
        Ok(found)
    }

    fn code_actions(&mut self, params: Value) -> Result<Value, Refusal> {
        let wire::CodeActionParams {
            text_document,
            range,
            context,
        } = read(params)?;
        self.settle();
        let Phase::Running(client) = &self.phase else {
            return Ok(Value::Null);
        };
        let found = self.analysis.as_ref().and_then(|analysis| {
            let file = analysis.file(&text_document.uri)?;
            let wanted = actions::Wanted {
                file,
                bytes: analysis.bytes(file, range)?,
                only: context.only.as_deref(),
                has_document_changes: client.has_document_changes,
                has_related: client.has_related,
            };
            Some(actions::all(analysis, &wanted))
        });
        to_value(&found.unwrap_or_default())
    }
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params).map_err(|error| Refusal {
        code: code::INVALID_PARAMS,
        message: error.to_string(),
    })
}

fn to_value<T: serde::Serialize>(value: &T) -> Result<Value, Refusal> {
    Ok(serde_json::to_value(value).expect("plain data is always JSON"))
}

#[cfg(test)]
mod tests;
