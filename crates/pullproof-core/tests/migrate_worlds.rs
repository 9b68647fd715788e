//! Migrations of many worlds: pulls stay, and a change that breaks this is found out.

#![expect(
    clippy::unwrap_used,
    reason = "a world that cannot be read stops the test"
)]

use pullproof_core::file::{FileId, Files};
use pullproof_core::migrate::plan::{Migrated, Twins, plan, refusals};
use pullproof_core::migrate::proof::{Claim, Proof, Stage, prove};
use pullproof_core::model::Settings;
use pullproof_core::openshift::OpenShift;
use std::fmt::Write as _;

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn one<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }
}

const SOURCES: [&str; 8] = [
    "quay.io",
    "quay.io/a",
    "quay.io/a/b",
    "docker.io/library",
    "registry.redhat.io",
    "\"*.redhat.io\"",
    "m.example:5000/x",
    "localhost:5001",
];
const MIRRORS: [&str; 6] = [
    "m.example:5000",
    "m.example:5000/x",
    "m2.example/y",
    "quay.io/a",
    "quay.io",
    "localhost:5001/z",
];

fn list(text: &mut String, numbers: &mut Numbers) {
    for _ in 0..numbers.below(4) {
        write!(
            text,
            "  - source: {}\n    mirrors: [",
            numbers.one(&SOURCES)
        )
        .unwrap();
        let mut mirrors: Vec<&str> = Vec::new();
        for _ in 0..numbers.below(4) {
            let mirror = numbers.one(&MIRRORS);
            if !mirrors.contains(&mirror) {
                mirrors.push(mirror);
            }
        }
        writeln!(text, "{}]", mirrors.join(", ")).unwrap();
    }
    text.push_str("  x: []\n");
}

/// Some policies in one stream, and a digest mirror set beside them.
fn world(seed: u64) -> (String, String) {
    let mut numbers = Numbers(seed);
    numbers.below(2);
    let mut policies = String::new();
    for name in 0..1 + numbers.below(3) {
        write!(
            policies,
            "---\n# Policy {name}.\napiVersion: operator.openshift.io/v1alpha1\n\
             kind: ImageContentSourcePolicy\nmetadata:\n  name: p{name}\n  uid: u\nspec:\n  \
             repositoryDigestMirrors:\n"
        )
        .unwrap();
        list(&mut policies, &mut numbers);
    }
    let mut set = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  \
                   name: s\nspec:\n  imageDigestMirrors:\n"
        .to_owned();
    list(&mut set, &mut numbers);
    (policies, set)
}

struct World {
    files: Files,
    inputs: Vec<FileId>,
    others: Vec<FileId>,
    settings: Settings,
}

impl World {
    fn new(seed: u64) -> World {
        let (policies, set) = world(seed);
        let mut files = Files::new();
        let versions = [OpenShift::V4_13, OpenShift::V4_16, OpenShift::NEWEST];
        World {
            inputs: vec![files.add("policies.yaml", policies)],
            others: vec![files.add("set.yaml", set)],
            files,
            settings: Settings {
                version: versions[usize::try_from(seed % 3).unwrap()],
                release_image: None,
            },
        }
    }

    fn prove(&self, migrated: &[Migrated]) -> Proof {
        prove(&Claim {
            files: &self.files,
            inputs: &self.inputs,
            others: &self.others,
            migrated,
            settings: &self.settings,
        })
    }
}

const N_WORLDS: u64 = 300;

#[test]
fn pulls_stay_as_they_are() {
    let mut n_proven = 0;
    for seed in 0..N_WORLDS {
        let world = World::new(seed);
        let migrated = plan(&world.files, &world.inputs, Twins::Unwanted);
        for set in &migrated[0].sets {
            assert!(set.is_edited, "{seed}");
            assert!(set.text.contains("# Policy"), "{seed}: {}", set.text);
        }
        let refused = refusals(&world.files, &migrated[0].sets, world.settings.version);
        assert_eq!(refused, [], "{seed}");
        let proof = world.prove(&migrated);
        // What the operator refuses now, it refuses then.
        if proof.model(Stage::Before).unwrap().loaded().is_none() {
            assert!(
                proof.model(Stage::After).unwrap().loaded().is_none(),
                "{seed}"
            );
            assert!(!proof.holds());
            continue;
        }
        n_proven += 1;
        for step in proof.steps.iter().chain([&proof.whole]) {
            let changed = step.changed.as_deref();
            assert_eq!(
                changed,
                Some(&[][..]),
                "{seed}: {:?}\n{}",
                step.to,
                world.files.text(world.inputs[0])
            );
        }
        assert!(proof.holds());
    }
    println!("{n_proven} of {N_WORLDS} worlds proven");
    assert!(N_WORLDS / 2 < n_proven);
}

#[test]
fn a_mirror_that_is_lost_is_found_out() {
    let mut n_found = 0;
    for seed in 0..N_WORLDS {
        let mut world = World::new(seed);
        world.settings.version = OpenShift::NEWEST;
        world.others.clear();
        let mut migrated = plan(&world.files, &world.inputs, Twins::Unwanted);
        let proof = world.prove(&migrated);
        if !proof.holds() {
            continue;
        }
        for set in &mut migrated[0].sets {
            set.text = set.text.replace("m2.example/y", "m3.example/y");
        }
        let used = proof.model(Stage::Before).unwrap().loaded().unwrap();
        let is_used = used.list().iter().any(|registry| {
            registry
                .mirrors
                .iter()
                .any(|it| it.location == "m2.example/y")
        });
        let broken = world.prove(&migrated);
        assert_eq!(broken.holds(), !is_used, "{seed}");
        if is_used {
            let changed = broken.whole.changed.as_ref().unwrap();
            assert!(changed.iter().any(|pull| {
                pull.before.iter().any(|it| it.starts_with("m2.example/y"))
                    && pull.after.iter().any(|it| it.starts_with("m3.example/y"))
            }));
            n_found += 1;
        }
    }
    println!("{n_found} of {N_WORLDS} worlds with a changed mirror");
    assert!(N_WORLDS / 10 < n_found);
}
