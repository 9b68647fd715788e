//! Writes the answer to a review, within what the API server and kubectl show.

use std::borrow::Cow;
use std::fmt::Write as _;

use bytes::Bytes;
use serde::Serialize;

use crate::config::OnError;
use crate::evaluate::{Finding, Place};
use crate::review::{Review, Version};
use crate::verdict::{Decision, Effect, Verdict};

/// A warning becomes an HTTP header; the API server asks authors to stay below this.
pub const GOOD_WARNING_CHARS: usize = 120;
/// The API server cuts warnings that are longer once all of them are too long together.
// From kubernetes/apiserver, endpoints/filters/warning.go.
pub const MAX_WARNING_CHARS: usize = 256;
/// All warnings together stay below the 4,096 characters after which the API server drops some:
/// 15 times 256 is 3,840.
pub const MAX_WARNINGS: usize = 15;
/// Bullets that kubectl shows; nobody reads more, and the answer stays small.
pub const MAX_CAUSES: usize = 50;
/// The longest text of one bullet, in characters.
pub const MAX_CAUSE_CHARS: usize = 1_024;
/// The longest message for clients that show no bullets, in characters.
pub const MAX_MESSAGE_CHARS: usize = 4_096;
/// The longest audit annotation; an audit event that is too large is cut as a whole.
pub const MAX_ANNOTATION_BYTES: usize = 8 * 1024;

/// What is sent back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub http_status: u16,
    /// JSON.
    pub body: Bytes,
}

/// Why there is no verdict although the review could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoVerdict {
    /// The queue is full.
    Full,
    /// The time is over.
    Late,
}

impl NoVerdict {
    /// The word in metrics and log lines.
    pub fn as_str(self) -> &'static str {
        match self {
            NoVerdict::Full => "full",
            NoVerdict::Late => "late",
        }
    }

    fn message(self) -> &'static str {
        match self {
            NoVerdict::Full => "the policy webhook has too much to do, try again",
            NoVerdict::Late => "the policy webhook had not enough time to judge this, try again",
        }
    }
}

/// The answer to a review that was judged.
///
/// `caveat` is shown as a warning; `digests` names the policies for the audit log, and is asked
/// only when there is something to tell.
pub fn judged(
    review: &Review<'_>,
    verdict: &Verdict,
    on_error: OnError,
    caveat: Option<&str>,
    digests: impl FnOnce() -> String,
) -> Answer {
    let decision = verdict.decision(on_error);
    if decision == Decision::ErrorFail {
        return failed(&failure_message(verdict));
    }
    let status = match decision {
        Decision::Deny => Some(invalid(review, verdict)),
        Decision::ErrorDeny => {
            let message = failure_message(verdict);
            Some(Status::new("InternalError", 500, Cow::Owned(message)))
        }
        Decision::Allow | Decision::Warn | Decision::ErrorAllow | Decision::ErrorFail => None,
    };
    let warnings = warnings(&own_text(review), verdict, decision, caveat);
    let has_news = !verdict.findings.is_empty()
        || !verdict.failures.is_empty()
        || !verdict.exemptions.is_empty();
    let annotations = has_news.then(|| annotations(verdict, digests()));
    envelope(review.version, &review.uid, status, warnings, annotations)
}

/// The answer to a review that was read and not judged.
pub fn not_judged(version: Version, uid: &str, on_error: OnError, why: NoVerdict) -> Answer {
    let message = why.message();
    match on_error {
        OnError::Fail => failed(message),
        OnError::Allow => {
            let warning = format!("not judged: {message}");
            envelope(version, uid, None, vec![warning], None)
        }
        OnError::Deny => {
            let mut status = Status::new("ServiceUnavailable", 503, Cow::Borrowed(message));
            // The API server passes it on, and clients wait this long before they try again.
            status.details = Some(Details {
                retry_after_seconds: Some(1),
                ..Details::default()
            });
            envelope(version, uid, Some(status), Vec::new(), None)
        }
    }
}

/// The answer to a review that could not be read, but whose uid is known.
pub fn unreadable(version: Version, uid: &str, message: &str) -> Answer {
    let message = Cow::Owned(cut(&one_line(message), MAX_MESSAGE_CHARS));
    envelope(
        version,
        uid,
        Some(Status::new("BadRequest", 400, message)),
        Vec::new(),
        None,
    )
}

