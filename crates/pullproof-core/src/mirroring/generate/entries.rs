//! Which entries give each repository its mirrors: broad ones where the copies agree, and as few
//! as that takes.

use super::{Repositories, Width};
use crate::order;
use crate::sorted::Map;
use std::cmp::Reverse;

/// Mirrors by source.
pub(super) type Entries = Map<String, Vec<String>>;

/// The entries for one form of pull.
///
/// Near-linear: every repository is looked at a fixed number of times, and looked up by the parts
/// of its path.
pub(super) fn of(repositories: &Repositories, widest: Width) -> Entries {
    let mut entries = Entries::new();
    for width in [Width::Registry, Width::Namespace] {
        if width <= widest {
            add_broad(&mut entries, repositories, width);
        }
    }
    // Names sort before all that lies below them, so that an entry that is made or replaced here
    // matters only to what is still to come.
    for (name, repository) in repositories {
        if !is_expressed(&entries, name, &repository.destinations) {
            entries.insert(name.clone(), repository.destinations.clone());
        }
    }
    spare(repositories, &mut entries, &Entries::new());
    entries
}

/// Adds the entries that a form needs since the other one has narrower ones there: a node looks
/// at no entry but the longest.
pub(super) fn complete(repositories: &Repositories, entries: &mut Entries, other: &Entries) {
    let mut missing = Entries::new();
    for name in repositories.keys() {
        let Some((source, mirrors)) = governing(entries, name) else {
            continue;
        };
        if let Some((longer, _)) = governing(other, name)
            && source.len() < longer.len()
        {
            let rest = &longer[source.len()..];
            let mirrors = mirrors.iter().map(|mirror| format!("{mirror}{rest}"));
            missing.insert(longer.to_owned(), mirrors.collect());
        }
    }
    entries.extend(missing);
}

/// The entry that a node takes for a name: the one with the longest source.
pub(super) fn governing<'a>(
    entries: &'a Entries,
    name: &'a str,
) -> Option<(&'a str, &'a [String])> {
    let ends = name.match_indices('/').map(|(at, _)| at);
    let mut sources = ends.rev().map(|end| &name[..end]);
    let found = std::iter::once(name).chain(sources.by_ref());
    found
        .filter_map(|source| Some((source, entries.get(source)?.as_slice())))
        .next()
}

/// What a repository's source would be, were it of a width; the repository itself where its path
/// has no namespace.
pub(super) fn source_of(name: &str, width: Width) -> &str {
    let end = match width {
        Width::Repository => None,
        Width::Namespace => name.rfind('/').filter(|end| name[..*end].contains('/')),
        Width::Registry => name.find('/'),
    };
    &name[..end.unwrap_or(name.len())]
}

/// Adds the entries of a width that most repositories of each source agree on, of those that
/// other entries do not express.
fn add_broad(entries: &mut Entries, repositories: &Repositories, width: Width) {
    let mut votes: Map<&str, Map<Vec<&str>, usize>> = Map::new();
    for (name, repository) in repositories {
        if is_expressed(entries, name, &repository.destinations) {
            continue;
        }
        let source = source_of(name, width);
        let rest = &name[source.len()..];
        let mirrors = repository.destinations.iter();
        let mirrors: Option<Vec<&str>> = mirrors
            .map(|it| it.strip_suffix(rest).filter(|_| !rest.is_empty()))
            .collect();
        if let Some(mirrors) = mirrors {
            *votes.entry(source).or_default().entry(mirrors).or_default() += 1;
        }
    }
    for (source, votes) in votes {
        // Of several the first in the order of texts.
        let most = votes
            .into_iter()
            .min_by_key(|(_, n_votes)| Reverse(*n_votes));
        if let Some((mirrors, _)) = most {
            let mirrors = mirrors.into_iter().map(str::to_owned).collect();
            entries.entry(source.to_owned()).or_insert(mirrors);
        }
    }
}

/// Whether a node finds exactly these copies of a repository, in their order.
fn is_expressed(entries: &Entries, name: &str, destinations: &[String]) -> bool {
    let Some((source, mirrors)) = governing(entries, name) else {
        return false;
    };
    says(source, mirrors, name, destinations)
}

/// Whether an entry sends pulls of a name below it to these places, in this order.
fn says(source: &str, mirrors: &[String], name: &str, destinations: &[String]) -> bool {
    let rest = &name[source.len()..];
    let is_same = |(mirror, destination): (&String, &String)| {
        destination.strip_suffix(rest) == Some(mirror.as_str())
    };
    mirrors.len() == destinations.len() && mirrors.iter().zip(destinations).all(is_same)
}

/// Takes out what no repository needs: entries of none, and those that the entry around says
/// already, where no entry of the other form is between the two.
pub(super) fn spare(repositories: &Repositories, entries: &mut Entries, other: &Entries) {
    // How long the other form's sources are, for the repositories of each entry.
    let mut longest: Map<String, usize> = Map::new();
    for name in repositories.keys() {
        if let Some((source, _)) = governing(entries, name) {
            let n_bytes = governing(other, name).map_or(0, |(source, _)| source.len());
            let longest = longest.entry(source.to_owned()).or_default();
            *longest = n_bytes.max(*longest);
        }
    }
    entries.retain(|source, _| longest.contains_key(source));
    let mut sources: Vec<String> = entries.keys().cloned().collect();
    order::sort_by_key(&mut sources, |source| Reverse(source.len()));
    for source in sources {
        let outer = source.rfind('/').map(|end| &source[..end]);
        let outer = outer.and_then(|outer| governing(entries, outer));
        let (Some((outer, outer_mirrors)), Some(mirrors)) = (outer, entries.get(&source)) else {
            continue;
        };
        let n_bytes = longest.get(&source).copied().unwrap_or_default();
        if n_bytes <= outer.len() && says(outer, outer_mirrors, &source, mirrors) {
            let outer = outer.to_owned();
            entries.remove(&source);
            let longest = longest.entry(outer).or_default();
            *longest = n_bytes.max(*longest);
        }
    }
}
