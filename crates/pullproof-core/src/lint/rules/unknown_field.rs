//! `unknown-field`: a field that the API server drops.

use crate::apiserver::path::Step;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, field};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unknown-field",
        code: "PP004",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: include_str!("unknown_field.md"),
    },
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
        }
    }
}
