//! Every small configuration against every reference of a small world: a reference is always in a
//! class that is told, and fares as the class's witness does.

#![expect(clippy::panic, reason = "a world that is told wrong stops the test")]

use pullproof_core::file::{Files, Span, Spanned};
use pullproof_core::openshift::OpenShift;
use pullproof_core::reference::Reference;
use pullproof_core::regions::outcome::Outcome;
use pullproof_core::regions::{Also, Class, Names, Regions, short};
use pullproof_core::registries::load::{ConfFile, Registries, load};
use pullproof_core::registries::{Conf, Table, TableMirror};
use pullproof_core::resolve::{Resolution, resolve};
use std::collections::BTreeMap;

/// A scope with one of the things that may be said of it.
#[derive(Clone, Copy, Debug)]
struct Choice {
    scope: &'static str,
    /// Another location than the scope; empty where it is the scope.
    location: &'static str,
    mirrors: &'static [(&'static str, &'static str)],
    is_blocked: bool,
}

const SCOPES: [&str; 12] = [
    "a.b",
    "a.b/x",
    "a.b/x/y",
    "a.b:5",
    "c.a.b",
    "*.b",
    "*.a.b",
    "m.io/x",
    "m.io:5",
    "docker.io",
    "docker.io/library",
    "docker.io/x",
];

/// Locations, mirrors with their forms, and whether the entry is blocked.
type Said = (&'static str, &'static [(&'static str, &'static str)], bool);

const SAID: [Said; 8] = [
    ("", &[], true),
    ("", &[("m.io", "")], false),
    ("", &[("m.io/x", "digest-only"), ("a.b", "tag-only")], true),
    ("", &[("docker.io", "tag-only"), ("a.b/x", "")], false),
    (
        "",
        &[("short/x", "digest-only"), ("m.io", "tag-only")],
        false,
    ),
    ("", &[("c.a.b/x", "")], true),
    ("m.io", &[("n.io/y", "tag-only")], false),
    ("docker.io", &[], true),
];

fn tables(choices: &[Choice]) -> Vec<Table> {
    let tables = choices.iter().map(|choice| {
        let is_wildcard = choice.scope.starts_with('*');
        let location = match choice.location {
            "" if is_wildcard => "",
            "" => choice.scope,
            location => location,
        };
        let mirrors = choice.mirrors.iter().map(|(location, form)| TableMirror {
            location: (*location).to_owned(),
            pull_from_mirror: (*form).to_owned().into(),
            ..TableMirror::default()
        });
        Table {
            prefix: choice.scope.to_owned(),
            location: location.to_owned(),
            blocked: choice.is_blocked,
            mirrors: mirrors.collect(),
            ..Table::default()
        }
    });
    tables.collect()
}

/// `None` where the library refuses the tables together.
fn loaded(tables: Vec<Table>) -> Option<Registries> {
    let conf = Conf {
        tables,
        ..Conf::default()
    };
    let name = "registries.conf".to_owned();
    load(Some(ConfFile { name, conf }), Vec::new(), OpenShift::NEWEST).ok()
}

