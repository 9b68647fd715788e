//! Whether a change of registries.conf is safe for running pods: what the node looks at, and what not.

use crate::openshift::OpenShift;
use crate::registries::{Conf, Table, TableMirror};
use crate::sorted::Map;
use std::fmt;

/// One thing that makes a node drain before it takes a new registries.conf.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Unsafe {
    /// There are fewer `unqualified-search-registries`.
    SearchShorter,
    /// One of the `unqualified-search-registries` is another; counted from 0.
    SearchChanged(usize),
    /// A table is gone.
    Removed {
        /// Its scope.
        scope: String,
    },
    /// A text of a table is another.
    TextChanged {
        /// The table's scope.
        scope: String,
        /// Which text.
        key: TextKey,
        /// What it was.
        old: String,
        /// What it is.
        new: String,
    },
    /// A flag of a table is another.
    FlagChanged {
        /// The table's scope.
        scope: String,
        /// Which flag.
        key: FlagKey,
        /// What it is; it was the opposite.
        new: bool,
    },
    /// A location is no mirror of a table any more.
    MirrorRemoved {
        /// The table's scope.
        scope: String,
        /// The mirror.
        location: String,
    },
    /// A mirror that was there is no longer for digests only.
    PullFromMirrorChanged {
        /// The table's scope.
        scope: String,
        /// The mirror.
        location: String,
        /// What it was for, in the first mirror of this location.
        old: String,
        /// What it is for.
        new: String,
    },
    /// A mirror that is not for digests only is new in a table.
    MirrorAdded {
        /// The table's scope.
        scope: String,
        /// The mirror.
        location: String,
        /// What it is for.
        kind: AddedKind,
    },
    /// A table is new that is not for digests only, be it because it has no mirrors.
    Added {
        /// Its scope.
        scope: String,
        /// How the release tells.
        kind: AddedKind,
    },
}

/// A text of a table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TextKey {
    /// `prefix`.
    Prefix,
    /// `location`.
    Location,
}

/// A flag of a table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FlagKey {
    /// `blocked`.
    Blocked,
    /// `insecure`.
    Insecure,
    /// `mirror-by-digest-only`, until 4.12.
    MirrorByDigestOnly,
}

/// How a release tells that something new is not for digests only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AddedKind {
    /// Until 4.12: the table does not have `mirror-by-digest-only`.
    Table,
    /// From 4.13: this is the `pull-from-mirror` of a mirror; of a table, of any mirror.
    Mirror(String),
}

impl fmt::Display for Unsafe {
    /// The line that the node logs, without the path; where it logs nothing, a line like those.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsafe::SearchShorter => f.write_str("unqualified-search-registries has been removed"),
            Unsafe::SearchChanged(at) => {
                write!(f, "unqualified-search-registries has changed at {at}")
            }
            Unsafe::Removed { scope } => write!(f, "registry {scope} has been removed"),
            Unsafe::TextChanged {
                scope,
                key,
                old,
                new,
            } => write!(
                f,
                "{key} value for registry {scope} has changed from {old} to {new}"
            ),
            Unsafe::FlagChanged { scope, key, new } => write!(
                f,
                "{key} value for registry {scope} has changed from {} to {new}",
                !new
            ),
            Unsafe::MirrorRemoved { scope, location } => {
                write!(f, "mirror {location} has been removed in registry {scope}")
            }
            Unsafe::PullFromMirrorChanged {
                location, old, new, ..
            } => write!(
                f,
                "pull-from-mirror value for mirror {location} has changed from {old} to {new} "
            ),
            Unsafe::MirrorAdded {
                scope,
                location,
                kind,
            } => {
                write!(f, "mirror {location} has been added in registry {scope} ")?;
                match kind {
                    AddedKind::Table => f.write_str("that has mirror-by-digest-only set to false "),
                    AddedKind::Mirror(kind) => {
                        write!(f, "that has pull-from-mirror set to {kind} ")
                    }
                }
            }
            Unsafe::Added { scope, kind } => {
                write!(f, "registry {scope} has been added with ")?;
                f.write_str(match kind {
                    AddedKind::Table => "mirror-by-digest-only set to false",
                    AddedKind::Mirror(_) => "mirror does not set pull-from-mirror=digest-only",
                })
            }
        }
    }
}

