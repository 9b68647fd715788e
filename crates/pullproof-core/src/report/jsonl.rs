//! A finding a line, each the same JSON object as in `json`, and nothing else.
//!
//! So every line has the same shape. Whether all inputs could be read is in the exit code.

use super::Run;
use super::fingerprint::fingerprints;
use super::json::finding_json;

/// The findings, each ending with a newline; empty when there is none.
pub fn report(run: &Run<'_>) -> String {
    let mut text = String::new();
    for (finding, fingerprint) in run.findings.iter().zip(fingerprints(run.findings)) {
        let finding = finding_json(run.files, finding, Some(fingerprint));
        let line = serde_json::to_string(&finding).expect("plain data is always JSON");
        text.push_str(&line);
        text.push('\n');
    }
    text
}
