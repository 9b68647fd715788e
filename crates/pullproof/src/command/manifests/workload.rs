//! The objects that run the webhook in a cluster.

use super::certificates::{Certificates, dns_names};
use super::configuration::{self, CONFIGURATION_DIRECTORY, FILE, GRACE_PERIOD_S, TLS_DIRECTORY};
use super::document::Document;
use super::registration::{groups, plural_names};
use super::{BREAK_GLASS, Plan, State};
use anyhow::Result;
use k8s_openapi::api::apps::v1::{
    Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment,
};
use k8s_openapi::api::core::v1::{
    Affinity, Capabilities, ConfigMapVolumeSource, Container, ContainerPort, EmptyDirVolumeSource,
    EnvVar, HTTPGetAction, Namespace, PodAffinityTerm, PodAntiAffinity, PodSecurityContext,
    PodSpec, PodTemplateSpec, Probe, ResourceRequirements, SeccompProfile, SecretVolumeSource,
    SecurityContext, Service, ServiceAccount, ServicePort, ServiceSpec, TopologySpreadConstraint,
    Volume, VolumeMount, WeightedPodAffinityTerm,
};
use k8s_openapi::api::networking::v1::{
    NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, RoleRef, Subject};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeMap;

/// The port's name, which the Service and the probes go by.
const PORT: &str = "https";
/// Where the webhook keeps compiled code: below what `XDG_CACHE_HOME` names.
const CACHE_HOME: &str = "/var/cache";
const CACHE_DIRECTORY: &str = "/var/cache/pullproof";

/// What everything has in common; more may be added to it.
pub(super) fn labels(plan: &Plan) -> BTreeMap<String, String> {
    let mut labels = selector_labels(plan);
    labels.insert(
        "app.kubernetes.io/managed-by".to_owned(),
        "pullproof-manifests".to_owned(),
    );
    labels
}

/// What tells our pods from others, and never changes.
fn selector_labels(plan: &Plan) -> BTreeMap<String, String> {
    BTreeMap::from([
        (
            "app.kubernetes.io/name".to_owned(),
            "pullproof-webhook".to_owned(),
        ),
        ("app.kubernetes.io/instance".to_owned(), plan.name.clone()),
    ])
}

fn selector(plan: &Plan) -> LabelSelector {
    LabelSelector {
        match_labels: Some(selector_labels(plan)),
        ..LabelSelector::default()
    }
}

/// Of an object in the namespace.
pub(super) fn metadata(plan: &Plan, name: String) -> ObjectMeta {
    ObjectMeta {
        name: Some(name),
        namespace: Some(plan.namespace.clone()),
        labels: Some(labels(plan)),
        ..ObjectMeta::default()
    }
}

/// Of an object of the cluster.
pub(super) fn cluster_metadata(plan: &Plan, name: String) -> ObjectMeta {
    ObjectMeta {
        namespace: None,
        ..metadata(plan, name)
    }
}

/// How to apply, to turn off and to remove all of it.
pub(super) fn header(plan: &Plan) -> String {
    let Plan {
        name, namespace, ..
    } = plan;
    let kinds = plural_names();
    let certificates = match &plan.certificates {
        Certificates::ServiceCa { .. } => {
            "The service CA of OpenShift makes the certificate and tells the API server of it.\n"
                .to_owned()
        }
        Certificates::CertManager { .. } => {
            "cert-manager, which must be there already, makes the certificate and tells the API\n\
             server of it.\n"
                .to_owned()
        }
        Certificates::Given { secret, .. } => {
            let names = dns_names(plan).join(" and ");
            format!(
                "The certificate is yours, for {names},\n\
                 and must be there before the pods start:\n    \
                 kubectl -n {namespace} create secret tls {secret} --cert=tls.crt --key=tls.key\n\
                 A new one is taken up without a restart; a new authority belongs in the caBundle first.\n"
            )
        }
        Certificates::Files { .. } => String::new(),
    };
    format!(
        "pullproof judges changes of {kinds}.\n\
         Written by `pullproof manifests` {version}; write it anew instead of changing it.\n\
         \n\
         Apply (first with `--mode monitor` or `--mode warn`, to see what it would refuse):\n    \
         kubectl apply -f THIS_FILE\n    \
         kubectl -n {namespace} rollout status deployment/{name}\n\
         {certificates}\
         \n\
         {failure}\n\
         \n\
         Break glass, for one object: give it the label {BREAK_GLASS}=true. It then passes unseen;\n\
         audit logs show who did it.\n\
         Break glass, for all: the API server asks nobody from the moment of\n    \
         kubectl delete validatingwebhookconfiguration {name}\n\
         until this is applied again. It works without the webhook, whatever state that is in.\n\
         \n\
         Remove: first what asks, then what answers.\n    \
         kubectl delete validatingwebhookconfiguration {name}\n    \
         kubectl delete -f THIS_FILE --ignore-not-found",
        version = env!("CARGO_PKG_VERSION"),
        failure = plan.failure_policy.words(),
    )
}

