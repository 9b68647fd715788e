//! The list of what the documents say: complete, and naming only what is there.

#![expect(clippy::unwrap_used, reason = "a list of another shape stops the test")]

use pullproof_core::admission;
use std::collections::BTreeSet;
use std::path::Path;
use support::{pullproof, root};

mod support;

/// The documents, with the number of rows that each has.
const DOCUMENTS: [(&str, usize); 5] = [
    ("D45", 24),
    ("R47", 84),
    ("D46", 23),
    ("D416", 45),
    ("C47", 30),
];

/// What a row may say beside the names of rules, commands and tests.
const BY_NOTHING: [&str; 2] = ["information only", "open"];

/// The names of functions marked as tests in a directory and below.
fn tests_in(directory: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_in(&path, names);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let after = text.split("#[test]").skip(1);
            let name = |after: &str| Some(after.split_once("fn ")?.1.split_once('(')?.0.to_owned());
            names.extend(after.filter_map(name));
        }
    }
}

#[test]
fn every_row_is_there_once_and_names_what_exists() {
    let text = std::fs::read_to_string(root().join("tests/corpora/docs-coverage.md")).unwrap();
    let mut tests = BTreeSet::new();
    for directory in ["crates", "tests"] {
        tests_in(&root().join(directory), &mut tests);
    }
    let has_command = |name: &str| pullproof(&["help", name], "").code == 0;
    assert!(!has_command("no-such-command"));
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| ")).skip(2) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 3, "{line}");
        let (row, covered_by, how) = (cells[0], cells[1], cells[2]);
        rows.push(row.to_owned());
        if BY_NOTHING.contains(&covered_by) {
            assert!(covered_by != "open" || !how.is_empty(), "{row}: says when");
            continue;
        }
        for name in covered_by.split(", ") {
            let (noun, name) = name.split_once(' ').unwrap_or((name, ""));
            let name = name.trim_matches('`');
            let is_there = match noun {
                "rule" => admission::rule(name).is_some(),
                "command" => has_command(name),
                "test" => tests.contains(name),
                _ => false,
            };
            assert!(is_there, "{row}: there is no {noun} `{name}`");
        }
    }
    let expected = DOCUMENTS.iter().flat_map(|(document, n_rows)| {
        (1..=*n_rows).map(move |row| format!("{document}-{row:02}"))
    });
    assert_eq!(rows, expected.collect::<Vec<_>>());
}
