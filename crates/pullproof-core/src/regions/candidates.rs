//! References that stand for all classes of a scope.
//!
//! For each place where something may change (the scope, each cut behind it, ports, lengths) there
//! are names just there, one component below and several below, whose components no configuration
//! knows. What class a name has, and whether the scope is its innermost one, `Regions` is asked.

use super::{CUTS_MAX, Class, Extent, Names, Region, Regions, Told};
use crate::order;
use crate::reference::{NAME_MAX_BYTES, Reference};
use crate::registries::load::RegistryId;
use crate::resolve::endpoint_fault::WITNESS_COMPONENT;
use crate::sorted::Set;
use std::borrow::Cow;

/// Stands for every digest.
const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// What makes a label none that a host can have, though names may begin with it.
const NO_HOST: &str = "_x";

/// A port that registries seldom listen on; ports above it are tried where entries have it.
const PORT: usize = 5001;

/// The last port there is.
const PORT_MAX: usize = 65_535;

/// What is behind a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    Nothing,
    One,
    Two,
}

pub(super) fn of_scope<'a>(regions: &Regions<'a>, scope: &'a str, all: Names) -> Told<'a> {
    let mut candidates = Candidates {
        regions,
        scope,
        known: Set::new(),
        found: Vec::new(),
    };
    if may_end_in_tag(scope)
        && let Ok(reference) = Reference::parse(scope)
        && !reference.is_name_only()
    {
        // A whole reference has nothing below it.
        let governing = regions.governing(reference.name());
        candidates.keep(reference, &governing, scope.len());
        return candidates.told(false);
    }
    let mut is_cut = false;
    for host in hosts(regions, scope, all) {
        let governing = regions.governing(&host);
        let sides = || {
            let sides = regions.sides.iter().zip(governing);
            sides.filter_map(|(side, entry)| Some((side, entry?)))
        };
        // Normalization puts something before what is directly below Docker Hub.
        let is_even = &*host != "docker.io" && sides().all(|(side, entry)| side.is_even(entry));
        let lengths = sides().flat_map(|(side, entry)| side.lengths(entry, &host));
        let mut lengths: Vec<usize> = lengths.collect();
        order::sort(&mut lengths);
        lengths.dedup();
        candidates.around(&host, is_even, &lengths);
        let mut cuts = Set::new();
        for (side, entry) in sides() {
            side.cuts(entry, &host, CUTS_MAX + 1, &mut cuts);
        }
        is_cut |= CUTS_MAX < cuts.len();
        for cut in cuts.into_iter().take(CUTS_MAX) {
            candidates.around(&[&*host, cut].concat(), false, &lengths);
        }
        if !scope.contains(['/', ':']) {
            candidates.on_other_port(&host, all, &lengths);
        }
        if all == Names::All {
            candidates.too_long(&host, is_even, &lengths);
        }
    }
    candidates.told(is_cut)
}

pub(super) fn outside<'a>(regions: &Regions<'a>) -> Vec<Region<'a>> {
    let mut candidates = Candidates {
        regions,
        scope: "",
        known: Set::new(),
        found: Vec::new(),
    };
    for n in 0..=n_scopes(regions) {
        // A top level domain that is for examples: only a wildcard could contain it.
        let host = format!("registry.{}", component(n));
        if candidates.add(&host, Below::Two) {
            candidates.add(&format!("{host}{NO_HOST}"), Below::Two);
            break;
        }
    }
    candidates.found
}

/// Whether a text may be a whole reference: it has a path, and behind that a colon or an at sign.
fn may_end_in_tag(text: &str) -> bool {
    let mut behind_host = text.bytes().skip_while(|byte| *byte != b'/');
    behind_host.any(|byte| matches!(byte, b':' | b'@'))
}

/// How many texts can be in the way of one that is made up.
fn n_scopes(regions: &Regions<'_>) -> usize {
    let sides = regions.sides.iter();
    let n_entries: usize = sides.map(super::side::Side::n_entries).sum();
    n_entries + regions.boundaries.n_scopes()
}

