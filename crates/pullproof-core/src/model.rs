//! Everything the inputs mean, worked out once: what is stored, what nodes get, what they make of it.

use crate::apiserver::crds::Resource;
use crate::apiserver::verdict::{Verdict, judge};
use crate::document::{self, Entry, Node, Value, copies};
use crate::file::{FileId, Files, Span};
use crate::ignore::Ignores;
use crate::openshift::OpenShift;
use crate::order;
use crate::policy_json::{ImagePolicies, Policy};
use crate::registries::carried::{carried_confs, may_carry};
use crate::registries::load::Registries;
use crate::registries::load_error::LoadError;
use crate::registries::refusal::Refusal;
use crate::registries::sources::{self, MergedSource, PullForm};
use crate::render::{self, Base, NodeFiles, RenderInput};
use crate::resolve::endpoint_fault::{self, EndpointFault};
use crate::resource::image_config::{self, ImageConfig};
use crate::resource::mapping::{self, MappingFile};
use crate::resource::mirror_set::{self, MirrorEntry, MirrorSet};
use crate::resource::{self, Object};
use crate::sorted::{Map, Set};
use beside::Beside;
use confs::{ConfSet, GivenConf};
use std::sync::{Arc, OnceLock};

pub mod beside;
pub mod confs;
mod rendered;

/// The name that places in the rendered registries.conf are given.
pub const RENDERED_NAME: &str = "registries.conf";

/// What a model depends on beside the texts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The release whose API server and nodes answer.
    pub version: OpenShift,
    /// The release image, whose repository `blockedRegistries` may not cut off.
    pub release_image: Option<String>,
}

/// Everything the inputs mean.
pub struct Model {
    /// The release whose API server and nodes answer.
    pub version: OpenShift,
    /// The texts that all of this was read from, and those that were rendered.
    pub files: Files,
    /// The release image that was named; `None` when none was.
    pub release_image: Option<String>,
    /// What is wrong with the texts themselves.
    pub problems: Vec<document::Problem>,
    /// What stands beside the mirror objects.
    pub beside: Beside,
    /// What the texts say is to be left out of findings.
    pub ignores: Ignores,
    /// Every object of the inputs, in order.
    pub objects: Vec<Arc<Judged>>,
    /// What aliases of the objects stand for, by place, once somebody asks.
    aliased: OnceLock<Vec<Span>>,
    /// Which entries for pulls by digest share their sources, once somebody asks.
    shared_by_digest: OnceLock<Vec<usize>>,
    /// The same for pulls by tag.
    shared_by_tag: OnceLock<Vec<usize>>,
    /// Which of the objects is where, by place; empty where `objects` stand by place.
    by_place: Vec<u32>,
    /// The mirror sets that the API server stores, in order; of two with one name the last.
    pub mirror_sets: Vec<MirrorSet>,
    /// The image configuration that the API server stores; empty when there is none.
    pub image: ImageConfig,
    /// The names of objects that a later one of the same kind and name replaces, and its name.
    pub replaced: Vec<(Span, Span)>,
    /// What nodes get, or everything that keeps them from getting anything.
    pub node: Result<NodeFiles, Vec<Refusal>>,
    /// What nodes make of it; `None` when they get nothing.
    pub registries: Option<Result<Registries, Vec<LoadError>>>,
    /// Mirrors that never answer a pull, by entry and mirror; empty where nothing is loaded.
    pub endpoint_faults: Vec<EndpointFault>,
    /// The registries.conf files among the inputs, those together that nodes read together.
    pub confs: Vec<ConfSet>,
}

/// An object and what the API server says to it.
pub struct Judged {
    /// The object.
    pub object: Object,
    /// The kind that the server knows it as; `None` for kinds not known here.
    pub resource: Option<Resource>,
    /// The verdict when nobody asks for strict reading; `None` for kinds not known here.
    ///
    /// An object that was read from a server is judged without its `resourceVersion`, with which
    /// it could not be created: it was created already.
    pub verdict: Option<Verdict>,
    /// `metadata.resourceVersion`, which an object has that was read from a server; `None` where
    /// nobody wants to create the object.
    pub resource_version: Option<Span>,
    /// Whether somebody wrote the object, rather than that a server sent it.
    pub is_written: bool,
    /// Whether the server gave it out, so that it is stored whatever the verdict.
    is_on_server: bool,
}

