//! `unblocked-payload`: a blocked registry that is not blocked, since the release image is in it.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::{code, cut};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::reference::Reference;
use crate::render::RELEASE_IMAGE;
use crate::render::payload::Warning;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unblocked-payload",
        code: "PP029",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("unblocked_payload.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

/// Most characters that are shown of what the operator logs.
const LOG_CHARACTERS: usize = 200;

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Ok(node) = &model.node else {
        return;
    };
    let release = model.release_image.as_deref().unwrap_or(RELEASE_IMAGE);
    let release = Reference::parse_canonical(release.to_owned());
    let release = release.as_ref().map_or("", Reference::name);
    for warning in &node.warnings {
        let log = format!(
            "the operator only logs: {}",
            cut(&warning.to_string(), LOG_CHARACTERS)
        );
        match warning {
            Warning::NotBlocked { scopes, .. } => {
                for scope in scopes {
                    let message = format!(
                        "registry {} is not blocked: the release image is pulled from {} in it",
                        code(&scope.value),
                        code(release)
                    );
                    emit.add(scope.span, message)
                        .also(scope.span, log.clone())
                        .help(
                            "give the release image a mirror for digests that is not blocked, \
                             or name it by `--release-image` where the cluster has another one",
                        );
                }
            }
            Warning::NothingUsed { span, .. } => {
                emit.add(*span, "no registry at all is blocked or allowed on nodes")
                    .severity(Severity::Error)
                    .also(*span, log)
                    .help("mend what keeps the operator from looking for a mirror of the release");
            }
            Warning::BlockedWithMirror(_) => {}
        }
    }
}
