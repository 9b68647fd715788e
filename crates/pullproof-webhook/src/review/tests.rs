//! Reviews as the API server sends them, and all that is none.

use super::*;

/// A review with some fields of its request replaced; `None` leaves one out.
pub(crate) fn body(changes: &[(&str, Option<&str>)]) -> String {
    let mut fields = vec![
        ("uid", r#""705ab4f5-6393-11e8-b7cc-42010a800002""#),
        (
            "kind",
            r#"{"group":"config.openshift.io","version":"v1","kind":"ImageDigestMirrorSet"}"#,
        ),
        (
            "resource",
            r#"{"group":"config.openshift.io","version":"v1","resource":"imagedigestmirrorsets"}"#,
        ),
        ("name", r#""lab""#),
        ("operation", r#""CREATE""#),
        (
            "userInfo",
            r#"{"username":"admin","groups":["system:masters"],"extra":{"a":["b"]}}"#,
        ),
        (
            "object",
            r#"{"kind":"ImageDigestMirrorSet","metadata":{"name":"lab"},"spec":{}}"#,
        ),
        ("oldObject", "null"),
        ("dryRun", "false"),
        ("options", "null"),
    ];
    for (field, value) in changes {
        fields.retain(|(key, _)| key != field);
        fields.extend(value.map(|value| (*field, value)));
    }
    let fields: Vec<_> = fields
        .iter()
        .map(|(key, value)| format!("\"{key}\":{value}"))
        .collect();
    format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{{}}}}}"#,
        fields.join(",")
    )
}

#[test]
fn a_review_keeps_the_texts_of_objects() {
    let object = "{ \"b\" : 1.0e0,\n\"a\":\"\\u00e9\" }";
    let body = body(&[("object", Some(object)), ("dryRun", Some("true"))]);
    let review = read(body.as_bytes()).unwrap();
    assert_eq!(review.object, Some(object));
    assert_eq!(review.old_object, None);
    assert!(review.dry_run);
    assert_eq!(review.version, Version::V1);
    let groups = review.group_refs();
    let request = review.request(&groups);
    assert_eq!(request.groups, ["system:masters"]);
    assert_eq!(request.user, "admin");
    assert_eq!(request.kind.kind, "ImageDigestMirrorSet");
    assert_eq!(request.name, "lab");
}

#[test]
fn fields_that_may_be_missing_or_null() {
    for field in [
        "name",
        "namespace",
        "subResource",
        "userInfo",
        "object",
        "oldObject",
        "dryRun",
        "options",
        "resource",
    ] {
        for value in [None, Some("null")] {
            let body = body(&[(field, value)]);
            assert!(read(body.as_bytes()).is_ok(), "{field} {value:?}");
        }
    }
}

#[test]
fn a_name_that_the_server_makes_up_shows_its_start() {
    let object = r#"{"metadata":{"generateName":"lab-"}}"#;
    let body = body(&[("name", Some("\"\"")), ("object", Some(object))]);
    let review = read(body.as_bytes()).unwrap();
    assert_eq!((&*review.shown_name(), &*review.name), ("lab-", ""));
}

#[test]
fn wrong_types_are_told_by_field() {
    for (field, value, expected) in [
        (
            "name",
            "5",
            "`request.name`: expected a string, found a number",
        ),
        (
            "namespace",
            "{}",
            "`request.namespace`: expected a string, found an object",
        ),
        (
            "subResource",
            "[]",
            "`request.subResource`: expected a string, found an array",
        ),
        (
            "dryRun",
            "\"yes\"",
            "`request.dryRun`: expected true or false, found a string",
        ),
        (
            "object",
            "\"x\"",
            "`request.object`: expected an object or null, found a string",
        ),
        (
            "oldObject",
            "[1]",
            "`request.oldObject`: expected an object or null, found an array",
        ),
        (
            "operation",
            "true",
            "`request.operation`: expected a string, found a boolean",
        ),
        (
            "operation",
            "\"PATCH\"",
            "`request.operation`: `PATCH` is none of CREATE, UPDATE, DELETE, CONNECT",
        ),
        ("operation", "null", "`request.operation` is missing"),
        ("kind", "null", "`request.kind` is missing"),
        (
            "kind",
            r#"{"kind":1}"#,
            "`request.kind.kind`: expected a string, found a number",
        ),
        (
            "userInfo",
            r#"{"username":[]}"#,
            "`request.userInfo.username`: expected a string, found an array",
        ),
        (
            "userInfo",
            r#"{"groups":[1]}"#,
            "`request.userInfo.groups`: expected a string, found a number",
        ),
        (
            "userInfo",
            r#"{"groups":{}}"#,
            "`request.userInfo.groups`: expected an array, found an object",
        ),
        (
            "name",
            r#""\ud800""#,
            "`request.name`: half of a surrogate pair is no character",
        ),
        (
            "userInfo",
            "[\"admin\"]",
            "`request.userInfo`: expected an object, found an array",
        ),
    ] {
        let body = body(&[(field, Some(value))]);
        let error = read(body.as_bytes()).unwrap_err();
        assert_eq!(error.message, expected);
        let uid = "705ab4f5-6393-11e8-b7cc-42010a800002".to_owned();
        assert_eq!(error.answerable, Some((Version::V1, uid)), "{field}");
    }
}

