//! What registries really have beside where pulls were said to go.

use super::answer::{Answer, Kind};
use pullproof_core::trace::{self, Candidate, EndpointKind, Step, Trace};
use serde::Serialize;

/// How a pull would end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// The endpoint that is contacted first serves it.
    AsSimulated,
    /// A later endpoint serves it.
    Later,
    /// An endpoint has a part of it, which fails pulls that need the rest: nobody else is asked.
    ///
    /// So in every release of OpenShift (containers/image#2038); the library asks later endpoints
    /// for blobs, though not for manifests, only since container-libs#845 of July 2026.
    Breaks,
    /// An endpoint has it, and policy.json refuses it.
    Rejected,
    /// Nobody serves it.
    NotServed,
}

impl Outcome {
    /// Whether nodes get the image, wherever.
    pub(crate) fn is_served(self) -> bool {
        matches!(self, Outcome::AsSimulated | Outcome::Later)
    }
}

/// One endpoint and what came of asking it.
pub(crate) struct Asked<'a> {
    pub(crate) step: &'a Step,
    /// What sentences call it.
    pub(crate) name: String,
    pub(crate) answer: Answer,
}

/// One full reference, and who serves it.
pub(crate) struct Judged<'a> {
    pub(crate) candidate: &'a Candidate,
    pub(crate) endpoints: Vec<Asked<'a>>,
    pub(crate) outcome: Outcome,
    /// The endpoint that ends the pull, well or not, counted from 0.
    pub(crate) decided_by: Option<usize>,
    /// The whole way of the pull.
    pub(crate) told: String,
    /// Who has what under the tag, where that differs.
    pub(crate) differing: Vec<(String, String)>,
}

/// One image, and who serves it.
pub(crate) struct Image<'a> {
    pub(crate) trace: &'a Trace,
    pub(crate) candidates: Vec<Judged<'a>>,
    pub(crate) outcome: Outcome,
}

impl Image<'_> {
    /// Whether all is as it was said to be, and the same wherever it is.
    pub(crate) fn is_clean(&self) -> bool {
        let differ = |judged: &Judged<'_>| !judged.differing.is_empty();
        self.outcome == Outcome::AsSimulated && !self.candidates.iter().any(differ)
    }
}

/// Compares an image's chain with the answers, which `answer_to` gives for each step.
pub(crate) fn judge<'a>(trace: &'a Trace, answer_to: impl Fn(&Step) -> Answer) -> Image<'a> {
    let candidates: Vec<Judged<'_>> = trace
        .candidates
        .iter()
        .map(|candidate| judge_candidate(candidate, &answer_to))
        .collect();
    let served = candidates.iter().position(|it| it.outcome.is_served());
    let outcome = match served {
        Some(0) => candidates[0].outcome,
        Some(_) => Outcome::Later,
        None => {
            let ends = [Outcome::Breaks, Outcome::Rejected];
            let end = ends
                .into_iter()
                .find(|end| candidates.iter().any(|it| it.outcome == *end));
            end.unwrap_or(Outcome::NotServed)
        }
    };
    Image {
        trace,
        candidates,
        outcome,
    }
}

fn judge_candidate<'a>(
    candidate: &'a Candidate,
    answer_to: &impl Fn(&Step) -> Answer,
) -> Judged<'a> {
    let mut n_mirrors = 0;
    let endpoints: Vec<Asked<'_>> = candidate
        .attempts
        .iter()
        .map(|step| Asked {
            step,
            name: match step.endpoint {
                EndpointKind::Mirror => {
                    n_mirrors += 1;
                    format!("mirror {n_mirrors}")
                }
                EndpointKind::Source => "the source".to_owned(),
                EndpointKind::AsWritten => "the registry itself".to_owned(),
            },
            answer: answer_to(step),
        })
        .collect();
    let is_end = |asked: &Asked<'_>| {
        matches!(
            asked.answer.kind,
            Kind::Found | Kind::Incomplete | Kind::WrongDigest
        )
    };
    let decided_by = endpoints.iter().position(is_end);
    let first = endpoints
        .iter()
        .position(|it| it.step.refused.is_none() && !it.step.down);
    let is_rejected = matches!(candidate.outcome, trace::Outcome::Rejected { .. });
    let outcome = match decided_by {
        None => Outcome::NotServed,
        Some(_) if is_rejected => Outcome::Rejected,
        Some(idx) if endpoints[idx].answer.kind != Kind::Found => Outcome::Breaks,
        Some(_) if decided_by == first => Outcome::AsSimulated,
        Some(_) => Outcome::Later,
    };
    Judged {
        candidate,
        outcome,
        decided_by,
        told: told(candidate, &endpoints, decided_by),
        differing: differing(candidate, &endpoints),
        endpoints,
    }
}

