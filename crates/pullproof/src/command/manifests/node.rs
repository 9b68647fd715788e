//! The variant without a Service: a static pod beside each API server, which reads the
//! registration from files (KEP-5793).

use super::configuration::{
    self, CONFIGURATION_DIRECTORY, DIRECTORY, FILE, STATE_DIRECTORY, TLS_DIRECTORY,
};
use super::document::{Body, Document};
use super::registration::{self, STATIC_SUFFIX, plural_names};
use super::workload::{
    cache, common_pod_spec, container, metadata, pod_security_context, read_only,
};
use super::{BREAK_GLASS, Plan, State};
use anyhow::Result;
use k8s_openapi::api::core::v1::{
    HostPathVolumeSource, Pod, PodSecurityContext, PodSpec, Toleration, Volume,
};
use kube_core::TypeMeta;
use serde::Serialize;

/// Who the image runs as, and whose group may read the files on the host.
const USER: i64 = 65532;

const WEBHOOKS_DIRECTORY: &str = "/etc/kubernetes/admission/validating-webhooks";

/// How to apply, to turn off and to remove all of it.
pub(super) fn header(plan: &Plan) -> String {
    let name = &plan.name;
    let kinds = plural_names();
    let host = plan.listen.ip();
    let state = match plan.state {
        State::Directory => format!(
            "    {STATE_DIRECTORY}/\n        \
             the cluster's objects as YAML, which a change is judged against; yours to keep up\n"
        ),
        State::None | State::Cluster => String::new(),
    };
    let bundle = match &plan.certificates {
        super::Certificates::Files { bundle: Some(_) } => "by the caBundle below",
        _ => "by an authority that the API server's host trusts",
    };
    format!(
        "pullproof judges changes of {kinds},\n\
         from the first moment of an API server: nobody can turn it off through the API.\n\
         Written by `pullproof manifests` {version}; write it anew instead of changing it.\n\
         It takes Kubernetes 1.36 with the feature gate ManifestBasedAdmissionControlConfig, or 1.37,\n\
         and an API server whose flags are yours.\n\
         \n\
         Apply, on each host of an API server (`--output-dir` writes the files):\n    \
         {CONFIGURATION_DIRECTORY}/{FILE}\n    \
         {TLS_DIRECTORY}/tls.crt and tls.key\n        \
         a certificate for {host}, signed {bundle}\n\
         {state}    \
         {WEBHOOKS_DIRECTORY}/webhook.yaml\n    \
         /etc/kubernetes/admission/configuration.yaml\n        \
         for --admission-control-config-file; both directories mounted into the API server\n    \
         /etc/kubernetes/manifests/{name}.yaml\n        \
         the static pod, last\n\
         The pod reads what its group may read:\n    \
         chown -R root:{USER} {DIRECTORY} && chmod -R u=rwX,g=rX,o= {DIRECTORY}\n\
         and with SELinux: chcon -R -t container_file_t {DIRECTORY}\n\
         \n\
         {failure}\n\
         \n\
         Break glass, for one object: give it the label {BREAK_GLASS}=true. It then passes unseen;\n\
         audit logs show who did it.\n\
         Break glass, for all, within a minute and without a restart, on each host:\n    \
         rm {WEBHOOKS_DIRECTORY}/webhook.yaml\n\
         \n\
         Remove: that file, then /etc/kubernetes/manifests/{name}.yaml and {DIRECTORY}.\n\
         Before an API server older than 1.36: staticManifestsDir from the configuration as well,\n\
         or it does not start.",
        version = env!("CARGO_PKG_VERSION"),
        failure = plan.failure_policy.words(),
    )
}

/// # Errors
/// When an object cannot be written as YAML.
pub(super) fn documents(plan: &Plan) -> Result<Vec<Document>> {
    Ok(vec![
        Document {
            comment: format!("To {CONFIGURATION_DIRECTORY}/{FILE}, without what is in front:"),
            file: FILE.to_owned(),
            body: Body::File(configuration::text(plan)),
        },
        registration::document(plan)?,
        Document::object(
            "configuration.yaml",
            "To /etc/kubernetes/admission/configuration.yaml, or into the file that the API server\n\
             has already.",
            &admission_configuration(),
        )?,
        Document::object(
            format!("{}.yaml", plan.name),
            format!(
                "To /etc/kubernetes/manifests/{}.yaml. The host's network is what has the loopback\n\
                 address of the API server; the rest is as strict as in a cluster.",
                plan.name
            ),
            &pod(plan),
        )?,
    ])
}

fn pod(plan: &Plan) -> Pod {
    let host = plan.listen.ip().to_string();
    let files = Volume {
        name: "files".to_owned(),
        host_path: Some(HostPathVolumeSource {
            path: DIRECTORY.to_owned(),
            type_: Some("Directory".to_owned()),
        }),
        ..Volume::default()
    };
    Pod {
        metadata: metadata(plan, plan.name.clone()),
        spec: Some(PodSpec {
            automount_service_account_token: Some(false),
            containers: vec![container(
                plan,
                Some(&host),
                vec![read_only("files", DIRECTORY)],
            )],
            host_network: Some(true),
            priority_class_name: Some("system-node-critical".to_owned()),
            security_context: Some(PodSecurityContext {
                run_as_user: Some(USER),
                run_as_group: Some(USER),
                ..pod_security_context()
            }),
            tolerations: Some(vec![Toleration {
                operator: Some("Exists".to_owned()),
                ..Toleration::default()
            }]),
            volumes: Some(vec![files, cache()]),
            ..common_pod_spec()
        }),
        ..Pod::default()
    }
}

/// The name of an object in a file.
pub(super) fn static_name(name: &str) -> String {
    format!("{name}{STATIC_SUFFIX}")
}

fn admission_configuration() -> AdmissionConfiguration {
    AdmissionConfiguration {
        types: TypeMeta {
            api_version: "apiserver.config.k8s.io/v1".to_owned(),
            kind: "AdmissionConfiguration".to_owned(),
        },
        plugins: vec![Plugin {
            name: "ValidatingAdmissionWebhook",
            configuration: WebhookAdmissionConfiguration {
                types: TypeMeta {
                    api_version: "apiserver.config.k8s.io/v1".to_owned(),
                    kind: "WebhookAdmissionConfiguration".to_owned(),
                },
                kube_config_file: "",
                static_manifests_dir: WEBHOOKS_DIRECTORY,
            },
        }],
    }
}

// From kubernetes/apiserver, pkg/apis/apiserver/v1 types.go and pkg/admission/plugin/webhook/config/
// apis/webhookadmission/v1 types.go: the fields that are written here.

#[derive(Serialize)]
struct AdmissionConfiguration {
    #[serde(flatten)]
    types: TypeMeta,
    plugins: Vec<Plugin>,
}

#[derive(Serialize)]
struct Plugin {
    name: &'static str,
    configuration: WebhookAdmissionConfiguration,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WebhookAdmissionConfiguration {
    #[serde(flatten)]
    types: TypeMeta,
    kube_config_file: &'static str,
    static_manifests_dir: &'static str,
}
