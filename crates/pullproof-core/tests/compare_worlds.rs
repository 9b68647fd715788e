//! Pairs of small configurations, made up at random: a pull that changes is never kept back, and
//! what is told to change does.

#![expect(clippy::panic, reason = "a world that is told wrong stops the test")]

use pullproof_core::compare::compare;
use pullproof_core::reference::Reference;
use pullproof_core::regions::Extent;
use pullproof_core::registries::Table;
use pullproof_core::registries::load::Registries;
use pullproof_core::resolve::resolve;

mod worlds;

use worlds::{Numbers, loaded, references};

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
