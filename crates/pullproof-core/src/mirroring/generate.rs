//! Mirror sets for what a mapping copies: as few entries as the scope allows, and proven.

use super::coverage::Lookups;
use super::manifest::{self, CATALOG_LABEL, Entry};
use crate::file::{Files, Span};
use crate::model::{Model, Settings};
use crate::openshift::OpenShift;
use crate::order;
use crate::reference::Reference;
use crate::registries::refusal::Refusal;
use crate::resource::mapping::copies::{Copies, copies};
use crate::resource::mapping::{MappingFile, Store};
use crate::resource::mirror_set::MirrorSetKind;
use crate::scope::form::{self, Form, FormFault};
use crate::sorted::Map;

mod entries;

/// Most bytes of one object; more is split into objects with numbers of their own.
///
/// From openshift/oc, pkg/cli/admin/catalog/mirror.go `maxIDMSSize`: what is applied has to fit
/// into an annotation of 256 KiB.
pub const MAX_OBJECT_BYTES: usize = 250_000;

/// How often entries are looked at again, since one that is spared in one form may have been all
/// that keeps one of the other.
///
/// Two rounds are enough for all but chains of such entries; what is left then is right, too.
const SPARING_ROUNDS_MAX: usize = 8;

/// How much one source stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Width {
    /// A repository, and what lies below it.
    Repository,
    /// All repositories beside each other.
    Namespace,
    /// Everything that a registry has.
    Registry,
}

/// What is to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// The kinds of mirror sets; those for digests say the same.
    pub kinds: Vec<MirrorSetKind>,
    /// How much one source should stand for, where the copies allow it.
    pub width: Width,
    /// What names begin with.
    pub name: String,
    /// Whether the sets are labelled as those of a catalog.
    pub is_catalog: bool,
    /// The release whose nodes are to read them.
    pub version: OpenShift,
}

/// What was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Generated {
    /// The objects, as YAML; empty where there are none.
    pub text: String,
    /// How many entries they have.
    pub n_entries: usize,
    /// How many copies they are for.
    pub n_copies: usize,
    /// The copies that nodes would not look for at their destination, by place; nothing but a
    /// fault of this program, or objects that contradict each other, puts one here.
    pub unproven: Vec<Span>,
    /// Why nodes get nothing of it; empty where they do.
    pub refusals: Vec<String>,
    /// Copies that nothing was written for, by place.
    pub left_out: Vec<LeftOut>,
    /// Repositories for which the width could not be had, by place.
    pub narrower: Vec<Narrower>,
}

/// A copy that nothing was written for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LeftOut {
    /// Where.
    pub span: Span,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why nothing was written for a copy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LeftOutReason {
    /// It is not from a registry to a registry.
    Files,
    /// It is by tag, and no set for tags is to be written.
    Tag,
    /// It is by digest, and no set for digests is to be written.
    Digest,
    /// It ends where it begins.
    Same,
    /// The API server takes no such source.
    Source,
    /// The API server takes no such mirror.
    Mirror,
}

/// A repository for which the width could not be had.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Narrower {
    /// Its first copy.
    pub span: Span,
    /// Its name.
    pub repository: String,
    /// The source that it has instead.
    pub source: String,
}

/// Which pulls an entry is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum PullBy {
    Digest,
    Tag,
}

/// Where the copies of a repository are, for one form of pull.
struct Repository {
    /// The first copy.
    span: Span,
    /// The destinations, in order, none twice.
    destinations: Vec<String>,
}

type Repositories = Map<String, Repository>;

/// Writes the sets for mappings, and proves that nodes look for every copy where it is.
pub fn generate(mappings: &[MappingFile], plan: &Plan) -> Generated {
    let all = copies(mappings);
    let mut left_out = not_in_registries(mappings);
    let mut by_form: [Repositories; 2] = Default::default();
    let mut kept = Vec::new();
    for copies in &all {
        let by = match copies.source.value.digest {
            Some(_) => PullBy::Digest,
            None => PullBy::Tag,
        };
        for (span, destination) in &copies.destinations {
            match reason(plan, by, &copies.name, destination) {
                Some(reason) => left_out.push(LeftOut {
                    span: *span,
                    reason,
                }),
                None => {
                    insert(&mut by_form[by as usize], copies, *span, destination);
                    kept.push((copies, *span, destination));
                }
            }
        }
    }
    order::sort(&mut left_out);
    let [mut digest, mut tag] = by_form.each_ref().map(|it| entries::of(it, plan.width));
    // A node takes the entry with the longest source, whether or not it serves the form.
    entries::complete(&by_form[0], &mut digest, &tag);
    entries::complete(&by_form[1], &mut tag, &digest);
    for _ in 0..SPARING_ROUNDS_MAX {
        let n_before = digest.len() + tag.len();
        entries::spare(&by_form[0], &mut digest, &tag);
        entries::spare(&by_form[1], &mut tag, &digest);
        if digest.len() + tag.len() == n_before {
            break;
        }
    }
    let narrower = narrower(&by_form, [&digest, &tag], plan.width);
    let (mut text, mut n_entries) = (String::new(), 0);
    for kind in &plan.kinds {
        let entries = match kind {
            MirrorSetKind::ImageTagMirrorSet => &tag,
            _ => &digest,
        };
        n_entries += entries.len();
        text.push_str(&objects(*kind, entries, plan));
    }
    let (unproven, refusals) = unproven(&text, &kept, plan.version);
    Generated {
        n_copies: kept.len(),
        text,
        n_entries,
        unproven,
        refusals,
        left_out,
        narrower,
    }
}

