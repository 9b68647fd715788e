//! What a requirement of signatures must say: which keys, and whose name a signature may carry.
//!
//! From containers/image 5.38, signature/policy_config.go and policy_config_sigstore.go.

use super::Requirement;
use super::read::PolicyFault;
use crate::document::base64;
use crate::document::{Entry, Node, Value};
use crate::file::{Span, Spanned};
use crate::reference::grammar::scan_path;
use crate::reference::{Reference, is_domain};

/// What a value must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Text, and none where it is empty.
    Text,
    /// A list of texts.
    Texts,
    /// Bytes, in base64.
    Data,
    /// A list of such.
    Datas,
    /// What the certificates of Fulcio must say.
    Fulcio,
    /// What certificates of one's own must say.
    Pki,
    /// Which name a signature may carry.
    Identity,
    /// A kind of keys.
    KeyType,
}

type Keys = &'static [(&'static str, Kind)];

const SIGNED_BY: Keys = &[
    ("keyType", Kind::KeyType),
    ("keyPath", Kind::Text),
    ("keyPaths", Kind::Texts),
    ("keyData", Kind::Data),
    ("signedIdentity", Kind::Identity),
];
const SIGSTORE_SIGNED: Keys = &[
    ("keyPath", Kind::Text),
    ("keyPaths", Kind::Texts),
    ("keyData", Kind::Data),
    ("keyDatas", Kind::Datas),
    ("fulcio", Kind::Fulcio),
    ("pki", Kind::Pki),
    ("rekorPublicKeyPath", Kind::Text),
    ("rekorPublicKeyPaths", Kind::Texts),
    ("rekorPublicKeyData", Kind::Data),
    ("rekorPublicKeyDatas", Kind::Datas),
    ("signedIdentity", Kind::Identity),
];
const SIGNED_BASE_LAYER: Keys = &[("baseLayerIdentity", Kind::Identity)];
const FULCIO: Keys = &[
    ("caPath", Kind::Text),
    ("caData", Kind::Data),
    ("oidcIssuer", Kind::Text),
    ("subjectEmail", Kind::Text),
];
const PKI: Keys = &[
    ("caRootsPath", Kind::Text),
    ("caRootsData", Kind::Data),
    ("caIntermediatesPath", Kind::Text),
    ("caIntermediatesData", Kind::Data),
    ("subjectEmail", Kind::Text),
    ("subjectHostname", Kind::Text),
];

const KEY_TYPES: [&str; 4] = [
    "GPGKeys",
    "signedByGPGKeys",
    "X509Certificates",
    "signedByX509CAs",
];
const GPG_SOURCES: &[&str] = &["keyPath", "keyPaths", "keyData"];
const SIGSTORE_SOURCES: &[&str] = &[
    "keyPath", "keyPaths", "keyData", "keyDatas", "fulcio", "pki",
];
const REKOR_SOURCES: &[&str] = &[
    "rekorPublicKeyPath",
    "rekorPublicKeyPaths",
    "rekorPublicKeyData",
    "rekorPublicKeyDatas",
];

/// Adds what is wrong with a requirement of a type, beside that type.
pub(super) fn check(
    requirement: Requirement,
    node: &Node,
    entries: &[Entry],
    faults: &mut Vec<Spanned<PolicyFault>>,
) {
    let mut check = Check { faults };
    let span = node.span;
    match requirement {
        Requirement::InsecureAcceptAnything | Requirement::Reject => {
            check.keys(entries, Some("type"), &[]);
        }
        Requirement::SignedBy => {
            let given = check.keys(entries, Some("type"), SIGNED_BY);
            // Unlike below, a list may be empty, and a key counts whatever it says.
            let is_written = |key: &&str| entries.iter().any(|it| it.key.value == *key);
            match GPG_SOURCES.iter().filter(|key| is_written(key)).count() {
                1 => check.one_of(span, &given, GPG_SOURCES),
                _ => check.fault(span, PolicyFault::NotOneOf(GPG_SOURCES)),
            }
            check.wanted(span, &given, "keyType");
        }
        Requirement::SigstoreSigned => {
            let given = check.keys(entries, Some("type"), SIGSTORE_SIGNED);
            check.no_empty_list(entries);
            check.one_of(span, &given, SIGSTORE_SOURCES);
            check.at_most_one(span, &given, REKOR_SOURCES);
            let has_rekor = REKOR_SOURCES.iter().any(|it| given.contains(it));
            if given.contains(&"fulcio") && !has_rekor {
                check.fault(span, PolicyFault::NoneOf(REKOR_SOURCES));
            }
            if given.contains(&"pki") && has_rekor {
                check.fault(span, PolicyFault::RekorWithPki);
            }
        }
        Requirement::SignedBaseLayer => {
            let given = check.keys(entries, Some("type"), SIGNED_BASE_LAYER);
            check.wanted(span, &given, "baseLayerIdentity");
        }
    }
}