impl Judged {
    /// An object that somebody wants to create.
    pub fn new(object: Object, version: OpenShift) -> Judged {
        let resource = Resource::of(&object.api_version.value, &object.kind.value);
        let resource_version = object.resource_version();
        Judged {
            verdict: resource.map(|resource| judge(resource, &object.root, version)),
            object,
            resource,
            resource_version,
            is_written: true,
            is_on_server: false,
        }
    }

    /// An object as the server sends it along with a change, about to be stored.
    pub fn sent_by_server(object: Object, version: OpenShift) -> Judged {
        Judged {
            resource_version: None,
            is_written: false,
            ..Judged::new(object, version)
        }
    }

    /// An object that the server has.
    pub fn on_server(object: Object, version: OpenShift) -> Judged {
        Judged {
            is_on_server: true,
            ..Judged::sent_by_server(object, version)
        }
    }

    /// The object's name, such as `ImageTagMirrorSet/lab`, and the field at a place; `None` when
    /// the place is not in it.
    pub fn locate(&self, span: Span) -> Option<(String, String)> {
        let around = self.object.span();
        if around.file != span.file || around.end < span.end || span.start < around.start {
            return None;
        }
        let Object {
            kind, name, root, ..
        } = &self.object;
        let name = match kind.value.as_str() {
            // A file that is for other programs than the API server.
            "" => name.value.clone(),
            kind => [kind, "/", &name.value].concat(),
        };
        Some((name, path_to(root, span)))
    }

    /// What a cluster has one object of: a kind and a name.
    pub fn key(&self) -> (Option<Resource>, &str) {
        (self.resource, &self.object.name.value)
    }

    /// Whether the API server stores the object, whatever it drops of it.
    pub fn is_stored(&self) -> bool {
        self.is_on_server || self.verdict.as_ref().is_some_and(Verdict::is_accepted)
    }

    /// The same for the API server of another release.
    fn is_stored_by(&self, version: OpenShift) -> bool {
        let judged = |resource| judge(resource, &self.object.root, version).is_accepted();
        self.is_on_server || self.resource.is_some_and(judged)
    }
}

/// What single files say, before anything is made of them together.
#[derive(Clone, Default)]
pub struct Contents {
    /// What is wrong with the texts themselves.
    pub problems: Vec<document::Problem>,
    /// Every object, in order.
    pub objects: Vec<Arc<Judged>>,
    /// Every registries.conf, as a file or carried by an object, in order.
    pub confs: Vec<GivenConf>,
    /// What every mapping file says, in order.
    pub mappings: Vec<MappingFile>,
    /// What the texts say is to be left out of findings.
    pub ignores: Ignores,
}

/// What a file holds.
enum Content {
    /// Objects, as YAML or JSON.
    Objects,
    /// A registries.conf, or a drop-in of one.
    Conf,
    /// Sources and destinations, for a program that copies images.
    Mapping,
}

impl Content {
    /// What a file of a name holds.
    fn of(name: &str) -> Content {
        match name {
            name if name.ends_with(".conf") => Content::Conf,
            name if mapping::is_name(name) => Content::Mapping,
            _ => Content::Objects,
        }
    }
}

impl Contents {
    /// What a server holds or is sent, with what is wrong with its texts: nothing that an object
    /// says of itself is left out then.
    pub fn of_objects(objects: Vec<Arc<Judged>>, problems: Vec<document::Problem>) -> Contents {
        Contents {
            problems,
            objects,
            ..Contents::default()
        }
    }

    /// Reads files and judges their objects; files know nothing of each other, so a host may
    /// do this for several at once, and append.
    pub fn read(files: &Files, inputs: &[FileId], version: OpenShift) -> Contents {
        Contents::read_as(files, inputs, |object| Judged::new(object, version))
    }

    /// The same for files with what a server has.
    pub fn read_from_server(files: &Files, inputs: &[FileId], version: OpenShift) -> Contents {
        Contents::read_as(files, inputs, |object| Judged::on_server(object, version))
    }

    fn read_as(files: &Files, inputs: &[FileId], judge: impl Fn(Object) -> Judged) -> Contents {
        let mut contents = Contents::default();
        for file in inputs {
            match Content::of(files.name(*file)) {
                Content::Objects => contents.read_objects(files, *file, &judge),
                Content::Conf => {
                    contents.confs.push(GivenConf::File(*file));
                    contents.ignores.append(Ignores::of_toml(files, *file));
                }
                Content::Mapping => contents.mappings.push(mapping::read(files, *file)),
            }
        }
        contents
    }

