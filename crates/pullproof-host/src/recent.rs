//! What was answered lately, so that whoever asks the same again gets the same again.
//!
//! Programs that hold a cluster to files, such as Flux, or Argo CD where it compares on the server,
//! send every object as a dry run every few minutes, and hardly ever is one of them another than
//! the time before. What the core says depends on the request, its settings and the cluster alone:
//! it has no clock and no import.
//! Most other requests come once, so that an answer is kept the second time it is given.

use crate::types::{Finding, Kind, Label, Place, Request};
use foldhash::fast::FixedState;
use std::collections::VecDeque;
use std::hash::BuildHasher as _;
use std::mem::size_of;

/// Answers that are kept: more objects about images than most clusters have.
const ANSWERS_MAX: usize = 256;

/// Memory that they take together, in bytes: with a few threads still little beside the instances.
const BYTES_MAX: usize = 1 << 20;

/// The largest answer that is kept, with its request, in bytes, so that a few leave room for many.
const ANSWER_BYTES_MAX: usize = BYTES_MAX / 16;

/// Answers of the last reviews, the oldest first.
#[derive(Default)]
pub(crate) struct Recent {
    /// Hashes of requests that were answered once.
    once: VecDeque<u64>,
    /// Hashes of the requests that `answers` are to.
    hashes: VecDeque<u64>,
    answers: VecDeque<Answer>,
    n_bytes: usize,
    /// What was asked last, as `write` puts it.
    asked: Vec<u8>,
    /// Its hash.
    asked_hash: u64,
}

struct Answer {
    request: Box<[u8]>,
    findings: Vec<Finding>,
    n_bytes: usize,
}

impl Recent {
    /// The answer to a request that was asked before, in all that it says.
    pub(crate) fn find(&mut self, request: &Request<'_>) -> Option<&[Finding]> {
        write(request, &mut self.asked);
        self.asked_hash = FixedState::default().hash_one(&self.asked);
        let hashes = self.hashes.iter().enumerate();
        // Whoever makes up requests with the hash of another one gets no answer by it.
        let is_it = |idx: &usize| *self.answers[*idx].request == *self.asked;
        let same = hashes.filter(|(_, hash)| **hash == self.asked_hash);
        let idx = same.map(|(idx, _)| idx).find(is_it)?;
        Some(&self.answers[idx].findings)
    }

    /// Keeps the answer to the request that was looked for last, in the place of older ones, if it
    /// was given before.
    pub(crate) fn keep(&mut self, findings: &[Finding]) {
        if !self.once.contains(&self.asked_hash) {
            if ANSWERS_MAX <= self.once.len() {
                self.once.pop_front();
            }
            self.once.push_back(self.asked_hash);
            return;
        }
        let n_bytes = self.asked.len() + findings.iter().map(bytes_of).sum::<usize>();
        if ANSWER_BYTES_MAX < n_bytes {
            return;
        }
        while ANSWERS_MAX <= self.answers.len() || BYTES_MAX < self.n_bytes + n_bytes {
            let Some(oldest) = self.answers.pop_front() else {
                break;
            };
            self.hashes.pop_front();
            self.n_bytes -= oldest.n_bytes;
        }
        self.n_bytes += n_bytes;
        self.hashes.push_back(self.asked_hash);
        self.answers.push_back(Answer {
            request: self.asked.as_slice().into(),
            findings: findings.to_vec(),
            n_bytes,
        });
    }

    /// Forgets all, since answers may be others now.
    pub(crate) fn clear(&mut self) {
        self.once.clear();
        self.hashes.clear();
        self.answers.clear();
        self.n_bytes = 0;
    }
}

/// All that a request says, so that no two requests are the same bytes.
fn write(request: &Request<'_>, out: &mut Vec<u8>) {
    let Request {
        operation,
        kind: Kind {
            group,
            version,
            kind,
        },
        name,
        namespace,
        subresource,
        user,
        groups,
        dry_run,
        object,
        old_object,
    } = *request;
    out.clear();
    out.extend([operation as u8, u8::from(dry_run)]);
    for count in [
        groups.len(),
        object.map_or(0, |object| object.len() + 1),
        old_object.map_or(0, |object| object.len() + 1),
    ] {
        out.extend(count.to_le_bytes());
    }
    let texts = [name, namespace, subresource, group, version, kind, user];
    for text in texts.iter().chain(groups) {
        out.extend(text.len().to_le_bytes());
        out.extend(text.bytes());
    }
    // Their lengths stand above.
    for text in [object, old_object].into_iter().flatten() {
        out.extend(text.as_bytes());
    }
}

