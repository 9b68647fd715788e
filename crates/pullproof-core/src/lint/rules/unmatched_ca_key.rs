//! `unmatched-ca-key`: a certificate authority under a key that is no registry's host.

use crate::finding::{Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::edits;
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::ca_bundle::{Authority, KeyFault};
use crate::sorted::Set;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unmatched-ca-key",
        code: "PP063",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("unmatched_ca_key.md"),
    },
    looks_at: Subject::CaBundles,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for bundle in &model.beside.ca_bundles {
        let keys = bundle.authorities.iter().map(|it| it.key.value.as_str());
        let keys: Set<&str> = keys.collect();
        for authority in &bundle.authorities {
            if let Some(fault) = authority.key_fault {
                tell(&keys, authority, fault, emit);
            }
        }
    }
}

fn tell(keys: &Set<&str>, authority: &Authority, fault: KeyFault, emit: &mut Emit<'_>) {
    let key = code(&authority.key.value);
    let message = match fault {
        KeyFault::Refused => format!("no `ConfigMap` can have the key {key}"),
        KeyFault::OneDot => {
            format!("the key {key} has one dot before its port, so that no registry is trusted")
        }
        KeyFault::FileName => {
            format!("the key {key} is the name of a file, so that no registry is trusted")
        }
        KeyFault::Short => format!(
            "the key {key} is a name without a dot or port, which no pull takes for a registry"
        ),
        KeyFault::NoHost => format!("the key {key} is no host, so that no registry is trusted"),
    };
    let meant = authority.meant();
    let meant = meant.filter(|key| !keys.contains(key.as_str()));
    let help = match &meant {
        Some(meant) => format!("write {}", code(meant)),
        None => "write the host, and `..` before its port: `registry.example.com..5000`".to_owned(),
    };
    let edit = meant
        .as_ref()
        .and_then(|meant| edits::replace(emit.model, authority.key.span, meant));
    let finding = emit.add(authority.key.span, message).help(help.as_str());
    // What cannot be stored helps nobody as it is.
    let safety = match fault {
        KeyFault::Refused => {
            finding.severity(Severity::Error);
            Safety::Safe
        }
        _ => Safety::Unsafe,
    };
    if let Some(edit) = edit {
        finding.fix(help, safety, vec![edit]);
    }
}