/// A body for everything that is no review: a `Status` as the API server itself writes it.
pub fn refused(http_status: u16, reason: &'static str, message: &str) -> Answer {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Whole<'a> {
        kind: &'static str,
        api_version: &'static str,
        metadata: Empty,
        #[serde(flatten)]
        status: Status<'a>,
    }
    let message = Cow::Owned(cut(&one_line(message), MAX_MESSAGE_CHARS));
    let status = Status::new(reason, http_status, message);
    let body = json(&Whole {
        kind: "Status",
        api_version: "v1",
        metadata: Empty {},
        status,
    });
    Answer { http_status, body }
}

fn failed(message: &str) -> Answer {
    refused(503, "ServiceUnavailable", message)
}

fn envelope(
    version: Version,
    uid: &str,
    status: Option<Status<'_>>,
    warnings: Vec<String>,
    audit_annotations: Option<Annotations>,
) -> Answer {
    let allowed = status.is_none();
    let response = Response {
        uid,
        allowed,
        status,
        warnings,
        audit_annotations,
    };
    let body = json(&Envelope {
        kind: "AdmissionReview",
        api_version: version.as_str(),
        response,
    });
    Answer {
        http_status: 200,
        body,
    }
}

/// The denial that kubectl prints as one bullet for each cause.
// From kubernetes/kubectl, pkg/cmd/util/helpers.go checkErr.
fn invalid<'a>(review: &'a Review<'_>, verdict: &Verdict) -> Status<'a> {
    let denying = verdict
        .findings
        .iter()
        .filter(|judged| judged.effect == Effect::Deny);
    let own = own_text(review);
    let mut causes: Vec<Cause> = Vec::new();
    let mut n_more = 0;
    for judged in denying {
        let cause = cause(&judged.finding, &own);
        match (causes.contains(&cause), causes.len() < MAX_CAUSES) {
            (true, _) => {}
            (false, true) => causes.push(cause),
            (false, false) => n_more += 1,
        }
    }
    let name = review.shown_name();
    let mut message = review.kind.to_string();
    if !review.group.is_empty() {
        let _ = write!(message, ".{}", review.group);
    }
    let _ = write!(message, " \"{name}\" is invalid: ");
    let texts: Vec<_> = causes
        .iter()
        .map(|cause| format!("{}: {}", cause.field, cause.message))
        .collect();
    match texts.as_slice() {
        [text] => message.push_str(text),
        texts => _ = write!(message, "[{}]", texts.join(", ")),
    }
    if 0 < n_more {
        let field = WHOLE_OBJECT.to_owned();
        let message = format!("… {n_more} more");
        causes.push(Cause {
            reason: "FieldValueInvalid",
            field,
            message,
        });
    }
    let message = Cow::Owned(cut(&one_line(&message), MAX_MESSAGE_CHARS));
    let mut status = Status::new("Invalid", 422, message);
    status.details = Some(Details {
        name: Some(name),
        group: Some(Cow::Borrowed(&review.group)),
        kind: Some(Cow::Borrowed(&review.kind)),
        causes,
        retry_after_seconds: None,
    });
    status
}

/// The field of a bullet about no single field, which kubectl would print as nothing and a colon.
const WHOLE_OBJECT: &str = "object";

fn cause(finding: &Finding, own: &str) -> Cause {
    let is_here = elsewhere(finding, own).is_none();
    let field = match !is_here || finding.path.is_empty() {
        true => WHOLE_OBJECT.to_owned(),
        false => cut(&one_line(&finding.path), MAX_CAUSE_CHARS),
    };
    let mut message = match is_here {
        true => sentence(finding, own),
        false => placed_sentence(finding, own),
    };
    if let Some(help) = &finding.help {
        let _ = write!(message, "; {help}");
    }
    let message = cut(&one_line(&message), MAX_CAUSE_CHARS);
    Cause {
        reason: "FieldValueInvalid",
        field,
        message,
    }
}

/// What the cluster calls the object that changes.
fn own_text(review: &Review<'_>) -> String {
    format!("{}/{}", review.kind, review.name)
}

fn is_own(place: &Place, own: &str) -> bool {
    OWN_TEXTS.contains(&&*place.file) || place.file == own
}

/// Names of the texts of the change itself; every other text is of the cluster.
const OWN_TEXTS: [&str; 2] = ["object", "oldObject"];

