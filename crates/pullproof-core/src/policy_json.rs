//! The node's policy.json: which images may be pulled by name, as the image configuration says.

use crate::file::{Span, Spanned};
use crate::go_text::{json_quote, quote};
use crate::openshift::OpenShift;
use crate::scope::index::ScopeIndex;
use crate::scope::{Nesting, is_valid_registries_conf_scope};
use crate::sorted::{Map, Set};
use std::fmt;

pub mod decision;
pub mod read;
mod signed;

/// The path of the file on a node.
pub const PATH: &str = "/etc/containers/policy.json";

/// The product's own text, which nodes keep where the file is not written.
// From openshift/machine-config-operator, templates/master/01-master-container-runtime/_base/
// files/policy.yaml; its layout counts, because a change of layout is a change.
pub const TEMPLATE: &str = r#"{
    "default": [
        {
            "type": "insecureAcceptAnything"
        }
    ],
    "transports":
        {
            "docker-daemon":
                {
                    "": [{"type":"insecureAcceptAnything"}]
                }
        }
}
"#;

/// What the policy is made from; an absent list differs from an empty one.
#[derive(Clone, Copy, Debug)]
pub struct PolicyInput<'a> {
    /// The blocked scopes that reach the policy.
    pub blocked: Option<&'a [Spanned<String>]>,
    /// The allowed scopes, the repository of the release image among them where nodes need it.
    pub allowed: Option<&'a [Spanned<String>]>,
    /// The repository of the release image; `None` when it could not be parsed.
    pub payload: Option<&'a str>,
    /// The scopes that signatures are asked for.
    pub image_policies: &'a ImagePolicies,
}

/// The scopes of image policies.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ImagePolicies {
    /// Of `ClusterImagePolicy` objects, which releases from 4.16 read.
    pub cluster: Vec<Spanned<String>>,
    /// Of `ImagePolicy` objects, which releases from 4.18 read.
    pub namespaced: Vec<Spanned<String>>,
}

impl ImagePolicies {
    fn cluster_in(&self, version: OpenShift) -> &[Spanned<String>] {
        if OpenShift::V4_16 <= version {
            &self.cluster
        } else {
            &[]
        }
    }

    fn namespaced_in(&self, version: OpenShift) -> &[Spanned<String>] {
        if OpenShift::V4_18 <= version {
            &self.namespaced
        } else {
            &[]
        }
    }
}

/// A policy, by the names that images are asked for under.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// What holds where no scope matches, for transports other than `docker-daemon`.
    pub default: PolicyScope,
    /// What holds for a scope of the registries' transport; the most specific scope counts.
    pub scopes: Map<String, PolicyScope>,
}

/// What a policy asks of the images of one scope, or of those in none.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PolicyScope {
    /// All of these must hold.
    pub requirements: Vec<Requirement>,
    /// The places in the cluster's objects that ask for it.
    pub spans: Vec<Span>,
}

/// What a policy asks of an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Requirement {
    /// Nothing.
    InsecureAcceptAnything,
    /// The impossible.
    Reject,
    /// A signature; whose is not kept here.
    SigstoreSigned,
    /// The same in another format; the Machine Config Operator never writes it.
    SignedBy,
    /// The signature of a base image, which no release implements, so that it is the impossible.
    SignedBaseLayer,
}

impl Requirement {
    /// Every requirement that the library knows.
    pub const ALL: [Requirement; 5] = [
        Requirement::InsecureAcceptAnything,
        Requirement::Reject,
        Requirement::SigstoreSigned,
        Requirement::SignedBy,
        Requirement::SignedBaseLayer,
    ];

    /// The name, as written in `type`.
    pub fn name(self) -> &'static str {
        match self {
            Requirement::InsecureAcceptAnything => "insecureAcceptAnything",
            Requirement::Reject => "reject",
            Requirement::SigstoreSigned => "sigstoreSigned",
            Requirement::SignedBy => "signedBy",
            Requirement::SignedBaseLayer => "signedBaseLayer",
        }
    }
}

/// Why no policy can be made, as the Machine Config Operator words it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PolicyRefusal {
    /// Images are both allowed and blocked.
    AllowedAndBlocked(Vec<Span>),
    /// A scope that must be signed is not allowed.
    NotAllowed(PolicyKind, Spanned<String>),
    /// A scope that must be signed is blocked.
    Blocked(PolicyKind, Spanned<String>),
    /// An entry of `blockedRegistries` that is no scope.
    InvalidBlocked(Spanned<String>),
    /// An entry of `allowedRegistries` that is no scope.
    InvalidAllowed(Spanned<String>),
}