/// What pods need before they start.
///
/// # Errors
/// When an object cannot be written as YAML.
pub(super) fn foundation(plan: &Plan) -> Result<Vec<Document>> {
    let mut documents = vec![
        Document::object(
            "00-namespace.yaml",
            "The pods meet the strictest of the pod security standards.",
            &namespace(plan),
        )?,
        Document::object("01-serviceaccount.yaml", "", &service_account(plan))?,
    ];
    match plan.state {
        State::Cluster => {
            let comment = "To know the objects that a change is judged against, and nothing more.";
            documents.extend([
                Document::object("02-clusterrole.yaml", comment, &cluster_role(plan))?,
                Document::object(
                    "03-clusterrolebinding.yaml",
                    "",
                    &cluster_role_binding(plan),
                )?,
            ]);
        }
        State::None | State::Directory => {}
    }
    Ok(documents)
}

/// The pods, and what stands before them.
///
/// # Errors
/// When an object cannot be written as YAML.
pub(super) fn serving(plan: &Plan) -> Result<Vec<Document>> {
    Ok(vec![
        Document::object("30-service.yaml", "", &service(plan))?,
        Document::object("31-deployment.yaml", DEPLOYMENT_COMMENT, &deployment(plan))?,
        Document::object(
            "32-poddisruptionbudget.yaml",
            "Draining nodes one after the other leaves somebody to answer, and always goes on.",
            &budget(plan),
        )?,
        Document::object(
            "33-networkpolicy.yaml",
            "API servers ask from the hosts' network, which no selector can name. The pods talk to the\n\
             API server at most: add its port where it is neither 443 nor 6443.",
            &network_policy(plan),
        )?,
    ])
}

const DEPLOYMENT_COMMENT: &str = "\
No user is set: the image names one, and OpenShift gives each namespace its own.
No limit of CPU: to be throttled is to answer late, while every change waits.
A pod that ends serves on until all API servers know, then answers what it has.
The emptyDir holds compiled code, so that a container that restarts is ready at once.";

fn namespace(plan: &Plan) -> Namespace {
    let mut metadata = cluster_metadata(plan, plan.namespace.clone());
    let labels = metadata.labels.get_or_insert_default();
    for mode in ["enforce", "audit", "warn"] {
        let key = format!("pod-security.kubernetes.io/{mode}");
        labels.insert(key, "restricted".to_owned());
    }
    Namespace {
        metadata,
        ..Namespace::default()
    }
}

fn service_account(plan: &Plan) -> ServiceAccount {
    ServiceAccount {
        metadata: metadata(plan, plan.name.clone()),
        // Pods that need it say so.
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    }
}

fn cluster_role(plan: &Plan) -> ClusterRole {
    let rule = |group: super::registration::Group| PolicyRule {
        api_groups: Some(vec![group.group]),
        resources: Some(group.resources),
        verbs: ["list", "watch"].map(str::to_owned).to_vec(),
        ..PolicyRule::default()
    };
    ClusterRole {
        metadata: cluster_metadata(plan, plan.name.clone()),
        rules: Some(groups().into_iter().map(rule).collect()),
        ..ClusterRole::default()
    }
}

fn cluster_role_binding(plan: &Plan) -> ClusterRoleBinding {
    ClusterRoleBinding {
        metadata: cluster_metadata(plan, plan.name.clone()),
        role_ref: RoleRef {
            api_group: Some("rbac.authorization.k8s.io".to_owned()),
            kind: "ClusterRole".to_owned(),
            name: plan.name.clone(),
        },
        subjects: Some(vec![Subject {
            api_group: None,
            kind: "ServiceAccount".to_owned(),
            name: plan.name.clone(),
            namespace: Some(plan.namespace.clone()),
        }]),
    }
}