    fn read_objects(&mut self, files: &Files, file: FileId, judge: &impl Fn(Object) -> Judged) {
        let (documents, mut found) = document::read(files, file);
        let is_limited = found.iter().any(|problem| problem.kind.is_limit());
        for problem in &mut found {
            if files.is_secret(problem.span) {
                problem.kind.hide();
            }
        }
        self.problems.append(&mut found);
        let objects = resource::objects(documents);
        if !is_limited {
            self.ignores.append(Ignores::of_yaml(files, file, &objects));
        }
        for object in objects {
            if may_carry(&object) {
                let carried = carried_confs(&object).into_iter();
                self.confs.extend(carried.map(GivenConf::Carried));
            }
            self.objects.push(Arc::new(judge(object)));
        }
    }

    /// The same with later contents put behind, whose objects replace those here that have their
    /// kind and name, as when they are applied to what a cluster has.
    pub fn updated_with(&self, later: Contents) -> Contents {
        let Contents {
            problems,
            objects,
            confs,
            mappings,
            ignores,
        } = self;
        let is_named = |judged: &&Arc<Judged>| !judged.object.name.value.is_empty();
        let named = later.objects.iter().filter(is_named);
        let replacing: Set<_> = named.map(|judged| judged.key()).collect();
        let stays = |judged: &&Arc<Judged>| !replacing.contains(&judged.key());
        let mut updated = Contents {
            problems: problems.clone(),
            objects: objects.iter().filter(stays).cloned().collect(),
            confs: confs.clone(),
            mappings: mappings.clone(),
            ignores: ignores.clone(),
        };
        updated.append(later);
        updated
    }

    /// Puts what later files say behind.
    pub fn append(&mut self, mut later: Contents) {
        self.problems.append(&mut later.problems);
        self.objects.append(&mut later.objects);
        self.confs.append(&mut later.confs);
        self.mappings.append(&mut later.mappings);
        self.ignores.append(later.ignores);
    }
}

impl Model {
    /// Works out what the files of `inputs` mean; the rendered registries.conf joins `files`.
    pub fn build(files: &mut Files, inputs: &[FileId], settings: &Settings) -> Model {
        let contents = Contents::read(files, inputs, settings.version);
        Model::of(files, contents, settings)
    }

    /// Works out what the contents of files mean, which were read for the same release; the
    /// rendered registries.conf joins `files`.
    pub fn of(files: &mut Files, contents: Contents, settings: &Settings) -> Model {
        let stored = stored(&contents.objects, Judged::is_stored);
        Model::of_stored(files, contents, stored, settings)
    }

    /// The same where it is known what the API server stores of the contents.
    pub(crate) fn of_stored(
        files: &mut Files,
        contents: Contents,
        stored: Stored,
        settings: &Settings,
    ) -> Model {
        let Settings {
            version,
            release_image,
        } = settings;
        let version = *version;
        let Contents {
            mut problems,
            objects,
            confs,
            mappings,
            ignores,
        } = contents;
        let Stored {
            mirror_sets,
            image,
            replaced,
        } = stored;
        let image_policies = ImagePolicies::default();
        let input = RenderInput {
            mirror_sets: &mirror_sets,
            image: &image,
            release_image: release_image.as_deref(),
            base: Base::Template,
            image_policies: &image_policies,
        };
        let mut node = match render::render(&input, version) {
            Ok(node) => Ok(node),
            Err(refusal) => {
                let all = render::refusals(&input, version);
                Err(if all.is_empty() { vec![refusal] } else { all })
            }
        };
        let registries = node
            .as_mut()
            .ok()
            .map(|node| rendered::load(files, node, version));
        let endpoint_faults = match &registries {
            Some(Ok(registries)) => endpoint_fault::faults(registries),
            _ => Vec::new(),
        };
        let (confs, mut found) = match confs.is_empty() {
            true => Default::default(),
            false => confs::read(files, confs, version),
        };
        problems.append(&mut found);
        Model {
            version,
            files: files.clone(),
            release_image: release_image.clone(),
            problems,
            aliased: OnceLock::new(),
            shared_by_digest: OnceLock::new(),
            shared_by_tag: OnceLock::new(),
            beside: Beside::of(&objects, mappings),
            ignores,
            by_place: by_place(&objects),
            objects,
            mirror_sets,
            image,
            replaced,
            node,
            registries,
            endpoint_faults,
            confs,
        }
    }