fn told(candidate: &Candidate, endpoints: &[Asked<'_>], decided_by: Option<usize>) -> String {
    if candidate.error.is_some() {
        return "a rewritten reference is invalid, so nothing is contacted".to_owned();
    }
    let n_told = decided_by.map_or(endpoints.len(), |idx| idx + 1);
    let told = endpoints[..n_told].iter();
    let mut parts: Vec<String> = told
        .map(|asked| format!("{} {}", asked.name, predicate(asked.answer.kind)))
        .collect();
    if decided_by.is_none() {
        parts.push("nobody serves it".to_owned());
    } else if matches!(candidate.outcome, trace::Outcome::Rejected { .. }) {
        parts.push("policy.json refuses the image".to_owned());
    }
    match &endpoints[n_told..] {
        [] => {}
        [last] => parts.push(format!("{} is never asked", last.name)),
        others => parts.push(format!("the {} others are never asked", others.len())),
    }
    parts.join("; ")
}

fn predicate(kind: Kind) -> &'static str {
    match kind {
        Kind::Found => "serves it",
        Kind::Absent => "does not have it",
        Kind::Incomplete => "lacks a part of it, so pulls that need that fail there",
        Kind::WrongDigest => "gives something else, so the pull fails there",
        Kind::Unauthorized => "wants other credentials",
        Kind::TlsFailure => "is not trusted",
        Kind::ConnectionRefused => "refuses connections",
        Kind::UnknownHost => "is not known",
        Kind::Timeout => "does not answer in time",
        Kind::Failed => "does not answer the question",
        Kind::Blocked => "is blocked",
        Kind::Refused => "is not asked",
        Kind::Down => "is down",
    }
}

