//! `unknown-field`: a field that the API server drops.

use crate::apiserver::crds::Resource;
use crate::apiserver::meant::{Meant, meant};
use crate::apiserver::path::Step;
use crate::apiserver::prune::Pruned;
use crate::finding::{Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, edits, field};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unknown-field",
        code: "PP004",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("unknown_field.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for judged in &model.objects {
        let (Some(resource), Some(verdict)) = (judged.resource, &judged.verdict) else {
            continue;
        };
        for pruned in &verdict.pruned {
            let Some(Step::Key(key)) = pruned.path.steps.last() else {
                continue;
            };
            let message = format!("{} has no field {} here", resource.kind(), code(key));
            let finding = emit.add(pruned.span, message);
            finding.help(field::help(resource, model.version, &pruned.path));
            finding.fix = fix(model, resource, pruned);
        }
    }
}

/// Writes the key that was probably meant, or removes one that is like none.
#[cold]
#[inline(never)]
fn fix(model: &Model, resource: Resource, pruned: &Pruned) -> Option<Fix> {
    let (title, edits) = match meant(resource, model.version, &pruned.path) {
        Some(Meant::Key(key)) => {
            let mut edits = vec![edits::replace(model, pruned.span, key)?];
            // One `mirror` has no list around it.
            let value = edits::value_of(model, pruned.span)?;
            if key == "mirrors" && edits::text_at(model, value).is_some() {
                edits.push(edits::enlist(model, value)?);
            }
            (format!("write {}", code(key)), edits)
        }
        None => {
            let edit = edits::remove_entry(model, pruned.span)?;
            ("remove it".to_owned(), vec![edit])
        }
        Some(
            Meant::Place(_)
            | Meant::Since(_)
            | Meant::TagMirrors
            | Meant::SourcePolicy
            | Meant::RegistrySources(_),
        ) => return None,
    };
    Some(Fix::new(title, Safety::Unsafe, edits))
}