    /// The files that nodes of another release get from the same objects; `None` where its operator
    /// refuses them.
    pub fn node_files(&self, version: OpenShift) -> Option<NodeFiles> {
        if version == self.version {
            return self.node.as_ref().ok().cloned();
        }
        let stored = stored(&self.objects, |judged| judged.is_stored_by(version));
        let input = RenderInput {
            mirror_sets: &stored.mirror_sets,
            image: &stored.image,
            release_image: self.release_image.as_deref(),
            base: Base::Template,
            image_policies: &ImagePolicies::default(),
        };
        render::render(&input, version).ok()
    }

    /// The entries of every mirror set that the release's operator reads, in order.
    pub fn entries(&self) -> impl Iterator<Item = &MirrorEntry> {
        let is_read = |set: &&MirrorSet| render::is_read(set.kind, self.version);
        let sets = self.mirror_sets.iter().filter(is_read);
        sets.flat_map(|set| &set.entries)
    }

    /// What all mirror sets together say, for one form of pull, about each source that several
    /// entries have, or one with a mirror that comes again: the others are as they are written.
    ///
    /// Which sources these are is worked out the first time, in time that is linear but for sorting.
    pub fn shared_sources(&self, form: PullForm) -> Vec<MergedSource<'_>> {
        let sets: Vec<&MirrorSet> = self.mirror_sets.iter().collect();
        let (entries, shared): (Vec<&MirrorEntry>, _) = match form {
            PullForm::Digest => (
                sources::digest_entries(&sets, self.version).collect(),
                &self.shared_by_digest,
            ),
            PullForm::Tag => (
                sources::tag_entries(&sets, self.version).collect(),
                &self.shared_by_tag,
            ),
        };
        let shared = shared.get_or_init(|| sources::shared(&entries));
        sources::merged(shared.iter().map(|idx| entries[*idx]))
    }

    /// Every reason for which the operator writes nothing; empty when it writes.
    pub fn refusals(&self) -> &[Refusal] {
        self.node.as_ref().err().map_or(&[], Vec::as_slice)
    }

    /// The configuration in force on nodes; `None` when they get or load none.
    pub fn loaded(&self) -> Option<&Registries> {
        self.registries.as_ref()?.as_ref().ok()
    }

    /// The policy.json in force on nodes; `None` when they keep the one they have, which is the
    /// product's own where nothing asked for another.
    pub fn policy(&self) -> Option<&Policy> {
        let node = self.node.as_ref().ok()?;
        node.policy_json.as_ref().map(|written| &written.value)
    }

    /// The object a place is in, such as `ImageTagMirrorSet/lab`, and the field there, such as
    /// `spec.imageTagMirrors[0].source`; `None` outside of any object.
    pub fn locate(&self, span: Span) -> Option<(String, String)> {
        self.object_at(span)?.locate(span)
    }

    /// The last object that starts before a place or there, in which the place need not be.
    pub(crate) fn object_at(&self, span: Span) -> Option<&Judged> {
        let starts_before = |judged: &Judged| place(judged) <= (span.file, span.start);
        let object_idx = if self.by_place.is_empty() {
            let after = self.objects.partition_point(|judged| starts_before(judged));
            after.checked_sub(1)?
        } else {
            let judged = |idx: &u32| &self.objects[*idx as usize];
            let after = self
                .by_place
                .partition_point(|idx| starts_before(judged(idx)));
            self.by_place[after.checked_sub(1)?] as usize
        };
        Some(&self.objects[object_idx])
    }

    /// Whether a place is part of what an alias stands for, so that it means several things.
    ///
    /// Linear in all objects the first time.
    pub(crate) fn is_aliased(&self, span: Span) -> bool {
        let aliased = self.aliased.get_or_init(|| {
            let mut aliased = Vec::new();
            for judged in &self.objects {
                copies::find(&judged.object.root, &mut aliased);
            }
            copies::join(aliased)
        });
        let after = aliased
            .partition_point(|aliased| (aliased.file, aliased.end) <= (span.file, span.start));
        let next = aliased.get(after);
        next.is_some_and(|aliased| {
            aliased.file == span.file && aliased.start < span.end.max(span.start + 1)
        })
    }
}

