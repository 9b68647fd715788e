//! `refused-platform`: lists of registries that cut nodes off from what the platform itself pulls.

use crate::file::Spanned;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::{code, codes};
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::openshift::OpenShift;
use crate::policy_json::Policy;
use crate::policy_json::decision::Verdict;
use crate::reference::Reference;
use crate::render::RELEASE_IMAGE;
use crate::scope::is_nested;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "refused-platform",
        code: "PP025",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("refused_platform.md"),
    },
    looks_at: Subject::Policy,
    check,
};

/// Where the images of the release are that its release image lists.
const COMPONENTS: &str = "quay.io/openshift-release-dev/ocp-v4.0-art-dev";

/// What pods of every cluster pull beside the release.
const OTHERS: [&str; 2] = [
    "image-registry.openshift-image-registry.svc:5000",
    "registry.redhat.io",
];

/// The scope whose signatures a policy of the product asks for.
// From openshift/cluster-update-keys, 0000_90_openshift-cluster-image-policy.yaml.
const SIGNED: &str = "quay.io/openshift-release-dev/ocp-release";

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(policy) = model.policy() else {
        return;
    };
    let release = model.release_image.as_deref().unwrap_or(RELEASE_IMAGE);
    let Ok(release) = Reference::parse_canonical(release.to_owned()) else {
        return;
    };
    let needed = [release.name(), COMPONENTS].into_iter().chain(OTHERS);
    let refused: Vec<&str> = needed.filter(|name| is_refused(policy, name)).collect();
    let is_known = model.release_image.is_some();
    let severity = match refused.contains(&release.name()) && is_known {
        true => Severity::Error,
        false => Severity::Warning,
    };
    if policy.default.verdict() == Verdict::Rejected {
        not_allowed(model, &refused, severity, emit);
    } else {
        for registry in model.image.blocked.iter().flatten() {
            blocked(model, registry, policy, &refused, emit);
        }
    }
}

/// Whether the policy refuses all of a repository or registry.
fn is_refused(policy: &Policy, name: &str) -> bool {
    let is_rejected = match policy.governing(name) {
        Some((_, what)) => what.verdict() == Verdict::Rejected,
        None => policy.default.verdict() == Verdict::Rejected,
    };
    let below = format!("{name}/");
    let mut inside = policy.scopes.range(below.clone()..);
    let is_part_open = inside.next().is_some_and(|(scope, what)| {
        scope.starts_with(&below) && what.verdict() != Verdict::Rejected
    });
    is_rejected && !is_part_open
}

fn not_allowed(model: &Model, refused: &[&str], severity: Severity, emit: &mut Emit<'_>) {
    let Some(first) = model.image.allowed.iter().flatten().next() else {
        return;
    };
    if !refused.is_empty() {
        let message = format!(
            "`allowedRegistries` lacks what the platform pulls from: {}",
            codes(refused.iter().copied())
        );
        emit.add(first.span, message)
            .severity(severity)
            .help("add what this cluster pulls from, by the names that images are asked for under");
    }
    let mut allowed = model.image.allowed.iter().flatten();
    if is_signed(model) && !allowed.any(|registry| is_nested(SIGNED, &registry.value)) {
        let message = format!(
            "`allowedRegistries` lacks {}, for which the product has a policy of signatures",
            code(SIGNED)
        );
        emit.add(first.span, message).help(format!(
            "add it: without it the operator refuses the whole configuration, unless the \
             control plane is hosted: clusterimagePolicy configured for the scope {SIGNED} is \
             not nested inside allowedRegistries"
        ));
    }
}

fn blocked(
    model: &Model,
    registry: &Spanned<String>,
    policy: &Policy,
    refused: &[&str],
    emit: &mut Emit<'_>,
) {
    // What the operator leaves out of the list blocks nothing.
    if !policy.scopes.contains_key(&registry.value) {
        return;
    }
    let scope = registry.value.as_str();
    let inside = refused.iter().copied();
    let inside: Vec<&str> = inside.filter(|name| is_nested(name, scope)).collect();
    if !inside.is_empty() {
        let message = format!(
            "blocked registry {} has what the platform pulls, whichever mirror has it: {}",
            code(scope),
            codes(inside)
        );
        emit.add(registry.span, message)
            .help("block less: nodes ask for images by these names, and policy.json refuses them");
    }
    if is_signed(model) && is_nested(SIGNED, scope) {
        let message = format!(
            "blocked registry {} contains {}, for which the product has a policy of signatures",
            code(scope),
            code(SIGNED)
        );
        emit.add(registry.span, message).help(format!(
            "block less: the operator refuses the whole configuration, unless the control plane \
             is hosted: clusterimagePolicy configured for the scope {SIGNED} is nested inside \
             blockedRegistries"
        ));
    }
}

/// Whether the release comes with a policy of signatures.
fn is_signed(model: &Model) -> bool {
    OpenShift::V4_21 <= model.version
}