/// Which of the two kinds of image policy a scope is from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PolicyKind {
    /// `ClusterImagePolicy`.
    Cluster,
    /// `ImagePolicy`.
    Namespaced,
}

impl PolicyRefusal {
    /// The places responsible.
    pub fn spans(&self) -> Vec<Span> {
        match self {
            PolicyRefusal::AllowedAndBlocked(spans) => spans.clone(),
            PolicyRefusal::NotAllowed(_, text)
            | PolicyRefusal::Blocked(_, text)
            | PolicyRefusal::InvalidBlocked(text)
            | PolicyRefusal::InvalidAllowed(text) => vec![text.span],
        }
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PolicyKind::Cluster => "clusterimagePolicy",
            PolicyKind::Namespaced => "imagePolicy",
        })
    }
}

impl fmt::Display for PolicyRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyRefusal::AllowedAndBlocked(_) => f.write_str(
                "invalid images config: \
                 only one of AllowedRegistries or BlockedRegistries may be specified",
            ),
            PolicyRefusal::NotAllowed(kind, scope) => write!(
                f,
                "{kind} configured for the scope {} is not nested inside allowedRegistries",
                scope.value
            ),
            PolicyRefusal::Blocked(kind, scope) => write!(
                f,
                "{kind} configured for the scope {} is nested inside blockedRegistries",
                scope.value
            ),
            PolicyRefusal::InvalidBlocked(scope) => write!(
                f,
                "invalid entry for blocked registries {}",
                quote(&scope.value)
            ),
            PolicyRefusal::InvalidAllowed(scope) => write!(
                f,
                "invalid entry for allowed registries {}",
                quote(&scope.value)
            ),
        }
    }
}

/// Whether the Machine Config Operator writes the file at all.
pub fn is_written(input: &PolicyInput<'_>, version: OpenShift) -> bool {
    input.blocked.is_some()
        || input.allowed.is_some()
        || !input.image_policies.cluster_in(version).is_empty()
        || !input.image_policies.namespaced_in(version).is_empty()
}

/// Everything that stands against making the policy, in the order the Machine Config Operator
/// looks; it stops at the first.
pub fn refusals(input: &PolicyInput<'_>, version: OpenShift) -> Vec<PolicyRefusal> {
    // From openshift/machine-config-operator, pkg/controller/container-runtime-config/helpers.go
    // updatePolicyJSON, validateImagePolicyWithAllowedBlockedRegistries.
    let blocked = input.blocked.unwrap_or_default();
    let allowed = input.allowed.unwrap_or_default();
    let mut refusals = Vec::new();
    if !blocked.is_empty() && !allowed.is_empty() {
        let is_payload_only = OpenShift::V4_11 <= version
            && allowed.len() == 1
            && Some(allowed[0].value.as_str()) == input.payload;
        if !is_payload_only {
            let spans = allowed.iter().chain(blocked).map(|scope| scope.span);
            refusals.push(PolicyRefusal::AllowedAndBlocked(spans.collect()));
        }
    }
    let allowing = scope_index(allowed, version);
    let blocking = scope_index(blocked, version);
    let cluster = input.image_policies.cluster_in(version);
    let namespaced = input.image_policies.namespaced_in(version);
    for (kind, scopes) in [
        (PolicyKind::Cluster, cluster),
        (PolicyKind::Namespaced, namespaced),
    ] {
        for scope in scopes {
            if !allowed.is_empty() && allowing.containing(&scope.value).is_empty() {
                refusals.push(PolicyRefusal::NotAllowed(kind, scope.clone()));
            }
        }
        for scope in scopes {
            if !blocking.containing(&scope.value).is_empty() {
                refusals.push(PolicyRefusal::Blocked(kind, scope.clone()));
            }
        }
    }
    let invalid = |scope: &&Spanned<String>| !is_valid_registries_conf_scope(&scope.value, version);
    let blocked = blocked.iter().filter(invalid).cloned();
    refusals.extend(blocked.map(PolicyRefusal::InvalidBlocked));
    let allowed = allowed.iter().filter(invalid).cloned();
    refusals.extend(allowed.map(PolicyRefusal::InvalidAllowed));
    refusals
}

fn scope_index(scopes: &[Spanned<String>], version: OpenShift) -> ScopeIndex<'_, ()> {
    let mut index = ScopeIndex::new(Nesting::of(version));
    for scope in scopes {
        index.insert(&scope.value, ());
    }
    index
}

