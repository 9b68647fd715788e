//! What a change of a node's files does to the node: nothing, a reload, a drain or a reboot.

use crate::file::Files;
use crate::openshift::OpenShift;
use crate::order;
use crate::registries::{CONF_PATH, Conf, conf};
use crate::render::{self, NodeFiles};
use crate::sorted::Map;
use conf_change::Unsafe;
use legacy::LegacyAction;
use policy::{Action, FilePolicy};

pub mod conf_change;
pub mod legacy;
pub mod policy;

/// What a change of files does to a node.
#[derive(Clone, PartialEq, Debug)]
pub struct Rollout {
    /// The paths that differ, in byte order.
    pub diff_files: Vec<String>,
    /// What makes the change of registries.conf unsafe, empty when it is safe;
    /// the text of the error when one of the two files cannot be decoded.
    pub conf_change: Result<Vec<Unsafe>, String>,
    /// What node disruption policies make of it; `None` before 4.16, which has none.
    pub actions: Option<Vec<Action>>,
    /// Whether these actions drain the node; `None` where there are none of them.
    pub drain: Option<Drain>,
    /// What nodes do that have no such policies: all before 4.17, new nodes at first boot,
    /// and those that HyperShift upgrades in place.
    pub legacy_actions: Vec<LegacyAction>,
    /// Whether these actions drain the node.
    pub legacy_drain: Drain,
    /// What happens to a running node of the release.
    pub effect: Effect,
    /// What happens to a node that HyperShift upgrades in place.
    pub in_place_effect: Effect,
}

/// Whether a node is cordoned and drained.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Drain {
    /// It is.
    Needed,
    /// It is not.
    NotNeeded,
    /// It cannot be told, so the update fails with this text.
    Failed(String),
}

/// What happens to a node, from least to most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Effect {
    /// Nothing that pods would notice, CRI-O not even told.
    None,
    /// Services are reloaded or restarted; pods stay.
    Reload,
    /// Pods move away while services are reloaded or restarted.
    Drain,
    /// Pods move away and the node reboots.
    Reboot,
    /// The update fails and the node is degraded.
    Failed,
}

impl Effect {
    /// A word for machines.
    pub fn name(self) -> &'static str {
        match self {
            Effect::None => "none",
            Effect::Reload => "reload",
            Effect::Drain => "drain",
            Effect::Reboot => "reboot",
            Effect::Failed => "failed",
        }
    }

    /// What happens, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Effect::None => "nothing happens to nodes",
            Effect::Reload => "nodes reload CRI-O; pods stay",
            Effect::Drain => "nodes drain one after the other, then reload CRI-O",
            Effect::Reboot => "nodes drain and reboot one after the other",
            Effect::Failed => "the update fails and nodes are degraded",
        }
    }
}

/// What happens to nodes when their files change.
///
/// `old` and `new` are texts by path, of all files that the change may concern.
/// `user_policies` are those of the cluster's administrator, without the product's own.
pub fn rollout(
    old: &Map<String, String>,
    new: &Map<String, String>,
    user_policies: &[FilePolicy],
    version: OpenShift,
) -> Rollout {
    let diff_files = diff_files(old, new);
    let conf_change = conf_change(old, new, version);
    told(diff_files, conf_change, user_policies, version)
}

/// What happens to nodes whose files were rendered before and after a change.
///
/// The same as `rollout` makes of the texts, which are what the renderings say.
pub fn rollout_rendered(
    old: &NodeFiles,
    new: &NodeFiles,
    user_policies: &[FilePolicy],
    version: OpenShift,
) -> Rollout {
    let pairs = old.texts().into_iter().zip(new.texts());
    let differing = pairs.filter(|(old, new)| old != new);
    let diff_files: Vec<String> = differing.map(|((path, _), _)| path.to_owned()).collect();
    let conf_change = match diff_files.iter().any(|path| path == CONF_PATH) {
        true => {
            let template = render::template();
            let [old, new] = [old, new].map(|node| match &node.registries_conf {
                Some(written) => &written.value,
                None => &template,
            });
            conf_change::unsafe_changes(old, new, version)
        }
        false => Vec::new(),
    };
    told(diff_files, Ok(conf_change), user_policies, version)
}