struct Check<'a> {
    faults: &'a mut Vec<Spanned<PolicyFault>>,
}

impl Check<'_> {
    fn fault(&mut self, span: Span, fault: PolicyFault) {
        self.faults.push(Spanned::new(fault, span));
    }

    /// Checks each value, and gives the keys that say anything.
    fn keys(&mut self, entries: &[Entry], type_key: Option<&str>, keys: Keys) -> Vec<&'static str> {
        let mut given = Vec::new();
        for entry in entries {
            let key = entry.key.value.as_str();
            if Some(key) == type_key {
                continue;
            }
            match keys.iter().find(|(known, _)| *known == key) {
                None => self.fault(entry.key.span, PolicyFault::UnknownKey(key.to_owned())),
                Some((known, kind)) => {
                    if self.value(&entry.value, *kind) {
                        given.push(*known);
                    }
                }
            }
        }
        given
    }

    /// Checks a value; whether it says anything, right or wrong.
    fn value(&mut self, node: &Node, kind: Kind) -> bool {
        match (kind, &node.value) {
            // Go takes a null for nothing.
            (Kind::Text | Kind::Texts | Kind::Data | Kind::Datas, Value::Null) => return false,
            (Kind::Text, Value::String(text)) => return !text.is_empty(),
            (Kind::Texts, Value::Sequence(nodes)) => {
                let is_text = |it: &Node| matches!(it.value, Value::Null | Value::String(_));
                for node in nodes.iter().filter(|it| !is_text(it)) {
                    self.fault(node.span, PolicyFault::NotText);
                }
            }
            (Kind::Data, value) => self.data(node.span, value),
            (Kind::Datas, Value::Sequence(nodes)) => {
                for node in nodes.iter().filter(|it| !it.is_null()) {
                    self.data(node.span, &node.value);
                }
            }
            (Kind::Text, _) => self.fault(node.span, PolicyFault::NotText),
            (Kind::Texts | Kind::Datas, _) => self.fault(node.span, PolicyFault::NotTexts),
            (Kind::KeyType, value) => match value {
                Value::String(text) if KEY_TYPES.contains(&text.as_str()) => {}
                _ => self.fault(node.span, PolicyFault::UnknownKeyType),
            },
            (Kind::Fulcio, _) => self.fulcio(node),
            (Kind::Pki, _) => self.pki(node),
            (Kind::Identity, _) => self.identity(node),
        }
        true
    }

    fn data(&mut self, span: Span, value: &Value) {
        let is_byte = |node: &Node| match node.value {
            Value::Null => true,
            Value::Integer(number) => u8::try_from(number).is_ok(),
            _ => false,
        };
        let is_good = match value {
            Value::String(text) => base64::decode_bytes(text).is_some(),
            // Go also reads bytes from numbers.
            Value::Sequence(nodes) => nodes.iter().all(is_byte),
            _ => false,
        };
        if !is_good {
            self.fault(span, PolicyFault::NotBase64);
        }
    }

    /// Sigstore's lists must not be empty, nor null.
    fn no_empty_list(&mut self, entries: &[Entry]) {
        for entry in entries {
            let kind = SIGSTORE_SIGNED
                .iter()
                .find(|(key, _)| *key == entry.key.value);
            let is_list = matches!(kind, Some((_, Kind::Texts | Kind::Datas)));
            let is_empty = match &entry.value.value {
                Value::Null => true,
                Value::Sequence(nodes) => nodes.is_empty(),
                _ => false,
            };
            if is_list && is_empty {
                self.fault(entry.value.span, PolicyFault::EmptyList);
            }
        }
    }

    fn object<'a>(&mut self, node: &'a Node) -> Option<&'a [Entry]> {
        let mapping = node.as_mapping();
        if mapping.is_none() {
            self.fault(node.span, PolicyFault::NotObject);
        }
        Some(mapping?.entries())
    }

    fn fulcio(&mut self, node: &Node) {
        let Some(entries) = self.object(node) else {
            return;
        };
        let given = self.keys(entries, None, FULCIO);
        self.one_of(node.span, &given, &["caPath", "caData"]);
        self.wanted(node.span, &given, "oidcIssuer");
        self.wanted(node.span, &given, "subjectEmail");
    }

    fn pki(&mut self, node: &Node) {
        let Some(entries) = self.object(node) else {
            return;
        };
        let given = self.keys(entries, None, PKI);
        self.one_of(node.span, &given, &["caRootsPath", "caRootsData"]);
        let intermediates = &["caIntermediatesPath", "caIntermediatesData"];
        self.at_most_one(node.span, &given, intermediates);
        const SUBJECTS: &[&str] = &["subjectEmail", "subjectHostname"];
        if !SUBJECTS.iter().any(|it| given.contains(it)) {
            self.fault(node.span, PolicyFault::NoneOf(SUBJECTS));
        }
    }

    fn identity(&mut self, node: &Node) {
        let Some(entries) = self.object(node) else {
            return;
        };
        let named = entries.iter().find(|entry| entry.key.value == "type");
        let name = named.and_then(|entry| entry.value.as_str());
        let keys: &[&'static str] = match name {
            Some("matchExact" | "matchRepoDigestOrExact" | "matchRepository") => &[],
            Some("exactReference") => &["dockerReference"],
            Some("exactRepository") => &["dockerRepository"],
            Some("remapIdentity") => &["prefix", "signedPrefix"],
            _ => {
                let span = named.map_or(node.span, |entry| entry.value.span);
                self.fault(span, PolicyFault::UnknownIdentity);
                return;
            }
        };
        for entry in entries {
            let key = entry.key.value.as_str();
            if key != "type" && !keys.contains(&key) {
                self.fault(entry.key.span, PolicyFault::UnknownKey(key.to_owned()));
            }
        }
        for key in keys {
            let Some(value) = node.get(key) else {
                self.fault(node.span, PolicyFault::Missing(key));
                continue;
            };
            let text = match &value.value {
                Value::Null => "",
                Value::String(text) => text,
                _ => {
                    self.fault(value.span, PolicyFault::NotText);
                    continue;
                }
            };
            let is_good = match *key {
                "dockerReference" => {
                    let reference = Reference::parse_normalized(text);
                    reference.is_ok_and(|it| it.tag().is_some() || it.digest().is_some())
                }
                "dockerRepository" => Reference::parse_normalized(text).is_ok(),
                _ => is_prefix(text),
            };
            if !is_good {
                self.fault(value.span, PolicyFault::BadName(key));
            }
        }
    }

    fn one_of(&mut self, span: Span, given: &[&str], keys: &'static [&'static str]) {
        if keys.iter().filter(|it| given.contains(it)).count() != 1 {
            self.fault(span, PolicyFault::NotOneOf(keys));
        }
    }

    fn at_most_one(&mut self, span: Span, given: &[&str], keys: &'static [&'static str]) {
        if 1 < keys.iter().filter(|it| given.contains(it)).count() {
            self.fault(span, PolicyFault::ManyOf(keys));
        }
    }

    fn wanted(&mut self, span: Span, given: &[&str], key: &'static str) {
        if !given.contains(&key) {
            self.fault(span, PolicyFault::Missing(key));
        }
    }
}

