//! What a change does to nodes of each release.

use super::Side;
use pullproof_core::compare::nodes::{Group, NodeEffect, by_release};
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
pub(super) fn effects(before: &Side, after: &Side, releases: &[OpenShift]) -> Effects {
    let groups = by_release(releases, &|release| {
        let [old, new] = [before, after].map(|side| side.model.node_files(release));
        NodeEffect::of(old.as_ref(), new.as_ref(), release)
    });
    Effects { groups }
}
