//! `invalid-registry-setting`: settings of the cluster's own registry that it does not have.

use crate::finding::{Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::{code, either};
use crate::lint::{Emit, Rule, Subject, edits};
use crate::model::Model;
use crate::nearest::nearest;
use crate::resource::image_registry::RegistryFault;
use crate::resource::image_registry::settings::SettingFault;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "invalid-registry-setting",
        code: "PP131",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("invalid_registry_setting.md"),
    },
    looks_at: Subject::RegistryFaults,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for fault in &model.beside.registry_faults {
        let RegistryFault::Setting(setting) = &fault.value else {
            continue;
        };
        let (message, help) = words(setting);
        let meant = meant(setting);
        let finding = emit.add(fault.span, message);
        finding.help(match meant {
            Some(meant) => format!("write {}", code(meant)),
            None => help,
        });
        let edit = meant.and_then(|meant| edits::replace(model, fault.span, meant));
        finding.fix = edit.zip(meant).map(|(edit, meant)| {
            Fix::new(format!("write {}", code(meant)), Safety::Unsafe, vec![edit])
        });
    }
}

/// The key or value that was probably meant.
fn meant(setting: &SettingFault) -> Option<&'static str> {
    match setting {
        SettingFault::Unknown { meant, .. } => *meant,
        SettingFault::Value { text, known } => {
            nearest(text, known.iter().copied().filter(|it| !it.is_empty()))
        }
        _ => None,
    }
}

/// What is wrong, and what to do.
fn words(setting: &SettingFault) -> (String, String) {
    match setting {
        SettingFault::Unknown { key, .. } => (
            format!("there is no setting {} here", code(key)),
            "remove it: the API server drops it".to_owned(),
        ),
        SettingFault::Type { key, wanted } => (
            format!("{} must be {wanted}", code(key)),
            format!("write {wanted}: the API server refuses the object"),
        ),
        SettingFault::Value { text, known } => {
            let known = known.iter().copied().filter(|it| !it.is_empty());
            (
                format!("{} is refused by the API server", code(text)),
                format!("write {}", either(&known.collect::<Vec<_>>())),
            )
        }
        SettingFault::Form { text, wanted } => (
            format!("{} is refused by the API server", code(text)),
            format!("write {wanted}"),
        ),
        SettingFault::Range { key, min, max } => (
            format!("{} must be from {min} to {max}", code(key)),
            "write such a number: the API server refuses the object".to_owned(),
        ),
        SettingFault::Missing(key) => (
            format!("{} is missing", code(key)),
            "write it: the API server refuses the object".to_owned(),
        ),
        SettingFault::Internal => (
            "`internal` is refused with another type of access".to_owned(),
            "write `type: Internal`, or remove it".to_owned(),
        ),
    }
}
