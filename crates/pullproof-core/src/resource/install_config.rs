//! install-config.yaml: what the installer refuses in its lists of mirrors.

use super::Object;
use super::pull_secret::{self, PullSecret};
use crate::apiserver::names::subdomain_faults;
use crate::document::{Entry, Node};
use crate::file::{Span, Spanned};
use crate::reference::{Reference, ReferenceError};
use core::net::IpAddr;
use std::fmt;

/// Keys that together tell an install-config from other files without a kind.
const TELLING_KEYS: [&str; 9] = [
    "baseDomain",
    "compute",
    "controlPlane",
    "imageContentSources",
    "imageDigestSources",
    "networking",
    "platform",
    "pullSecret",
    "sshKey",
];

/// Fewest of these keys that an install-config has: any one may be in another file.
const TELLING_KEYS_MIN: usize = 3;

/// The policies that an entry may have.
const POLICIES: [&str; 2] = ["NeverContactSource", "AllowContactingSource"];

/// What an install-config says about mirrors.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InstallConfig {
    /// `imageDigestSources`.
    pub digest_sources: Option<SourceList>,
    /// `imageContentSources`, its older name.
    pub content_sources: Option<SourceList>,
    /// `pullSecret`.
    pub pull_secret: Option<PullSecret>,
    /// Why the installer refuses it, or does not do what it says.
    pub faults: Vec<InstallFault>,
    /// `additionalTrustBundlePolicy`, where it keeps the bundle from being used.
    pub unused_bundle: Option<Span>,
}

/// A list of sources and their mirrors.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceList {
    /// Where its key is.
    pub key: Span,
    /// The mirrors of all entries.
    pub mirrors: Vec<Spanned<String>>,
}

impl InstallConfig {
    /// Every mirror, in order.
    pub fn mirrors(&self) -> impl Iterator<Item = &Spanned<String>> {
        let lists = [&self.digest_sources, &self.content_sources];
        lists.into_iter().flatten().flat_map(|list| &list.mirrors)
    }
}

/// Why the installer refuses a value or does not look at it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InstallFault {
    /// Where.
    pub span: Span,
    /// The field, as the installer writes it.
    pub field: String,
    /// The value as written, empty where it is not told.
    pub value: String,
    /// What is wrong with it.
    pub kind: InstallFaultKind,
}

/// What is wrong with a value; shown in the installer's words where it has any.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InstallFaultKind {
    /// Both lists are given; the place is that of the other.
    BothLists(Span),
    /// A tag or a digest.
    NotRepository,
    /// No reference at all.
    NoReference(ReferenceError),
    /// Neither host nor name with a host.
    NoHost(String),
    /// `sourcePolicy` beside no mirror.
    PolicyWithoutMirrors,
    /// A `sourcePolicy` that is none.
    UnknownPolicy,
    /// A key that the entry does not have, and the one that was meant, if there is one.
    UnknownKey(Option<&'static str>),
}

impl fmt::Display for InstallFaultKind {
    // From openshift/installer, pkg/types/validation/installconfig.go.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InstallFaultKind::BothLists(_) => {
                "cannot set imageContentSources and imageDigestSources at the same time"
            }
            InstallFaultKind::NotRepository => "must be repository--not reference",
            InstallFaultKind::NoReference(error) => return write!(f, "failed to parse: {error}"),
            InstallFaultKind::NoHost(text) => {
                return write!(f, "the repository provided is invalid: {text}");
            }
            InstallFaultKind::PolicyWithoutMirrors => {
                "sourcePolicy cannot be configured without a mirror"
            }
            InstallFaultKind::UnknownPolicy => {
                "supported values are \"NeverContactSource\" and \"AllowContactingSource\""
            }
            InstallFaultKind::UnknownKey(_) => "unknown field",
        })
    }
}

/// What an object says as an install-config; `None` when it is none.
pub fn read(object: &Object) -> Option<InstallConfig> {
    let Object {
        api_version,
        kind,
        root,
        ..
    } = object;
    let is_kind = ["", "InstallConfig"].contains(&kind.value.as_str());
    if !is_kind || api_version.value != "v1" {
        return None;
    }
    let is_there = |key: &&&str| root.get(key).is_some();
    if TELLING_KEYS.iter().filter(is_there).count() < TELLING_KEYS_MIN {
        return None;
    }
    let mut faults = Vec::new();
    let entry = |key: &str| root.as_mapping()?.entry(key);
    let mut list = |key: &str| Some(list(entry(key)?, &mut faults));
    let content_sources = list("imageContentSources");
    let digest_sources = list("imageDigestSources");
    if let (Some(content), Some(digest)) = (&content_sources, &digest_sources)
        && has_elements(root.get("imageContentSources"))
        && has_elements(root.get("imageDigestSources"))
    {
        faults.push(InstallFault {
            span: content.key,
            field: "imageContentSources".to_owned(),
            value: String::new(),
            kind: InstallFaultKind::BothLists(digest.key),
        });
    }
    let secret = entry("pullSecret");
    let policy = root.get("additionalTrustBundlePolicy");
    let unused_bundle = policy.filter(|policy| {
        let has_proxy = root.get("proxy").is_some_and(|proxy| !proxy.is_null());
        policy.as_str() == Some("Proxyonly")
            && root.get("additionalTrustBundle").is_some()
            && !has_proxy
    });
    Some(InstallConfig {
        unused_bundle: unused_bundle.map(|policy| policy.span),
        digest_sources,
        content_sources,
        pull_secret: secret
            .map(|entry| pull_secret::of_install_config(entry.key.span, &entry.value)),
        faults,
    })
}

