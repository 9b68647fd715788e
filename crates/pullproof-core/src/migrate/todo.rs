//! What is to be done for a migration, one after the other.

use super::plan::Migrated;
use super::proof::{Proof, Stage};
use crate::rollout::Effect;

/// One thing to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Todo {
    /// What to run.
    pub command: String,
    /// What it does to nodes; `None` where that is another step's.
    pub effect: Option<Effect>,
    /// What to mind; empty where nothing is.
    pub note: &'static str,
}

/// The steps of a migration whose new objects are in `what`: file names, or `-`.
///
/// `note` stands beside the first step where there are no tag mirror sets.
pub fn todos(migrated: &[Migrated], proof: &Proof, what: &str, note: &'static str) -> Vec<Todo> {
    let has_twins = migrated.iter().any(|it| !it.twins.is_empty());
    let effect = |stage: Stage| {
        let step = proof.steps.iter().find(|step| step.to == stage)?;
        step.rollout.as_ref().map(|rollout| rollout.effect)
    };
    let wait = || Todo {
        command: "oc wait machineconfigpool --all --for=condition=Updated --timeout=2h".to_owned(),
        effect: None,
        note: "until every node has what the last step made",
    };
    let sets = migrated.iter().flat_map(|it| &it.sets);
    let names: Vec<&str> = sets.map(|it| it.object.name.value.as_str()).collect();
    let delete = Todo {
        command: format!("oc delete imagecontentsourcepolicy {}", names.join(" ")),
        effect: effect(Stage::After),
        note: "only now: before, mirrors would be missing",
    };
    let apply = Todo {
        command: format!("oc apply -f {what}"),
        effect: effect(Stage::Both),
        note: match has_twins {
            true => "the digest mirror sets first",
            false => note,
        },
    };
    let mut todos = vec![apply, wait(), delete];
    if has_twins {
        todos.push(wait());
        todos.push(Todo {
            command: format!("oc apply -f {what}"),
            effect: effect(Stage::Tagged),
            note: "the tag mirror sets",
        });
    }
    todos
}
