//! Every configuration of the corpora against references made up at random in, beside and below its
//! scopes: a reference is always in a class that is told, and fares as the class's witness does.

#![expect(
    clippy::panic,
    reason = "a configuration that is told wrong stops the test"
)]

use conformance::corpus;
use pullproof_core::file::Files;
use pullproof_core::openshift::OpenShift;
use pullproof_core::reference::Reference;
use pullproof_core::regions::outcome::Outcome;
use pullproof_core::regions::{Also, Class, Names, Regions};
use pullproof_core::registries::conf;
use pullproof_core::registries::load::{ConfFile, Registries, load};
use pullproof_core::resolve::resolve;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many references each configuration is asked about.
const N_REFERENCES: usize = 2_000;

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

    /// A reference near some of the texts of a configuration; `None` where the text is none.
    fn reference(&mut self, texts: &[&str]) -> Option<Reference> {
        let text = self.pick(texts);
        let mut name = match text.strip_prefix("*.") {
            Some(domain) => format!("{}{domain}", self.pick(&["a.", "b.c.", "x."])),
            None => text.to_owned(),
        };
        // Another scope's end behind this one's beginning, as rewritten names have.
        if self.below(4) == 0
            && let Some((_, path)) = self.pick(texts).split_once('/')
        {
            name.push('/');
            name.push_str(path);
        }
        match self.below(8) {
            0 => name.push_str(":7"),
            1 => name.push('x'),
            2 => name.truncate(name.rfind('/').unwrap_or(name.len())),
            _ => {}
        }
        for _ in 0..self.below(3) {
            name.push('/');
            name.push_str(self.pick(&["x", "org", "app", "library", "a-b"]));
        }
        if self.below(16) == 0 {
            name.push('/');
            name.push_str(&"l".repeat(1 + self.below(250)));
        }
        name.push_str(self.pick(&[":1", ":latest", "", "@"]));
        if name.ends_with('@') {
            name.push_str("sha256:");
            name.push_str(&self.pick(&["0", "1", "a"]).repeat(64));
        }
        let reference = Reference::parse_normalized(&name).ok()?;
        Some(reference.with_default_tag().without_tag_beside_digest())
    }
}

/// The configuration of a case, where the library loads it.
fn registries(case: &Value) -> Option<Registries> {
    let mut files = Files::new();
    let mut confs = Vec::new();
    let main = case.get("conf").and_then(Value::as_str);
    let drop_ins = case.get("dropins").and_then(Value::as_object);
    let texts = drop_ins.into_iter().flatten().filter_map(|(name, text)| {
        let text = text.as_str()?;
        Some((name.as_str(), text))
    });
    let mut drop_ins: BTreeMap<&str, &str> = texts.collect();
    drop_ins.retain(|name, _| name.ends_with(".conf"));
    for (name, text) in main.map(|text| ("", text)).into_iter().chain(drop_ins) {
        let file = files.add(name, text);
        let conf = conf::decode(&files, file).ok()?;
        let name = name.to_owned();
        confs.push(ConfFile { name, conf });
    }
    let mut confs = confs.into_iter();
    let main = confs.next().filter(|_| main.is_some());
    load(main, confs.collect(), OpenShift::NEWEST).ok()
}

/// Asks about references; gives how many there were.
fn check(id: &str, registries: &Registries, numbers: &mut Numbers) -> usize {
    let regions = Regions::of(registries, &Also::default());
    let outcome = |reference: &Reference| Outcome::of(&resolve(registries, reference));
    let mut told: BTreeMap<Class<'_>, (Reference, Outcome)> = BTreeMap::new();
    let scopes = regions.scopes();
    let of_scopes = scopes.iter().flat_map(|scope| {
        let told = regions.of_scope(scope, Names::All);
        assert!(!told.is_cut, "{id} {scope}");
        told.regions
    });
    for region in of_scopes.chain(regions.outside()) {
        let outcome = outcome(&region.witness);
        told.insert(region.class, (region.witness, outcome));
    }
    let locations = registries.list().iter().flat_map(|registry| {
        let mirrors = registry
            .mirrors
            .iter()
            .map(|mirror| mirror.location.as_str());
        mirrors.chain([registry.location.as_str()])
    });
    let mut texts: BTreeSet<&str> = scopes.iter().copied().chain(locations).collect();
    texts.extend(["quay.io/org", "docker.io"]);
    texts.remove("");
    let texts: Vec<&str> = texts.into_iter().collect();
    let mut n_asked = 0;
    for _ in 0..N_REFERENCES {
        let Some(reference) = numbers.reference(&texts) else {
            continue;
        };
        n_asked += 1;
        let class = regions.class_of(&reference);
        let Some((witness, expected)) = told.get(&class) else {
            panic!("{id} {reference}: {class:?} {told:#?}");
        };
        assert_eq!(&outcome(&reference), expected, "{id} {reference} {witness}");
    }
    n_asked
}

#[test]
fn references_of_the_corpora_fare_as_their_classes() {
    let mut numbers = Numbers(3);
    let (mut n_confs, mut n_asked) = (0, 0);
    for name in ["resolve", "e2e", "client", "found"] {
        let mut seen = BTreeSet::new();
        for case in corpus(name) {
            let conf = [&case["conf"], &case["dropins"]]
                .map(Value::to_string)
                .concat();
            if !seen.insert(conf) {
                continue;
            }
            let Some(registries) = registries(&case) else {
                continue;
            };
            n_confs += 1;
            let id = case["id"].as_str().unwrap_or(name);
            n_asked += check(id, &registries, &mut numbers);
        }
    }
    println!("{n_confs} configurations, {n_asked} references");
    assert!(1_000_000 < n_asked, "{n_confs} {n_asked}");
}
