//! Policies made digest mirror sets, with the proof that no pull changes.

use crate::cluster::Cluster;
use crate::finding::{Finding, finding_of};
use crate::place::{Place, Places};
use pullproof_core::compare::ChangedPull;
use pullproof_core::file::Spanned;
use pullproof_core::migrate::convert::Converted;
use pullproof_core::migrate::plan::{Twins, plan, refusals, stream};
use pullproof_core::migrate::proof::{Claim, Proof, Step, prove};
use pullproof_core::migrate::todo::{Todo, todos};
use pullproof_core::model::Settings;
use pullproof_core::rollout::Effect;
use serde::Serialize;

/// What the new objects are called in commands.
const STREAM_NAME: &str = "idms.yaml";

#[derive(Serialize)]
pub(crate) struct MigrateView {
    objects: Vec<Object>,
    stream: String,
    files: Vec<File>,
    refused: Vec<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<ProofTold>,
    todo: Vec<TodoTold>,
}

#[derive(Serialize)]
struct Object {
    kind: String,
    name: String,
    from: Place,
    text: String,
    lines_kept: bool,
    left_out: Vec<LeftOut>,
}

#[derive(Serialize)]
struct LeftOut {
    text: String,
    place: Place,
}

#[derive(Serialize)]
struct File {
    file: String,
    text: String,
}

#[derive(Serialize)]
struct ProofTold {
    holds: bool,
    verdict: &'static str,
    steps: Vec<StepTold>,
    refusals: Vec<Refusal>,
}

#[derive(Serialize)]
struct StepTold {
    from: &'static str,
    to: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<Vec<Changed>>,
    same_file: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<&'static str>,
}

#[derive(Serialize)]
struct Changed {
    change: &'static str,
    witness: String,
    was: Vec<String>,
    will: Vec<String>,
}

#[derive(Serialize)]
struct Refusal {
    stage: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct TodoTold {
    command: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<&'static str>,
    note: &'static str,
}

/// What becomes of every policy there is after the change.
#[cold]
#[inline(never)]
pub(crate) fn view(cluster: &Cluster, settings: &Settings) -> MigrateView {
    let files = &cluster.files;
    let places = Places::new(files);
    let inputs = cluster.inputs();
    let migrated = plan(files, &inputs, Twins::Unwanted);
    let objects = || migrated.iter().flat_map(|it| &it.sets);
    let refused = match migrated.is_empty() {
        true => Vec::new(),
        false => refusals(files, objects(), settings.version),
    };
    let is_provable = !migrated.is_empty() && refused.is_empty();
    // A current object that a proposed one replaces is in the proof all the same: the later wins.
    let proof = is_provable.then(|| {
        prove(&Claim {
            files,
            inputs: &inputs,
            others: &[],
            migrated: &migrated,
            settings,
        })
    });
    let todo = proof.as_ref().filter(|proof| proof.holds());
    let todo = todo.map(|proof| todos(&migrated, proof, STREAM_NAME, ""));
    MigrateView {
        objects: objects().map(|object| object_of(&places, object)).collect(),
        stream: stream(objects()),
        files: migrated
            .iter()
            .map(|it| File {
                file: files.name(it.file).to_owned(),
                text: it.in_place.clone(),
            })
            .collect(),
        refused: refused
            .into_iter()
            .map(|finding| finding_of(&places, finding))
            .collect(),
        proof: proof.as_ref().map(proof_of),
        todo: todo.into_iter().flatten().map(todo_of).collect(),
    }
}

fn object_of(places: &Places<'_>, converted: &Converted) -> Object {
    let Converted {
        object,
        text,
        is_edited,
        dropped,
    } = converted;
    Object {
        kind: object.kind.value.clone(),
        name: object.name.value.clone(),
        from: places.place(object.span()),
        text: text.clone(),
        lines_kept: *is_edited,
        left_out: dropped
            .iter()
            .map(|Spanned { value, span }| LeftOut {
                text: value.clone(),
                place: places.place(*span),
            })
            .collect(),
    }
}

fn proof_of(proof: &Proof) -> ProofTold {
    let refusals = proof.states.iter().flat_map(|(stage, model)| {
        model.refusals().iter().map(|refusal| Refusal {
            stage: stage.name(),
            reason: refusal.reason(),
        })
    });
    ProofTold {
        holds: proof.holds(),
        verdict: match proof.holds() {
            true => "proven: no pull changes",
            false => "not proven",
        },
        steps: proof.steps.iter().map(step_of).collect(),
        refusals: refusals.collect(),
    }
}

fn step_of(step: &Step) -> StepTold {
    let Step {
        from,
        to,
        changed,
        is_same_file,
        rollout,
    } = step;
    let pull = |pull: &ChangedPull| Changed {
        change: pull.change.name(),
        witness: pull.witness.clone(),
        was: pull.before.clone(),
        will: pull.after.clone(),
    };
    StepTold {
        from: from.name(),
        to: to.name(),
        changed: changed
            .as_ref()
            .map(|changed| changed.iter().map(pull).collect()),
        same_file: *is_same_file,
        effect: rollout.as_ref().map(|rollout| rollout.effect.name()),
    }
}

fn todo_of(todo: Todo) -> TodoTold {
    let Todo {
        command,
        effect,
        note,
    } = todo;
    TodoTold {
        command,
        effect: effect.map(Effect::name),
        sentence: effect.map(Effect::sentence),
        note,
    }
}
