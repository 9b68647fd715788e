//! The checks that CEL can do, as ValidatingAdmissionPolicy: no webhook, and no knowledge of the
//! cluster's other objects.

use super::document::Document;
use super::node::static_name;
use super::registration::{Group, groups, has_no_break_glass, plural_names};
use super::workload::cluster_metadata;
use super::{BREAK_GLASS, Mode, Plan};
use anyhow::Result;
use k8s_openapi::api::admissionregistration::v1::{
    MatchCondition, MatchResources, NamedRuleWithOperations, ValidatingAdmissionPolicy,
    ValidatingAdmissionPolicyBinding, ValidatingAdmissionPolicyBindingSpec,
    ValidatingAdmissionPolicySpec, Validation, Variable,
};
use pullproof_core::apiserver::crds::Resource;
use pullproof_core::apiserver::patterns::{MIRROR, SOURCE};
use std::fmt::Write as _;

/// More entries than this are left to the webhook: the costliest check compares each with each, and
/// an expression may cost a million units.
// From kubernetes/apiserver, pkg/apis/cel/config.go PerCallLimit.
const ENTRIES_MAX: usize = 200;

/// What a failed check does where findings are enforced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Deny,
    Warn,
}

impl Verdict {
    const ALL: [Verdict; 2] = [Verdict::Deny, Verdict::Warn];

    /// What the names of its objects end with.
    fn suffix(self) -> &'static str {
        match self {
            Verdict::Deny => "deny",
            Verdict::Warn => "warn",
        }
    }

    fn actions(self, mode: Mode) -> Vec<String> {
        let actions: &[&str] = match (mode, self) {
            (Mode::Enforce, Verdict::Deny) => &["Deny"],
            (Mode::Enforce | Mode::Warn, _) => &["Warn", "Audit"],
            (Mode::Monitor, _) => &["Audit"],
        };
        actions.iter().map(|action| (*action).to_owned()).collect()
    }
}

