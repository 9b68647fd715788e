//! Where images go, before and after the change.

use crate::ask::Request;
use crate::place::{Place, Places};
use crate::snapshot::{Answer, answer};
use pullproof_core::file::Files;
use pullproof_core::model::Model;
use pullproof_core::policy_json::decision::Verdict;
use pullproof_core::registries::entry::ShortNameMode;
use pullproof_core::registries::load::Registries;
use pullproof_core::resource::images;
use pullproof_core::trace::judgement::Judgement;
use pullproof_core::trace::{self, Context, EndpointKind, Outcome, text};
use serde::Serialize;

/// Most images that are resolved: a page shows no more.
pub(crate) const IMAGES_MAX: usize = 500;

#[derive(Serialize)]
pub(crate) struct TraceView {
    after: Answer<Vec<ImageTrace>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Answer<Vec<ImageTrace>>>,
    /// How many images are left out beyond `IMAGES_MAX`.
    n_left_out: usize,
}

#[derive(Serialize)]
struct ImageTrace {
    image: String,
    candidates: Vec<Candidate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    text: String,
}

#[derive(Serialize)]
struct Candidate {
    reference: String,
    by_digest: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<Entry>,
    attempts: Vec<Step>,
    skipped: Vec<Skipped>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Policy>,
    outcome: Outcome,
}

#[derive(Serialize)]
struct Entry {
    prefix: String,
    location: String,
    blocked: bool,
    origins: Vec<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conf: Option<Place>,
}

#[derive(Serialize)]
struct Step {
    reference: String,
    host: String,
    endpoint: EndpointKind,
    insecure: bool,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    down: bool,
    origins: Vec<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conf: Option<Place>,
}

#[derive(Serialize)]
struct Skipped {
    location: String,
    reason: String,
    origins: Vec<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conf: Option<Place>,
}

#[derive(Serialize)]
struct Policy {
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    origins: Vec<Place>,
}

/// Where the request's images go.
pub(crate) fn view(request: &Request, after: &Model, before: Option<&Model>) -> TraceView {
    let mut files = Files::new();
    let file = files.add("images", request.images.join("\n"));
    let mut wanted = Vec::new();
    for image in images::of_file(&files, file) {
        if !wanted.contains(&image.value) {
            wanted.push(image.value);
        }
    }
    let n_left_out = wanted.len().saturating_sub(IMAGES_MAX);
    wanted.truncate(IMAGES_MAX);
    let of = |model: &Model| {
        let places = Places::new(&model.files);
        answer(model, &places, |registries| {
            let images = wanted.iter();
            let traced =
                images.map(|image| image_trace(request, model, registries, &places, image));
            traced.collect()
        })
    };
    TraceView {
        after: of(after),
        before: before.map(of),
        n_left_out,
    }
}

fn image_trace(
    request: &Request,
    model: &Model,
    registries: &Registries,
    places: &Places<'_>,
    image: &str,
) -> ImageTrace {
    let context = Context {
        files: &model.files,
        registries,
        policy: model.policy(),
        // CRI-O overrides the file's mode, and OpenShift's CRI-O disables asking.
        short_name_mode: ShortNameMode::Disabled,
        down: &request.down,
        object_at: &|span| model.locate(span).map(|(object, _)| object),
    };
    let traced = trace::trace(&context, image, None);
    let text = text::text(std::slice::from_ref(&traced), &|_, text| text.to_owned());
    let trace::Trace {
        image,
        place: _,
        candidates,
        error,
    } = traced;
    let candidates = candidates.into_iter();
    ImageTrace {
        image,
        candidates: candidates.map(|it| candidate(places, it)).collect(),
        error,
        text,
    }
}

fn candidate(places: &Places<'_>, candidate: trace::Candidate) -> Candidate {
    let trace::Candidate {
        reference,
        by_digest,
        entry,
        attempts,
        skipped,
        error,
        policy,
        outcome,
    } = candidate;
    let conf = |table: Option<_>| table.map(|span| places.place(span));
    let entry = entry.map(
        |trace::Entry {
             prefix,
             location,
             blocked,
             origins,
             table,
         }| Entry {
            prefix,
            location,
            blocked,
            origins: places.all_told(&origins),
            conf: conf(table),
        },
    );
    let step = |trace::Step {
                    reference,
                    host,
                    endpoint,
                    insecure,
                    reason,
                    refused,
                    down,
                    origins,
                    table,
                }| Step {
        reference,
        host,
        endpoint,
        insecure,
        reason,
        refused,
        down,
        origins: places.all_told(&origins),
        conf: conf(table),
    };
    let not_tried = |trace::Skipped {
                         location,
                         reason,
                         origins,
                         table,
                     }| Skipped {
        location,
        reason,
        origins: places.all_told(&origins),
        conf: conf(table),
    };
    let policy = policy.map(
        |Judgement {
             verdict,
             scope,
             reason,
             origins,
             message,
         }| Policy {
            verdict,
            scope,
            reason,
            message,
            origins: places.all_told(&origins),
        },
    );
    Candidate {
        reference,
        by_digest,
        entry,
        attempts: attempts.into_iter().map(step).collect(),
        skipped: skipped.into_iter().map(not_tried).collect(),
        error,
        policy,
        outcome,
    }
}