fn has_elements(list: Option<&Node>) -> bool {
    let elements = list.and_then(Node::as_sequence);
    elements.is_some_and(|elements| !elements.is_empty())
}

fn list(entry: &Entry, faults: &mut Vec<InstallFault>) -> SourceList {
    let key = &entry.key.value;
    let has_policy = key == "imageDigestSources";
    let mut mirrors = Vec::new();
    let groups = entry.value.as_sequence().unwrap_or_default();
    for (group_idx, group) in groups.iter().enumerate() {
        let field = format!("{key}[{group_idx}]");
        match group.get("source") {
            Some(source) => name(source, format!("{field}.source"), faults),
            None => faults.push(InstallFault {
                span: group.span,
                field: format!("{field}.source"),
                value: String::new(),
                kind: InstallFaultKind::NoReference(ReferenceError::Format),
            }),
        }
        let written = group.get("mirrors").and_then(Node::as_sequence);
        let written = written.unwrap_or_default();
        for (mirror_idx, mirror) in written.iter().enumerate() {
            name(mirror, format!("{field}.mirrors[{mirror_idx}]"), faults);
            let text = mirror.as_str();
            mirrors.extend(text.map(|text| Spanned::new(text.to_owned(), mirror.span)));
        }
        let policy = group.get("sourcePolicy").filter(|_| has_policy);
        if let Some(policy) = policy
            && let Some(text) = policy.as_str()
            && !text.is_empty()
        {
            let fault = |kind| InstallFault {
                span: policy.span,
                field: format!("{field}.sourcePolicy"),
                value: text.to_owned(),
                kind,
            };
            if !POLICIES.contains(&text) {
                faults.push(fault(InstallFaultKind::UnknownPolicy));
            } else if written.is_empty() {
                faults.push(fault(InstallFaultKind::PolicyWithoutMirrors));
            }
        }
        unknown_keys(group, &field, has_policy, faults);
    }
    SourceList {
        key: entry.key.span,
        mirrors,
    }
}

fn unknown_keys(group: &Node, field: &str, has_policy: bool, faults: &mut Vec<InstallFault>) {
    let entries = group.as_mapping().map_or(&[][..], |group| group.entries());
    for Entry { key, .. } in entries {
        let meant = match key.value.as_str() {
            "source" | "mirrors" => continue,
            "sourcePolicy" if has_policy => continue,
            "mirrorSourcePolicy" if has_policy => Some("sourcePolicy"),
            "mirror" => Some("mirrors"),
            _ => None,
        };
        faults.push(InstallFault {
            span: key.span,
            field: format!("{field}.{}", key.value),
            value: String::new(),
            kind: InstallFaultKind::UnknownKey(meant),
        });
    }
}

/// Judges a source or mirror; what is no text is another reader's to report.
///
/// From openshift/installer, pkg/types/validation/installconfig.go `validateNamedRepository`.
fn name(node: &Node, field: String, faults: &mut Vec<InstallFault>) {
    let Some(text) = node.as_str() else {
        return;
    };
    let kind = match Reference::parse_canonical(text.to_owned()) {
        Ok(reference) if reference.is_name_only() => return,
        Ok(_) => InstallFaultKind::NotRepository,
        Err(ReferenceError::NotCanonical) => match host_fault(text) {
            Some(fault) => InstallFaultKind::NoHost(fault),
            None => return,
        },
        Err(error) => InstallFaultKind::NoReference(error),
    };
    faults.push(InstallFault {
        span: node.span,
        field,
        value: text.to_owned(),
        kind,
    });
}

/// Why a text is no host with an optional port, in Kubernetes' words; `None` when it is one.
///
/// From openshift/installer, pkg/validate/validate.go `Host`.
fn host_fault(text: &str) -> Option<String> {
    let host = match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => host,
        _ => text,
    };
    if host.parse::<IpAddr>().is_ok() {
        return None;
    }
    let faults = subdomain_faults(host);
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    match texts.as_slice() {
        [] => None,
        [text] => Some(text.clone()),
        texts => Some(format!("[{}]", texts.join(", "))),
    }
}
