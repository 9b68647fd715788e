//! `dropped-field`: what was applied and the API server does not know.

use super::super::change::Change;
use super::{ChangeRule, Emit};
use crate::apiserver::path::Path;
use crate::apiserver::verdict::{FieldValidation, admit};
use crate::document::json;
use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::field;
use crate::lint::introduced::without_indices;
use crate::lint::words::code;
use crate::model::Judged;
use crate::sorted::Map;

pub(super) static RULE: ChangeRule = ChangeRule {
    card: Card {
        id: "dropped-field",
        code: "PC004",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("dropped_field.md"),
    },
    check,
};

/// Most fields that are told: the API server warns of no more than fit 4 KiB itself.
const FIELDS_MAX: usize = 20;

/// Where `kubectl apply` keeps what it was given, as JSON.
const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn check(change: &Change<'_>, emit: &mut Emit<'_>) {
    let Some(object) = &change.object else {
        return;
    };
    let Some((span, dropped)) = dropped(change, object) else {
        return;
    };
    if dropped.is_empty() {
        return;
    }
    let was_dropped = change.old_object.as_ref();
    let was_dropped = was_dropped.and_then(|old| dropped_before(change, old));
    let mut was_dropped = was_dropped.unwrap_or_default();
    let mut n_told = 0;
    for path in &dropped {
        let path_text = path.to_string();
        if let Some(n_before) = was_dropped.get_mut(&without_indices(&path_text))
            && 0 < *n_before
        {
            *n_before -= 1;
            continue;
        }
        n_told += 1;
        if n_told <= FIELDS_MAX {
            let message = format!(
                "the API server dropped {}, which {} does not have",
                code(&path_text),
                change.resource.kind()
            );
            let finding = emit.add(span, message);
            finding.help(field::help(change.resource, change.version, path));
        }
    }
}

/// The fields that were dropped from an earlier state, indices left out, and how often.
fn dropped_before(change: &Change<'_>, old: &Judged) -> Option<Map<String, usize>> {
    let (_, dropped) = dropped(change, old)?;
    let mut counts = Map::new();
    for path in dropped {
        *counts
            .entry(without_indices(&path.to_string()))
            .or_default() += 1;
    }
    Some(counts)
}

/// The annotation's place and the fields in it that are unknown; `None` without one.
fn dropped(change: &Change<'_>, judged: &Judged) -> Option<(Span, Vec<Path>)> {
    let root = &judged.object.root;
    let annotations = root.get("metadata")?.get("annotations")?;
    let annotation = annotations.get(ANNOTATION)?;
    // Places in the text are those of no file.
    let (applied, _) = json::parse(annotation.as_str()?, annotation.span.file);
    let verdict = admit(
        change.resource,
        &applied?,
        change.version,
        FieldValidation::Warn,
    );
    let paths = verdict.pruned.into_iter().map(|field| field.path);
    Some((annotation.span, paths.collect()))
}
