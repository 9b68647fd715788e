//! Merging against its own rules told naively, and its limits.

use super::*;
use crate::file::Files;
use crate::openshift::OpenShift;
use crate::resource::mirror_set::{MirrorEntry, MirrorSetKind};
use crate::scope::is_nested_by;

/// The rules in the order they are told, each by asking every table about every scope.
fn edit_naively(conf: &mut Conf, changes: &Changes<'_>, version: OpenShift) -> Result<(), String> {
    let nested = |scope: &str, outer: &str| is_nested_by(Nesting::of(version), scope, outer);
    let get = |conf: &mut Conf, scope: &str| -> usize {
        let existing = |table: &Table| scope_of(table, version) == scope;
        if let Some(at) = conf.tables.iter().position(existing) {
            return at;
        }
        let mut table = Table::default();
        if OpenShift::V4_9 <= version && scope.starts_with("*.") {
            table.prefix = scope.to_owned();
        } else {
            table.location = scope.to_owned();
        }
        conf.tables.push(table);
        conf.tables.len() - 1
    };
    let digest = sources::merged(sources::digest_entries(changes.mirror_sets, version));
    let tag = sources::merged(sources::tag_entries(changes.mirror_sets, version));
    for (sources, pull_from_mirror) in [(&digest, "digest-only"), (&tag, "tag-only")] {
        for source in sources {
            let at = get(conf, source.source);
            conf.tables[at].blocked |= source.policy == SourcePolicy::NeverContactSource;
            conf.tables[at].mirror_by_digest_only |= version < OpenShift::V4_13;
            for mirror in &source.mirrors {
                let is_per_mirror = OpenShift::V4_13 <= version;
                conf.tables[at].mirrors.push(TableMirror {
                    location: mirror.location.to_owned(),
                    pull_from_mirror: if is_per_mirror { pull_from_mirror } else { "" }
                        .to_owned()
                        .into(),
                    ..TableMirror::default()
                });
            }
        }
    }
    if OpenShift::V4_9 <= version {
        for scope in changes.blocked {
            get(conf, &scope.value);
        }
    }
    for scope in changes.insecure {
        get(conf, &scope.value);
        for table in &mut conf.tables {
            table.insecure |= nested(scope_of(table, version), &scope.value);
            for mirror in &mut table.mirrors {
                mirror.insecure |= nested(&mirror.location, &scope.value);
            }
        }
    }
    for scope in changes.blocked {
        get(conf, &scope.value);
        for table in &mut conf.tables {
            table.blocked |= nested(scope_of(table, version), &scope.value);
        }
    }
    if version < OpenShift::V4_11 {
        return Ok(());
    }
    for source in digest.iter().chain(&tag) {
        let at = get(conf, source.source);
        for heir in 0..conf.tables.len() {
            let scope = scope_of(&conf.tables[heir], version).to_owned();
            let inherits = scope != source.source
                && nested(&scope, source.source)
                && conf.tables[heir].mirrors.is_empty();
            if inherits {
                let mirrors = &conf.tables[at].mirrors;
                let mirrors = adjusted_mirrors(source.source, &scope, mirrors)?;
                conf.tables[heir].mirrors = mirrors;
                if version < OpenShift::V4_13 {
                    let only = conf.tables[at].mirror_by_digest_only;
                    conf.tables[heir].mirror_by_digest_only = only;
                }
            }
        }
    }
    Ok(())
}