/// Under a tag endpoints may have different images, of which the first is pulled.
fn differing(candidate: &Candidate, endpoints: &[Asked<'_>]) -> Vec<(String, String)> {
    if candidate.by_digest {
        return Vec::new();
    }
    let has = |asked: &Asked<'_>| Some((asked.name.clone(), asked.answer.digest.clone()?));
    let found: Vec<(String, String)> = endpoints.iter().filter_map(has).collect();
    match found.iter().all(|(_, digest)| *digest == found[0].1) {
        true => Vec::new(),
        false => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(endpoint: EndpointKind, host: &str) -> Step {
        Step {
            reference: format!("{host}/app:1"),
            host: host.to_owned(),
            endpoint,
            insecure: false,
            reason: String::new(),
            refused: None,
            down: false,
            origins: Vec::new(),
            table: None,
        }
    }

    fn trace(n_candidates: usize) -> Trace {
        let candidate = Candidate {
            reference: "s.lab/app:1".to_owned(),
            by_digest: false,
            entry: None,
            attempts: vec![
                step(EndpointKind::Mirror, "m1.lab"),
                step(EndpointKind::Mirror, "m2.lab"),
                step(EndpointKind::Source, "s.lab"),
            ],
            skipped: Vec::new(),
            error: None,
            policy: None,
            outcome: trace::Outcome::Fails {
                reason: String::new(),
            },
        };
        Trace {
            image: "app:1".to_owned(),
            place: None,
            candidates: vec![candidate; n_candidates],
            error: None,
        }
    }

    fn check(kinds: [Kind; 3], outcome: Outcome, told: &str) {
        let trace = trace(1);
        let answer_to = |step: &Step| {
            let hosts = ["m1.lab", "m2.lab", "s.lab"];
            let idx = hosts.iter().position(|host| *host == step.host);
            Answer::new(kinds[idx.unwrap()], "")
        };
        let image = judge(&trace, answer_to);
        assert_eq!((image.outcome, &*image.candidates[0].told), (outcome, told));
        assert_eq!(image.is_clean(), outcome == Outcome::AsSimulated);
    }

    #[test]
    fn the_first_that_has_it_ends_the_pull() {
        use Kind::{Absent, Blocked, ConnectionRefused, Found, Incomplete, Timeout, WrongDigest};
        check(
            [Found, Found, Found],
            Outcome::AsSimulated,
            "mirror 1 serves it; the 2 others are never asked",
        );
        check(
            [Absent, Found, Found],
            Outcome::Later,
            "mirror 1 does not have it; mirror 2 serves it; the source is never asked",
        );
        check(
            [ConnectionRefused, Timeout, Found],
            Outcome::Later,
            "mirror 1 refuses connections; mirror 2 does not answer in time; the source serves it",
        );
        check(
            [Incomplete, Found, Found],
            Outcome::Breaks,
            "mirror 1 lacks a part of it, so pulls that need that fail there; the 2 others are never asked",
        );
        check(
            [Absent, WrongDigest, Found],
            Outcome::Breaks,
            "mirror 1 does not have it; mirror 2 gives something else, so the pull fails there; \
             the source is never asked",
        );
        check(
            [Absent, Absent, Blocked],
            Outcome::NotServed,
            "mirror 1 does not have it; mirror 2 does not have it; the source is blocked; \
             nobody serves it",
        );
    }

    #[test]
    fn what_is_never_contacted_is_not_the_first() {
        let mut trace = trace(1);
        trace.candidates[0].attempts[0].refused = Some("blocked".to_owned());
        trace.candidates[0].attempts[1].down = true;
        let answer_to = |step: &Step| match step.host.as_str() {
            "s.lab" => Answer::new(Kind::Found, ""),
            _ => Answer::new(Kind::Blocked, ""),
        };
        assert_eq!(judge(&trace, answer_to).outcome, Outcome::AsSimulated);
    }

    #[test]
    fn what_the_policy_refuses_is_served_in_vain() {
        let mut trace = trace(1);
        trace.candidates[0].outcome = trace::Outcome::Rejected {
            first: "m1.lab/app:1".to_owned(),
            n_endpoints: 3,
            reason: String::new(),
        };
        let image = judge(&trace, |_: &Step| Answer::new(Kind::Found, ""));
        assert_eq!(image.outcome, Outcome::Rejected);
        let told = "mirror 1 serves it; policy.json refuses the image; \
                    the 2 others are never asked";
        assert_eq!(image.candidates[0].told, told);
        let image = judge(&trace, |_: &Step| Answer::new(Kind::Absent, ""));
        assert_eq!(image.outcome, Outcome::NotServed);
    }

    #[test]
    fn a_later_candidate_of_a_short_name_is_a_later_endpoint() {
        let trace = trace(2);
        let n_asked = std::cell::Cell::new(0);
        let answer_to = |_: &Step| {
            n_asked.set(n_asked.get() + 1);
            let kind = if n_asked.get() <= 3 {
                Kind::Absent
            } else {
                Kind::Found
            };
            Answer::new(kind, "")
        };
        let image = judge(&trace, answer_to);
        assert_eq!(image.outcome, Outcome::Later);
        assert_eq!(image.candidates[1].outcome, Outcome::AsSimulated);
    }

    #[test]
    fn tags_that_mean_different_images_are_told() {
        let mut trace = trace(1);
        let answer_to = |step: &Step| {
            let mut answer = Answer::new(Kind::Found, "");
            let digest = if step.host == "m2.lab" {
                "sha256:02"
            } else {
                "sha256:01"
            };
            answer.digest = Some(digest.to_owned());
            answer
        };
        let image = judge(&trace, answer_to);
        assert_eq!(image.outcome, Outcome::AsSimulated);
        assert!(!image.is_clean());
        let pairs: Vec<_> = image.candidates[0].differing.iter().collect();
        assert_eq!(pairs[1], &("mirror 2".to_owned(), "sha256:02".to_owned()));
        trace.candidates[0].attempts.remove(1);
        assert!(judge(&trace, answer_to).is_clean());
    }
}
