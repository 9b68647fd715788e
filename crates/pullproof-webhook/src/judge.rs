//! Answers a review on an evaluating thread: reads it, asks the policies, counts, logs.

use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;

use crate::answer::{self, Answer, NoVerdict};
use crate::config::{OnError, Policy};
use crate::deadline::Deadline;
use crate::evaluate::Evaluate;
use crate::log::{Level, Log};
use crate::metrics::Metrics;
use crate::review::{self, ReadError, Review};
use crate::verdict::{self, Decision, Effect, Verdict};

/// The policies in use and how their findings are used; replaced as a whole.
pub struct Policies {
    /// Runs them.
    pub evaluate: Arc<dyn Evaluate>,
    /// Their settings, found by name.
    pub settings: Vec<Policy>,
    /// Why newer settings are not in use.
    pub problem: Option<String>,
}

/// Everything that an answer takes.
pub struct Judge {
    /// The policies; a thread sees one set for the whole of a review.
    pub policies: ArcSwap<Policies>,
    /// What no verdict comes to.
    pub on_error: OnError,
    /// What is counted.
    pub metrics: Metrics,
    /// Where lines go.
    pub log: Arc<Log>,
}

impl Judge {
    /// The answer to the body of a review.
    pub fn answer(&self, body: &[u8], deadline: Deadline) -> Answer {
        let start = Instant::now();
        let review = match review::read(body) {
            Ok(review) => review,
            Err(error) => return self.unreadable(&error),
        };
        let policies = self.policies.load();
        let groups = review.group_refs();
        let outcomes = policies
            .evaluate
            .review(&review.request(&groups), deadline.evaluate_by);
        for outcome in outcomes.iter().filter(|outcome| outcome.is_repeated) {
            self.metrics.repeated_answers.count(&[&outcome.policy]);
        }
        let verdict = verdict::verdict(&policies.settings, self.on_error, &review, outcomes);
        let caveat = policies.evaluate.caveat();
        let digests = || {
            let policies = policies.evaluate.policies();
            let words: Vec<_> = policies
                .iter()
                .map(|policy| format!("{}={}", policy.name, policy.digest))
                .collect();
            words.join(" ")
        };
        let answer = answer::judged(&review, &verdict, self.on_error, caveat.as_deref(), digests);
        let duration = start.elapsed();
        self.metrics.evaluation_duration.observe(duration);
        let decision = verdict.decision(self.on_error);
        self.count(&review, &verdict, decision);
        self.log(&review, &verdict, decision, start);
        answer
    }

    /// The answer to a body for which there is no time or place.
    pub fn not_judged(&self, body: &[u8], why: NoVerdict) -> Answer {
        self.metrics.shed.count(&[why.as_str()]);
        let review = match review::read(body) {
            Ok(review) => review,
            Err(error) => return self.unreadable(&error),
        };
        let decision = Decision::of_error(self.on_error);
        self.count_review(&review, decision);
        if decision != Decision::ErrorDeny {
            self.metrics.fail_open.count(&[why.as_str()]);
        }
        self.log.line(
            Level::Warn,
            "review not judged",
            &[
                ("uid", &review.uid),
                ("operation", &review.operation.as_str()),
                ("kind", &review.kind),
                ("name", &review.name),
                ("reason", &why.as_str()),
                ("decision", &decision.as_str()),
            ],
        );
        answer::not_judged(review.version, &review.uid, self.on_error, why)
    }

    /// A body for what is no review.
    pub fn refused(&self, http_status: u16, reason: &'static str, message: &str) -> Answer {
        self.metrics
            .http_refusals
            .count(&[&http_status.to_string()]);
        // A client that may not ask is a mistake in a configuration, or more than that.
        let level = match http_status {
            401 | 403 => Level::Warn,
            _ => Level::Debug,
        };
        self.log.line(
            level,
            "request refused",
            &[("status", &http_status), ("reason", &message)],
        );
        answer::refused(http_status, reason, message)
    }

    fn unreadable(&self, error: &ReadError) -> Answer {
        let ReadError {
            answerable,
            message,
        } = error;
        match answerable {
            None => self.refused(400, "BadRequest", message),
            Some((version, uid)) => {
                self.metrics.http_refusals.count(&["400"]);
                self.log.line(
                    Level::Warn,
                    "review refused",
                    &[("uid", uid), ("reason", message)],
                );
                answer::unreadable(*version, uid, message)
            }
        }
    }

    fn count_review(&self, review: &Review<'_>, decision: Decision) {
        let dry_run = if review.dry_run { "true" } else { "false" };
        let operation = review.operation.as_str();
        self.metrics
            .reviews
            .count(&[operation, &review.kind, dry_run, decision.as_str()]);
    }

    fn count(&self, review: &Review<'_>, verdict: &Verdict, decision: Decision) {
        self.count_review(review, decision);
        let metrics = &self.metrics;
        let dry_run = if review.dry_run { "true" } else { "false" };
        let operation = review.operation.as_str();
        for (policy, decision) in &verdict.decisions {
            let labels = [
                &**policy,
                operation,
                &*review.kind,
                dry_run,
                decision.as_str(),
            ];
            metrics.policy_reviews.count(&labels);
        }
        for judged in &verdict.findings {
            let labels = [
                &*judged.policy,
                &*judged.finding.rule,
                judged.effect.as_str(),
            ];
            metrics.findings.count(&labels);
        }
        for failure in &verdict.failures {
            metrics
                .policy_errors
                .count(&[&failure.policy, failure.error.code]);
        }
        for exempted in &verdict.exemptions {
            metrics
                .exemptions
                .count(&[&exempted.policy, exempted.by.as_str()]);
        }
        if matches!(decision, Decision::ErrorAllow | Decision::ErrorFail) {
            metrics.fail_open.count(&["policy"]);
        }
    }

    fn log(&self, review: &Review<'_>, verdict: &Verdict, decision: Decision, start: Instant) {
        let level = match decision {
            Decision::Allow | Decision::Warn => Level::Debug,
            Decision::Deny => Level::Info,
            Decision::ErrorDeny | Decision::ErrorAllow | Decision::ErrorFail => Level::Error,
        };
        for failure in &verdict.failures {
            self.log.line(
                Level::Error,
                "policy failed",
                &[
                    ("uid", &review.uid),
                    ("policy", &failure.policy),
                    ("code", &failure.error.code),
                    ("reason", &failure.error.message),
                ],
            );
        }
        if !self.log.writes(level) {
            return;
        }
        let mut rules: Vec<&str> = Vec::new();
        for judged in &verdict.findings {
            if matches!(judged.effect, Effect::Deny | Effect::Warn)
                && !rules.contains(&&*judged.finding.rule)
            {
                rules.push(&judged.finding.rule);
            }
        }
        self.log.line(
            level,
            "review",
            &[
                ("uid", &review.uid),
                ("operation", &review.operation.as_str()),
                ("kind", &review.kind),
                ("name", &review.shown_name()),
                ("namespace", &review.namespace),
                ("subresource", &review.subresource),
                ("user", &review.user),
                ("dry_run", &review.dry_run),
                ("decision", &decision.as_str()),
                ("rules", &rules.join(",")),
                ("duration_us", &start.elapsed().as_micros()),
            ],
        );
    }
}