/// Whether names can be remapped from or to a text: a host, perhaps with a path.
// From containers/image, signature/policy_config.go `validateIdentityRemappingPrefix`.
fn is_prefix(text: &str) -> bool {
    match text.split_once('/') {
        None => is_domain(text),
        Some((host, path)) => is_domain(host) && scan_path(path.as_bytes(), 0) == Some(path.len()),
    }
}

#[cfg(test)]
mod tests {
    use crate::file::Files;
    use crate::policy_json::read::read;

    /// What is told of a policy with one requirement, with the texts that it is told of.
    fn check(requirement: &str, expected: &[(&str, &str)]) {
        let mut files = Files::new();
        let text = format!("{{\"default\": [{requirement}]}}");
        let file = files.add("policy.json", text);
        let faults = read(&files, file).err().unwrap_or_default();
        let found: Vec<(&str, String)> = faults
            .iter()
            .map(|fault| (files.slice(fault.span), fault.value.to_string()))
            .collect();
        let expected: Vec<(&str, String)> = expected
            .iter()
            .map(|(at, what)| {
                (
                    if at.is_empty() { requirement } else { at },
                    (*what).to_owned(),
                )
            })
            .collect();
        assert_eq!(found, expected, "{requirement}");
    }

    #[test]
    fn keys_of_gpg_are_one_of_three() {
        let one = "exactly one of `keyPath`, `keyPaths`, `keyData` is expected here";
        let of = |more: &str| format!("{{\"type\": \"signedBy\", \"keyType\": \"GPGKeys\"{more}}}");
        check(&of(r#", "keyPath": "/k""#), &[]);
        check(&of(r#", "keyPaths": []"#), &[]);
        check(&of(r#", "keyData": "YQ==""#), &[]);
        check(&of(r#", "keyData": [1, 255]"#), &[]);
        check(&of(""), &[("", one)]);
        check(&of(r#", "keyPath": """#), &[("", one)]);
        check(&of(r#", "keyPaths": null"#), &[("", one)]);
        check(&of(r#", "keyPath": "/k", "keyData": """#), &[("", one)]);
        check(&of(r#", "keyPath": "/k", "keyPaths": null"#), &[("", one)]);
        let base64 = "base64 is expected here";
        check(&of(r#", "keyData": "/k""#), &[(r#""/k""#, base64)]);
        check(&of(r#", "keyData": [256]"#), &[("[256]", base64)]);
        check(
            &of(r#", "keyPath": 1"#),
            &[("1", "a text is expected here")],
        );
        check(
            &of(r#", "keyPaths": ["a", 1]"#),
            &[("1", "a text is expected here")],
        );
        check(
            &of(r#", "keyPaths": "/k""#),
            &[(r#""/k""#, "a list of texts is expected here")],
        );
        check(
            &of(r#", "keyPath": "/k", "key": 1"#),
            &[(r#""key""#, "unknown key `key`")],
        );
        check(
            r#"{"type": "signedBy", "keyType": "GPG", "keyPath": "/k"}"#,
            &[(r#""GPG""#, "unknown type of keys")],
        );
        check(
            r#"{"type": "signedBy", "keyPath": "/k"}"#,
            &[("", "`keyType` is missing")],
        );
    }

    #[test]
    fn keys_of_sigstore_are_one_of_six() {
        let one = "exactly one of `keyPath`, `keyPaths`, `keyData`, `keyDatas`, `fulcio`, `pki` \
                   is expected here";
        let of = |more: &str| format!("{{\"type\": \"sigstoreSigned\"{more}}}");
        check(&of(r#", "keyPath": "/k""#), &[]);
        check(&of(r#", "keyDatas": ["YQ=="]"#), &[]);
        check(&of(r#", "keyPath": "/k", "rekorPublicKeyPath": "/r""#), &[]);
        check(&of(""), &[("", one)]);
        check(&of(r#", "keyPath": "/k", "keyData": """#), &[("", one)]);
        let empty = "a list of keys must not be empty";
        check(&of(r#", "keyPaths": []"#), &[("[]", empty)]);
        check(
            &of(r#", "keyPath": "/k", "keyDatas": null"#),
            &[("null", empty)],
        );
        check(
            &of(r#", "keyPath": "/k", "rekorPublicKeyPath": "/r", "rekorPublicKeyData": "YQ==""#),
            &[(
                "",
                "at most one of `rekorPublicKeyPath`, `rekorPublicKeyPaths`, \
                 `rekorPublicKeyData`, `rekorPublicKeyDatas` is expected here",
            )],
        );
    }

    #[test]
    fn certificates_say_whose_they_are() {
        let log = r#""rekorPublicKeyPath": "/r""#;
        let fulcio = |fulcio: &str, more: &str| {
            format!("{{\"type\": \"sigstoreSigned\", \"fulcio\": {fulcio}{more}}}")
        };
        let good = r#"{"caPath": "/c", "oidcIssuer": "https://i", "subjectEmail": "a@b"}"#;
        let with_log = format!(", {log}");
        check(&fulcio(good, &with_log), &[]);
        check(
            &fulcio(good, ""),
            &[(
                "",
                "one of `rekorPublicKeyPath`, `rekorPublicKeyPaths`, `rekorPublicKeyData`, \
                 `rekorPublicKeyDatas` is expected here",
            )],
        );
        check(
            &fulcio(r#"{"caPath": ""}"#, &with_log),
            &[
                (
                    r#"{"caPath": ""}"#,
                    "exactly one of `caPath`, `caData` is expected here",
                ),
                (r#"{"caPath": ""}"#, "`oidcIssuer` is missing"),
                (r#"{"caPath": ""}"#, "`subjectEmail` is missing"),
            ],
        );
        check(
            &fulcio("null", &with_log),
            &[("null", "an object is expected here")],
        );
        let pki = |pki: &str, more: &str| {
            format!("{{\"type\": \"sigstoreSigned\", \"pki\": {pki}{more}}}")
        };
        let good = r#"{"caRootsPath": "/c", "subjectHostname": "h"}"#;
        check(&pki(good, ""), &[]);
        check(
            &pki(good, &with_log),
            &[("", "`pki` takes no key of Rekor's log")],
        );
        let bad =
            r#"{"caRootsPath": "/c", "caIntermediatesPath": "/i", "caIntermediatesData": "YQ=="}"#;
        check(
            &pki(bad, ""),
            &[
                (
                    bad,
                    "at most one of `caIntermediatesPath`, `caIntermediatesData` is expected here",
                ),
                (
                    bad,
                    "one of `subjectEmail`, `subjectHostname` is expected here",
                ),
            ],
        );
    }

    #[test]
    fn names_are_compared_in_one_of_six_ways() {
        let check = |identity: &str, expected: &[(&str, &str)]| {
            let of = |key: &str, identity: &str| format!("\"{key}\": {identity}}}");
            let base = of("baseLayerIdentity", identity);
            check(
                &format!("{{\"type\": \"signedBaseLayer\", {base}"),
                expected,
            );
        };
        for name in ["matchExact", "matchRepoDigestOrExact", "matchRepository"] {
            check(&format!("{{\"type\": \"{name}\"}}"), &[]);
        }
        check(
            r#"{"type": "matchExact", "a": 1}"#,
            &[(r#""a""#, "unknown key `a`")],
        );
        check(
            r#"{"type": "match"}"#,
            &[(r#""match""#, "unknown way to compare names")],
        );
        check("{}", &[("{}", "unknown way to compare names")]);
        check("null", &[("null", "an object is expected here")]);
        let image = "an image with a tag or a digest is expected here";
        for (name, is_good) in [("nginx:1", true), ("q.io/a", false), ("", false)] {
            let text = format!("\"{name}\"");
            let fault = [(text.as_str(), image)];
            let expected: &[_] = if is_good { &[] } else { &fault };
            check(
                &format!("{{\"type\": \"exactReference\", \"dockerReference\": {text}}}"),
                expected,
            );
        }
        check(
            r#"{"type": "exactRepository", "dockerRepository": "A"}"#,
            &[(r#""A""#, "a repository is expected here")],
        );
        let host = "a host or a repository is expected here";
        check(
            r#"{"type": "remapIdentity", "prefix": "q.io/a", "signedPrefix": "*.io"}"#,
            &[(r#""*.io""#, host)],
        );
        check(
            r#"{"type": "remapIdentity", "prefix": "q.io/A", "signedPrefix": "q.io:5"}"#,
            &[(r#""q.io/A""#, host)],
        );
        check(
            r#"{"type": "remapIdentity", "prefix": 1}"#,
            &[
                (
                    r#"{"type": "remapIdentity", "prefix": 1}"#,
                    "`signedPrefix` is missing",
                ),
                ("1", "a text is expected here"),
            ],
        );
    }
}
