//! Answers as the API server and kubectl take them.

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
        is_repeated: false,
        result: Ok(findings),
    }]
}

fn trapped() -> Vec<Outcome> {
    let message = "policy `p` trapped:\nunreachable".to_owned();
    vec![Outcome {
        policy: "p".into(),
        is_repeated: false,
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
    let findings: Value = serde_json::from_str(annotations["findings"].as_str().unwrap()).unwrap();
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
        let warnings: Vec<String> = serde_json::from_value(response["warnings"].clone()).unwrap();
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