fn not_in_registries(mappings: &[MappingFile]) -> Vec<LeftOut> {
    let pairs = mappings.iter().flat_map(|it| &it.pairs);
    let others = pairs.filter(|pair| {
        let images = [&pair.source.value, &pair.destination.value];
        images
            .iter()
            .any(|it| it.store != Store::Registry || it.normalized().is_none())
    });
    let others = others.map(|pair| LeftOut {
        span: pair.source.span,
        reason: LeftOutReason::Files,
    });
    others.collect()
}

fn reason(
    plan: &Plan,
    by: PullBy,
    source: &Reference,
    destination: &Reference,
) -> Option<LeftOutReason> {
    let is_for = |kind: &MirrorSetKind| match (kind, by) {
        (MirrorSetKind::ImageTagMirrorSet, by) => by == PullBy::Tag,
        (_, by) => by == PullBy::Digest,
    };
    let is_refused = |name: &Reference, form: Form| {
        let fault: Option<FormFault> = form::fault(name.name(), form);
        fault.is_some()
    };
    match by {
        _ if source.name() == destination.name() => Some(LeftOutReason::Same),
        _ if is_refused(source, Form::Source) => Some(LeftOutReason::Source),
        _ if is_refused(destination, Form::Mirror) => Some(LeftOutReason::Mirror),
        _ if plan.kinds.iter().any(is_for) => None,
        PullBy::Digest => Some(LeftOutReason::Digest),
        PullBy::Tag => Some(LeftOutReason::Tag),
    }
}

fn insert(by_name: &mut Repositories, copies: &Copies, span: Span, destination: &Reference) {
    let repository = by_name
        .entry(copies.name.name().to_owned())
        .or_insert_with(|| Repository {
            span,
            destinations: Vec::new(),
        });
    let destination = destination.name();
    if !repository.destinations.iter().any(|it| it == destination) {
        repository.destinations.push(destination.to_owned());
    }
}

fn narrower(
    by_form: &[Repositories; 2],
    entries: [&Map<String, Vec<String>>; 2],
    width: Width,
) -> Vec<Narrower> {
    let mut narrower: Map<&str, Narrower> = Map::new();
    for (repositories, entries) in by_form.iter().zip(entries) {
        for (name, repository) in repositories {
            let wanted = entries::source_of(name, width);
            let source = entries::governing(entries, name).map(|(source, _)| source);
            let source = source.filter(|source| wanted.len() < source.len());
            let Some(source) = source else {
                continue;
            };
            let found = Narrower {
                span: repository.span,
                repository: name.clone(),
                source: source.to_owned(),
            };
            narrower.entry(name).or_insert(found);
        }
    }
    let mut narrower: Vec<Narrower> = narrower.into_values().collect();
    order::sort(&mut narrower);
    narrower
}

/// The objects of one kind, split where one would be too large.
fn objects(kind: MirrorSetKind, entries: &Map<String, Vec<String>>, plan: &Plan) -> String {
    let labels: &[_] = match plan.is_catalog {
        true => &[CATALOG_LABEL],
        false => &[],
    };
    let (mut text, mut n_objects, mut n_bytes) = (String::new(), 0, MAX_OBJECT_BYTES);
    for (source, mirrors) in entries {
        let entry = manifest::entry(&Entry {
            source: source.clone(),
            mirrors: mirrors.clone(),
        });
        if MAX_OBJECT_BYTES < n_bytes + entry.len() {
            let name = format!("{}-{n_objects}", plan.name);
            let head = manifest::head(kind, &name, labels);
            n_bytes = head.len();
            n_objects += 1;
            text.push_str("---\n");
            text.push_str(&head);
        }
        n_bytes += entry.len();
        text.push_str(&entry);
    }
    text
}

/// The copies that nodes do not look for where they are, as the objects are read and rendered.
fn unproven(
    text: &str,
    kept: &[(&Copies, Span, &Reference)],
    version: OpenShift,
) -> (Vec<Span>, Vec<String>) {
    if kept.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let mut files = Files::new();
    // Each object is read by itself, since one text has a limit that all together may pass.
    let texts = text.split("---\n").filter(|it| !it.is_empty());
    let inputs: Vec<_> = texts
        .map(|text| files.add("generated.yaml", text))
        .collect();
    let settings = Settings {
        version,
        release_image: None,
    };
    let model = Model::build(&mut files, &inputs, &settings);
    let mut refusals: Vec<String> = model.refusals().iter().map(Refusal::reason).collect();
    let rejected = model.objects.iter().filter(|judged| !judged.is_stored());
    let rejected = rejected.filter_map(|judged| judged.verdict.as_ref()?.message.clone());
    refusals.extend(rejected);
    let Some(registries) = model.loaded() else {
        return (kept.iter().map(|(_, span, _)| *span).collect(), refusals);
    };
    let mut lookups = Lookups::new(registries);
    let missed = kept.iter().filter(|(copies, _, destination)| {
        let lookup = lookups.find(&copies.source.value, &copies.name);
        !lookup.is_some_and(|it| !it.is_for_digests && it.has(destination.name()))
    });
    (missed.map(|(_, span, _)| *span).collect(), refusals)
}

#[cfg(test)]
mod tests;
