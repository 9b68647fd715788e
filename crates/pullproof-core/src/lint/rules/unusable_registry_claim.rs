//! `unusable-registry-claim`: a claim to a volume that the cluster's own registry cannot use.

use crate::finding::Severity;
use crate::go_text::quote;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::{code, codes};
use crate::lint::{Emit, Rule, Subject, registry_operator};
use crate::model::Model;
use crate::resource::image_registry::NAMESPACE;
use crate::resource::image_registry::claim::{self, ClaimFault, DEFAULT_CLAIM};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unusable-registry-claim",
        code: "PP125",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("unusable_registry_claim.md"),
    },
    looks_at: Subject::AppliedRegistry,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(applied) = &model.beside.applied_registry else {
        return;
    };
    for found in claim::faults(applied, &model.beside.claims) {
        let (message, help, says) = words(&found.fault);
        let label = match found.fault {
            ClaimFault::Replicas(_) | ClaimFault::Strategy(_) => "how the volume may be used",
            ClaimFault::NotOwned => "the claim",
            ClaimFault::Modes(..) | ClaimFault::Elsewhere(_) | ClaimFault::Small(_) => {
                "the registry's configuration"
            }
        };
        let finding = emit
            .add(found.span, message)
            .also_each(found.other.map(|span| (span, label.to_owned())));
        registry_operator::says(finding, help, says);
    }
}

/// What is wrong, what to do, and what the operator says, if it does.
fn words(fault: &ClaimFault) -> (String, String, Option<String>) {
    match fault {
        ClaimFault::Replicas(n_replicas) => (
            format!("{n_replicas} replicas cannot share a volume that is `ReadWriteOnce`"),
            "write `replicas: 1` and `rolloutStrategy: Recreate`, or use a claim that is \
             `ReadWriteMany`"
                .to_owned(),
            Some(
                "cannot use ReadWriteOnce access mode with more than one replica of the image \
                 registry"
                    .to_owned(),
            ),
        ),
        ClaimFault::Strategy(strategy) => (
            "a volume that is `ReadWriteOnce` needs `rolloutStrategy: Recreate`".to_owned(),
            "write that, or use a claim that is `ReadWriteMany`".to_owned(),
            Some(format!(
                "cannot use ReadWriteOnce access mode with {strategy} rollout strategy"
            )),
        ),
        ClaimFault::Modes(name, modes) => (
            format!(
                "the registry takes no volume that is only {}",
                codes(modes.iter().map(String::as_str))
            ),
            "make another claim: the modes of one cannot be changed".to_owned(),
            Some(format!(
                "PVC {name} does not contain the necessary access modes: ReadWriteMany or \
                 ReadWriteOnce"
            )),
        ),
        ClaimFault::NotOwned => (
            format!(
                "without a `claim` the operator makes {} itself, and takes no other",
                code(DEFAULT_CLAIM)
            ),
            format!("write `claim: {DEFAULT_CLAIM}`"),
            Some(
                "could not create default PVC, it already exists and is not owned by the operator"
                    .to_owned(),
            ),
        ),
        ClaimFault::Elsewhere(name) => (
            format!("the registry uses claims in {} only", code(NAMESPACE)),
            "make the claim there".to_owned(),
            Some(format!("persistentvolumeclaims {} not found", quote(name))),
        ),
        ClaimFault::Small(size) => (
            format!("{} is less than the registry is said to need", code(size)),
            "ask for `100Gi`, as the operator does".to_owned(),
            None,
        ),
    }
}
