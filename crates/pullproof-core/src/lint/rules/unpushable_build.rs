//! `unpushable-build`: builds whose images the cluster's own registry does not take.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::image_registry::pushing::NoPush;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unpushable-build",
        code: "PP129",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("unpushable_build.md"),
    },
    looks_at: Subject::Outputs,
    check,
};

/// What an event of the build says, word for word.
const EVENT: &str = "the build's event says: Error starting build: an image stream cannot be used \
                     as build output because the integrated container image registry is not \
                     configured";

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(no_push) = &model.beside.no_push else {
        return;
    };
    let why = (no_push.span, "the registry's configuration".to_owned());
    for output in &model.beside.outputs {
        let stream = code(&output.value);
        match no_push.value {
            NoPush::Removed => {
                let message = format!("the build for {stream} never starts: there is no registry");
                emit.add(output.span, message)
                    .also_each([why.clone()])
                    .help(format!(
                        "write `kind: DockerImage` and a name in another registry; {EVENT}"
                    ));
            }
            NoPush::ReadOnly => {
                let message =
                    format!("the build for {stream} fails at its end: the registry takes no image");
                emit.add(output.span, message)
                    .severity(Severity::Warning)
                    .also_each([why.clone()])
                    .help("build when the registry is no longer `readOnly`");
            }
        }
    }
}
