//! `run-annotation`: annotations that are other ones after every run of oc-mirror.

use crate::document::{Entry, Node};
use crate::finding::{Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::edits::removal::removal;
use crate::lint::words::codes;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "run-annotation",
        code: "PP034",
        severity: Severity::Info,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Safe),
        page: page!("run_annotation.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

/// The annotation that only oc-mirror writes, beside the others.
const VERSION: &str = "oc-mirror_version";

/// All annotations that it writes.
const ANNOTATIONS: [&str; 3] = ["createdAt", "createdBy", VERSION];

fn check(model: &Model, emit: &mut Emit<'_>) {
    for judged in &model.objects {
        if judged.resource.is_none() || !judged.is_written || judged.object.is_list_item {
            continue;
        }
        let metadata = judged
            .object
            .root
            .get("metadata")
            .and_then(Node::as_mapping);
        let Some(metadata) = metadata else {
            continue;
        };
        let annotations = metadata.get("annotations").and_then(Node::as_mapping);
        let Some(annotations) = annotations.filter(|it| it.entry(VERSION).is_some()) else {
            continue;
        };
        let of_run = annotations
            .entries()
            .iter()
            .filter(|entry| is_of_run(entry));
        let of_run: Vec<&Entry> = of_run.collect();
        let Some(first) = of_run.first() else {
            continue;
        };
        let names = of_run.iter().map(|entry| entry.key.value.as_str());
        let message = format!(
            "annotations that each run of oc-mirror changes: {}",
            codes(names)
        );
        let finding = emit.add(first.key.span, message);
        finding.help("remove them, so that a change of this file is one of its mirrors");
        let is_annotations = |entry: &Entry| entry.key.value == "annotations";
        let edits = match of_run.len() == annotations.entries().len() {
            true => removal(metadata, is_annotations),
            false => removal(annotations, is_of_run),
        };
        if let Some(edits) = edits {
            finding.fix("remove the annotations of the run", Safety::Safe, edits);
        }
    }
}

fn is_of_run(entry: &Entry) -> bool {
    ANNOTATIONS.contains(&entry.key.value.as_str())
}
