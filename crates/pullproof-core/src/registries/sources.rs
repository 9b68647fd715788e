//! What all mirror sets together say about each source, and in which order its mirrors come.

use super::{Origin, Role, topo};
use crate::openshift::OpenShift;
use crate::resource::mirror_set::{MirrorEntry, MirrorSet, MirrorSetKind, SourcePolicy};
use std::collections::BTreeMap;

/// One source with the mirrors that all objects give it, in the order they are tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MergedSource<'a> {
    /// What is mirrored.
    pub source: &'a str,
    /// At least one mirror; the source itself is last unless it is left out.
    pub mirrors: Vec<MergedMirror<'a>>,
    /// `NeverContactSource` if any object says so.
    pub policy: SourcePolicy,
    /// Every entry's source, and every `NeverContactSource`.
    pub origins: Vec<Origin>,
}

/// One place to pull from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MergedMirror<'a> {
    /// Where.
    pub location: &'a str,
    /// Every list that names it; for a source that no list names, every entry's source.
    pub origins: Vec<Origin>,
}

/// The entries for pulls by digest that a release reads: `ImageDigestMirrorSet`, then
/// `ImageContentSourcePolicy`.
pub fn digest_entries<'a>(
    mirror_sets: &'a [&'a MirrorSet],
    version: OpenShift,
) -> impl Iterator<Item = &'a MirrorEntry> {
    let kind = MirrorSetKind::ImageDigestMirrorSet;
    let first = mirror_sets
        .iter()
        .filter(move |set| set.kind == kind && OpenShift::V4_13 <= version);
    let second = mirror_sets
        .iter()
        .filter(|set| set.kind == MirrorSetKind::ImageContentSourcePolicy);
    first.chain(second).flat_map(|set| &set.entries)
}

/// The entries for pulls by tag that a release reads.
pub fn tag_entries<'a>(
    mirror_sets: &'a [&'a MirrorSet],
    version: OpenShift,
) -> impl Iterator<Item = &'a MirrorEntry> {
    let kind = MirrorSetKind::ImageTagMirrorSet;
    mirror_sets
        .iter()
        .filter(move |set| set.kind == kind && OpenShift::V4_13 <= version)
        .flat_map(|set| &set.entries)
}

/// Merges entries by source, sources in ascending byte order.
///
/// An entry whose mirrors are none but its source counts for nothing, its policy included.
pub fn merged<'a>(entries: impl IntoIterator<Item = &'a MirrorEntry>) -> Vec<MergedSource<'a>> {
    // From openshift/runtime-utils, pkg/registries/registries.go addMirrorSet, mergedMirrorSets.
    let mut by_source: BTreeMap<&str, Vec<&MirrorEntry>> = BTreeMap::new();
    for entry in entries {
        let source = &entry.source.value;
        if entry.mirrors.iter().any(|mirror| mirror.value != *source) {
            by_source.entry(source).or_default().push(entry);
        }
    }
    by_source
        .into_iter()
        .map(|(source, entries)| merged_source(source, &entries))
        .collect()
}

fn merged_source<'a>(source: &'a str, entries: &[&'a MirrorEntry]) -> MergedSource<'a> {
    let mut origins = Vec::new();
    let mut policy = SourcePolicy::AllowContactingSource;
    for entry in entries {
        origins.push(Origin {
            span: entry.source.span,
            role: Role::Source,
        });
        if let Some(written) = &entry.policy
            && written.value == SourcePolicy::NeverContactSource
        {
            policy = SourcePolicy::NeverContactSource;
            origins.push(Origin {
                span: written.span,
                role: Role::NeverContactSource,
            });
        }
    }
    MergedSource {
        source,
        mirrors: merged_mirrors(source, entries),
        policy,
        origins,
    }
}

fn merged_mirrors<'a>(source: &'a str, entries: &[&'a MirrorEntry]) -> Vec<MergedMirror<'a>> {
    // From openshift/runtime-utils, pkg/registries/registries.go mergedMirrors.
    let mut edges = Vec::new();
    let mut origins: BTreeMap<&str, Vec<Origin>> = BTreeMap::new();
    for entry in entries {
        for pair in entry.mirrors.windows(2) {
            edges.push((pair[0].value.as_str(), pair[1].value.as_str()));
        }
        for mirror in &entry.mirrors {
            origins.entry(&mirror.value).or_default().push(Origin {
                span: mirror.span,
                role: Role::Mirror,
            });
        }
        let names_source = entry.mirrors.iter().any(|mirror| mirror.value == source);
        if let Some(last) = entry.mirrors.last()
            && !names_source
        {
            edges.push((&last.value, source));
        }
    }
    let mut order = topo::sorted(edges);
    // Nodes try the source last by themselves.
    if order.last() == Some(&source) {
        order.pop();
    }
    let sources = || {
        let span = |entry: &&MirrorEntry| Origin {
            span: entry.source.span,
            role: Role::Source,
        };
        entries.iter().map(span).collect()
    };
    order
        .into_iter()
        .map(|location| MergedMirror {
            location,
            origins: origins.remove(location).unwrap_or_else(sources),
        })
        .collect()
}
