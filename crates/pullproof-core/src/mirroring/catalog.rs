//! What `oc adm catalog mirror` writes for the images of a catalog.
//!
//! From openshift/oc, pkg/cli/admin/catalog/mirrorer.go `Mirror`, `mappingForImages` and `mount`,
//! and mirror.go `WriteManifests`.

use super::manifest::{self, CATALOG_LABEL, Entry};
use crate::resource::mapping::parts::Parts;
use crate::resource::mapping::{Image, Store};
use crate::resource::mirror_set::MirrorSetKind;
use crate::sorted;

/// How many parts a destination's path may have, where nothing else is said.
///
/// From openshift/oc, pkg/cli/admin/catalog/mirror.go `NewCatalogMirror`.
pub const MAX_COMPONENTS: i64 = 2;

/// Most bytes of one object, and what is meant where nothing else is said.
///
/// From openshift/oc, pkg/cli/admin/catalog/mirror.go `maxICSPSize` and `maxIDMSSize`: an object
/// has to fit into an annotation of itself.
pub const MAX_OBJECT_BYTES: i64 = 250_000;

/// What is asked of the program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// The images that the catalog names.
    pub images: Vec<String>,
    /// The catalog.
    pub source: String,
    /// Where to copy to.
    pub destination: String,
    /// `--max-components`, after the program has looked at it: it refuses 1, and takes 0 for a
    /// destination in files.
    pub max_components: i64,
    /// `--icsp-scope` and `--max-icsp-size`.
    pub icsp: SetJob,
    /// `--idms-scope` and `--max-idms-size`.
    pub idms: SetJob,
}

/// How the sets of one kind are to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetJob {
    /// `repository` or `registry`.
    pub scope: String,
    /// Most bytes of one of them.
    pub max_bytes: i64,
}

impl Default for SetJob {
    /// As where nothing is said.
    fn default() -> SetJob {
        SetJob {
            scope: "repository".to_owned(),
            max_bytes: MAX_OBJECT_BYTES,
        }
    }
}

/// What the program writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// What is copied to where, in the order of the images, the catalog last: the program has no
    /// order. Destinations keep digests here, which mapping.txt leaves out.
    pub mapping: Vec<(Parts, Parts)>,
    /// Images that are passed over, in the program's words.
    pub errors: Vec<String>,
    /// What goes into imageContentSourcePolicy.yaml.
    pub icsp: Sets,
    /// What goes into imageDigestMirrorSet.yaml.
    pub idms: Sets,
    /// What goes into catalogSource.yaml; `None` where there is no such file.
    pub catalog_source: Option<CatalogSource>,
}

impl Written {
    /// The lines of mapping.txt, in which destinations have no digests, so that each has a tag.
    ///
    /// From `writeToMapping`.
    pub fn lines(&self) -> Vec<String> {
        let lines = self.mapping.iter().map(|(source, destination)| {
            let mut destination = destination.clone();
            destination.digest.clear();
            format!("{source}={destination}")
        });
        lines.collect()
    }
}

/// The sets of one kind, or why there are none, in the program's words; without any of them the
/// file is empty.
pub type Sets = Result<Vec<Set>, String>;

/// One mirror set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Set {
    /// `metadata.name`.
    pub name: String,
    /// Its entries, in the order of the mapping.
    pub entries: Vec<Entry>,
}

/// The catalog that the cluster gets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CatalogSource {
    /// `metadata.name`, which may be none that the API server takes.
    pub name: String,
    /// `spec.image`.
    pub image: String,
}