#[test]
fn what_is_no_review_has_no_answer() {
    let nested = "[".repeat(100_000);
    let review = body(&[]);
    for (body, expected) in [
        ("", "the body is empty"),
        ("  \n", "the body is empty"),
        ("[1]", "the body: expected an object, found an array"),
        (
            "{",
            "the body: EOF while parsing an object at line 1 column 1",
        ),
        ("{}", "the body has no `apiVersion` and `kind`"),
        ("null", "the body: expected an object, found null"),
        (
            r#"{"kind":"AdmissionReview"}"#,
            "`AdmissionReview` of `` is not answered",
        ),
        (
            r#"{"kind":"Banana","apiVersion":"foo/v9","request":{"uid":"a"}}"#,
            "`Banana` of `foo/v9` is not answered, only",
        ),
        (
            r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v2","request":{"uid":"a"}}"#,
            "`AdmissionReview` of `admission.k8s.io/v2` is not answered",
        ),
        (
            r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}"#,
            "the review has no `request`",
        ),
        (
            r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":null}"#,
            "the review has no `request`",
        ),
        (
            r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":[]}"#,
            "`request`: expected an object, found an array",
        ),
        (
            r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{}}"#,
            "`request.uid` is missing",
        ),
        (r#"{"kind":1}"#, "`kind`: expected a string, found a number"),
        (
            r#"{"kind":"a","kind":"a"}"#,
            "the body: duplicate field `kind`",
        ),
        (&nested, "the body: "),
        (&review[..review.len() - 1], "the body: EOF"),
        (&format!("{review}x"), "the body: trailing characters"),
        (&format!("\u{feff}{review}"), "the body: expected value"),
    ] {
        let error = read(body.as_bytes()).unwrap_err();
        assert!(
            error.message.starts_with(expected),
            "{:?} is not {expected:?}",
            error.message
        );
        assert_eq!(error.answerable, None);
    }
    let error = read(b"{\"kind\":\"\xff\"}").unwrap_err();
    assert_eq!(error.message, "the body is not UTF-8 after byte 9");
}

#[test]
fn depth_is_no_matter() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    let body = body(&[("object", Some(&deep))]);
    let review = read(body.as_bytes()).unwrap();
    assert_eq!(review.object.map(str::len), Some(deep.len()));
    assert_eq!(labels(&deep), []);
}

#[test]
fn every_prefix_and_every_flipped_byte_is_answered() {
    let review = body(&[]);
    for end in 0..review.len() {
        assert!(read(&review.as_bytes()[..end]).is_err());
    }
    for at in 0..review.len() {
        for byte in [0, b'"', b'\\', b'{', b'}', b',', b'9', 0x80, 0xff] {
            let mut bytes = review.clone().into_bytes();
            bytes[at] = byte;
            // Whatever it is, it is no panic, and the answer repeats what was read.
            if let Ok(review) = read(&bytes) {
                assert!(!review.uid.is_empty());
            }
        }
    }
}

#[test]
fn labels_are_read_with_escapes() {
    let object =
        r#"{"metadata":{"labels":{"a":"b","\u0063":"\u0064","n":5}},"spec":{"labels":{"x":"y"}}}"#;
    let labels = labels(object);
    assert_eq!(labels, [("a".into(), "b".into()), ("c".into(), "d".into())]);
    for object in [
        "{}",
        r#"{"metadata":1}"#,
        r#"{"metadata":{"labels":[]}}"#,
        r#"{"metadata":null}"#,
    ] {
        assert_eq!(super::labels(object), []);
    }
}
