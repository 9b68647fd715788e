//! `unloadable-file`: a registries.conf that nodes do not load.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, conf};
use crate::model::Model;
use crate::model::confs::{ConfFile, ConfSet};
use crate::openshift::OpenShift;
use crate::registries::conf::DecodeError;
use crate::registries::load_error::{LoadError, LoadErrorKind};
use crate::registries::{Conf, Places};
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unloadable-file",
        code: "PP040",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("unloadable_file.md"),
    },
    looks_at: Subject::Confs,
    check,
};

/// What follows from it, for every help.
const EFFECT: &str = "with this on a node, every pull there fails";

fn check(model: &Model, emit: &mut Emit<'_>) {
    for set in &model.confs {
        for file in &set.files {
            match &file.conf {
                Err(error) => tell_undecoded(set, file, error, emit),
                Ok(conf) => tell_old(set, file, conf, emit),
            }
            tell_new_syntax(model.version, set, file, emit);
        }
        let places = places(set);
        for error in &set.errors {
            tell(set, &places, error, emit);
        }
    }
}

fn tell_undecoded(set: &ConfSet, file: &ConfFile, error: &DecodeError, emit: &mut Emit<'_>) {
    match error {
        // What is wrong with the text of a file is told as for any other file.
        DecodeError::Syntax(_) if file.carried_in.is_none() => {}
        DecodeError::Syntax(problems) => {
            for problem in problems {
                conf::add(emit, set, problem.span, problem.kind.to_string())
                    .help(format!("correct it; {EFFECT}"));
            }
        }
        DecodeError::Type {
            span,
            line: _,
            key,
            found,
            wanted,
        } => {
            let message = format!(
                "{} is {}, where nodes want {}",
                code(key),
                type_name(found),
                type_name(wanted)
            );
            conf::add(emit, set, *span, message)
                .help(format!("{}; {EFFECT}", type_help(key, wanted)));
        }
    }
}

/// What a type of the decoder is in words.
fn type_name(name: &str) -> &'static str {
    match name {
        "bool" | "boolean" => "true or false",
        "int64" | "float64" => "a number",
        "string" => "a text",
        "[]any" | "slice" => "a list",
        "map[string]any" | "map" => "a table",
        "time.Time" => "a time",
        _ => "nothing",
    }
}

fn type_help(key: &str, wanted: &str) -> &'static str {
    match (key, wanted) {
        ("registry", "slice") => {
            "start a registry with `[[registry]]`, in two brackets, before its `[[registry.mirror]]`"
        }
        ("registry.mirror", "slice") => "start a mirror with `[[registry.mirror]]`",
        (_, "string") if key.starts_with("aliases.") => {
            "all behind `[aliases]` is a short name and what it stands for: \
             move other keys before the first table"
        }
        (_, "boolean") => "write `true` or `false`, without quotes",
        (_, "string") => "put the text in quotes",
        (_, "slice") => "put it in brackets",
        _ => "correct it",
    }
}

/// From containers/image, pkg/sysregistriesv2 `loadConfigFile`: v5.40.0 (commit 6d8b59c5) refuses
/// version 1.
fn tell_old(set: &ConfSet, file: &ConfFile, conf: &Conf, emit: &mut Emit<'_>) {
    let Some(v1) = conf.v1.as_ref().filter(|_| !conf.is_v2 && !file.is_drop_in) else {
        return;
    };
    let lists = [&v1.search, &v1.insecure, &v1.block];
    let first = lists.into_iter().flatten().flatten().next();
    let span = first.map_or(Span::new(file.file, 0, 0), |registry| registry.span);
    let message = "this is version 1 of the format, which is not read any more from v5.40.0 of \
                   the library on"
        .to_owned();
    conf::add(emit, set, span, message)
        .severity(Severity::Warning)
        .help(
            "write `unqualified-search-registries`, and `[[registry]]` with `location` and \
             `blocked = true` or `insecure = true`",
        );
}

