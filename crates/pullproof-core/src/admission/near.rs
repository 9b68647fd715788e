//! The part of a large cluster that a change of one mirror set can matter to.
//!
//! What rules and comparisons say of an entry depends on the entries whose scopes its own scope or
//! its mirrors nest with, or which have mirrors that nest with its scope, and on the image
//! configuration. So a change is judged as well in a cluster that has, of the other sets, only
//! the entries which are near it in this sense: what is said of them before and after, rightly
//! or not, is the same unless the change alters it, and then everything it depends on is there.
//! `tests/near.rs` holds the findings to those of the whole cluster.
//!
//! Whatever depends on all entries at once is not found this way, so that the whole cluster is
//! looked at where it could matter; each case stands beside the check that asks for it.

use super::Cluster;
use super::change::{After, Before, Others};
use crate::file::Files;
use crate::model::{Contents, Judged, Model, Settings, Stored};
use crate::openshift::OpenShift;
use crate::order;
use crate::reference::Reference;
use crate::registries::merge::{MAX_INHERITED_BYTES, inherited_bytes};
use crate::render::{self, NodeFiles, RELEASE_IMAGE};
use crate::resolve::endpoint_fault::{EndpointFault, EndpointFaultKind};
use crate::resource::mirror_set::{self, MirrorEntry, MirrorSet};
use crate::scope::is_nested;
use crate::sorted::{Map, Set};
use std::sync::Arc;

/// An entry: which mirror set of the model, and which entry of that, each from 0.
type Place = (u32, u32);

/// The entries of a cluster by the texts that say what they are near.
pub(super) struct Near {
    /// By source.
    sources: Vec<Place>,
    /// With the number of the mirror, by that.
    mirrors: Vec<(Place, u32)>,
    /// The object of each mirror set.
    objects: Vec<u32>,
    /// The objects that are no mirror sets.
    other_objects: Vec<u32>,
    /// Sets that the release reads: registries.conf is written as soon as there is one, so one
    /// beside the changed set is always kept, if without entries.
    read_sets: Vec<u32>,
    /// The most that one scope can inherit, counted as for `MAX_INHERITED_BYTES`.
    inherited_bytes_max: usize,
    /// The elements of the lists that make tables of their own.
    n_listed: usize,
    /// How large the files of nodes are, in bytes.
    files_bytes: usize,
    /// Whether every mirror can be used: some rules pass over one that cannot, for as long as
    /// it is loaded.
    all_usable: bool,
}

/// An object, and the mirror set that it is or what is kept of that.
type Part<'a> = (&'a Arc<Judged>, Option<MirrorSet>);

/// What stands in a cluster where one object is changed.
pub(super) struct Replacement<'a> {
    /// Before the change, if it is what the cluster knows.
    pub(super) known: Option<&'a Arc<Judged>>,
    /// Before the change, if the cluster does not know it.
    pub(super) old: Option<&'a Arc<Judged>>,
    /// After the change.
    pub(super) new: Option<&'a Arc<Judged>>,
}

impl Near {
    /// Takes in a cluster; `None` where every change may matter to all of it, or all is nothing.
    pub(super) fn new(objects: &[Arc<Judged>], model: &Model, settings: &Settings) -> Option<Near> {
        // Where nothing is written or loaded, nothing is found that depends on what is. Older
        // releases make something of entries that stay the same.
        model.loaded()?;
        // Those up to 4.14 may refuse kinds together, which are nowhere near each other.
        if settings.version < OpenShift::V4_15 {
            return None;
        }
        // Whether mirrors have the release image is asked only where it would be blocked.
        let payload = settings.release_image.as_deref().unwrap_or(RELEASE_IMAGE);
        let payload = Reference::parse_canonical(payload.to_owned()).ok()?;
        let mut blocked = model.image.blocked.iter().flatten();
        if blocked.any(|scope| is_nested(payload.name(), &scope.value)) {
            return None;
        }
        let sets = model.mirror_sets.as_slice();
        if sets.is_empty() {
            return None;
        }
        // A wildcard hides entries that it does not contain.
        let mut entries = sets.iter().flat_map(|set| &set.entries);
        if entries.any(|entry| is_any_wildcard(&entry.source.value)) {
            return None;
        }

        let (mut set_objects, mut other_objects) = (Vec::new(), Vec::new());
        for (idx, judged) in (0..u32::MAX).zip(objects) {
            match is_stored_set(judged) {
                true => set_objects.push(idx),
                false => other_objects.push(idx),
            }
        }
        if set_objects.len() != sets.len() {
            return None;
        }
        let (mut sources, mut mirrors) = (Vec::new(), Vec::new());
        for (set_idx, set) in (0..u32::MAX).zip(sets) {
            for (entry_idx, entry) in (0..u32::MAX).zip(&set.entries) {
                let place = (set_idx, entry_idx);
                sources.push(place);
                let entry_mirrors = (0..u32::MAX).zip(&entry.mirrors);
                mirrors.extend(entry_mirrors.map(|(mirror_idx, _)| (place, mirror_idx)));
            }
        }
        order::sort_by_key(&mut sources, |place| source_of(sets, *place));
        order::sort_by_key(&mut mirrors, |mirror| mirror_of(sets, *mirror));

        let is_read = |set: &MirrorSet| render::is_read(set.kind, settings.version);
        let read_sets = (0..u32::MAX).zip(sets).filter(|(_, set)| is_read(set));
        let lists = [&model.image.insecure, &model.image.blocked];
        let listed = || lists.into_iter().flatten().flatten();
        let listed_len = listed().map(|scope| scope.value.len()).max();
        Some(Near {
            inherited_bytes_max: most_inherited(sets, &sources, listed_len.unwrap_or(0)),
            read_sets: read_sets.take(2).map(|(set_idx, _)| set_idx).collect(),
            n_listed: listed().count(),
            files_bytes: model.node.as_ref().map_or(0, NodeFiles::n_bytes),
            all_usable: !model.endpoint_faults.iter().any(is_unusable),
            objects: set_objects,
            other_objects,
            sources,
            mirrors,
        })
    }