fn service(plan: &Plan) -> Service {
    let mut metadata = metadata(plan, plan.name.clone());
    if let Certificates::ServiceCa { secret } = &plan.certificates {
        metadata.annotations = Some(BTreeMap::from([(
            "service.beta.openshift.io/serving-cert-secret-name".to_owned(),
            secret.clone(),
        )]));
    }
    Service {
        metadata,
        spec: Some(ServiceSpec {
            selector: Some(selector_labels(plan)),
            ports: Some(vec![ServicePort {
                name: Some(PORT.to_owned()),
                port: 443,
                protocol: Some("TCP".to_owned()),
                target_port: Some(IntOrString::String(PORT.to_owned())),
                ..ServicePort::default()
            }]),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    }
}

fn deployment(plan: &Plan) -> Deployment {
    let fingerprint = configuration::fingerprint(plan);
    Deployment {
        metadata: metadata(plan, plan.name.clone()),
        spec: Some(DeploymentSpec {
            replicas: Some(i32::from(plan.replicas)),
            selector: selector(plan),
            strategy: Some(DeploymentStrategy {
                type_: Some("RollingUpdate".to_owned()),
                rolling_update: Some(RollingUpdateDeployment {
                    max_surge: Some(IntOrString::Int(1)),
                    max_unavailable: Some(IntOrString::Int(0)),
                }),
            }),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta {
                    annotations: Some(BTreeMap::from([(
                        "pullproof/configuration".to_owned(),
                        fingerprint,
                    )])),
                    labels: Some(labels(plan)),
                    ..ObjectMeta::default()
                }),
                spec: Some(pod_spec(plan)),
            },
            ..DeploymentSpec::default()
        }),
        ..Deployment::default()
    }
}

fn pod_spec(plan: &Plan) -> PodSpec {
    let configuration = Volume {
        name: "config".to_owned(),
        config_map: Some(ConfigMapVolumeSource {
            name: configuration::name(plan),
            ..ConfigMapVolumeSource::default()
        }),
        ..Volume::default()
    };
    let tls = Volume {
        name: "tls".to_owned(),
        secret: Some(SecretVolumeSource {
            secret_name: plan.certificates.secret().map(str::to_owned),
            ..SecretVolumeSource::default()
        }),
        ..Volume::default()
    };
    let mounts = vec![
        read_only("config", CONFIGURATION_DIRECTORY),
        read_only("tls", TLS_DIRECTORY),
    ];
    PodSpec {
        affinity: Some(on_other_nodes(plan)),
        automount_service_account_token: Some(plan.state == State::Cluster),
        containers: vec![container(plan, None, mounts)],
        node_selector: Some(BTreeMap::from([(
            "kubernetes.io/os".to_owned(),
            "linux".to_owned(),
        )])),
        priority_class_name: Some("system-cluster-critical".to_owned()),
        security_context: Some(pod_security_context()),
        service_account_name: Some(plan.name.clone()),
        topology_spread_constraints: Some(vec![TopologySpreadConstraint {
            label_selector: Some(selector(plan)),
            max_skew: 1,
            topology_key: "topology.kubernetes.io/zone".to_owned(),
            when_unsatisfiable: "ScheduleAnyway".to_owned(),
            ..TopologySpreadConstraint::default()
        }]),
        volumes: Some(vec![configuration, tls, cache()]),
        ..common_pod_spec()
    }
}

/// What pods of a Deployment and static pods have in common.
pub(super) fn common_pod_spec() -> PodSpec {
    PodSpec {
        enable_service_links: Some(false),
        termination_grace_period_seconds: Some(GRACE_PERIOD_S),
        ..PodSpec::default()
    }
}

pub(super) fn pod_security_context() -> PodSecurityContext {
    PodSecurityContext {
        run_as_non_root: Some(true),
        seccomp_profile: Some(SeccompProfile {
            type_: "RuntimeDefault".to_owned(),
            ..SeccompProfile::default()
        }),
        ..PodSecurityContext::default()
    }
}

