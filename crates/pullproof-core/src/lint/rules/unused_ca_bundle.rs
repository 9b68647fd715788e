//! `unused-ca-bundle`: certificate authorities for registries that nodes do not come to trust.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::CONFIG_NAMESPACE;
use crate::resource::ca_bundle::CaBundle;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unused-ca-bundle",
        code: "PP068",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("unused_ca_bundle.md"),
    },
    looks_at: Subject::CaBundles,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let bundles = &model.beside.ca_bundles;
    let Some(wanted) = &model.beside.wanted_bundle else {
        return;
    };
    // One that is copied somewhere else is where it must be, too.
    let is_there = |it: &CaBundle| it.is_named && it.is_in_place();
    let is_missed = !bundles.iter().any(is_there);
    for bundle in bundles {
        match &bundle.namespace {
            Some(namespace) if bundle.is_named && is_missed => {
                let message = format!(
                    "{} is looked for in namespace {}, not in {}",
                    code(&bundle.name.value),
                    code(CONFIG_NAMESPACE),
                    code(&namespace.value)
                );
                emit.add(namespace.span, message)
                    .also(wanted.span, "what asks for it")
                    .help(format!("write `namespace: {CONFIG_NAMESPACE}`"));
            }
            _ if !bundle.is_named => {
                let name = code(&bundle.name.value);
                let message = format!("the image configuration does not name {name}");
                let finding = emit.add(bundle.name.span, message);
                finding.severity(Severity::Warning);
                match wanted.value.is_empty() {
                    true => finding
                        .also(wanted.span, "the image configuration")
                        .help(format!(
                            "write {name} as `spec.additionalTrustedCA.name` there"
                        )),
                    false => finding
                        .also(wanted.span, "what it names")
                        .help("move its keys there: only one is looked at"),
                };
            }
            _ => {}
        }
    }
}
