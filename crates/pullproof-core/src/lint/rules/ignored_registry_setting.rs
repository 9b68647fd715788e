//! `ignored-registry-setting`: settings that the registry operator does not look at.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::image_registry::{IgnoredSetting, NAME, RegistryFault};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "ignored-registry-setting",
        code: "PP122",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("ignored_registry_setting.md"),
    },
    looks_at: Subject::RegistryFaults,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for fault in &model.beside.registry_faults {
        if let RegistryFault::Ignored(setting) = &fault.value {
            let (message, help) = words(setting);
            let finding = emit.add(fault.span, message).help(help);
            if *setting == IgnoredSetting::Removed {
                // It may be kept for later on purpose.
                finding.severity(Severity::Info);
            }
        }
    }
}

/// What is wrong, and what to do.
fn words(setting: &IgnoredSetting) -> (String, String) {
    match setting {
        IgnoredSetting::Name(name) => (
            format!("nobody reads an object named {}", code(name)),
            format!("name it {}", code(NAME)),
        ),
        IgnoredSetting::Unmanaged => (
            "without a `managementState` the operator applies nothing, nor with `Force`".to_owned(),
            "write `managementState: Managed`".to_owned(),
        ),
        IgnoredSetting::Oss => (
            "the operator has no driver for `oss`, and takes storage for not configured".to_owned(),
            "write storage that the operator knows".to_owned(),
        ),
        IgnoredSetting::Wait => (
            "requests wait for nothing where neither `maxRunning` nor `maxInQueue` limits them"
                .to_owned(),
            "limit them, or remove it".to_owned(),
        ),
        IgnoredSetting::HostedStyle => (
            "`virtualHostedStyle` matters only beside a `regionEndpoint`".to_owned(),
            "write the endpoint, or remove it".to_owned(),
        ),
        IgnoredSetting::Removed => (
            "nothing uses the storage: there is no registry while it is `Removed`".to_owned(),
            "write `managementState: Managed` to have one".to_owned(),
        ),
    }
}
