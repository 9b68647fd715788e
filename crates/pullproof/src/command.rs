//! One file for each command, and what several of them share.

pub(crate) mod batch;
pub(crate) mod catalog;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod external;
pub(crate) mod lint;
pub(crate) mod lsp;
pub(crate) mod man;
pub(crate) mod manifests;
pub(crate) mod migrate;
#[cfg(feature = "playground")]
pub(crate) mod playground;
#[cfg(feature = "probe")]
pub(crate) mod probe;
pub(crate) mod prove;
pub(crate) mod render;
pub(crate) mod resolve;
#[cfg(feature = "review")]
pub(crate) mod review;
pub(crate) mod rollout;
pub(crate) mod rules;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod world;

use crate::input::Inputs;
use crate::output::printable;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use pullproof_core::file::{Files, Span};
use pullproof_core::model::Model;
use pullproof_core::openshift::OpenShift;

/// Reads `--openshift 4.16`.
pub(crate) fn openshift() -> impl clap::builder::TypedValueParser<Value = OpenShift> {
    let names = OpenShift::ALL.map(|(_, name)| name);
    PossibleValuesParser::new(names)
        .map(|name| OpenShift::parse(&name).unwrap_or(OpenShift::NEWEST))
}

/// Tells on standard error what could not be read; whether there was anything to tell.
pub(crate) fn tell_unreadable(inputs: &Inputs) -> bool {
    for unreadable in &inputs.unreadable {
        eprintln!(
            "pullproof: cannot read {}: {}",
            unreadable.file, unreadable.reason
        );
    }
    !inputs.unreadable.is_empty()
}

/// Tells on standard error which objects the API server would not store, and which files are no
/// objects: they have no effect.
pub(crate) fn tell_left_out(files: &Files, model: &Model) {
    for conf in model.confs.iter().flat_map(|set| &set.files) {
        let name = printable(&conf.name);
        eprintln!("pullproof: {name}: left out, only `lint` looks at such files");
    }
    for problem in &model.problems {
        let place = place(files, problem.span);
        eprintln!(
            "pullproof: {place}: {}",
            printable(&problem.kind.to_string())
        );
    }
    for judged in &model.objects {
        let Some(verdict) = &judged.verdict else {
            continue;
        };
        if !judged.is_stored() {
            let place = place(files, judged.object.span());
            let message = printable(verdict.message.as_deref().unwrap_or_default());
            eprintln!("pullproof: {place}: left out, the API server rejects it: {message}");
        }
    }
}

/// Tells on standard error why nodes get nothing.
pub(crate) fn tell_refusals(files: &Files, model: &Model) {
    for refusal in model.node.as_ref().err().into_iter().flatten() {
        let place = refusal
            .spans()
            .first()
            .map_or(String::new(), |span| place(files, *span) + ": ");
        eprintln!(
            "pullproof: {place}the Machine Config Operator refuses: {}",
            printable(&refusal.reason())
        );
    }
    eprintln!("pullproof: nodes keep the configuration they have; nothing of this takes effect");
}

fn place(files: &Files, span: Span) -> String {
    format!(
        "{}:{}",
        files.name(span.file),
        files.position(span.file, span.start)
    )
}
