//! What all mirror sets together say about each source, and in which order its mirrors come.

use super::{Origin, Role, topo};
use crate::file::Spanned;
use crate::openshift::OpenShift;
use crate::order;
use crate::resource::mirror_set::{MirrorEntry, MirrorSet, MirrorSetKind, SourcePolicy};
use crate::sorted::{Map, Set};

/// The two forms of reference that mirrors are given for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PullForm {
    /// By digest, tag or none.
    Digest,
    /// By tag alone.
    Tag,
}

impl PullForm {
    /// Both forms.
    pub const ALL: [PullForm; 2] = [PullForm::Digest, PullForm::Tag];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            PullForm::Digest => "digest",
            PullForm::Tag => "tag",
        }
    }
}

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
    /// A pair that some list has in the other order than the mirrors come out, which happens only
    /// where lists contradict each other; `None` where all agree.
    pub contradiction: Option<Contradiction<'a>>,
}

/// Two texts of one list that are not in its order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contradiction<'a> {
    /// What the list has first.
    pub before: &'a str,
    /// What the list has next, or the source, which comes after every list.
    pub after: &'a str,
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
    mirror_sets: &[&'a MirrorSet],
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
    mirror_sets: &[&'a MirrorSet],
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
    let has_mirror = |entry: &&MirrorEntry| {
        let mut mirrors = entry.mirrors.iter();
        mirrors.any(|mirror| mirror.value != entry.source.value)
    };
    let mut entries: Vec<&MirrorEntry> = entries.into_iter().filter(has_mirror).collect();
    order::sort_by(&mut entries, |left, right| {
        left.source.value.cmp(&right.source.value)
    });
    entries
        .chunk_by(|left, right| left.source.value == right.source.value)
        .map(|entries| merged_source(&entries[0].source.value, entries))
        .collect()
}

/// Which entries, counted from 0, have a source that others have, too, or a mirror that comes again.
pub fn shared(entries: &[&MirrorEntry]) -> Vec<usize> {
    let mut sources: Vec<&str> = entries.iter().map(|entry| &*entry.source.value).collect();
    order::sort(&mut sources);
    let mut shared: Vec<&str> = sources
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| pair[0])
        .collect();
    shared.dedup();
    let is_shared = |entry: &MirrorEntry| {
        let source = entry.source.value.as_str();
        shared.binary_search(&source).is_ok() || !are_distinct(&entry.mirrors)
    };
    let entries = entries.iter().enumerate();
    entries
        .filter(|(_, entry)| is_shared(entry))
        .map(|(idx, _)| idx)
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
    let (mirrors, contradiction) = merged_mirrors(source, entries);
    MergedSource {
        source,
        mirrors,
        policy,
        origins,
        contradiction,
    }
}

fn merged_mirrors<'a>(
    source: &'a str,
    entries: &[&'a MirrorEntry],
) -> (Vec<MergedMirror<'a>>, Option<Contradiction<'a>>) {
    // From openshift/runtime-utils, pkg/registries/registries.go mergedMirrors.
    if let [entry] = entries
        && are_distinct(&entry.mirrors)
    {
        return (mirrors_of(entry), None);
    }
    let mut edges = Vec::new();
    let mut origins: Map<&str, Vec<Origin>> = Map::new();
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
            edges.push((last.value.as_str(), source));
        }
    }
    let mut order = topo::sorted(edges.iter().copied());
    let contradiction = contradiction(&order, &edges);
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
    let mirrors = order.into_iter().map(|location| MergedMirror {
        location,
        origins: origins.remove(location).unwrap_or_else(sources),
    });
    (mirrors.collect(), contradiction)
}

/// The mirrors of a source that has one entry, in which no mirror comes again: the order of the
/// list is the only one that keeps to it.
fn mirrors_of(entry: &MirrorEntry) -> Vec<MergedMirror<'_>> {
    let is_source_last =
        entry.mirrors.last().map(|mirror| &mirror.value) == Some(&entry.source.value);
    let n_mirrors = entry.mirrors.len() - usize::from(is_source_last);
    let mirrors = entry.mirrors[..n_mirrors].iter();
    mirrors
        .map(|mirror| MergedMirror {
            location: &mirror.value,
            origins: vec![Origin {
                span: mirror.span,
                role: Role::Mirror,
            }],
        })
        .collect()
}

fn are_distinct(texts: &[Spanned<String>]) -> bool {
    // Up to this many texts a scan beats a set.
    const SCAN_MAX: usize = 16;
    if texts.len() <= SCAN_MAX {
        let mut places = texts.iter().enumerate();
        return places.all(|(at, text)| texts[..at].iter().all(|it| it.value != text.value));
    }
    let mut seen = Set::new();
    texts.iter().all(|text| seen.insert(&text.value))
}

/// The first edge, bytewise, that an order does not keep.
fn contradiction<'a>(order: &[&'a str], edges: &[(&'a str, &'a str)]) -> Option<Contradiction<'a>> {
    let places = order.iter().enumerate().map(|(at, text)| (*text, at));
    let places: Map<&str, usize> = places.collect();
    let is_against = |(before, after): &&(&str, &str)| places[after] <= places[before];
    let (before, after) = edges.iter().filter(is_against).min()?;
    Some(Contradiction { before, after })
}
