//! `undecodable-duration`: a duration that keeps the registry operator from reading its object.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::image_registry::RegistryFault;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "undecodable-duration",
        code: "PP121",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("undecodable_duration.md"),
    },
    looks_at: Subject::RegistryFaults,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for fault in &model.beside.registry_faults {
        let RegistryFault::Duration { text, hours } = &fault.value else {
            continue;
        };
        let text = code(text);
        let message = format!("{text} is no duration to the operator, which then reads no object");
        emit.add(fault.span, message).help(match hours {
            Some(hours) => format!("write {}", code(&format!("{hours}h"))),
            None => "write numbers with `h`, `m` or `s`, such as `1h30m`".to_owned(),
        });
    }
}
