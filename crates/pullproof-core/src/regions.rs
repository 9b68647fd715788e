//! All references, parted into finitely many classes of which each fares alike.
//!
//! Two references of one class are asked of the same endpoints, in the same order and with the
//! same result, but for what is behind the prefix of their entry and for the text of tag and digest.
//! Nothing is worked out about a class: `resolve` is asked about its witness.
//!
//! Other references than nodes pull are left out: CRI-O drops a tag beside a digest.

use crate::reference::Reference;
use crate::registries::entry::Registry;
use crate::registries::load::{Registries, RegistryId};
use crate::sorted::Set;
use boundaries::Boundaries;
use side::Side;
use std::cmp::Ordering;

mod boundaries;
mod candidates;
pub mod outcome;
pub mod short;
mod side;

/// Most places of one scope where rewritten names enter another entry that are looked at.
///
/// Real configurations have a handful; without an end some could multiply their mirrors by what
/// they block. Where there are more, `Regions::of_scope` says that it did not tell all.
pub const CUTS_MAX: usize = 1_000;

/// By what an image is asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Form {
    /// A tag, which is `latest` where none is written.
    Tag,
    /// A digest.
    Digest,
}

impl Form {
    /// Both.
    pub const ALL: [Form; 2] = [Form::Tag, Form::Digest];

    /// The form of a reference.
    pub fn of(reference: &Reference) -> Form {
        match reference.digest() {
            Some(_) => Form::Digest,
            None => Form::Tag,
        }
    }
}

/// How a witness lies to the scope that its region is told with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Extent {
    /// Below it, as most pulls.
    Below,
    /// It is the scope itself, as a repository.
    Itself,
    /// On another port of its host.
    Port,
    /// Too long a name for some endpoint.
    Long,
    /// Its first part is no host that a registry could have, such as one with `_`.
    Hostless,
    /// It has no host: search registries and aliases make it whole.
    ShortName,
}

/// What tells a reference from those that may fare otherwise.
///
/// From containers/image: all that docker/docker_image_src.go `newImageSource`,
/// pkg/sysregistriesv2 `PullSourcesFromReference` and `rewriteReference`, and docker_client.go
/// `newDockerClient` look at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Class<'a> {
    form: Form,
    /// Whether nobody can be asked who the name says, since it has no host.
    is_hostless: bool,
    /// How it lies in each configuration; `None` where no entry governs it.
    parts: [Option<Part<'a>>; 2],
    /// The innermost boundary around it; empty when there is none.
    boundary: &'a str,
}

/// How a reference lies in the entry that governs it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Part<'a> {
    entry: RegistryId,
    rest: Rest,
    /// What is behind the prefix up to where some endpoint's rewritten name enters the innermost
    /// entry that matters to it; empty where it enters none.
    cut: &'a str,
    /// For how many endpoints the name is too long.
    n_too_long: u32,
}

/// What is behind the prefix of an entry, as far as it matters to the entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Rest {
    Nothing,
    Port,
    OneComponent,
    Components,
}

/// A class of references that exists.
#[derive(Clone, PartialEq, Debug)]
pub struct Region<'a> {
    /// What its references have in common.
    pub class: Class<'a>,
    /// One of them, with as few components as there are.
    pub witness: Reference,
    /// How the witness lies to the scope.
    pub extent: Extent,
}

/// One configuration, or two that are compared, and how they part all references.
pub struct Regions<'a> {
    sides: Vec<Side<'a>>,
    boundaries: Boundaries<'a>,
}

/// What parts references beside a configuration.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Also<'a> {
    /// Scopes and whole references that matter to what images are asked for, as those of
    /// policy.json: a host is not around its ports, and a wildcard is around all with its end.
    pub asked_for: Set<&'a str>,
    /// Scopes without wildcards that matter to what is asked of endpoints, as keys of a pull secret.
    pub asked_of_endpoints: Set<&'a str>,
}

/// Which names are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Names {
    /// Those that people may have: not too long for any endpoint, on hosts that there can be.
    Usual,
    /// All that there are.
    All,
}

/// The regions of one scope.
#[derive(Clone, PartialEq, Debug)]
pub struct Told<'a> {
    /// Each once, those of common pulls first.
    pub regions: Vec<Region<'a>>,
    /// Whether there are more, past `CUTS_MAX`.
    pub is_cut: bool,
}

