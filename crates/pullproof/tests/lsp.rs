//! The language server from outside: an editor's messages, and what comes back, read with the
//! protocol's own types.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a server that says something else stops the test"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "a message that is written on the spot is a value"
)]

use lsp_types::{
    CodeActionOrCommand, CodeActionResponse, Diagnostic, DiagnosticSeverity,
    GotoDefinitionResponse, Hover, HoverContents, InitializeResult, NumberOrString,
    PositionEncodingKind, PublishDiagnosticsParams, RegistrationParams, ShowMessageParams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longer than any answer takes, so that a silent server ends the test.
const PATIENCE: Duration = Duration::from_secs(60);

const CONFLICT: &str = "policy-conflict";

const NEVER: &str = "\
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: never
spec:
  imageDigestMirrors:
  - source: quay.io/org
    mirrors:
    - mirror.example.com/org
    mirrorSourcePolicy: NeverContactSource
";

const ALLOW: &str = "\
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: allow
spec:
  imageDigestMirrors:
  - source: quay.io/org
    mirrors:
    - other.example.com/org
    mirrorSourcePolicy: AllowContactingSource
";

/// An editor that is connected to a server.
struct Editor {
    child: Child,
    stdin: ChildStdin,
    incoming: Receiver<Value>,
    last_id: i32,
    /// Notifications and requests of the server that nobody asked for yet.
    seen: Vec<Value>,
}

impl Editor {
    fn start() -> Editor {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pullproof"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, incoming) = channel();
        std::thread::spawn(move || {
            let mut header = String::new();
            while stdout.read_line(&mut header).unwrap() != 0 {
                let length = header.trim().strip_prefix("Content-Length: ").unwrap();
                let mut body = vec![0; length.parse::<usize>().unwrap() + 2];
                stdout.read_exact(&mut body).unwrap();
                assert_eq!(&body[..2], b"\r\n");
                if sender
                    .send(serde_json::from_slice(&body[2..]).unwrap())
                    .is_err()
                {
                    break;
                }
                header.clear();
            }
        });
        Editor {
            child,
            stdin,
            incoming,
            last_id: 0,
            seen: Vec::new(),
        }
    }

    /// Starts in folders, with everything a modern editor can do.
    fn connect(folders: &[&str], encodings: &[&str]) -> (Editor, InitializeResult) {
        let mut editor = Editor::start();
        let folders = folders.iter().map(|uri| json!({"uri": uri, "name": uri}));
        let params = json!({
            "processId": null,
            "rootUri": null,
            "capabilities": {
                "general": {"positionEncodings": encodings},
                "textDocument": {"publishDiagnostics": {"relatedInformation": true}},
                "workspace": {
                    "workspaceEdit": {"documentChanges": true},
                    "didChangeWatchedFiles": {"dynamicRegistration": true},
                },
            },
            "workspaceFolders": folders.collect::<Vec<_>>(),
        });
        let result = editor.ask("initialize", params);
        editor.tell("initialized", json!({}));
        (editor, result)
    }

    fn write(&mut self, body: &str) {
        write!(self.stdin, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        self.stdin.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        let message = json!({"jsonrpc": "2.0", "method": method, "params": params});
        self.write(&message.to_string());
    }

    /// Asks, and gives the whole answer.
    fn request(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.write(&message.to_string());
        self.wait(|message| message["id"] == id && message.get("method").is_none())
    }

    fn ask<T: DeserializeOwned>(&mut self, method: &str, params: Value) -> T {
        let answer = self.request(method, params);
        assert_eq!(answer.get("error"), None, "{method}");
        serde_json::from_value(answer["result"].clone()).unwrap()
    }

    fn error(&mut self, method: &str, params: Value) -> i64 {
        self.request(method, params)["error"]["code"]
            .as_i64()
            .unwrap_or_else(|| panic!("{method} is refused"))
    }

    /// The next message of a kind; others are kept.
    fn wait(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.seen.iter().position(&is_it) {
            return self.seen.remove(at);
        }
        loop {
            let message = self.incoming.recv_timeout(PATIENCE).unwrap();
            assert_eq!(message["jsonrpc"], "2.0");
            if is_it(&message) {
                return message;
            }
            self.seen.push(message);
        }
    }

    fn open(&mut self, uri: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    fn change(&mut self, uri: &str, version: i32, changes: Value) {
        let document = json!({"uri": uri, "version": version});
        let params = json!({"textDocument": document, "contentChanges": changes});
        self.tell("textDocument/didChange", params);
    }

    /// What the server says next about a document.
    fn diagnostics(&mut self, uri: &str) -> (Option<i32>, Vec<Diagnostic>) {
        let message = self.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
        });
        let params = message["params"].clone();
        let params: PublishDiagnosticsParams = serde_json::from_value(params).unwrap();
        (params.version, params.diagnostics)
    }

    /// What the server says next about the conflict in a document.
    fn conflicts(&mut self, uri: &str) -> (Option<i32>, Vec<Diagnostic>) {
        let (version, diagnostics) = self.diagnostics(uri);
        (version, conflicts(diagnostics))
    }

    fn hover(&mut self, uri: &str, line: u32, character: u32) -> Option<String> {
        let hover: Option<Hover> = self.ask("textDocument/hover", at(uri, line, character));
        hover.map(|hover| match hover.contents {
            HoverContents::Markup(markup) => markup.value,
            other => panic!("markdown is expected: {other:?}"),
        })
    }

    /// Where to go from a place: document and line.
    fn definition(&mut self, uri: &str, line: u32, character: u32) -> Vec<(String, u32)> {
        let params = at(uri, line, character);
        let response: Option<GotoDefinitionResponse> = self.ask("textDocument/definition", params);
        match response {
            None => Vec::new(),
            Some(GotoDefinitionResponse::Array(locations)) => locations
                .iter()
                .map(|location| (location.uri.as_str().to_owned(), location.range.start.line))
                .collect(),
            Some(other) => panic!("a list is expected: {other:?}"),
        }
    }

    /// Says goodbye, and gives the exit code.
    fn leave(mut self) -> i32 {
        assert_eq!(self.ask::<Value>("shutdown", Value::Null), Value::Null);
        assert_eq!(
            self.error("textDocument/hover", at("file:///a", 0, 0)),
            -32600
        );
        self.tell("exit", Value::Null);
        self.child.wait().unwrap().code().unwrap()
    }
}

fn at(uri: &str, line: u32, character: u32) -> Value {
    json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}})
}

