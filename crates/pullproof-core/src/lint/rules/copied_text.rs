//! `copied-text`: a value that still has what a document put around it.

use crate::document::{Node, Value};
use crate::finding::{Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::lint::{edits, form};
use crate::model::Model;
use crate::scope::copied::leftover;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "copied-text",
        code: "PP075",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Safe),
        page: page!("copied_text.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let known = model
        .objects
        .iter()
        .filter(|judged| judged.resource.is_some());
    for judged in known {
        if let Some(spec) = judged.object.root.get("spec") {
            look(spec, emit);
        }
    }
}

/// Readers bound the depth, so this does not run away.
fn look(node: &Node, emit: &mut Emit<'_>) {
    match &node.value {
        Value::String(text) => value(node, text, emit),
        Value::Sequence(nodes) => nodes.iter().for_each(|node| look(node, emit)),
        Value::Mapping(mapping) => {
            let values = mapping.entries().iter().map(|entry| &entry.value);
            values.for_each(|node| look(node, emit));
        }
        _ => {}
    }
}

fn value(node: &Node, text: &str, emit: &mut Emit<'_>) {
    let Some((leftover, cleaned)) = leftover(text) else {
        return;
    };
    let what = form::what_is_left(leftover);
    let edit = edits::replace(emit.model, node.span, &cleaned);
    let finding = emit.add(node.span, format!("value {} {what}", code(text)));
    finding.help(format!("write {}", code(&cleaned)));
    if let Some(edit) = edit {
        finding.fix(
            format!("write {}", code(&cleaned)),
            Safety::Safe,
            vec![edit],
        );
    }
}