impl<'a> Regions<'a> {
    /// Parts all references by one configuration.
    pub fn of(registries: &'a Registries, also: &Also<'a>) -> Regions<'a> {
        Regions::new(&[registries], also)
    }

    /// Parts all references so that those of a class fare alike in each of two configurations.
    pub fn of_both(before: &'a Registries, after: &'a Registries, also: &Also<'a>) -> Regions<'a> {
        Regions::new(&[before, after], also)
    }

    fn new(configurations: &[&'a Registries], also: &Also<'a>) -> Regions<'a> {
        let sides = configurations.iter();
        Regions {
            sides: sides
                .map(|registries| Side::new(registries, &also.asked_of_endpoints))
                .collect(),
            boundaries: Boundaries::new(also.asked_for.clone()),
        }
    }

    /// Every scope that has regions of its own, in byte order, each once.
    pub fn scopes(&self) -> Set<&'a str> {
        let prefixes = self.sides.iter().flat_map(Side::prefixes);
        prefixes.chain(self.boundaries.all()).collect()
    }

    /// The regions whose references a scope is the innermost one of; of equally long ones, the
    /// last. Takes time linear in the entries' mirrors, and in what they enter.
    pub fn of_scope(&self, scope: &'a str, lengths: Names) -> Told<'a> {
        candidates::of_scope(self, scope, lengths)
    }

    /// The regions of references that are in no scope at all: by tag and by digest.
    pub fn outside(&self) -> Vec<Region<'a>> {
        candidates::outside(self)
    }

    /// The class of a reference.
    pub fn class_of(&self, reference: &Reference) -> Class<'a> {
        self.class_in(&self.governing(reference.name()), reference)
    }

    /// The entry that governs a name, which may be a host alone, on each side.
    fn governing(&self, name: &str) -> [Option<RegistryId>; 2] {
        let mut entries = [None; 2];
        for (entry, side) in entries.iter_mut().zip(&self.sides) {
            *entry = side.governing(name);
        }
        entries
    }

    /// The class of a reference that is governed by an entry on each side, or by none.
    fn class_in(&self, entries: &[Option<RegistryId>; 2], reference: &Reference) -> Class<'a> {
        let form = Form::of(reference);
        let mut parts = [None; 2];
        let sides = self.sides.iter().zip(entries);
        for (part, (side, entry)) in parts.iter_mut().zip(sides) {
            *part = entry.map(|entry| side.part(entry, reference.name(), form));
        }
        Class {
            form,
            is_hostless: reference.domain().is_empty(),
            parts,
            boundary: self.boundaries.around(reference),
        }
    }

    /// Where the cuts of a name's class end in the name, at most.
    fn cut_end(&self, class: &Class<'a>, name: &str) -> usize {
        let parts = class.parts.iter().zip(&self.sides);
        let ends = parts.filter_map(|(part, side)| {
            let part = part.as_ref()?;
            Some(side.covered(part.entry, name) + part.cut.len())
        });
        ends.max().unwrap_or_default()
    }

    /// The innermost scope around the references of a class; empty when there is none.
    fn home(&self, class: &Class<'a>) -> &'a str {
        let entries = class.parts.iter().zip(&self.sides);
        let prefixes = entries.filter_map(|(part, side)| Some(side.prefix((*part)?.entry)));
        let scopes = prefixes.chain([class.boundary]);
        scopes
            .max_by_key(|scope| (scope.len(), *scope))
            .unwrap_or_default()
    }
}

impl<'a> Class<'a> {
    /// By what its references are asked for.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The entry that governs its references in a configuration, counted from 0; `None` when none
    /// does.
    pub fn entry(&self, side_idx: usize) -> Option<RegistryId> {
        let part = self.parts.get(side_idx)?.as_ref()?;
        Some(part.entry)
    }

    /// The innermost boundary around its references; empty when there is none.
    pub fn boundary(&self) -> &'a str {
        self.boundary
    }

    fn is_long(&self) -> bool {
        self.parts.iter().flatten().any(|part| 0 < part.n_too_long)
    }
}

/// Where an entry's pulls go; its own location too, unless that is the reference itself.
fn locations(registry: &Registry) -> impl Iterator<Item = &str> {
    let mirrors = registry
        .mirrors
        .iter()
        .map(|mirror| mirror.location.as_str());
    let source = Some(registry.location.as_str()).filter(|location| !location.is_empty());
    mirrors.chain(source)
}

/// Of texts in byte order those that begin with a location and a byte.
pub(crate) fn beginning_with<'a, 'b>(
    texts: &'b [&'a str],
    location: &str,
    boundary: u8,
) -> &'b [&'a str] {
    let start = texts.partition_point(|text| {
        let text = text.as_bytes();
        let (beginning, rest) = text.split_at(location.len().min(text.len()));
        match beginning.cmp(location.as_bytes()) {
            Ordering::Equal => rest.first() < Some(&boundary),
            order => order == Ordering::Less,
        }
    });
    let is_one = |text: &&str| {
        let rest = text.strip_prefix(location);
        rest.is_some_and(|rest| rest.as_bytes().first() == Some(&boundary))
    };
    let n_texts = texts[start..].partition_point(is_one);
    &texts[start..start + n_texts]
}