/// Every name of up to three components over two, behind hosts in, beside and below every scope.
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
        "g.a.b.a.b",
        "m.io",
        "m.io:5",
        "docker.io",
        "docker.io:7",
        "n.io",
    ];
    let components = ["x", "y", "w", "library"];
    let mut paths: Vec<String> = components.map(str::to_owned).to_vec();
    for first in components {
        for second in components {
            paths.push(format!("{first}/{second}"));
            paths.push(format!("{first}/{second}/w"));
        }
    }
    let mut references = Vec::new();
    for host in hosts {
        for path in &paths {
            for end in [":1".to_owned(), format!("@sha256:{}", "1".repeat(64))] {
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

/// What is behind a prefix stands behind each location in its place.
fn is_rewritten(registries: &Registries, resolution: &Resolution) -> bool {
    let name = resolution.reference.as_str();
    let Some(registry) = resolution.registry.map(|id| registries.registry(id)) else {
        return true;
    };
    let host_end = name.find(['/', ':']).unwrap_or(name.len());
    let covered = match registry.prefix.starts_with('*') {
        true => host_end,
        false => registry.prefix.len(),
    };
    let mut attempts = resolution.attempts.iter().flatten();
    attempts.all(|attempt| attempt.reference.as_str().ends_with(&name[covered..]))
}

/// Checks every reference against the witness of its class; gives how many classes there are.
fn check(sides: &[&Registries], references: &[Reference]) -> usize {
    let also = Also::default();
    let regions = match sides {
        [one] => Regions::of(one, &also),
        [before, after, ..] => Regions::of_both(before, after, &also),
        [] => panic!("nothing to check"),
    };
    let outcomes = |reference: &Reference| -> Vec<Outcome> {
        let outcomes = sides.iter().map(|registries| {
            let resolution = resolve(registries, reference);
            assert!(is_rewritten(registries, &resolution), "{resolution:?}");
            Outcome::of(&resolution)
        });
        outcomes.collect()
    };
    let world = || {
        let lists = sides.iter().map(|registries| registries.list());
        format!("{:#?}", lists.collect::<Vec<_>>())
    };
    let mut told: BTreeMap<Class<'_>, (Reference, Vec<Outcome>)> = BTreeMap::new();
    let scopes = regions.scopes();
    let of_scopes = scopes.iter().flat_map(|scope| {
        let told = regions.of_scope(scope, Names::All);
        assert!(!told.is_cut, "{scope}");
        told.regions
    });
    for region in of_scopes.chain(regions.outside()) {
        let witness = region.witness;
        assert_eq!(regions.class_of(&witness), region.class, "{witness}");
        let outcomes = outcomes(&witness);
        let earlier = told.insert(region.class, (witness, outcomes));
        assert_eq!(earlier, None, "{:?} {}", region.class, world());
    }
    for reference in references {
        let class = regions.class_of(reference);
        match told.get(&class) {
            Some((witness, expected)) => {
                assert_eq!(
                    &outcomes(reference),
                    expected,
                    "{reference} {witness} {}",
                    world()
                );
            }
            None => panic!("{reference} {class:?} {told:#?} {}", world()),
        }
    }
    told.len()
}

/// Each scope with each of the things that may be said of it.
fn choices(scopes: &[&'static str], said: &[Said]) -> Vec<Choice> {
    let mut choices = Vec::new();
    for scope in scopes {
        for (location, mirrors, is_blocked) in said {
            choices.push(Choice {
                scope,
                location,
                mirrors,
                is_blocked: *is_blocked,
            });
        }
    }
    choices
}

/// Every configuration of up to `n_max` different scopes.
fn worlds(choices: &[Choice], n_max: usize) -> Vec<Vec<Choice>> {
    let mut worlds: Vec<Vec<Choice>> = vec![Vec::new()];
    let mut start = 0;
    for _ in 0..n_max {
        let end = worlds.len();
        for idx in start..end {
            let world = worlds[idx].clone();
            // Scopes in order, so that each set of them comes once.
            let last = world.last().map(|choice| choice.scope);
            let after = choices.iter().filter(|choice| {
                let at = |scope: &str| choices.iter().position(|it| it.scope == scope);
                last.is_none_or(|last| at(last) < at(choice.scope))
            });
            worlds.extend(after.map(|choice| [world.as_slice(), &[*choice]].concat()));
        }
        start = end;
    }
    worlds
}

/// Checks worlds, each with one of `n_parts` parts of all references after the other.
fn check_all(worlds: &[Vec<Choice>], n_parts: usize) -> usize {
    let references = references();
    let (mut n_worlds, mut n_checked, mut n_classes) = (0, 0, 0);
    for world in worlds {
        let Some(registries) = loaded(tables(world)) else {
            continue;
        };
        let part = references.iter().skip(n_worlds % n_parts).step_by(n_parts);
        let part: Vec<Reference> = part.cloned().collect();
        n_worlds += 1;
        n_checked += part.len();
        n_classes += check(&[&registries], &part);
    }
    println!("{n_worlds} configurations, {n_checked} references, {n_classes} classes");
    n_checked
}

#[test]
fn every_reference_fares_as_its_class_in_every_world_of_three_scopes() {
    let scopes = ["a.b", "a.b/x", "a.b/x/y", "*.b", "m.io/x", "docker.io"];
    let n_checked = check_all(&worlds(&choices(&scopes, &SAID[..4]), 3), 1);
    assert!(500_000 < n_checked, "{n_checked}");
}

#[test]
fn every_reference_fares_as_its_class_in_every_world_of_two_of_many_scopes() {
    let n_checked = check_all(&worlds(&choices(&SCOPES, &SAID), 2), 1);
    assert!(1_000_000 < n_checked, "{n_checked}");
}

#[test]
fn some_references_fare_as_their_class_in_every_world_of_three_of_many_scopes() {
    let n_checked = check_all(&worlds(&choices(&SCOPES, &SAID), 3), 37);
    assert!(1_000_000 < n_checked, "{n_checked}");
}

/// The classes of what a short name may be, in order.
fn classes<'a>(regions: &Regions<'a>, registries: &Registries, name: &str) -> Vec<Class<'a>> {
    let classes = short::classes(regions, registries, name).into_iter();
    classes.map(|(_, class)| class).collect()
}

#[test]
fn every_short_name_is_completed_as_one_that_is_told() {
    let mut names = Vec::new();
    let components = ["x", "y", "library", "w"];
    for first in components {
        names.push(first.to_owned());
        for second in components {
            names.push(format!("{first}/{second}"));
            names.extend(components.map(|third| format!("{first}/{second}/{third}")));
        }
    }
    let choices = choices(&SCOPES, &SAID[..3]);
    let place = Span::new(Files::new().add("registries.conf", ""), 0, 0);
    let mut n_checked = 0;
    for world in worlds(&choices, 2) {
        let mut tables = tables(&world);
        let searches: [&[&str]; 3] = [&["a.b"], &["docker.io", "m.io"], &[]];
        for search in searches {
            let search = search
                .iter()
                .map(|host| Spanned::new((*host).to_owned(), place));
            let conf = Conf {
                tables: std::mem::take(&mut tables),
                search: Some(search.collect()),
                ..Conf::default()
            };
            let name = "registries.conf".to_owned();
            let main = ConfFile {
                name,
                conf: conf.clone(),
            };
            tables = conf.tables;
            let Ok(registries) = load(Some(main), Vec::new(), OpenShift::NEWEST) else {
                continue;
            };
            let regions = Regions::of(&registries, &Also::default());
            let told = short::names(&[&registries], &regions);
            let told = told.iter().map(|name| classes(&regions, &registries, name));
            let told: Vec<Vec<Class<'_>>> = told.collect();
            for name in &names {
                let classes = classes(&regions, &registries, name);
                assert!(told.contains(&classes), "{name} {world:?}");
                n_checked += 1;
            }
        }
    }
    assert!(100_000 < n_checked, "{n_checked}");
}
