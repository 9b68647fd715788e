//! Streams, words and types, each as the original has them.

use super::*;

const HEAD: &str = "apiVersion: operator.openshift.io/v1alpha1\nkind: ImageContentSourcePolicy\n";

fn stderr(text: &str) -> String {
    let outcome = migrate("f.yaml", text);
    assert_eq!(outcome.written, None, "{text}");
    assert_eq!(outcome.code(), 1);
    outcome.stderr
}

fn output(text: &str) -> (String, String) {
    let outcome = migrate("f.yaml", text);
    assert_eq!(outcome.stderr, "", "{text}");
    outcome.written.unwrap()
}

#[test]
fn streams_are_cut_as_kubectl_cuts_them() {
    let ok = |texts: &[&str]| texts.iter().map(|text| Ok((*text).to_owned())).collect();
    let cases: [(&str, Vec<Result<String, String>>); 10] = [
        ("a", ok(&["a\n"])),
        ("a\r\nb\r\n", ok(&["a\nb\n"])),
        ("---\na\n", ok(&["---\na\n"])),
        ("a\n---\nb", ok(&["a\n", "b\n"])),
        ("a\n--- # c\nb\n", ok(&["a\n", "b\n"])),
        ("---\n---\na\n", ok(&["---\n", "a\n"])),
        ("a\n---\n", ok(&["a\n"])),
        ("a\n---\n---\n", ok(&["a\n", "---\n"])),
        ("a\n ---\nb\n", ok(&["a\n ---\nb\n"])),
        (
            "a\n---- x\nb\n",
            vec![Err("invalid Yaml document separator: - x".to_owned())],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(pieces(text), expected, "{text:?}");
    }
}

#[test]
fn what_is_no_policy_is_refused_in_the_words_of_oc() {
    let decoding = "error: error decoding ImageContentSourcePolicy from f.yaml: ";
    let scheme = kinds::SCHEME;
    for (text, expected) in [
        ("# a\n", "Object 'Kind' is missing in '# a\n'".to_owned()),
        (
            "kind: ''\n",
            "Object 'Kind' is missing in 'kind: ''\n'".to_owned(),
        ),
        (
            "kind: X\n",
            "Object 'apiVersion' is missing in 'kind: X\n'".to_owned(),
        ),
        (
            "kind: X\napiVersion: a/\n",
            "Object 'apiVersion' is missing in 'kind: X\napiVersion: a/\n'".to_owned(),
        ),
        (
            "kind: X\napiVersion: a/b/c\n",
            "unexpected GroupVersion string: a/b/c".to_owned(),
        ),
        (
            "KIND: X\nAPIVERSION: v1\n",
            format!("no kind \"X\" is registered for version \"v1\" in scheme \"{scheme}\""),
        ),
        (
            "kind: X\napiVersion: g/__internal\n",
            format!(
                "no kind \"X\" is registered for the internal version of group \"g\" in scheme \
                 \"{scheme}\""
            ),
        ),
        (
            "{\"kind\": \"X\",}",
            "couldn't get version/kind; json parse error: invalid character '}' looking for \
             beginning of object key string"
                .to_owned(),
        ),
        (
            "- a\n",
            "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go \
             value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind \
             string \"json:\\\"kind,omitempty\\\"\" }"
                .to_owned(),
        ),
        (
            "kind: 1\n",
            "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go \
             struct field .kind of type string"
                .to_owned(),
        ),
        ("a: *b\n", "yaml: unknown anchor 'b' referenced".to_owned()),
        (
            "a: \u{1}\n",
            "yaml: control characters are not allowed".to_owned(),
        ),
        (
            "a: b: c\n",
            "yaml: mapping values are not allowed in this context".to_owned(),
        ),
        (
            "a: 1\nb: [1\n",
            "yaml: line 2: did not find expected ',' or ']'".to_owned(),
        ),
        (
            "a: 1\nb: 'x\n",
            "yaml: line 3: found unexpected end of stream".to_owned(),
        ),
        (
            "a:\n  - b\n  c: d\n",
            "yaml: line 2: did not find expected '-' indicator".to_owned(),
        ),
    ] {
        let end = if expected.ends_with('\n') { "" } else { "\n" };
        assert_eq!(stderr(text), format!("{decoding}{expected}{end}"), "{text}");
    }
    assert_eq!(
        stderr(""),
        "error: no data found in ImageContentSourceFile f.yaml\n"
    );
    for text in [
        "kind: Status\napiVersion: any/v9\n",
        "kind: ImageTagMirrorSetList\napiVersion: config.openshift.io/v1\n",
        "kind: DeleteOptions\napiVersion: v1\n",
    ] {
        let expected = "error: could not decode ImageContentSourcePolicy from f.yaml\n";
        assert_eq!(stderr(text), expected, "{text}");
    }
    for text in [
        "kind: GenericOperatorConfigList\napiVersion: operator.openshift.io/v1alpha1\n",
        "kind: List\napiVersion: operator.openshift.io/v1\n",
    ] {
        assert!(stderr(text).contains("is registered"), "{text}");
    }
}

#[test]
fn types_are_those_of_go() {
    for (rest, expected) in [
        (
            "metadata: {name: 1}",
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type \
             string",
        ),
        (
            "metadata: a",
            "json: cannot unmarshal string into Go struct field ImageContentSourcePolicy.metadata \
             of type v1.ObjectMeta",
        ),
        (
            "metadata: {generation: 1.5}",
            "json: cannot unmarshal number 1.5 into Go struct field \
             ObjectMeta.metadata.generation of type int64",
        ),
        (
            "metadata: {labels: {a: 1}}",
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of \
             type string",
        ),
        (
            "spec: {repositoryDigestMirrors: [{mirrors: x}]}",
            "json: cannot unmarshal string into Go struct field \
             RepositoryDigestMirrors.spec.repositoryDigestMirrors.mirrors of type []string",
        ),
        (
            "spec: {repositoryDigestMirrors: 1}\nmetadata: {creationTimestamp: x, name: 1}",
            "parsing time \"x\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"x\" as \"2006\"",
        ),
        (
            "metadata: {deletionTimestamp: 1}",
            "json: cannot unmarshal number into Go value of type string",
        ),
    ] {
        let expected =
            format!("error: error decoding ImageContentSourcePolicy from f.yaml: {expected}\n");
        assert_eq!(stderr(&format!("{HEAD}{rest}\n")), expected, "{rest}");
    }
}

#[test]
fn what_is_empty_is_left_out_or_not() {
    let head = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\n";
    for (rest, expected) in [
        ("", "metadata: {}\nspec:\n    imageDigestMirrors: []\n"),
        (
            "metadata: {name: a, generation: 0, labels: {}, finalizers: [null], \
             managedFields: [{time: '2024-01-01T01:00:00+01:00', fieldsV1: {}}], \
             creationTimestamp: '2024-01-01T01:00:00Z', deletionTimestamp: null}",
            "metadata:\n    finalizers:\n        - \"\"\n    managedFields:\n        - fieldsV1: {}\n\
             \x20         time: \"2024-01-01T00:00:00Z\"\n    name: a\nspec:\n    \
             imageDigestMirrors: []\n",
        ),
        (
            "metadata: {name: a}\nspec: {repositoryDigestMirrors: [null, {mirrors: []}, \
             {mirrors: [null], mirrorSourcePolicy: x}]}\nstatus: {}",
            "metadata:\n    name: a\nspec:\n    imageDigestMirrors:\n        - source: \"\"\n\
             \x20       - source: \"\"\n        - mirrors:\n            - \"\"\n          source: \"\"\n",
        ),
    ] {
        let (_, found) = output(&format!("{HEAD}{rest}\n"));
        assert_eq!(found, format!("{head}{expected}"), "{rest}");
    }
}

#[test]
fn a_key_of_json_that_comes_again_goes_on_where_the_first_one_ended() {
    let text = r#"{"apiVersion": "operator.openshift.io/v1alpha1", "kind": "X",
        "kind": "ImageContentSourcePolicy", "metadata": {"name": "a", "labels": {"x": "1"}},
        "metadata": {"name": null, "labels": {"y": "2"}},
        "spec": {"repositoryDigestMirrors": [{"source": "a", "mirrors": ["m"]}, {"source": "b"}],
                 "repositoryDigestMirrors": [{"source": "c"}]}}"#;
    let expected = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n    \
                    labels:\n        x: \"1\"\n        \"y\": \"2\"\n    name: a\nspec:\n    \
                    imageDigestMirrors:\n        - mirrors:\n            - m\n          source: c\n";
    assert_eq!(output(text).1, expected);
}

#[test]
fn a_name_is_part_of_a_path() {
    let file_of = |name: &str| {
        file(name).map_err(|error| error.rsplit(": ").next().unwrap_or_default().to_owned())
    };
    let ok = |text: &str| Ok(text.to_owned());
    for (name, expected) in [
        ("a", ok("imagedigestmirrorset_a.<random>.yaml")),
        ("", ok("imagedigestmirrorset_.<random>.yaml")),
        ("a/b", Err("no such file or directory".to_owned())),
        ("a/../b", ok("b.<random>.yaml")),
        ("a\0", Err("invalid argument".to_owned())),
    ] {
        assert_eq!(file_of(name), expected, "{name:?}");
    }
    // `imagedigestmirrorset_`, two dots, the number and `yaml` take 46 bytes.
    assert!(file(&"a".repeat(NAME_BYTES_MAX - 46)).is_ok());
    assert!(file(&"a".repeat(NAME_BYTES_MAX - 45)).is_err());
}
