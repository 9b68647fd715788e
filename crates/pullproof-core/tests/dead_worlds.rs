//! Entries of registries.conf, made up at random, that govern no class of references, and mirrors
//! that no class reaches: lint always says something of their table.

#![expect(clippy::panic, reason = "a world of another shape stops the test")]

mod worlds;

use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::regions::{Also, Names, Regions};
use pullproof_core::registries::Table;
use pullproof_core::resolve::{Endpoint, resolve};
use std::collections::BTreeSet;
use worlds::{Numbers, loaded};

/// A table as a file writes it.
fn written(table: &Table) -> String {
    let mut text = "[[registry]]\n".to_owned();
    let mut line = |key: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("{key} = {value:?}\n"));
        }
    };
    line("prefix", &table.prefix);
    line("location", &table.location);
    if table.blocked {
        text.push_str("blocked = true\n");
    }
    for mirror in &table.mirrors {
        text.push_str(&format!(
            "[[registry.mirror]]\nlocation = {:?}\n",
            mirror.location
        ));
        if !mirror.pull_from_mirror.is_empty() {
            text.push_str(&format!(
                "pull-from-mirror = {:?}\n",
                mirror.pull_from_mirror
            ));
        }
    }
    text
}

#[test]
fn whatever_does_nothing_is_told() {
    const N_WORLDS: usize = 2_000;
    let mut numbers = Numbers(5);
    let (mut n_dead, mut n_unreached) = (0, 0);
    for _ in 0..N_WORLDS {
        let mut tables = numbers.tables();
        if numbers.below(3) == 0
            && let Some(table) = tables.first_mut()
        {
            // Scopes that no name has.
            let scopes = ["index.docker.io/x", "a.b/X", "short/x", "a.b/x:1"];
            table.prefix = numbers.pick(&scopes).to_owned();
            table.location = "n.io".to_owned();
            table.blocked = false;
        }
        if numbers.below(4) == 0 {
            // A wildcard takes the pulls of a host that is as long.
            for scope in ["c.d.b", "*.d.b"] {
                tables.push(Table {
                    prefix: scope.to_owned(),
                    location: "n.io".to_owned(),
                    ..Table::default()
                });
            }
        }
        let mut seen = BTreeSet::new();
        tables.retain(|table| seen.insert(table.scope().to_owned()));
        let texts: Vec<String> = tables.iter().map(written).collect();
        // Of several tables the last counts, so that they are taken from behind.
        tables.reverse();
        let registries = loaded(tables);
        let mut files = pullproof_core::file::Files::new();
        let input = files.add("registries.conf", texts.concat());
        let settings = Settings {
            version: OpenShift::NEWEST,
            release_image: None,
        };
        let model = Model::build(&mut files, &[input], &settings);
        let findings = lint::run(&model, rules::ALL);
        let regions = Regions::of(&registries, &Also::default());
        let (mut governing, mut reached) = (BTreeSet::new(), BTreeSet::new());
        for scope in regions.scopes() {
            for region in regions.of_scope(scope, Names::All).regions {
                let Some(entry) = region.class.entry(0) else {
                    continue;
                };
                governing.insert(entry);
                let attempts = resolve(&registries, &region.witness).attempts;
                let attempts = attempts.iter().flatten();
                let sent = attempts.filter(|it| it.blocked_by.is_none() && it.refusal.is_none());
                for attempt in sent {
                    if let Endpoint::Mirror(idx) = attempt.endpoint {
                        reached.insert((entry, idx));
                    }
                }
            }
        }
        for (id, registry) in registries.entries() {
            let is_dead = !governing.contains(&id);
            let n_mirrors = u32::try_from(registry.mirrors.len()).unwrap();
            let is_unreached = (0..n_mirrors).any(|idx| !reached.contains(&(id, idx)));
            n_dead += usize::from(is_dead);
            n_unreached += usize::from(is_unreached && !is_dead);
            let start: usize = texts[..registry.table_idx].iter().map(String::len).sum();
            let table = start..start + texts[registry.table_idx].len();
            let is_told = findings
                .iter()
                .any(|it| table.contains(&it.span.range().start));
            assert!(
                is_told || !(is_dead || is_unreached),
                "{} in\n{}{findings:#?}",
                registry.prefix,
                texts.concat()
            );
        }
    }
    assert!(300 < n_dead && 100 < n_unreached, "{n_dead} {n_unreached}");
}
