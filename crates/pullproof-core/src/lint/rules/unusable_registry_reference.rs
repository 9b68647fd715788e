//! `unusable-registry-reference`: certificates that the cluster's own registry is told to use and
//! that are not where, or not what, its operator looks for.

use crate::finding::Severity;
use crate::go_text::quote;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::{code, codes};
use crate::lint::{Emit, Rule, Subject, registry_operator};
use crate::model::Model;
use crate::openshift::OpenShift;
use crate::resource::CONFIG_NAMESPACE;
use crate::resource::image_registry::NAMESPACE;
use crate::resource::image_registry::keyed::{BUNDLE_KEY, ReferenceFault, reference_faults};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unusable-registry-reference",
        code: "PP127",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("unusable_registry_reference.md"),
    },
    looks_at: Subject::AppliedRegistry,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(applied) = &model.beside.applied_registry else {
        return;
    };
    for found in reference_faults(applied, &model.beside.keyed) {
        let is_of_store = matches!(
            found.fault,
            ReferenceFault::NoBundle(_) | ReferenceFault::BundleElsewhere(_)
        );
        // Older operators know no certificates of stores.
        if is_of_store && model.version < OpenShift::V4_11 {
            continue;
        }
        let (message, help, says) = words(&found.fault);
        let label = "the registry's configuration";
        let other = found.other.map(|span| (span, label.to_owned()));
        let finding = emit.add(found.span, message).also_each(other);
        registry_operator::says(finding, help, says);
    }
}

/// What is wrong, what to do, and what the operator says, if it does.
fn words(fault: &ReferenceFault) -> (String, String, Option<String>) {
    let elsewhere = |kind: &str, namespace| {
        let message = format!("the operator reads this {kind} in {} only", code(namespace));
        (message, "make it there".to_owned())
    };
    match fault {
        ReferenceFault::NoBundle(name) => (
            format!(
                "the certificates of the store have to be in {}",
                code(BUNDLE_KEY)
            ),
            "rename the key that they have, or add it".to_owned(),
            Some(format!(
                "trusted CA config map {} does not contain required key \"{BUNDLE_KEY}\"",
                quote(name)
            )),
        ),
        ReferenceFault::BundleElsewhere(name) => {
            let (message, help) = elsewhere("ConfigMap", CONFIG_NAMESPACE);
            let name = quote(name);
            let says = format!("failed to get trusted CA {name}: configmap {name} not found");
            (message, help, Some(says))
        }
        ReferenceFault::NoCertificate(keys) => (
            format!(
                "the route gets no certificate from a Secret without {}",
                codes(keys.iter().copied())
            ),
            "make the Secret with `oc create secret tls`, which names its keys so".to_owned(),
            None,
        ),
        ReferenceFault::CertificateElsewhere(name) => {
            let (message, help) = elsewhere("Secret", NAMESPACE);
            (
                message,
                help,
                Some(format!("secret {} not found", quote(name))),
            )
        }
    }
}