    /// What is near a change, before and after it; `None` where that does not tell all.
    pub(super) fn worlds<'a>(
        &self,
        cluster: &Cluster,
        others: &Others<'_>,
        replacement: &Replacement<'_>,
        files: &Files,
    ) -> Option<(Before<'a>, After)> {
        let Replacement { known, old, new } = *replacement;
        let judged = [known, old, new].into_iter().flatten();
        // What the image configuration says may matter to all entries.
        if { judged.clone() }.any(|judged| mirror_set::kind_of(&judged.object).is_none()) {
            return None;
        }
        let changed: Vec<MirrorSet> = judged.filter_map(|judged| stored_set(judged)).collect();
        if !self.is_local(cluster, &changed) {
            return None;
        }
        let near = self.entries_near(&cluster.model.mirror_sets, &changed);
        // Places in what is rendered here are told to nobody.
        let mut files = files.clone();
        let mut world = |own: Option<&Arc<Judged>>| {
            let (contents, stored) = self.part(cluster, others, &near, own);
            let model = Model::of_stored(&mut files, contents, stored, &cluster.settings);
            Box::new(model)
        };
        let (before, after) = (world(known.or(old)), world(new));
        // All files together may get too large, of which only a part is here.
        let added_bytes = after.node.as_ref().map_or(0, NodeFiles::n_bytes);
        if render::FILES_BYTES_MAX < self.files_bytes + added_bytes {
            return None;
        }
        // The operator has no reason to refuse what is far, since it did not before. What is said
        // of what is loaded ends then, near and far; nothing may begin to be said.
        let is_refused = after.node.is_err() && self.all_usable;
        let is_told = before.loaded().is_some() && (after.loaded().is_some() || is_refused);
        is_told.then_some((Before::Anew(before), After::Anew(after)))
    }

    /// Whether a change matters to no more than what is near it.
    fn is_local(&self, cluster: &Cluster, changed: &[MirrorSet]) -> bool {
        let image = &cluster.model.image;
        let lists = [&image.insecure, &image.blocked];
        let listed = || lists.into_iter().flatten().flatten();
        let entries = || changed.iter().flat_map(|set| &set.entries);
        // A table of a listed scope moves to another place in the file as a source, which is a
        // change of the file for that alone.
        let is_listed = |source: &str| listed().any(|scope| scope.value == source);
        let is_far = |source: &str| is_any_wildcard(source) || is_listed(source);
        if entries().any(|entry| is_far(&entry.source.value)) {
            return false;
        }
        // No scope inherits more than from one source of the cluster and all of the change.
        let listed_len = listed().map(|scope| scope.value.len()).max();
        let own = entries().map(|entry| inherited(entry, listed_len.unwrap_or(0)));
        let n_bytes = self.inherited_bytes_max + own.sum::<usize>();
        self.n_listed.saturating_mul(n_bytes) <= MAX_INHERITED_BYTES
    }

    /// The entries that are near some sets.
    fn entries_near(&self, sets: &[MirrorSet], changed: &[MirrorSet]) -> Set<Place> {
        let mut near: Set<Place> = Set::new();
        let entries = || changed.iter().flat_map(|set| &set.entries);
        let scopes: Set<&str> = entries().map(|entry| &*entry.source.value).collect();
        let source = |place: &Place| source_of(sets, *place);
        let mirror = |mirror: &(Place, u32)| mirror_of(sets, *mirror);
        for scope in &scopes {
            nested_with(&self.sources, scope, source, |place| {
                near.insert(*place);
            });
        }
        // Those that send pulls to where the change is.
        let mut senders = Set::new();
        for scope in &scopes {
            nested_with(&self.mirrors, scope, mirror, |(place, _)| {
                senders.insert(*place);
            });
        }
        for sender in &senders {
            nested_with(&self.sources, source(sender), source, |place| {
                near.insert(*place);
            });
        }
        // Where pulls go, which may be blocked there.
        let near_entries = near.iter().map(|place| entry_of(sets, *place));
        let mirrors = entries().chain(near_entries).flat_map(|it| &it.mirrors);
        let locations: Set<&str> = mirrors.map(|mirror| &*mirror.value).collect();
        for location in locations {
            nested_with(&self.sources, location, source, |place| {
                near.insert(*place);
            });
        }
        near
    }

    /// The cluster's objects that some entries are in, with an object in the place of the changed
    /// one, and what the server stores of them, but with these entries alone.
    fn part(
        &self,
        cluster: &Cluster,
        others: &Others<'_>,
        near: &Set<Place>,
        own: Option<&Arc<Judged>>,
    ) -> (Contents, Stored) {
        let mut entries: Map<u32, Vec<MirrorEntry>> = Map::new();
        for set_idx in &self.read_sets {
            entries.entry(*set_idx).or_default();
        }
        let sets = &cluster.model.mirror_sets;
        for place in near {
            let of_set = entries.entry(place.0).or_default();
            of_set.push(entry_of(sets, *place).clone());
        }
        // By the place of the object, the changed one before that which would be there.
        let mut parts: Map<(usize, bool), Part<'_>> = Map::new();
        for idx in &self.other_objects {
            let idx = *idx as usize;
            parts.insert((idx, true), (&cluster.objects[idx], None));
        }
        for (set_idx, entries) in entries {
            let idx = self.objects[set_idx as usize] as usize;
            let set = &sets[set_idx as usize];
            let set = MirrorSet {
                kind: set.kind,
                name: set.name.clone(),
                entries,
                span: set.span,
            };
            parts.insert((idx, true), (&cluster.objects[idx], Some(set)));
        }
        if others.has_it {
            parts.remove(&(others.idx, true));
        }
        if let Some(own) = own {
            parts.insert((others.idx, false), (own, stored_set(own)));
        }
        let (mut objects, mut mirror_sets) = (Vec::new(), Vec::new());
        for (judged, set) in parts.into_values() {
            objects.push(Arc::clone(judged));
            mirror_sets.extend(set);
        }
        let stored = Stored {
            mirror_sets,
            image: cluster.model.image.clone(),
            replaced: Vec::new(),
        };
        (Contents::of_objects(objects, Vec::new()), stored)
    }
}