impl fmt::Display for TextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TextKey::Prefix => "prefix",
            TextKey::Location => "location",
        })
    }
}

impl fmt::Display for FlagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FlagKey::Blocked => "blocked",
            FlagKey::Insecure => "insecure",
            FlagKey::MirrorByDigestOnly => "mirror-by-digest-only",
        })
    }
}

/// Everything that makes a change unsafe, in the order the node looks; it stops at the first.
///
/// Tables are compared in the order of their scopes, where the node's order is random.
/// Releases before 4.8 do not look and always drain; for them this tells what 4.8 would say.
pub fn unsafe_changes(old: &Conf, new: &Conf, version: OpenShift) -> Vec<Unsafe> {
    // From openshift/machine-config-operator, pkg/daemon/drain.go
    // `isSafeContainerRegistryConfChanges` of each release.
    let mut changes = Vec::new();
    compare_search(old, new, &mut changes);
    let old_tables = tables_by_scope(old, version);
    let new_tables = tables_by_scope(new, version);
    for scope in old_tables.keys() {
        if !new_tables.contains_key(scope) {
            let scope = (*scope).to_owned();
            changes.push(Unsafe::Removed { scope });
        }
    }
    for (scope, new) in &new_tables {
        let old = old_tables.get(scope);
        // Until BZ 2056442 an unchanged table was looked at as if it were new.
        let old = old.filter(|old| OpenShift::V4_10 <= version || !is_equal(old, new));
        match old {
            Some(old) if is_equal(old, new) => {}
            Some(old) => compare_tables(scope, old, new, version, &mut changes),
            None => changes.extend(added(scope, new, version)),
        }
    }
    changes
}

fn compare_search(old: &Conf, new: &Conf, changes: &mut Vec<Unsafe>) {
    let old = old.search.as_deref().unwrap_or_default();
    let new = new.search.as_deref().unwrap_or_default();
    if new.len() < old.len() {
        changes.push(Unsafe::SearchShorter);
    }
    for (at, (old, new)) in old.iter().zip(new).enumerate() {
        if old.value != new.value {
            changes.push(Unsafe::SearchChanged(at));
        }
    }
}

/// The last table of each scope; 4.8 goes by locations alone.
fn tables_by_scope(conf: &Conf, version: OpenShift) -> Map<&str, &Table> {
    let key = |table: &'_ Table| -> bool { version < OpenShift::V4_9 || table.prefix.is_empty() };
    conf.tables
        .iter()
        .map(|table| {
            let scope = if key(table) {
                &table.location
            } else {
                &table.prefix
            };
            (scope.as_str(), table)
        })
        .collect()
}

/// Whether two tables say the same, mirrors and their order included.
fn is_equal(old: &Table, new: &Table) -> bool {
    let Table {
        prefix,
        location,
        insecure,
        blocked,
        mirror_by_digest_only,
        pull_from_mirror,
        mirrors,
        has_mirrors: _,
        span: _,
        places: _,
        origins: _,
    } = old;
    let is_equal_mirror = |(old, new): (&TableMirror, &TableMirror)| {
        old.location == new.location
            && old.insecure == new.insecure
            && old.pull_from_mirror == new.pull_from_mirror
    };
    *prefix == new.prefix
        && *location == new.location
        && *insecure == new.insecure
        && *blocked == new.blocked
        && *mirror_by_digest_only == new.mirror_by_digest_only
        && *pull_from_mirror == new.pull_from_mirror
        && mirrors.len() == new.mirrors.len()
        && mirrors.iter().zip(&new.mirrors).all(is_equal_mirror)
}

