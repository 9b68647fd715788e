//! Claims about small configurations, made up at random: one that holds holds for every reference
//! of the world, and one that does not is refuted for a reference of it.

#![expect(clippy::panic, reason = "a world that is judged wrong stops the test")]

use pullproof_core::credentials::governing_key;
use pullproof_core::file::{Files, Span};
use pullproof_core::finding::Severity;
use pullproof_core::prove::allowed::{Allowed, Extent, mirror_hosts};
use pullproof_core::prove::{Claim, Proof, World, prove};
use pullproof_core::reference::Reference;
use pullproof_core::registries::load::Registries;
use pullproof_core::resolve::{Attempt, resolve};

mod worlds;

use worlds::{Numbers, loaded, references};

fn contacted(registries: &Registries, reference: &Reference) -> Vec<Attempt> {
    let attempts = resolve(registries, reference).attempts.unwrap_or_default();
    let mut attempts = attempts;
    attempts.retain(|it| it.blocked_by.is_none() && it.refusal.is_none());
    attempts
}

fn proof(registries: &Registries, claim: &Claim<'_>) -> Proof {
    let mut files = Files::new();
    let file = files.add("world", "");
    let world = World {
        registries,
        policy: None,
        start: Span::new(file, 0, 0),
        locate: &|_| None,
    };
    let proof = prove(&world, claim);
    assert!(!proof.is_cut);
    proof
}

/// How often a claim held, and how often it did not.
#[derive(Default)]
struct Tally {
    n_held: usize,
    n_refuted: usize,
}

impl Tally {
    /// A claim that nothing refutes must hold for every reference.
    fn count(&mut self, proof: &Proof, is_broken: bool, registries: &Registries) {
        let errors = proof.findings.iter();
        let n_errors = errors.filter(|it| it.severity == Severity::Error).count();
        if n_errors == 0 {
            self.n_held += 1;
            assert!(!is_broken, "{:#?}", registries.list());
        } else {
            self.n_refuted += 1;
        }
        let errors = proof.findings.iter();
        for finding in errors.filter(|it| it.severity == Severity::Error) {
            // The image of a witness stands in the message.
            let mut texts = finding.message.split('`').skip(1).step_by(2);
            let is_reference = |text: &str| Reference::parse_normalized(text).is_ok();
            assert!(texts.any(is_reference), "{finding:?}");
        }
    }

    fn check(&self) {
        assert!(
            100 < self.n_held && 100 < self.n_refuted,
            "{} {}",
            self.n_held,
            self.n_refuted
        );
    }
}

#[test]
fn what_is_claimed_of_small_worlds_is_so() {
    const N_WORLDS: usize = 3_000;
    let references = references();
    let mut numbers = Numbers(11);
    let (mut within, mut works, mut known) = (Tally::default(), Tally::default(), Tally::default());
    let keys = ["m.io/x", "n.io", "a.b/x/y", "docker.io", "a.b:5"];
    for _ in 0..N_WORLDS {
        let registries = loaded(numbers.tables());
        let attempts = |reference: &Reference| contacted(&registries, reference);
        let is_governed = |reference: &&Reference| registries.find(reference.name()).is_some();

        let mut scopes = mirror_hosts(&registries);
        scopes.extend(["a.b/x/y", "m.io/x"].into_iter().take(numbers.below(3)));
        let allowed = Allowed {
            scopes,
            extent: Extent::Governed,
        };
        let leaks = |reference: &Reference| {
            let attempts = attempts(reference);
            attempts.iter().any(|it| !allowed.contains(&it.reference))
        };
        let is_broken = references.iter().filter(is_governed).any(leaks);
        let claim = Claim::StaysWithin(allowed.clone());
        within.count(&proof(&registries, &claim), is_broken, &registries);
        let everything = Claim::StaysWithin(Allowed {
            extent: Extent::All,
            ..allowed
        });
        assert!(!proof(&registries, &everything).holds());

        let down = vec!["m.io".to_owned(), "c.a.b".to_owned()];
        let fails = |reference: &Reference| {
            let attempts = attempts(reference);
            attempts
                .iter()
                .all(|it| down.iter().any(|down| it.reference.domain() == down))
        };
        // Other ports are told as notes.
        let is_usual = |reference: &&Reference| {
            let id = registries.find(reference.name());
            let prefix = id.map(|id| registries.registry(id).prefix.as_str());
            prefix.is_some_and(|prefix| prefix.contains(':') || !reference.domain().contains(':'))
        };
        let usual = references.iter().filter(is_governed).filter(is_usual);
        let is_broken = usual.clone().any(fails);
        works.count(
            &proof(&registries, &Claim::Works { down: &down }),
            is_broken,
            &registries,
        );

        let is_anonymous = |reference: &Reference| {
            let attempts = attempts(reference);
            let mut names = attempts.iter().map(|it| it.reference.name());
            names.any(|name| governing_key(&keys, name).is_none())
        };
        let is_broken = references.iter().filter(is_governed).any(is_anonymous);
        let claim = Claim::HasCredentials { keys: &keys };
        known.count(&proof(&registries, &claim), is_broken, &registries);
    }
    for tally in [&within, &works, &known] {
        tally.check();
    }
}
