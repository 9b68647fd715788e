//! What tells that a finding of one run is that of another: its identity, as a short text.

use crate::finding::Finding;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// How much of the hash is kept: 128 bits do not collide by accident.
const KEPT_BYTES: usize = 16;

/// A fingerprint for each finding, in hexadecimal; no two are the same.
///
/// Made from rule, object, path and message, never from a place, so that it stays when text
/// around it moves; of findings with one identity, from how many stand before it.
pub(super) fn fingerprints<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<String> {
    let mut n_seen: BTreeMap<[u8; KEPT_BYTES], u64> = BTreeMap::new();
    let findings = findings.into_iter();
    findings
        .map(|finding| {
            let object = finding.object.as_deref().unwrap_or_default();
            let identity = [finding.rule, object, &finding.path, &finding.message];
            let n = n_seen.entry(hash(identity, 0)).or_default();
            *n += 1;
            hex(&hash(identity, *n - 1))
        })
        .collect()
}

/// Each text is hashed with its length before it, so that none runs into the next.
fn hash(identity: [&str; 4], n_before: u64) -> [u8; KEPT_BYTES] {
    let mut hasher = Sha256::new();
    for text in identity {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    hasher.update(n_before.to_le_bytes());
    let hash = hasher.finalize();
    let mut kept = [0; KEPT_BYTES];
    kept.copy_from_slice(&hash[..KEPT_BYTES]);
    kept
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{Files, Span};
    use crate::finding::Severity;

    fn finding(rule: &'static str, object: Option<&str>, path: &str, start: usize) -> Finding {
        let mut files = Files::new();
        let file = files.add("a.yaml", "text");
        Finding {
            rule,
            code: "PP000",
            severity: Severity::Error,
            message: "message".to_owned(),
            span: Span::new(file, start, start),
            related: Vec::new(),
            help: None,
            fix: None,
            object: object.map(str::to_owned),
            path: path.to_owned(),
        }
    }

    #[test]
    fn equal_findings_are_told_apart_and_places_do_not_count() {
        let findings = [
            finding("a", Some("b"), "c", 0),
            finding("a", Some("b"), "c", 1),
            finding("ab", None, "c", 0),
            finding("a", None, "bc", 0),
        ];
        let all = fingerprints(&findings);
        for (idx, fingerprint) in all.iter().enumerate() {
            assert_eq!(fingerprint.len(), 2 * KEPT_BYTES);
            assert!(!all[..idx].contains(fingerprint), "{idx}");
        }
        assert_eq!(fingerprints(&findings[1..2]), all[..1]);
    }

    /// Somewhere this text is stored: it changes with the name of its version, or never.
    #[test]
    fn a_fingerprint_stays_what_it_is() {
        let findings = [finding(
            "self-mirror",
            Some("ImageDigestMirrorSet/lab"),
            "spec",
            0,
        )];
        assert_eq!(
            fingerprints(&findings),
            ["6880328f3232e94dd535f4a81bc95851"]
        );
    }
}
