//! `search-registries`: a list of search registries, whose every change reboots nodes.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::openshift::OpenShift;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "search-registries",
        code: "PP030",
        severity: Severity::Info,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("search_registries.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let first = model.image.search.iter().flatten().next();
    let Some(first) = first else {
        return;
    };
    if model.version < OpenShift::V4_7 {
        emit.add(
            first.span,
            "`containerRuntimeSearchRegistries` has no effect in this release",
        )
        .severity(Severity::Warning)
        .help("remove it, or upgrade to OpenShift 4.7");
    } else {
        emit.add(
            first.span,
            "each change of `containerRuntimeSearchRegistries` reboots every node",
        )
        .help(
            "name images with their registry: the list is for short names alone, and takes the \
             place of `registry.access.redhat.com` and `docker.io`",
        );
    }
}