fn span(start: [u32; 2], end: [u32; 2]) -> Value {
    let place = |[line, character]: [u32; 2]| json!({"line": line, "character": character});
    json!({"start": place(start), "end": place(end)})
}

/// The diagnostics of the rule that these tests are about; others have their say, too.
fn conflicts(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let is_conflict =
        |diagnostic: &Diagnostic| rules(std::slice::from_ref(diagnostic)) == [CONFLICT];
    diagnostics.into_iter().filter(is_conflict).collect()
}

fn rules(diagnostics: &[Diagnostic]) -> Vec<&str> {
    let codes = diagnostics.iter().map(|diagnostic| &diagnostic.code);
    let id = |code| match code {
        &Some(NumberOrString::String(ref code)) => code.as_str(),
        other => panic!("a rule's id is expected: {other:?}"),
    };
    codes.map(id).collect()
}

#[test]
fn a_conflict_between_two_documents_shows_in_both_until_one_is_mended() {
    let (mut editor, result) = Editor::connect(&[], &["utf-16", "utf-8"]);
    let capabilities = result.capabilities;
    assert_eq!(
        capabilities.position_encoding,
        Some(PositionEncodingKind::UTF8)
    );
    assert!(capabilities.hover_provider.is_some() && capabilities.definition_provider.is_some());
    let registration = editor.wait(|message| message["method"] == "client/registerCapability");
    let params = registration["params"].clone();
    let params: RegistrationParams = serde_json::from_value(params).unwrap();
    assert_eq!(
        params.registrations[0].method,
        "workspace/didChangeWatchedFiles"
    );
    let answer = json!({"jsonrpc": "2.0", "id": registration["id"], "result": null});
    editor.write(&answer.to_string());

    let (a, b) = ("untitled:a", "file:///nowhere/b.yaml");
    editor.open(a, NEVER);
    assert_eq!(editor.conflicts(a), (Some(1), Vec::new()));
    editor.open(b, ALLOW);
    let (_, in_a) = editor.conflicts(a);
    let (_, in_b) = editor.conflicts(b);
    assert_eq!((in_a.len(), in_b.len()), (1, 1));
    assert_eq!(in_a[0].severity, Some(DiagnosticSeverity::ERROR));
    assert_eq!(in_b[0].severity, Some(DiagnosticSeverity::INFORMATION));
    assert_eq!(in_a[0].source.as_deref(), Some("pullproof"));
    let message = "source `quay.io/org` has two policies\nhelp: ";
    assert!(in_a[0].message.starts_with(message), "{in_a:?}");
    for (diagnostic, other) in [(&in_a[0], b), (&in_b[0], a)] {
        assert_eq!(diagnostic.range.start.line, 9);
        let related = diagnostic.related_information.as_ref().unwrap();
        assert_eq!(related[0].location.uri.as_str(), other);
        assert_eq!(related[0].location.range.start.line, 9);
    }

    // The page of the rule on either side, and from a mirror to the entry it conflicts with.
    for uri in [a, b] {
        let page = editor.hover(uri, 9, 30).unwrap();
        assert!(page.contains("# policy-conflict\n"), "{page}");
    }
    assert_eq!(editor.hover(a, 2, 0), None);
    for (from, to) in [(a, b), (b, a)] {
        assert_eq!(editor.definition(from, 9, 30), [(to.to_owned(), 9)]);
        // The entry's worst finding comes first.
        assert_eq!(editor.definition(from, 8, 14)[0], (to.to_owned(), 9));
        let from_source = editor.definition(from, 6, 14);
        assert!(
            from_source.iter().all(|(uri, _)| uri == to),
            "{from_source:?}"
        );
        assert!(!from_source.is_empty());
    }
    let context = json!({"diagnostics": in_a});
    let params = json!({
        "textDocument": {"uri": a}, "range": in_a[0].range, "context": context,
    });
    let actions: CodeActionResponse = editor.ask("textDocument/codeAction", params);
    for action in &actions {
        assert!(matches!(action, CodeActionOrCommand::CodeAction(_)));
    }

    // The policy becomes `NeverContactSource`.
    let change = json!([{"range": span([9, 24], [9, 39]), "text": "NeverContact"}]);
    editor.change(b, 2, change);
    assert_eq!(editor.conflicts(a), (Some(1), Vec::new()));
    assert_eq!(editor.conflicts(b), (Some(2), Vec::new()));
    assert_eq!(editor.definition(b, 6, 14)[0], (a.to_owned(), 6));
    let pulls = editor.hover(b, 6, 14).unwrap();
    assert!(
        pulls.starts_with("Pulls below `quay.io/org` by digest:"),
        "{pulls}"
    );
    for mirror in ["mirror", "other"] {
        let endpoint = format!(". `{mirror}.example.com/org/example`: ");
        assert!(pulls.contains(&endpoint), "{pulls}");
    }
    editor.change(b, 3, json!([{"text": ""}]));
    assert_eq!(editor.diagnostics(b), (Some(3), Vec::new()));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn columns_are_as_the_editor_counts_them() {
    let text = NEVER.replace("quay.io/org", "\"\\t😀ä/b\" # 😀\r");
    for (encodings, name, end) in [
        (&["utf-16"][..], "utf-16", 21),
        (&[], "utf-16", 21),
        (&["utf-8"], "utf-8", 24),
    ] {
        let (mut editor, result) = Editor::connect(&[], encodings);
        let chosen = result.capabilities.position_encoding.unwrap();
        assert_eq!(chosen.as_str(), name);
        editor.open("file:///a.yaml", &text);
        let (_, diagnostics) = editor.diagnostics("file:///a.yaml");
        let places: Vec<_> = diagnostics
            .iter()
            .map(|it| (it.range.start, it.range.end))
            .filter(|(start, _)| start.line == 6)
            .map(|(start, end)| (start.character, end.character))
            .collect();
        assert!(places.contains(&(12, end)), "{diagnostics:?}");
        assert_eq!(editor.leave(), 0);
    }
}

#[test]
fn open_documents_stand_before_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let uri = |name: &str| format!("file://{}", folder.join(name).display());
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("never.yaml", NEVER);
    write("allow.yaml", ALLOW);
    // Other programs' files: one that is no YAML, one that is no text.
    write("template.yaml", "{{- if .Values.x }}\na: [\n");
    std::fs::write(folder.join("other.json"), b"\xff\xfe").unwrap();
    let (mut editor, _) = Editor::connect(&[&format!("file://{}", folder.display())], &[]);
    let (version, diagnostics) = editor.conflicts(&uri("never.yaml"));
    assert_eq!((version, diagnostics.len()), (None, 1));
    assert_eq!(editor.conflicts(&uri("allow.yaml")).1.len(), 1);
    let log = editor.wait(|message| message["method"] == "window/logMessage");
    let log: ShowMessageParams = serde_json::from_value(log["params"].clone()).unwrap();
    assert!(log.message.contains("other.json"), "{}", log.message);

    // An empty document hides what the disk has.
    editor.open(&uri("allow.yaml"), "");
    assert_eq!(editor.conflicts(&uri("never.yaml")), (None, Vec::new()));
    assert_eq!(
        editor.diagnostics(&uri("allow.yaml")),
        (Some(1), Vec::new())
    );
    let params = json!({"textDocument": {"uri": uri("allow.yaml")}});
    editor.tell("textDocument/didClose", params);
    assert_eq!(editor.conflicts(&uri("never.yaml")).1.len(), 1);
    assert_eq!(editor.conflicts(&uri("allow.yaml")).1.len(), 1);

    std::fs::remove_file(folder.join("allow.yaml")).unwrap();
    let event = json!({"uri": uri("allow.yaml"), "type": 3});
    editor.tell(
        "workspace/didChangeWatchedFiles",
        json!({"changes": [event]}),
    );
    assert_eq!(editor.conflicts(&uri("never.yaml")), (None, Vec::new()));
    assert_eq!(editor.diagnostics(&uri("allow.yaml")), (None, Vec::new()));

    write("allow.yaml", ALLOW);
    let removed = json!([{"uri": format!("file://{}", folder.display()), "name": ""}]);
    let event = json!({"event": {"added": [], "removed": removed}});
    editor.tell("workspace/didChangeWorkspaceFolders", event);
    assert_eq!(
        editor.hover(&uri("never.yaml"), 6, 14),
        None,
        "it is no input now"
    );
    let is_template = |message: &Value| message["params"]["uri"] == uri("template.yaml");
    assert!(!editor.seen.iter().any(is_template), "{:?}", editor.seen);
    assert_eq!(editor.leave(), 0);
}