/// A check that CEL can do.
struct Check {
    verdict: Verdict,
    /// The rule of ours that says the same.
    rule: &'static str,
    /// What it looks for, where it sees less than the rule.
    finds: &'static str,
    /// A list of what is wrong, and the variable's name.
    faults: (&'static str, String),
    /// The message about the first of them, in CEL.
    message: &'static str,
}

/// Variables that several checks use.
fn common_variables() -> [(&'static str, String); 6] {
    let lists = [
        Resource::ImageDigestMirrorSets,
        Resource::ImageTagMirrorSets,
        Resource::ImageContentSourcePolicies,
    ];
    let list = lists.into_iter().rev().fold("[]".to_owned(), |rest, kind| {
        let list = format!("variables.spec.{}", entries_key(kind));
        format!("has({list}) ? {list} : {rest}")
    });
    [
        // Of no type, since the kinds have different fields.
        ("spec", "dyn(object.spec)".to_owned()),
        ("list", list),
        (
            "entries",
            format!("size(variables.list) <= {ENTRIES_MAX} ? variables.list : []"),
        ),
        ("closed", format!("variables.entries.filter(e, {IS_NEVER})")),
        (
            "closedSources",
            "variables.closed.map(e, e.source)".to_owned(),
        ),
        (
            "hosted",
            format!("variables.entries.filter(e, {})", has_host("e.source")),
        ),
    ]
}

/// Where a mirror set of a kind has its entries.
fn entries_key(kind: Resource) -> &'static str {
    match kind {
        Resource::ImageTagMirrorSets => "imageTagMirrors",
        Resource::ImageContentSourcePolicies | Resource::ImageContentPolicies => {
            "repositoryDigestMirrors"
        }
        Resource::ImageDigestMirrorSets | Resource::Images => "imageDigestMirrors",
    }
}

const IS_NEVER: &str =
    r#"has(e.mirrorSourcePolicy) && e.mirrorSourcePolicy == "NeverContactSource""#;

/// Whether what is before the first slash has a dot, a colon, or is `localhost`.
fn has_host(text: &str) -> String {
    format!("(!{text}.matches(r'^[^./:]+(/|$)') || {text}.matches(r'^localhost(/|$)'))")
}

fn checks(plan: &Plan) -> Vec<Check> {
    let mut checks = vec![
        Check {
            verdict: Verdict::Deny,
            rule: "policy-conflict",
            finds: "within one object",
            faults: (
                "conflicts",
                format!(
                    "variables.entries.filter(e, !({IS_NEVER}) && e.source in variables.closedSources)"
                ),
            ),
            message: r#""source " + variables.conflicts[0].source + " has two policies""#,
        },
        Check {
            verdict: Verdict::Deny,
            rule: "refused-render",
            finds: "a source with NeverContactSource that is one of its mirrors",
            faults: (
                "closedSelfMirrors",
                "variables.closed.filter(e, has(e.mirrors) && e.source in e.mirrors)".to_owned(),
            ),
            message: r#""mirror " + variables.closedSelfMirrors[0].source + " is its own source, which must not be contacted""#,
        },
        Check {
            verdict: Verdict::Deny,
            rule: "refused-render",
            finds: "a source of an ImageContentSourcePolicy with a tag, digest, scheme or other form",
            faults: (
                "malformedSources",
                format!(
                    "has(variables.spec.repositoryDigestMirrors) ? variables.entries.filter(e, !e.source.matches(r'{}')) : []",
                    SOURCE.text
                ),
            ),
            message: r#""source " + variables.malformedSources[0].source + " has a form that nodes never get""#,
        },
        Check {
            verdict: Verdict::Deny,
            rule: "refused-render",
            finds: "a mirror of an ImageContentSourcePolicy with a tag, digest, scheme or other form",
            faults: (
                "malformedMirrors",
                format!(
                    "has(variables.spec.repositoryDigestMirrors) ? variables.entries.map(e, has(e.mirrors) ? e.mirrors.filter(m, !m.matches(r'{}')) : []).filter(l, size(l) > 0) : []",
                    MIRROR.text
                ),
            ),
            message: r#""mirror " + variables.malformedMirrors[0][0] + " has a form that nodes never get""#,
        },
        Check {
            verdict: Verdict::Deny,
            rule: "refused-render",
            finds: "registries both allowed and blocked",
            faults: (
                "bothLists",
                r#"object.metadata.name == "cluster" && has(variables.spec.registrySources) && has(variables.spec.registrySources.allowedRegistries) && has(variables.spec.registrySources.blockedRegistries) && size(variables.spec.registrySources.allowedRegistries) > 0 && size(variables.spec.registrySources.blockedRegistries) > 0 ? variables.spec.registrySources.blockedRegistries : []"#.to_owned(),
            ),
            message: r#""registries are both allowed and blocked, such as " + variables.bothLists[0]"#,
        },
        Check {
            verdict: Verdict::Deny,
            rule: "unusable-mirror",
            finds: "a mirror whose host has no dot and no port, which fails all pulls of its source",
            faults: (
                "hostlessMirrors",
                format!(
                    "variables.hosted.map(e, has(e.mirrors) ? e.mirrors.filter(m, !{}) : []).filter(l, size(l) > 0)",
                    has_host("m")
                ),
            ),
            message: r#""mirror " + variables.hostlessMirrors[0][0] + " has no host""#,
        },
        Check {
            verdict: Verdict::Warn,
            rule: "self-mirror",
            finds: "",
            faults: (
                "selfMirrors",
                format!(
                    "variables.entries.filter(e, !({IS_NEVER}) && has(e.mirrors) && e.source in e.mirrors)"
                ),
            ),
            message: r#""mirror " + variables.selfMirrors[0].source + " is its own source""#,
        },
        Check {
            verdict: Verdict::Warn,
            rule: "policy-without-mirrors",
            finds: "",
            faults: (
                "idlePolicies",
                r#"variables.entries.filter(e, has(e.mirrorSourcePolicy) && (!has(e.mirrors) || (e.mirrorSourcePolicy == "NeverContactSource" ? size(e.mirrors) == 0 : e.mirrors.all(m, m == e.source))))"#.to_owned(),
            ),
            message: r#"variables.idlePolicies[0].mirrorSourcePolicy + " of source " + variables.idlePolicies[0].source + " is ignored without a mirror""#,
        },
        Check {
            verdict: Verdict::Warn,
            rule: "dotless-host",
            finds: "of sources, without tags that pass for ports",
            faults: (
                "hostlessSources",
                format!("variables.entries.filter(e, !{})", has_host("e.source")),
            ),
            message: r#""source " + variables.hostlessSources[0].source + " has no host and matches no pull""#,
        },
        Check {
            verdict: Verdict::Warn,
            rule: "duplicate-source",
            finds: "within one object",
            faults: (
                "repeatedSources",
                "variables.entries.filter(e, !variables.entries.exists_one(o, o.source == e.source))"
                    .to_owned(),
            ),
            message: r#""several entries have the source " + variables.repeatedSources[0].source"#,
        },
        Check {
            verdict: Verdict::Warn,
            rule: "inert-kind",
            finds: "of an image configuration",
            faults: (
                "inertNames",
                r#"request.kind.kind == "Image" && object.metadata.name != "cluster" ? [object.metadata.name] : []"#.to_owned(),
            ),
            message: r#""image configuration " + variables.inertNames[0] + " has no effect: only cluster is read""#,
        },
    ];
    if Resource::ImageDigestMirrorSets.since() <= plan.openshift {
        checks.push(Check {
            verdict: Verdict::Warn,
            rule: "deprecated-kind",
            finds: "when one is created",
            faults: (
                "deprecatedKinds",
                r#"request.operation == "CREATE" && request.kind.kind == "ImageContentSourcePolicy" ? [request.kind.kind] : []"#.to_owned(),
            ),
            message: r#"variables.deprecatedKinds[0] + " is deprecated: oc adm migrate icsp turns it into an ImageDigestMirrorSet""#,
        });
    }
    checks
}

/// How to apply, to turn off and to remove all of it.
pub(super) fn header(plan: &Plan) -> String {
    let names = Verdict::ALL.map(|verdict| name(plan, verdict)).join(" ");
    let kinds = plural_names();
    let version = env!("CARGO_PKG_VERSION");
    let mut header = format!(
        "The part of what pullproof says of {kinds}\n\
         that the API server can find by itself, in CEL. What takes the cluster's other objects, the\n\
         files of nodes, or more than {ENTRIES_MAX} entries, is left to the webhook.\n\
         Written by `pullproof manifests --vap` {version}; write it anew instead of changing it.\n\
         \n"
    );
    let words = if plan.certificates.is_static() {
        format!(
            "Apply, on each host of an API server: to /etc/kubernetes/admission/validating-policies/, the\n\
             staticManifestsDir of the plugin ValidatingAdmissionPolicy.\n\
             \n\
             Break glass, for one object: give it the label {BREAK_GLASS}=true.\n\
             Break glass, for all, and remove: take the files away, on each host."
        )
    } else {
        format!(
            "Apply, to Kubernetes 1.30 and later:\n    \
             kubectl apply -f THIS_FILE\n\
             \n\
             Break glass, for one object: give it the label {BREAK_GLASS}=true.\n\
             Break glass, for all, until this is applied again:\n    \
             kubectl delete validatingadmissionpolicybindings {names}\n\
             \n\
             Remove:\n    \
             kubectl delete -f THIS_FILE --ignore-not-found"
        )
    };
    header.push_str(&words);
    _ = write!(
        header,
        "\n\nfailurePolicy is {}: it decides when an expression fails, such as by its cost.",
        plan.failure_policy.name()
    );
    header
}

/// # Errors
/// When an object cannot be written as YAML.
pub(super) fn documents(plan: &Plan) -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    for (idx, verdict) in Verdict::ALL.into_iter().enumerate() {
        let checks: Vec<_> = checks(plan)
            .into_iter()
            .filter(|check| check.verdict == verdict)
            .collect();
        let suffix = verdict.suffix();
        documents.push(Document::object(
            format!("{idx}0-validatingadmissionpolicy-{suffix}.yaml"),
            comment(verdict, &checks),
            &policy(plan, verdict, &checks),
        )?);
        documents.push(Document::object(
            format!("{idx}1-validatingadmissionpolicybinding-{suffix}.yaml"),
            "",
            &binding(plan, verdict),
        )?);
    }
    Ok(documents)
}