/// The policy of an input that nothing stands against.
pub fn policy(input: &PolicyInput<'_>, version: OpenShift) -> Policy {
    // From openshift/machine-config-operator, pkg/controller/container-runtime-config/helpers.go
    // updatePolicyJSON.
    let blocked = input.blocked.unwrap_or_default();
    let allowed = input.allowed.unwrap_or_default();
    let signed = input.image_policies.cluster_in(version);
    let signed_scopes: Set<&str> = signed.iter().map(|scope| scope.value.as_str()).collect();
    let mut scopes: Map<String, PolicyScope> = Map::new();
    let mut set = |scope: &Spanned<String>, requirement| {
        let entry = scopes.entry(scope.value.clone()).or_default();
        entry.requirements = vec![requirement];
        entry.spans.push(scope.span);
    };
    for scope in allowed {
        if !signed_scopes.contains(scope.value.as_str()) {
            set(scope, Requirement::InsecureAcceptAnything);
        }
    }
    for scope in blocked {
        set(scope, Requirement::Reject);
    }
    for scope in signed {
        let entry = scopes.entry(scope.value.clone()).or_default();
        entry.requirements.push(Requirement::SigstoreSigned);
        entry.spans.push(scope.span);
    }
    let default = match allowed.first() {
        Some(first) if blocked.is_empty() => PolicyScope {
            requirements: vec![Requirement::Reject],
            spans: vec![first.span],
        },
        _ => PolicyScope {
            requirements: vec![Requirement::InsecureAcceptAnything],
            spans: Vec::new(),
        },
    };
    Policy { default, scopes }
}

/// A policy as the text of policy.json, byte for byte but for the keys of signatures.
pub fn write(policy: &Policy, version: OpenShift) -> String {
    let layout = if version < OpenShift::V4_17 {
        Layout::Compact
    } else {
        Layout::Indented
    };
    let list = |requirements: &[Requirement]| {
        let types = requirements
            .iter()
            .map(|requirement| object(vec![("type".to_owned(), Json::Text(requirement.name()))]));
        Json::List(types.collect())
    };
    let scopes_up_to = |n_slashes: usize| {
        let scopes = policy.scopes.iter();
        let kept = scopes.filter(|(scope, _)| scope.matches('/').count() <= n_slashes);
        object(
            kept.map(|(scope, what)| (scope.clone(), list(&what.requirements)))
                .collect(),
        )
    };
    // The transport refuses deeper scopes, and with them the file.
    let n_slashes_in_atomic = if version < OpenShift::V4_14 {
        usize::MAX
    } else {
        2
    };
    let mut transports = Vec::new();
    if version < OpenShift::V4_16 || !policy.scopes.is_empty() {
        transports.push(("atomic".to_owned(), scopes_up_to(n_slashes_in_atomic)));
        transports.push(("docker".to_owned(), scopes_up_to(usize::MAX)));
    }
    let anything = list(&[Requirement::InsecureAcceptAnything]);
    let daemon = object(vec![(String::new(), anything)]);
    transports.push(("docker-daemon".to_owned(), daemon));
    let root = object(vec![
        ("default".to_owned(), list(&policy.default.requirements)),
        ("transports".to_owned(), object(transports)),
    ]);
    let mut text = String::new();
    root.write(layout, 0, &mut text);
    text
}

/// How a JSON text is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Compact,
    Indented,
}

