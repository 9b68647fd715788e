//! The policy as a policy server runs it.

mod host;

use pullproof_core::admission::{self, Cluster, Operation, Request};
use pullproof_core::finding::Severity;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wasmtime::{Engine, ExternType, Module};

/// A payload; `fields` are those of the request beside its kind.
fn payload(kind: &str, fields: &str, settings: &str) -> String {
    let (group, version) = match kind {
        "ImageContentSourcePolicy" => ("operator.openshift.io", "v1alpha1"),
        _ => ("config.openshift.io", "v1"),
    };
    format!(
        r#"{{"request":{{"uid":"1299d386-525b-4032-98ae-1949f69f9cfc",
        "kind":{{"group":"{group}","version":"{version}","kind":"{kind}"}},
        "userInfo":{{"username":"alice","groups":["system:authenticated"]}},
        "dryRun":false,{fields}}},"settings":{settings}}}"#
    )
}

fn create(object: &str, settings: &str) -> String {
    let fields = format!(r#""operation":"CREATE","name":"lab","object":{object},"oldObject":null"#);
    payload("ImageDigestMirrorSet", &fields, settings)
}

/// A mirror set with one entry.
fn mirror_set(source: &str, mirror: &str) -> String {
    format!(
        r#"{{"apiVersion":"config.openshift.io/v1","kind":"ImageDigestMirrorSet",
        "metadata":{{"name":"lab","uid":"6a0d1e40-0000-4000-8000-000000000000"}},
        "spec":{{"imageDigestMirrors":[{{"source":"{source}","mirrors":["{mirror}"]}}]}}}}"#
    )
}

/// The answer of the module, which is also that of the same code outside of it.
fn call(operation: &str, payload: &[u8]) -> Result<Value, String> {
    let answer = host::call(operation.as_bytes(), payload);
    assert_eq!(answer, pullproof_kubewarden::call(operation, payload));
    answer.map(|answer| serde_json::from_slice(&answer).expect("answers are JSON"))
}

fn validate(payload: &str) -> Value {
    call("validate", payload.as_bytes()).expect("it has an answer")
}

/// The findings in the audit annotation of an answer.
fn annotated(answer: &Value) -> Vec<Value> {
    match answer["audit_annotations"]["findings"].as_str() {
        None => Vec::new(),
        Some(text) => serde_json::from_str(text).expect("annotations are JSON"),
    }
}

#[test]
fn it_imports_and_exports_what_the_protocol_has() {
    let module = Module::new(&Engine::default(), host::policy()).expect("it is a module");
    let mut imports: Vec<String> = module
        .imports()
        .map(|import| match import.ty() {
            ExternType::Func(signature) => format!(
                "{} {} {} {}",
                import.module(),
                import.name(),
                signature.params().len(),
                signature.results().len()
            ),
            other => panic!("{} is {other:?}", import.name()),
        })
        .collect();
    imports.sort();
    assert_eq!(
        imports,
        [
            "wapc __guest_error 2 0",
            "wapc __guest_request 2 0",
            "wapc __guest_response 2 0",
        ]
    );
    let exports: Vec<&str> = module.exports().map(|export| export.name()).collect();
    for name in ["memory", "__guest_call"] {
        assert!(exports.contains(&name), "{exports:?}");
    }
    // Hosts would run them before anything else.
    for name in ["_start", "wapc_init"] {
        assert!(!exports.contains(&name), "{exports:?}");
    }
    println!("the policy has {} bytes", host::policy().len());
}

#[test]
fn it_carries_its_metadata_once() {
    use xtask::{custom_section, kubewarden};
    let annotated = kubewarden::annotate(&host::policy()).expect("it is a module");
    assert_eq!(annotated, host::policy());
    let found = custom_section::contents(&annotated, kubewarden::SECTION);
    let found = found.expect("it is a module");
    let [metadata] = found.as_slice() else {
        panic!("{} sections", found.len());
    };
    let metadata: Value = serde_json::from_slice(metadata).expect("it is JSON");
    assert_eq!(metadata["protocolVersion"], "v1");
    assert_eq!(metadata["mutating"], false);
    assert_eq!(metadata["backgroundAudit"], true);
    assert_eq!(metadata["executionMode"], "kubewarden-wapc");
    assert_eq!(metadata["policyType"], "kubernetes");
    assert_eq!(
        metadata["rules"],
        json!([
            {
                "apiGroups": ["config.openshift.io"],
                "apiVersions": ["v1"],
                "resources": [
                    "imagedigestmirrorsets", "imagetagmirrorsets", "imagecontentpolicies", "images",
                ],
                "operations": ["CREATE", "UPDATE", "DELETE"],
            },
            {
                "apiGroups": ["operator.openshift.io"],
                "apiVersions": ["v1alpha1"],
                "resources": ["imagecontentsourcepolicies"],
                "operations": ["CREATE", "UPDATE", "DELETE"],
            },
        ])
    );
    for name in ["title", "version", "description", "license"] {
        let key = format!("io.kubewarden.policy.{name}");
        let text = metadata["annotations"][&key].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "{key}");
    }
}

