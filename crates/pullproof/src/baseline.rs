//! The baseline: findings that are known and not told again, by what they say and not by place.
//!
//! A line of JSON each, so that changes of it are easy to read: first the version of the format,
//! then findings in order. It only ever shrinks, unless it is written anew.

use anyhow::{Context as _, Result};
use pullproof_core::finding::Finding;
use pullproof_core::lint::introduced::without_indices;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

/// The version of the format.
const VERSION: u32 = 1;

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    #[serde(rename = "pullproof-baseline")]
    version: u32,
}

/// A finding and how often it is found, without its places.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    object: Option<String>,
    rule: String,
    path: String,
    message: String,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: usize,
}

fn one() -> usize {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the library gives a reference"
)]
fn is_one(count: &usize) -> bool {
    *count == 1
}

/// What a baseline makes of findings.
pub(crate) struct Split {
    /// Those that it does not have.
    pub(crate) new: Vec<Finding>,
    /// Of its entries what was found.
    pub(crate) found: Vec<Entry>,
    /// Those that it has.
    pub(crate) known: Vec<Finding>,
    /// How many of its findings were not found.
    pub(crate) n_gone: usize,
}

/// The entries that stand for findings, in order.
pub(crate) fn entries(findings: &[Finding]) -> Vec<Entry> {
    let mut counts: BTreeMap<Entry, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(entry(finding)).or_default() += 1;
    }
    let counted = counts.into_iter();
    counted
        .map(|(entry, count)| Entry { count, ..entry })
        .collect()
}

fn entry(finding: &Finding) -> Entry {
    Entry {
        object: finding.object.clone(),
        rule: finding.rule.to_owned(),
        path: finding.path.clone(),
        message: finding.message.clone(),
        count: 1,
    }
}

/// An entry for findings that moved within their lists.
fn moved(entry: &Entry) -> Entry {
    Entry {
        object: entry.object.clone(),
        rule: entry.rule.clone(),
        path: without_indices(&entry.path),
        message: without_indices(&entry.message),
        count: 1,
    }
}

/// Takes the findings out that entries stand for, each entry as often as it counts: for the same
/// ones, then for ones that moved within their lists.
pub(crate) fn split(entries: Vec<Entry>, findings: Vec<Finding>) -> Split {
    let mut left: Vec<usize> = entries.iter().map(|entry| entry.count).collect();
    let (mut new, mut known) = (findings, Vec::new());
    let same = |entry: &Entry| Entry {
        count: 1,
        ..entry.clone()
    };
    for key in [same, moved] {
        let mut by_key: BTreeMap<Entry, Vec<usize>> = BTreeMap::new();
        for (idx, entry) in entries.iter().enumerate() {
            if 0 < left[idx] {
                by_key.entry(key(entry)).or_default().push(idx);
            }
        }
        let mut rest = Vec::new();
        for finding in new {
            let idxs = by_key.get(&key(&entry(&finding)));
            match idxs.and_then(|idxs| idxs.iter().find(|idx| 0 < left[**idx])) {
                Some(idx) => {
                    left[*idx] -= 1;
                    known.push(finding);
                }
                None => rest.push(finding),
            }
        }
        new = rest;
    }
    let n_gone = left.iter().sum();
    let mut found = Vec::new();
    for (entry, left) in entries.into_iter().zip(left) {
        let count = entry.count - left;
        if 0 < count {
            found.push(Entry { count, ..entry });
        }
    }
    Split {
        new,
        found,
        known,
        n_gone,
    }
}

