//! `rewritten-bucket`: a bucket whose settings the registry operator replaces.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::image_registry::RegistryFault;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "rewritten-bucket",
        code: "PP130",
        severity: Severity::Info,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("rewritten_bucket.md"),
    },
    looks_at: Subject::RegistryFaults,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for fault in &model.beside.registry_faults {
        if let RegistryFault::Rewritten { bucket } = &fault.value {
            let message = format!(
                "the operator replaces the tags, lifecycle, encryption and public access of {}",
                code(&bucket.value)
            );
            emit.add(fault.span, message)
                .also_each([(bucket.span, "the bucket".to_owned())])
                .help("write `managementState: Unmanaged` for a bucket that is there already");
        }
    }
}
