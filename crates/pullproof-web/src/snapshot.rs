//! Everything the page shows, worked out once for each of its changes.

use crate::ask::{Request, View};
use crate::changes::{self, ChangesView};
use crate::cluster::Cluster;
use crate::conf::{self, ConfView};
use crate::finding::{Finding, finding_of};
use crate::graph::{self, GraphView};
use crate::migrate::{self, MigrateView};
use crate::place::{Place, Places};
use crate::rollout::{self, RolloutView};
use crate::trace::{self, TraceView};
use pullproof_core::finding::Severity;
use pullproof_core::lint::rules;
use pullproof_core::model::{Judged, Model};
use pullproof_core::registries::load::Registries;
use pullproof_core::suppress;
use serde::{Serialize, Serializer};

#[derive(Serialize)]
pub(crate) struct Snapshot {
    revision: u64,
    findings: Vec<Finding>,
    counts: Counts,
    readable: bool,
    objects: Vec<ObjectInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<TraceView>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "apart")]
    conf: Option<ConfView>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "apart")]
    graph: Option<Answer<GraphView>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "apart")]
    changes: Option<ChangesView>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "apart")]
    rollout: Option<RolloutView>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "apart")]
    migrate: Option<MigrateView>,
}

/// Writes a view that the page does not begin with, by code that is not part of the first one's.
#[cold]
#[inline(never)]
fn apart<S: Serializer>(view: &impl Serialize, serializer: S) -> Result<S::Ok, S::Error> {
    view.serialize(serializer)
}

#[derive(Default, Serialize)]
struct Counts {
    error: usize,
    warning: usize,
    info: usize,
}

#[derive(Serialize)]
struct ObjectInfo {
    kind: String,
    name: String,
    place: Place,
    about: About,
}

/// What an object is about, by its kind.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum About {
    /// What nodes pull from where.
    Pulls,
    /// What rules hold against that.
    Beside,
    /// Nothing that any rule looks at.
    Other,
}

/// What a configuration says, or why there is none.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Answer<T> {
    Of(T),
    Refused(Refused),
}

/// Why nodes get or load nothing.
#[derive(Serialize)]
pub(crate) struct Refused {
    by: &'static str,
    reasons: Vec<Reason>,
}

#[derive(Serialize)]
struct Reason {
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
}

/// What the model's configuration says, where nodes have one.
pub(crate) fn answer<T>(
    model: &Model,
    places: &Places<'_>,
    say: impl FnOnce(&Registries) -> T,
) -> Answer<T> {
    match (model.loaded(), refused(model, places)) {
        (Some(registries), _) => Answer::Of(say(registries)),
        (None, Some(refused)) => Answer::Refused(refused),
        (None, None) => Answer::Refused(Refused {
            by: "operator",
            reasons: Vec::new(),
        }),
    }
}

/// Why nodes get or load nothing; `None` where they do.
pub(crate) fn refused(model: &Model, places: &Places<'_>) -> Option<Refused> {
    match &model.registries {
        Some(Ok(_)) => None,
        _ => Some(why_refused(model, places)),
    }
}

#[cold]
#[inline(never)]
fn why_refused(model: &Model, places: &Places<'_>) -> Refused {
    match &model.registries {
        Some(Err(errors)) => {
            let reasons = errors.iter().map(|error| Reason {
                reason: error.to_string(),
                place: error
                    .origins
                    .first()
                    .map(|origin| places.place(origin.span))
                    .or_else(|| error.span.map(|span| places.place(span))),
            });
            Refused {
                by: "node",
                reasons: reasons.collect(),
            }
        }
        _ => {
            let reasons = model.refusals().iter().map(|refusal| Reason {
                reason: refusal.reason(),
                place: refusal.spans().first().map(|span| places.place(*span)),
            });
            Refused {
                by: "operator",
                reasons: reasons.collect(),
            }
        }
    }
}

/// Works out what the request asks for.
pub(crate) fn snapshot(request: &Request) -> Snapshot {
    let cluster = Cluster::of(request);
    let settings = request.settings();
    let after = cluster.after(&settings);
    let needs_before = [View::Trace, View::Conf, View::Changes, View::Rollout];
    let needs_before = needs_before.into_iter().any(|view| request.wants(view));
    let before = (cluster.has_change() && needs_before).then(|| cluster.before(&settings));
    let places = Places::new(&after.files);
    let findings = suppress::run(&after, rules::ALL).findings;
    let mut counts = Counts::default();
    for finding in &findings {
        match finding.severity {
            Severity::Error => counts.error += 1,
            Severity::Warning => counts.warning += 1,
            Severity::Info => counts.info += 1,
        }
    }
    let others = &after.beside.others;
    let about = |idx: usize, judged: &Judged| match judged.resource {
        Some(_) => About::Pulls,
        None if others.binary_search(&idx).is_err() => About::Beside,
        None => About::Other,
    };
    let is_broken = after.problems.iter().any(|problem| problem.kind.is_fatal());
    let changed = before.as_ref();
    let wanted = |view: View| request.wants(view);
    Snapshot {
        revision: request.revision,
        findings: findings
            .into_iter()
            .map(|finding| finding_of(&places, finding))
            .collect(),
        counts,
        readable: !is_broken,
        objects: (after.objects.iter().enumerate())
            .map(|(idx, judged)| ObjectInfo {
                kind: judged.object.kind.value.clone(),
                name: judged.object.name.value.clone(),
                place: places.place(judged.object.span()),
                about: about(idx, judged),
            })
            // A mapping without a kind that no rule looks at is hardly an object.
            .filter(|it| !(matches!(it.about, About::Other) && it.kind.is_empty()))
            .collect(),
        trace: wanted(View::Trace).then(|| trace::view(request, &after, changed)),
        conf: wanted(View::Conf).then(|| conf::view(&after, changed)),
        graph: wanted(View::Graph).then(|| {
            answer(&after, &places, |registries| {
                graph::view(&after, registries)
            })
        }),
        changes: wanted(View::Changes).then(|| changes::view(&after, changed)),
        rollout: wanted(View::Rollout).then(|| rollout::view(&after, changed)),
        migrate: wanted(View::Migrate).then(|| migrate::view(&cluster, &settings)),
    }
}
