//! What a change does to nodes of each release.

use super::Side;
use crate::command::rollout::{effect_name, effect_sentence};
use pullproof_core::file::{FileId, Files};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::render::NodeFiles;
use pullproof_core::rollout::{Effect, rollout_rendered};
use serde_json::{Value, json};

/// The effect on nodes, releases in a row together that have the same.
pub(super) struct Effects {
    pub(super) groups: Vec<Group>,
}

/// Releases that have one effect.
pub(super) struct Group {
    pub(super) first: OpenShift,
    pub(super) last: OpenShift,
    pub(super) effect: NodeEffect,
}

/// What happens to nodes.
#[derive(PartialEq, Eq)]
pub(super) enum NodeEffect {
    /// They get other files.
    Rolled {
        effect: Effect,
        /// Why nodes drain.
        reasons: Vec<String>,
    },
    /// The operator refuses one side, so that nodes keep what they have.
    Refused,
}

impl NodeEffect {
    pub(super) fn name(&self) -> &'static str {
        match self {
            NodeEffect::Rolled { effect, .. } => effect_name(*effect),
            NodeEffect::Refused => "refused",
        }
    }

    pub(super) fn sentence(&self) -> &'static str {
        match self {
            NodeEffect::Rolled { effect, .. } => effect_sentence(*effect),
            NodeEffect::Refused => "the operator refuses one side; nodes keep what they have",
        }
    }

    pub(super) fn reasons(&self) -> &[String] {
        match self {
            NodeEffect::Rolled { reasons, .. } => reasons,
            NodeEffect::Refused => &[],
        }
    }
}

impl Group {
    /// "4.14", or "4.14 to 4.16".
    pub(super) fn releases(&self) -> String {
        match self.first == self.last {
            true => self.first.to_string(),
            false => format!("{} to {}", self.first, self.last),
        }
    }
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
    let mut groups: Vec<Group> = Vec::new();
    for release in releases {
        let settings = Settings {
            version: *release,
            release_image: release_image.cloned(),
        };
        let is_same = before.model.version == *release;
        let effect = match is_same {
            true => effect(
                before.model.node.as_ref().ok(),
                after.model.node.as_ref().ok(),
                *release,
            ),
            false => {
                let [old, new] =
                    [before, after].map(|side| build(&side.files, &side.inputs, &settings));
                effect(old.node.as_ref().ok(), new.node.as_ref().ok(), *release)
            }
        };
        match groups.last_mut() {
            Some(group) if group.effect == effect => group.last = *release,
            _ => groups.push(Group {
                first: *release,
                last: *release,
                effect,
            }),
        }
    }
    Effects { groups }
}

fn build(files: &Files, inputs: &[FileId], settings: &Settings) -> Model {
    let mut files = files.clone();
    Model::build(&mut files, inputs, settings)
}

fn effect(old: Option<&NodeFiles>, new: Option<&NodeFiles>, release: OpenShift) -> NodeEffect {
    let (Some(old), Some(new)) = (old, new) else {
        return NodeEffect::Refused;
    };
    let rollout = rollout_rendered(old, new, &[], release);
    let reasons = match rollout.conf_change {
        Ok(conditions) => {
            let texts = conditions
                .iter()
                .map(|it| it.to_string().trim_end().to_owned());
            texts.collect()
        }
        Err(error) => vec![error],
    };
    let drains = matches!(rollout.effect, Effect::Drain);
    NodeEffect::Rolled {
        effect: rollout.effect,
        reasons: if drains { reasons } else { Vec::new() },
    }
}