fn compare_tables(
    scope: &str,
    old: &Table,
    new: &Table,
    version: OpenShift,
    changes: &mut Vec<Unsafe>,
) {
    let scope = || scope.to_owned();
    for (key, old, new) in [
        (TextKey::Prefix, &old.prefix, &new.prefix),
        (TextKey::Location, &old.location, &new.location),
    ] {
        if old != new {
            changes.push(Unsafe::TextChanged {
                scope: scope(),
                key,
                old: old.clone(),
                new: new.clone(),
            });
        }
    }
    let by_digest_only = (old.mirror_by_digest_only, new.mirror_by_digest_only);
    let is_by_table = version < OpenShift::V4_13;
    for (key, (old, new), is_looked_at) in [
        (FlagKey::Blocked, (old.blocked, new.blocked), true),
        (FlagKey::Insecure, (old.insecure, new.insecure), true),
        (FlagKey::MirrorByDigestOnly, by_digest_only, is_by_table),
    ] {
        if is_looked_at && old != new {
            let scope = scope();
            changes.push(Unsafe::FlagChanged { scope, key, new });
        }
    }
    if is_by_table && old.mirror_by_digest_only != new.mirror_by_digest_only {
        return;
    }
    let old_mirrors = first_mirrors(old);
    let new_mirrors = first_mirrors(new);
    for mirror in &old.mirrors {
        if !new_mirrors.contains_key(mirror.location.as_str()) {
            changes.push(Unsafe::MirrorRemoved {
                scope: scope(),
                location: mirror.location.clone(),
            });
        }
    }
    for mirror in &new.mirrors {
        let old_mirror = old_mirrors.get(mirror.location.as_str());
        let is_for_digests = mirror.pull_from_mirror == "digest-only";
        match old_mirror {
            Some(old_mirror) => {
                let is_same = mirror.pull_from_mirror == old_mirror.pull_from_mirror;
                if !is_by_table && !is_same && !is_for_digests {
                    changes.push(Unsafe::PullFromMirrorChanged {
                        scope: scope(),
                        location: mirror.location.clone(),
                        old: old_mirror.pull_from_mirror.to_string(),
                        new: mirror.pull_from_mirror.to_string(),
                    });
                }
            }
            None if new.mirror_by_digest_only || !is_by_table && is_for_digests => {}
            None => changes.push(Unsafe::MirrorAdded {
                scope: scope(),
                location: mirror.location.clone(),
                kind: if is_by_table {
                    AddedKind::Table
                } else {
                    AddedKind::Mirror(mirror.pull_from_mirror.to_string())
                },
            }),
        }
    }
}

/// The first mirror of each location.
fn first_mirrors(table: &Table) -> Map<&str, &TableMirror> {
    let mut mirrors = Map::new();
    for mirror in &table.mirrors {
        mirrors.entry(mirror.location.as_str()).or_insert(mirror);
    }
    mirrors
}