fn comment(verdict: Verdict, checks: &[Check]) -> String {
    let mut comment = match verdict {
        Verdict::Deny => "Errors, each with the rule that `pullproof explain` has a page of:",
        Verdict::Warn => "Warnings, each with the rule that `pullproof explain` has a page of:",
    }
    .to_owned();
    for check in checks {
        _ = write!(comment, "\n  {}", check.rule);
        if !check.finds.is_empty() {
            _ = write!(comment, ": {}", check.finds);
        }
    }
    comment
}

fn name(plan: &Plan, verdict: Verdict) -> String {
    let name = format!("{}-{}", plan.name, verdict.suffix());
    if plan.certificates.is_static() {
        static_name(&name)
    } else {
        name
    }
}

fn policy(plan: &Plan, verdict: Verdict, checks: &[Check]) -> ValidatingAdmissionPolicy {
    let validation = |check: &Check| Validation {
        expression: format!("size(variables.{}) == 0", check.faults.0),
        message: Some(format!("pullproof: {}", check.rule)),
        message_expression: Some(named(check)),
        reason: Some("Invalid".to_owned()),
    };
    ValidatingAdmissionPolicy {
        metadata: cluster_metadata(plan, name(plan, verdict)),
        spec: Some(ValidatingAdmissionPolicySpec {
            failure_policy: Some(plan.failure_policy.name().to_owned()),
            match_conditions: Some(vec![
                // What is there already stays changeable in all other respects.
                MatchCondition {
                    name: "spec-changes".to_owned(),
                    expression: r#"request.operation == "CREATE" || object.spec != oldObject.spec"#
                        .to_owned(),
                },
                MatchCondition {
                    name: "without-break-glass".to_owned(),
                    expression: has_no_break_glass("object"),
                },
            ]),
            match_constraints: Some(MatchResources {
                match_policy: Some("Equivalent".to_owned()),
                resource_rules: Some(groups().into_iter().map(rule).collect()),
                ..MatchResources::default()
            }),
            validations: Some(checks.iter().map(validation).collect()),
            variables: Some(variables(checks)),
            ..ValidatingAdmissionPolicySpec::default()
        }),
        ..ValidatingAdmissionPolicy::default()
    }
}

