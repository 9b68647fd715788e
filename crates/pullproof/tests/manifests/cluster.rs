//! What holds for every way to run the webhook in a cluster.

use crate::IMAGE;
use crate::cel::Review;
use crate::stream::Stream;
use k8s_openapi::api::admissionregistration::v1::{
    RuleWithOperations, ValidatingWebhook, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{
    ConfigMap, Container, Namespace, PodSpec, Probe, Service, ServiceAccount,
};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(crate) const KINDS: [(&str, &str, &str); 4] = [
    ("config.openshift.io", "v1", "imagedigestmirrorsets"),
    ("config.openshift.io", "v1", "imagetagmirrorsets"),
    ("config.openshift.io", "v1", "images"),
    (
        "operator.openshift.io",
        "v1alpha1",
        "imagecontentsourcepolicies",
    ),
];

/// What every registration must be, whoever serves.
pub(crate) fn check_webhook(webhook: &ValidatingWebhook) {
    assert_eq!(webhook.admission_review_versions, ["v1"]);
    assert_eq!(webhook.match_policy.as_deref(), Some("Equivalent"));
    assert_eq!(webhook.side_effects, "None");
    assert_eq!(webhook.timeout_seconds, Some(5));
    assert_eq!(webhook.namespace_selector, None);
    assert_eq!(webhook.object_selector, None);
    // From kubernetes, pkg/apis/admissionregistration/validation: a fully qualified name.
    assert!(3 <= webhook.name.split('.').count(), "{}", webhook.name);
    let mut kinds = BTreeSet::new();
    for rule in webhook.rules.as_ref().unwrap() {
        let RuleWithOperations {
            api_groups,
            api_versions,
            operations,
            resources,
            scope,
        } = rule;
        assert_eq!(
            operations.as_deref().unwrap(),
            ["CREATE", "UPDATE", "DELETE"]
        );
        assert_eq!(scope.as_deref(), Some("Cluster"));
        for group in api_groups.as_ref().unwrap() {
            for version in api_versions.as_ref().unwrap() {
                for resource in resources.as_ref().unwrap() {
                    kinds.insert((group.as_str(), version.as_str(), resource.as_str()));
                }
            }
        }
    }
    assert_eq!(kinds, BTreeSet::from(KINDS));
    check_match_conditions(webhook);
}

/// Objects with the label are not asked about, whatever becomes of them.
pub(crate) fn check_match_conditions(webhook: &ValidatingWebhook) {
    let conditions = webhook.match_conditions.as_ref().unwrap();
    let labelled = json!({"metadata": {"labels": {"pullproof/break-glass": "true"}}});
    let off = json!({"metadata": {"labels": {"pullproof/break-glass": "false"}}});
    let other = json!({"metadata": {"labels": {"a": "b"}}});
    let bare = json!({"metadata": {}});
    let cases = [
        ("CREATE", &Value::Null, &bare, true),
        ("CREATE", &Value::Null, &other, true),
        ("CREATE", &Value::Null, &off, true),
        ("CREATE", &Value::Null, &labelled, false),
        ("UPDATE", &bare, &labelled, false),
        ("UPDATE", &labelled, &bare, true),
        ("DELETE", &bare, &Value::Null, true),
        ("DELETE", &labelled, &Value::Null, false),
    ];
    for (operation, old, new, expected) in cases {
        let review = Review {
            operation,
            kind: "ImageDigestMirrorSet",
            old,
            new,
        };
        let asks = conditions.iter().all(|condition| {
            review.evaluate(&condition.expression, &BTreeMap::new()) == cel::Value::Bool(true)
        });
        assert_eq!(asks, expected, "{operation} {old} {new}");
    }
}

/// What the restricted pod security standard asks, and more.
// From kubernetes/pod-security-admission, policy/check_*.go.
pub(crate) fn check_security(spec: &PodSpec) {
    let pod = spec.security_context.as_ref().unwrap();
    assert_eq!(pod.run_as_non_root, Some(true));
    assert_eq!(
        pod.seccomp_profile.as_ref().unwrap().type_,
        "RuntimeDefault"
    );
    let container = container(spec);
    let security = container.security_context.as_ref().unwrap();
    assert_eq!(security.allow_privilege_escalation, Some(false));
    assert_eq!(security.read_only_root_filesystem, Some(true));
    assert_eq!(security.run_as_non_root, Some(true));
    assert_ne!(security.privileged, Some(true));
    let capabilities = security.capabilities.as_ref().unwrap();
    assert_eq!(capabilities.drop.as_deref().unwrap(), ["ALL"]);
    assert_eq!(capabilities.add, None);
}

pub(crate) fn container(spec: &PodSpec) -> &Container {
    let [container] = spec.containers.as_slice() else {
        panic!("{} containers", spec.containers.len());
    };
    assert_eq!(spec.init_containers, None);
    container
}

pub(crate) fn check_pod(spec: &PodSpec, configuration: &toml::Table) {
    check_security(spec);
    let container = container(spec);
    assert_eq!(container.image.as_deref(), Some(IMAGE[1]));
    let ports = container.ports.as_ref().unwrap();
    let listen = configuration["listen"].as_str().unwrap();
    assert_eq!(ports.len(), 1);
    assert!(listen.ends_with(&format!(":{}", ports[0].container_port)));

    for (probe, path) in [
        (&container.startup_probe, "/healthz"),
        (&container.liveness_probe, "/healthz"),
        (&container.readiness_probe, "/readyz"),
    ] {
        let Probe {
            http_get: Some(get),
            ..
        } = probe.as_ref().unwrap()
        else {
            panic!("a probe of {path}");
        };
        assert_eq!(get.path.as_deref(), Some(path));
        assert_eq!(get.scheme.as_deref(), Some("HTTPS"));
        let port = ports[0].name.clone().unwrap();
        assert_eq!(get.port, IntOrString::String(port));
    }

    let drain_delay_ms = configuration["drain_delay_ms"].as_integer().unwrap();
    let timeout_ms = configuration["timeout_ms"].as_integer().unwrap();
    let grace_ms = spec.termination_grace_period_seconds.unwrap() * 1000;
    assert!(10_000 <= drain_delay_ms && drain_delay_ms + timeout_ms < grace_ms);
    assert!(0 < timeout_ms && timeout_ms < 5000);

    let resources = container.resources.as_ref().unwrap();
    let requests = resources.requests.as_ref().unwrap();
    assert_eq!(requests.keys().collect::<Vec<_>>(), ["cpu", "memory"]);
    let limits = resources.limits.as_ref().unwrap();
    assert_eq!(limits.keys().collect::<Vec<_>>(), ["memory"]);

    check_files(spec, configuration);
}

/// Every file of the configuration is in a volume, and every volume is mounted.
pub(crate) fn check_files(spec: &PodSpec, configuration: &toml::Table) {
    let container = container(spec);
    let mounts = container.volume_mounts.as_ref().unwrap();
    let volumes = spec.volumes.as_ref().unwrap();
    let mounted: BTreeSet<_> = mounts.iter().map(|it| it.name.as_str()).collect();
    let there: BTreeSet<_> = volumes.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(mounted, there);

    let arguments = container.args.as_ref().unwrap();
    let [flag, file] = arguments.as_slice() else {
        panic!("{arguments:?}");
    };
    assert_eq!(flag, "--config");
    let tls = configuration["tls"].as_table().unwrap();
    let mut paths = vec![
        file.as_str(),
        tls["cert"].as_str().unwrap(),
        tls["key"].as_str().unwrap(),
    ];
    let state = configuration["state"].as_table().unwrap();
    paths.extend(state.get("path").and_then(toml::Value::as_str));
    for path in paths {
        let is_below = |it: &&k8s_openapi::api::core::v1::VolumeMount| {
            it.read_only == Some(true) && Path::new(path).starts_with(&it.mount_path)
        };
        assert!(mounts.iter().any(|it| is_below(&it)), "{path}");
    }

    // What may be written has a limit.
    for mount in mounts.iter().filter(|it| it.read_only != Some(true)) {
        let volume = volumes.iter().find(|it| it.name == mount.name).unwrap();
        let empty_dir = volume.empty_dir.as_ref().unwrap();
        assert!(empty_dir.size_limit.is_some(), "{}", mount.name);
    }
}

/// What holds in every variant with a Service; gives the registration.
pub(crate) fn check_cluster(
    stream: &Stream,
    namespace: &str,
    name: &str,
    secret: &str,
) -> ValidatingWebhook {
    let configuration = stream.configuration();
    let deployment: Deployment = stream.one("Deployment");
    let deployment = deployment.spec.unwrap();
    let spec = deployment.template.spec.unwrap();
    check_pod(&spec, &configuration);

    // Everything that selects finds the pods.
    let labels = deployment.template.metadata.unwrap().labels.unwrap();
    let service: Service = stream.one("Service");
    let service_spec = service.spec.unwrap();
    let budget: PodDisruptionBudget = stream.one("PodDisruptionBudget");
    let network: NetworkPolicy = stream.one("NetworkPolicy");
    let affinity = spec.affinity.as_ref().unwrap();
    let affinity = affinity.pod_anti_affinity.as_ref().unwrap();
    let affinity = affinity
        .preferred_during_scheduling_ignored_during_execution
        .as_ref()
        .unwrap();
    let spread = spec.topology_spread_constraints.as_ref().unwrap();
    let selectors = [
        deployment.selector.match_labels.unwrap(),
        service_spec.selector.unwrap(),
        budget.spec.unwrap().selector.unwrap().match_labels.unwrap(),
        network
            .spec
            .unwrap()
            .pod_selector
            .unwrap()
            .match_labels
            .unwrap(),
        affinity[0]
            .pod_affinity_term
            .label_selector
            .clone()
            .unwrap()
            .match_labels
            .unwrap(),
        spread[0]
            .label_selector
            .clone()
            .unwrap()
            .match_labels
            .unwrap(),
    ];
    for selector in selectors {
        assert!(!selector.is_empty());
        assert!(
            selector
                .iter()
                .all(|(key, value)| labels.get(key) == Some(value))
        );
    }

    // From the registration through the Service to the container.
    let registration: ValidatingWebhookConfiguration = stream.one("ValidatingWebhookConfiguration");
    assert_eq!(registration.metadata.name.as_deref(), Some(name));
    let [webhook] = registration.webhooks.as_deref().unwrap() else {
        panic!("one webhook");
    };
    check_webhook(webhook);
    let reference = webhook.client_config.service.as_ref().unwrap();
    assert_eq!(webhook.client_config.url, None);
    assert_eq!(reference.path.as_deref(), Some("/validate"));
    assert_eq!((&*reference.namespace, &*reference.name), (namespace, name));
    assert_eq!(service.metadata.name.as_deref(), Some(name));
    assert_eq!(service.metadata.namespace.as_deref(), Some(namespace));
    let ports = service_spec.ports.unwrap();
    assert_eq!(reference.port, Some(ports[0].port));
    let container_ports = container(&spec).ports.as_ref().unwrap();
    let port = container_ports[0].name.clone().unwrap();
    assert_eq!(ports[0].target_port, Some(IntOrString::String(port)));

    // The files of the pods are those that are there.
    let volumes = spec.volumes.as_ref().unwrap();
    let config_map: ConfigMap = stream.one("ConfigMap");
    let mounted = volumes
        .iter()
        .find_map(|it| it.config_map.as_ref())
        .unwrap();
    assert_eq!(
        Some(&mounted.name),
        config_map.metadata.name.as_ref(),
        "the configuration"
    );
    let mounted = volumes.iter().find_map(|it| it.secret.as_ref()).unwrap();
    assert_eq!(mounted.secret_name.as_deref(), Some(secret));

    // All of one namespace, and the registration after everything else.
    assert_eq!(stream.kinds().first(), Some(&"Namespace"));
    assert_eq!(
        stream.kinds().last(),
        Some(&"ValidatingWebhookConfiguration")
    );
    let first: Namespace = stream.one("Namespace");
    assert_eq!(first.metadata.name.as_deref(), Some(namespace));
    for object in &stream.objects {
        if let Some(found) = object["metadata"].get("namespace") {
            assert_eq!(found, namespace);
        }
    }
    let account: ServiceAccount = stream.one("ServiceAccount");
    assert_eq!(account.metadata.name, spec.service_account_name);
    let comments = stream.comments();
    for word in ["Apply", "Break glass", "Remove", "failurePolicy is"] {
        assert!(comments.contains(word), "{word}");
    }
    webhook.clone()
}