fn added(scope: &str, table: &Table, version: OpenShift) -> Option<Unsafe> {
    let other = table
        .mirrors
        .iter()
        .find(|mirror| mirror.pull_from_mirror != "digest-only");
    let kind = if version < OpenShift::V4_13 {
        (!table.mirror_by_digest_only).then_some(AddedKind::Table)?
    } else {
        match other {
            Some(mirror) => AddedKind::Mirror(mirror.pull_from_mirror.to_string()),
            None if !table.mirrors.is_empty() || table.mirror_by_digest_only => return None,
            None => AddedKind::Mirror(String::new()),
        }
    };
    let scope = scope.to_owned();
    Some(Unsafe::Added { scope, kind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Files;
    use crate::registries::conf;

    /// A registries.conf of one line per table: scope, flags, then mirrors as `location=kind`.
    fn read(lines: &str) -> Conf {
        let mut text = String::new();
        for line in lines.lines() {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("search") => {
                    let hosts: Vec<&str> = words.collect();
                    text += &format!("unqualified-search-registries = {hosts:?}\n");
                    continue;
                }
                Some(scope) if scope.starts_with('*') => {
                    text += &format!("[[registry]]\nprefix = {scope:?}\n");
                }
                Some(scope) => text += &format!("[[registry]]\nlocation = {scope:?}\n"),
                None => continue,
            }
            for word in words {
                text += &match word.split_once('=') {
                    None => format!("{word} = true\n"),
                    Some((location, kind)) => format!(
                        "[[registry.mirror]]\nlocation = {location:?}\npull-from-mirror = {kind:?}\n"
                    ),
                };
            }
        }
        let mut files = Files::new();
        let file = files.add("registries.conf", text);
        conf::decode(&files, file).expect("the text is well-formed")
    }

    #[test]
    fn each_release_looks_at_other_things() {
        let check = |version: &str, old: &str, new: &str, expected: &[&str]| {
            let version = OpenShift::parse(version).expect("it is a release");
            let found = unsafe_changes(&read(old), &read(new), version);
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{old:?} to {new:?} in {version}");
        };
        let digest_table = "a.com mirror-by-digest-only m.io=";
        let digest_mirror = "a.com m.io=digest-only";
        let added = "registry a.com has been added with mirror-by-digest-only set to false";
        let added_mirror =
            "registry a.com has been added with mirror does not set pull-from-mirror=digest-only";
        check("4.12", "", digest_table, &[]);
        check("4.12", "", digest_mirror, &[added]);
        check("4.13", "", digest_table, &[added_mirror]);
        check("4.13", "", digest_mirror, &[]);
        check("5.2", "", "a.com blocked insecure m.io=digest-only", &[]);
        check("5.2", "", "a.com blocked", &[added_mirror]);
        check("5.2", "", "a.com mirror-by-digest-only", &[]);
        check(
            "5.2",
            digest_mirror,
            "",
            &["registry a.com has been removed"],
        );

        // An unchanged table without mirrors, beside a safe change.
        let old = "b.com blocked";
        let new = "b.com blocked\na.com mirror-by-digest-only m.io=";
        let unchanged = "registry b.com has been added with mirror-by-digest-only set to false";
        check("4.8", old, new, &[unchanged]);
        check("4.9", old, new, &[unchanged]);
        check("4.10", old, new, &[]);

        // 4.8 takes all wildcards for one.
        let old = "*.a.com mirror-by-digest-only m.io=\n*.b.com mirror-by-digest-only m.io=";
        let new = "*.b.com mirror-by-digest-only m.io=";
        check("4.8", old, new, &[]);
        check("4.9", old, new, &["registry *.a.com has been removed"]);

        let flag = "mirror-by-digest-only value for registry a.com has changed from true to false";
        check("4.12", digest_table, "a.com m.io=", &[flag]);
        check("5.2", digest_table, "a.com m.io=", &[]);
        check("5.2", digest_table, digest_mirror, &[]);

        let both = "a.com m.io=digest-only m.io=tag-only";
        let changed =
            "pull-from-mirror value for mirror m.io has changed from digest-only to tag-only ";
        check("5.2", digest_mirror, both, &[changed]);
        check("5.2", both, both, &[]);
        check("5.2", both, &format!("{both} n.io=digest-only"), &[changed]);
        check("5.2", both, digest_mirror, &[]);
        let mirror = "mirror n.io has been added in registry a.com that has pull-from-mirror set to tag-only ";
        check(
            "5.2",
            digest_mirror,
            "a.com m.io=digest-only n.io=tag-only",
            &[mirror],
        );
        let mirror = "mirror n.io has been added in registry a.com that has mirror-by-digest-only set to false ";
        check("4.12", "a.com m.io=", "a.com m.io= n.io=", &[mirror]);

        check("5.2", "search a b", "search a b c", &[]);
        let shorter = "unqualified-search-registries has been removed";
        let changed = "unqualified-search-registries has changed at 0";
        check("5.2", "search a b", "search b", &[shorter, changed]);
        let all = [
            "blocked value for registry a.com has changed from false to true",
            "insecure value for registry a.com has changed from true to false",
            "mirror m.io has been removed in registry a.com",
        ];
        check(
            "5.2",
            "a.com insecure m.io=digest-only",
            "a.com blocked",
            &all,
        );
    }
}
