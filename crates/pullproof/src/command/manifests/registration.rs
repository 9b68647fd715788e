//! What makes the API server ask the webhook.

use super::certificates::Certificates;
use super::configuration::TIMEOUT_S;
use super::document::Document;
use super::workload::{labels, metadata};
use super::{BREAK_GLASS, KINDS, Plan};
use anyhow::Result;
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::{
    MatchCondition, RuleWithOperations, ServiceReference, ValidatingWebhook,
    ValidatingWebhookConfiguration, WebhookClientConfig,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pullproof_core::apiserver::crds::Resource;
use std::collections::BTreeMap;

/// Where the webhook takes reviews.
pub(super) const PATH: &str = "/validate";

/// What names in files end with, and no others.
// From kubernetes/apiserver, pkg/admission/plugin/manifest StaticConfigSuffix.
pub(super) const STATIC_SUFFIX: &str = ".static.k8s.io";

/// The kinds of one group, which rules and permissions are written for.
pub(super) struct Group {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) resources: Vec<String>,
}

/// The kinds that are judged, a group at a time.
pub(super) fn groups() -> Vec<Group> {
    let mut by_group: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for resource in KINDS {
        let key = (resource.group(), resource.version());
        by_group
            .entry(key)
            .or_default()
            .push(resource.plural().to_owned());
    }
    let groups = by_group.into_iter();
    let group = |((group, version), resources): ((&str, &str), _)| Group {
        group: group.to_owned(),
        version: version.to_owned(),
        resources,
    };
    groups.map(group).collect()
}

/// # Errors
/// When the object cannot be written as YAML.
pub(super) fn document(plan: &Plan) -> Result<Document> {
    let (annotation, bundle) = match &plan.certificates {
        Certificates::ServiceCa { .. } => (
            Some((
                "service.beta.openshift.io/inject-cabundle",
                "true".to_owned(),
            )),
            None,
        ),
        Certificates::CertManager { .. } => (
            Some((
                "cert-manager.io/inject-ca-from",
                format!("{}/{}", plan.namespace, plan.name),
            )),
            None,
        ),
        Certificates::Given { bundle, .. } => (None, Some(bundle)),
        Certificates::Files { bundle } => (None, bundle.as_ref()),
    };
    let annotations = annotation.map(|(key, value)| BTreeMap::from([(key.to_owned(), value)]));
    let ca_bundle = bundle.map(|bundle| ByteString(bundle.clone()));
    let (name, webhook, client_config) = if plan.certificates.is_static() {
        let name = format!("{}{STATIC_SUFFIX}", plan.name);
        let client_config = WebhookClientConfig {
            ca_bundle,
            service: None,
            url: Some(format!("https://{}{PATH}", plan.listen)),
        };
        (name.clone(), name, client_config)
    } else {
        let client_config = WebhookClientConfig {
            ca_bundle,
            service: Some(ServiceReference {
                name: plan.name.clone(),
                namespace: plan.namespace.clone(),
                path: Some(PATH.to_owned()),
                port: Some(443),
            }),
            url: None,
        };
        let webhook = format!("{}.{}.svc", plan.name, plan.namespace);
        (plan.name.clone(), webhook, client_config)
    };
    let object = ValidatingWebhookConfiguration {
        metadata: ObjectMeta {
            namespace: None,
            annotations,
            labels: Some(labels(plan)),
            ..metadata(plan, name)
        },
        webhooks: Some(vec![ValidatingWebhook {
            admission_review_versions: vec!["v1".to_owned()],
            client_config,
            failure_policy: Some(plan.failure_policy.name().to_owned()),
            match_conditions: Some(vec![without_break_glass()]),
            match_policy: Some("Equivalent".to_owned()),
            name: webhook,
            namespace_selector: None,
            object_selector: None,
            rules: Some(rules()),
            side_effects: "None".to_owned(),
            timeout_seconds: Some(TIMEOUT_S),
        }]),
    };
    let file = if plan.certificates.is_static() {
        "webhook.yaml"
    } else {
        "40-webhook.yaml"
    };
    Document::object(file, comment(plan), &object)
}

fn comment(plan: &Plan) -> String {
    let what = "Only changes of these four kinds are asked about, never their status. An object that is\n\
                labelled to pass is not asked about; adding the label is enough, as it is the new object\n\
                that counts. OpenShift before 4.15 has no matchConditions: there the label does nothing.";
    if plan.certificates.is_static() {
        format!(
            "To /etc/kubernetes/admission/validating-webhooks/webhook.yaml on every host of an API\n\
             server, with nothing else in that directory that is not a ValidatingWebhookConfiguration.\n\
             {what}"
        )
    } else {
        what.to_owned()
    }
}

fn rules() -> Vec<RuleWithOperations> {
    let rule = |group: Group| RuleWithOperations {
        api_groups: Some(vec![group.group]),
        api_versions: Some(vec![group.version]),
        operations: Some(["CREATE", "UPDATE", "DELETE"].map(str::to_owned).to_vec()),
        resources: Some(group.resources),
        scope: Some("Cluster".to_owned()),
    };
    groups().into_iter().map(rule).collect()
}

/// An object selector would look at the old object as well, and never let a label be added.
// From kubernetes/apiserver, pkg/admission/plugin/webhook/predicates/object MatchObjectSelector.
fn without_break_glass() -> MatchCondition {
    let old = has_no_break_glass("oldObject");
    let new = has_no_break_glass("object");
    MatchCondition {
        name: "without-break-glass".to_owned(),
        expression: format!("request.operation == \"DELETE\" ? {old} : {new}"),
    }
}

/// The claim in CEL.
pub(super) fn has_no_break_glass(object: &str) -> String {
    let labels = format!("{object}.metadata.labels");
    format!(
        "!(has({labels}) && \"{BREAK_GLASS}\" in {labels} && {labels}[\"{BREAK_GLASS}\"] == \"true\")"
    )
}

/// Resources by their plural names, for people.
pub(super) fn plural_names() -> String {
    KINDS.map(Resource::plural).join(", ")
}
