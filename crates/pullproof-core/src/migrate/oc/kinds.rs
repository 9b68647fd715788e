//! The kinds that the scheme of `oc adm migrate icsp` has.

/// How errors name the scheme.
pub(super) const SCHEME: &str =
    "github.com/openshift/client-go/operator/clientset/versioned/scheme/register.go:15";

/// The one kind that is migrated, with its group and version.
pub(super) const POLICY: (&str, &str, &str) = (
    "operator.openshift.io",
    "v1alpha1",
    "ImageContentSourcePolicy",
);

/// Kinds of `operator.openshift.io/v1`, each of which has a list.
// From openshift/api, operator/v1/register.go addKnownTypes.
const OPERATOR_V1: [&str; 22] = [
    "Authentication",
    "DNS",
    "CloudCredential",
    "ClusterCSIDriver",
    "Console",
    "CSISnapshotController",
    "Etcd",
    "KubeAPIServer",
    "KubeControllerManager",
    "KubeScheduler",
    "KubeStorageVersionMigrator",
    "MachineConfiguration",
    "Network",
    "OpenShiftAPIServer",
    "OpenShiftControllerManager",
    "OLM",
    "ServiceCA",
    "ServiceCatalogAPIServer",
    "ServiceCatalogControllerManager",
    "IngressController",
    "InsightsOperator",
    "Storage",
];

/// Kinds of `operator.openshift.io/v1alpha1`, each of which has a list but the first.
// From openshift/api, operator/v1alpha1/register.go addKnownTypes.
const OPERATOR_V1ALPHA1: [&str; 6] = [
    "GenericOperatorConfig",
    "ImageContentSourcePolicy",
    "OLM",
    "EtcdBackup",
    "ClusterVersionOperator",
    "ClusterAPI",
];

/// Kinds of `config.openshift.io/v1`, each of which has a list.
// From openshift/api, config/v1/register.go addKnownTypes.
const CONFIG_V1: [&str; 24] = [
    "APIServer",
    "Authentication",
    "Build",
    "ClusterOperator",
    "ClusterVersion",
    "Console",
    "DNS",
    "FeatureGate",
    "Image",
    "Infrastructure",
    "Ingress",
    "Node",
    "Network",
    "OAuth",
    "OperatorHub",
    "Project",
    "Proxy",
    "Scheduler",
    "ImageContentPolicy",
    "ImageDigestMirrorSet",
    "ImageTagMirrorSet",
    "ImagePolicy",
    "ClusterImagePolicy",
    "InsightsDataGather",
];

/// Kinds that every group and version has.
// From kubernetes/apimachinery, apis/meta/v1/register.go AddToGroupVersion.
const EVERYWHERE: [&str; 7] = [
    "WatchEvent",
    "ListOptions",
    "GetOptions",
    "DeleteOptions",
    "CreateOptions",
    "UpdateOptions",
    "PatchOptions",
];

/// Kinds that are known whatever the version.
const UNVERSIONED: [&str; 5] = [
    "Status",
    "APIVersions",
    "APIGroupList",
    "APIGroup",
    "APIResourceList",
];

/// Whether the scheme has a kind.
pub(super) fn is_registered(group: &str, version: &str, kind: &str) -> bool {
    const GROUPS: [&str; 3] = ["", "operator.openshift.io", "config.openshift.io"];
    if UNVERSIONED.contains(&kind) {
        return true;
    }
    if version == "__internal" {
        return kind == "WatchEvent" && GROUPS.contains(&group);
    }
    let kinds: &[&str] = match (group, version) {
        ("", "v1") => &[],
        ("operator.openshift.io", "v1") => &OPERATOR_V1,
        ("operator.openshift.io", "v1alpha1") => &OPERATOR_V1ALPHA1,
        ("config.openshift.io", "v1") => &CONFIG_V1,
        _ => return false,
    };
    let of_list = kind
        .strip_suffix("List")
        .filter(|it| !it.is_empty() && *it != "GenericOperatorConfig");
    EVERYWHERE.contains(&kind)
        || kinds.contains(&kind)
        || of_list.is_some_and(|kind| kinds.contains(&kind))
}