/// The webhook; its probes go to a host where the pod has no address of its own.
pub(super) fn container(plan: &Plan, host: Option<&str>, mounts: Vec<VolumeMount>) -> Container {
    let probe = |path: &str| Probe {
        http_get: Some(HTTPGetAction {
            host: host.map(str::to_owned),
            path: Some(path.to_owned()),
            port: IntOrString::String(PORT.to_owned()),
            scheme: Some("HTTPS".to_owned()),
            ..HTTPGetAction::default()
        }),
        timeout_seconds: Some(3),
        ..Probe::default()
    };
    let quantities = |quantities: &[(&str, &str)]| {
        let quantity =
            |(name, text): &(&str, &str)| ((*name).to_owned(), Quantity((*text).to_owned()));
        Some(quantities.iter().map(quantity).collect())
    };
    let mut volume_mounts = mounts;
    volume_mounts.push(VolumeMount {
        name: "cache".to_owned(),
        mount_path: CACHE_DIRECTORY.to_owned(),
        ..VolumeMount::default()
    });
    Container {
        name: "webhook".to_owned(),
        image: Some(plan.image.clone()),
        image_pull_policy: Some("IfNotPresent".to_owned()),
        args: Some(vec![
            "--config".to_owned(),
            format!("{CONFIGURATION_DIRECTORY}/{FILE}"),
        ]),
        env: Some(vec![EnvVar {
            name: "XDG_CACHE_HOME".to_owned(),
            value: Some(CACHE_HOME.to_owned()),
            ..EnvVar::default()
        }]),
        ports: Some(vec![ContainerPort {
            name: Some(PORT.to_owned()),
            container_port: i32::from(plan.listen.port()),
            protocol: Some("TCP".to_owned()),
            ..ContainerPort::default()
        }]),
        // A minute to compile on a busy machine; a few seconds of silence afterwards.
        startup_probe: Some(Probe {
            period_seconds: Some(2),
            failure_threshold: Some(30),
            ..probe("/healthz")
        }),
        liveness_probe: Some(Probe {
            period_seconds: Some(10),
            failure_threshold: Some(3),
            ..probe("/healthz")
        }),
        readiness_probe: Some(Probe {
            period_seconds: Some(5),
            failure_threshold: Some(2),
            ..probe("/readyz")
        }),
        resources: Some(ResourceRequirements {
            requests: quantities(&[("cpu", "20m"), ("memory", "64Mi")]),
            limits: quantities(&[("memory", "256Mi")]),
            ..ResourceRequirements::default()
        }),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities {
                drop: Some(vec!["ALL".to_owned()]),
                ..Capabilities::default()
            }),
            privileged: Some(false),
            read_only_root_filesystem: Some(true),
            run_as_non_root: Some(true),
            ..SecurityContext::default()
        }),
        termination_message_policy: Some("FallbackToLogsOnError".to_owned()),
        volume_mounts: Some(volume_mounts),
        ..Container::default()
    }
}

pub(super) fn read_only(volume: &str, path: &str) -> VolumeMount {
    VolumeMount {
        name: volume.to_owned(),
        mount_path: path.to_owned(),
        read_only: Some(true),
        ..VolumeMount::default()
    }
}

pub(super) fn cache() -> Volume {
    Volume {
        name: "cache".to_owned(),
        empty_dir: Some(EmptyDirVolumeSource {
            size_limit: Some(Quantity("64Mi".to_owned())),
            ..EmptyDirVolumeSource::default()
        }),
        ..Volume::default()
    }
}

fn on_other_nodes(plan: &Plan) -> Affinity {
    Affinity {
        pod_anti_affinity: Some(PodAntiAffinity {
            preferred_during_scheduling_ignored_during_execution: Some(vec![
                WeightedPodAffinityTerm {
                    weight: 100,
                    pod_affinity_term: PodAffinityTerm {
                        label_selector: Some(selector(plan)),
                        topology_key: "kubernetes.io/hostname".to_owned(),
                        ..PodAffinityTerm::default()
                    },
                },
            ]),
            ..PodAntiAffinity::default()
        }),
        ..Affinity::default()
    }
}

fn budget(plan: &Plan) -> PodDisruptionBudget {
    PodDisruptionBudget {
        metadata: metadata(plan, plan.name.clone()),
        spec: Some(PodDisruptionBudgetSpec {
            max_unavailable: Some(IntOrString::Int(1)),
            selector: Some(selector(plan)),
            unhealthy_pod_eviction_policy: Some("AlwaysAllow".to_owned()),
            ..PodDisruptionBudgetSpec::default()
        }),
        ..PodDisruptionBudget::default()
    }
}

fn network_policy(plan: &Plan) -> NetworkPolicy {
    let port = |port| NetworkPolicyPort {
        port: Some(port),
        protocol: Some("TCP".to_owned()),
        ..NetworkPolicyPort::default()
    };
    let egress = match plan.state {
        State::Cluster => vec![NetworkPolicyEgressRule {
            ports: Some(
                [443, 6443]
                    .map(|number| port(IntOrString::Int(number)))
                    .to_vec(),
            ),
            to: None,
        }],
        State::None | State::Directory => Vec::new(),
    };
    NetworkPolicy {
        metadata: metadata(plan, plan.name.clone()),
        spec: Some(NetworkPolicySpec {
            egress: Some(egress),
            ingress: Some(vec![NetworkPolicyIngressRule {
                from: None,
                ports: Some(vec![port(IntOrString::String(PORT.to_owned()))]),
            }]),
            pod_selector: Some(selector(plan)),
            policy_types: Some(["Ingress", "Egress"].map(str::to_owned).to_vec()),
        }),
    }
}
