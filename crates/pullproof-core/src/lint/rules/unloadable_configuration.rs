//! `unloadable-configuration`: what is written to nodes and what they then cannot load.

use crate::file::Span;
use crate::finding::{Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, form};
use crate::model::Model;
use crate::registries::Origin;
use crate::registries::load_error::{LoadError, LoadErrorKind};
use crate::scope::form::Form;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unloadable-configuration",
        code: "PP010",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("unloadable_configuration.md"),
    },
    looks_at: Subject::LoadErrors,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(Err(errors)) = &model.registries else {
        return;
    };
    for error in errors {
        tell(error, emit);
    }
}

fn tell(error: &LoadError, emit: &mut Emit<'_>) {
    let mut origins = spans(&error.origins);
    let Some(span) = origins.next().or(error.span) else {
        return;
    };
    let fix = fix(emit.model, span, error);
    let finding = emit.add(span, message(&error.kind));
    finding.fix = fix;
    finding.also_each(origins.map(|span| (span, "also part of it".to_owned())));
    if let LoadErrorKind::Conflict { other_origins, .. } = &error.kind {
        let others = spans(other_origins);
        finding.also_each(others.map(|span| (span, "what it conflicts with".to_owned())));
    }
    if let Some(rendered) = error.span.filter(|rendered| *rendered != span) {
        finding.also(rendered, format!("nodes say: {}", error.kind));
    }
    finding.help(format!(
        "{}; with this on a node, every pull there fails",
        help(&error.kind)
    ));
}

/// Writes the host and path that are meant; `None` where they cannot be told.
fn fix(model: &Model, span: Span, error: &LoadError) -> Option<Fix> {
    let write = |span: Span| form::fix(model, span, Form::Source);
    match &error.kind {
        LoadErrorKind::Scheme(_) | LoadErrorKind::WildcardPrefix(_) => write(span),
        // One of them has the slash.
        LoadErrorKind::Conflict { other_origins, .. } => {
            let mut places = spans(&error.origins).chain(spans(other_origins));
            places.find_map(write)
        }
        _ => None,
    }
}

fn spans(origins: &[Origin]) -> impl Iterator<Item = Span> {
    origins.iter().map(|origin| origin.span)
}

/// What nodes do not load.
pub(super) fn message(kind: &LoadErrorKind) -> String {
    match kind {
        LoadErrorKind::Scheme(text) => {
            format!("nodes load no location with a scheme: {}", code(text))
        }
        LoadErrorKind::NoLocationNoPrefix | LoadErrorKind::NoLocation => {
            "nodes load no registry without a location".to_owned()
        }
        LoadErrorKind::NoMirrorLocation => "nodes load no mirror without a location".to_owned(),
        LoadErrorKind::Conflict { location, flag, .. } => format!(
            "{} is both {flag} and not, since nodes ignore a slash at the end",
            code(location)
        ),
        LoadErrorKind::SearchRegistry(text) => {
            format!("search registry {} is no host", code(text))
        }
        LoadErrorKind::WildcardPrefix(text) => {
            format!("nodes load no wildcard with a path or port: {}", code(text))
        }
        other => format!("nodes do not load this: {other}"),
    }
}

/// What to do about it.
pub(super) fn help(kind: &LoadErrorKind) -> &'static str {
    match kind {
        LoadErrorKind::Scheme(_) => "remove the scheme",
        LoadErrorKind::Conflict { .. } => "write the registry without a slash at the end",
        LoadErrorKind::SearchRegistry(_) => "name a host, with a port where needed",
        LoadErrorKind::WildcardPrefix(_) => "end it with the host",
        LoadErrorKind::NoLocationNoPrefix
        | LoadErrorKind::NoLocation
        | LoadErrorKind::NoMirrorLocation => "name a host, with a path where needed",
        _ => "correct it",
    }
}
