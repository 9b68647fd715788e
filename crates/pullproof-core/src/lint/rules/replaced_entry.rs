//! `replaced-entry`: an entry of a registries.conf of which another with its prefix leaves nothing.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::{code, codes};
use crate::lint::{Emit, Rule, Subject, conf};
use crate::model::Model;
use crate::model::confs::{ConfFile, ConfSet};
use crate::registries::{Table, TableMirror};
use crate::sorted::{Entry, Map, Set};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "replaced-entry",
        code: "PP046",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("replaced_entry.md"),
    },
    looks_at: Subject::Confs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for set in &model.confs {
        let mut earlier: Map<&str, (&ConfFile, &Table)> = Map::new();
        for file in &set.files {
            let entries = entries(set, file, emit);
            for (prefix, table) in entries {
                let replaced = earlier.insert(prefix, (file, table));
                if let Some((other, replaced)) = replaced {
                    tell_replaced(set, prefix, (other, replaced), table, emit);
                }
            }
        }
    }
}

/// The entries of one file by prefix; the first of each counts, and the others are told.
///
/// From containers/image, pkg/sysregistriesv2 `loadConfigFile`.
fn entries<'a>(set: &ConfSet, file: &'a ConfFile, emit: &mut Emit<'_>) -> Map<&'a str, &'a Table> {
    let mut entries = Map::new();
    let tables = file.conf.iter().flat_map(|conf| &conf.tables);
    for table in tables {
        let prefix = table.scope().trim_end_matches('/');
        match entries.entry(prefix) {
            Entry::Vacant(vacant) => {
                vacant.insert(table);
            }
            Entry::Occupied(first) => tell_passed_over(set, first.get(), table, emit),
        }
    }
    entries
}

fn tell_passed_over(set: &ConfSet, first: &Table, table: &Table, emit: &mut Emit<'_>) {
    let Some(span) = place(table) else { return };
    let prefix = code(table.scope().trim_end_matches('/'));
    let is_same = is_same(first, table);
    // With one location and other flags the file does not load, which another rule tells.
    let flags = |table: &Table| (table.insecure, table.blocked);
    if source(first) == source(table) && flags(first) != flags(table) {
        return;
    }
    let (message, severity) = match is_same {
        true => (format!("{prefix} has this entry twice"), Severity::Info),
        false => (
            format!("this entry of {prefix} is not read: the first with its prefix counts"),
            Severity::Error,
        ),
    };
    let finding = conf::add(emit, set, span, message);
    finding.severity(severity);
    if let Some(first) = place(first) {
        finding.also(first, "the first");
    }
    finding.help(match is_same {
        true => "remove one",
        false => "join them, with all mirrors in one",
    });
}

/// From containers/image, pkg/sysregistriesv2 `updateWithConfigurationFrom`.
fn tell_replaced(
    set: &ConfSet,
    prefix: &str,
    (file, replaced): (&ConfFile, &Table),
    table: &Table,
    emit: &mut Emit<'_>,
) {
    let kept: Set<&str> = table.mirrors.iter().map(location).collect();
    let mirrors: Vec<&str> = replaced.mirrors.iter().map(location).collect();
    let lost = mirrors.into_iter().filter(|mirror| !kept.contains(mirror));
    let lost: Vec<&str> = lost.collect();
    let mut parts = Vec::new();
    match lost.len() {
        0 => {}
        1 => parts.push(format!("mirror {}", codes(lost))),
        _ => parts.push(format!("mirrors {}", codes(lost))),
    }
    for (key, was, is) in [
        ("blocked", replaced.blocked, table.blocked),
        ("insecure", replaced.insecure, table.insecure),
    ] {
        if was && !is {
            parts.push(format!("`{key}`"));
        }
    }
    let Some(span) = place(table).filter(|_| !parts.is_empty()) else {
        return;
    };
    let message = format!(
        "this replaces all of {} in {}, which loses {}",
        code(prefix),
        code(&file.name),
        parts.join(" and ")
    );
    let finding = conf::add(emit, set, span, message);
    if let Some(span) = place(replaced) {
        finding.also(span, "what it replaces");
    }
    finding.help("write all of the entry here: nodes do not join entries of several files");
}

fn location(mirror: &TableMirror) -> &str {
    mirror.location.trim_end_matches('/')
}

/// Whether two entries with one prefix say the same.
fn is_same(left: &Table, right: &Table) -> bool {
    let flags = |table: &Table| [table.insecure, table.blocked, table.mirror_by_digest_only];
    let is_same_mirror = |(left, right): (&TableMirror, &TableMirror)| {
        location(left) == location(right)
            && left.insecure == right.insecure
            && left.pull_from_mirror == right.pull_from_mirror
    };
    source(left) == source(right)
        && flags(left) == flags(right)
        && left.mirrors.len() == right.mirrors.len()
        && left.mirrors.iter().zip(&right.mirrors).all(is_same_mirror)
}

fn source(table: &Table) -> &str {
    table.location.trim_end_matches('/')
}

fn place(table: &Table) -> Option<Span> {
    let prefix = table.places.prefix.filter(|_| !table.prefix.is_empty());
    prefix.or(table.places.location).or(table.span)
}
