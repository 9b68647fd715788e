//! `deprecated-kind`: an `ImageContentSourcePolicy` where its successors are served.

use crate::apiserver::crds::Resource;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "deprecated-kind",
        code: "PP017",
        severity: Severity::Info,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("deprecated_kind.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let successor = Resource::ImageDigestMirrorSets;
    if model.version < successor.since() {
        return;
    }
    let deprecated = Some(Resource::ImageContentSourcePolicies);
    for judged in model.objects.iter().filter(|it| it.resource == deprecated) {
        let message = format!(
            "`{}` is deprecated since OpenShift {}",
            Resource::ImageContentSourcePolicies.kind(),
            successor.since()
        );
        emit.add(judged.object.kind.span, message).help(format!(
            "write an `{}`, into which `oc adm migrate icsp` turns it",
            successor.kind()
        ));
    }
}