/// Does what the program would, without a network.
///
/// # Errors
/// What the program says where it writes nothing at all.
pub fn write(job: &Job) -> Result<Written, String> {
    let parts = |text: &str| Image::parse(text).map_err(|fault| fault.to_string());
    let source = Parts::of(&parts(&job.source)?);
    let destination = Parts::of(&parts(&job.destination)?);
    check(job)?;
    let (mut mapping, errors) = map_images(job, &source, &destination)?;
    let index = mount(&source, &destination, job.max_components)?;
    mapping.push((source.clone(), index.clone()));
    let is_for_nodes = destination.store != Store::File;
    let sets = |kind, job: &SetJob| match is_for_nodes {
        true => sets(kind, &source.name, job, &mapping),
        false => Ok(Vec::new()),
    };
    Ok(Written {
        icsp: sets(MirrorSetKind::ImageContentSourcePolicy, &job.icsp),
        idms: sets(MirrorSetKind::ImageDigestMirrorSet, &job.idms),
        catalog_source: is_for_nodes.then(|| CatalogSource {
            name: source.name.clone(),
            image: index.to_string(),
        }),
        mapping,
        errors,
    })
}

/// What is wrong with the flags. From `Validate`.
fn check(job: &Job) -> Result<(), String> {
    for (what, SetJob { scope, max_bytes }) in [("icsp", &job.icsp), ("idms", &job.idms)] {
        if scope != "repository" && scope != "registry" {
            return Err(format!("invalid {what}-scope {scope}"));
        }
        if *max_bytes <= 0 || MAX_OBJECT_BYTES < *max_bytes {
            return Err(format!(
                "provided max-{what}-size of {max_bytes} must be greater than 0 and less than or \
                 equal to {MAX_OBJECT_BYTES}"
            ));
        }
    }
    Ok(())
}

type Mapping = Vec<(Parts, Parts)>;

/// From `mappingForImages`.
fn map_images(
    job: &Job,
    source: &Parts,
    destination: &Parts,
) -> Result<(Mapping, Vec<String>), String> {
    let (below, max_components) = match destination.store {
        Store::Registry => (destination.clone(), job.max_components),
        Store::File | Store::S3 => (mount(source, destination, 0)?, 0),
    };
    let (mut mapping, mut errors) = (Vec::new(), Vec::new());
    let (mut seen, mut mapped) = (sorted::Set::new(), sorted::Map::new());
    for text in &job.images {
        if text.is_empty() || !seen.insert(text) {
            continue;
        }
        let image = match Image::parse(text) {
            Ok(image) => Parts::of(&image),
            Err(fault) => {
                errors.push(format!(
                    "couldn't parse image for mirroring ({text}), skipping mirror: {fault}"
                ));
                continue;
            }
        };
        let target = mount(&image, &below, max_components)?;
        let is_digest_only = image.tag.is_empty() && !image.digest.is_empty();
        let mut from = image.with_defaults();
        if is_digest_only {
            from.tag.clear();
        }
        if source.store != Store::Registry {
            from = mount(&from, source, 0)?;
            if is_digest_only {
                from.tag.clear();
            }
        }
        // Several texts may be one image.
        match mapped.get(&from) {
            Some(idx) => mapping[*idx] = (from, target),
            None => {
                mapped.insert(from.clone(), mapping.len());
                mapping.push((from, target));
            }
        }
    }
    Ok((mapping, errors))
}

/// Where an image comes to be below a destination. From `mount`.
///
/// # Errors
/// Where the program ends with a panic: neither side has a path, or the number is negative.
fn mount(image: &Parts, below: &Parts, max_components: i64) -> Result<Parts, String> {
    let mut mounted = image.clone();
    mounted.store = below.store;
    if mounted.tag.is_empty() && !mounted.digest.is_empty() {
        let text = mounted.clone().with_library().exact();
        mounted.tag = format!("{:x}", fnv1a(text.as_bytes()));
    }
    let mounted = mounted.with_defaults();
    let components: Vec<&str> = below.components().chain(mounted.components()).collect();
    let [first, rest @ ..] = components.as_slice() else {
        return Err(
            "`oc` ends with a panic: runtime error: index out of range [0] with length 0"
                .to_owned(),
        );
    };
    let (namespace, name) = match usize::try_from(max_components) {
        Ok(0) => (*first, rest.join("/")),
        Ok(n_most) if 1 < n_most && n_most < components.len() => {
            let (kept, joined) = rest.split_at(n_most - 2);
            let joined = joined.join("-");
            let whole = kept.iter().copied().chain([joined.as_str()]);
            (*first, whole.collect::<Vec<_>>().join("/"))
        }
        _ if rest.is_empty() => ("", image.name.clone()),
        Ok(n_most) => (*first, rest[..rest.len().min(n_most - 1)].join("/")),
        Err(_) => {
            return Err(format!(
                "`oc` ends with a panic: runtime error: slice bounds out of range [:{max_components}]"
            ));
        }
    };
    Ok(Parts {
        store: mounted.store,
        registry: below.registry.clone(),
        namespace: namespace.to_owned(),
        name,
        tag: mounted.tag.clone(),
        digest: mounted.digest.clone(),
    })
}

