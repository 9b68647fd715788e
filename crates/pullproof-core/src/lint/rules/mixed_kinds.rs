//! `mixed-kinds`: mirror sets of old and new kinds together, which early patch releases refuse.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::openshift::OpenShift;
use crate::resource::mirror_set::MirrorSetKind;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "mixed-kinds",
        code: "PP036",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases {
            first: Some(OpenShift::V4_13),
            last: Some(OpenShift::V4_14),
        },
        fix: None,
        page: page!("mixed_kinds.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let first_of = |kinds: &[MirrorSetKind]| {
        let mut sets = model.mirror_sets.iter();
        sets.find(|set| kinds.contains(&set.kind))
    };
    let old = first_of(&[MirrorSetKind::ImageContentSourcePolicy]);
    let new = first_of(&[
        MirrorSetKind::ImageDigestMirrorSet,
        MirrorSetKind::ImageTagMirrorSet,
    ]);
    if let (Some(old), Some(new)) = (old, new) {
        let message = "beside an `ImageContentSourcePolicy` this kind is refused before 4.13.27 \
                       and 4.14.3";
        emit.add(new.name.span, message)
            .also(old.name.span, "the `ImageContentSourcePolicy`")
            .help("write all of one kind, or upgrade first: nodes get no change until then");
    }
}
