//! Reads policy.json as the library does, strictly; files that it names are not looked at.

use super::{Policy, PolicyScope, Requirement, signed};
use crate::document::{Entry, Mapping, Node, ProblemKind, json};
use crate::file::{FileId, Files, Span, Spanned};
use crate::order;
use crate::sorted::Map;
use std::fmt;

/// What keeps a policy.json from being loaded, and with it every image from being pulled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PolicyFault {
    /// No JSON, or a key that is given twice.
    Json(ProblemKind),
    /// Something else where an object is expected.
    NotObject,
    /// Something else where a list of requirements is expected.
    NotList,
    /// A key that is not known there.
    UnknownKey(String),
    /// There is no `default`.
    NoDefault,
    /// A list without a requirement.
    NoRequirement,
    /// A requirement without a `type` that is text.
    NoType,
    /// A type of requirement that is not known.
    UnknownType(String),
    /// Something else where a text is expected.
    NotText,
    /// Something else where a list of texts is expected.
    NotTexts,
    /// Something else where bytes in base64 are expected.
    NotBase64,
    /// A list of keys without any.
    EmptyList,
    /// A key that must be there and say something.
    Missing(&'static str),
    /// None or several keys of which there must be one.
    NotOneOf(&'static [&'static str]),
    /// Several keys of which there may be one.
    ManyOf(&'static [&'static str]),
    /// No key of some of which one is needed.
    NoneOf(&'static [&'static str]),
    /// Keys of a log beside certificates of one's own, for which no log is asked.
    RekorWithPki,
    /// A type of keys that is not known.
    UnknownKeyType,
    /// A way to compare names that is not known.
    UnknownIdentity,
    /// What is no name of an image, or of a repository or host, by its key.
    BadName(&'static str),
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyFault::Json(kind) => kind.fmt(f),
            PolicyFault::NotObject => f.write_str("an object is expected here"),
            PolicyFault::NotList => f.write_str("a list of requirements is expected here"),
            PolicyFault::UnknownKey(key) => write!(f, "unknown key `{key}`"),
            PolicyFault::NoDefault => f.write_str("`default` is missing"),
            PolicyFault::NoRequirement => f.write_str("a list of requirements must not be empty"),
            PolicyFault::NoType => f.write_str("a requirement without a `type`"),
            PolicyFault::UnknownType(name) => write!(f, "unknown type of requirement `{name}`"),
            PolicyFault::NotText => f.write_str("a text is expected here"),
            PolicyFault::NotTexts => f.write_str("a list of texts is expected here"),
            PolicyFault::NotBase64 => f.write_str("base64 is expected here"),
            PolicyFault::EmptyList => f.write_str("a list of keys must not be empty"),
            PolicyFault::Missing(key) => write!(f, "`{key}` is missing"),
            PolicyFault::NotOneOf(keys) => {
                write!(f, "exactly one of `{}` is expected here", keys.join("`, `"))
            }
            PolicyFault::ManyOf(keys) => {
                write!(f, "at most one of `{}` is expected here", keys.join("`, `"))
            }
            PolicyFault::NoneOf(keys) => {
                write!(f, "one of `{}` is expected here", keys.join("`, `"))
            }
            PolicyFault::RekorWithPki => f.write_str("`pki` takes no key of Rekor's log"),
            PolicyFault::UnknownKeyType => f.write_str("unknown type of keys"),
            PolicyFault::UnknownIdentity => f.write_str("unknown way to compare names"),
            PolicyFault::BadName(key) => match *key {
                "dockerReference" => {
                    f.write_str("an image with a tag or a digest is expected here")
                }
                "dockerRepository" => f.write_str("a repository is expected here"),
                _ => f.write_str("a host or a repository is expected here"),
            },
        }
    }
}