#[test]
fn it_speaks_the_protocol() {
    assert_eq!(call("protocol_version", b""), Ok(json!("v1")));
    for operation in ["", "validate_raw", "Validate"] {
        let expected = format!("No handler registered for function {operation}");
        assert_eq!(call(operation, b"{}"), Err(expected));
    }
    let error = host::call(b"\xff", b"").expect_err("it is no operation");
    assert_eq!(error, "No handler registered for function \u{fffd}");
}

#[test]
fn settings_are_judged() {
    let check = |settings: &str| call("validate_settings", settings.as_bytes()).unwrap();
    for settings in [
        "{}",
        "null",
        r#"{"openshift":"4.16","rules":{"self-mirror":"monitor"}}"#,
    ] {
        assert_eq!(check(settings), json!({ "valid": true }), "{settings}");
    }
    assert_eq!(
        check(r#"{"openshift":"3.11","rules":{"no-such":"warn","self-mirror":"deny"}}"#),
        json!({
            "valid": false,
            "message": "`/openshift`: there is no release `3.11`: write one from \"4.6\" to \
                \"5.2\"; `/rules/no-such`: there is no rule `no-such`: `pullproof explain` lists \
                them; `/rules/self-mirror`: the value must be \"enforce\", \"warn\" or \"monitor\"",
        })
    );
    for settings in ["", "[]", "5", "{\"openshift\":", "\u{feff}{}"] {
        assert_eq!(check(settings)["valid"], false, "{settings}");
    }
    let answer = call("validate_settings", b"{\"a\":\"\xff\"}").unwrap();
    let expected = "the payload is not UTF-8 after byte 6";
    assert_eq!(answer, json!({ "valid": false, "message": expected }));
    // A policy server does not come so far with them.
    let error = call("validate", create("{}", r#"{"a":1}"#).as_bytes());
    let error = error.expect_err("the settings are not valid");
    assert!(error.starts_with("the settings are not valid: `/a`: there is no setting `a`"));
}

#[test]
fn a_good_object_is_accepted() {
    let object = mirror_set("registry.redhat.io", "mirror.corp.example:8443/redhat");
    let answer = validate(&create(&object, "{}"));
    assert_eq!(answer["accepted"], true, "{answer}");
    assert_eq!(answer.get("message"), None);
    assert_eq!(answer.get("code"), None);
    assert_eq!(answer.get("mutated_object"), None);
    // Requests without settings are those of a policy that has none.
    let without = create(&object, "null");
    assert_eq!(validate(&without), answer);
}

#[test]
fn a_bad_object_is_denied_or_tolerated() {
    let object = mirror_set("registry.redhat.io/UPPER", "mirror.corp.example");
    let answer = validate(&create(&object, "{}"));
    assert_eq!(
        (&answer["accepted"], &answer["code"]),
        (&json!(false), &json!(422))
    );
    let message = answer["message"].as_str().expect("it says why");
    println!("{message}");
    let findings = annotated(&answer);
    let denying = findings.iter().filter(|it| it["effect"] == "deny");
    let denying: Vec<&Value> = denying.collect();
    assert_eq!(message.lines().count(), denying.len());
    for (line, finding) in message.lines().zip(denying) {
        let text = |key: &str| finding[key].as_str().expect("it is a text");
        assert!(line.starts_with(text("path")), "{line}");
        let what = format!("{} [{} {}]", text("message"), text("code"), text("rule"));
        assert!(line.contains(&what), "{line}");
    }
    let rules = findings.iter().filter_map(|it| it["rule"].as_str());
    let rules: Vec<&str> = rules.collect();
    for (level, effect) in [("warn", "warn"), ("monitor", "monitor")] {
        let levels: BTreeMap<&str, &str> = rules.iter().map(|rule| (*rule, level)).collect();
        let settings = json!({ "rules": levels }).to_string();
        let answer = validate(&create(&object, &settings));
        assert_eq!(answer["accepted"], true, "{answer}");
        let is_warned = answer.get("warnings").is_some();
        assert_eq!(is_warned, effect == "warn", "{answer}");
        let relaxed = annotated(&answer);
        assert_eq!(relaxed.len(), findings.len());
        for (relaxed, finding) in relaxed.iter().zip(&findings) {
            let expected = match finding["severity"] == "info" {
                true => "audit",
                false => effect,
            };
            assert_eq!(relaxed["effect"], expected);
            assert_eq!(relaxed["message"], finding["message"]);
        }
    }
}

#[test]
fn what_a_change_does_is_told_as_warnings() {
    let (old, new) = (
        mirror_set("registry.redhat.io", "mirror.corp.example"),
        mirror_set("registry.redhat.io", "other.corp.example"),
    );
    let fields = |operation: &str, object: &str| {
        format!(r#""operation":"{operation}","name":"lab","object":{object},"oldObject":{old}"#)
    };
    let kind = "ImageDigestMirrorSet";
    let update = validate(&payload(kind, &fields("UPDATE", &new), "{}"));
    let delete = validate(&payload(kind, &fields("DELETE", "null"), "{}"));
    for answer in [update, delete] {
        assert_eq!(answer["accepted"], true, "{answer}");
        let warnings = answer["warnings"].as_array().expect("there are some");
        assert!(
            warnings
                .iter()
                .any(|it| it.as_str().is_some_and(|it| it.contains("node-effect"))),
            "{answer}"
        );
    }
}

#[test]
fn a_delete_comes_with_or_without_objects() {
    let kind = "ImageDigestMirrorSet";
    let old = mirror_set("registry.redhat.io", "mirror.corp.example");
    for fields in [
        r#""operation":"DELETE","name":"lab""#.to_owned(),
        r#""operation":"DELETE","object":null,"oldObject":null"#.to_owned(),
        format!(r#""operation":"DELETE","name":"lab","oldObject":{old}"#),
    ] {
        let answer = validate(&payload(kind, &fields, "{}"));
        assert_eq!(answer["accepted"], true, "{answer}");
    }
}

#[test]
fn what_does_not_concern_pulls_is_accepted() {
    let bad = mirror_set("UPPER", "mirror.corp.example");
    let accepted = json!({ "accepted": true });
    for fields in [
        format!(r#""operation":"UPDATE","subResource":"status","object":{bad},"oldObject":{bad}"#),
        format!(r#""operation":"CONNECT","object":{bad}"#),
    ] {
        let payload = payload("ImageDigestMirrorSet", &fields, "{}");
        assert_eq!(validate(&payload), accepted, "{fields}");
    }
    let fields = format!(r#""operation":"CREATE","object":{bad}"#);
    assert_eq!(
        validate(&payload("Image", &fields, "{}"))["accepted"],
        false
    );
    assert_eq!(validate(&payload("Proxy", &fields, "{}")), accepted);
}

#[test]
fn the_text_of_an_object_reaches_the_core_as_it_is() {
    let object = mirror_set("registry.redhat.io", "mirror.corp.example");
    let twice = object.replacen("\"spec\"", "\"spec\" : null,\n\"spec\"", 1);
    let rules = |object: &str| {
        let findings = annotated(&validate(&create(object, "{}")));
        let rules = findings.iter().map(|finding| finding["rule"].to_string());
        rules.collect::<Vec<_>>().join(" ")
    };
    assert!(!rules(&object).contains("duplicate-key"));
    assert!(rules(&twice).contains("duplicate-key"), "{}", rules(&twice));
}

#[test]
fn texts_are_lines_that_a_header_takes() {
    // Forty fields that nobody knows, with names that drive terminals.
    let odd = |idx| format!("\"a\\n\\u202e\\u0007{idx}{}\":1,", "é".repeat(400));
    let odd: String = (0..40).map(odd).collect();
    let object = mirror_set("registry.redhat.io", "mirror.corp.example");
    let object = object.replacen("\"spec\":{", &format!("\"spec\":{{{odd}"), 1);
    let is_bad = |char: char| char.is_control() || char == '\u{202e}';
    let tolerant = r#"{"rules":{"unknown-field":"warn"}}"#;
    let [denied, warned] = ["{}", tolerant].map(|it| validate(&create(&object, it)));
    let lines = denied["message"].as_str().unwrap_or_default().lines();
    let warnings = warned["warnings"].as_array().cloned().unwrap_or_default();
    println!(
        "{} lines, {} warnings",
        lines.clone().count(),
        warnings.len()
    );
    assert_eq!(warnings.len(), 15, "{warned}");
    assert!(
        warnings[0].to_string().contains("unknown-field"),
        "{warned}"
    );
    for (text, n_chars_max) in lines.map(|line| (line, 1_024)).chain(
        warnings
            .iter()
            .filter_map(Value::as_str)
            .map(|warning| (warning, 256)),
    ) {
        assert!(!text.contains(is_bad), "{text:?}");
        assert!(text.chars().count() <= n_chars_max, "{text}");
    }
}

#[test]
fn garbage_is_answered() {
    for payload in [
        &b""[..],
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"{\"request\":{}}",
        b"{\"request\":{\"kind\":{},\"operation\":\"EAT\"}}",
        b"{\"request\":[[],{}],\"settings\":[]}",
    ] {
        let message = call("validate", payload).expect_err("it is no payload");
        assert!(!message.is_empty() && !message.contains('\n'), "{message}");
    }
    let nested = "[".repeat(500_000);
    assert!(call("validate", nested.as_bytes()).is_err());
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(validate(&create(&deep, "{}"))["accepted"], false);
    let deep = format!("{}{}", "{\"a\":".repeat(200_000), "1}".repeat(200_000));
    assert!(call("validate_settings", deep.as_bytes()).is_ok());

    let good = create(
        &mirror_set("registry.redhat.io", "mirror.corp.example"),
        "{}",
    );
    for end in (0..good.len()).step_by(7) {
        assert!(call("validate", &good.as_bytes()[..end]).is_err());
    }
    for at in (0..good.len()).step_by(5) {
        for byte in [0, b'"', b'\\', b'{', b'}', b'9', 0xff] {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = byte;
            // Whatever it is, it is no trap.
            let _ = call("validate", &bytes);
        }
    }
}

/// Every object of a case.
fn objects(case: &Value) -> Vec<&Value> {
    let values = case.as_object().into_iter().flat_map(|case| case.values());
    let values = values.flat_map(|value| match value {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    });
    values.filter(|value| value.get("kind").is_some()).collect()
}

#[test]
fn the_findings_are_those_of_the_core() {
    let settings = admission::read_settings("{}").expect("they are settings");
    let (cluster, _) = Cluster::new(Vec::new(), settings);
    let corpora = ["crd", "render"].map(conformance::corpus);
    let (mut n_objects, mut n_denied, mut n_findings) = (0, 0, 0);
    for object in corpora.iter().flatten().flat_map(objects) {
        let (api_version, kind) = (&object["apiVersion"], &object["kind"]);
        let kind = kind.as_str().unwrap_or_default();
        let group_version = api_version.as_str().and_then(|it| it.split_once('/'));
        let (group, version) = group_version.unwrap_or_default();
        let text = object.to_string();
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let kind_json = json!({"group": group, "version": version, "kind": kind});
        let fields = format!(
            r#""operation":"CREATE","name":{},"object":{text}"#,
            json!(name)
        );
        let payload = format!(r#"{{"request":{{"kind":{kind_json},{fields}}}}}"#);
        let answer = validate(&payload);
        let request = Request {
            operation: Operation::Create,
            group,
            version,
            kind,
            name,
            subresource: "",
            object: Some(&text),
            old_object: None,
        };
        let findings = admission::review(&cluster, &request).findings;
        let is_denied = findings.iter().any(|it| it.severity == Severity::Error);
        assert_eq!(answer["accepted"], !is_denied, "{text}");
        assert_eq!(answer["code"].as_u64(), is_denied.then_some(422), "{text}");
        let told = annotated(&answer);
        for (told, finding) in told.iter().zip(&findings) {
            if let Some(n_more) = told["omitted"].as_u64() {
                let n_told = annotated(&answer).len() - 1;
                assert_eq!(u64::try_from(findings.len() - n_told), Ok(n_more), "{text}");
                continue;
            }
            let found = [
                &told["rule"],
                &told["severity"],
                &told["path"],
                &told["message"],
            ];
            let severity = finding.severity.name();
            let expected = [finding.rule, severity, &finding.path, &finding.message];
            assert_eq!(
                found.map(|it| it.as_str().unwrap_or_default()),
                expected,
                "{text}"
            );
        }
        if told.iter().all(|told| told.get("omitted").is_none()) {
            assert_eq!(told.len(), findings.len(), "{text}");
        }
        n_objects += 1;
        n_denied += usize::from(is_denied);
        n_findings += findings.len();
    }
    println!("{n_objects} objects, {n_denied} denied, {n_findings} findings are the same");
    assert!(2_000 < n_objects && 100 < n_denied);
}
