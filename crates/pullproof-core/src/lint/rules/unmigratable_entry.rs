//! `unmigratable-entry`: an entry of an `ImageContentSourcePolicy` that its successor refuses.

use crate::file::{Span, Spanned};
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, form};
use crate::model::Model;
use crate::openshift::OpenShift;
use crate::resource::mirror_set::{MirrorEntry, MirrorSetKind};
use crate::scope::form::{Form, fault};
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unmigratable-entry",
        code: "PP035",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::since(OpenShift::V4_13),
        fix: None,
        page: page!("unmigratable_entry.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    // Later operators refuse a malformed text by themselves, which another rule tells.
    let is_form_free = model.version < OpenShift::V4_16;
    let kind = MirrorSetKind::ImageContentSourcePolicy;
    for set in model.mirror_sets.iter().filter(|set| set.kind == kind) {
        for entry in &set.entries {
            if is_form_free {
                malformed("source", &entry.source, Form::Source, emit);
                for mirror in &entry.mirrors {
                    malformed("mirror", mirror, Form::Mirror, emit);
                }
            }
            repeated(entry, emit);
        }
    }
}

fn malformed(noun: &str, text: &Spanned<String>, form: Form, emit: &mut Emit<'_>) {
    if let Some(fault) = fault(&text.value, form) {
        let message = format!(
            "an `ImageDigestMirrorSet` cannot have this: {}",
            form::message(noun, &text.value, &fault)
        );
        emit.add(text.span, message).help(format!(
            "{}; OpenShift 4.16 refuses it in every kind, and with it all changes of registries",
            form::help(&text.value, form, &fault)
        ));
    }
}

fn repeated(entry: &MirrorEntry, emit: &mut Emit<'_>) {
    if entry.mirrors.len() < 2 {
        return;
    }
    let mut seen: Map<&str, Span> = Map::new();
    for mirror in &entry.mirrors {
        let Some(first) = seen.insert(&mirror.value, mirror.span) else {
            continue;
        };
        let message = format!(
            "an `ImageDigestMirrorSet` cannot have mirror {} twice",
            code(&mirror.value)
        );
        emit.add(mirror.span, message)
            .also(first, "the same mirror")
            .help("keep one of them before `oc adm migrate icsp`, which copies both");
    }
}