/// Reads a policy.json.
///
/// # Errors
/// Everything that keeps nodes from loading it, in the order of the text; never empty.
// From containers/image, signature/policy_config.go `Policy.UnmarshalJSON` and what it calls.
pub fn read(files: &Files, file: FileId) -> Result<Policy, Vec<Spanned<PolicyFault>>> {
    let (document, problems) = json::read(files, file);
    let mut reader = Reader { faults: Vec::new() };
    for problem in problems {
        // Go's decoder replaces half of a pair, too.
        if problem.kind != ProblemKind::LoneSurrogate {
            reader.fault(problem.span, PolicyFault::Json(problem.kind));
        }
    }
    let mut policy = None;
    if let Some(document) = document {
        policy = reader.policy(&document.root);
    }
    order::sort_by_key(&mut reader.faults, |fault| fault.span);
    match policy {
        Some(policy) if reader.faults.is_empty() => Ok(policy),
        _ => Err(reader.faults),
    }
}

struct Reader {
    faults: Vec<Spanned<PolicyFault>>,
}

impl Reader {
    fn fault(&mut self, span: Span, fault: PolicyFault) {
        self.faults.push(Spanned::new(fault, span));
    }

    fn object<'a>(&mut self, node: &'a Node) -> &'a [Entry] {
        let entries = node.as_mapping().map(Mapping::entries);
        if entries.is_none() {
            self.fault(node.span, PolicyFault::NotObject);
        }
        entries.unwrap_or_default()
    }

    /// `None` when there is no default.
    fn policy(&mut self, root: &Node) -> Option<Policy> {
        let mut default = None;
        let mut scopes = Map::new();
        for entry in self.object(root) {
            match entry.key.value.as_str() {
                "default" => default = Some(self.scope(entry)),
                "transports" => scopes = self.transports(&entry.value),
                key => self.fault(entry.key.span, PolicyFault::UnknownKey(key.to_owned())),
            }
        }
        if default.is_none() && root.as_mapping().is_some() {
            self.fault(root.span, PolicyFault::NoDefault);
        }
        let default = default?;
        Some(Policy { default, scopes })
    }

    /// The scopes of the registries' transport; those of others are only read.
    fn transports(&mut self, node: &Node) -> Map<String, PolicyScope> {
        let mut of_registries = Map::new();
        for transport in self.object(node) {
            let scopes = self.object(&transport.value);
            let scopes = scopes.iter().map(|entry| {
                let scope = self.scope(entry);
                (entry.key.value.clone(), scope)
            });
            let scopes = scopes.collect();
            if transport.key.value == "docker" {
                of_registries = scopes;
            }
        }
        of_registries
    }

    fn scope(&mut self, entry: &Entry) -> PolicyScope {
        let mut requirements = Vec::new();
        match entry.value.as_sequence() {
            None => self.fault(entry.value.span, PolicyFault::NotList),
            Some([]) => self.fault(entry.value.span, PolicyFault::NoRequirement),
            Some(nodes) => {
                requirements.extend(nodes.iter().filter_map(|node| self.requirement(node)));
            }
        }
        PolicyScope {
            requirements,
            spans: vec![entry.key.span],
        }
    }

    /// `None` when there is something wrong with it.
    fn requirement(&mut self, node: &Node) -> Option<Requirement> {
        let entries = self.object(node);
        let named = entries.iter().find(|entry| entry.key.value == "type");
        let Some(name) = named.and_then(|entry| entry.value.as_str()) else {
            if node.as_mapping().is_some() {
                self.fault(node.span, PolicyFault::NoType);
            }
            return None;
        };
        let mut known = Requirement::ALL.into_iter();
        let Some(requirement) = known.find(|it| it.name() == name) else {
            self.fault(node.span, PolicyFault::UnknownType(name.to_owned()));
            return None;
        };
        signed::check(requirement, node, entries, &mut self.faults);
        Some(requirement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openshift::OpenShift;
    use crate::policy_json::{ImagePolicies, PolicyInput, TEMPLATE, policy, write};

    fn read_text(text: &str) -> Result<Policy, Vec<String>> {
        let mut files = Files::new();
        let file = files.add("policy.json", text);
        read(&files, file).map_err(|faults| {
            let line = |fault: Spanned<PolicyFault>| {
                let position = files.position(file, fault.span.start);
                format!("{position} {}", fault.value)
            };
            faults.into_iter().map(line).collect()
        })
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut files = Files::new();
        let file = files.add("objects", "");
        let scope = |text: &str| Spanned::new(text.to_owned(), Span::new(file, 0, 0));
        let blocked = [scope("quay.io/a/b/c"), scope("*.example.com")];
        let allowed = [scope("h:5000/a<b"), scope("quay.io/org/app:1.2")];
        // A requirement of signatures is written without its keys, which nodes would refuse.
        let none = ImagePolicies::default();
        for (blocked, allowed) in [
            (Some(&blocked[..]), None),
            (None, Some(&allowed[..])),
            (None, None),
        ] {
            let input = PolicyInput {
                blocked,
                allowed,
                payload: None,
                image_policies: &none,
            };
            for (version, _) in OpenShift::ALL {
                let policy = policy(&input, version);
                let read = read_text(&write(&policy, version)).expect("nodes load it");
                assert_eq!(read.default.requirements, policy.default.requirements);
                let asked = |policy: &Policy| -> Vec<(String, Vec<Requirement>)> {
                    let scopes = policy.scopes.iter();
                    scopes
                        .map(|(scope, what)| (scope.clone(), what.requirements.clone()))
                        .collect()
                };
                assert_eq!(asked(&read), asked(&policy), "{version}");
            }
        }
        let product = read_text(TEMPLATE).expect("nodes load it");
        assert!(product.scopes.is_empty());
    }

    #[test]
    fn every_fault_is_told_where_it_is() {
        let accept = r#"[{"type": "insecureAcceptAnything"}]"#;
        let check = |text: &str, expected: &[&str]| {
            let text = text.replace("ACCEPT", accept);
            let found = read_text(&text).err().unwrap_or_default();
            assert_eq!(found, expected, "{text}");
        };
        check(r#"{"default": ACCEPT}"#, &[]);
        check(r#"{"default": ACCEPT, "transports": {}}"#, &[]);
        check(
            r#"{"default": ACCEPT, "transports": {"other": {"x": ACCEPT}}}"#,
            &[],
        );
        check(
            r#"{"default": [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/k"}]}"#,
            &[],
        );
        check("[]", &["1:1 an object is expected here"]);
        check("{}", &["1:1 `default` is missing"]);
        check(
            r#"{"Default": ACCEPT}"#,
            &["1:1 `default` is missing", "1:2 unknown key `Default`"],
        );
        check(
            r#"{"default": []}"#,
            &["1:13 a list of requirements must not be empty"],
        );
        check(
            r#"{"default": null}"#,
            &["1:13 a list of requirements is expected here"],
        );
        check(
            r#"{"default": [{}]}"#,
            &["1:14 a requirement without a `type`"],
        );
        check(
            r#"{"default": ["reject"]}"#,
            &["1:14 an object is expected here"],
        );
        check(
            r#"{"default": [{"type": "accept"}]}"#,
            &["1:14 unknown type of requirement `accept`"],
        );
        check(
            r#"{"default": [{"type": "reject", "keyPath": "/x"}]}"#,
            &["1:33 unknown key `keyPath`"],
        );
        check(
            "{\"default\": ACCEPT,\n\"default\": ACCEPT}",
            &["2:1 key `default` is given twice"],
        );
        check(
            "{\"default\": ACCEPT,\n\"transports\": {\"docker\": {\"q\": 1,\n\"r\": []}, \"dir\": 1}}",
            &[
                "2:32 a list of requirements is expected here",
                "3:6 a list of requirements must not be empty",
                "3:18 an object is expected here",
            ],
        );
        assert_eq!(read_text("{").err().map(|faults| faults.len()), Some(1));
    }
}
