//! What the server answers, by rule.

use super::*;
use crate::apiserver::names;
use crate::document::json;
use crate::file::{FileId, Files};

const IDMS: Resource = Resource::ImageDigestMirrorSets;

fn ask(resource: Resource, text: &str, openshift: OpenShift, mode: FieldValidation) -> Verdict {
    let (object, _) = json::parse(text, file());
    admit(resource, &object.expect("an object"), openshift, mode)
}

fn file() -> FileId {
    Files::new().add("object.json", "")
}

/// An object of the corpus's shape, with members beside or instead of the usual ones.
fn idms(members: &str) -> String {
    format!(
        r#"{{"apiVersion":"config.openshift.io/v1","kind":"ImageDigestMirrorSet","spec":{{}},{members}}}"#
    )
}

#[test]
fn what_cannot_be_decoded_is_a_bad_request() {
    let meta = |members: &str| idms(&format!(r#""metadata":{{{members}}}"#));
    let unhandled = "ImageDigestMirrorSet in version \"v1\" cannot be handled as a \
                     ImageDigestMirrorSet: ";
    let unrecognized =
        "the object provided is unrecognized (must be of type ImageDigestMirrorSet): ";
    let cases = [
        (
            "null".to_owned(),
            format!("{unrecognized}Object 'Kind' is missing in 'null' (6e756c6c)"),
        ),
        (
            r#"{"kind":1}"#.to_owned(),
            format!(
                "{unrecognized}couldn't get version/kind; json parse error: json: cannot \
                 unmarshal number into Go struct field .kind of type string ({{\"kind\": 1}})"
            ),
        ),
        (
            r#"{"kind":"a","Kind":[]}"#.to_owned(),
            format!(
                "{unrecognized}couldn't get version/kind; json parse error: json: cannot \
                 unmarshal array into Go struct field .kind of type string \
                 ({{\"kind\": \"a\", \"Kind\": []}})"
            ),
        ),
        (
            r#"{"apiVersion":"a/b/c","kind":"x"}"#.to_owned(),
            format!(
                "{unrecognized}unexpected GroupVersion string: a/b/c \
                 ({{\"apiVersion\": \"a/b/c\", \"kind\" ...)"
            ),
        ),
        (
            r#"{"apiVersion":null,"kind":"ImageDigestMirrorSet"}"#.to_owned(),
            "ImageDigestMirrorSet in version \"\" cannot be handled as a ImageDigestMirrorSet: \
             .apiVersion accessor error: <nil> is of the type <nil>, expected string"
                .to_owned(),
        ),
        (
            r#"{"kind":"ImageDigestMirrorSet","metadata":{"name":"a"},"x":1}"#.to_owned(),
            "the API version in the data () does not match the expected API version \
             (config.openshift.io/v1)"
                .to_owned(),
        ),
        (
            meta(r#""generation":1.5,"finalizers":{}"#),
            format!(
                "{unhandled}json: cannot unmarshal object into Go struct field \
                 ObjectMeta.finalizers of type []string"
            ),
        ),
        (
            meta(r#""generation":1.5"#),
            format!(
                "{unhandled}json: cannot unmarshal number 1.5 into Go struct field \
                 ObjectMeta.generation of type int64"
            ),
        ),
        (
            meta(r#""ownerReferences":[null,{"controller":"x"}]"#),
            format!(
                "{unhandled}json: cannot unmarshal string into Go struct field \
                 OwnerReference.ownerReferences.controller of type bool"
            ),
        ),
        (
            meta(r#""creationTimestamp":"today","annotations":1"#),
            format!(
                "{unhandled}parsing time \"today\" as \"2006-01-02T15:04:05Z07:00\": \
                 cannot parse \"today\" as \"2006\""
            ),
        ),
    ];
    for (text, message) in cases {
        for mode in [FieldValidation::Strict, FieldValidation::Warn] {
            let verdict = ask(IDMS, &text, OpenShift::NEWEST, mode);
            assert_eq!(verdict.message.as_deref(), Some(&*message), "{text}");
            assert_eq!(
                (verdict.code, verdict.reason),
                (400, Some(Reason::BadRequest))
            );
            assert_eq!(verdict.warnings, Vec::<String>::new());
        }
    }
}

#[test]
fn unknown_fields_come_metadata_first_then_by_path() {
    let text = idms(
        r#""z":1,"metadata":{"name":"a","y":1,"x":1,"ownerReferences":[{"w":1}]},"a":{"b":1}"#,
    );
    let paths = [
        "metadata.ownerReferences[0].w",
        "metadata.x",
        "metadata.y",
        "a",
        "z",
    ];
    for mode in [FieldValidation::Strict, FieldValidation::Warn] {
        let verdict = ask(IDMS, &text, OpenShift::NEWEST, mode);
        let found: Vec<String> = verdict
            .pruned
            .iter()
            .map(|field| field.path.to_string())
            .collect();
        assert_eq!(found, paths);
        for field in &verdict.pruned {
            let Some(Step::Key(key)) = field.path.steps.last() else {
                unreachable!("an unknown field has a key");
            };
            assert_eq!(text[field.span.range()], format!("\"{key}\""));
        }
    }
}

#[test]
fn metadata_is_checked_on_create() {
    let subdomain = names::NameFault {
        part: names::Part::Whole,
        kind: names::NameFaultKind::NotSubdomain,
    };
    let owner = |rest: &str| {
        format!(
            r#""name":"a","ownerReferences":[{{"apiVersion":"v1","kind":"K","name":"n","uid":"u"{rest}}}]"#
        )
    };
    // Members of `metadata`, then field and message of each cause.
    let cases: [(String, Vec<(&str, String)>); 8] = [
        (r#""generateName":"a-""#.to_owned(), vec![]),
        (
            r#""generateName":"A""#.to_owned(),
            vec![
                ("metadata.generateName", format!("Invalid value: \"A\": {subdomain}")),
                ("metadata.name", format!("Invalid value: \"Axxxxx\": {subdomain}")),
            ],
        ),
        (
            r#""labels":null"#.to_owned(),
            vec![(
                "metadata.name",
                "Required value: name or generateName is required".to_owned(),
            )],
        ),
        (owner(""), vec![]),
        (
            r#""name":"a","ownerReferences":[{"apiVersion":"a/b/c"}]"#.to_owned(),
            vec![
                (
                    "metadata.ownerReferences.apiVersion",
                    "Invalid value: \"a/b/c\": version must not be empty".to_owned(),
                ),
                (
                    "metadata.ownerReferences.kind",
                    "Invalid value: \"\": must not be empty".to_owned(),
                ),
                (
                    "metadata.ownerReferences.name",
                    "Invalid value: \"\": must not be empty".to_owned(),
                ),
                (
                    "metadata.ownerReferences.uid",
                    "Invalid value: \"\": must not be empty".to_owned(),
                ),
            ],
        ),
        (
            owner(r#","controller":true},{"apiVersion":"v1","kind":"L","name":"n","uid":"v","controller":true"#),
            vec![(
                "metadata.ownerReferences",
                "Invalid value: [{\"apiVersion\":\"v1\",\"kind\":\"K\",\"name\":\"n\",\"uid\":\"u\",\
                 \"controller\":true},{\"apiVersion\":\"v1\",\"kind\":\"L\",\"name\":\"n\",\
                 \"uid\":\"v\",\"controller\":true}]: Only one reference can have Controller set to \
                 true. Found \"true\" in references for K/n and L/n"
                    .to_owned(),
            )],
        ),
        (
            r#""name":"a","finalizers":["orphan","foregroundDeletion"]"#.to_owned(),
            vec![(
                "metadata.finalizers",
                "Invalid value: [\"orphan\",\"foregroundDeletion\"]: finalizer orphan and \
                 foregroundDeletion cannot be both set"
                    .to_owned(),
            )],
        ),
        (
            r#""name":"a","annotations":{"A/B_c":"","é":""}"#.to_owned(),
            vec![(
                "metadata.annotations",
                "Invalid value: \"é\": name part must consist of alphanumeric characters, '-', '_' \
                 or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  \
                 or 'my.name',  or '123-abc', regex used for validation is \
                 '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
                    .to_owned(),
            )],
        ),
    ];
    for (members, expected) in cases {
        let text = idms(&format!(r#""metadata":{{{members}}}"#));
        let verdict = ask(IDMS, &text, OpenShift::NEWEST, FieldValidation::Strict);
        let found: Vec<(String, String)> = verdict
            .causes
            .iter()
            .map(|cause| (cause.field(), cause.message()))
            .collect();
        let expected: Vec<(String, String)> = expected
            .into_iter()
            .map(|(field, message)| (field.to_owned(), message))
            .collect();
        assert_eq!(found, expected, "{members}");
        assert_eq!(verdict.code, if expected.is_empty() { 201 } else { 422 });
    }
}

#[test]
fn what_is_odd_and_allowed_is_warned_about() {
    let owner = r#"{"apiVersion":"v1","kind":"K","name":"n","uid":"u"}"#;
    let text = idms(&format!(
        r#""metadata":{{"name":"a","ownerReferences":[{owner},{owner}],"finalizers":["b.c","b","d/e","kubernetes"]}}"#
    ));
    let verdict = ask(IDMS, &text, OpenShift::NEWEST, FieldValidation::Strict);
    let prefer = |name: &str, path: &str| {
        format!(
            "299 - \"metadata.finalizers: \\\"{name}\\\": prefer a domain-qualified finalizer \
             name{path} to avoid accidental conflicts with other finalizer writers\""
        )
    };
    assert_eq!(verdict.warnings.len(), 3);
    assert!(verdict.warnings[0].ends_with("duplicate UID(s) observed: u\""));
    assert_eq!(
        verdict.warnings[1..],
        [prefer("b", ""), prefer("b.c", " including a path (/)")]
    );
    let stored = verdict.stored.expect("the object is created");
    let owners = stored
        .get("metadata")
        .and_then(|meta| meta.get("ownerReferences"));
    assert_eq!(
        owners.and_then(Node::as_sequence).map(<[Node]>::len),
        Some(1)
    );
}

#[test]
fn an_object_that_was_read_cannot_be_created() {
    for (version, code) in [("7", 500), ("0", 201), ("x", 201), ("", 201)] {
        let text = idms(&format!(
            r#""metadata":{{"name":"a","uid":"u","resourceVersion":"{version}"}}"#
        ));
        let verdict = ask(IDMS, &text, OpenShift::NEWEST, FieldValidation::Strict);
        assert_eq!((verdict.code, verdict.reason), (code, None), "{version:?}");
    }
}

#[test]
fn causes_point_at_what_is_wrong_or_at_what_lacks_it() {
    let text = r#"{"apiVersion":"config.openshift.io/v1","kind":"ImageDigestMirrorSet",
        "metadata":{"name":"A"},
        "spec":{"imageDigestMirrors":[{"mirrors":["a","b:","a"]}]}}"#;
    let verdict = ask(IDMS, text, OpenShift::NEWEST, FieldValidation::Strict);
    let mut found: Vec<(String, &str)> = verdict
        .causes
        .iter()
        .map(|cause| (cause.field(), &text[cause.span.range()]))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("metadata.name".to_owned(), "\"A\""),
            ("spec.imageDigestMirrors[0].mirrors[1]".to_owned(), "\"b:\""),
            ("spec.imageDigestMirrors[0].mirrors[2]".to_owned(), "\"a\""),
            (
                "spec.imageDigestMirrors[0].source".to_owned(),
                r#"{"mirrors":["a","b:","a"]}"#
            ),
        ]
    );
}

#[test]
fn each_release_has_its_own_rules() {
    let image = |spec: &str| {
        format!(
            r#"{{"apiVersion":"config.openshift.io/v1","kind":"Image","metadata":{{"name":"cluster"}},"spec":{{{spec}}}}}"#
        )
    };
    let both = image(r#""registrySources":{"allowedRegistries":["a"],"blockedRegistries":[]}"#);
    let tagged = image(r#""registrySources":{"allowedRegistries":["a/b:c"]}"#);
    let mode = image(r#""imageStreamImportMode":"Legacy""#);
    let empty = idms(r#""metadata":{"name":"a"}"#);
    // The last release that answers one way, and the first that answers the other.
    let cases = [
        (
            Resource::Images,
            both,
            (OpenShift::V4_18, 201),
            (OpenShift::V4_19, 422),
        ),
        (
            Resource::Images,
            tagged,
            (OpenShift::V4_22, 201),
            (OpenShift::V4_23, 422),
        ),
        (
            Resource::Images,
            mode,
            (OpenShift::V4_20, 400),
            (OpenShift::V4_21, 201),
        ),
        (
            IDMS,
            empty,
            (OpenShift::V4_12, 404),
            (OpenShift::V4_13, 201),
        ),
    ];
    for (resource, text, before, since) in cases {
        for (openshift, code) in [before, since] {
            let verdict = ask(resource, &text, openshift, FieldValidation::Strict);
            assert_eq!(verdict.code, code, "{openshift} {text}");
        }
    }
}

#[test]
fn lists_with_a_key_name_what_comes_again() {
    let text = |entries: &str| {
        format!(
            r#"{{"apiVersion":"config.openshift.io/v1","kind":"ImageContentPolicy","metadata":{{"name":"a"}},"spec":{{"repositoryDigestMirrors":[{entries}]}}}}"#
        )
    };
    for (entries, expected) in [
        (
            r#"{"source":"a.b"},{"source":"a.b"},{"source":"a.b"}"#,
            "spec.repositoryDigestMirrors[1]: Duplicate value: {\"source\":\"a.b\"}",
        ),
        (
            "{},{}",
            "spec.repositoryDigestMirrors[1]: Duplicate value: {}",
        ),
        (
            r#""<a>",1"#,
            "spec.repositoryDigestMirrors[0]: Invalid value: \"<a>\": must be an object for an \
             array of list-type map",
        ),
    ] {
        let resource = Resource::ImageContentPolicies;
        let verdict = ask(
            resource,
            &text(entries),
            OpenShift::NEWEST,
            FieldValidation::Warn,
        );
        let last = verdict.causes.last().map(ToString::to_string);
        assert_eq!(last.as_deref(), Some(expected));
    }
}

#[test]
fn a_text_with_nothing_right_is_answered_in_bounds() {
    use crate::apiserver::cause::FACTS_MAX;
    for (n_mirrors, n_causes) in [(FACTS_MAX, FACTS_MAX), (FACTS_MAX + 1, FACTS_MAX)] {
        let mirrors: Vec<String> = (0..n_mirrors).map(|at| format!("\":{at}\"")).collect();
        let text = idms(&format!(
            r#""metadata":{{"name":"a"}},"spec":{{"imageDigestMirrors":[{{"source":"a","mirrors":[{}]}}]}}"#,
            mirrors.join(",")
        ));
        let verdict = ask(IDMS, &text, OpenShift::NEWEST, FieldValidation::Strict);
        assert_eq!(verdict.causes.len(), n_causes);

        let unknown: Vec<String> = (0..n_mirrors).map(|at| format!("\"k{at}\":1")).collect();
        let text = idms(&format!(
            r#""metadata":{{"name":"a"}},{}"#,
            unknown.join(",")
        ));
        let verdict = ask(IDMS, &text, OpenShift::NEWEST, FieldValidation::Warn);
        assert_eq!(verdict.pruned.len(), n_causes);
        let stored = verdict.stored.expect("the object is created");
        assert_eq!(
            stored.as_mapping().map(|root| root.entries().len()),
            Some(4)
        );
    }
}
