use super::*;

const URI: &str = "file:///nowhere/a.yaml";

fn tell(server: &mut Server, method: &str, params: &Value) {
    let message = json!({"jsonrpc": "2.0", "method": method, "params": params});
    assert_eq!(server.take(message), None);
}

fn started() -> Server {
    let mut server = Server::new();
    let params = json!({"capabilities": {}});
    server.take(json!({"id": 1, "method": "initialize", "params": params}));
    let document = json!({"uri": URI, "version": 1, "text": "a: 1\n"});
    tell(
        &mut server,
        "textDocument/didOpen",
        &json!({"textDocument": document}),
    );
    server.settle();
    server.outbox.clear();
    server
}

fn change(server: &mut Server, version: i32, text: &str) {
    let document = json!({"uri": URI, "version": version});
    let params = json!({"textDocument": document, "contentChanges": [{"text": text}]});
    tell(server, "textDocument/didChange", &params);
}

/// The versions that diagnostics were sent for.
fn versions(server: &Server) -> Vec<i64> {
    let sent = server.outbox.iter();
    let sent = sent.filter(|message| message["method"] == "textDocument/publishDiagnostics");
    let version = |message: &Value| message["params"]["version"].as_i64();
    sent.filter_map(version).collect()
}

#[test]
fn what_is_typed_at_once_is_looked_at_once() {
    let mut server = started();
    for version in 2..=200 {
        change(&mut server, version, &"#".repeat(200));
    }
    assert_eq!(versions(&server), [] as [i64; 0]);
    server.settle();
    server.settle();
    assert_eq!(versions(&server), [200]);
}

#[test]
fn a_question_is_about_what_was_typed_before_it() {
    let mut server = started();
    change(&mut server, 2, "kind: ImageDigestMirrorSet\na: [\n");
    let position = json!({"line": 1, "character": 3});
    let params = json!({"textDocument": {"uri": URI}, "position": position});
    server.take(json!({"id": 2, "method": "textDocument/hover", "params": params}));
    let answer = server.outbox.last().expect("it is answered");
    let page = answer["result"]["contents"]["value"].as_str();
    let page = page.unwrap_or_default();
    assert!(page.starts_with("# unreadable-document"), "{answer}");
    assert_eq!(versions(&server), [2]);
}

#[test]
fn findings_of_other_programs_files_stay_unsaid() {
    for (text, is_told) in [
        ("a: [\n", false),
        ("a: 1\na: 2\n", false),
        ("kind: Deployment\na: 1\na: 2\n", true),
        ("kind: Image\na: [\n", false),
        ("apiVersion: config.openshift.io/v1\na: [\n", true),
        ("kind: ImageTagMirrorSet\na: [\n", true),
    ] {
        let mut server = started();
        change(&mut server, 2, text);
        server.settle();
        let sent = server.outbox.last().expect("something changed");
        let diagnostics = sent["params"]["diagnostics"].as_array();
        assert_eq!(
            diagnostics.map(|all| !all.is_empty()),
            Some(is_told),
            "{text}"
        );
    }
}

#[test]
fn the_session_ends_as_it_was_left() {
    let exit = json!({"method": "exit"});
    assert_eq!(Server::new().take(exit.clone()), Some(exit::FINDINGS));
    let mut server = started();
    assert_eq!(server.take(exit.clone()), Some(exit::FINDINGS));
    server.take(json!({"id": 2, "method": "shutdown"}));
    assert_eq!(server.take(exit), Some(exit::CLEAN));
}
