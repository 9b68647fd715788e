//! How one configuration parts the references of each of its entries.

use super::{Form, Part, Rest, beginning_with};
use crate::order;
use crate::reference::NAME_MAX_BYTES;
use crate::registries::entry::{Forecast, Registry};
use crate::registries::index::{host_of, match_length};
use crate::registries::load::{Registries, RegistryId};
use crate::resolve::serves;
use crate::sorted::Set;
use std::borrow::Cow;

/// A configuration, with what matters to names that are rewritten.
pub(super) struct Side<'a> {
    registries: &'a Registries,
    /// The prefixes, in byte order, where blocking starts or ends, and other scopes that matter to
    /// rewritten names: one that reaches one may fare otherwise than its neighbours.
    blocks: Vec<&'a str>,
}

impl<'a> Side<'a> {
    pub(super) fn new(registries: &'a Registries, also: &Set<&'a str>) -> Side<'a> {
        let mut blocks = blocks(registries);
        if !also.is_empty() {
            blocks.extend(also);
            order::sort(&mut blocks);
            blocks.dedup();
        }
        Side { registries, blocks }
    }

    pub(super) fn prefixes(&self) -> impl Iterator<Item = &'a str> {
        let entries = self.registries.list().iter();
        entries.map(|registry| registry.prefix.as_str())
    }

    pub(super) fn n_entries(&self) -> usize {
        self.registries.list().len()
    }

    pub(super) fn prefix(&self, id: RegistryId) -> &'a str {
        &self.registries.registry(id).prefix
    }

    /// Whether there is an entry with a prefix.
    pub(super) fn has(&self, prefix: &str) -> bool {
        self.registries.of_prefix(prefix).is_some()
    }

    /// How many bytes of a name an entry replaces that governs it.
    pub(super) fn covered(&self, id: RegistryId, name: &str) -> usize {
        covered(self.registries.registry(id), name)
    }

    /// The entry that governs a name, which may be a host alone.
    pub(super) fn governing(&self, name: &str) -> Option<RegistryId> {
        self.registries.find(name)
    }

    /// How a name lies in the entry that governs it.
    pub(super) fn part(&self, entry: RegistryId, name: &str, form: Form) -> Part<'a> {
        let registry = self.registries.registry(entry);
        let rest = &name[covered(registry, name)..];
        let too_long = moved(registry, form);
        let too_long = too_long.filter(|location| NAME_MAX_BYTES < location.len() + rest.len());
        let n_too_long = (0..u32::MAX).zip(too_long).count();
        // Some endpoint cannot be asked at all, so nobody is.
        let cut = match n_too_long {
            0 => self.cut(registry, rest, form),
            _ => "",
        };
        Part {
            entry,
            rest: rest_of(registry, rest),
            cut,
            n_too_long: u32::try_from(n_too_long).unwrap_or(u32::MAX),
        }
    }

    /// What a name has behind the prefix up to where some endpoint's rewritten name enters the
    /// innermost of the blocks.
    fn cut(&self, registry: &'a Registry, rest: &str, form: Form) -> &'a str {
        let mut longest = "";
        if self.blocks.is_empty() || rest.is_empty() {
            return longest;
        }
        for location in moved(registry, form) {
            if !self.is_block_at(location) {
                continue;
            }
            let rewritten = [location, rest].concat();
            let ends = rewritten.match_indices(['/', ':']).map(|(end, _)| end);
            for end in ends.chain([rewritten.len()]) {
                if end <= location.len() + longest.len() {
                    continue;
                }
                if let Ok(idx) = self.blocks.binary_search(&&rewritten[..end]) {
                    longest = &self.blocks[idx][location.len()..];
                }
            }
        }
        longest
    }

    /// Adds what is behind a text where names below it that are rewritten enter blocks, until there
    /// are `n_max`; an entry governs the text.
    pub(super) fn cuts(
        &self,
        entry: RegistryId,
        text: &str,
        n_max: usize,
        cuts: &mut Set<&'a str>,
    ) {
        if self.blocks.is_empty() {
            return;
        }
        let registry = self.registries.registry(entry);
        let covered = covered(registry, text);
        for location in Form::ALL.into_iter().flat_map(|form| moved(registry, form)) {
            if !self.is_block_at(location) {
                continue;
            }
            let location = match &text[covered..] {
                "" => Cow::Borrowed(location),
                rest => Cow::Owned([location, rest].concat()),
            };
            for boundary in [b'/', b':'] {
                for reached in beginning_with(&self.blocks, &location, boundary) {
                    if n_max <= cuts.len() {
                        return;
                    }
                    cuts.insert(&reached[location.len()..]);
                }
            }
        }
    }

    /// Whether any block begins with a location, as hardly any does.
    fn is_block_at(&self, location: &str) -> bool {
        let after = self.blocks.partition_point(|block| *block < location);
        let next = self.blocks.get(after);
        next.is_some_and(|block| block.starts_with(location))
    }

    /// The lengths, in bytes, from which names that begin with a text are too long for an endpoint
    /// of the entry that governs it.
    pub(super) fn lengths(&self, entry: RegistryId, text: &str) -> impl Iterator<Item = usize> {
        let registry = self.registries.registry(entry);
        let covered = covered(registry, text);
        super::locations(registry)
            .filter(move |location| covered < location.len() && location.len() <= NAME_MAX_BYTES)
            .map(move |location| NAME_MAX_BYTES + 1 - location.len() + covered)
    }

    /// Whether names that an entry governs fare alike, whatever is behind its prefix, but for ports
    /// and blocks.
    pub(super) fn is_even(&self, entry: RegistryId) -> bool {
        let registry = self.registries.registry(entry);
        !tells_nothing(registry) && !tells_one_component(registry)
    }
}

