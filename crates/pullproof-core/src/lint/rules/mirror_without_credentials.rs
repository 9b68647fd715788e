//! `mirror-without-credentials`: a mirror that no pull secret of the nodes has an entry for.

use crate::file::Spanned;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::reference::looks_like_registry;
use crate::resource::pull_secret::{CredentialKeys, PullSecret, PullSecretForm, host_of};
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "mirror-without-credentials",
        code: "PP062",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("mirror_without_credentials.md"),
    },
    looks_at: Subject::PullSecrets,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let secrets = &model.beside.pull_secrets;
    let is_object = |secret: &&PullSecret| matches!(secret.form, PullSecretForm::Secret { .. });
    let mut global: Vec<&PullSecret> = secrets.iter().filter(|it| it.is_global()).collect();
    // What the cluster has is what counts, not a copy beside it.
    if global.iter().any(is_object) {
        global.retain(is_object);
    }
    let own = CredentialKeys::of(secrets.iter().filter(|it| !it.is_global()));
    let mirrors = model.entries().flat_map(|entry| &entry.mirrors);
    tell(mirrors, &global, &own, emit);
    for config in &model.beside.install_configs {
        if let Some(secret) = &config.pull_secret {
            tell(config.mirrors(), &[secret], &own, emit);
        }
    }
}

fn tell<'a>(
    mirrors: impl Iterator<Item = &'a Spanned<String>>,
    global: &[&PullSecret],
    own: &CredentialKeys<'_>,
    emit: &mut Emit<'_>,
) {
    // Of a secret that cannot be read nobody knows what it has.
    if global.is_empty() || global.iter().any(|secret| !secret.faults.is_empty()) {
        return;
    }
    let known = CredentialKeys::of(global.iter().copied());
    let mut by_host: Map<&str, Vec<&Spanned<String>>> = Map::new();
    for mirror in mirrors {
        let host = host_of(&mirror.value);
        if looks_like_registry(host) && !known.has_some_for(&mirror.value) {
            by_host.entry(host).or_default().push(mirror);
        }
    }
    for (host, mirrors) in by_host {
        let [first, others @ ..] = mirrors.as_slice() else {
            continue;
        };
        let help = match own.has_some_for(&first.value) {
            true => {
                "add an entry to the cluster's pull secret: nodes ask no project's own \
                     secret for mirrors"
            }
            false => "add an entry, unless everybody may pull there",
        };
        let others = others
            .iter()
            .map(|it| (it.span, "the same host".to_owned()));
        emit.add(
            first.span,
            format!(
                "the pull secret has no credentials for mirror host {}",
                code(host)
            ),
        )
        .also(global[0].span, "the pull secret")
        .also_each(others)
        .help(help);
    }
}