/// From BurntSushi/toml: 1.3 passes over a byte order mark, 1.6 reads TOML 1.1; CRI-O 1.28 and
/// 1.36 were the first with these.
fn tell_new_syntax(version: OpenShift, set: &ConfSet, file: &ConfFile, emit: &mut Emit<'_>) {
    if file.text_starts_with_mark && version < OpenShift::V4_15 {
        let message = format!("nodes of OpenShift {version} read no text with a byte order mark");
        conf::add(emit, set, Span::new(file.file, 0, 0), message)
            .help(format!("save the file without it; {EFFECT}"));
    }
    if let Some(at) = file.first_of_1_1
        && version < OpenShift::V4_23
    {
        let message =
            format!("this is new in TOML 1.1, and nodes of OpenShift {version} read TOML 1.0");
        conf::add(emit, set, Span::new(file.file, at, at + 1), message).help(format!(
            "keep inline tables on one line without a last comma, and write no `\\e` or `\\x`; {EFFECT}"
        ));
    }
}

/// The texts and places of tables and mirrors by their own places.
type Tables<'a> = Map<Span, (&'a str, Places)>;

fn places(set: &ConfSet) -> Tables<'_> {
    let mut tables = Tables::new();
    if set.errors.is_empty() {
        return tables;
    }
    for conf in set.files.iter().filter_map(|file| file.conf.as_ref().ok()) {
        for table in &conf.tables {
            tables.extend(table.span.zip(Some((table.prefix.as_str(), table.places))));
            for mirror in &table.mirrors {
                tables.extend(mirror.span.zip(Some(("", mirror.places))));
            }
        }
    }
    tables
}

fn tell(set: &ConfSet, tables: &Tables<'_>, error: &LoadError, emit: &mut Emit<'_>) {
    let named = |file: &&ConfFile| file.name == error.file;
    let whole = set.files.iter().find(named);
    let whole = whole.map(|file| Span::new(file.file, 0, 0));
    let Some(table) = error.span.or(whole) else {
        return;
    };
    let (prefix, places) = tables.get(&table).copied().unwrap_or_default();
    let span = match &error.kind {
        LoadErrorKind::Scheme(text) if text == prefix => places.prefix,
        LoadErrorKind::WildcardPrefix(_) => places.prefix.or(places.location),
        LoadErrorKind::PullFromMirrorOnRegistry(_)
        | LoadErrorKind::DigestOnlyTwice { .. }
        | LoadErrorKind::UnknownPullFromMirror { .. } => places.pull_from_mirror,
        LoadErrorKind::NoLocation => places.prefix,
        _ => places.location,
    };
    let finding = conf::add(emit, set, span.unwrap_or(table), message(&error.kind));
    if let LoadErrorKind::Conflict {
        other: Some(other), ..
    } = &error.kind
    {
        finding.also(*other, "what it conflicts with");
    }
    finding.help(format!("{}; {EFFECT}", help(&error.kind)));
}

fn message(kind: &LoadErrorKind) -> String {
    match kind {
        LoadErrorKind::Conflict { location, flag, .. } if location.is_empty() => {
            format!("a wildcard is both `{flag}` and not")
        }
        LoadErrorKind::Conflict { location, flag, .. } => {
            format!("location {} is both `{flag}` and not", code(location))
        }
        // The library prints its data structure, which is no help here.
        LoadErrorKind::MixedVersions(_) => {
            "nodes load no file with both versions of the format".to_owned()
        }
        other => super::unloadable_configuration::message(other),
    }
}

fn help(kind: &LoadErrorKind) -> &'static str {
    match kind {
        LoadErrorKind::Conflict { .. } => {
            "write the same in all tables with this location: nodes compare them whatever the \
             prefixes are"
        }
        LoadErrorKind::PullFromMirrorOnRegistry(_) => {
            "write it behind a `[[registry.mirror]]`, or write `mirror-by-digest-only`"
        }
        LoadErrorKind::DigestOnlyTwice { .. } => {
            "remove `mirror-by-digest-only`, or `pull-from-mirror` of each mirror"
        }
        LoadErrorKind::UnknownPullFromMirror { .. } => "write `all`, `digest-only` or `tag-only`",
        LoadErrorKind::ShortNameMode(_) => "write `enforcing`, `permissive` or `disabled`",
        LoadErrorKind::Aliases(_) => {
            "give a name without host and tag, and a repository with its host and without tag"
        }
        LoadErrorKind::MixedVersions(_) | LoadErrorKind::Version1DropIn => {
            "write `[[registry]]` tables and `unqualified-search-registries`, and no `[registries…]`"
        }
        LoadErrorKind::NoLocation => "add `location`: only a wildcard may be without",
        other => super::unloadable_configuration::help(other),
    }
}
