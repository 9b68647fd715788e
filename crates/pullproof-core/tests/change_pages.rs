//! The page of a rule about changes is its test: each Bad gives exactly its report with only this
//! rule's findings, each Good gives none of them. `UPDATE=1` writes the reports anew, for a human
//! to read in the diff.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a page of another shape stops the test"
)]

use pullproof_core::admission::rules::{self, ChangeRule};
use pullproof_core::admission::{self, Cluster, Operation, Request, read_settings};
use pullproof_core::finding::Severity;
use pullproof_core::report::compact;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

mod pages;

use pages::{Block, blocks};

/// Reports on one example: the cluster's objects, then the object before and after, as they are.
fn report(rule: &ChangeRule, example: &[&Block<'_>]) -> String {
    let (mut cluster, mut old_object, mut object) = (Vec::new(), None, None);
    for block in example {
        match block.info {
            "yaml cluster" => cluster.push(("cluster.yaml".to_owned(), block.text.to_owned())),
            "json oldObject" => old_object = Some(block.text),
            "json object" => object = Some(block.text),
            info => panic!("{}: unknown block `{info}`", rule.card.id),
        }
    }
    let operation = match (old_object, object) {
        (None, Some(_)) => Operation::Create,
        (Some(_), Some(_)) => Operation::Update,
        (Some(_), None) => Operation::Delete,
        (None, None) => panic!("{}: an example has no object", rule.card.id),
    };
    let text: serde_json::Value = serde_json::from_str(object.or(old_object).unwrap()).unwrap();
    let api_version = text["apiVersion"].as_str().unwrap();
    let (group, version) = api_version.split_once('/').unwrap();
    let request = Request {
        operation,
        group,
        version,
        kind: text["kind"].as_str().unwrap(),
        name: text["metadata"]["name"].as_str().unwrap(),
        subresource: "",
        object,
        old_object,
    };
    let (cluster, unreadable) = Cluster::new(cluster, read_settings("{}").unwrap());
    assert_eq!(unreadable, [""; 0], "{}", rule.card.id);
    let mut review = admission::review(&cluster, &request);
    review
        .findings
        .retain(|finding| finding.rule == rule.card.id);
    compact::report(&review.files, &review.findings)
}

fn rules_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/admission/rules")
}

#[test]
fn every_example_gives_what_its_page_says() {
    let is_update = std::env::var_os("UPDATE").is_some();
    for rule in rules::ALL {
        let bad = blocks(rule.card.page, "## Bad");
        let examples: Vec<&[Block<'_>]> = bad
            .split_inclusive(|block| block.info == "report")
            .collect();
        assert!(!examples.is_empty(), "{}: Bad has examples", rule.card.id);
        let mut page = rule.card.page.to_owned();
        // Back to front, so that earlier places stay right.
        for example in examples.into_iter().rev() {
            let Some((expected, inputs)) = example.split_last() else {
                panic!("{}: an example is empty", rule.card.id);
            };
            assert_eq!(expected.info, "report", "{}", rule.card.id);
            let found = report(rule, &inputs.iter().collect::<Vec<_>>());
            if is_update {
                page.replace_range(expected.start..expected.start + expected.text.len(), &found);
            } else {
                assert_eq!(found, expected.text, "{}", rule.card.id);
            }
            assert!(!found.is_empty(), "{}: Bad is found", rule.card.id);
        }
        let good = blocks(rule.card.page, "## Good");
        assert!(
            !good.is_empty(),
            "{}: there is a Good example",
            rule.card.id
        );
        let found = report(rule, &good.iter().collect::<Vec<_>>());
        assert_eq!(found, "", "{}: Good", rule.card.id);
        if is_update && page != rule.card.page {
            let path = rules_dir().join(format!("{}.md", rule.card.id.replace('-', "_")));
            std::fs::write(path, page).unwrap();
        }
    }
}

#[test]
fn rules_and_pages_fit_together() {
    let (mut ids, mut codes) = (BTreeSet::new(), Vec::new());
    for rule in admission::every_rule() {
        assert!(ids.insert(rule.id), "{} is given twice", rule.id);
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
        assert!(rule.severity <= Severity::Error);
    }
    let mut expected = BTreeSet::new();
    for rule in rules::ALL {
        assert!(
            rule.card.code.starts_with("PC") && rule.card.code.len() == 5,
            "{}",
            rule.card.code
        );
        codes.push(rule.card.code);
        let name = rule.card.id.replace('-', "_");
        expected.extend([format!("{name}.rs"), format!("{name}.md")]);
    }
    assert!(codes.is_sorted(), "rules stand by code: {codes:?}");
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(rules_dir()).unwrap() {
        files.insert(entry.unwrap().file_name().into_string().unwrap());
    }
    assert_eq!(
        files, expected,
        "each rule has a file and a page, and no other is there"
    );
}
