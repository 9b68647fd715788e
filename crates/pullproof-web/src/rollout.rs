//! What a change does to nodes, release by release.

use pullproof_core::compare::nodes::{Group, NodeEffect, by_release};
use pullproof_core::model::Model;
use pullproof_core::openshift::OpenShift;
use pullproof_core::rollout::diff_files;
use serde::Serialize;

/// What every answer takes for granted.
const ASSUMPTION: &str = "the cluster has no node disruption policy of its own for these files";

#[derive(Serialize)]
pub(crate) struct RolloutView {
    effect: &'static str,
    sentence: &'static str,
    reasons: Vec<String>,
    files: Vec<String>,
    releases: Vec<Release>,
    assumption: &'static str,
}

#[derive(Serialize)]
struct Release {
    first: &'static str,
    last: &'static str,
    effect: &'static str,
    sentence: &'static str,
    reasons: Vec<String>,
}

/// What happens to nodes; nothing where there is no change.
#[cold]
#[inline(never)]
pub(crate) fn view(after: &Model, before: Option<&Model>) -> RolloutView {
    let effect = |before: &Model, release: OpenShift| {
        let [old, new] = [before, after].map(|model| model.node_files(release));
        NodeEffect::of(old.as_ref(), new.as_ref(), release)
    };
    let chosen = effect(before.unwrap_or(after), after.version);
    let releases = OpenShift::ALL.map(|(release, _)| release);
    let groups = match before {
        None => Vec::new(),
        Some(before) => by_release(&releases, &|release| effect(before, release)),
    };
    let nodes = before.map(|before| (&before.node, &after.node));
    let files = match nodes {
        Some((Ok(old), Ok(new))) => diff_files(&old.on_node(), &new.on_node()),
        _ => Vec::new(),
    };
    RolloutView {
        effect: chosen.name(),
        sentence: chosen.sentence(),
        reasons: chosen.reasons().to_vec(),
        files,
        releases: groups.iter().map(release).collect(),
        assumption: ASSUMPTION,
    }
}

fn release(group: &Group) -> Release {
    let Group {
        first,
        last,
        effect,
    } = group;
    Release {
        first: first.name(),
        last: last.name(),
        effect: effect.name(),
        sentence: effect.sentence(),
        reasons: effect.reasons().to_vec(),
    }
}