/// About what a finding takes of memory, in bytes.
fn bytes_of(finding: &Finding) -> usize {
    let Finding {
        rule,
        code,
        severity: _,
        message,
        place,
        object,
        path,
        related,
        help,
    } = finding;
    let of_place = |place: &Place| place.file.len();
    let of_label = |label: &Label| size_of::<Label>() + of_place(&label.place) + label.text.len();
    let texts = [
        Some(rule),
        Some(code),
        Some(message),
        Some(path),
        object.as_ref(),
        help.as_ref(),
    ];
    size_of::<Finding>()
        + texts.into_iter().flatten().map(String::len).sum::<usize>()
        + place.as_ref().map_or(0, of_place)
        + related.iter().map(of_label).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::set::HARMLESS;
    use crate::types::{Operation, Severity};

    fn finding(message: &str) -> Finding {
        Finding {
            rule: "self-mirror".to_owned(),
            code: "PP007".to_owned(),
            severity: Severity::Error,
            message: message.to_owned(),
            place: None,
            object: None,
            path: String::new(),
            related: Vec::new(),
            help: None,
        }
    }

    fn ask(recent: &mut Recent, request: &Request<'_>) -> Option<Vec<Finding>> {
        recent.find(request).map(<[Finding]>::to_vec)
    }

    /// Gives an answer twice.
    fn keep(recent: &mut Recent, findings: &[Finding]) {
        recent.keep(findings);
        recent.keep(findings);
    }

    #[test]
    fn the_same_request_gets_the_same_answer_and_no_other_does() {
        let request = Request {
            groups: &["a", "b"],
            object: Some("{}"),
            ..HARMLESS
        };
        let kind = |group, version, kind| Request {
            kind: Kind {
                group,
                version,
                kind,
            },
            ..request
        };
        let Kind {
            group,
            version,
            kind: word,
        } = request.kind;
        let others = [
            Request {
                operation: Operation::Delete,
                ..request
            },
            kind("g", version, word),
            kind(group, "v", word),
            kind(group, version, "k"),
            Request {
                name: "n",
                ..request
            },
            Request {
                namespace: "n",
                ..request
            },
            Request {
                subresource: "n",
                ..request
            },
            Request {
                user: "n",
                ..request
            },
            Request {
                groups: &["a"],
                ..request
            },
            Request {
                groups: &["ab", ""],
                ..request
            },
            Request {
                dry_run: !request.dry_run,
                ..request
            },
            Request {
                object: Some("[]"),
                ..request
            },
            Request {
                object: None,
                ..request
            },
            Request {
                object: None,
                old_object: Some("{}"),
                ..request
            },
            Request {
                old_object: Some(""),
                ..request
            },
        ];
        let mut recent = Recent::default();
        assert_eq!(ask(&mut recent, &request), None);
        recent.keep(&[finding("first")]);
        assert_eq!(ask(&mut recent, &request), None);
        recent.keep(&[finding("first")]);
        for other in &others {
            assert_eq!(ask(&mut recent, other), None, "{other:?}");
        }
        assert_eq!(ask(&mut recent, &request), Some(vec![finding("first")]));
        for (idx, other) in others.iter().enumerate() {
            ask(&mut recent, other);
            keep(&mut recent, &[finding(&idx.to_string())]);
        }
        for (idx, other) in others.iter().enumerate() {
            let expected = vec![finding(&idx.to_string())];
            assert_eq!(ask(&mut recent, other), Some(expected), "{other:?}");
        }
        recent.clear();
        assert_eq!(ask(&mut recent, &request), None);
        assert_eq!(recent.n_bytes, 0);
    }

    #[test]
    fn the_oldest_make_room() {
        let mut recent = Recent::default();
        let names: Vec<String> = (0..=ANSWERS_MAX).map(|number| number.to_string()).collect();
        let request = |idx: usize| Request {
            name: &names[idx],
            ..HARMLESS
        };
        for idx in 0..ANSWERS_MAX {
            assert_eq!(ask(&mut recent, &request(idx)), None);
            keep(&mut recent, &[]);
        }
        assert_eq!(ask(&mut recent, &request(0)), Some(Vec::new()));
        assert_eq!(ask(&mut recent, &request(ANSWERS_MAX)), None);
        keep(&mut recent, &[]);
        assert_eq!(recent.answers.len(), ANSWERS_MAX);
        assert_eq!(recent.hashes.len(), ANSWERS_MAX);
        assert_eq!(recent.once.len(), ANSWERS_MAX);
        assert_eq!(ask(&mut recent, &request(0)), None);
        assert_eq!(ask(&mut recent, &request(1)), Some(Vec::new()));
    }

    #[test]
    fn memory_ends_at_the_limit() {
        let mut recent = Recent::default();
        let object = |n_bytes: usize| " ".repeat(n_bytes);
        let n_others = {
            write(&HARMLESS, &mut recent.asked);
            recent.asked.len() - HARMLESS.object.map_or(0, str::len)
        };
        let most = object(ANSWER_BYTES_MAX - n_others);
        let more = object(ANSWER_BYTES_MAX - n_others + 1);
        let request = |object| Request {
            object: Some(object),
            ..HARMLESS
        };
        ask(&mut recent, &request(&more));
        keep(&mut recent, &[]);
        assert_eq!(recent.answers.len(), 0);
        ask(&mut recent, &request(&most));
        keep(&mut recent, &[finding("one more than fits")]);
        assert_eq!(recent.answers.len(), 0);
        recent.keep(&[]);
        assert_eq!(recent.n_bytes, ANSWER_BYTES_MAX);
        let names: Vec<String> = ('a'..='z').map(String::from).collect();
        let n_kept = BYTES_MAX / ANSWER_BYTES_MAX;
        for name in &names {
            let object = object(ANSWER_BYTES_MAX - n_others - name.len() + HARMLESS.name.len());
            let request = Request {
                name,
                object: Some(&object),
                ..HARMLESS
            };
            assert_eq!(ask(&mut recent, &request), None);
            keep(&mut recent, &[]);
            assert!(recent.n_bytes <= BYTES_MAX);
        }
        assert_eq!(recent.answers.len(), n_kept);
        assert_eq!(recent.n_bytes, BYTES_MAX);
    }
}