/// A small generator of numbers, the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("it is below a usize")
    }

    fn scope(&mut self, span: Span) -> Spanned<String> {
        const HOSTS: [&str; 9] = [
            "a.com",
            "b.a.com",
            "c.b.a.com",
            "m.io",
            "*.com",
            "*.a.com",
            "*.io",
            "a.com:50",
            "",
        ];
        const PATHS: [&str; 6] = ["", "", "/x", "/x/y", "/x/y/z", "/"];
        let text = [HOSTS[self.below(9)], PATHS[self.below(6)]].concat();
        Spanned::new(text, span)
    }

    fn scopes(&mut self, below: usize, span: Span) -> Vec<Spanned<String>> {
        let n_scopes = self.below(below);
        (0..n_scopes).map(|_| self.scope(span)).collect()
    }

    fn mirror_set(&mut self, span: Span) -> MirrorSet {
        let kinds = MirrorSetKind::ALL;
        let n_entries = self.below(4);
        let entries = (0..n_entries).map(|_| MirrorEntry {
            source: self.scope(span),
            mirrors: self.scopes(4, span),
            policy: match self.below(3) {
                0 => Some(Spanned::new(SourcePolicy::NeverContactSource, span)),
                _ => None,
            },
            unknown_policy: None,
            span,
        });
        let entries = entries.collect();
        MirrorSet {
            kind: kinds[self.below(3)],
            name: Spanned::new("name".to_owned(), span),
            entries,
            span,
        }
    }

    fn conf(&mut self, span: Span) -> Conf {
        let mut conf = Conf::default();
        for _ in 0..self.below(4) {
            let mut table = Table {
                location: self.scope(span).value,
                ..Table::default()
            };
            if self.below(2) == 0 {
                table.prefix = self.scope(span).value;
            }
            table.insecure = self.below(4) == 0;
            for mirror in self.scopes(3, span) {
                table.mirrors.push(TableMirror {
                    location: mirror.value,
                    ..TableMirror::default()
                });
            }
            conf.tables.push(table);
        }
        conf
    }
}

fn without_origins(mut conf: Conf) -> Conf {
    for table in &mut conf.tables {
        table.origins.clear();
        for mirror in &mut table.mirrors {
            mirror.origins.clear();
        }
    }
    conf
}

fn nowhere() -> Span {
    Span::new(Files::new().add("objects", ""), 0, 0)
}

#[test]
fn merging_by_index_equals_merging_by_asking() {
    let span = nowhere();
    let mut numbers = Numbers(0x5eed_1234_5678_9abc);
    let mut n_refused = 0;
    for round in 0..20_000 {
        let sets: Vec<MirrorSet> = (0..3).map(|_| numbers.mirror_set(span)).collect();
        let sets: Vec<&MirrorSet> = sets.iter().collect();
        let changes = Changes {
            mirror_sets: &sets,
            insecure: &numbers.scopes(4, span),
            blocked: &numbers.scopes(4, span),
        };
        let mut by_index = numbers.conf(span);
        let mut by_asking = by_index.clone();
        let (version, _) = OpenShift::ALL[numbers.below(OpenShift::ALL.len())];
        let indexed = edit(&mut by_index, &changes, version);
        let asked = edit_naively(&mut by_asking, &changes, version);
        match asked {
            Ok(()) => {
                assert_eq!(indexed, Ok(()), "round {round}");
                assert_eq!(without_origins(by_index), by_asking, "round {round}");
            }
            Err(text) => {
                n_refused += 1;
                let refusals = indexed.expect_err("the other was refused");
                assert_eq!(refusals[0].reason(), text, "round {round}");
            }
        }
    }
    assert!(1_000 < n_refused, "only {n_refused} were refused");
}

