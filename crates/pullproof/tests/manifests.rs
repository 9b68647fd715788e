//! `pullproof manifests` from outside: every stream is decoded with the types of its kinds and
//! looked at from all sides, and the policy in CEL is held to `pullproof lint`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "an output of another shape stops the test"
)]

use k8s_openapi::api::admissionregistration::v1::{
    RuleWithOperations, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
    ValidatingWebhook, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{
    ConfigMap, Container, Namespace, Pod, PodSpec, Probe, Service, ServiceAccount,
};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Serialize;
use serde::de::{Deserialize as _, DeserializeOwned};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

const IMAGE: [&str; 2] = ["--image", "mirror.example.com/pullproof-webhook:0.1.0"];
/// The release that examples are judged for, where their pages name none.
const OPENSHIFT: &str = "4.22";

const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBdDCCARugAwIBAgIUeBBXa3zaXIactMpXEKP/8Yxv1hIwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjExNDQyMDRaGA8yMTI2MTAyODE0NDIw
NFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABL2Y
kdowqqtp9JwI6AX9lkYuGLp7i4rmhucOosOKdPNWh9AmojAaJjMSNxVBaZ+fRXxw
vpWFGXUtSGKUzoCLiFujUzBRMB0GA1UdDgQWBBSNv5jWoQkq/oalpGQ4ZprTgcP3
0DAfBgNVHSMEGDAWgBSNv5jWoQkq/oalpGQ4ZprTgcP30DAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0cAMEQCIEdF8I/Fihm2JNlC7bGJI+q9Tp4VgkgAEgvQ
x0L6tfDYAiAIG5vnVkTURVDKGDspBFAyBfOxQyQpGevWe7ofCN2zVw==
-----END CERTIFICATE-----
";

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

fn pullproof(arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_pullproof"))
        .args(arguments)
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A directory that goes away with the value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let name = format!("pullproof-manifests-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

fn documents(stream: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(stream)
        .map(|document| Value::deserialize(document).unwrap())
        .collect()
}

/// A stream, with every object of it found to be of its type and nothing else.
struct Stream {
    text: String,
    objects: Vec<Value>,
}

impl Stream {
    fn of(arguments: &[&str]) -> Stream {
        let arguments = [&["manifests"], arguments].concat();
        let run = pullproof(&arguments);
        assert_eq!(run.code, 0, "{arguments:?}\n{}", run.stderr);
        assert_eq!(run.stderr, "", "{arguments:?}");
        assert_eq!(pullproof(&arguments).stdout, run.stdout, "the same again");
        let objects = documents(&run.stdout);
        for object in &objects {
            check_type(object);
        }
        for document in run.stdout.split("---\n") {
            let is_comment = |line: &str| line.starts_with('#');
            assert!(!document.lines().all(is_comment), "{document}");
        }
        Stream {
            text: run.stdout,
            objects,
        }
    }

    fn kinds(&self) -> Vec<&str> {
        let kinds = self.objects.iter();
        kinds.map(|it| it["kind"].as_str().unwrap()).collect()
    }

    /// The objects of a kind, which may be none.
    fn all<T: DeserializeOwned>(&self, kind: &str) -> Vec<T> {
        let objects = self.objects.iter().filter(|it| it["kind"] == kind);
        objects
            .map(|it| serde_json::from_value(it.clone()).unwrap())
            .collect()
    }

    /// The one object of a kind.
    fn one<T: DeserializeOwned>(&self, kind: &str) -> T {
        let mut objects = self.all(kind);
        assert_eq!(objects.len(), 1, "{kind}");
        objects.remove(0)
    }

    /// What people read: all comments.
    fn comments(&self) -> String {
        let lines = self.text.lines().filter_map(|line| line.strip_prefix("# "));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The webhook's configuration.
    fn configuration(&self) -> toml::Table {
        let config_map: ConfigMap = self.one("ConfigMap");
        config_map.data.unwrap()["pullproof.toml"].parse().unwrap()
    }
}

/// A misspelt field would be passed over by the type, and be missing from what it writes.
fn check_type(object: &Value) {
    fn check<T: DeserializeOwned + Serialize>(object: &Value) {
        let typed: T = serde_json::from_value(object.clone()).unwrap();
        assert_eq!(&serde_json::to_value(&typed).unwrap(), object);
    }
    let name = |key: &str| object[key].as_str().unwrap();
    match (name("apiVersion"), name("kind")) {
        ("v1", "Namespace") => check::<Namespace>(object),
        ("v1", "ServiceAccount") => check::<ServiceAccount>(object),
        ("v1", "ConfigMap") => check::<ConfigMap>(object),
        ("v1", "Service") => check::<Service>(object),
        ("v1", "Pod") => check::<Pod>(object),
        ("apps/v1", "Deployment") => check::<Deployment>(object),
        ("policy/v1", "PodDisruptionBudget") => check::<PodDisruptionBudget>(object),
        ("networking.k8s.io/v1", "NetworkPolicy") => check::<NetworkPolicy>(object),
        ("rbac.authorization.k8s.io/v1", "ClusterRole") => check::<ClusterRole>(object),
        ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding") => {
            check::<ClusterRoleBinding>(object);
        }
        ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration") => {
            check::<ValidatingWebhookConfiguration>(object);
        }
        ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy") => {
            check::<ValidatingAdmissionPolicy>(object);
        }
        ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding") => {
            check::<ValidatingAdmissionPolicyBinding>(object);
        }
        ("cert-manager.io/v1", "Issuer" | "Certificate")
        | ("apiserver.config.k8s.io/v1", "AdmissionConfiguration") => check_fields(object),
        (version, kind) => panic!("a {kind} of {version}"),
    }
}

