use super::super::documents::Documents;
use super::super::place::Encoding;
use super::super::wire::{OpenedDocument, VersionedTextDocument};
use super::super::workspace::Texts;
use super::*;
use crate::selection::Selection;
use pullproof_core::finding::{Finding, Severity};
use pullproof_core::model::Settings;
use pullproof_core::openshift::OpenShift;
use std::path::PathBuf;

const A: &str = "file:///a.yaml";

/// An open document, and one that only the disk has.
fn analysis() -> Analysis {
    let mut documents = Documents::default();
    documents.open(OpenedDocument {
        uri: A.to_owned(),
        language_id: String::new(),
        version: 7,
        text: "one: ä😀x\ntwo: 2\n".to_owned(),
    });
    let mut texts = Texts::default();
    texts
        .by_path
        .insert(PathBuf::from("/b.yaml"), "three: 3\n".to_owned());
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    Analysis::of(
        &documents,
        &texts,
        &settings,
        &Selection::default(),
        Encoding::Utf16,
    )
}

fn span(analysis: &Analysis, uri: &str, text: &str) -> Span {
    let file = analysis.file(uri).expect("it is an input");
    let start = analysis.files.text(file).find(text).expect("it is there");
    Span::new(file, start, start + text.len())
}

/// Adds a finding at the first of some places, all of which its fix replaces by `new`.
fn add(analysis: &mut Analysis, title: &str, safety: Safety, places: &[(&str, &str)]) {
    let spans: Vec<Span> = places
        .iter()
        .map(|(uri, text)| span(analysis, uri, text))
        .collect();
    let edits = spans.iter().map(|span| Edit {
        span: *span,
        text: "new".to_owned(),
    });
    let mut finding = Finding {
        rule: "some-rule",
        code: "PP999",
        severity: Severity::Warning,
        message: format!("about {title}"),
        span: spans[0],
        related: Vec::new(),
        help: None,
        fix: None,
        object: None,
        path: String::new(),
    };
    finding.fix(title, safety, edits.collect());
    analysis.findings.push(finding);
}

fn wanted<'a>(analysis: &Analysis, text: &str, only: Option<&'a [String]>) -> Wanted<'a> {
    let span = span(analysis, A, text);
    Wanted {
        file: span.file,
        bytes: span.range(),
        only,
        has_document_changes: true,
        has_related: true,
    }
}

/// What an action changes: document, version, line, columns.
fn changes(action: &CodeAction) -> Vec<(String, Option<i32>, [u32; 3])> {
    // The protocol's own types read it.
    let json = serde_json::to_value(action).expect("plain data is always JSON");
    let read: lsp_types::CodeAction = serde_json::from_value(json).expect("it is an action");
    assert_eq!(read.title, action.title);
    let edit = read.edit.expect("it changes something");
    assert!(edit.document_changes.is_some() && edit.changes.is_none());
    let WorkspaceEdit::DocumentChanges(documents) = &action.edit else {
        return Vec::new();
    };
    let edits = documents.iter().flat_map(|document| {
        let VersionedTextDocument { uri, version } = document.text_document.clone();
        document.edits.iter().map(move |edit| {
            let (start, end) = (edit.range.start, edit.range.end);
            assert_eq!((start.line, edit.new_text.as_str()), (end.line, "new"));
            (
                uri.clone(),
                version,
                [start.line, start.character, end.character],
            )
        })
    });
    edits.collect()
}

#[test]
fn a_fix_is_offered_where_its_finding_is() {
    let mut analysis = analysis();
    add(&mut analysis, "mend x", Safety::Safe, &[(A, "x")]);
    add(&mut analysis, "guess two", Safety::Unsafe, &[(A, "two")]);
    let only = [QUICK_FIX.to_owned()];

    let actions = all(&analysis, &wanted(&analysis, "x", Some(&only)));
    let [safe] = actions.as_slice() else {
        panic!("there is one: {actions:?}");
    };
    assert_eq!((safe.title.as_str(), safe.is_preferred), ("mend x", true));
    assert_eq!(safe.diagnostics[0].message, "about mend x");
    // The character before counts twice.
    assert_eq!(changes(safe), [(A.to_owned(), Some(7), [0, 8, 9])]);

    let actions = all(&analysis, &wanted(&analysis, "two", Some(&only)));
    let [guess] = actions.as_slice() else {
        panic!("there is one: {actions:?}");
    };
    assert_eq!(
        (guess.title.as_str(), guess.is_preferred),
        ("guess two (unsafe)", false)
    );
    assert!(all(&analysis, &wanted(&analysis, "2", Some(&only))).is_empty());
}

#[test]
fn a_fix_of_two_documents_names_both() {
    let mut analysis = analysis();
    let places = [(A, "x"), ("file:///b.yaml", "3")];
    add(&mut analysis, "mend", Safety::Safe, &places);
    let mut wanted = wanted(&analysis, "x", None);
    let actions = all(&analysis, &wanted);
    let expected = [
        (A.to_owned(), Some(7), [0, 8, 9]),
        ("file:///b.yaml".to_owned(), None, [0, 7, 8]),
    ];
    assert_eq!(changes(&actions[0]), expected);
    assert_eq!(actions.len(), 1, "one document is not fixed with another");

    wanted.has_document_changes = false;
    let actions = all(&analysis, &wanted);
    let WorkspaceEdit::Changes(by_uri) = &actions[0].edit else {
        panic!("the client knows no versions");
    };
    assert!(by_uri.keys().eq([A, "file:///b.yaml"]));
}

#[test]
fn all_that_is_safe_is_fixed_at_once() {
    let mut analysis = analysis();
    add(&mut analysis, "last", Safety::Safe, &[(A, "two")]);
    add(&mut analysis, "first", Safety::Safe, &[(A, "one")]);
    add(
        &mut analysis,
        "meets",
        Safety::Safe,
        &[(A, ": 2"), (A, "x")],
    );
    add(&mut analysis, "guess", Safety::Unsafe, &[(A, "x")]);
    for (kinds, is_offered) in [
        (&["source.fixAll.pullproof"][..], true),
        (&["source.fixAll"], true),
        (&["source"], true),
        (&["quickfix"], false),
        (&["source.fix"], false),
        (&["source.fixAll.other"], false),
        (&[], false),
    ] {
        let only: Vec<String> = kinds.iter().map(ToString::to_string).collect();
        // Wherever the cursor is.
        let actions = all(&analysis, &wanted(&analysis, "2", Some(&only)));
        let fixes: Vec<_> = actions.iter().filter(|it| it.kind == FIX_ALL).collect();
        assert_eq!(!fixes.is_empty(), is_offered, "{kinds:?}");
        if let [fix] = fixes.as_slice() {
            let expected = [[0, 0, 3], [1, 0, 3]].map(|place| (A.to_owned(), Some(7), place));
            assert_eq!(changes(fix), expected);
        }
    }
}

#[test]
fn an_edit_of_what_is_rendered_is_no_fix() {
    let mut analysis = analysis();
    add(&mut analysis, "mend", Safety::Safe, &[(A, "x")]);
    let rendered = analysis.files.add("registries.conf", "x");
    let fix = analysis.findings[0].fix.as_mut().expect("it has one");
    fix.edits[0].span = Span::new(rendered, 0, 1);
    assert!(all(&analysis, &wanted(&analysis, "x", None)).is_empty());
}
