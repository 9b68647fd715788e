//! The core's types as those of the boundary, and back.
//!
//! Everything is destructured to the last field, so that a field added on one side does not
//! compile before it is carried over or left out on purpose.

use crate::bindings::exports::pullproof::policy::{reviewer, simulator};
use pullproof_core::admission::{Operation, Request};
use pullproof_core::compare::{Change, ChangedPull};
use pullproof_core::file::{Files, Span};
use pullproof_core::finding::{Finding, Label, Severity};
use pullproof_core::lint::card::Card;
use pullproof_core::policy_json::decision::Verdict;
use pullproof_core::trace::{self, judgement::Judgement};

/// A change that is asked about.
pub(crate) fn request(request: &reviewer::Request) -> Request<'_> {
    let reviewer::Request {
        operation,
        kind: reviewer::Kind {
            group,
            version,
            kind,
        },
        name,
        // No rule asks who wants something, or for how long.
        namespace: _,
        subresource,
        user: _,
        groups: _,
        dry_run: _,
        object,
        old_object,
    } = request;
    Request {
        operation: match operation {
            reviewer::Operation::Create => Operation::Create,
            reviewer::Operation::Update => Operation::Update,
            reviewer::Operation::Delete => Operation::Delete,
            reviewer::Operation::Connect => Operation::Connect,
        },
        group,
        version,
        kind,
        name,
        subresource,
        object: object.as_deref(),
        old_object: old_object.as_deref(),
    }
}

/// A rule.
pub(crate) fn rule_of(card: Card) -> reviewer::Rule {
    let Card {
        id,
        code,
        severity,
        since: _,
        releases: _,
        fix: _,
        page: _,
    } = card;
    reviewer::Rule {
        id: id.to_owned(),
        code: code.to_owned(),
        severity: severity_of(severity),
        summary: card.summary(),
    }
}

fn severity_of(severity: Severity) -> reviewer::Severity {
    match severity {
        Severity::Info => reviewer::Severity::Info,
        Severity::Warning => reviewer::Severity::Warning,
        Severity::Error => reviewer::Severity::Error,
    }
}

/// Findings, with their places as people count.
pub(crate) fn findings(files: &Files, findings: Vec<Finding>) -> Vec<reviewer::Finding> {
    findings
        .into_iter()
        .map(|finding| finding_of(files, finding))
        .collect()
}

fn finding_of(files: &Files, finding: Finding) -> reviewer::Finding {
    let Finding {
        rule,
        code,
        severity,
        message,
        span,
        related,
        help,
        // Who reviews an object cannot edit the text that it came from.
        fix: _,
        object,
        path,
    } = finding;
    let label = |Label { span, text }| reviewer::Label {
        place: place(files, span),
        text,
    };
    reviewer::Finding {
        rule: rule.to_owned(),
        code: code.to_owned(),
        severity: severity_of(severity),
        message,
        place: Some(place(files, span)),
        object,
        path,
        related: related.into_iter().map(label).collect(),
        help,
    }
}

/// A place as people count.
pub(crate) fn place(files: &Files, span: Span) -> reviewer::Place {
    let Span { file, start, end } = span;
    let (from, to) = (files.position(file, start), files.position(file, end));
    reviewer::Place {
        file: files.name(file).to_owned(),
        line: from.line,
        column: from.column,
        end_line: to.line,
        end_column: to.column,
        start_byte: start,
        end_byte: end,
    }
}

/// What happens to an image.
pub(crate) fn trace_of(trace: trace::Trace) -> simulator::Trace {
    let trace::Trace {
        image,
        place: _,
        candidates,
        error,
    } = trace;
    simulator::Trace {
        image,
        candidates: candidates.into_iter().map(candidate_of).collect(),
        error,
    }
}

fn candidate_of(candidate: trace::Candidate) -> simulator::Candidate {
    let trace::Candidate {
        reference,
        // Said by the reference and its attempts.
        by_digest: _,
        entry: _,
        attempts,
        skipped: _,
        error,
        policy,
        outcome: _,
    } = candidate;
    simulator::Candidate {
        reference,
        attempts: attempts.into_iter().map(attempt_of).collect(),
        error,
        policy: policy.map(judgement_of),
    }
}

fn judgement_of(judgement: Judgement) -> simulator::Judgement {
    let Judgement {
        verdict,
        scope,
        reason,
        origins,
        message,
    } = judgement;
    simulator::Judgement {
        verdict: match verdict {
            Verdict::Accepted => simulator::Verdict::Accepted,
            Verdict::NeedsSignatures => simulator::Verdict::NeedsSignatures,
            Verdict::Rejected => simulator::Verdict::Rejected,
        },
        scope,
        reason,
        origins: origins.into_iter().map(origin_of).collect(),
        message,
    }
}

fn attempt_of(step: trace::Step) -> simulator::Attempt {
    let trace::Step {
        reference,
        host,
        // Said by the reason.
        endpoint: _,
        insecure,
        reason,
        refused,
        // Nothing is said to be down.
        down: _,
        origins,
        // Said by the origins, which are in it where there is nothing else.
        table: _,
    } = step;
    simulator::Attempt {
        reference,
        host,
        insecure,
        reason,
        refused,
        origins: origins.into_iter().map(origin_of).collect(),
    }
}

fn origin_of(place: trace::Place) -> simulator::Origin {
    let trace::Place {
        file,
        line,
        column,
        object,
        role,
        // Said by line and column.
        span: _,
    } = place;
    simulator::Origin {
        file,
        line,
        column,
        object,
        role: role.map(str::to_owned),
    }
}

/// A pull that a change alters.
pub(crate) fn changed_pull_of(pull: ChangedPull) -> simulator::ChangedPull {
    let ChangedPull {
        change,
        witness,
        // Which entries govern is told by `resolve`.
        extent: _,
        entry_before: _,
        entry_after: _,
        before,
        after,
        // Whether policy.json refuses it is part of how it changes.
        is_let_in: _,
    } = pull;
    simulator::ChangedPull {
        witness,
        change: match change {
            Change::Fails => simulator::Change::Fails,
            Change::ContactsNewHost => simulator::Change::ContactsNewHost,
            Change::StartsElsewhere => simulator::Change::StartsElsewhere,
            Change::Rearranged => simulator::Change::Rearranged,
            Change::Works => simulator::Change::Works,
        },
        before,
        after,
    }
}
