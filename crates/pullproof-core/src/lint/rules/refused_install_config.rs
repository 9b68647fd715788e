//! `refused-install-config`: mirrors in an install-config that the installer refuses or overlooks.

use crate::file::Span;
use crate::finding::{Finding, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::lint::{edits, form};
use crate::model::Model;
use crate::resource::install_config::{InstallFault, InstallFaultKind};
use crate::scope::form::{Form, fault, repaired};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "refused-install-config",
        code: "PP065",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("refused_install_config.md"),
    },
    looks_at: Subject::InstallConfigs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for config in &model.beside.install_configs {
        for fault in &config.faults {
            tell(fault, emit);
        }
    }
}

fn tell(fault: &InstallFault, emit: &mut Emit<'_>) {
    let InstallFault {
        span,
        field,
        value,
        kind,
    } = fault;
    let model = emit.model;
    let field = code(field);
    match kind {
        InstallFaultKind::UnknownKey(meant) => {
            let finding = emit.add(*span, format!("the installer does not know {field}"));
            match meant {
                Some(meant) => {
                    finding.help(format!("write {}", code(meant)));
                    rewrite(model, finding, *span, meant);
                }
                None => {
                    finding.help("remove it: an entry has `source`, `mirrors` and `sourcePolicy`");
                }
            }
        }
        InstallFaultKind::BothLists(other) => {
            emit.add(*span, format!("the installer refuses it: {kind}"))
                .also(*other, "the other list")
                .help("move its entries to `imageDigestSources`");
        }
        _ => {
            let message = format!("the installer refuses {field}, {}: {kind}", code(value));
            let finding = emit.add(*span, message);
            if let Some(help) = help(value, kind) {
                finding.help(help);
            }
            if let InstallFaultKind::NotRepository | InstallFaultKind::NoReference(_) = kind
                && let Some(repaired) = repaired(value, Form::Mirror)
            {
                rewrite(model, finding, *span, &repaired);
            }
        }
    }
}

/// Offers to write another text, of which only its author can say whether it is meant.
fn rewrite(model: &Model, finding: &mut Finding, span: Span, meant: &str) {
    if let Some(edit) = edits::replace(model, span, meant) {
        finding.fix(format!("write {}", code(meant)), Safety::Unsafe, vec![edit]);
    }
}

fn help(value: &str, kind: &InstallFaultKind) -> Option<String> {
    match kind {
        InstallFaultKind::PolicyWithoutMirrors => {
            return Some("add `mirrors`, or remove the policy".to_owned());
        }
        InstallFaultKind::UnknownPolicy => {
            return Some("write `NeverContactSource` or `AllowContactingSource`".to_owned());
        }
        _ if value.starts_with("*.") => {
            let help = "name each host: the installer takes no wildcards, which an \
                        `ImageDigestMirrorSet` can add afterwards";
            return Some(help.to_owned());
        }
        _ => {}
    }
    match fault(value, Form::Mirror) {
        Some(fault) => Some(form::help(value, Form::Mirror, &fault)),
        None => Some("write the host, such as `quay.io`, before the path".to_owned()),
    }
}