/// The 32 bits of FNV-1a.
fn fnv1a(bytes: &[u8]) -> u32 {
    let step = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(16_777_619);
    bytes.iter().fold(2_166_136_261, step)
}

/// From `generateICSPs` and `generateIDMSs`, with an order where the program has none.
fn sets(kind: MirrorSetKind, name: &str, job: &SetJob, mapping: &[(Parts, Parts)]) -> Sets {
    let name = |idx: usize| format!("{}-{idx}", name.replace('/', "-"));
    let max_bytes = usize::try_from(job.max_bytes).unwrap_or(0);
    let fixed_bytes = |idx: usize| {
        let status = match kind {
            MirrorSetKind::ImageDigestMirrorSet => "status: {}\n",
            _ => "",
        };
        manifest::head(kind, &name(idx), &[CATALOG_LABEL]).len() + status.len()
    };
    let mut sets: Vec<Set> = Vec::new();
    let mut n_bytes = 0;
    for entry in entries(&job.scope, mapping) {
        let entry_bytes = manifest::entry(&entry).len();
        if let Some(set) = sets.last_mut()
            && n_bytes + entry_bytes <= max_bytes
        {
            n_bytes += entry_bytes;
            set.entries.push(entry);
            continue;
        }
        n_bytes = fixed_bytes(sets.len()) + entry_bytes;
        if max_bytes < n_bytes {
            return Err(too_large(kind, &entry, max_bytes));
        }
        sets.push(Set {
            name: name(sets.len()),
            entries: vec![entry],
        });
    }
    Ok(sets)
}

fn too_large(kind: MirrorSetKind, entry: &Entry, max_bytes: usize) -> String {
    let Entry { source, mirrors } = entry;
    let mirrors = mirrors.join(" ");
    match kind {
        // The program prints the empty policy, too.
        MirrorSetKind::ImageDigestMirrorSet => format!(
            "unable to add mirror {{{source} [{mirrors}] }} to IDMS with the max-idms-size set to \
             {max_bytes}"
        ),
        _ => format!(
            "unable to add mirror {{{source} [{mirrors}]}} to ICSP with the max-icsp-size set to \
             {max_bytes}"
        ),
    }
}