fn told(
    diff_files: Vec<String>,
    conf_change: Result<Vec<Unsafe>, String>,
    user_policies: &[FilePolicy],
    version: OpenShift,
) -> Rollout {
    let actions = (OpenShift::V4_16 <= version).then(|| {
        let policies = policy::merged(user_policies, version);
        policy::actions(&diff_files, &policies, version)
    });
    let drain = actions.as_ref().map(|actions| {
        if actions
            .iter()
            .any(|action| matches!(action, Action::Reboot | Action::Drain))
        {
            Drain::Needed
        } else if actions.contains(&Action::Special) {
            conf_drain(&conf_change)
        } else {
            Drain::NotNeeded
        }
    });
    let legacy_actions = legacy::actions(&diff_files, version);
    let legacy_drain = legacy_drain(&legacy_actions, &diff_files, &conf_change, version);

    let in_place_effect = legacy_effect(&legacy_actions, &legacy_drain);
    let effect = match (&actions, &drain) {
        (Some(actions), Some(drain)) if OpenShift::V4_17 <= version => {
            policy_effect(actions, drain)
        }
        _ => in_place_effect,
    };
    Rollout {
        diff_files,
        conf_change,
        actions,
        drain,
        legacy_actions,
        legacy_drain,
        effect,
        in_place_effect,
    }
}

/// The paths that were added, removed or changed, in byte order.
pub fn diff_files(old: &Map<String, String>, new: &Map<String, String>) -> Vec<String> {
    // From openshift/machine-config-operator, pkg/controller/common/helpers.go
    // `CalculateConfigFileDiffs`, whose order is random.
    let removed = old.keys().filter(|path| !new.contains_key(*path));
    let changed = new
        .iter()
        .filter(|(path, text)| old.get(*path) != Some(*text))
        .map(|(path, _)| path);
    let mut paths: Vec<String> = removed.chain(changed).cloned().collect();
    order::sort(&mut paths);
    paths
}

fn conf_change(
    old: &Map<String, String>,
    new: &Map<String, String>,
    version: OpenShift,
) -> Result<Vec<Unsafe>, String> {
    let old = decode(old)?;
    let new = decode(new)?;
    Ok(conf_change::unsafe_changes(&old, &new, version))
}

fn decode(texts: &Map<String, String>) -> Result<Conf, String> {
    let mut files = Files::new();
    // A file that is not there is empty.
    let file = files.add(CONF_PATH, texts.get(CONF_PATH).map_or("", String::as_str));
    conf::decode_as_operator(&files, file)
        .map_err(|error| format!("failed decoding TOML content from file {CONF_PATH}: {error}"))
}

fn conf_drain(conf_change: &Result<Vec<Unsafe>, String>) -> Drain {
    match conf_change {
        Ok(changes) if changes.is_empty() => Drain::NotNeeded,
        Ok(_) => Drain::Needed,
        Err(text) => Drain::Failed(text.clone()),
    }
}

/// Whether the actions of a node without node disruption policies drain it.
pub fn legacy_drain(
    actions: &[LegacyAction],
    diff_files: &[String],
    conf_change: &Result<Vec<Unsafe>, String>,
    version: OpenShift,
) -> Drain {
    // From openshift/machine-config-operator, pkg/daemon/drain.go `isDrainRequired`.
    let touches_crio = |action: &LegacyAction| {
        matches!(action, LegacyAction::ReloadCrio | LegacyAction::RestartCrio)
    };
    if actions.contains(&LegacyAction::Reboot) {
        return Drain::Needed;
    }
    if !actions.iter().any(touches_crio) {
        return Drain::NotNeeded;
    }
    if version < OpenShift::V4_8 {
        return Drain::Needed;
    }
    if diff_files.iter().any(|path| path == CONF_PATH) {
        return conf_drain(conf_change);
    }
    Drain::NotNeeded
}

fn policy_effect(actions: &[Action], drain: &Drain) -> Effect {
    let is_quiet = |action: &Action| *action == Action::None;
    match drain {
        Drain::Failed(_) => Effect::Failed,
        _ if actions.contains(&Action::Reboot) => Effect::Reboot,
        Drain::Needed => Effect::Drain,
        Drain::NotNeeded if actions.iter().all(is_quiet) => Effect::None,
        Drain::NotNeeded => Effect::Reload,
    }
}

fn legacy_effect(actions: &[LegacyAction], drain: &Drain) -> Effect {
    let is_quiet = |action: &LegacyAction| *action == LegacyAction::None;
    match drain {
        Drain::Failed(_) => Effect::Failed,
        _ if actions.contains(&LegacyAction::Reboot) => Effect::Reboot,
        Drain::Needed => Effect::Drain,
        Drain::NotNeeded if actions.iter().all(is_quiet) => Effect::None,
        Drain::NotNeeded => Effect::Reload,
    }
}
