//! `refused-render`: something for which the operator writes none of a node's files.

use crate::document::Node;
use crate::file::Span;
use crate::finding::{Fix, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, edits, form};
use crate::model::Model;
use crate::policy_json::PolicyRefusal;
use crate::registries::refusal::Refusal;
use crate::scope::form::{Form, fault};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "refused-render",
        code: "PP009",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("refused_render.md"),
    },
    looks_at: Subject::Refusals,
    check,
};

/// What every such finding ends with.
const STUCK: &str = "until then no change of registries reaches any node";

fn check(model: &Model, emit: &mut Emit<'_>) {
    for refusal in model.refusals() {
        let Some(words) = words(refusal) else {
            continue;
        };
        let mut spans = refusal.spans().into_iter();
        // Not about a place: the whole of what is rendered, which starts at the first object.
        let Some(span) = spans.next().or_else(|| first_place(model)) else {
            continue;
        };
        let finding = emit.add(span, words.message);
        let label = words.label;
        finding.also_each(spans.map(|span| (span, label.clone())));
        finding
            .also(span, format!("the operator says: {}", refusal.reason()))
            .help(format!("{}; {STUCK}", words.help))
            .fix = fix(model, refusal);
    }
}

/// What would mend a refusal; `None` where that is for its author to say.
fn fix(model: &Model, refusal: &Refusal) -> Option<Fix> {
    match refusal {
        Refusal::InvalidInsecure(text)
        | Refusal::InvalidBlocked(text)
        | Refusal::Policy(
            PolicyRefusal::InvalidBlocked(text) | PolicyRefusal::InvalidAllowed(text),
        )
        | Refusal::SourceFormat(text) => form::fix(model, text.span, Form::Source),
        Refusal::MirrorFormat(text) => form::fix(model, text.span, Form::Mirror),
        Refusal::SelfMirror { mirror, .. } => {
            let edit = edits::remove_element(model, *mirror)?;
            let title = "remove it from the mirrors";
            Some(Fix::new(title, Safety::Unsafe, vec![edit]))
        }
        _ => None,
    }
}

fn first_place(model: &Model) -> Option<Span> {
    let start = |node: &Node| Span {
        end: node.span.start,
        ..node.span
    };
    model
        .objects
        .first()
        .map(|judged| start(&judged.object.root))
}

/// What is said of a refusal.
struct Words {
    message: String,
    /// What further places are.
    label: String,
    help: String,
}

impl Words {
    fn new(message: impl Into<String>, label: &str, help: &str) -> Words {
        Words {
            message: message.into(),
            label: label.to_owned(),
            help: help.to_owned(),
        }
    }
}

/// What is said of a refusal; `None` where another rule tells it.
fn words(refusal: &Refusal) -> Option<Words> {
    Some(match refusal {
        Refusal::PolicyConflict(_) => return None,
        Refusal::ReleaseImage => Words::new(
            "the release image is no whole reference with a host and a tag or digest",
            "",
            "name it as `oc adm release info` does",
        ),
        Refusal::PayloadCrash(_) => Words::new(
            "the operator crashes over this blocked registry, in which it finds the release \
             image and nodes do not",
            "",
            "write the registry as the release image has it",
        ),
        Refusal::Base(_) => Words::new(
            "the registries.conf of the product cannot be read",
            "",
            "restore the file",
        ),
        Refusal::InvalidInsecure(text) => scope("insecure registry", &text.value),
        Refusal::InvalidBlocked(text) | Refusal::Policy(PolicyRefusal::InvalidBlocked(text)) => {
            scope("blocked registry", &text.value)
        }
        Refusal::Policy(PolicyRefusal::InvalidAllowed(text)) => {
            scope("allowed registry", &text.value)
        }
        Refusal::SourceFormat(text) => malformed("source", &text.value, Form::Source),
        Refusal::MirrorFormat(text) => malformed("mirror", &text.value, Form::Mirror),
        Refusal::SourceEmpty(_) => malformed("source", "", Form::Source),
        Refusal::MirrorEmpty(_) => malformed("mirror", "", Form::Mirror),
        Refusal::Wildcard(text) => Words::new(
            format!(
                "{} is a wildcard, which this release does not know",
                code(&text.value)
            ),
            "",
            "name each host, or upgrade to OpenShift 4.16",
        ),
        Refusal::SelfMirror { source, .. } => Words::new(
            format!(
                "mirror {} is its own source, which must not be contacted",
                code(&source.value)
            ),
            "the source",
            "remove it from the mirrors, or allow to contact the source",
        ),
        Refusal::WildcardInheritance { source, scope, .. } => Words::new(
            format!(
                "{} has no mirrors of its own and cannot inherit those of {}, a wildcard",
                code(scope),
                code(source)
            ),
            "also part of it",
            "give it mirrors of its own, or name the hosts in place of the wildcard",
        ),
        Refusal::Policy(PolicyRefusal::AllowedAndBlocked(_)) => Words::new(
            "registries are both allowed and blocked",
            "also in a list",
            "keep one of `allowedRegistries` and `blockedRegistries`",
        ),
        Refusal::Policy(
            PolicyRefusal::NotAllowed(kind, text) | PolicyRefusal::Blocked(kind, text),
        ) => Words::new(
            format!("{} of a {kind} may not be pulled at all", code(&text.value)),
            "",
            "allow it, or remove the policy",
        ),
        Refusal::TooLarge => Words::new(
            "scopes inherit more mirrors than any cluster can store",
            "",
            "block or mark as insecure fewer scopes",
        ),
    })
}

fn malformed(noun: &str, text: &str, form: Form) -> Words {
    match fault(text, form) {
        Some(fault) => Words {
            message: form::message(noun, text, &fault),
            label: String::new(),
            help: form::help(text, form, &fault),
        },
        None => Words::new(
            format!("{noun} {} is malformed", code(text)),
            "",
            "write it anew",
        ),
    }
}

fn scope(noun: &str, text: &str) -> Words {
    malformed(noun, text, Form::Source)
}
