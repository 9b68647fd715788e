//! What a change does to nodes of each release.

use crate::openshift::OpenShift;
use crate::render::NodeFiles;
use crate::rollout::{Effect, Rollout, rollout_rendered};

/// Releases in a row that have one effect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The first release.
    pub first: OpenShift,
    /// The last release.
    pub last: OpenShift,
    /// What happens to nodes.
    pub effect: NodeEffect,
}

/// What happens to nodes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NodeEffect {
    /// They get other files.
    Rolled {
        /// What that does.
        effect: Effect,
        /// Why nodes drain.
        reasons: Vec<String>,
    },
    /// The operator refuses one side, so that nodes keep what they have.
    Refused,
}

impl NodeEffect {
    /// What comes of the files of both sides; `None` where the operator writes none.
    pub fn of(
        before: Option<&NodeFiles>,
        after: Option<&NodeFiles>,
        release: OpenShift,
    ) -> NodeEffect {
        match (before, after) {
            (Some(before), Some(after)) => {
                NodeEffect::told(rollout_rendered(before, after, &[], release))
            }
            _ => NodeEffect::Refused,
        }
    }

    fn told(rollout: Rollout) -> NodeEffect {
        let reasons = match (rollout.effect, rollout.conf_change) {
            (Effect::Drain, Ok(conditions)) => {
                let texts = conditions.iter().map(ToString::to_string);
                texts.map(|text| text.trim_end().to_owned()).collect()
            }
            (Effect::Drain, Err(error)) => vec![error],
            _ => Vec::new(),
        };
        NodeEffect::Rolled {
            effect: rollout.effect,
            reasons,
        }
    }

    /// A word for machines.
    pub fn name(&self) -> &'static str {
        match self {
            NodeEffect::Rolled { effect, .. } => effect.name(),
            NodeEffect::Refused => "refused",
        }
    }

    /// What happens, for people.
    pub fn sentence(&self) -> &'static str {
        match self {
            NodeEffect::Rolled { effect, .. } => effect.sentence(),
            NodeEffect::Refused => "the operator refuses one side; nodes keep what they have",
        }
    }

    /// Why nodes drain; empty where they do not.
    pub fn reasons(&self) -> &[String] {
        match self {
            NodeEffect::Rolled { reasons, .. } => reasons,
            NodeEffect::Refused => &[],
        }
    }
}

impl Group {
    /// "4.14", or "4.14 to 4.16".
    pub fn releases(&self) -> String {
        match self.first == self.last {
            true => self.first.to_string(),
            false => format!("{} to {}", self.first, self.last),
        }
    }
}

/// The effects for releases, oldest first, told together where they are alike.
pub fn by_release(releases: &[OpenShift], effect: &dyn Fn(OpenShift) -> NodeEffect) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for release in releases {
        let effect = effect(*release);
        match groups.last_mut() {
            Some(group) if group.effect == effect => group.last = *release,
            _ => groups.push(Group {
                first: *release,
                last: *release,
                effect,
            }),
        }
    }
    groups
}