fn is_unusable(fault: &EndpointFault) -> bool {
    matches!(fault.kind, EndpointFaultKind::Unusable { .. })
}

/// Whether anything in a source could stand for several hosts.
fn is_any_wildcard(source: &str) -> bool {
    source.contains('*')
}

/// Whether an object is a mirror set that the API server stores.
fn is_stored_set(judged: &Judged) -> bool {
    judged.is_stored() && mirror_set::kind_of(&judged.object).is_some()
}

/// The mirror set that an object is; `None` where the API server stores none.
fn stored_set(judged: &Judged) -> Option<MirrorSet> {
    let kind = mirror_set::kind_of(&judged.object)?;
    judged
        .is_stored()
        .then(|| mirror_set::read(&judged.object, kind))
}

fn entry_of(sets: &[MirrorSet], (set_idx, entry_idx): Place) -> &MirrorEntry {
    &sets[set_idx as usize].entries[entry_idx as usize]
}

fn source_of(sets: &[MirrorSet], place: Place) -> &str {
    &entry_of(sets, place).source.value
}

fn mirror_of(sets: &[MirrorSet], (place, mirror_idx): (Place, u32)) -> &str {
    &entry_of(sets, place).mirrors[mirror_idx as usize].value
}

/// What a scope inherits of an entry at most, in bytes.
fn inherited(entry: &MirrorEntry, scope_len: usize) -> usize {
    let mirrors = entry.mirrors.iter();
    mirrors
        .map(|mirror| inherited_bytes(&mirror.value, scope_len))
        .sum()
}

/// What a scope inherits of one source at most, in bytes; entries stand by source.
fn most_inherited(sets: &[MirrorSet], by_source: &[Place], scope_len: usize) -> usize {
    let is_same = |left: &Place, right: &Place| source_of(sets, *left) == source_of(sets, *right);
    let of_source = by_source.chunk_by(is_same).map(|places| {
        let places = places.iter();
        let bytes = places.map(|place| inherited(entry_of(sets, *place), scope_len));
        bytes.sum()
    });
    of_source.max().unwrap_or(0)
}

/// Tells of items, in byte order of their texts, those that nest with a text, one way or the
/// other, or begin with it.
fn nested_with<'a, T>(
    items: &'a [T],
    text: &str,
    text_of: impl Fn(&T) -> &'a str,
    mut tell: impl FnMut(&'a T),
) {
    let mut start = 0;
    let mut tell_all = |text: &str, is_one: &dyn Fn(&str) -> bool| {
        let is_before = |item: &T| text_of(item) < text;
        // Longer texts come later, and hardly ever anything stands between.
        if items.get(start).is_some_and(is_before) {
            start += items[start..].partition_point(is_before);
        }
        let found = items[start..].iter();
        found
            .take_while(|item| is_one(text_of(item)))
            .for_each(&mut tell);
    };
    for (at, _) in text.match_indices(['/', ':', '@']) {
        let outer = &text[..at];
        tell_all(outer, &|it| it == outer);
    }
    tell_all(text, &|it| it.starts_with(text));
}