/// Texts that a scope contains, as short as possible, each in other wildcards around it.
// From containers/image, pkg/sysregistriesv2 `refMatchingSubdomainPrefix`: a wildcard does not
// match a host that has its suffix twice.
fn hosts<'a>(regions: &Regions<'_>, scope: &'a str, all: Names) -> Vec<Cow<'a, str>> {
    let Some(domain) = scope.strip_prefix('*') else {
        return vec![Cow::Borrowed(scope)];
    };
    let has = |wildcard: &str| {
        let mut sides = regions.sides.iter();
        sides.any(|side| side.has(wildcard)) || regions.boundaries.has(wildcard)
    };
    let mut ends = vec![domain.to_owned()];
    for (at, _) in domain.match_indices('.') {
        let outer = &domain[at..];
        let is_boundary = || regions.boundaries.has(scope);
        if (at != 0 || is_boundary()) && has(&format!("*{outer}")) {
            ends.push(format!("{outer}{domain}"));
        }
    }
    let first_free = |host: &dyn Fn(usize) -> String| {
        let mut hosts = (0..=n_scopes(regions)).map(host);
        let host = hosts.find(|host| !is_taken(regions, host));
        host.map(Cow::Owned)
    };
    let mut hosts = Vec::new();
    for end in &ends {
        hosts.extend(first_free(&|n| format!("{}{end}", component(n))));
    }
    if all == Names::All {
        for end in &ends {
            // Behind the shortest hosts there is room for the longest paths.
            hosts.extend(first_free(&|n| format!("{}{end}", component_of(1, n))));
            hosts.extend(first_free(&|n| {
                format!("{}{NO_HOST}{end}", component_of(1, n))
            }));
        }
    }
    hosts
}

/// Whether a scope is just a host.
fn is_taken(regions: &Regions<'_>, host: &str) -> bool {
    let mut sides = regions.sides.iter();
    sides.any(|side| side.has(host)) || regions.boundaries.has(host)
}

/// A component of a witness; each number has another one.
pub(super) fn component(n: usize) -> Cow<'static, str> {
    match n {
        0 => Cow::Borrowed(WITNESS_COMPONENT),
        n => Cow::Owned(format!("{WITNESS_COMPONENT}{}", n + 1)),
    }
}

/// A component of a length; each number has another one, as far as there are some.
fn component_of(n_bytes: usize, n: usize) -> String {
    const LETTERS: &[u8; 26] = b"abcdefghijklmnopqrstuvwxyz";
    let mut bytes = vec![LETTERS[0]; n_bytes];
    let mut rest = n;
    for byte in bytes.iter_mut().rev() {
        *byte = LETTERS[rest % LETTERS.len()];
        rest /= LETTERS.len();
    }
    bytes.into_iter().map(char::from).collect()
}

struct Candidates<'r, 'a> {
    regions: &'r Regions<'a>,
    scope: &'a str,
    known: Set<Class<'a>>,
    found: Vec<Region<'a>>,
}

