//! `inert-kind`: an object that is stored and that nobody reads.

use crate::apiserver::crds::Resource;
use crate::finding::{Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, edits};
use crate::model::Model;
use crate::resource::image_config;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "inert-kind",
        code: "PP006",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("inert_kind.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for judged in model.objects.iter().filter(|judged| judged.is_stored()) {
        let object = &judged.object;
        match judged.resource {
            Some(Resource::ImageContentPolicies) => {
                emit.add(
                    object.kind.span,
                    "an `ImageContentPolicy` has no effect: nothing in OpenShift reads it",
                )
                .help("write an `ImageDigestMirrorSet`, and an `ImageTagMirrorSet` for tags");
            }
            Some(Resource::Images) if object.name.value != image_config::NAME => {
                let name = code(&object.name.value);
                let edit = edits::replace(model, object.name.span, image_config::NAME);
                emit.add(
                    object.name.span,
                    format!("image configuration {name} has no effect: only `cluster` is read"),
                )
                .help("name it `cluster`, which replaces the one that is there")
                .fix = edit.map(|edit| Fix::new("name it `cluster`", Safety::Unsafe, vec![edit]));
            }
            _ => {}
        }
    }
}
