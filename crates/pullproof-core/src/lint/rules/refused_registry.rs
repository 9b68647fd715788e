//! `refused-registry`: settings of the cluster's own registry that its operator refuses.

use crate::finding::Severity;
use crate::go_text::quote;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::{code, codes};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::openshift::OpenShift;
use crate::resource::image_registry::{RefusedSetting, RegistryFault};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "refused-registry",
        code: "PP120",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("refused_registry.md"),
    },
    looks_at: Subject::RegistryFaults,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for fault in &model.beside.registry_faults {
        if let RegistryFault::Refused(setting) = &fault.value {
            // Older releases do not work out from the replicas how many may be away.
            if *setting == RefusedSetting::NoReplica && model.version < OpenShift::V4_8 {
                continue;
            }
            let (message, help, says) = words(setting);
            let help = format!("{help}; {} says: {says}", speaker(setting));
            emit.add(fault.span, message).help(help);
        }
    }
}

/// Who refuses it.
fn speaker(setting: &RefusedSetting) -> &'static str {
    match setting {
        RefusedSetting::NoReplica => "the API server",
        RefusedSetting::Region => "the registry",
        _ => "the operator",
    }
}

/// What is wrong, what to do, and what is said to it.
fn words(setting: &RefusedSetting) -> (String, String, String) {
    match setting {
        RefusedSetting::Replicas => (
            "there cannot be less than no replica".to_owned(),
            "write 0 or more".to_owned(),
            "replicas must be greater than or equal to 0".to_owned(),
        ),
        RefusedSetting::Route(name) => (
            format!("the name {} is that of another route", code(name)),
            format!(
                "give each route a name of its own, and none {}",
                code("default-route")
            ),
            "duplication of names has been detected in the additional routes".to_owned(),
        ),
        RefusedSetting::Storages(names) => {
            let says = "exactly one storage type should be configured at the same time, got";
            (
                format!(
                    "storage of more than one kind: {}",
                    codes(names.iter().copied())
                ),
                "keep one, and remove the others where a patch would leave them".to_owned(),
                format!("{says} {}: [{}]", names.len(), names.join(" ")),
            )
        }
        RefusedSetting::Requests(path) => (
            format!("the limit {} is below zero", code(path)),
            "write 0 for no limit".to_owned(),
            format!("Requests.{} must be positive number", go_path(path)),
        ),
        RefusedSetting::Cloud(name) => (
            format!("Azure has no cloud {}", code(name)),
            "write one of `AzurePublicCloud`, `AzureUSGovernmentCloud`, `AzureChinaCloud`, \
             `AzureGermanCloud` and `AzureStackCloud`"
                .to_owned(),
            format!(
                "autorest/azure: There is no cloud environment matching the name {}",
                quote(name)
            ),
        ),
        RefusedSetting::AuthVersion(text) => (
            format!("the version {} is no whole number", code(text)),
            "write a number, such as `3`".to_owned(),
            format!(
                "unable to parse authVersion: strconv.Atoi: parsing {}: invalid syntax",
                quote(text)
            ),
        ),
        RefusedSetting::AuthPath(path) => (
            format!("the path {} does not start with a version", code(path)),
            "write the address with nothing behind the host, or with `/v3`".to_owned(),
            format!("Incorrect Auth URL: {path}"),
        ),
        RefusedSetting::NoReplica => (
            "zero replicas cannot be replaced one after the other".to_owned(),
            "write `rolloutStrategy: Recreate`, or `managementState: Removed` for no registry"
                .to_owned(),
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: -1: must be greater than \
             or equal to 0"
                .to_owned(),
        ),
        RefusedSetting::Region => (
            "an endpoint without a region".to_owned(),
            "write a `region`, one that the store ignores if it has none".to_owned(),
            "no region parameter provided".to_owned(),
        ),
    }
}

/// The path as the operator's program names it: `Read.MaxRunning`.
fn go_path(path: &str) -> String {
    let parts = path.split('.').map(|part| {
        let (first, rest) = part.split_at(1);
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    parts.collect::<Vec<_>>().join(".")
}
