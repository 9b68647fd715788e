//! Fixes of what the API server refuses.

use super::words::code;
use super::{edits, form};
use crate::apiserver::cause::{Cause, Failure};
use crate::apiserver::patterns::{MIRROR, SOURCE};
use crate::apiserver::schema::Type;
use crate::document::Value;
use crate::file::Span;
use crate::finding::{Fix, Safety};
use crate::model::Model;
use crate::scope::form::Form;

/// What would mend a cause; `None` where that is for its author to say.
pub(super) fn cause(model: &Model, cause: &Cause) -> Option<Fix> {
    let span = cause.span;
    let safe = |title: String, edit| Fix::new(title, Safety::Safe, vec![edit]);
    match &cause.failure {
        Failure::PatternMismatch { pattern, .. } if *pattern == MIRROR => {
            form::fix(model, span, Form::Mirror)
        }
        Failure::PatternMismatch { pattern, .. } if *pattern == SOURCE => {
            form::fix(model, span, Form::Source)
        }
        Failure::Rule {
            value: Some(Value::String(_)),
            ..
        } => form::fix(model, span, Form::Source),
        Failure::NotSupported {
            value: Value::String(value),
            supported,
        } => {
            let mut supported = supported.iter();
            let meant = supported.find(|meant| meant.eq_ignore_ascii_case(value.trim()))?;
            let edit = edits::replace(model, span, meant)?;
            Some(safe(format!("write {}", code(meant)), edit))
        }
        Failure::WrongType {
            expected: Type::String,
            ..
        } => string(model, span),
        Failure::WrongType {
            expected: Type::Array,
            found: "string",
        } => {
            let edit = edits::enlist(model, span)?;
            Some(safe("make it a list of one".to_owned(), edit))
        }
        Failure::Duplicate { .. } => {
            let edit = edits::remove_element(model, span)?;
            Some(safe("remove it".to_owned(), edit))
        }
        Failure::DuplicateKey { first, .. } if edits::are_same_elements(model, *first, span) => {
            let edit = edits::remove_element(model, span)?;
            Some(safe("remove it: both say the same".to_owned(), edit))
        }
        _ => None,
    }
}

/// Makes a number or truth value the text that it was written as.
pub(super) fn string(model: &Model, span: Span) -> Option<Fix> {
    let edit = edits::quote(model, span)?;
    Some(Fix::new("put it in quotes", Safety::Safe, vec![edit]))
}