/// Other objects that one sentence points to; the first ones tell most.
const MAX_POINTERS: usize = 3;

fn sentence(finding: &Finding, own: &str) -> String {
    let Finding {
        rule,
        code,
        message,
        severity: _,
        place: _,
        object: _,
        path: _,
        related,
        help: _,
    } = finding;
    let mut sentence = match code.is_empty() {
        true => format!("{message} [{rule}]"),
        false => format!("{message} [{code} {rule}]"),
    };
    let mut pointers: Vec<String> = Vec::new();
    for label in related {
        let pointer = pointer(&label.place);
        if !is_own(&label.place, own) && !pointers.contains(&pointer) {
            pointers.push(pointer);
        }
    }
    pointers.truncate(MAX_POINTERS);
    if !pointers.is_empty() {
        let _ = write!(sentence, "; see {}", pointers.join(", "));
    }
    sentence
}

/// A sentence that begins with its field, and with its object where that is another one.
fn placed_sentence(finding: &Finding, own: &str) -> String {
    let sentence = sentence(finding, own);
    let path = &finding.path;
    match (elsewhere(finding, own).map(pointer), path.is_empty()) {
        (None, true) => sentence,
        (None, false) => format!("{path}: {sentence}"),
        (Some(elsewhere), true) => format!("in {elsewhere}: {sentence}"),
        (Some(elsewhere), false) => format!("{path} in {elsewhere}: {sentence}"),
    }
}

/// The place of a finding that is not in the object that changes.
fn elsewhere<'f>(finding: &'f Finding, own: &str) -> Option<&'f Place> {
    let place = finding.place.as_ref();
    place.filter(|place| !is_own(place, own))
}

/// A text of the cluster, with a line where it has several; JSON of an API server has one.
fn pointer(place: &Place) -> String {
    match place.line {
        0 | 1 => format!("`{}`", place.file),
        line => format!("`{}:{line}`", place.file),
    }
}

fn failure_message(verdict: &Verdict) -> String {
    let failures = verdict
        .failures
        .iter()
        .filter(|failure| failure.effect == Effect::Deny);
    let messages: Vec<_> = failures
        .map(|failure| format!("{} [{}]", failure.error.message, failure.error.code))
        .collect();
    cut(&one_line(&messages.join("; ")), MAX_MESSAGE_CHARS)
}

fn warnings(own: &str, verdict: &Verdict, decision: Decision, caveat: Option<&str>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut add = |text: String| {
        if !texts.contains(&text) {
            texts.push(text);
        }
    };
    if let Some(caveat) = caveat {
        add(warning(caveat, None));
    }
    for failure in &verdict.failures {
        // A denial that is only about failures says so in its message.
        let is_warned = match failure.effect {
            Effect::Deny => decision != Decision::ErrorDeny,
            Effect::Warn => true,
            Effect::Audit | Effect::Monitor | Effect::Exempt => false,
        };
        if is_warned {
            let text = format!(
                "not judged: {} [{}]",
                failure.error.message, failure.error.code
            );
            add(warning(&text, None));
        }
    }
    for judged in verdict
        .findings
        .iter()
        .filter(|judged| judged.effect == Effect::Warn)
    {
        let finding = &judged.finding;
        let text = placed_sentence(finding, own);
        add(warning(&text, finding.help.as_deref()));
    }
    if MAX_WARNINGS < texts.len() {
        let n_more = texts.len() - (MAX_WARNINGS - 1);
        texts.truncate(MAX_WARNINGS - 1);
        texts.push(format!(
            "… {n_more} more, see the audit annotation `findings`"
        ));
    }
    texts
}

/// One warning; help is left out when the text would be longer than is good.
fn warning(text: &str, help: Option<&str>) -> String {
    let text = one_line(text);
    if let Some(help) = help {
        let with_help = format!("{text}; {}", one_line(help));
        if with_help.chars().count() <= GOOD_WARNING_CHARS {
            return with_help;
        }
    }
    cut(&text, MAX_WARNING_CHARS)
}

