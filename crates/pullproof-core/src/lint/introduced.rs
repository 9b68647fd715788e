//! Which findings a change introduces, and which were there before it.

use crate::finding::Finding;
use crate::sorted::Map;

/// The findings of `after` that none of `before` stands for, in order.
///
/// Each finding before a change stands for one after it: for the same one; else for one that
/// moved within its lists; else for one that is told at another object, as when of several
/// objects that contradict each other the first goes; else for one that got smaller.
pub fn introduced(before: &[Finding], after: Vec<Finding>) -> Vec<Finding> {
    if before.is_empty() {
        return after;
    }
    let mut old: Vec<Option<&Finding>> = before.iter().map(Some).collect();
    let mut new: Vec<Option<Finding>> = after.into_iter().map(Some).collect();
    match_by(&mut old, &mut new, |finding| {
        let place = (finding.object.clone(), finding.path.clone());
        (finding.rule, place, finding.message.clone())
    });
    match_by(&mut old, &mut new, |finding| {
        let place = (finding.object.clone(), without_indices(&finding.path));
        (finding.rule, place, without_indices(&finding.message))
    });
    match_by(&mut old, &mut new, |finding| {
        (finding.rule, without_indices(&finding.message))
    });
    for slot in &mut new {
        let Some(finding) = slot else {
            continue;
        };
        let Some(number) = leading_number(&finding.message) else {
            continue;
        };
        let got_smaller = |old: &&mut Option<&Finding>| match old {
            Some(old) if old.rule == finding.rule => leading_number(&old.message)
                .is_some_and(|other| number.0 < other.0 && number.1 == other.1),
            _ => false,
        };
        if let Some(old) = old.iter_mut().find(got_smaller) {
            *old = None;
            *slot = None;
        }
    }
    new.into_iter().flatten().collect()
}

/// Takes out pairs of findings, one of each side, that have one key.
fn match_by<K: Ord>(
    old: &mut [Option<&Finding>],
    new: &mut [Option<Finding>],
    key: impl Fn(&Finding) -> K,
) {
    if new.iter().all(Option::is_none) {
        return;
    }
    let mut by_key: Map<K, Vec<usize>> = Map::new();
    // Back to front, so that the first is taken first.
    for (idx, finding) in old.iter().enumerate().rev() {
        if let Some(finding) = finding {
            by_key.entry(key(finding)).or_default().push(idx);
        }
    }
    for slot in new {
        let Some(finding) = slot else {
            continue;
        };
        if let Some(idx) = by_key.get_mut(&key(finding)).and_then(Vec::pop) {
            old[idx] = None;
            *slot = None;
        }
    }
}

/// The number that a message starts with, and what follows; `None` for most messages.
fn leading_number(message: &str) -> Option<(u64, &str)> {
    let end = message.find(|character: char| !character.is_ascii_digit())?;
    let (number, rest) = message.split_at(end);
    Some((number.parse().ok()?, rest))
}

/// A text in which `[` and digits and `]` have lost the digits.
pub fn without_indices(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut parts = text.split('[');
    kept.extend(parts.next());
    for part in parts {
        kept.push('[');
        let rest = part.trim_start_matches(|character: char| character.is_ascii_digit());
        kept.push_str(if rest.starts_with(']') { rest } else { part });
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{Files, Span};
    use crate::finding::Severity;

    fn finding(text: &str) -> Finding {
        let mut words = text.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (object, path, message) = (word(), word(), word());
        Finding {
            rule: "rule",
            code: "PP000",
            severity: Severity::Error,
            message,
            span: Span::new(Files::new().add("a", ""), 0, 0),
            related: Vec::new(),
            help: None,
            fix: None,
            object: Some(object),
            path,
        }
    }

    #[test]
    fn what_was_there_is_not_introduced() {
        let cases: [(&[&str], &[&str], &[&str]); 9] = [
            (&[], &["A spec[0] x"], &["A spec[0] x"]),
            (&["A spec[0] x"], &["A spec[0] x"], &[]),
            (&["A spec[0] x"], &["A spec[3] x"], &[]),
            // As often as it was there.
            (
                &["A spec[0] x"],
                &["A spec[0] x", "A spec[1] x"],
                &["A spec[1] x"],
            ),
            // What is the same is not taken for what moved.
            (
                &["A spec[1] x", "A spec[0] y"],
                &["A spec[0] x", "A spec[1] x", "A spec[1] y"],
                &["A spec[0] x"],
            ),
            (&["A spec[0] at `s[0].a`"], &["A spec[1] at `s[1].a`"], &[]),
            (&["A spec x"], &["B spec x"], &[]),
            (&["A spec 3 entries"], &["B spec 2 entries"], &[]),
            (
                &["A spec 2 entries"],
                &["A spec 3 entries"],
                &["A spec 3 entries"],
            ),
        ];
        for (before, after, expected) in cases {
            let all = |texts: &[&str]| -> Vec<Finding> {
                texts.iter().map(|text| finding(text)).collect()
            };
            assert_eq!(
                introduced(&all(before), all(after)),
                all(expected),
                "{before:?} {after:?}"
            );
        }
    }

    #[test]
    fn only_indices_lose_their_digits() {
        for (text, expected) in [
            ("a[10].b[2]", "a[].b[]"),
            ("`[::1]:5` [a[1]", "`[::1]:5` [a[]"),
            ("[", "["),
        ] {
            assert_eq!(without_indices(text), expected);
        }
    }
}
