//! What a change does to nodes of each release.

use super::Side;
use pullproof_core::compare::nodes::{Group, NodeEffect, by_release};
use pullproof_core::file::{FileId, Files};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use serde_json::{Value, json};

/// The effect on nodes, releases in a row together that have the same.
pub(super) struct Effects {
    pub(super) groups: Vec<Group>,
}

impl Effects {
    pub(super) fn json(&self) -> Value {
        let groups = self.groups.iter().map(|group| {
            json!({
                "first": group.first.name(),
                "last": group.last.name(),
                "effect": group.effect.name(),
                "reasons": group.effect.reasons(),
            })
        });
        groups.collect()
    }
}

/// The effects for releases, oldest first.
pub(super) fn effects(
    before: &Side,
    after: &Side,
    releases: &[OpenShift],
    release_image: Option<&String>,
) -> Effects {
    let groups = by_release(releases, &|release| {
        let settings = Settings {
            version: release,
            release_image: release_image.cloned(),
        };
        let effect = |[old, new]: [&Model; 2]| {
            NodeEffect::of(old.node.as_ref().ok(), new.node.as_ref().ok(), release)
        };
        if before.model.version == release {
            return effect([&before.model, &after.model]);
        }
        let [old, new] = [before, after].map(|side| build(&side.files, &side.inputs, &settings));
        effect([&old, &new])
    });
    Effects { groups }
}

fn build(files: &Files, inputs: &[FileId], settings: &Settings) -> Model {
    let mut files = files.clone();
    Model::build(&mut files, inputs, settings)
}
