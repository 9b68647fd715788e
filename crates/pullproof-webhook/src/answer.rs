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
    match text.contains(is_bad) {
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
mod tests {
    use super::*;
    use crate::evaluate::{Label, Outcome, PolicyError, Severity};
    use crate::review;
    use crate::review::tests::body;
    use crate::verdict;
    use crate::verdict::tests::{finding, policies};
    use kube_core::DynamicObject;
    use kube_core::admission::AdmissionReview;
    use serde_json::{Value, json};

    fn answer(settings: &str, outcomes: Vec<Outcome>, on_error: OnError) -> Answer {
        let body = body(&[]);
        let review = review::read(body.as_bytes()).unwrap();
        let verdict = verdict::verdict(&policies(settings), on_error, &review, outcomes);
        judged(&review, &verdict, on_error, None, || {
            "p=sha256:0".to_owned()
        })
    }

    fn found(findings: Vec<Finding>) -> Vec<Outcome> {
        vec![Outcome {
            policy: "p".into(),
            result: Ok(findings),
        }]
    }

    fn trapped() -> Vec<Outcome> {
        let message = "policy `p` trapped:\nunreachable".to_owned();
        vec![Outcome {
            policy: "p".into(),
            result: Err(PolicyError {
                code: "trap",
                message,
            }),
        }]
    }

    fn response(answer: &Answer) -> Value {
        let mut value: Value = serde_json::from_slice(&answer.body).unwrap();
        // Whoever decodes reviews decodes ours; the API server needs no status, kube-core does.
        let mut with_status = value.clone();
        let response = with_status["response"].as_object_mut().unwrap();
        response.entry("status").or_insert(json!({}));
        let review: AdmissionReview<DynamicObject> = serde_json::from_value(with_status).unwrap();
        assert_eq!(
            review.response.unwrap().uid,
            "705ab4f5-6393-11e8-b7cc-42010a800002"
        );
        assert_eq!(value["apiVersion"], "admission.k8s.io/v1");
        assert_eq!(value["kind"], "AdmissionReview");
        let mut response = value["response"].take();
        response.as_object_mut().unwrap().remove("uid");
        response
    }

    #[test]
    fn an_allowed_review_holds_only_what_is_needed() {
        let answer = answer("", found(Vec::new()), OnError::Deny);
        assert_eq!(
            &answer.body[..],
            br#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002","allowed":true}}"#
        );
    }

    #[test]
    fn a_denial_has_one_cause_for_each_finding() {
        let error = finding("self-mirror", Severity::Error);
        let whole = Finding {
            path: String::new(),
            help: None,
            ..error.clone()
        };
        let warned = finding("odd", Severity::Warning);
        let answer = answer(
            "",
            found(vec![error.clone(), error.clone(), whole, warned]),
            OnError::Deny,
        );
        assert_eq!(
            response(&answer),
            json!({
                "allowed": false,
                "status": {
                    "status": "Failure",
                    "code": 422,
                    "reason": "Invalid",
                    "message": "ImageDigestMirrorSet.config.openshift.io \"lab\" is invalid: [\
                        spec.imageDigestMirrors[0].source: mirror `a.io` is its own source \
                        [PP007 self-mirror]; remove it, \
                        object: mirror `a.io` is its own source [PP007 self-mirror]]",
                    "details": {
                        "name": "lab",
                        "group": "config.openshift.io",
                        "kind": "ImageDigestMirrorSet",
                        "causes": [
                            {
                                "reason": "FieldValueInvalid",
                                "field": "spec.imageDigestMirrors[0].source",
                                "message": "mirror `a.io` is its own source \
                                    [PP007 self-mirror]; remove it",
                            },
                            {
                                "reason": "FieldValueInvalid",
                                "field": "object",
                                "message": "mirror `a.io` is its own source [PP007 self-mirror]",
                            },
                        ],
                    },
                },
                "warnings": [
                    "spec.imageDigestMirrors[0].source: mirror `a.io` is its own source \
                        [PP007 odd]; remove it",
                ],
                "auditAnnotations": response(&answer)["auditAnnotations"],
            })
        );
        let annotations = &response(&answer)["auditAnnotations"];
        let findings: Value =
            serde_json::from_str(annotations["findings"].as_str().unwrap()).unwrap();
        assert_eq!(findings.as_array().unwrap().len(), 4);
        assert_eq!(
            findings[3],
            json!({
                "policy": "p", "rule": "odd", "code": "PP007", "severity": "warning",
                "effect": "warn", "path": "spec.imageDigestMirrors[0].source",
                "message": "mirror `a.io` is its own source",
            })
        );
        assert_eq!(annotations["policy-digest"], "p=sha256:0");
    }

    #[test]
    fn monitored_and_exempted_findings_are_only_audited() {
        let findings = vec![
            finding("a", Severity::Error),
            finding("a", Severity::Warning),
        ];
        let monitored = "[[policy]]\nname = 'p'\nmode = 'monitor'";
        let response1 = response(&answer(monitored, found(findings.clone()), OnError::Deny));
        assert_eq!(response1["allowed"], true);
        assert_eq!(response1["warnings"], Value::Null);
        assert_eq!(response1["auditAnnotations"]["monitored"], "p/a");
        let exempted =
            "[[policy]]\nname = 'p'\nexempt = [{ kind = 'ImageDigestMirrorSet', name = 'lab' }]";
        let response = response(&answer(exempted, found(findings), OnError::Deny));
        assert_eq!(response["allowed"], true);
        assert_eq!(response["auditAnnotations"]["exempted"], "p by name");
    }

    #[test]
    fn a_policy_that_fails_is_told_in_one_line() {
        let denied = response(&answer("", trapped(), OnError::Deny));
        assert_eq!(
            denied["status"],
            json!({
                "status": "Failure", "code": 500, "reason": "InternalError",
                "message": "policy `p` trapped: unreachable [trap]",
            })
        );
        assert_eq!(denied["auditAnnotations"]["errors"], "p/trap");
        let allowed = response(&answer("", trapped(), OnError::Allow));
        assert_eq!(allowed["allowed"], true);
        assert_eq!(
            allowed["warnings"],
            json!(["not judged: policy `p` trapped: unreachable [trap]"])
        );
        let failed = answer("", trapped(), OnError::Fail);
        assert_eq!(failed.http_status, 503);
        let status: Value = serde_json::from_slice(&failed.body).unwrap();
        assert_eq!(status["kind"], "Status");
        assert_eq!(status["message"], "policy `p` trapped: unreachable [trap]");
    }

    #[test]
    fn no_time_is_a_valid_review() {
        let uid = "705ab4f5-6393-11e8-b7cc-42010a800002";
        for why in [NoVerdict::Full, NoVerdict::Late] {
            let denied = response(&not_judged(Version::V1, uid, OnError::Deny, why));
            assert_eq!(denied["allowed"], false);
            assert_eq!(denied["status"]["code"], 503);
            assert_eq!(denied["status"]["details"]["retryAfterSeconds"], 1);
            let allowed = response(&not_judged(Version::V1, uid, OnError::Allow, why));
            assert_eq!(allowed["allowed"], true);
            assert_eq!(allowed["warnings"].as_array().unwrap().len(), 1);
            assert_eq!(
                not_judged(Version::V1, uid, OnError::Fail, why).http_status,
                503
            );
        }
    }

    #[test]
    fn causes_end_at_their_limit() {
        for (n_findings, n_causes, last) in [
            (MAX_CAUSES, MAX_CAUSES, "m49 [r]; h"),
            (MAX_CAUSES + 1, MAX_CAUSES + 1, "… 1 more"),
            (MAX_CAUSES + 100, MAX_CAUSES + 1, "… 100 more"),
        ] {
            let findings = (0..n_findings).map(|idx| Finding {
                message: format!("m{idx}"),
                code: String::new(),
                help: Some("h".to_owned()),
                ..finding("r", Severity::Error)
            });
            let response = response(&answer("", found(findings.collect()), OnError::Deny));
            let causes = response["status"]["details"]["causes"].as_array().unwrap();
            assert_eq!(causes.len(), n_causes);
            assert_eq!(causes.last().unwrap()["message"], last);
        }
    }

    #[test]
    fn warnings_stay_within_what_the_api_server_takes() {
        for n_findings in [1, MAX_WARNINGS, MAX_WARNINGS + 1, 1_000] {
            let findings = (0..n_findings).map(|idx| Finding {
                message: format!("{idx} {}", "é\n".repeat(1_000)),
                ..finding("r", Severity::Warning)
            });
            let response = response(&answer("", found(findings.collect()), OnError::Deny));
            let warnings: Vec<String> =
                serde_json::from_value(response["warnings"].clone()).unwrap();
            assert_eq!(warnings.len(), n_findings.min(MAX_WARNINGS));
            let n_chars: usize = warnings.iter().map(|warning| warning.chars().count()).sum();
            assert!(n_chars <= 4_096);
            assert!(
                warnings
                    .iter()
                    .all(|warning| warning.chars().count() <= MAX_WARNING_CHARS)
            );
            assert!(
                !warnings
                    .iter()
                    .any(|warning| warning.contains(char::is_control))
            );
            let says_more = warnings.last().unwrap().starts_with("… ");
            assert_eq!(says_more, MAX_WARNINGS < n_findings);
        }
        // Help stays while the whole is short.
        let short = "a".repeat(GOOD_WARNING_CHARS - 6);
        assert_eq!(warning(&short, Some("help")), format!("{short}; help"));
        let longer = "a".repeat(GOOD_WARNING_CHARS - 5);
        assert_eq!(warning(&longer, Some("help")), longer);
        // A text is cut only beyond the limit.
        for (n_chars, is_cut) in [(MAX_WARNING_CHARS, false), (MAX_WARNING_CHARS + 1, true)] {
            let warning = warning(&"é".repeat(n_chars), None);
            assert_eq!(warning.chars().count(), MAX_WARNING_CHARS);
            assert_eq!(warning.ends_with('…'), is_cut);
        }
    }

    #[test]
    fn annotations_stay_within_their_limit() {
        for n_findings in [1, 20, 60, 5_000] {
            let findings = (0..n_findings).map(|idx| finding(&format!("r{idx}"), Severity::Info));
            let response = response(&answer("", found(findings.collect()), OnError::Deny));
            let text = response["auditAnnotations"]["findings"].as_str().unwrap();
            assert!(text.len() <= MAX_ANNOTATION_BYTES);
            let findings: Vec<Value> = serde_json::from_str(text).unwrap();
            let omitted = findings.last().unwrap()["omitted"].as_u64();
            let n_told = match omitted {
                Some(n_more) => findings.len() - 1 + usize::try_from(n_more).unwrap(),
                None => findings.len(),
            };
            assert_eq!(n_told, n_findings);
        }
    }

    #[test]
    fn texts_of_policies_are_one_line() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a\nb\tc\r\u{0}\u{7f}\u{9b}31m", "a b c    31m"),
            ("\u{202e}evil\u{2066}\u{2028}", " evil  "),
        ] {
            assert_eq!(one_line(text), expected);
        }
    }

    #[test]
    fn a_refusal_is_a_status() {
        let Answer { http_status, body } = refused(413, "RequestEntityTooLarge", "too\nlarge");
        assert_eq!(http_status, 413);
        let status: kube_core::Status = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            (status.code, &*status.reason),
            (413, "RequestEntityTooLarge")
        );
        assert_eq!(status.message, "too large");
    }

    #[test]
    fn other_objects_are_named() {
        let place = |file: &str, line| Place {
            file: file.to_owned(),
            line,
            column: 1,
            end_line: line,
            end_column: 1,
            start_byte: 0,
            end_byte: 0,
        };
        let placed = |at: Place, related: &[(&str, u32)]| {
            let label = |(file, line): &(&str, u32)| Label {
                place: place(file, *line),
                text: "here".to_owned(),
            };
            Finding {
                place: Some(at),
                related: related.iter().map(label).collect(),
                help: None,
                ..finding("r", Severity::Error)
            }
        };
        let check = |at: Place, related: &[(&str, u32)], field: &str, message: &str| {
            let cause = cause(&placed(at, related), "ImageTagMirrorSet/lab");
            assert_eq!((&*cause.field, &*cause.message), (field, message));
        };
        let path = "spec.imageDigestMirrors[0].source";
        let text = "mirror `a.io` is its own source [PP007 r]";
        let own = [
            ("object", 1),
            ("oldObject", 1),
            ("ImageTagMirrorSet/lab", 1),
        ];
        check(place("object", 1), &own, path, text);
        let others = [
            ("object", 1),
            ("ImageTagMirrorSet/lab2", 1),
            ("ImageTagMirrorSet/lab2", 1),
            ("a.yaml", 7),
            ("b.yaml", 1),
            ("c.yaml", 1),
        ];
        let see = "; see `ImageTagMirrorSet/lab2`, `a.yaml:7`, `b.yaml`";
        check(place("object", 1), &others, path, &format!("{text}{see}"));
        let elsewhere = format!("{path} in `a.yaml:7`: {text}");
        check(place("a.yaml", 7), &[], "object", &elsewhere);
    }
}