/// There are no types of these: the fields that may be there are listed.
// From cert-manager/cert-manager, deploy/crds, and kubernetes/apiserver, pkg/apis/apiserver/v1.
fn check_fields(object: &Value) {
    const KNOWN: [&str; 23] = [
        "apiVersion",
        "kind",
        "plugins[]",
        "plugins[].name",
        "plugins[].configuration",
        "plugins[].configuration.apiVersion",
        "plugins[].configuration.kind",
        "plugins[].configuration.kubeConfigFile",
        "plugins[].configuration.staticManifestsDir",
        "spec.ca.secretName",
        "spec.commonName",
        "spec.dnsNames[]",
        "spec.duration",
        "spec.isCA",
        "spec.issuerRef.group",
        "spec.issuerRef.kind",
        "spec.issuerRef.name",
        "spec.privateKey.algorithm",
        "spec.privateKey.rotationPolicy",
        "spec.privateKey.size",
        "spec.secretName",
        "spec.selfSigned",
        "spec.usages[]",
    ];
    fn leaves(value: &Value, path: &str, out: &mut Vec<String>) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                for (key, value) in map {
                    let path = match path {
                        "" => key.clone(),
                        path => format!("{path}.{key}"),
                    };
                    leaves(value, &path, out);
                }
            }
            Value::Array(values) => {
                for value in values {
                    leaves(value, &format!("{path}[]"), out);
                }
            }
            _ => out.push(path.to_owned()),
        }
    }
    let mut paths = Vec::new();
    leaves(object, "", &mut paths);
    for path in paths {
        let is_metadata = ["metadata.", "spec.secretTemplate.labels."]
            .iter()
            .any(|prefix| path.starts_with(prefix));
        assert!(is_metadata || KNOWN.contains(&path.as_str()), "{path}");
    }
}

