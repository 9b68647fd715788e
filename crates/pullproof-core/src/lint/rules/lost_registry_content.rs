//! `lost-registry-content`: images in the cluster's own registry that are lost.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::image_registry::RegistryFault;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "lost-registry-content",
        code: "PP123",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("lost_registry_content.md"),
    },
    looks_at: Subject::RegistryFaults,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for fault in &model.beside.registry_faults {
        match &fault.value {
            RegistryFault::EmptyDir(n_replicas) if 1 < *n_replicas => {
                let message = format!(
                    "each of {n_replicas} pods has images of its own, and loses them when it ends"
                );
                let finding = emit.add(fault.span, message).severity(Severity::Error);
                finding.help("write storage that the pods share, or one replica for a trial");
            }
            RegistryFault::EmptyDir(_) => {
                emit.add(
                    fault.span,
                    "all images are lost when the registry's pod ends",
                )
                .help("write storage that outlives pods, but for a trial");
            }
            RegistryFault::Deleted => {
                let message = "the storage is deleted with all images, as the registry is removed";
                emit.add(fault.span, message)
                    .help("write `managementState: Unmanaged` here to keep it");
            }
            RegistryFault::Refused(_)
            | RegistryFault::Duration { .. }
            | RegistryFault::Ignored(_)
            | RegistryFault::Rewritten { .. }
            | RegistryFault::Nanoseconds(_)
            | RegistryFault::Exposed
            | RegistryFault::Setting(_) => {}
        }
    }
}