fn place(judged: &Judged) -> (FileId, u32) {
    let span = judged.object.span();
    (span.file, span.start)
}

/// Which of the objects is where, by place; empty where they stand so.
fn by_place(objects: &[Arc<Judged>]) -> Vec<u32> {
    if objects.is_sorted_by_key(|judged| place(judged)) {
        return Vec::new();
    }
    let mut by_place: Vec<u32> = (0..u32::MAX).zip(objects).map(|(idx, _)| idx).collect();
    order::sort_by_key(&mut by_place, |idx| place(&objects[*idx as usize]));
    by_place
}

/// What the API server stores when all objects are applied in order.
pub(crate) struct Stored {
    /// The mirror sets, in order; of two with one name the last.
    pub(crate) mirror_sets: Vec<MirrorSet>,
    /// The image configuration; empty when there is none.
    pub(crate) image: ImageConfig,
    /// The names of objects that a later one replaces, and its name.
    pub(crate) replaced: Vec<(Span, Span)>,
}

fn stored(objects: &[Arc<Judged>], is_stored: impl Fn(&Judged) -> bool) -> Stored {
    let mut replaced = Vec::new();
    let mut mirror_sets: Vec<MirrorSet> = Vec::new();
    let mut by_name = Map::new();
    let mut image = ImageConfig::default();
    for judged in objects.iter().filter(|judged| is_stored(judged)) {
        let object = &judged.object;
        if let Some(kind) = mirror_set::kind_of(object) {
            let mirror_set = mirror_set::read(object, kind);
            let name = (kind, object.name.value.clone());
            match by_name.get(&name) {
                // Applied after one with its name, an object replaces it.
                Some(idx) if !name.1.is_empty() => {
                    let earlier = std::mem::replace(&mut mirror_sets[*idx], mirror_set);
                    replaced.push((earlier.name.span, object.name.span));
                }
                _ => {
                    by_name.insert(name, mirror_sets.len());
                    mirror_sets.push(mirror_set);
                }
            }
        } else if image_config::is_image_config(object) && object.name.value == image_config::NAME {
            let earlier = std::mem::replace(&mut image, image_config::read(object));
            replaced.extend(earlier.name.map(|name| (name.span, object.name.span)));
        }
    }
    Stored {
        mirror_sets,
        image,
        replaced,
    }
}

/// The path of the smallest value that a place is in, as the API server writes paths.
fn path_to(root: &Node, span: Span) -> String {
    let mut path = String::new();
    let mut node = root;
    loop {
        match &node.value {
            Value::Mapping(mapping) => {
                let entries = mapping.entries();
                let Some(idx) = entry_at(entries, span) else {
                    return path;
                };
                let entry = &entries[idx];
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&entry.key.value);
                node = &entry.value;
            }
            Value::Sequence(nodes) => {
                let Some(idx) = element_at(nodes, span) else {
                    return path;
                };
                path.push_str(&format!("[{idx}]"));
                node = &nodes[idx];
            }
            _ => return path,
        }
    }
}

/// Which entry of a mapping holds a place, with its key or its value.
pub(crate) fn entry_at(entries: &[Entry], span: Span) -> Option<usize> {
    let holds =
        |entry: &Entry| is_within(span, entry.value.span) || is_within(span, entry.key.span);
    // Entries stand in the order of the text, but for those that come from another mapping.
    let after = entries.partition_point(|entry| entry.key.span.start <= span.start);
    match after.checked_sub(1) {
        Some(idx) if holds(&entries[idx]) => Some(idx),
        _ => entries.iter().position(holds),
    }
}

/// Which element of a list holds a place.
pub(crate) fn element_at(nodes: &[Node], span: Span) -> Option<usize> {
    let holds = |node: &Node| is_within(span, node.span);
    // Elements stand in the order of the text, but for those that an alias stands for.
    let after = nodes.partition_point(|node| node.span.start <= span.start);
    match after.checked_sub(1) {
        Some(idx) if holds(&nodes[idx]) => Some(idx),
        _ => nodes.iter().position(holds),
    }
}

fn is_within(span: Span, around: Span) -> bool {
    around.file == span.file && around.start <= span.start && span.end <= around.end
}