const KINDS: [(&str, &str, &str); 4] = [
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
fn check_webhook(webhook: &ValidatingWebhook) {
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
fn check_match_conditions(webhook: &ValidatingWebhook) {
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
fn check_security(spec: &PodSpec) {
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

fn container(spec: &PodSpec) -> &Container {
    let [container] = spec.containers.as_slice() else {
        panic!("{} containers", spec.containers.len());
    };
    assert_eq!(spec.init_containers, None);
    container
}

fn check_pod(spec: &PodSpec, configuration: &toml::Table) {
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
fn check_files(spec: &PodSpec, configuration: &toml::Table) {
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
fn check_cluster(stream: &Stream, namespace: &str, name: &str, secret: &str) -> ValidatingWebhook {
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

#[test]
fn service_ca_is_the_default() {
    let stream = Stream::of(&IMAGE);
    let webhook = check_cluster(&stream, "pullproof-system", "pullproof", "pullproof-tls");
    assert_eq!(webhook.client_config.ca_bundle, None);
    assert_eq!(webhook.failure_policy.as_deref(), Some("Ignore"));
    let registration: ValidatingWebhookConfiguration = stream.one("ValidatingWebhookConfiguration");
    assert_eq!(
        registration.metadata.annotations.unwrap()["service.beta.openshift.io/inject-cabundle"],
        "true"
    );
    let service: Service = stream.one("Service");
    assert_eq!(
        service.metadata.annotations.unwrap()["service.beta.openshift.io/serving-cert-secret-name"],
        "pullproof-tls"
    );
    let deployment: Deployment = stream.one("Deployment");
    assert_eq!(deployment.spec.unwrap().replicas, Some(2));
    let configuration = stream.configuration();
    let expected = "\
        listen = '0.0.0.0:8443'\nworkers = 2\nqueue = 64\ntimeout_ms = 4000\non_error = 'fail'\n\
        drain_delay_ms = 15000\n[tls]\ncert = '/etc/pullproof/tls/tls.crt'\n\
        key = '/etc/pullproof/tls/tls.key'\n[log]\nformat = 'json'\n[state]\nsource = 'cluster'\n\
        [[policy]]\nname = 'pullproof'\nmode = 'enforce'\nsettings = { openshift = '5.2' }\n";
    assert_eq!(configuration, expected.parse().unwrap());
}

#[test]
fn cert_manager_signs_for_the_service() {
    let arguments = ["--certificates", "cert-manager", "--secret", "serving"];
    let stream = Stream::of(&[&IMAGE[..], &arguments].concat());
    let webhook = check_cluster(&stream, "pullproof-system", "pullproof", "serving");
    assert_eq!(webhook.client_config.ca_bundle, None);
    let certificates: Vec<Value> = stream.all("Certificate");
    let issuers: Vec<Value> = stream.all("Issuer");
    let is_serving = |it: &&Value| it["spec"]["isCA"] == false;
    let serving = certificates.iter().find(is_serving).unwrap();
    let authority = certificates.iter().find(|it| !is_serving(it)).unwrap();
    assert_eq!(serving["spec"]["secretName"], "serving");
    let names = serving["spec"]["dnsNames"].as_array().unwrap();
    assert!(names.contains(&json!("pullproof.pullproof-system.svc")));

    // The chain: an issuer of its own, the authority, its issuer, the certificate.
    let issuer = |of: &Value| {
        let name = &of["spec"]["issuerRef"]["name"];
        let found = issuers.iter().find(|it| it["metadata"]["name"] == *name);
        found.unwrap()["spec"].clone()
    };
    assert_eq!(issuer(authority), json!({"selfSigned": {}}));
    let secret = &authority["spec"]["secretName"];
    assert_eq!(issuer(serving), json!({"ca": {"secretName": secret}}));
    assert_ne!(secret, "serving");

    let registration: ValidatingWebhookConfiguration = stream.one("ValidatingWebhookConfiguration");
    let name = serving["metadata"]["name"].as_str().unwrap();
    assert_eq!(
        registration.metadata.annotations.unwrap()["cert-manager.io/inject-ca-from"],
        format!("pullproof-system/{name}")
    );
}

#[test]
fn a_bundle_is_handed_on() {
    let scratch = Scratch::new("bundle");
    let bundle = format!("a comment\n{CERTIFICATE}\n{CERTIFICATE}\n");
    let path = scratch.write("ca.pem", &bundle);
    let certificates = format!("ca-bundle={path}");
    let arguments = [&IMAGE[..], &["--certificates", &certificates]].concat();
    let stream = Stream::of(&arguments);
    let webhook = check_cluster(&stream, "pullproof-system", "pullproof", "pullproof-tls");
    assert_eq!(
        webhook.client_config.ca_bundle.unwrap().0,
        bundle.as_bytes()
    );
    let comments = stream.comments();
    assert!(comments.contains("create secret tls pullproof-tls"));
    assert!(comments.contains("pullproof.pullproof-system.svc"));
}

#[test]
fn flags_reach_what_they_are_about() {
    let arguments = [
        "--namespace",
        "mirrors",
        "--name",
        "guard",
        "--replicas",
        "3",
        "--mode",
        "warn",
        "--state",
        "none",
        "--openshift",
        "4.18",
        "--on-error",
        "allow",
        "--failure-policy",
        "Fail",
        "--listen",
        "[::]:9443",
    ];
    let stream = Stream::of(&[&IMAGE[..], &arguments].concat());
    let webhook = check_cluster(&stream, "mirrors", "guard", "guard-tls");
    assert_eq!(webhook.failure_policy.as_deref(), Some("Fail"));
    assert!(stream.comments().contains("failurePolicy is Fail"));
    let deployment: Deployment = stream.one("Deployment");
    let deployment = deployment.spec.unwrap();
    assert_eq!(deployment.replicas, Some(3));
    let configuration = stream.configuration();
    assert_eq!(configuration["listen"].as_str(), Some("[::]:9443"));
    assert_eq!(configuration["on_error"].as_str(), Some("allow"));
    assert_eq!(configuration["state"]["source"].as_str(), Some("none"));
    let policy = &configuration["policy"][0];
    assert_eq!(policy["mode"].as_str(), Some("warn"));
    assert_eq!(policy["settings"]["openshift"].as_str(), Some("4.18"));
}

#[test]
fn permissions_are_those_of_the_watched_kinds() {
    let stream = Stream::of(&IMAGE);
    let role: ClusterRole = stream.one("ClusterRole");
    let mut allowed = BTreeSet::new();
    for rule in role.rules.as_ref().unwrap() {
        assert_eq!(rule.verbs, ["list", "watch"]);
        for group in rule.api_groups.as_ref().unwrap() {
            for resource in rule.resources.as_ref().unwrap() {
                allowed.insert((group.as_str(), resource.as_str()));
            }
        }
    }
    let watched = KINDS.map(|(group, _, resource)| (group, resource));
    assert_eq!(allowed, BTreeSet::from(watched));
    let binding: ClusterRoleBinding = stream.one("ClusterRoleBinding");
    assert_eq!(Some(binding.role_ref.name), role.metadata.name);
    let account: ServiceAccount = stream.one("ServiceAccount");
    let [subject] = binding.subjects.as_deref().unwrap() else {
        panic!("one subject");
    };
    assert_eq!(Some(&subject.name), account.metadata.name.as_ref());
    assert_eq!(subject.namespace, account.metadata.namespace);
    let token = |stream: &Stream| {
        let deployment: Deployment = stream.one("Deployment");
        let spec = deployment.spec.unwrap().template.spec.unwrap();
        spec.automount_service_account_token.unwrap()
    };
    assert!(token(&stream));

    // Who watches nothing may nothing, and reaches nobody.
    let stream = Stream::of(&[&IMAGE[..], &["--state", "none"]].concat());
    assert_eq!(stream.all::<ClusterRole>("ClusterRole"), []);
    assert_eq!(stream.all::<ClusterRoleBinding>("ClusterRoleBinding"), []);
    assert!(!token(&stream));
    let network: NetworkPolicy = stream.one("NetworkPolicy");
    assert_eq!(network.spec.unwrap().egress, Some(Vec::new()));
}

#[test]
fn a_static_pod_is_asked_by_url() {
    let scratch = Scratch::new("url");
    let path = scratch.write("ca.pem", CERTIFICATE);
    for certificates in ["url".to_owned(), format!("url={path}")] {
        let stream = Stream::of(&[&IMAGE[..], &["--certificates", &certificates]].concat());
        assert_eq!(
            stream.kinds(),
            [
                "ValidatingWebhookConfiguration",
                "AdmissionConfiguration",
                "Pod"
            ]
        );
        let registration: ValidatingWebhookConfiguration =
            stream.one("ValidatingWebhookConfiguration");
        let name = registration.metadata.name.unwrap();
        assert!(name.ends_with(".static.k8s.io"), "{name}");
        let [webhook] = registration.webhooks.as_deref().unwrap() else {
            panic!("one webhook");
        };
        check_webhook(webhook);
        let client = &webhook.client_config;
        assert_eq!(client.service, None);
        assert_eq!(
            client.url.as_deref(),
            Some("https://127.0.0.1:18443/validate")
        );
        assert_eq!(client.ca_bundle.is_some(), certificates != "url");

        let configuration = stream_configuration(&stream);
        assert_eq!(configuration["listen"].as_str(), Some("127.0.0.1:18443"));
        assert_eq!(configuration["state"]["source"].as_str(), Some("directory"));
        let pod: Pod = stream.one("Pod");
        let spec = pod.spec.unwrap();
        check_pod(&spec, &configuration);
        assert_eq!(spec.host_network, Some(true));
        // From kubernetes, pkg/kubelet/config: static pods refer to no object of the API.
        assert_eq!(spec.service_account_name, None);
        for volume in spec.volumes.as_ref().unwrap() {
            assert!(volume.host_path.is_some() || volume.empty_dir.is_some());
        }
        let probe = container(&spec).readiness_probe.as_ref().unwrap();
        let host = probe.http_get.as_ref().unwrap().host.as_deref();
        assert_eq!(host, Some("127.0.0.1"));

        let admission: Value = stream.one("AdmissionConfiguration");
        let plugin = &admission["plugins"][0];
        assert_eq!(plugin["name"], "ValidatingAdmissionWebhook");
        let directory = plugin["configuration"]["staticManifestsDir"]
            .as_str()
            .unwrap();
        let comments = stream.comments();
        assert!(comments.contains(&format!("{directory}/webhook.yaml")));
        for word in ["Apply", "Break glass", "Remove", "failurePolicy is"] {
            assert!(comments.contains(word), "{word}");
        }
    }
}

/// The webhook's configuration from the comment that it is in.
fn stream_configuration(stream: &Stream) -> toml::Table {
    let lines = stream.text.lines();
    let lines: Vec<_> = lines
        .skip_while(|line| !line.starts_with("#     listen = "))
        .take_while(|line| *line == "#" || line.starts_with("#     "))
        .map(|line| line.trim_start_matches('#').trim_start())
        .collect();
    lines.join("\n").parse().unwrap()
}

#[test]
fn a_directory_gets_a_file_for_each_object() {
    let scratch = Scratch::new("directory");
    let variants: [(&str, &[&str]); 3] = [
        ("cluster", &["--certificates", "cert-manager"]),
        ("static", &["--certificates", "url"]),
        ("policy", &["--vap"]),
    ];
    for (name, arguments) in variants {
        let image: &[&str] = if name == "policy" { &[] } else { &IMAGE };
        let stream = Stream::of(&[image, arguments].concat());
        let directory = scratch.0.join(name).join("below");
        let path = directory.display().to_string();
        let arguments = [&["manifests", "--output-dir", &path], image, arguments].concat();
        let run = pullproof(&arguments);
        assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
        let mut files: Vec<_> = std::fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let text = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
        let yaml = files
            .iter()
            .filter(|path| path.extension().unwrap() == "yaml");
        let objects: Vec<_> = yaml.flat_map(|path| documents(&text(path))).collect();
        if name == "static" {
            // Nothing is applied, so the order does not count.
            assert_eq!(objects.len(), stream.objects.len());
            let configuration = text(&directory.join("pullproof.toml"));
            let configuration: toml::Table = configuration.parse().unwrap();
            assert_eq!(configuration, stream_configuration(&stream));
        } else {
            assert_eq!(objects, stream.objects, "in the order of their names");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    let scratch = Scratch::new("refused");
    let bundle = |name: &str, text: &str| format!("ca-bundle={}", scratch.write(name, text));
    let cut = CERTIFICATE.replace("MIIBdDCC", "MIIBdDC");
    let other = CERTIFICATE.replace("MIIBdDCC", "MIIBdDCD");
    let key = CERTIFICATE.replace("CERTIFICATE", "PRIVATE KEY");
    let both = CERTIFICATE.to_owned() + &key;
    let missing = format!("ca-bundle={}", scratch.0.join("missing").display());
    let (empty, key, both) = (
        bundle("empty", "text\n"),
        bundle("key", &key),
        bundle("both", &both),
    );
    let (cut, other) = (bundle("cut", &cut), bundle("other", &other));
    let open = bundle("open", CERTIFICATE.split("-----END").next().unwrap());
    let long = "a".repeat(64);
    let cases: [(&[&str], i32, &str); 38] = [
        (&["--image", ""], 2, "--image"),
        (&["--image", "a.b/c"], 2, "neither a tag nor a digest"),
        (&["--image", "a.b/C:1"], 2, "lowercase"),
        (&["--image", "a b:1"], 2, "invalid reference format"),
        (&["--namespace", "A"], 2, "RFC 1123"),
        (&["--namespace", "a.b"], 2, "RFC 1123"),
        (&["--namespace", ""], 2, "RFC 1123"),
        (&["--namespace", &long], 2, "64 characters of at most 63"),
        (&["--namespace", "default"], 2, "the cluster's own"),
        (&["--namespace", "kube-system"], 2, "the cluster's own"),
        (&["--namespace", "openshift-etcd"], 2, "the cluster's own"),
        (&["--name", "1a"], 2, "starts with a letter (RFC 1035)"),
        (&["--name", "a_b"], 2, "RFC 1123"),
        (&["--secret", "a/b"], 2, "RFC 1123"),
        (&["--replicas", "0"], 2, "0 is not in 1.."),
        (&["--mode", "deny"], 2, "possible values: enforce"),
        (&["--state", "etcd"], 2, "possible values: none"),
        (&["--state", "directory"], 2, "is for a static pod"),
        (&["--openshift", "4.5"], 2, "possible values: 4.6"),
        (&["--on-error", "ignore"], 2, "possible values: deny"),
        (&["--failure-policy", "no"], 2, "possible values: ignore"),
        (&["--listen", "8443"], 2, "invalid socket address"),
        (&["--listen", "0.0.0.0:443"], 2, "port 443"),
        (&["--listen", "127.0.0.1:8443"], 2, "no Service finds it"),
        (&["--certificates", "self"], 2, "none of `service-ca`"),
        (&["--certificates", "ca-bundle"], 2, "`ca-bundle=FILE`"),
        (&["--certificates", "ca-bundle="], 2, "no file behind"),
        (&["--certificates", "cert-manager=x"], 2, "none of"),
        (&["--certificates", &missing], 3, "cannot read"),
        (&["--certificates", &empty], 3, "holds no certificate"),
        (&["--certificates", &key], 3, "holds a PRIVATE KEY"),
        (&["--certificates", &both], 3, "holds a PRIVATE KEY"),
        (&["--certificates", &cut], 3, "is no PEM file"),
        (&["--certificates", &open], 3, "is no PEM file"),
        (&["--certificates", &other], 3, "that cannot be read"),
        (&["--vap"], 2, "cannot be used with"),
        (&["--output-dir", "/dev/null/x"], 3, "cannot create"),
        (&["--no-such-flag"], 2, "unexpected argument"),
    ];
    let check = |arguments: &[&str], code: i32, words: &str| {
        let run = pullproof(&[&["manifests"], arguments].concat());
        assert_eq!(run.code, code, "{arguments:?}\n{}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
        assert!(run.stderr.contains(words), "{arguments:?}\n{}", run.stderr);
    };
    for (arguments, code, words) in cases {
        let has_image = arguments.first() == Some(&"--image");
        let image: &[&str] = if has_image { &[] } else { &IMAGE };
        check(&[image, arguments].concat(), code, words);
    }
    check(&[], 2, "--image");
    let url: [(&[&str], &str); 5] = [
        (&["--replicas", "2"], "has no `--replicas`"),
        (&["--secret", "a"], "no `--secret`"),
        (&["--state", "cluster"], "no service account"),
        (&["--listen", "0.0.0.0:8443"], "is not on loopback"),
        // Every problem is told, not only the first.
        (
            &["--replicas", "2", "--listen", "10.0.0.1:1"],
            "is not on loopback",
        ),
    ];
    for (arguments, words) in url {
        let arguments = [&IMAGE[..], &["--certificates", "url"], arguments].concat();
        check(&arguments, 2, words);
    }
    check(
        &["--vap", "--openshift", "4.16"],
        2,
        "OpenShift 4.16 does not serve",
    );
}

/// What the API server lets CEL see.
struct Review<'a> {
    operation: &'a str,
    kind: &'a str,
    old: &'a Value,
    new: &'a Value,
}

impl Review<'_> {
    fn evaluate(&self, expression: &str, variables: &BTreeMap<String, cel::Value>) -> cel::Value {
        let program = cel::Program::compile(expression)
            .unwrap_or_else(|error| panic!("{expression}\n{error}"));
        let mut context = cel::Context::default();
        let request = json!({"operation": self.operation, "kind": {"kind": self.kind}});
        let dyn_function = |value: cel::Value| -> cel::ResolveResult { Ok(value) };
        context.add_function("dyn", dyn_function);
        context.add_variable_from_value("request", cel::to_value(&request).unwrap());
        context.add_variable_from_value("object", cel::to_value(self.new).unwrap());
        context.add_variable_from_value("oldObject", cel::to_value(self.old).unwrap());
        let variables: HashMap<_, _> = variables.clone().into_iter().collect();
        context.add_variable_from_value("variables", variables);
        program
            .execute(&context)
            .unwrap_or_else(|error| panic!("{expression}\n{error}"))
    }

    /// The messages of the checks that fail; `None` where the policy does not apply.
    fn failures(&self, policy: &ValidatingAdmissionPolicy) -> Option<Vec<String>> {
        let spec = policy.spec.as_ref().unwrap();
        let none = BTreeMap::new();
        for condition in spec.match_conditions.as_ref().unwrap() {
            if self.evaluate(&condition.expression, &none) != cel::Value::Bool(true) {
                return None;
            }
        }
        let mut variables = BTreeMap::new();
        for variable in spec.variables.as_ref().unwrap() {
            let value = self.evaluate(&variable.expression, &variables);
            variables.insert(variable.name.clone(), value);
        }
        let mut failures = Vec::new();
        for validation in spec.validations.as_ref().unwrap() {
            match self.evaluate(&validation.expression, &variables) {
                cel::Value::Bool(true) => continue,
                cel::Value::Bool(false) => {}
                other => panic!("{}\n{other:?}", validation.expression),
            }
            let message = validation.message_expression.as_ref().unwrap();
            let cel::Value::String(message) = self.evaluate(message, &variables) else {
                panic!("{message}");
            };
            let rule = validation.message.as_ref().unwrap();
            let rule = rule.strip_prefix("pullproof: ").unwrap();
            assert!(message.ends_with(&format!(" ({rule})")), "{message}");
            failures.push(message.to_string());
        }
        Some(failures)
    }
}

/// The policies, the one that refuses first.
fn policies(arguments: &[&str]) -> [ValidatingAdmissionPolicy; 2] {
    let stream = Stream::of(&[&["--vap", "--openshift", OPENSHIFT], arguments].concat());
    stream.all("ValidatingAdmissionPolicy").try_into().unwrap()
}

fn failures(policies: &[ValidatingAdmissionPolicy; 2], object: &Value) -> [Vec<String>; 2] {
    let review = Review {
        operation: "CREATE",
        kind: object["kind"].as_str().unwrap(),
        old: &Value::Null,
        new: object,
    };
    [
        review.failures(&policies[0]).unwrap(),
        review.failures(&policies[1]).unwrap(),
    ]
}

fn rule_of(message: &str) -> &str {
    let (_, rule) = message.rsplit_once(" (").unwrap();
    rule.strip_suffix(')').unwrap()
}

/// The rules that lint names for an object, which is all that there is; with their severities.
fn lint(scratch: &Scratch, object: &Value) -> BTreeSet<(String, String)> {
    let mut object = object.clone();
    // With it an object is let through by lint, and never by what guards a cluster.
    if let Some(annotations) = object.pointer_mut("/metadata/annotations") {
        let annotations = annotations.as_object_mut().unwrap();
        annotations.remove("pullproof.dev/ignore");
    }
    let path = scratch.write("object.json", object.to_string());
    let run = pullproof(&["lint", "--format", "json", "--openshift", OPENSHIFT, &path]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings
        .map(|it| (text(&it["rule"]), text(&it["severity"])))
        .collect()
}

/// A mirror set of a kind, with entries as JSON.
fn mirror_set(kind: &str, entries: &Value) -> Value {
    let (version, key) = match kind {
        "ImageDigestMirrorSet" => ("config.openshift.io/v1", "imageDigestMirrors"),
        "ImageTagMirrorSet" => ("config.openshift.io/v1", "imageTagMirrors"),
        _ => ("operator.openshift.io/v1alpha1", "repositoryDigestMirrors"),
    };
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": "lab"}, "spec": {key: entries}})
}

#[test]
fn policies_find_what_lint_finds() {
    const IDMS: &str = "ImageDigestMirrorSet";
    const ITMS: &str = "ImageTagMirrorSet";
    const ICSP: &str = "ImageContentSourcePolicy";
    let never = "NeverContactSource";
    let image = |name: &str, spec: Value| {
        json!({"apiVersion": "config.openshift.io/v1", "kind": "Image",
            "metadata": {"name": name}, "spec": spec})
    };
    let set = |kind: &str, entries: Value| mirror_set(kind, &entries);
    let many = |n: usize| -> Value {
        let entry = |idx| json!({"source": format!("quay.io/a{idx}"), "mirrors": ["m.lab/a"]});
        let mut entries: Vec<_> = (1..n).map(entry).collect();
        entries.push(json!({"source": "quay.io/a1", "mirrors": ["m.lab/b"]}));
        Value::Array(entries)
    };
    // With what refuses and what warns.
    let cases: Vec<(Value, &[&str], &[&str])> = vec![
        (set(IDMS, json!([])), &[], &[]),
        (
            json!({"apiVersion": "config.openshift.io/v1", "kind": IDMS,
            "metadata": {"name": "lab"}, "spec": {}}),
            &[],
            &[],
        ),
        (
            set(
                IDMS,
                json!([{"source": "quay.io/a", "mirrors": ["m.lab/a"]}]),
            ),
            &[],
            &[],
        ),
        (set(IDMS, json!([{"source": "quay.io/a"}])), &[], &[]),
        (
            set(
                IDMS,
                json!([{"source": "*.quay.io", "mirrors": ["localhost/a", "m:5000"]}]),
            ),
            &[],
            &[],
        ),
        (
            set(
                IDMS,
                json!([
                {"source": "quay.io/a", "mirrors": ["m.lab/a"], "mirrorSourcePolicy": never},
                {"source": "quay.io/a", "mirrors": ["m.lab/b"]}]),
            ),
            &["source quay.io/a has two policies (policy-conflict)"],
            &["several entries have the source quay.io/a (duplicate-source)"],
        ),
        (
            set(
                ITMS,
                json!([{"source": "quay.io/a", "mirrors": ["quay.io/a"], "mirrorSourcePolicy": never}]),
            ),
            &["mirror quay.io/a is its own source, which must not be contacted (refused-render)"],
            &[],
        ),
        (
            set(
                IDMS,
                json!([{"source": "quay.io/a", "mirrors": ["quay.io/a", "m.lab/a"]}]),
            ),
            &[],
            &["mirror quay.io/a is its own source (self-mirror)"],
        ),
        (
            set(
                IDMS,
                json!([{"source": "quay.io/a", "mirrors": ["m.lab/a", "mirror/a"]}]),
            ),
            &["mirror mirror/a has no host (unusable-mirror)"],
            &[],
        ),
        (
            set(
                ITMS,
                json!([{"source": "ubi9/ubi", "mirrors": ["m.lab/a"]}]),
            ),
            &[],
            &["source ubi9/ubi has no host and matches no pull (dotless-host)"],
        ),
        (
            set(
                IDMS,
                json!([{"source": "quay.io/a", "mirrors": [], "mirrorSourcePolicy": never}]),
            ),
            &[],
            &[
                "NeverContactSource of source quay.io/a is ignored without a mirror (policy-without-mirrors)",
            ],
        ),
        (
            set(
                IDMS,
                json!([{"source": "quay.io/a", "mirrorSourcePolicy": "AllowContactingSource"}]),
            ),
            &[],
            &[
                "AllowContactingSource of source quay.io/a is ignored without a mirror (policy-without-mirrors)",
            ],
        ),
        (
            set(
                IDMS,
                json!([
                {"source": "quay.io/a", "mirrors": ["m.lab/a"]},
                {"source": "quay.io/b", "mirrors": ["m.lab/a"]},
                {"source": "quay.io/a", "mirrors": ["m.lab/b"]}]),
            ),
            &[],
            &["several entries have the source quay.io/a (duplicate-source)"],
        ),
        (
            set(
                ICSP,
                json!([{"source": "quay.io/a:1", "mirrors": ["m.lab/a"]}]),
            ),
            &["source quay.io/a:1 has a form that nodes never get (refused-render)"],
            &[
                "ImageContentSourcePolicy is deprecated: oc adm migrate icsp turns it into an ImageDigestMirrorSet (deprecated-kind)",
            ],
        ),
        (
            set(
                ICSP,
                json!([{"source": "quay.io/a", "mirrors": ["m.lab/a", "https://m.lab/a"]}]),
            ),
            &["mirror https://m.lab/a has a form that nodes never get (refused-render)"],
            &[
                "ImageContentSourcePolicy is deprecated: oc adm migrate icsp turns it into an ImageDigestMirrorSet (deprecated-kind)",
            ],
        ),
        (
            set(ICSP, json!([{"source": "quay.io/a", "mirrors": [""]}])),
            &["mirror  has a form that nodes never get (refused-render)"],
            &[
                "ImageContentSourcePolicy is deprecated: oc adm migrate icsp turns it into an ImageDigestMirrorSet (deprecated-kind)",
            ],
        ),
        (image("cluster", json!({})), &[], &[]),
        (
            image(
                "cluster",
                json!({"registrySources": {"blockedRegistries": ["a.b"]}}),
            ),
            &[],
            &[],
        ),
        (
            image(
                "other",
                json!({"registrySources": {"blockedRegistries": ["a.b"]}}),
            ),
            &[],
            &["image configuration other has no effect: only cluster is read (inert-kind)"],
        ),
        (
            set(IDMS, many(200)),
            &[],
            &["several entries have the source quay.io/a1 (duplicate-source)"],
        ),
        // One more than are looked at.
        (set(IDMS, many(201)), &[], &[]),
    ];
    let policies = policies(&[]);
    let scratch = Scratch::new("cases");
    let mut found = BTreeSet::new();
    for (object, refused, warned) in &cases {
        let failures = failures(&policies, object);
        assert_eq!(failures[0], *refused, "{object}");
        assert_eq!(failures[1], *warned, "{object}");
        check_lint(&scratch, object, &failures);
        found.extend(failures.concat().iter().map(|it| rule_of(it).to_owned()));
    }
    // Since 4.19 the API server refuses this by itself, so that no policy is asked.
    let both = json!({"allowedRegistries": ["a.b"], "blockedRegistries": ["c.d"]});
    let both = image("cluster", json!({"registrySources": both}));
    assert_eq!(
        failures(&policies, &both)[0],
        ["registries are both allowed and blocked, such as c.d (refused-render)"]
    );
    let validations = policies.iter().flat_map(|policy| {
        let spec = policy.spec.as_ref().unwrap();
        spec.validations.as_ref().unwrap()
    });
    let known: BTreeSet<_> = validations
        .map(|it| it.message.clone().unwrap().replace("pullproof: ", ""))
        .collect();
    assert_eq!(found, known, "every check fails somewhere");
}

/// What refuses is an error for lint, too; what warns is something.
fn check_lint(scratch: &Scratch, object: &Value, failures: &[Vec<String>; 2]) {
    let findings = lint(scratch, object);
    let has = |rule: &str, severity: &str| {
        let finding = (rule.to_owned(), severity.to_owned());
        findings.contains(&finding)
    };
    for message in &failures[0] {
        let is_told = match rule_of(message) {
            // Where nothing is rendered, no pull fails yet.
            "unusable-mirror" if has("refused-render", "error") => has("dotless-host", "warning"),
            rule => has(rule, "error"),
        };
        assert!(is_told, "{message}\n{findings:?}\n{object}");
    }
    for message in &failures[1] {
        let rule = rule_of(message);
        // Where policies or orders conflict, that is what lint tells of the entries.
        let rules: &[&str] = match rule {
            "duplicate-source" => &["duplicate-source", "policy-conflict", "contradicting-order"],
            rule => &[rule],
        };
        let is_told = findings
            .iter()
            .any(|(found, _)| rules.contains(&found.as_str()));
        assert!(is_told, "{message}\n{findings:?}\n{object}");
    }
    // Two rules are whole in CEL.
    for rule in ["self-mirror", "policy-without-mirrors"] {
        let is_found = findings.iter().any(|(found, _)| found == rule);
        let is_failure = failures[1].iter().any(|it| rule_of(it) == rule);
        assert_eq!(is_found, is_failure, "{rule}\n{findings:?}\n{object}");
    }
}

#[test]
fn policies_agree_with_lint_on_the_examples_of_all_rules() {
    let policies = policies(&[]);
    let scratch = Scratch::new("examples");
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pullproof-core/src/lint/rules");
    let (mut n_objects, mut n_failures) = (0, 0);
    for entry in std::fs::read_dir(pages).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let page = std::fs::read_to_string(&path).unwrap();
        for block in page.split("```yaml").skip(1) {
            let (_, block) = block.split_once('\n').unwrap();
            let block = block.split("```").next().unwrap();
            for object in serde_yaml::Deserializer::from_str(block) {
                // Some examples are no YAML, on purpose.
                let Ok(object) = Value::deserialize(object) else {
                    break;
                };
                let is_judged = [
                    ("config.openshift.io/v1", "ImageDigestMirrorSet"),
                    ("config.openshift.io/v1", "ImageTagMirrorSet"),
                    ("config.openshift.io/v1", "Image"),
                    ("operator.openshift.io/v1alpha1", "ImageContentSourcePolicy"),
                ]
                .iter()
                .any(|(version, kind)| object["apiVersion"] == *version && object["kind"] == *kind);
                let findings = lint(&scratch, &object);
                // What the API server refuses comes to no policy.
                let is_rejected = ["rejected-object", "unserved-kind", "unknown-field"]
                    .iter()
                    .any(|rule| findings.iter().any(|(found, _)| found == rule));
                if !is_judged || is_rejected {
                    continue;
                }
                let failures = failures(&policies, &object);
                check_lint(&scratch, &object, &failures);
                n_objects += 1;
                n_failures += failures.concat().len();
            }
        }
    }
    assert!(
        50 < n_objects && 20 < n_failures,
        "{n_objects} {n_failures}"
    );
}

#[test]
fn policies_look_at_changes_of_the_spec_only() {
    let policies = policies(&[]);
    let entry = json!([{"source": "quay.io/a", "mirrors": ["mirror/a"]}]);
    let bad = mirror_set("ImageDigestMirrorSet", &entry);
    let mut labelled = bad.clone();
    labelled["metadata"]["labels"] = json!({"a": "b"});
    let mut exempt = bad.clone();
    exempt["metadata"]["labels"] = json!({"pullproof/break-glass": "true"});
    let good = mirror_set("ImageDigestMirrorSet", &json!([]));
    let cases = [
        ("CREATE", &Value::Null, &bad, Some(1)),
        ("CREATE", &Value::Null, &exempt, None),
        ("UPDATE", &good, &bad, Some(1)),
        ("UPDATE", &bad, &good, Some(0)),
        ("UPDATE", &bad, &labelled, None),
        ("UPDATE", &good, &exempt, None),
    ];
    for (operation, old, new, expected) in cases {
        let review = Review {
            operation,
            kind: "ImageDigestMirrorSet",
            old,
            new,
        };
        let found = review.failures(&policies[0]).map(|failures| failures.len());
        assert_eq!(found, expected, "{operation} {old} {new}");
    }
}

#[test]
fn policies_are_bound_as_the_mode_says() {
    let cases: [(&str, [&[&str]; 2]); 3] = [
        ("enforce", [&["Deny"], &["Warn", "Audit"]]),
        ("warn", [&["Warn", "Audit"], &["Warn", "Audit"]]),
        ("monitor", [&["Audit"], &["Audit"]]),
    ];
    for (mode, actions) in cases {
        for (certificates, suffix) in [("service-ca", ""), ("url", ".static.k8s.io")] {
            let stream = Stream::of(&["--vap", "--mode", mode, "--certificates", certificates]);
            let policies: Vec<ValidatingAdmissionPolicy> = stream.all("ValidatingAdmissionPolicy");
            let bindings: Vec<ValidatingAdmissionPolicyBinding> =
                stream.all("ValidatingAdmissionPolicyBinding");
            assert_eq!(stream.objects.len(), 4);
            for (idx, (policy, binding)) in policies.iter().zip(&bindings).enumerate() {
                let name = policy.metadata.name.as_ref().unwrap();
                let ends = ["-deny", "-warn"].map(|end| format!("pullproof{end}{suffix}"));
                assert_eq!(name, &ends[idx]);
                assert_eq!(&binding.spec.policy_name, name);
                assert_eq!(binding.spec.validation_actions, actions[idx], "{mode}");
                check_constraints(policy);
            }
            let comments = stream.comments();
            for word in ["Apply", "Break glass", "emove", "policy-conflict"] {
                assert!(comments.contains(word), "{word}");
            }
        }
    }
}

fn check_constraints(policy: &ValidatingAdmissionPolicy) {
    let spec = policy.spec.as_ref().unwrap();
    assert_eq!(spec.param_kind, None);
    let constraints = spec.match_constraints.as_ref().unwrap();
    let mut kinds = BTreeSet::new();
    for rule in constraints.resource_rules.as_ref().unwrap() {
        // There is no object when one is deleted.
        assert_eq!(rule.operations.as_deref().unwrap(), ["CREATE", "UPDATE"]);
        for resource in rule.resources.as_ref().unwrap() {
            let group = &rule.api_groups.as_ref().unwrap()[0];
            let version = &rule.api_versions.as_ref().unwrap()[0];
            kinds.insert((group.as_str(), version.as_str(), resource.as_str()));
        }
    }
    assert_eq!(kinds, BTreeSet::from(KINDS));
}

/// Nothing can build it here, so at least what it names is there.
#[test]
fn the_containerfile_names_what_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join("crates/pullproof-webhook/Containerfile");
    let text = std::fs::read_to_string(path).unwrap();
    let instructions: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()))
        .collect();
    let copies = instructions
        .iter()
        .filter_map(|it| it.strip_prefix("COPY "));
    for copy in copies.filter(|it| !it.starts_with("--from")) {
        let mut paths: Vec<_> = copy.split(' ').collect();
        paths.pop();
        for path in paths {
            assert!(root.join(path).exists(), "{path}");
        }
    }
    let package = "crates/pullproof-webhook/Cargo.toml";
    let package = std::fs::read_to_string(root.join(package)).unwrap();
    let package: toml::Table = package.parse().unwrap();
    let name = package["package"]["name"].as_str().unwrap();
    assert!(text.contains(&format!("--package {name} ")));
    let toolchain = std::fs::read_to_string(root.join("rust-toolchain.toml")).unwrap();
    let toolchain: toml::Table = toolchain.parse().unwrap();
    let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
    let base = instructions.iter().find(|it| it.starts_with("ARG BASE="));
    let (_, version) = base.unwrap().rsplit_once(':').unwrap();
    let (version, _) = version.split_once('-').unwrap();
    assert!(channel.starts_with(version), "{channel} {version}");

    // The image: one file, a number for a user, the user that a static pod counts on.
    let start = instructions.iter().position(|it| *it == "FROM scratch");
    let binary = format!("/{name}");
    let expected = [
        format!("COPY --from=build /out/{name} {binary}"),
        "USER 65532:65532".to_owned(),
        "EXPOSE 8443".to_owned(),
        format!("ENTRYPOINT [\"{binary}\"]"),
    ];
    assert_eq!(instructions[start.unwrap() + 1..], expected);
    let stream = Stream::of(&[&IMAGE[..], &["--certificates", "url"]].concat());
    let pod: Pod = stream.one("Pod");
    let context = pod.spec.unwrap().security_context.unwrap();
    assert_eq!(context.run_as_user, Some(65532));
}
