//! Pairs of small configurations, made up at random: a pull that changes is never kept back, and
//! what is told to change does.

#![expect(clippy::panic, reason = "a world that is told wrong stops the test")]

use pullproof_core::compare::compare;
use pullproof_core::openshift::OpenShift;
use pullproof_core::reference::Reference;
use pullproof_core::regions::Extent;
use pullproof_core::registries::load::{ConfFile, Registries, load};
use pullproof_core::registries::{Conf, Table, TableMirror};
use pullproof_core::resolve::resolve;

const SCOPES: [&str; 15] = [
    "a.b",
    "a.b/x",
    "a.b/x/y",
    "a.b/x/y/z",
    "a.b:5",
    "c.a.b",
    "c.a.b/x",
    "*.b",
    "*.a.b",
    "m.io",
    "m.io/x",
    "m.io/x/y",
    "m.io:5",
    "docker.io",
    "docker.io/library",
];

const MIRRORS: [&str; 10] = [
    "m.io",
    "m.io/x",
    "m.io/x/y/long",
    "n.io/x",
    "a.b",
    "a.b/x",
    "c.a.b/x",
    "docker.io",
    "docker.io/x",
    "short/x",
];

const FORMS: [&str; 3] = ["", "digest-only", "tag-only"];

/// Numbers without pattern, the same at every run.
struct Numbers(u64);

impl Numbers {
    /// A number below `end`.
    // From Sebastiano Vigna, splitmix64.c.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap_or(0)
    }

    fn pick<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }

    fn table(&mut self) -> Table {
        let scope = self.pick(&SCOPES).to_owned();
        let is_wildcard = scope.starts_with('*');
        let mut table = Table {
            blocked: self.below(4) == 0,
            location: if is_wildcard {
                String::new()
            } else {
                scope.clone()
            },
            prefix: if is_wildcard { scope } else { String::new() },
            ..Table::default()
        };
        for _ in 0..self.below(3) {
            table.mirrors.push(TableMirror {
                location: self.pick(&MIRRORS).to_owned(),
                pull_from_mirror: self.pick(&FORMS).to_owned(),
                ..TableMirror::default()
            });
        }
        table
    }

    fn tables(&mut self) -> Vec<Table> {
        (0..self.below(5)).map(|_| self.table()).collect()
    }

    /// The tables with one thing or another changed.
    fn changed(&mut self, tables: &[Table]) -> Vec<Table> {
        let mut tables = tables.to_vec();
        for _ in 0..=self.below(2) {
            let at = self.below(tables.len() + 1);
            match tables.get_mut(at) {
                None => tables.push(self.table()),
                Some(_) if self.below(3) == 0 => _ = tables.remove(at),
                Some(table) if self.below(2) == 0 => table.blocked = !table.blocked,
                Some(table) => table.mirrors = self.table().mirrors,
            }
        }
        tables
    }
}

fn loaded(mut tables: Vec<Table>) -> Registries {
    // The last of several with one scope counts, as with objects.
    tables.reverse();
    let mut seen = Vec::new();
    tables.retain(|table| {
        let scope = table.scope().to_owned();
        let is_new = !seen.contains(&scope);
        seen.push(scope);
        is_new
    });
    let conf = Conf {
        tables,
        ..Conf::default()
    };
    let name = "registries.conf".to_owned();
    match load(Some(ConfFile { name, conf }), Vec::new(), OpenShift::NEWEST) {
        Ok(registries) => registries,
        Err(errors) => panic!("{errors:?}"),
    }
}

/// References in, beside and below every scope.
fn references() -> Vec<Reference> {
    let hosts = [
        "a.b",
        "a.b:5",
        "a.b:7",
        "c.a.b",
        "c.a.b:7",
        "d.a.b",
        "e.b",
        "f.b.a.b",
        "m.io",
        "m.io:5",
        "m.io:7",
        "docker.io",
        "n.io",
    ];
    let paths = [
        "x",
        "w",
        "x/y",
        "x/w",
        "x/y/z",
        "x/y/w",
        "x/y/z/w",
        "x/y/long",
        "library/w",
        "w/x/y/z/v",
        "y",
        "y/z",
    ];
    let end = format!("@sha256:{}", "0".repeat(64));
    let mut references = Vec::new();
    for host in hosts {
        for path in paths {
            for end in [":1", &end] {
                let text = format!("{host}/{path}{end}");
                match Reference::parse_normalized(&text) {
                    Ok(reference) => references.push(reference),
                    Err(error) => panic!("{text}: {error}"),
                }
            }
        }
    }
    references
}

fn contacted(registries: &Registries, reference: &Reference) -> Vec<String> {
    let attempts = resolve(registries, reference).attempts.unwrap_or_default();
    let sent = attempts
        .iter()
        .filter(|it| it.blocked_by.is_none() && it.refusal.is_none());
    sent.map(|it| it.reference.to_string()).collect()
}

/// Checks one pair of worlds; gives the number of references that change.
fn check(before: &[Table], after: &[Table], references: &[Reference]) -> usize {
    let world = || format!("from {before:#?} to {after:#?}");
    let (before, after) = (loaded(before.to_vec()), loaded(after.to_vec()));
    let changed = compare(&before, &after);
    for pull in &changed {
        assert_ne!(pull.extent, Extent::ShortName, "{pull:?} {}", world());
        let Ok(reference) = Reference::parse(&pull.witness) else {
            panic!("{pull:?} {}", world());
        };
        assert_eq!(pull.before, contacted(&before, &reference), "{}", world());
        assert_eq!(pull.after, contacted(&after, &reference), "{}", world());
        assert_ne!(pull.before, pull.after, "{}", world());
    }
    let mut n_changed = 0;
    for reference in references {
        let sides = [contacted(&before, reference), contacted(&after, reference)];
        if sides[0] == sides[1] {
            continue;
        }
        n_changed += 1;
        // Some witness is governed by the same entries, and changes as much.
        let entries = [&before, &after].map(|it| resolve(it, reference).registry);
        let is_alike = changed.iter().any(|pull| {
            [pull.entry_before, pull.entry_after] == entries
                && pull.before.len() == sides[0].len()
                && pull.after.len() == sides[1].len()
        });
        assert!(is_alike, "{reference} {sides:?} {changed:#?} {}", world());
    }
    assert_eq!(compare(&before, &before), [], "{}", world());
    n_changed
}

#[test]
fn every_pull_that_changes_has_a_witness() {
    const N_WORLDS: usize = 6_000;
    let references = references();
    let mut numbers = Numbers(7);
    let mut n_changed = 0;
    for world in 0..N_WORLDS {
        let before = numbers.tables();
        let after = match world % 3 {
            0 => numbers.tables(),
            _ => numbers.changed(&before),
        };
        n_changed += check(&before, &after, &references);
    }
    assert!(100_000 < n_changed, "{n_changed}");
}
