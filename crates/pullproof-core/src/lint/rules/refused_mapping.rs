//! `refused-mapping`: a mapping file that `oc image mirror` refuses.

use crate::finding::{Finding, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::reference::ReferenceError;
use crate::resource::mapping::{Fault, FaultKind, MappingFile, TRANSPORT};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "refused-mapping",
        code: "PP050",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("refused_mapping.md"),
    },
    looks_at: Subject::Mappings,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for mapping in &model.beside.mappings {
        for Fault { span, kind } in &mapping.faults {
            let finding = emit.add(*span, format!("`oc image mirror` refuses it: {kind}"));
            if let Some(help) = help(kind) {
                finding.help(help);
            }
            if let FaultKind::RepeatedDestination { first, .. } = kind {
                finding.also(*first, "the same destination");
            }
            if is_dry_run(kind) && 0 < mapping.n_dry_run {
                tell_dry_run(mapping, finding);
            }
            if let FaultKind::TooManyPairs = kind {
                finding.message = format!("{kind}, and the rest is not looked at");
            }
        }
    }
}

fn is_dry_run(kind: &FaultKind) -> bool {
    matches!(kind, FaultKind::Reference { text, .. } if text.starts_with(TRANSPORT))
}

/// The other pairs of a dry run are read without what is refused, so once is enough.
fn tell_dry_run(mapping: &MappingFile, finding: &mut Finding) {
    let others = match mapping.n_dry_run - 1 {
        0 => String::new(),
        n => format!(", as {n} more have it"),
    };
    finding.message = format!("{}{others}", finding.message);
    // It was never meant for the program.
    if mapping.is_dry_run() {
        finding.severity(Severity::Info);
        finding.help(
            "this is the dry run of oc-mirror, read here without `docker://`: remove that to copy \
             it with `oc image mirror`",
        );
    }
}

fn help(kind: &FaultKind) -> Option<&'static str> {
    Some(match kind {
        FaultKind::EmptySide => "write a source, `=` and a destination, without spaces",
        FaultKind::OneWord => "write `SRC=DST`, or both with spaces between, as tabs do not count",
        FaultKind::Reference { text, error } => return reference_help(text, error),
        FaultKind::PatternOutsideTag => "write the `*` in the tag, or leave the tag out for all",
        FaultKind::DigestDestination => "write a tag, or nothing behind the repository",
        FaultKind::PatternToTag => "leave the destination's tag out: each keeps its own",
        FaultKind::RepeatedDestination { .. } => {
            "remove one, or give each its own tag: without one, a repository takes one digest only"
        }
        FaultKind::SameImage => "remove it",
        FaultKind::LongLine | FaultKind::TooManyPairs => "split the file",
    })
}

fn reference_help(text: &str, error: &ReferenceError) -> Option<&'static str> {
    Some(match error {
        _ if text.contains(['<', '>', '{', '}', '$']) => "fill the placeholder in",
        _ if text.starts_with(TRANSPORT) => "remove `docker://`",
        _ if text.contains("://") || text.starts_with("oci:") || text.starts_with("dir:") => {
            "only registries, `file://` and `s3://` can be written here"
        }
        _ if text.contains('\t') => "write a space instead of the tab",
        _ if text.contains('=') => "write several pairs with spaces between",
        ReferenceError::Uppercase | ReferenceError::UppercaseRepository => {
            "write the path in lower case"
        }
        _ if text.contains("@sha256:") => "a digest of `sha256` has 64 digits",
        _ => return None,
    })
}
