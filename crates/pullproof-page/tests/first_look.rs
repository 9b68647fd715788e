//! The page that is there before any script runs shows what the core finds in its example.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// What stands before the message of a finding in the document.
const MESSAGE: &str = "class=\"finding-message\">";

/// The example that comes first, as the request that the page makes of it.
fn request() -> Value {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/examples");
    let directories = fs::read_dir(&examples).unwrap();
    let examples = directories.map(|entry| {
        let path = entry.unwrap().path();
        let about = fs::read_to_string(path.join("example.json")).unwrap();
        let about: Value = serde_json::from_str(&about).unwrap();
        (about["order"].as_u64().unwrap(), path, about)
    });
    let (_, path, about) = examples.min_by_key(|(order, _, _)| *order).unwrap();
    let mut files = Vec::new();
    for group in ["proposed", "current"] {
        let Ok(directory) = fs::read_dir(path.join(group)) else {
            continue;
        };
        let mut paths: Vec<PathBuf> = directory.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        files.extend(paths.iter().map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let text = fs::read_to_string(path).unwrap();
            json!({ "group": group, "name": name, "text": text })
        }));
    }
    // The file that is to be open stands first.
    let open = about["open"].as_str().unwrap();
    let is_open = |file: &Value| {
        let group = file["group"].as_str().unwrap();
        let rest = open.strip_prefix(group).unwrap_or_default();
        rest.strip_prefix('/') == file["name"].as_str()
    };
    let open = files.iter().position(is_open).unwrap();
    files[..=open].rotate_right(1);
    json!({
        "revision": 0,
        "files": files,
        "settings": { "openshift": about["openshift"] },
        "images": about["images"],
        "down": [],
        "views": ["trace"],
    })
}

/// What a reader sees of some HTML.
fn seen(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for character in html.chars() {
        match character {
            '<' => is_tag = true,
            '>' => is_tag = false,
            _ if !is_tag => text.push(character),
            _ => {}
        }
    }
    let escapes = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    let unescape = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
    escapes.iter().fold(text, unescape)
}

#[test]
fn the_document_shows_what_the_core_finds() {
    let index = pullproof_page::FILES
        .iter()
        .find(|file| file.name == "index.html");
    let Some(index) = index else {
        eprintln!("not run: {}", pullproof_page::HOW_TO_BUILD);
        return;
    };
    let document = std::str::from_utf8(index.bytes).unwrap();
    let messages = document.split(MESSAGE).skip(1);
    let messages = messages.map(|rest| rest.split("</button>").next().unwrap());
    let shown: Vec<String> = messages.map(seen).collect();
    let snapshot = pullproof_web::snapshot(&request().to_string());
    let snapshot: Value = serde_json::from_str(&snapshot).unwrap();
    let mut findings = snapshot["findings"].as_array().unwrap().clone();
    // The page lists the gravest first.
    let rank = |finding: &Value| {
        let severities = ["error", "warning", "info"];
        let severity = finding["severity"].as_str().unwrap();
        severities.iter().position(|it| *it == severity)
    };
    findings.sort_by_key(rank);
    let message = |finding: &Value| finding["message"].as_str().unwrap().replace('`', "");
    let found: Vec<String> = findings.iter().map(message).collect();
    assert!(
        !found.is_empty(),
        "an example without findings shows nothing"
    );
    assert_eq!(shown, found);
}
