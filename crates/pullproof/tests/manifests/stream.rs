//! A printed stream of objects, and whether each has the form of its kind.

use crate::support::pullproof;
use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod, Service, ServiceAccount};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding};
use serde::Serialize;
use serde::de::Deserialize as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) fn documents(stream: &str) -> Vec<Value> {
    serde_yaml::Deserializer::from_str(stream)
        .map(|document| Value::deserialize(document).unwrap())
        .collect()
}

/// A stream, with every object of it found to be of its type and nothing else.
pub(crate) struct Stream {
    pub(crate) text: String,
    pub(crate) objects: Vec<Value>,
}

impl Stream {
    pub(crate) fn of(arguments: &[&str]) -> Stream {
        let arguments = [&["manifests"], arguments].concat();
        let run = pullproof(&arguments, "");
        assert_eq!(run.code, 0, "{arguments:?}\n{}", run.stderr);
        assert_eq!(run.stderr, "", "{arguments:?}");
        assert_eq!(
            pullproof(&arguments, "").stdout,
            run.stdout,
            "the same again"
        );
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

    pub(crate) fn kinds(&self) -> Vec<&str> {
        let kinds = self.objects.iter();
        kinds.map(|it| it["kind"].as_str().unwrap()).collect()
    }

    /// The objects of a kind, which may be none.
    pub(crate) fn all<T: DeserializeOwned>(&self, kind: &str) -> Vec<T> {
        let objects = self.objects.iter().filter(|it| it["kind"] == kind);
        objects
            .map(|it| serde_json::from_value(it.clone()).unwrap())
            .collect()
    }

    /// The one object of a kind.
    pub(crate) fn one<T: DeserializeOwned>(&self, kind: &str) -> T {
        let mut objects = self.all(kind);
        assert_eq!(objects.len(), 1, "{kind}");
        objects.remove(0)
    }

    /// What people read: all comments.
    pub(crate) fn comments(&self) -> String {
        let lines = self.text.lines().filter_map(|line| line.strip_prefix("# "));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The webhook's configuration.
    pub(crate) fn configuration(&self) -> toml::Table {
        let config_map: ConfigMap = self.one("ConfigMap");
        config_map.data.unwrap()["pullproof.toml"].parse().unwrap()
    }
}

/// A misspelt field would be passed over by the type, and be missing from what it writes.
pub(crate) fn check_type(object: &Value) {
    pub(crate) fn check<T: DeserializeOwned + Serialize>(object: &Value) {
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
pub(crate) fn check_fields(object: &Value) {
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
    pub(crate) fn leaves(value: &Value, path: &str, out: &mut Vec<String>) {
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
