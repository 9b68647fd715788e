//! What the rules find, with places of the page.

use crate::place::{Place, Places};
use pullproof_core::finding::{self, Edit, Label};
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Finding {
    rule: &'static str,
    code: &'static str,
    severity: &'static str,
    message: String,
    place: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    path: String,
    related: Vec<Related>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Fix>,
}

/// A further place, or a place and the text that it is to have.
#[derive(Serialize)]
struct Related {
    place: Place,
    text: String,
}

#[derive(Serialize)]
struct Fix {
    title: String,
    safety: &'static str,
    edits: Vec<Related>,
}

/// A finding as the page has it.
pub(crate) fn finding_of(places: &Places<'_>, finding: finding::Finding) -> Finding {
    let finding::Finding {
        rule,
        code,
        severity,
        message,
        span,
        related,
        help,
        fix,
        object,
        path,
    } = finding;
    let label = |Label { span, text }: Label| Related {
        place: places.place(span),
        text,
    };
    let edit = |Edit { span, text }: Edit| Related {
        place: places.place(span),
        text,
    };
    Finding {
        rule,
        code,
        severity: severity.name(),
        message,
        place: places.place(span),
        object,
        path,
        related: related.into_iter().map(label).collect(),
        help,
        fix: fix.map(
            |finding::Fix {
                 title,
                 safety,
                 edits,
             }| Fix {
                title,
                safety: safety.name(),
                edits: edits.into_iter().map(edit).collect(),
            },
        ),
    }
}