/// Reads a file.
///
/// # Errors
/// When it cannot be read, or at the first line that is of another form.
pub(crate) fn read(path: &str) -> Result<Vec<Entry>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{path}`"))?;
    parse(&text).map_err(|(line, reason)| {
        let line = line + 1;
        anyhow::anyhow!("{path}:{line}: {reason}; write it anew with `--write-baseline {path}`")
    })
}

/// The entries of a text, or the first line that is none, from 0, and why.
fn parse(text: &str) -> Result<Vec<Entry>, (usize, String)> {
    let mut lines = text.lines().enumerate();
    let first = lines.next().map_or("", |(_, line)| line);
    match serde_json::from_str::<Header>(first) {
        Ok(Header { version: VERSION }) => {}
        Ok(Header { version }) => {
            return Err((0, format!("version {version} is not known, only {VERSION}")));
        }
        Err(_) => return Err((0, "this is no baseline".to_owned())),
    }
    let mut entries = Vec::new();
    for (line_idx, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let entry = serde_json::from_str(line);
        entries.push(entry.map_err(|error| (line_idx, format!("this is no entry: {error}")))?);
    }
    Ok(entries)
}

/// Writes a file whole: beside it first, so that it is never half written.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write(path: &str, entries: &[Entry]) -> Result<()> {
    let attempt = || format!("cannot write `{path}`");
    let mut text = serde_json::to_string(&Header { version: VERSION })? + "\n";
    for entry in entries {
        text.push_str(&serde_json::to_string(entry)?);
        text.push('\n');
    }
    let name = Path::new(path)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let beside = Path::new(path).with_file_name(format!(".{name}.{}", std::process::id()));
    let written = std::fs::File::create_new(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    });
    if written.is_err() {
        _ = std::fs::remove_file(&beside);
    }
    written.with_context(attempt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pullproof_core::file::{Files, Span};
    use pullproof_core::finding::Severity;

    fn finding(text: &str) -> Finding {
        let (path, message) = text.split_once(' ').unwrap();
        Finding {
            rule: "rule",
            code: "PP000",
            severity: Severity::Error,
            message: message.to_owned(),
            span: Span::new(Files::new().add("a", ""), 0, 0),
            related: Vec::new(),
            help: None,
            fix: None,
            object: Some("Kind/name".to_owned()),
            path: path.to_owned(),
        }
    }

    #[test]
    fn each_entry_stands_for_as_many_findings_as_it_counts() {
        type Texts<'a> = &'a [&'a str];
        let cases: [(Texts<'_>, Texts<'_>, Texts<'_>, usize); 7] = [
            (&[], &["a x"], &["a x"], 0),
            (&["a x"], &["a x"], &[], 0),
            (&["a x"], &[], &[], 1),
            (&["a x"], &["a x", "a x"], &["a x"], 0),
            (&["a x", "a x"], &["a x"], &[], 1),
            // One that moved, but not instead of the same.
            (&["a[1] x"], &["a[0] x", "a[1] x"], &["a[0] x"], 0),
            (&["a[1] x"], &["a[2] x", "b[1] x"], &["b[1] x"], 0),
        ];
        for (known, found, new, n_gone) in cases {
            let all = |texts: &[&str]| -> Vec<Finding> {
                texts.iter().map(|text| finding(text)).collect()
            };
            let split = split(entries(&all(known)), all(found));
            assert_eq!(split.new, all(new), "{known:?} {found:?}");
            assert_eq!(split.n_gone, n_gone, "{known:?} {found:?}");
            assert_eq!(split.known.len(), found.len() - new.len());
            let count: usize = split.found.iter().map(|entry| entry.count).sum();
            assert_eq!(count, split.known.len());
        }
    }

    #[test]
    fn what_is_no_baseline_is_told_with_its_line() {
        for (text, line, reason) in [
            ("", 0, "this is no baseline"),
            ("{}", 0, "this is no baseline"),
            (
                "{\"pullproof-baseline\":2}",
                0,
                "version 2 is not known, only 1",
            ),
            ("{\"pullproof-baseline\":1}\n\n{", 2, "this is no entry: "),
        ] {
            let (found_line, found) = parse(text).unwrap_err();
            assert_eq!(found_line, line, "{text}");
            assert!(found.starts_with(reason), "{found}");
        }
    }
}