fn annotations(verdict: &Verdict, digests: String) -> Annotations {
    let all: Vec<_> = verdict
        .findings
        .iter()
        .map(|judged| {
            let Finding {
                rule,
                code,
                severity,
                message,
                place: _,
                object,
                path,
                related: _,
                help: _,
            } = &judged.finding;
            AnnotatedFinding {
                policy: &judged.policy,
                rule: one_line(rule),
                code: one_line(code),
                severity: severity.as_str(),
                effect: judged.effect.as_str(),
                object: object.as_deref().map(one_line),
                path: one_line(path),
                message: one_line(message),
            }
        })
        .collect();
    let mut findings = String::from("[");
    for (finding_idx, finding) in all.iter().enumerate() {
        let text = serde_json::to_string(finding).unwrap_or_default();
        let comma = if finding_idx == 0 { "" } else { "," };
        // What closes the list and tells how many are missing takes less than 32 bytes.
        if MAX_ANNOTATION_BYTES < findings.len() + text.len() + 32 {
            let n_more = all.len() - finding_idx;
            let _ = write!(findings, "{comma}{{\"omitted\":{n_more}}}");
            break;
        }
        let _ = write!(findings, "{comma}{text}");
    }
    findings.push(']');
    let monitored = words(
        verdict
            .findings
            .iter()
            .filter(|judged| judged.effect == Effect::Monitor)
            .map(|judged| format!("{}/{}", judged.policy, judged.finding.rule)),
    );
    let exempted = words(
        verdict
            .exemptions
            .iter()
            .map(|it| format!("{} by {}", it.policy, it.by.as_str())),
    );
    let errors = words(
        verdict
            .failures
            .iter()
            .map(|it| format!("{}/{}", it.policy, it.error.code)),
    );
    Annotations {
        findings: (!all.is_empty()).then_some(findings),
        monitored,
        exempted,
        errors,
        policy_digest: Some(digests).filter(|digests| !digests.is_empty()),
    }
}

/// A list without duplicates; `None` when it is empty.
fn words(words: impl Iterator<Item = String>) -> Option<String> {
    let mut list: Vec<String> = Vec::new();
    let mut n_bytes = 0;
    for word in words {
        if list.contains(&word) {
            continue;
        }
        n_bytes += word.len() + 2;
        if MAX_ANNOTATION_BYTES < n_bytes + 4 {
            list.push("…".to_owned());
            break;
        }
        list.push(word);
    }
    (!list.is_empty()).then(|| one_line(&list.join(", ")).into_owned())
}

/// The text without what breaks lines, drives terminals or turns the direction of text.
fn one_line(text: &str) -> Cow<'_, str> {
    let is_bad = |char: char| {
        char.is_control()
            || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    // Nearly all texts are plain, which shows much faster.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    match !is_plain && text.contains(is_bad) {
        true => Cow::Owned(text.replace(is_bad, " ")),
        false => Cow::Borrowed(text),
    }
}

/// The text in at most so many characters.
fn cut(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        None => text.to_owned(),
        Some(_) => {
            let mut short: String = text.chars().take(max_chars - 1).collect();
            short.push('…');
            short
        }
    }
}

fn json(value: &impl Serialize) -> Bytes {
    let mut body = Vec::with_capacity(512);
    // Strings and numbers in a vector: there is no way to fail.
    match serde_json::to_writer(&mut body, value) {
        Ok(()) => Bytes::from(body),
        Err(_) => Bytes::new(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    kind: &'static str,
    api_version: &'static str,
    response: Response<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_annotations: Option<Annotations>,
}

#[derive(Serialize)]
struct Status<'a> {
    status: &'static str,
    message: Cow<'a, str>,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details<'a>>,
    code: u16,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<u32>,
}

#[derive(PartialEq, Eq, Serialize)]
struct Cause {
    reason: &'static str,
    message: String,
    field: String,
}

// Keys become `<name of the webhook>/<key>`, of which the key may have 63 characters.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Annotations {
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    monitored: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exempted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_digest: Option<String>,
}

#[derive(Serialize)]
struct AnnotatedFinding<'a> {
    policy: &'a str,
    rule: Cow<'a, str>,
    code: Cow<'a, str>,
    severity: &'static str,
    effect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Cow<'a, str>>,
    path: Cow<'a, str>,
    message: Cow<'a, str>,
}

#[derive(Serialize)]
struct Empty {}

impl<'a> Status<'a> {
    fn new(reason: &'static str, code: u16, message: Cow<'a, str>) -> Status<'a> {
        Status {
            status: "Failure",
            message,
            reason,
            details: None,
            code,
        }
    }
}

#[cfg(test)]
mod tests;