/// How many bytes of a name are replaced.
fn covered(registry: &Registry, name: &str) -> usize {
    match registry.prefix.starts_with("*.") {
        true => host_of(name).len(),
        false => match_length(name, &registry.prefix).unwrap_or(name.len()),
    }
}

/// Where names of a form go that is not where they say.
fn moved(registry: &Registry, form: Form) -> impl Iterator<Item = &str> {
    let mirrors = registry.mirrors.iter();
    let mirrors = mirrors
        .filter(move |mirror| serves(registry, mirror.pull_from_mirror, form == Form::Digest))
        .map(|mirror| mirror.location.as_str());
    let source = Some(registry.location.as_str());
    mirrors.chain(source.filter(|_| registry.forecast != Forecast::Unchanged))
}

fn rest_of(registry: &Registry, rest: &str) -> Rest {
    let is_one_component = || !rest[1..].contains('/');
    if rest.starts_with(':') {
        Rest::Port
    } else if rest.is_empty() && tells_nothing(registry) {
        Rest::Nothing
    } else if !rest.is_empty() && tells_one_component(registry) && is_one_component() {
        Rest::OneComponent
    } else {
        Rest::Components
    }
}

/// Whether it matters that nothing is behind the prefix: what a host alone is put before is no
/// reference.
fn tells_nothing(registry: &Registry) -> bool {
    let needs_more = |forecast: Forecast, location: &str| match forecast {
        Forecast::Unchanged => false,
        Forecast::Unknown => true,
        Forecast::Begins(beginning, _) => !beginning.has_path(location),
    };
    let mut mirrors = registry.mirrors.iter();
    needs_more(registry.forecast, &registry.location)
        || mirrors.any(|mirror| needs_more(mirror.forecast, &mirror.location))
}

/// Whether it matters that one component is behind the prefix: normalization puts `library/` before
/// it, and what normalization changes is refused.
fn tells_one_component(registry: &Registry) -> bool {
    super::locations(registry).any(|location| location == "docker.io")
}

/// The prefixes that are blocked, or keep something from being.
fn blocks(registries: &Registries) -> Vec<&str> {
    if !registries.list().iter().any(|registry| registry.blocked) {
        return Vec::new();
    }
    let matters = registries.entries().filter(|(id, registry)| {
        let outer = || registries.outer(*id);
        registry.blocked || outer().is_some_and(|id| registries.registry(id).blocked)
    });
    let mut blocks: Vec<&str> = matters.map(|(_, it)| it.prefix.as_str()).collect();
    order::sort(&mut blocks);
    blocks
}
