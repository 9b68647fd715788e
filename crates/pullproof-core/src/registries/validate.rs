//! What the Machine Config Operator checks before it merges mirror sets into registries.conf.

use super::refusal::{PolicyConflict, Refusal};
use super::sources;
use crate::file::{Span, Spanned};
use crate::openshift::OpenShift;
use crate::resource::mirror_set::{MirrorEntry, MirrorSet, SourcePolicy};
use crate::scope;
use crate::sorted::Map;

/// What is checked.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    /// Mirror sets of any kind; those that the release does not read are passed over.
    pub mirror_sets: &'a [&'a MirrorSet],
    /// `insecureRegistries`.
    pub insecure: &'a [Spanned<String>],
    /// `blockedRegistries` without what the release image forbids.
    pub blocked: &'a [Spanned<String>],
}

/// Every refusal, in the order the operator looks; it stops at the first.
pub fn refusals(checked: &Checked<'_>, version: OpenShift) -> Vec<Refusal> {
    // From openshift/machine-config-operator, pkg/controller/container-runtime-config/helpers.go
    // validateRegistriesConfScopes of each release.
    let mut refusals = Vec::new();
    if version < OpenShift::V4_9 {
        return refusals;
    }
    let is_invalid =
        |entry: &&Spanned<String>| !scope::is_valid_registries_conf_scope(&entry.value, version);
    let insecure = checked.insecure.iter().filter(is_invalid).cloned();
    refusals.extend(insecure.map(Refusal::InvalidInsecure));
    let blocked = checked.blocked.iter().filter(is_invalid).cloned();
    refusals.extend(blocked.map(Refusal::InvalidBlocked));

    let entries = || {
        let digest = sources::digest_entries(checked.mirror_sets, version);
        digest.chain(sources::tag_entries(checked.mirror_sets, version))
    };
    // Where all entries say the same, no two of a source can differ.
    let first = entries().next().map(policy_of);
    let mut policies = (OpenShift::V4_13 <= version
        && entries().any(|entry| Some(policy_of(entry)) != first))
    .then(Map::new);
    for entry in entries() {
        check_entry(entry, version, policies.as_mut(), &mut refusals);
    }
    refusals
}

/// The policy and place of each source where it came first.
type Policies<'a> = Map<&'a str, (Policy<'a>, Span)>;

/// A known policy, with the text of an unknown one.
type Policy<'a> = (SourcePolicy, Option<&'a str>);

fn policy_of(entry: &MirrorEntry) -> Policy<'_> {
    (entry.effective_policy(), entry.unknown_policy.as_deref())
}

fn check_entry<'a>(
    entry: &'a MirrorEntry,
    version: OpenShift,
    policies: Option<&mut Policies<'a>>,
    refusals: &mut Vec<Refusal>,
) {
    let source = &entry.source;
    refusals.extend(source_refusal(source, version));
    if let Some(policies) = policies {
        let written = policy_of(entry);
        let (first_written, first) = *policies
            .entry(&source.value)
            .or_insert((written, source.span));
        if first_written != written {
            refusals.push(Refusal::PolicyConflict(PolicyConflict {
                source: source.clone(),
                first,
                kinds: if version < OpenShift::V4_15 {
                    "imagedigestmirrorsets and/or imagetagmirrorsets"
                } else {
                    "imagedigestmirrorsets, imagetagmirrorsets, or imagecontentsourcepolicies"
                },
            }));
        }
    }
    for mirror in &entry.mirrors {
        refusals.extend(mirror_refusal(mirror, version));
        if OpenShift::V4_13 <= version
            && entry.effective_policy() == SourcePolicy::NeverContactSource
            && mirror.value == source.value
        {
            refusals.push(Refusal::SelfMirror {
                source: source.clone(),
                mirror: mirror.span,
            });
        }
    }
}

fn source_refusal(source: &Spanned<String>, version: OpenShift) -> Option<Refusal> {
    if version < OpenShift::V4_16 {
        return match source.value.as_str() {
            "" if OpenShift::V4_11 <= version => Some(Refusal::SourceEmpty(source.span)),
            text if text.contains('*') => Some(Refusal::Wildcard(source.clone())),
            _ => None,
        };
    }
    (!scope::matches_source_pattern(&source.value)).then(|| Refusal::SourceFormat(source.clone()))
}

fn mirror_refusal(mirror: &Spanned<String>, version: OpenShift) -> Option<Refusal> {
    if version < OpenShift::V4_16 {
        return match mirror.value.as_str() {
            "" if OpenShift::V4_11 <= version => Some(Refusal::MirrorEmpty(mirror.span)),
            text if text.contains('*') => Some(Refusal::Wildcard(mirror.clone())),
            _ => None,
        };
    }
    (!scope::matches_mirror_pattern(&mirror.value)).then(|| Refusal::MirrorFormat(mirror.clone()))
}
