//! `deprecated-install-list`: the older list of mirrors in an install-config.

use crate::finding::{Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::edits;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::openshift::OpenShift;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "deprecated-install-list",
        code: "PP066",
        severity: Severity::Info,
        since: "0.1.0",
        releases: Releases::since(OpenShift::V4_14),
        fix: Some(Safety::Unsafe),
        page: page!("deprecated_install_list.md"),
    },
    looks_at: Subject::InstallConfigs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for config in &model.beside.install_configs {
        let Some(list) = &config.content_sources else {
            continue;
        };
        // With both, the installer refuses the file, which another rule tells.
        if config.digest_sources.is_none() {
            let edit = edits::replace(model, list.key, "imageDigestSources");
            let finding = emit.add(list.key, "`imageContentSources` is deprecated");
            finding.help("write `imageDigestSources`, whose entries look the same");
            // An installer before 4.14 does not know the newer name.
            if let Some(edit) = edit {
                finding.fix("write `imageDigestSources`", Safety::Unsafe, vec![edit]);
            }
        }
    }
}
