//! `unread-key`: a key of a registries.conf that nothing reads.

use crate::file::{Span, Spanned};
use crate::finding::{Edit, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::conf as words;
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::model::confs::ConfSet;
use crate::registries::meant::{Home, Meant, meant};
use crate::registries::{Conf, Table, UnknownKey};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unread-key",
        code: "PP041",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("unread_key.md"),
    },
    looks_at: Subject::Confs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for set in &model.confs {
        for conf in set.files.iter().filter_map(|file| file.conf.as_ref().ok()) {
            for unknown in &conf.unknown_keys {
                tell(set, conf, unknown, emit);
            }
            tell_ambiguous(set, conf, emit);
        }
    }
}

fn tell(set: &ConfSet, conf: &Conf, unknown: &UnknownKey, emit: &mut Emit<'_>) {
    let UnknownKey { table, key, line } = unknown;
    let message = format!("{} is not read {}", code(&key.value), place(table));
    let finding = words::add(emit, set, key.span, message);
    let Some(meant) = meant(unknown) else {
        finding
            .help("remove it, or look up how nodes call it: they pass over what they do not know");
        return;
    };
    finding.severity(Severity::Error).help(help(unknown, meant));
    let Some(line) = line else { return };
    let (title, edits) = match meant {
        Meant::Key(meant) => {
            let edit = Edit {
                span: key.span,
                text: meant.to_owned(),
            };
            (format!("write {}", code(meant)), vec![edit])
        }
        Meant::Elsewhere(home) => {
            let Some(put_in) = put_in(conf, line, home) else {
                return;
            };
            let take_out = Edit {
                span: line.span,
                text: String::new(),
            };
            (help(unknown, meant), vec![put_in, take_out])
        }
    };
    let title = title.split(": ").next().unwrap_or_default().to_owned();
    words::fix(finding, title, Safety::Unsafe, edits);
}

/// What puts a line where its key is read; `None` where that place is not known.
fn put_in(conf: &Conf, line: &Spanned<String>, home: Home) -> Option<Edit> {
    let statement = line.value.trim();
    // Tables stand in the order of the text.
    let is_before = |table: &Table| table.span.is_some_and(|span| span.start < line.span.start);
    let n_before = conf.tables.partition_point(is_before);
    let before = &conf.tables[..n_before];
    let at = |span: Span, at: u32, text: String| Edit {
        span: Span {
            start: at,
            end: at,
            ..span
        },
        text,
    };
    match home {
        // Whatever stands before the first registry could be a table, too.
        Home::File if conf.has_aliases || conf.v1.is_some() => None,
        Home::File => {
            let first = before.first()?.span?;
            Some(at(first, first.start, format!("{statement}\n\n")))
        }
        Home::Registry => {
            let table = before.last()?.span?;
            Some(at(table, table.end, format!("\n{statement}")))
        }
    }
}

fn place(table: &str) -> String {
    match table {
        "" => "outside of `[[registry]]`".to_owned(),
        "registry" | "registry.mirror" => format!("behind `[[{table}]]`"),
        table => format!("behind `[{table}]`"),
    }
}

fn help(unknown: &UnknownKey, meant: Meant) -> String {
    let is_mirror = unknown.table == "registry.mirror";
    match meant {
        Meant::Key(key) => format!("write {}", code(key)),
        Meant::Elsewhere(Home::File) => {
            "move it before the first table: behind a header all keys belong to that table"
                .to_owned()
        }
        Meant::Elsewhere(Home::Registry) if is_mirror => {
            "move it before the `[[registry.mirror]]` of its registry: \
             behind that header all keys belong to the mirror"
                .to_owned()
        }
        Meant::Elsewhere(Home::Registry) if unknown.key.value == "mirror" => {
            "write `[[registry.mirror]]`, behind its `[[registry]]`".to_owned()
        }
        Meant::Elsewhere(Home::Registry) => "move it behind a `[[registry]]`".to_owned(),
    }
}

fn tell_ambiguous(set: &ConfSet, conf: &Conf, emit: &mut Emit<'_>) {
    for key in &conf.ambiguous_keys {
        let span: Span = key.span;
        let message = format!(
            "{} is given in two spellings, of which nodes take one at random",
            code(&key.value)
        );
        words::add(emit, set, span, message)
            .severity(Severity::Error)
            .help("remove one: only the case of letters differs, which nodes do not mind");
    }
}
