//! The page of a rule is its test: each Bad gives exactly its report with only this rule on,
//! each Good gives nothing. `UPDATE=1` writes the reports anew, for a human to read in the diff.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a page of another shape stops the test"
)]

use pullproof_core::admission;
use pullproof_core::file::Files;
use pullproof_core::lint::{self, Rule, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::report::compact;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

mod pages;

use pages::{Block, blocks};

/// The name of every example, as reports show it.
const INPUT: &str = "input.yaml";

/// Reports on one example; its info may name a release: `yaml openshift=4.15`.
fn report(rule: &'static Rule, block: &Block<'_>) -> String {
    let mut words = block.info.split(' ');
    assert_eq!(words.next(), Some("yaml"), "{}: examples are yaml", rule.id);
    let mut settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    for word in words {
        match word.split_once('=') {
            Some(("openshift", name)) => settings.version = OpenShift::parse(name).unwrap(),
            Some(("release", image)) => settings.release_image = Some(image.to_owned()),
            _ => panic!("{}: unknown word `{word}`", rule.id),
        }
    }
    let mut files = Files::new();
    let file = files.add(INPUT, block.text);
    let model = Model::build(&mut files, &[file], &settings);
    compact::report(&files, &lint::run(&model, &[rule]))
}

fn rules_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lint/rules")
}

#[test]
fn every_example_gives_what_its_page_says() {
    let is_update = std::env::var_os("UPDATE").is_some();
    for rule in rules::ALL {
        let bad = blocks(rule.page, "## Bad");
        assert!(
            2 <= bad.len() && bad.len().is_multiple_of(2),
            "{}: Bad has examples and reports",
            rule.id
        );
        let mut page = rule.page.to_owned();
        // Back to front, so that earlier places stay right.
        for pair in bad.chunks(2).rev() {
            let (input, expected) = (&pair[0], &pair[1]);
            assert_eq!(expected.info, "report", "{}", rule.id);
            let found = report(rule, input);
            if is_update {
                page.replace_range(expected.start..expected.start + expected.text.len(), &found);
            } else {
                assert_eq!(found, expected.text, "{}", rule.id);
            }
            assert!(
                found.contains(&format!("[{}]", rule.id)),
                "{}: Bad is found",
                rule.id
            );
        }
        let good = blocks(rule.page, "## Good");
        assert!(!good.is_empty(), "{}: there is a Good example", rule.id);
        for input in good {
            assert_eq!(report(rule, &input), "", "{}: Good", rule.id);
        }
        if is_update && page != rule.page {
            let path = rules_dir().join(format!("{}.md", rule.id.replace('-', "_")));
            std::fs::write(path, page).unwrap();
        }
    }
}

#[test]
fn rules_and_pages_fit_together() {
    let mut seen = BTreeSet::new();
    let mut codes = Vec::new();
    for rule in rules::ALL {
        assert!(seen.insert(rule.id), "{} is given twice", rule.id);
        let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase());
        assert!(rule.id.split('-').all(is_word), "{}", rule.id);
        assert!(
            rule.code.starts_with("PP") && rule.code.len() == 5,
            "{}",
            rule.code
        );
        assert!(
            rule.page.starts_with(&format!("# {}\n\n", rule.id)),
            "{}",
            rule.id
        );
        assert!(
            rule.page.contains("\n## Why\n"),
            "{}: the page says why",
            rule.id
        );
        assert!(
            rule.summary().ends_with('.'),
            "{}: the summary is a sentence",
            rule.id
        );
        assert_eq!(admission::rule(rule.id).unwrap().code, rule.code);
        assert_eq!(admission::rule(rule.code).unwrap().id, rule.id);
        codes.push(rule.code);
    }
    assert!(codes.is_sorted(), "rules stand by code: {codes:?}");
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(rules_dir()).unwrap() {
        files.insert(entry.unwrap().file_name().into_string().unwrap());
    }
    let expected = seen.iter().map(|id| id.replace('-', "_"));
    let expected = expected.flat_map(|name| [format!("{name}.rs"), format!("{name}.md")]);
    assert_eq!(
        files,
        expected.collect(),
        "each rule has a file and a page, and no other is there"
    );
}
