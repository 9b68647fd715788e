//! `broken-catalog`: a catalog that cannot work, whatever is mirrored.

use crate::file::Spanned;
use crate::finding::{Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::edits;
use crate::lint::words::{code, either};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::catalog::{Catalog, CatalogFault, SOURCE_TYPES};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "broken-catalog",
        code: "PP055",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Safe),
        page: page!("broken_catalog.md"),
    },
    looks_at: Subject::Catalogs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for catalog in &model.beside.catalogs {
        for fault in &catalog.faults {
            tell(fault, catalog, emit);
        }
    }
}

fn tell(fault: &Spanned<CatalogFault>, catalog: &Catalog, emit: &mut Emit<'_>) {
    let span = fault.span;
    let image = catalog.image.as_ref();
    let image = image.map(|image| code(&image.value)).unwrap_or_default();
    match &fault.value {
        CatalogFault::Name(name) => {
            emit.add(
                span,
                format!("the API server refuses the name {}", code(name)),
            )
            .help("a name has lower-case letters, digits, `-` and `.`");
        }
        CatalogFault::SourceType { text, meant } => {
            let edit = meant.and_then(|meant| edits::replace(emit.model, span, meant));
            let finding = emit.add(span, format!("source type {} is unknown", code(text)));
            if let Some(meant) = meant {
                finding.help(format!("write {}", code(meant)));
                if let Some(edit) = edit {
                    finding.fix(format!("write {}", code(meant)), Safety::Safe, vec![edit]);
                }
            } else {
                finding.help(format!("write {}", either(&SOURCE_TYPES)));
            }
        }
        CatalogFault::NoImage => {
            emit.add(
                span,
                "a catalog with neither image nor address serves nothing",
            )
            .help("give its `image`");
        }
        CatalogFault::Scheme { scheme, rest } => {
            let message = format!("image {image} has a scheme, {}", code(scheme));
            let finding = emit.add(span, message);
            if scheme == "docker://" {
                finding.help(format!("write {}", code(rest)));
            } else {
                finding
                    .help("write where the image is in a registry: nodes pull from nowhere else");
            }
        }
        CatalogFault::Image(error) => {
            emit.add(span, format!("image {image} is no reference: {error}"));
        }
        CatalogFault::RefusedPoll => {
            emit.add(
                span,
                "the API server refuses to poll for an image with a digest",
            )
            .help("remove it, or write a tag");
        }
        CatalogFault::VainPoll => {
            emit.add(
                span,
                "polling for an image with a digest never finds a new one",
            )
            .severity(Severity::Warning)
            .help("remove it, or write a tag");
        }
    }
}
