//! `nanosecond-pruning`: images that the pruner takes for old after nanoseconds.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::image_registry::RegistryFault;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "nanosecond-pruning",
        code: "PP124",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("nanosecond_pruning.md"),
    },
    looks_at: Subject::RegistryFaults,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for fault in &model.beside.registry_faults {
        if let RegistryFault::Nanoseconds(number_ns) = fault.value {
            let message =
                format!("`keepYoungerThan` counts nanoseconds: {number_ns} keeps nothing");
            emit.add(fault.span, message)
                .help("write `keepYoungerThanDuration`, such as `60m`, in place of it");
        }
    }
}
