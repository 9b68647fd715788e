//! That a migration changes no pull: the cluster before it, with both kinds, and after it.

use super::convert::is_policy;
use super::plan::{Migrated, stream};
use crate::compare::{Change, ChangedPull, compare};
use crate::file::{FileId, Files, Span};
use crate::model::{Contents, Model, Settings};
use crate::openshift::OpenShift;
use crate::regions::Extent;
use crate::registries::CONF_PATH;
use crate::rollout::{Rollout, rollout_rendered};

/// A state of the cluster on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// As it is.
    Before,
    /// With the old and the new objects.
    Both,
    /// Without the old ones.
    After,
    /// And with tag mirror sets.
    Tagged,
}

impl Stage {
    /// What to call it.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Before => "before",
            Stage::Both => "with both kinds",
            Stage::After => "with the policies deleted",
            Stage::Tagged => "with tag mirror sets",
        }
    }
}

/// What a step from one state to another does.
pub struct Step {
    /// The state it starts from.
    pub from: Stage,
    /// The state it ends in.
    pub to: Stage,
    /// The pulls that are answered otherwise; `None` where one of the states has no configuration.
    pub changed: Option<Vec<ChangedPull>>,
    /// Whether nodes have the same registries.conf, to the byte.
    pub is_same_file: bool,
    /// What it does to nodes; `None` where one of the states has no files.
    pub rollout: Option<Rollout>,
}

impl Step {
    /// Whether it is known that no pull changes.
    pub fn changes_nothing(&self) -> bool {
        self.changed.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether it is known that no pull by digest changes, and that no other fails, but for names
    /// that are hardly ever repositories: on other ports of a host, longer than an endpoint takes.
    pub fn keeps_digests(&self) -> bool {
        let is_kept = |pull: &ChangedPull| {
            let is_odd = matches!(pull.extent, Extent::Port | Extent::Long | Extent::Hostless);
            !pull.witness.contains('@') && (pull.change != Change::Fails || is_odd)
        };
        self.changed
            .as_ref()
            .is_some_and(|changed| changed.iter().all(is_kept))
    }
}

/// Every state and what leads from one to the next.
pub struct Proof {
    /// The states that there are, in order.
    pub states: Vec<(Stage, Model)>,
    /// From each state to the next.
    pub steps: Vec<Step>,
    /// From the first state to that without the policies.
    pub whole: Step,
    /// The names of objects that are there and have the name and kind of a new one.
    pub replaced: Vec<Span>,
}

impl Proof {
    /// The model of a state; `None` where there is no such state.
    pub fn model(&self, stage: Stage) -> Option<&Model> {
        let mut states = self.states.iter();
        states.find(|(it, _)| *it == stage).map(|(_, model)| model)
    }

    /// Whether it is proven that no pull changes, but for pulls by tag that gain mirrors.
    pub fn holds(&self) -> bool {
        let keeps = |step: &Step| match step.to {
            Stage::Tagged => step.keeps_digests(),
            _ => step.changes_nothing(),
        };
        self.whole.changes_nothing() && self.steps.iter().all(keeps)
    }
}

/// What a cluster has and what it is to get.
pub struct Claim<'a> {
    /// The texts.
    pub files: &'a Files,
    /// The files with the policies, as they are.
    pub inputs: &'a [FileId],
    /// The files with the rest of the cluster.
    pub others: &'a [FileId],
    /// What came of the inputs.
    pub migrated: &'a [Migrated],
    /// What the model depends on beside the texts.
    pub settings: &'a Settings,
}

/// Works out every state of the cluster, and what each step changes.
///
/// New objects are read from the texts that are written.
pub fn prove(claim: &Claim<'_>) -> Proof {
    let Claim {
        files,
        inputs,
        others,
        migrated,
        settings,
    } = claim;
    let version = settings.version;
    let mut files = Files::clone(files);
    let given: Vec<FileId> = others.iter().chain(*inputs).copied().collect();
    let before = Contents::read(&files, &given, version);
    let mut add = |text: &dyn Fn(&Migrated) -> String| {
        let mut added = Vec::new();
        for migrated in *migrated {
            let name = format!("{} (migrated)", files.name(migrated.file));
            added.push(files.add(name, text(migrated)));
        }
        Contents::read(&files, &added, version)
    };
    let sets = add(&|migrated| stream(&migrated.sets));
    let twins = add(&|migrated| stream(&migrated.twins));
    let keys: Vec<_> = sets.objects.iter().chain(&twins.objects).collect();
    let is_replaced = |key: (Option<_>, &str)| keys.iter().any(|new| new.key() == key);
    let replaced = before.objects.iter();
    let replaced = replaced.filter(|judged| is_replaced(judged.key()));
    let replaced = replaced.map(|judged| judged.object.name.span).collect();

    let both = before.updated_with(sets);
    let mut after = both.clone();
    let is_input = |file: FileId| migrated.iter().any(|migrated| migrated.file == file);
    after
        .objects
        .retain(|judged| !(is_policy(&judged.object) && is_input(judged.object.span().file)));
    let has_twins = !twins.objects.is_empty();
    let tagged = has_twins.then(|| after.updated_with(twins));
    let contents = [
        (Stage::Before, Some(before)),
        (Stage::Both, Some(both)),
        (Stage::After, Some(after)),
        (Stage::Tagged, tagged),
    ];
    let mut states = Vec::new();
    for (stage, contents) in contents {
        if let Some(contents) = contents {
            states.push((stage, Model::of(&mut files, contents, settings)));
        }
    }
    let steps = states.windows(2).map(|pair| match pair {
        [from, to] => Some(step(from, to, version)),
        _ => None,
    });
    Proof {
        steps: steps.flatten().collect(),
        whole: step(&states[0], &states[2], version),
        states,
        replaced,
    }
}

fn step(from: &(Stage, Model), to: &(Stage, Model), version: OpenShift) -> Step {
    let ((from, before), (to, after)) = (from, to);
    let nodes = before.node.as_ref().ok().zip(after.node.as_ref().ok());
    let loaded = before.loaded().zip(after.loaded());
    let rollout = nodes.map(|(old, new)| rollout_rendered(old, new, &[], version));
    Step {
        from: *from,
        to: *to,
        changed: loaded.map(|(before, after)| compare(before, after)),
        is_same_file: nodes.is_some_and(|(old, new)| {
            let conf = |node: &crate::render::NodeFiles| node.on_node().remove(CONF_PATH);
            conf(old) == conf(new)
        }),
        rollout,
    }
}

/// The first patch release whose operator lets both kinds be in a cluster; `None` where every one
/// does, or none.
// From openshift/machine-config-operator, pkg/controller/container-runtime-config: earlier ones
// stop with "both imagecontentsourcepolicy and imagedigestmirrorset exist".
pub fn first_patch(version: OpenShift) -> Option<&'static str> {
    match version {
        OpenShift::V4_13 => Some("4.13.27"),
        OpenShift::V4_14 => Some("4.14.3"),
        _ => None,
    }
}
