//! The policy for Kubewarden as a file to ship: built, with what it says of itself.

use crate::custom_section::{self, SectionError};
use anyhow::{Context, Result};
use guest_build::Form;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The section that policy servers read before they run a policy.
pub const SECTION: &str = "io.kubewarden.metadata";

const PACKAGE: &str = "pullproof-kubewarden";

/// What the policy says of itself.
pub const METADATA: Metadata = Metadata {
    protocol_version: "v1",
    rules: &[
        Rule {
            api_groups: &["config.openshift.io"],
            api_versions: &["v1"],
            resources: &[
                "imagedigestmirrorsets",
                "imagetagmirrorsets",
                "imagecontentpolicies",
                "images",
            ],
            operations: OPERATIONS,
        },
        Rule {
            api_groups: &["operator.openshift.io"],
            api_versions: &["v1alpha1"],
            resources: &["imagecontentsourcepolicies"],
            operations: OPERATIONS,
        },
    ],
    annotations: Annotations {
        title: "pullproof",
        description: "Refuses mirror objects of OpenShift that break image pulls, \
                      and warns of what a change does to nodes and pulls",
        version: env!("CARGO_PKG_VERSION"),
        license: env!("CARGO_PKG_LICENSE"),
        source: env!("CARGO_PKG_REPOSITORY"),
        usage: include_str!("../../pullproof-kubewarden/README.md"),
        severity: "high",
        category: "Resource validation",
    },
    mutating: false,
    background_audit: true,
    execution_mode: "kubewarden-wapc",
    policy_type: "kubernetes",
};

/// A connection changes nothing.
const OPERATIONS: &[&str] = &["CREATE", "UPDATE", "DELETE"];

/// What a policy says of itself.
// From kubewarden/policy-evaluator, policy_metadata.rs Metadata.
#[derive(Clone, Copy, Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The protocol it speaks.
    pub protocol_version: &'static str,
    /// What it wants to be asked about.
    pub rules: &'static [Rule],
    /// Texts for people.
    #[serde(serialize_with = "named_annotations")]
    pub annotations: Annotations,
    /// Whether it changes objects.
    pub mutating: bool,
    /// Whether it may be asked about objects that are there already.
    pub background_audit: bool,
    /// How it is run.
    pub execution_mode: &'static str,
    /// What kind of requests it takes.
    pub policy_type: &'static str,
}

/// Requests that a policy wants to be asked about.
#[derive(Clone, Copy, Serialize, Debug)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// API groups.
    pub api_groups: &'static [&'static str],
    /// Versions in each of them.
    pub api_versions: &'static [&'static str],
    /// Kinds, by plural name; subresources are others.
    pub resources: &'static [&'static str],
    /// Operations.
    pub operations: &'static [&'static str],
}

/// Texts for people, each under `io.kubewarden.policy.` and the field's name.
#[derive(Clone, Copy, Debug)]
pub struct Annotations {
    /// A name.
    pub title: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// The version.
    pub version: &'static str,
    /// An SPDX identifier.
    pub license: &'static str,
    /// Where the sources are; left out when it is empty.
    pub source: &'static str,
    /// How to use it, as Markdown.
    pub usage: &'static str,
    /// How much harm it keeps away: `low` to `critical`.
    pub severity: &'static str,
    /// One of the catalogue's categories.
    pub category: &'static str,
}

fn named_annotations<S: serde::Serializer>(
    annotations: &Annotations,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let Annotations {
        title,
        description,
        version,
        license,
        source,
        usage,
        severity,
        category,
    } = *annotations;
    let named = [
        ("title", title),
        ("description", description),
        ("version", version),
        ("license", license),
        ("source", source),
        ("usage", usage),
        ("severity", severity),
        ("category", category),
    ];
    let named = named.into_iter().filter(|(_, text)| !text.is_empty());
    let named = named.map(|(name, text)| (format!("io.kubewarden.policy.{name}"), text));
    named
        .collect::<BTreeMap<String, &str>>()
        .serialize(serializer)
}

/// The module with the metadata, and with no other.
///
/// # Errors
/// The bytes are no module.
pub fn annotate(module: &[u8]) -> Result<Vec<u8>, SectionError> {
    let metadata = serde_json::to_vec(&METADATA).expect("texts and lists are JSON");
    custom_section::replace(module, SECTION, &metadata)
}

/// Builds the policy, writes it and prints where it is and how large.
///
/// # Errors
/// It does not build, or cannot be read or written.
pub fn run(out: Option<&Path>) -> Result<()> {
    let target_dir = crate::target_dir()?;
    let out = match out {
        Some(out) => out.to_owned(),
        None => target_dir.join("pullproof-kubewarden.wasm"),
    };
    let module = build(&target_dir)?;
    let read = std::fs::read(&module);
    let module = read.with_context(|| format!("failed to read `{}`", module.display()))?;
    let policy = annotate(&module).context("failed to attach the metadata")?;
    std::fs::write(&out, &policy)
        .with_context(|| format!("failed to write `{}`", out.display()))?;
    println!("{}: {} bytes", out.display(), policy.len());
    Ok(())
}

fn build(target_dir: &Path) -> Result<PathBuf> {
    guest_build::compile(PACKAGE, Form::Module, target_dir)
        .map_err(anyhow::Error::msg)
        .with_context(|| format!("failed to build `{PACKAGE}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pullproof_core::apiserver::crds::Resource;
    use std::collections::BTreeSet;

    #[test]
    fn the_policy_is_asked_about_every_kind_and_no_other() {
        let mut asked = BTreeSet::new();
        for rule in METADATA.rules {
            for resource in rule.resources {
                let ([group], [version]) = (rule.api_groups, rule.api_versions) else {
                    panic!("a kind is in one group and version: {rule:?}");
                };
                assert!(asked.insert((*group, *version, *resource)), "{resource}");
            }
        }
        let known = Resource::ALL.map(|it| (it.group(), it.version(), it.plural()));
        assert_eq!(asked, BTreeSet::from(known));
    }

    #[test]
    fn annotations_without_a_text_are_left_out() {
        let with_source = |source| Metadata {
            annotations: Annotations {
                source,
                ..METADATA.annotations
            },
            ..METADATA
        };
        for (source, is_there) in [("", false), ("https://example.com", true)] {
            let json = serde_json::to_value(with_source(source)).expect("it is JSON");
            let annotations = &json["annotations"];
            assert_eq!(annotations["io.kubewarden.policy.title"], "pullproof");
            assert_eq!(annotations["io.kubewarden.policy.license"], "Apache-2.0");
            let found = annotations.get("io.kubewarden.policy.source");
            assert_eq!(found.is_some(), is_there);
        }
    }
}
