//! `top-level-wildcard`: a wildcard of a whole top-level domain.

use crate::file::Spanned;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "top-level-wildcard",
        code: "PP038",
        severity: Severity::Info,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("top_level_wildcard.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    // Where nothing is loaded no wildcard matches anything.
    if model.loaded().is_none() {
        return;
    }
    for entry in model.entries() {
        tell("source", &entry.source, emit);
    }
    // The operator and policy.json look at the end of a host, and at its start nobody does.
    for (noun, list) in [
        ("insecure registry", &model.image.insecure),
        ("blocked registry", &model.image.blocked),
    ] {
        for registry in list.iter().flatten() {
            tell(noun, registry, emit);
        }
    }
}

fn tell(noun: &str, scope: &Spanned<String>, emit: &mut Emit<'_>) {
    let Some(domain) = scope.value.strip_prefix("*.") else {
        return;
    };
    if domain.is_empty() || domain.contains('.') {
        return;
    }
    let message = format!(
        "{noun} {} does not match hosts with {} further left, such as {}",
        code(&scope.value),
        code(&format!(".{domain}")),
        code(&format!("registry.{domain}s.{domain}"))
    );
    emit.add(scope.span, message)
        .help("name the domains: nodes look for the first place of it in a name only");
}
