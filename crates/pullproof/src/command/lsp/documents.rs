//! The documents that the editor has open, which stand before what the disk has.

use super::place::{Encoding, Lines};
use super::{uri, wire};
use crate::input;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Languages, as editors name them, whose documents are looked at whatever the file's name is.
const LANGUAGES: [&str; 2] = ["yaml", "json"];

/// One open document.
pub(super) struct Document {
    /// The client's own spelling of the name.
    pub(super) uri: String,
    pub(super) version: i32,
    pub(super) text: String,
}

/// Every open document that is an input, by file.
#[derive(Default)]
pub(super) struct Documents {
    pub(super) by_path: BTreeMap<PathBuf, Document>,
}

impl Documents {
    /// Takes in a document, unless it is in another language; whether it did.
    pub(super) fn open(&mut self, opened: wire::OpenedDocument) -> bool {
        let wire::OpenedDocument {
            uri,
            language_id,
            version,
            text,
        } = opened;
        let path = uri::path(&uri);
        let is_input = LANGUAGES.contains(&language_id.as_str()) || input::has_objects(&path);
        if is_input {
            let document = Document { uri, version, text };
            self.by_path.insert(path, document);
        }
        is_input
    }

    /// Changes a document; whether it is one that is open here.
    pub(super) fn change(&mut self, changed: wire::DidChange, encoding: Encoding) -> bool {
        let wire::VersionedTextDocument { uri, version } = changed.text_document;
        let Some(document) = self.by_path.get_mut(&uri::path(&uri)) else {
            return false;
        };
        document.version = version.unwrap_or(document.version);
        for wire::ContentChange { range, text } in changed.content_changes {
            match range {
                None => document.text = text,
                Some(range) => {
                    let lines = Lines::of(&document.text);
                    let bytes = lines.bytes(&document.text, range, encoding);
                    document.text.replace_range(bytes, &text);
                }
            }
        }
        true
    }

    /// Forgets a document; whether it was open here.
    pub(super) fn close(&mut self, uri: &str) -> bool {
        self.by_path.remove(&uri::path(uri)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URI: &str = "file:///a.yaml";

    fn opened(uri: &str, language_id: &str, text: &str) -> wire::OpenedDocument {
        wire::OpenedDocument {
            uri: uri.to_owned(),
            language_id: language_id.to_owned(),
            version: 1,
            text: text.to_owned(),
        }
    }

    fn change(line: u32, characters: [u32; 2], text: &str) -> wire::ContentChange {
        let [start, end] = characters.map(|character| wire::Position { line, character });
        wire::ContentChange {
            range: Some(wire::Range { start, end }),
            text: text.to_owned(),
        }
    }

    #[test]
    fn changes_follow_each_other() {
        let mut documents = Documents::default();
        assert!(documents.open(opened(URI, "", "😀a\r\nb")));
        let changed = wire::DidChange {
            text_document: wire::VersionedTextDocument {
                uri: URI.to_owned(),
                version: Some(7),
            },
            content_changes: vec![
                change(0, [2, 3], "xy\n"),
                change(2, [0, 1], "c"),
                change(1, [0, 0], "z"),
                // The wrong way round: nothing goes.
                change(2, [1, 0], "!"),
            ],
        };
        assert!(documents.change(changed, Encoding::Utf16));
        let document = &documents.by_path[&uri::path(URI)];
        assert_eq!(
            (document.text.as_str(), document.version),
            ("😀xy\nz\r\nc!", 7)
        );
        assert!(documents.close(URI));
        assert!(!documents.close(URI));
    }

    #[test]
    fn other_languages_are_none_of_ours() {
        for (uri, language, is_input) in [
            ("untitled:1", "yaml", true),
            ("file:///a.json", "", true),
            ("file:///a.yml", "helm", true),
            ("file:///a.rs", "rust", false),
            ("untitled:1", "plaintext", false),
        ] {
            let mut documents = Documents::default();
            assert_eq!(documents.open(opened(uri, language, "")), is_input, "{uri}");
        }
    }
}