/// The variables of the checks, and those that they are made of, in front.
fn variables(checks: &[Check]) -> Vec<Variable> {
    let variable = |(name, expression): (&str, String)| Variable {
        name: name.to_owned(),
        expression,
    };
    let faults = checks.iter().map(|check| check.faults.clone());
    let mut variables: Vec<_> = faults.map(variable).collect();
    for common in common_variables().into_iter().rev() {
        let name = format!("variables.{}", common.0);
        if variables.iter().any(|it| it.expression.contains(&name)) {
            variables.insert(0, variable(common));
        }
    }
    variables
}

/// The message with the rule's name behind it.
fn named(check: &Check) -> String {
    let Check { message, rule, .. } = check;
    match message.strip_suffix('"') {
        Some(message) => format!(r#"{message} ({rule})""#),
        None => format!(r#"{message} + " ({rule})""#),
    }
}

fn rule(group: Group) -> NamedRuleWithOperations {
    NamedRuleWithOperations {
        api_groups: Some(vec![group.group]),
        api_versions: Some(vec![group.version]),
        operations: Some(["CREATE", "UPDATE"].map(str::to_owned).to_vec()),
        resource_names: None,
        resources: Some(group.resources),
        scope: Some("Cluster".to_owned()),
    }
}

fn binding(plan: &Plan, verdict: Verdict) -> ValidatingAdmissionPolicyBinding {
    ValidatingAdmissionPolicyBinding {
        metadata: cluster_metadata(plan, name(plan, verdict)),
        spec: ValidatingAdmissionPolicyBindingSpec {
            policy_name: name(plan, verdict),
            validation_actions: verdict.actions(plan.mode),
            ..ValidatingAdmissionPolicyBindingSpec::default()
        },
    }
}
