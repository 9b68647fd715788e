//! `exposed-registry-secret`: the secret of the cluster's own registry, written into its configuration.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::image_registry::RegistryFault;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "exposed-registry-secret",
        code: "PP128",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("exposed_registry_secret.md"),
    },
    looks_at: Subject::RegistryFaults,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for fault in &model.beside.registry_faults {
        if fault.value == RegistryFault::Exposed {
            let message = "whoever reads this knows the registry's secret";
            emit.add(fault.span, message)
                .help("leave it out: the operator makes one where there is none");
        }
    }
}
