//! `unused-trust-bundle`: a certificate for mirrors that the cluster does not come to trust.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unused-trust-bundle",
        code: "PP067",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("unused_trust_bundle.md"),
    },
    looks_at: Subject::InstallConfigs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for config in &model.beside.install_configs {
        if let Some(span) = config.unused_bundle
            && config.mirrors().next().is_some()
        {
            emit.add(
                span,
                "`Proxyonly` without a `proxy` keeps `additionalTrustBundle` from being trusted \
                 by the whole cluster",
            )
            .help("write `Always`, where the bundle is for the mirror registry");
        }
    }
}