#[test]
fn everything_keeps_the_places_it_comes_from() {
    let mut files = Files::new();
    let file = files.add("objects", "0123456789");
    let at = |at: usize| Span::new(file, at, at + 1);
    let text = |text: &str, span: Span| Spanned::new(text.to_owned(), span);
    let set = MirrorSet {
        kind: MirrorSetKind::ImageDigestMirrorSet,
        name: text("set", at(0)),
        entries: vec![MirrorEntry {
            source: text("a.com", at(1)),
            mirrors: vec![text("m.io/a", at(2)), text("n.io", at(3))],
            policy: Some(Spanned::new(SourcePolicy::NeverContactSource, at(4))),
            unknown_policy: None,
            span: at(0),
        }],
        span: at(0),
    };
    let changes = Changes {
        mirror_sets: &[&set],
        insecure: &[text("m.io", at(5)), text("a.com/x", at(6))],
        blocked: &[text("a.com", at(7)), text("a.com", at(8))],
    };
    let mut conf = Conf::default();
    assert_eq!(edit(&mut conf, &changes, OpenShift::NEWEST), Ok(()));
    let origins = |origins: &[Origin]| {
        let origins = origins.iter();
        origins
            .map(|origin| format!("{}{:?}", files.slice(origin.span), origin.role))
            .collect::<Vec<String>>()
            .join(" ")
    };
    let mut found = Vec::new();
    for table in &conf.tables {
        found.push(format!("{}: {}", table.scope(), origins(&table.origins)));
        for mirror in &table.mirrors {
            found.push(format!(
                "- {}: {}",
                mirror.location,
                origins(&mirror.origins)
            ));
        }
    }
    let expected = [
        "a.com: 1Source 4NeverContactSource 7Blocked",
        "- m.io/a: 2Mirror 5Insecure",
        "- n.io: 3Mirror",
        "m.io: 5Insecure",
        "a.com/x: 6Insecure 7Blocked 1InheritedFrom",
        "- m.io/a/x: 2Mirror 5Insecure",
        "- n.io/x: 3Mirror",
    ];
    assert_eq!(found, expected);
}

#[test]
fn ten_thousand_sources_are_merged_at_once() {
    let span = nowhere();
    let text = |text: String| Spanned::new(text, span);
    let set = MirrorSet {
        kind: MirrorSetKind::ImageDigestMirrorSet,
        name: text("set".to_owned()),
        entries: (0..10_000)
            .map(|at| MirrorEntry {
                source: text(format!("r{at}.example.com/ns")),
                mirrors: vec![text(format!("mirror.local/m{at}"))],
                policy: None,
                unknown_policy: None,
                span,
            })
            .collect(),
        span,
    };
    let scopes = |tail: &str| -> Vec<Spanned<String>> {
        let scope = |at| text(format!("r{at}.example.com/ns{tail}"));
        (0..10_000).map(scope).collect()
    };
    let changes = Changes {
        mirror_sets: &[&set],
        insecure: &scopes("/insecure"),
        blocked: &scopes("/blocked"),
    };
    let mut conf = Conf::default();
    assert_eq!(edit(&mut conf, &changes, OpenShift::NEWEST), Ok(()));
    assert_eq!(conf.tables.len(), 30_000);
}

#[test]
fn what_is_inherited_has_a_limit() {
    let span = nowhere();
    let check = |n_heirs: usize, expected: Result<(), Vec<Refusal>>| {
        let text = |text: String| Spanned::new(text, span);
        // With the 64 bytes around it and `/xxxx`, each inherited mirror counts 1 MiB.
        let location = "m".repeat((1 << 20) - 64 - 5);
        let set = MirrorSet {
            kind: MirrorSetKind::ImageDigestMirrorSet,
            name: text("set".to_owned()),
            entries: vec![MirrorEntry {
                source: text("a.com".to_owned()),
                mirrors: vec![text(location)],
                policy: None,
                unknown_policy: None,
                span,
            }],
            span,
        };
        let heirs = (0..n_heirs).map(|at| text(format!("a.com/{at:04}")));
        let changes = Changes {
            mirror_sets: &[&set],
            insecure: &[],
            blocked: &heirs.collect::<Vec<_>>(),
        };
        let edited = edit(&mut Conf::default(), &changes, OpenShift::NEWEST);
        assert_eq!(edited, expected, "{n_heirs} heirs");
    };
    let most = MAX_INHERITED_BYTES >> 20;
    check(most, Ok(()));
    check(most + 1, Err(vec![Refusal::TooLarge]));
}
