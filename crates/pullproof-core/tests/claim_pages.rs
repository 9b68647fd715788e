//! The page of a claim is its test: each Bad gives exactly its report, each Good refutes nothing.
//! `UPDATE=1` writes the reports anew, for a human to read in the diff.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a page of another shape stops the test"
)]

use pullproof_core::file::{Files, Span};
use pullproof_core::finding::Severity;
use pullproof_core::lint::card::Card;
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::prove::allowed::{Allowed, Extent, mirror_hosts};
use pullproof_core::prove::covers::covers;
use pullproof_core::prove::{CARDS, Claim, World, prove};
use pullproof_core::report::compact;
use pullproof_core::resource::images;
use std::path::Path;

mod pages;

use pages::{Block, blocks};

/// Reports on one example, whose words after the fence say what is claimed.
fn report(card: &Card, blocks: &[Block<'_>]) -> String {
    let (block, listed) = match blocks {
        [block] => (block, None),
        [block, listed] if listed.info == "images" => (block, Some(listed)),
        _ => panic!("{}: an example has an input, and images", card.id),
    };
    let mut files = Files::new();
    let input = files.add("input.yaml", block.text);
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let model = Model::build(&mut files, &[input], &settings);
    let registries = model.registries.as_ref().unwrap().as_ref().unwrap();
    let policy = model.node.as_ref().ok();
    let policy = policy.and_then(|node| Some(&node.policy_json.as_ref()?.value));
    let world = World {
        registries,
        policy,
        start: Span::new(input, 0, 0),
        locate: &|span| model.locate(span),
    };
    let mut words = block.info.split(' ');
    assert_eq!(words.next(), Some("yaml"), "{}", card.id);
    let words: Vec<&str> = words.collect();
    let list = |key: &str| -> Vec<&str> {
        let value = words.iter().find_map(|word| word.strip_prefix(key));
        value.map_or(Vec::new(), |value| value.split(',').collect())
    };
    let down: Vec<String> = list("down=").into_iter().map(str::to_owned).collect();
    let keys = list("keys=");
    if let Some(listed) = listed {
        let file = files.add("images.txt", listed.text);
        let covered = covers(&world, &images::of_file(&files, file), &[]);
        let mut findings = covered.findings;
        findings.retain(|finding| finding.rule == card.id);
        return compact::report(&files, &findings);
    }
    let claim = match card.id {
        "way-out" => Claim::StaysWithin(Allowed {
            scopes: match words.contains(&"offline") {
                true => mirror_hosts(registries),
                false => list("allow=").into_iter().collect(),
            },
            extent: match words.contains(&"governed") {
                true => Extent::Governed,
                false => Extent::All,
            },
        }),
        "unreachable-pull" => Claim::Works { down: &down },
        "anonymous-endpoint" => Claim::HasCredentials { keys: &keys },
        "unverified-endpoint" => Claim::IsVerified,
        id => panic!("nothing makes findings of `{id}`"),
    };
    let proof = prove(&world, &claim);
    assert_eq!(proof.holds(), proof.findings.is_empty(), "{}", card.id);
    assert!(proof.findings.iter().all(|finding| finding.rule == card.id));
    // Names that nobody has are told, but do not make an example bad.
    let mut findings = proof.findings;
    findings.retain(|finding| Severity::Info < finding.severity);
    compact::report(&files, &findings)
}

#[test]
fn every_example_gives_what_its_page_says() {
    let is_update = std::env::var_os("UPDATE").is_some();
    for card in CARDS {
        let bad = blocks(card.page, "## Bad");
        let examples: Vec<&[Block<'_>]> = bad
            .split_inclusive(|block| block.info == "report")
            .collect();
        assert!(!examples.is_empty(), "{}: Bad has examples", card.id);
        let mut page = card.page.to_owned();
        // Back to front, so that earlier places stay right.
        for example in examples.into_iter().rev() {
            let Some((expected, inputs)) = example.split_last() else {
                panic!("{}: an example is empty", card.id);
            };
            assert_eq!(expected.info, "report", "{}", card.id);
            let found = report(card, inputs);
            if is_update {
                page.replace_range(expected.start..expected.start + expected.text.len(), &found);
            } else {
                assert_eq!(found, expected.text, "{}", card.id);
            }
            assert!(!found.is_empty(), "{}: Bad is refuted", card.id);
        }
        let good = blocks(card.page, "## Good");
        assert!(!good.is_empty(), "{}: there is a Good example", card.id);
        assert_eq!(report(card, &good), "", "{}: Good", card.id);
        if is_update && page != card.page {
            let name = format!("src/prove/{}.md", card.id.replace('-', "_"));
            std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(name), page).unwrap();
        }
    }
}

#[test]
fn claims_and_pages_fit_together() {
    let codes: Vec<&str> = CARDS.iter().map(|card| card.code).collect();
    assert!(codes.is_sorted(), "claims stand by code: {codes:?}");
    for card in CARDS {
        assert!(
            card.code.starts_with("PV") && card.code.len() == 5,
            "{}",
            card.code
        );
        assert!(
            card.page.starts_with(&format!("# {}\n\n", card.id)),
            "{}",
            card.id
        );
        assert!(
            card.page.contains("\n## Why\n"),
            "{}: the page says why",
            card.id
        );
        assert!(
            card.summary().ends_with('.'),
            "{}: the summary is a sentence",
            card.id
        );
    }
}