#[test]
fn what_is_no_message_ends_nothing() {
    let mut editor = Editor::start();
    assert_eq!(
        editor.error("textDocument/hover", at("file:///a", 0, 0)),
        -32002
    );
    editor.write("{]");
    let answer = editor.wait(|message| message["id"].is_null());
    assert_eq!(answer["error"]["code"], -32700);
    editor.write("[1]");
    let answer = editor.wait(|message| message["id"].is_null());
    assert_eq!(answer["error"]["code"], -32600);
    editor.stdin.write_all(b"what?\r\n\0\xff\r\n").unwrap();
    let options = json!({"openshift": "3.11", "color": true});
    let params = json!({"capabilities": {}, "initializationOptions": options});
    assert_eq!(editor.error("initialize", params), -32602);
    editor.ask::<InitializeResult>("initialize", json!({"capabilities": {}}));
    assert_eq!(
        editor.error("initialize", json!({"capabilities": {}})),
        -32600
    );
    assert_eq!(editor.error("textDocument/rename", json!({})), -32601);
    assert_eq!(editor.error("textDocument/hover", json!({"x": 1})), -32602);
    editor.tell("textDocument/didOpen", json!(7));
    editor.tell("$/setTrace", json!({"value": "off"}));
    editor.tell("textDocument/didChange", json!({}));
    editor.open("file:///a.yaml", "a: [\nkind: ImageDigestMirrorSet\n");
    let (_, diagnostics) = editor.diagnostics("file:///a.yaml");
    assert!(rules(&diagnostics).contains(&"unreadable-document"));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn settings_name_the_release() {
    // Nodes of 4.12 know no mirror sets but the oldest kind.
    for (openshift, is_served) in [("4.12", false), ("4.16", true)] {
        let mut editor = Editor::start();
        let options = json!({"openshift": openshift});
        let params = json!({"capabilities": {}, "initializationOptions": options});
        editor.ask::<InitializeResult>("initialize", params);
        editor.open("file:///a.yaml", NEVER);
        let (_, diagnostics) = editor.diagnostics("file:///a.yaml");
        let rules = rules(&diagnostics);
        assert_eq!(!rules.contains(&"unserved-kind"), is_served, "{rules:?}");
        assert_eq!(editor.leave(), 0);
    }
}

#[test]
fn the_workspace_chooses() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let uri = |name: &str| format!("file://{}", path(name).display());
    let text = ALLOW.replace("ImageDigestMirrorSet", "ImageTagMirrorSet");
    let text = text.replace("imageDigestMirrors", "imageTagMirrors");
    std::fs::write(
        path("a.yaml"),
        text.replace("other.example.com/org", "quay.io/org"),
    )
    .unwrap();
    std::fs::write(path("left-out.yaml"), "kind: ImageTagMirrorSet\na: [").unwrap();
    let config = "[severity]\nself-mirror = 'error'\n[[per-path]]\npaths = ['a.yaml']\n\
        ignore = ['policy-without-mirrors', 'entry-without-mirrors']\n";
    let write = |text: String| std::fs::write(path(".pullproof.toml"), text).unwrap();
    write(format!("exclude = ['left-*']\n{config}"));
    let (mut editor, _) = Editor::connect(&[&format!("file://{}", folder.path().display())], &[]);
    let (_, found) = editor.diagnostics(&uri("a.yaml"));
    assert_eq!(rules(&found), ["self-mirror"]);
    assert_eq!(found[0].severity, Some(DiagnosticSeverity::ERROR));

    // What is wrong with the choices is said, and nothing is chosen.
    write("selct = []\n".to_owned());
    let changed = json!({"changes": [{"uri": uri(".pullproof.toml"), "type": 2}]});
    editor.tell("workspace/didChangeWatchedFiles", changed);
    let said = editor.wait(|message| message["method"] == "window/showMessage");
    let said = said["params"]["message"].as_str().unwrap();
    assert!(said.contains("selct"), "{said}");
    let (_, found) = editor.diagnostics(&uri("a.yaml"));
    assert!(1 < found.len(), "{found:?}");
    let (_, found) = editor.diagnostics(&uri("left-out.yaml"));
    assert_eq!(rules(&found), ["unreadable-document"]);
    assert_eq!(editor.leave(), 0);
}

#[test]
fn an_editor_that_goes_away_ends_the_server() {
    for (is_started, method, code) in [(true, None, 1), (false, Some("exit"), 1)] {
        let mut editor = match is_started {
            true => Editor::connect(&[], &[]).0,
            false => Editor::start(),
        };
        if let Some(method) = method {
            editor.tell(method, Value::Null);
        }
        drop(editor.stdin);
        assert_eq!(editor.child.wait().unwrap().code(), Some(code));
    }
}
