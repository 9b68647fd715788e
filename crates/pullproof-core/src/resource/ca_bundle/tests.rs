//! What is a key, what is a value, and which objects are looked at.

use super::*;
use crate::document;
use crate::file::Files;
use crate::resource;

const PEM: &str = "\"-----BEGIN CERTIFICATE-----\\nMAEA\\n-----END CERTIFICATE-----\\n\"";

fn read_text(text: &str, wanted: Option<&str>) -> Option<CaBundle> {
    let mut files = Files::new();
    let file = files.add("input.yaml", text);
    let (documents, _) = document::read(&files, file);
    let objects = resource::objects(documents);
    let span = objects[0].span();
    let wanted = wanted.map(|name| Spanned::new(name.to_owned(), span));
    read(&objects[0], wanted.as_ref())
}

fn config_map(rest: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: cas, namespace: {CONFIG_NAMESPACE}}}\n{rest}\n"
    )
}

fn authority(key: &str, value: &str) -> Authority {
    let text = config_map(&format!("data: {{\"{key}\": {value}}}"));
    let mut bundle = read_text(&text, Some("cas")).unwrap();
    bundle.authorities.pop().unwrap()
}

#[test]
fn keys_are_hosts_with_two_dots_before_the_port() {
    for (key, expected, meant) in [
        ("m.example.com", None, None),
        ("m.example.com..5000", None, None),
        ("localhost", None, None),
        ("localhost..5000", None, None),
        ("lab..5000", None, None),
        ("10.0.0.1", None, None),
        ("10.0.0.1..5000", None, None),
        ("updateservice-registry", None, None),
        (
            "m.example.com:5000",
            Some(KeyFault::Refused),
            Some("m.example.com..5000"),
        ),
        (
            "m.example.com.:5000",
            Some(KeyFault::Refused),
            Some("m.example.com..5000"),
        ),
        (
            "https://m.example.com/",
            Some(KeyFault::Refused),
            Some("m.example.com"),
        ),
        ("..5000", Some(KeyFault::Refused), None),
        ("a/b", Some(KeyFault::Refused), None),
        (
            "m.example.com.5000",
            Some(KeyFault::OneDot),
            Some("m.example.com..5000"),
        ),
        (
            "10.0.0.1.5000",
            Some(KeyFault::OneDot),
            Some("10.0.0.1..5000"),
        ),
        ("m.example.com.70000", Some(KeyFault::OneDot), None),
        (
            "m.example.com.crt",
            Some(KeyFault::FileName),
            Some("m.example.com"),
        ),
        (
            "m.example.com..5000.crt",
            Some(KeyFault::FileName),
            Some("m.example.com..5000"),
        ),
        ("ca.crt", Some(KeyFault::FileName), None),
        ("ca-bundle.crt", Some(KeyFault::FileName), None),
        ("lab", Some(KeyFault::Short), None),
        ("m.example.com_5000", Some(KeyFault::NoHost), None),
        ("m..example..5000", Some(KeyFault::NoHost), None),
    ] {
        let authority = authority(key, PEM);
        assert_eq!(authority.key_fault, expected, "{key}");
        assert_eq!(authority.meant().as_deref(), meant, "{key}");
    }
}

#[test]
fn a_key_may_have_253_characters() {
    let long = |n: usize| format!("{}.io", "a".repeat(n - 3));
    assert_eq!(authority(&long(253), PEM).key_fault, None);
    let fault = authority(&long(254), PEM).key_fault;
    assert_eq!(fault, Some(KeyFault::Refused));
}

