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

/// The names of examples, as reports show them, by the first word of their info.
const NAMES: [(&str, &str); 3] = [
    ("yaml", "input.yaml"),
    ("text", "mapping.txt"),
    ("toml", "registries.conf"),
];

/// Reports on the files of one example; info may name a release: `yaml openshift=4.15`.
fn report(rule: &'static Rule, blocks: &[Block<'_>]) -> String {
    let mut settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let mut files = Files::new();
    let mut inputs = Vec::new();
    for block in blocks {
        let mut words = block.info.split(' ');
        let format = words.next().unwrap();
        let (_, name) = NAMES.into_iter().find(|it| it.0 == format).unwrap();
        inputs.push(files.add(name, block.text));
        for word in words {
            match word.split_once('=') {
                Some(("openshift", name)) => settings.version = OpenShift::parse(name).unwrap(),
                Some(("release", image)) => settings.release_image = Some(image.to_owned()),
                _ => panic!("{}: unknown word `{word}`", rule.card.id),
            }
        }
    }
    let model = Model::build(&mut files, &inputs, &settings);
    compact::report(&files, &lint::run(&model, &[rule]))
}

/// The files of each example: one, and a mapping file that stands behind it.
fn examples<'a, 'b>(blocks: &'a [Block<'b>]) -> Vec<&'a [Block<'b>]> {
    let is_joined = |_: &Block<'_>, next: &Block<'_>| next.info == "text";
    blocks.chunk_by(is_joined).collect()
}

fn rules_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lint/rules")
}

#[test]
fn every_example_gives_what_its_page_says() {
    let is_update = std::env::var_os("UPDATE").is_some();
    for rule in rules::ALL {
        let bad = blocks(rule.card.page, "## Bad");
        let mut page = rule.card.page.to_owned();
        let is_report = |block: &Block<'_>| block.info == "report";
        let mut reports: Vec<_> = bad.split_inclusive(is_report).collect();
        assert!(
            !reports.is_empty(),
            "{}: there is a Bad example",
            rule.card.id
        );
        // Back to front, so that earlier places stay right.
        reports.reverse();
        for blocks in reports {
            let (expected, input) = blocks.split_last().unwrap();
            assert_eq!(expected.info, "report", "{}", rule.card.id);
            let found = report(rule, input);
            if is_update {
                page.replace_range(expected.start..expected.start + expected.text.len(), &found);
            } else {
                assert_eq!(found, expected.text, "{}", rule.card.id);
            }
            assert!(
                found.contains(&format!("[{}]", rule.card.id)),
                "{}: Bad is found",
                rule.card.id
            );
        }
        let good = blocks(rule.card.page, "## Good");
        assert!(
            !good.is_empty(),
            "{}: there is a Good example",
            rule.card.id
        );
        for input in examples(&good) {
            assert_eq!(report(rule, input), "", "{}: Good", rule.card.id);
        }
        if is_update && page != rule.card.page {
            let path = rules_dir().join(format!("{}.md", rule.card.id.replace('-', "_")));
            std::fs::write(path, page).unwrap();
        }
    }
}

#[test]
fn rules_and_pages_fit_together() {
    let mut seen = BTreeSet::new();
    let mut codes = Vec::new();
    for rule in rules::ALL {
        assert!(seen.insert(rule.card.id), "{} is given twice", rule.card.id);
        let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase());
        assert!(rule.card.id.split('-').all(is_word), "{}", rule.card.id);
        assert!(
            rule.card.code.starts_with("PP") && rule.card.code.len() == 5,
            "{}",
            rule.card.code
        );
        assert!(
            rule.card
                .page
                .starts_with(&format!("# {}\n\n", rule.card.id)),
            "{}",
            rule.card.id
        );
        assert!(
            rule.card.page.contains("\n## Why\n"),
            "{}: the page says why",
            rule.card.id
        );
        assert!(
            rule.card.summary().ends_with('.'),
            "{}: the summary is a sentence",
            rule.card.id
        );
        assert_eq!(admission::rule(rule.card.id).unwrap().code, rule.card.code);
        assert_eq!(admission::rule(rule.card.code).unwrap().id, rule.card.id);
        codes.push(rule.card.code);
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