enum Json {
    Text(&'static str),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

fn object(entries: Vec<(String, Json)>) -> Json {
    Json::Object(entries)
}

impl Json {
    fn write(&self, layout: Layout, depth: usize, text: &mut String) {
        match self {
            Json::Text(value) => text.push_str(&json_quote(value)),
            Json::List(values) => {
                let write = |value: &Json, text: &mut String| value.write(layout, depth + 1, text);
                write_items(['[', ']'], values, layout, depth, text, write);
            }
            Json::Object(entries) => {
                let write = |(key, value): &(String, Json), text: &mut String| {
                    text.push_str(&json_quote(key));
                    text.push_str(if layout == Layout::Compact { ":" } else { ": " });
                    value.write(layout, depth + 1, text);
                };
                write_items(['{', '}'], entries, layout, depth, text, write);
            }
        }
    }
}

fn write_items<T>(
    [open, close]: [char; 2],
    items: &[T],
    layout: Layout,
    depth: usize,
    text: &mut String,
    write: impl Fn(&T, &mut String),
) {
    let break_line = |depth: usize, text: &mut String| {
        if layout == Layout::Indented && !items.is_empty() {
            text.push('\n');
            text.extend(std::iter::repeat_n("  ", depth));
        }
    };
    text.push(open);
    for (at, item) in items.iter().enumerate() {
        if 0 < at {
            text.push(',');
        }
        break_line(depth + 1, text);
        write(item, text);
    }
    break_line(depth, text);
    text.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Files;

    fn spanned(texts: &[&str]) -> Vec<Spanned<String>> {
        let span = Span::new(Files::new().add("objects", ""), 0, 0);
        let spanned = |text: &&str| Spanned::new((*text).to_owned(), span);
        texts.iter().map(spanned).collect()
    }

    #[test]
    fn a_policy_is_laid_out_as_the_release_does() {
        let check = |allowed: &[&str], version: OpenShift, expected: &str| {
            let input = PolicyInput {
                blocked: None,
                allowed: Some(&spanned(allowed)),
                payload: None,
                image_policies: &ImagePolicies::default(),
            };
            assert!(is_written(&input, version));
            assert_eq!(refusals(&input, version), []);
            let text = write(&policy(&input, version), version);
            assert_eq!(text, expected, "{allowed:?} in {version}");
        };
        let daemon = r#""docker-daemon":{"":[{"type":"insecureAcceptAnything"}]}"#;
        let with = |default: &str, transports: &str| {
            let default = format!(r#""default":[{{"type":"{default}"}}]"#);
            format!(r#"{{{default},"transports":{{{transports}{daemon}}}}}"#)
        };
        let deep = r#""a/b/c/d":[{"type":"insecureAcceptAnything"}]"#;
        let both = format!(r#""atomic":{{{deep}}},"docker":{{{deep}}},"#);
        let docker_only = format!(r#""atomic":{{}},"docker":{{{deep}}},"#);
        let anything = "insecureAcceptAnything";
        let empty = r#""atomic":{},"docker":{},"#;
        check(&[], OpenShift::V4_6, &with(anything, empty));
        check(&["a/b/c/d"], OpenShift::V4_13, &with("reject", &both));
        check(
            &["a/b/c/d"],
            OpenShift::V4_14,
            &with("reject", &docker_only),
        );
        check(
            &["a/b/c/d"],
            OpenShift::V4_16,
            &with("reject", &docker_only),
        );
        let indented = r#"{
  "default": [
    {
      "type": "reject"
    }
  ],
  "transports": {
    "atomic": {},
    "docker": {
      "a/b/c/d\u003c": [
        {
          "type": "insecureAcceptAnything"
        }
      ]
    },
    "docker-daemon": {
      "": [
        {
          "type": "insecureAcceptAnything"
        }
      ]
    }
  }
}"#;
        check(&["a/b/c/d<"], OpenShift::V4_17, indented);
    }

    #[test]
    fn refusals_come_in_the_operators_order() {
        let check = |blocked: &[&str], allowed: &[&str], version: OpenShift, expected: &[&str]| {
            let image_policies = ImagePolicies {
                cluster: spanned(&["a.com/x", "b.com"]),
                namespaced: spanned(&["c.com"]),
            };
            let input = PolicyInput {
                blocked: Some(&spanned(blocked)),
                allowed: Some(&spanned(allowed)),
                payload: Some("quay.io/release"),
                image_policies: &image_policies,
            };
            let found: Vec<String> = refusals(&input, version)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(found, expected, "{blocked:?} {allowed:?} in {version}");
        };
        let both = "invalid images config: \
                    only one of AllowedRegistries or BlockedRegistries may be specified";
        let payload = &["quay.io/release"];
        check(&["d.com"], payload, OpenShift::V4_10, &[both]);
        check(&["d.com"], payload, OpenShift::V4_11, &[]);
        check(&["d.com"], &[], OpenShift::NEWEST, &[]);
        check(&["*.a.*"], &[], OpenShift::V4_8, &[]);
        let invalid = r#"invalid entry for blocked registries "*.a.*""#;
        check(&["*.a.*"], &[], OpenShift::V4_9, &[invalid]);
        let not_allowed = [
            "clusterimagePolicy configured for the scope b.com is not nested inside \
             allowedRegistries",
            "imagePolicy configured for the scope c.com is not nested inside allowedRegistries",
        ];
        check(&[], &["a.com"], OpenShift::V4_15, &[]);
        check(&[], &["a.com"], OpenShift::V4_16, &not_allowed[..1]);
        check(&[], &["a.com"], OpenShift::V4_18, &not_allowed);
        let blocked = [
            "clusterimagePolicy configured for the scope b.com is nested inside blockedRegistries",
        ];
        check(&["b.com"], &[], OpenShift::NEWEST, &blocked);
    }
}