/// From `getRegistryMapping`: only what is copied by digest, and of several destinations one.
fn entries(scope: &str, mapping: &[(Parts, Parts)]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut by_source = sorted::Map::new();
    for (source, destination) in mapping {
        if destination.digest.is_empty() {
            continue;
        }
        let of = |parts: &Parts| match scope {
            "registry" => parts.registry.clone(),
            _ => parts.clone().with_library().repository().exact(),
        };
        let entry = Entry {
            source: of(source),
            mirrors: vec![of(destination)],
        };
        match by_source.get(&entry.source) {
            Some(idx) => entries[*idx] = entry,
            None => {
                by_source.insert(entry.source.clone(), entries.len());
                entries.push(entry);
            }
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Parts {
        Parts::of(&Image::parse(text).expect("it is an image"))
    }

    #[test]
    fn paths_are_joined_as_by_the_program() {
        for (image, below, max_components, expected) in [
            ("q.io/a/b:1", "m.io", 2, "m.io/a/b:1"),
            ("q.io/a/b:1", "m.io/x", 2, "m.io/x/a-b:1"),
            ("q.io/a/b:1", "m.io/x", 3, "m.io/x/a/b:1"),
            ("q.io/a/b/c:1", "m.io/x", 3, "m.io/x/a/b-c:1"),
            ("q.io/a/b:1", "m.io/x", 0, "m.io/x/a/b:1"),
            ("q.io/a:1", "m.io", 2, "m.io/a:1"),
            // Nothing is left of the name, and then nothing else is told either.
            ("q.io/a:1", "m.io", 0, ""),
            ("q.io/a/b:1", "m.io/x", 1, ""),
            ("a:1", "m.io", 2, "m.io/library/a:1"),
            ("q.io/a/b", "m.io", 2, "m.io/a/b:latest"),
            ("q.io/a/b:1", "m:5", 2, "m/a-b:1"),
        ] {
            let mounted = mount(&parts(image), &parts(below), max_components);
            let mounted = mounted.expect("there is a path").to_string();
            // A name that is not there hides what stands behind it.
            let expected = expected
                .strip_suffix("/:1")
                .map_or(expected.to_owned(), |it| format!("{it}/"));
            assert_eq!(mounted, expected, "{image} {below} {max_components}");
        }
        for (image, below, max_components) in [("q.io", "m.io", 2), ("q.io/a/b", "m.io", -1)] {
            let mounted = mount(&parts(image), &parts(below), max_components);
            assert!(mounted.is_err(), "{image}");
        }
    }

    #[test]
    fn hashes_have_no_zeros_in_front() {
        for (text, expected) in [("", "811c9dc5"), ("a", "e40c292c"), ("foobar", "bf9cf968")] {
            assert_eq!(format!("{:x}", fnv1a(text.as_bytes())), expected);
        }
    }

    #[test]
    fn sets_are_split_on_each_side_of_the_limit() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let mut job = Job {
            images: vec![format!("q.io/a/b@{digest}"), format!("q.io/a/c@{digest}")],
            source: "q.io/a/index:1".to_owned(),
            destination: "m.io".to_owned(),
            max_components: MAX_COMPONENTS,
            icsp: SetJob::default(),
            idms: SetJob::default(),
        };
        let written = write(&job).expect("it is written");
        let sizes = |kind, status: usize, sets: &Sets| {
            let sets = sets.as_ref().expect("there are some");
            let set = &sets[0];
            let entries = set.entries.iter().map(|it| manifest::entry(it).len());
            let head = manifest::head(kind, &set.name, &[CATALOG_LABEL]).len() + status;
            let entries: Vec<usize> = entries.collect();
            (head + entries.iter().sum::<usize>(), head + entries[0])
        };
        let number = |n: usize| i64::try_from(n).expect("it is small");
        let (both, one) = sizes(MirrorSetKind::ImageContentSourcePolicy, 0, &written.icsp);
        for (max_bytes, expected) in [
            (both, Some(1)),
            (both - 1, Some(2)),
            (one, Some(2)),
            (one - 1, None),
        ] {
            job.icsp.max_bytes = number(max_bytes);
            let icsp = write(&job).expect("it is written").icsp;
            assert_eq!(icsp.ok().map(|sets| sets.len()), expected, "{max_bytes}");
        }
        for (max_bytes, is_taken) in [(0, false), (1, true), (250_000, true), (250_001, false)] {
            job.icsp.max_bytes = max_bytes;
            assert_eq!(write(&job).is_ok(), is_taken, "{max_bytes}");
        }
    }

    #[test]
    fn flags_are_refused_in_the_words_of_the_program() {
        let job = Job {
            images: Vec::new(),
            source: "q.io/a/index:1".to_owned(),
            destination: "m.io".to_owned(),
            max_components: MAX_COMPONENTS,
            icsp: SetJob::default(),
            idms: SetJob::default(),
        };
        let with = |change: &dyn Fn(&mut Job)| {
            let mut job = job.clone();
            change(&mut job);
            write(&job).err().unwrap_or_default()
        };
        assert_eq!(with(&|_| {}), "");
        assert_eq!(
            with(&|job| job.destination = "m.io/X".to_owned()),
            "\"m.io/X\" is not a valid image reference: repository name must be lowercase"
        );
        assert_eq!(
            with(&|job| job.idms.scope = "namespace".to_owned()),
            "invalid idms-scope namespace"
        );
    }
}
