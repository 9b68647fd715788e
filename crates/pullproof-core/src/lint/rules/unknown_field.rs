//! `unknown-field`: a field that the API server drops.

use crate::apiserver::meant::{Meant, meant};
use crate::apiserver::path::Step;
use crate::finding::Severity;
use crate::lint::words::code;
use crate::lint::{Emit, Rule};
use crate::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "unknown-field",
    code: "PP004",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_field.md"),
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for judged in &model.objects {
        let (Some(resource), Some(verdict)) = (judged.resource, &judged.verdict) else {
            continue;
        };
        for pruned in &verdict.pruned {
            let Some(Step::Key(key)) = pruned.path.steps.last() else {
                continue;
            };
            let message = format!("{} has no field {} here", resource.kind(), code(key));
            let finding = emit.add(pruned.span, message);
            let meant = meant(resource, model.version, &pruned.path);
            finding.help(help(meant));
        }
    }
}

fn help(meant: Option<Meant>) -> String {
    match meant {
        Some(Meant::Key(key)) => format!("write {}", code(key)),
        Some(Meant::Place(path)) => format!("it belongs in {}", code(&path)),
        Some(Meant::Since(version)) => format!("OpenShift {version} is the first to have it"),
        Some(Meant::TagMirrors) => {
            "remove it, and give mirrors for tags in an `ImageTagMirrorSet`".to_owned()
        }
        Some(Meant::SourcePolicy) => {
            "write an `ImageDigestMirrorSet`: this kind always allows to contact the source"
                .to_owned()
        }
        Some(Meant::RegistrySources(list)) => format!(
            "remove it, and add the registry to `spec.registrySources.{list}` of `Image/cluster`"
        ),
        None => "remove it: some clients refuse the object, others drop the field".to_owned(),
    }
}