impl<'a> Candidates<'_, 'a> {
    fn told(self, is_cut: bool) -> Told<'a> {
        Told {
            regions: self.found,
            is_cut,
        }
    }

    /// Names at a text and below; that comes first which is more likely pulled.
    fn around(&mut self, text: &str, is_even: bool, lengths: &[usize]) {
        let order = match (is_repository(text), is_even) {
            (true, true) => [Below::Nothing].as_slice(),
            (false, true) => &[Below::One],
            (true, false) => &[Below::Nothing, Below::One, Below::Two],
            (false, false) => &[Below::One, Below::Two, Below::Nothing],
        };
        for below in order {
            self.add(text, *below);
        }
        // Where names of usual length are too long for an endpoint, the shortest may not be.
        let usual = text.len() + 2 * (1 + WITNESS_COMPONENT.len());
        if NAME_MAX_BYTES < usual || lengths.first().is_some_and(|length| *length <= usual) {
            self.add_of_length(text, Below::One, None);
            self.add_of_length(text, Below::Two, None);
        }
    }

    fn on_other_port(&mut self, host: &str, all: Names, lengths: &[usize]) {
        for n in 0..=n_scopes(self.regions).min(PORT_MAX - PORT) {
            let host = format!("{host}:{}", PORT + n);
            if self.add(&host, Below::One) {
                if all == Names::All {
                    self.too_long(&host, true, lengths);
                }
                return;
            }
        }
    }

    /// Names that are just too long for some endpoint.
    fn too_long(&mut self, text: &str, is_even: bool, lengths: &[usize]) {
        for n_bytes in lengths {
            self.add_of_length(text, Below::One, Some(*n_bytes));
            if !is_even {
                self.add_of_length(text, Below::Two, Some(*n_bytes));
            }
        }
    }

    /// Adds a name of a length in bytes, or the shortest, if there is one.
    fn add_of_length(&mut self, text: &str, below: Below, n_bytes: Option<usize>) {
        let fixed = match below {
            Below::Nothing => return,
            Below::One => text.len() + 1,
            Below::Two => text.len() + 3,
        };
        let room = n_bytes.map_or(Some(1), |n_bytes| n_bytes.checked_sub(fixed));
        let is_room = |room: &usize| 0 < *room && fixed + *room <= NAME_MAX_BYTES;
        let Some(room) = room.filter(is_room) else {
            return;
        };
        for n in 0..=n_scopes(self.regions) {
            let last = component_of(room, n);
            let name = match below {
                Below::Two => format!("{text}/{}/{last}", component_of(1, n)),
                _ => format!("{text}/{last}"),
            };
            if self.add_name(&name, text.len()) {
                return;
            }
        }
    }

    /// Adds a name below a text, whose components are in nobody's way; `false` where there is none
    /// that the scope is the innermost one of.
    fn add(&mut self, text: &str, below: Below) -> bool {
        // Each number that does not do is in the way of a scope or a cut of its own.
        for n in 0..=n_scopes(self.regions) + CUTS_MAX {
            let component = &*component(n);
            let is_added = match below {
                Below::Nothing => self.add_name(text, text.len()),
                Below::One => self.add_name(&[text, "/", component].concat(), text.len()),
                Below::Two => {
                    let name = [text, "/", component, "/", component].concat();
                    self.add_name(&name, text.len())
                }
            };
            if is_added || below == Below::Nothing {
                return is_added;
            }
        }
        false
    }

    /// Adds a name by tag and by digest, if it is one; `false` where something is around it that
    /// ends further in than a text.
    fn add_name(&mut self, name: &str, text_end: usize) -> bool {
        let Some(by_tag) = self.by_tag(name) else {
            return true;
        };
        let by_digest = by_tag.with_tag_and_digest(None, Some(DIGEST));
        let governing = self.regions.governing(name);
        [by_tag, by_digest]
            .into_iter()
            .all(|reference| self.keep(reference, &governing, text_end))
    }

    /// A name by a tag that makes no whole reference that is a scope.
    fn by_tag(&self, name: &str) -> Option<Reference> {
        for n in 0..=self.regions.boundaries.n_scopes() {
            let tag = match n {
                0 => Cow::Borrowed("latest"),
                n => component(n - 1),
            };
            let text = [name, ":", &tag].concat();
            let reference = Reference::parse_canonical(text).ok()?;
            if !self.regions.boundaries.has(reference.as_str()) {
                return Some(reference);
            }
        }
        None
    }

    /// Keeps a reference where its class is new, and the scope its innermost one; `false` where
    /// something is around it that ends further in than a text.
    fn keep(
        &mut self,
        reference: Reference,
        governing: &[Option<RegistryId>; 2],
        text_end: usize,
    ) -> bool {
        let class = self.regions.class_in(governing, &reference);
        let home = self.regions.home(&class);
        if home != self.scope {
            return home.len() <= self.scope.len();
        }
        if text_end < self.regions.cut_end(&class, reference.name()) {
            return false;
        }
        if self.known.insert(class) {
            self.found.push(Region {
                class,
                extent: extent(self.scope, &class, &reference),
                witness: reference,
            });
        }
        true
    }
}

fn extent(scope: &str, class: &Class<'_>, reference: &Reference) -> Extent {
    if class.is_long() {
        return Extent::Long;
    }
    if class.is_hostless {
        return Extent::Hostless;
    }
    let is_port = |rest: &str| rest.starts_with(':');
    match reference.name().strip_prefix(scope) {
        Some("") => Extent::Itself,
        Some(rest) if is_port(rest) => Extent::Port,
        Some(_) => Extent::Below,
        None if scope.starts_with('*') && reference.domain().contains(':') => Extent::Port,
        None => Extent::Below,
    }
}

/// Whether a scope has as many components as most repositories: one name behind a host is that of
/// an organization.
fn is_repository(scope: &str) -> bool {
    const COMPONENTS_MIN: usize = 2;
    COMPONENTS_MIN <= scope.bytes().filter(|byte| *byte == b'/').count()
}
