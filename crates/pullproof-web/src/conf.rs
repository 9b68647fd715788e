//! The files that nodes get, and which lines of them come from where.

use crate::place::{Place, Places};
use crate::snapshot::{Refused, refused};
use pullproof_core::file::Span;
use pullproof_core::model::Model;
use pullproof_core::order;
use pullproof_core::policy_json;
use pullproof_core::registries::{CONF_PATH, Conf};
use pullproof_core::render::NodeFiles;
use serde::Serialize;

/// Lines of registries.conf whose origins are told: a page shows no more.
const LINES_MAX: usize = 5000;

#[derive(Serialize)]
pub(crate) struct ConfView {
    after: Written,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Written>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Written {
    Files(Vec<NodeFile>),
    Refused(Refused),
}

#[derive(Serialize)]
struct NodeFile {
    path: &'static str,
    text: String,
    is_template: bool,
    lines: Vec<Lines>,
}

/// Lines in a row that come from the same places.
#[derive(Serialize)]
struct Lines {
    first: usize,
    last: usize,
    origins: Vec<Place>,
}

/// The files of both states.
#[cold]
#[inline(never)]
pub(crate) fn view(after: &Model, before: Option<&Model>) -> ConfView {
    ConfView {
        after: written(after),
        before: before.map(written),
    }
}

fn written(model: &Model) -> Written {
    let places = Places::new(&model.files);
    match &model.node {
        Ok(node) => Written::Files(files(model, node, &places)),
        Err(_) => match refused(model, &places) {
            Some(refused) => Written::Refused(refused),
            None => Written::Files(Vec::new()),
        },
    }
}

/// registries.conf first: the others are there for a few clusters only.
fn files(model: &Model, node: &NodeFiles, places: &Places<'_>) -> Vec<NodeFile> {
    let written = node.written();
    let file = |(path, text): (&'static str, Option<&str>)| {
        let text = text?;
        let lines = match path {
            CONF_PATH => node
                .registries_conf
                .as_ref()
                .map(|it| conf_lines(model, &it.value, text, places)),
            policy_json::PATH => node
                .policy_json
                .as_ref()
                .map(|it| policy_lines(&it.value, text, places)),
            _ => node
                .search_conf
                .as_ref()
                .map(|it| search_lines(&it.value, text, places)),
        };
        Some(NodeFile {
            path,
            text: text.to_owned(),
            is_template: !written.iter().any(|(other, _)| *other == path),
            lines: lines.unwrap_or_default(),
        })
    };
    let mut files: Vec<NodeFile> = node.texts().into_iter().filter_map(file).collect();
    order::sort_by_key(&mut files, |file| file.path != CONF_PATH);
    files
}

/// Every line of a table or mirror comes from what the table or mirror comes from.
fn conf_lines(model: &Model, conf: &Conf, text: &str, places: &Places<'_>) -> Vec<Lines> {
    let tables = conf.tables.iter().flat_map(|table| {
        let mirrors = table.mirrors.iter();
        let mirrors = mirrors.map(|mirror| (mirror.span, mirror.origins.as_slice()));
        std::iter::once((table.span, table.origins.as_slice())).chain(mirrors)
    });
    let starts = tables.filter_map(|(span, origins)| {
        let span = span?;
        Some((
            model.files.position(span.file, span.start).line as usize,
            origins,
        ))
    });
    let starts = starts.take_while(|(line, _)| *line <= LINES_MAX);
    let mut starts = starts.peekable();
    let n_lines = text.lines().count();
    let mut lines = Vec::new();
    while let Some((first, origins)) = starts.next() {
        let next = starts.peek().map_or(n_lines + 1, |(line, _)| *line);
        let mut seen: Vec<Span> = Vec::new();
        for origin in origins {
            if !seen.contains(&origin.span) {
                seen.push(origin.span);
            }
        }
        let told = seen.into_iter().map(|span| {
            let object = model.locate(span).map(|(object, _)| object);
            places.place(span).in_object(object)
        });
        lines.push(Lines {
            first,
            // Empty lines stand before headers.
            last: next - 1,
            origins: told.collect(),
        });
    }
    lines.retain(|lines| !lines.origins.is_empty());
    lines
}

/// A scope's line, as the operator writes it: `"SCOPE": [`.
fn policy_lines(policy: &policy_json::Policy, text: &str, places: &Places<'_>) -> Vec<Lines> {
    let line = |(idx, written): (usize, &str)| {
        let (scope, _) = written
            .trim_start()
            .strip_prefix('"')?
            .split_once("\": [")?;
        let spans = &policy.scopes.get(scope)?.spans;
        (!spans.is_empty()).then(|| Lines {
            first: idx + 1,
            last: idx + 1,
            origins: spans.iter().map(|span| places.place(*span)).collect(),
        })
    };
    text.lines().enumerate().filter_map(line).collect()
}

/// The one list of the drop-in comes from all of its elements.
fn search_lines(conf: &Conf, text: &str, places: &Places<'_>) -> Vec<Lines> {
    let spans = conf.search.iter().flatten().map(|registry| registry.span);
    let origins: Vec<Place> = spans.map(|span| places.place(span)).collect();
    let is_list = |written: &str| written.contains("unqualified-search-registries");
    let idx = text.lines().position(is_list);
    let line = idx.map(|idx| Lines {
        first: idx + 1,
        last: idx + 1,
        origins,
    });
    line.into_iter().collect()
}
