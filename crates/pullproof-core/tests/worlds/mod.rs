//! Small configurations made up at random, and the references of their world.

#![allow(dead_code, reason = "each test takes what it needs")]

use pullproof_core::openshift::OpenShift;
use pullproof_core::reference::Reference;
use pullproof_core::registries::load::{ConfFile, Registries, load};
use pullproof_core::registries::{Conf, Table, TableMirror};

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
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// A number below `end`.
    // From Sebastiano Vigna, splitmix64.c.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap_or(0)
    }

    pub(crate) fn pick<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }

    pub(crate) fn table(&mut self) -> Table {
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
                pull_from_mirror: self.pick(&FORMS).into(),
                ..TableMirror::default()
            });
        }
        table
    }

    pub(crate) fn tables(&mut self) -> Vec<Table> {
        (0..self.below(5)).map(|_| self.table()).collect()
    }

    /// The tables with one thing or another changed.
    pub(crate) fn changed(&mut self, tables: &[Table]) -> Vec<Table> {
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

pub(crate) fn loaded(mut tables: Vec<Table>) -> Registries {
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
pub(crate) fn references() -> Vec<Reference> {
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