#[test]
fn values_are_certificates_as_they_are() {
    let encoded =
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1BRUEKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=";
    for (value, expected) in [
        (PEM, None),
        ("1", Some(ValueFault::NotText)),
        ("\"\"", Some(ValueFault::Empty)),
        ("\"\\n\"", Some(ValueFault::Empty)),
        (encoded, Some(ValueFault::Encoded)),
        ("aGVsbG8=", Some(ValueFault::NoCertificate)),
        ("/etc/pki/ca.crt", Some(ValueFault::NoCertificate)),
        (
            "\"-----BEGIN CERTIFICATE----- MAEA -----END CERTIFICATE-----\"",
            Some(ValueFault::LineBreaks),
        ),
        (
            "\"-----BEGIN RSA PRIVATE KEY-----\\nMAEA\\n-----END RSA PRIVATE KEY-----\\n\"",
            Some(ValueFault::PrivateKey),
        ),
        (
            "\"-----BEGIN CERTIFICATE-----\\nMAE\\n-----END CERTIFICATE-----\\n\"",
            Some(ValueFault::Damaged),
        ),
    ] {
        assert_eq!(authority("m.io", value).fault, expected, "{value}");
    }
    for (value, expected) in [
        (encoded, None),
        ("MAEA", Some(ValueFault::Binary)),
        ("aGVsbG8=", Some(ValueFault::NoCertificate)),
        ("aGVsbG8", Some(ValueFault::NotBase64)),
    ] {
        let text = config_map(&format!("binaryData: {{m.io: \"{value}\"}}"));
        let bundle = read_text(&text, Some("cas")).unwrap();
        assert_eq!(bundle.authorities[0].fault, expected, "{value}");
    }
}

#[test]
fn others_have_certificates_too() {
    let is_one = |rest: &str, wanted: Option<&str>| read_text(&config_map(rest), wanted).is_some();
    let with = |key: &str, value: &str| format!("data: {{\"{key}\": {value}}}");
    assert!(is_one("data: {}", Some("cas")));
    assert!(!is_one("data: {}", None));
    assert!(is_one(&with("m.io..5000", PEM), None));
    assert!(is_one(&with("m.io:5000", PEM), None));
    assert!(is_one(&with("m.io.5000", PEM), None));
    assert!(!is_one(&with("updateservice-registry", PEM), None));
    assert!(!is_one(&with("ca-bundle.crt", PEM), Some("other")));
    assert!(!is_one(&with("m.io", "text"), None));
    let elsewhere = config_map(&with("m.io", PEM)).replace(CONFIG_NAMESPACE, "other");
    assert_eq!(read_text(&elsewhere, None), None);
    let named = read_text(&elsewhere, Some("cas")).unwrap();
    assert!(named.is_named && !named.is_in_place());
    let secret = config_map(&with("m.io", PEM)).replace("ConfigMap", "Secret");
    assert_eq!(read_text(&secret, Some("cas")), None);
}

#[test]
fn the_proxys_certificates_may_be_beside_those_of_hosts() {
    let keys = |rest: &str| -> Vec<String> {
        let bundle = read_text(&config_map(rest), Some("cas")).unwrap();
        let keys = bundle.authorities.into_iter().map(|it| it.key.value);
        keys.collect()
    };
    assert_eq!(
        keys(&format!("data: {{ca-bundle.crt: {PEM}, m.io: {PEM}}}")),
        ["m.io"]
    );
    assert_eq!(
        keys(&format!("data: {{ca-bundle.crt: {PEM}}}")),
        ["ca-bundle.crt"]
    );
}

#[test]
fn only_the_clusters_own_image_configuration_asks_for_one() {
    let ask = |name: &str, rest: &str| {
        let text = format!(
            "apiVersion: config.openshift.io/v1\nkind: Image\nmetadata: {{name: {name}}}\n{rest}\n"
        );
        let mut files = Files::new();
        let file = files.add("input.yaml", text);
        let (documents, _) = document::read(&files, file);
        wanted(&resource::objects(documents)[0]).map(|it| it.value)
    };
    let named = "spec: {additionalTrustedCA: {name: cas}}";
    assert_eq!(ask("cluster", named).as_deref(), Some("cas"));
    assert_eq!(ask("cluster", "spec: {}").as_deref(), Some(""));
    assert_eq!(ask("other", named), None);
}
