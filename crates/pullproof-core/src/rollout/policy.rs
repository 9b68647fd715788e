//! Node disruption policies: which actions a changed file calls for, the administrator's included.

use crate::openshift::OpenShift;
use crate::policy_json;
use crate::registries::CONF_PATH;
use std::borrow::Cow;
use std::fmt;

/// What is done on a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// Moves pods away.
    Drain,
    /// Tells a service to read its configuration anew.
    Reload(Cow<'static, str>),
    /// Restarts a service.
    Restart(Cow<'static, str>),
    /// Reads the definitions of services anew.
    DaemonReload,
    /// Drains if the change of registries.conf is not safe, then reloads CRI-O.
    Special,
    /// Moves pods away and reboots.
    Reboot,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::None => f.write_str("None"),
            Action::Drain => f.write_str("Drain"),
            Action::Reload(service) => write!(f, "Reload {service}"),
            Action::Restart(service) => write!(f, "Restart {service}"),
            Action::DaemonReload => f.write_str("DaemonReload"),
            Action::Special => f.write_str("Special"),
            Action::Reboot => f.write_str("Reboot"),
        }
    }
}

impl Action {
    /// The action with a name such as `Reload crio.service`; `None` for any other text.
    pub fn parse(name: &str) -> Option<Action> {
        Some(match name.split_once(' ') {
            Some(("Reload", service)) => Action::Reload(service.to_owned().into()),
            Some(("Restart", service)) => Action::Restart(service.to_owned().into()),
            Some(_) => return None,
            None => match name {
                "None" => Action::None,
                "Drain" => Action::Drain,
                "DaemonReload" => Action::DaemonReload,
                "Special" => Action::Special,
                "Reboot" => Action::Reboot,
                _ => return None,
            },
        })
    }
}

/// What is done when a file changes, or any file below a directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilePolicy {
    /// The file or directory.
    pub path: Cow<'static, str>,
    /// What is done, in order.
    pub actions: Cow<'static, [Action]>,
}

/// The product's own policies, each with the release that brought it.
// From openshift/machine-config-operator, pkg/apihelpers/apihelpers.go `defaultClusterPolicies` of
// each release.
static DEFAULTS: [(OpenShift, &str, &[Action]); 13] = [
    (
        OpenShift::V4_16,
        "/var/lib/kubelet/config.json",
        &[Action::None],
    ),
    (
        OpenShift::V4_16,
        "/etc/machine-config-daemon/no-reboot/containers-gpg.pub",
        RELOAD_CRIO,
    ),
    (OpenShift::V4_16, policy_json::PATH, RELOAD_CRIO),
    (OpenShift::V4_16, CONF_PATH, &[Action::Special]),
    (OpenShift::V4_17, REGISTRIES_D, RELOAD_CRIO),
    (OpenShift::V4_18, "/etc/crio/policies", RELOAD_CRIO),
    (OpenShift::V4_17, NMSTATE, &[Action::None]),
    (
        OpenShift::V4_17,
        "/etc/pki/ca-trust/source/anchors/openshift-config-user-ca-bundle.crt",
        &[restart(CA_TRUST), restart("crio.service")],
    ),
    (
        OpenShift::V4_22,
        "/etc/kubernetes/credential-providers",
        &[restart(KUBELET)],
    ),
    (
        OpenShift::V4_22,
        "/etc/systemd/system/kubelet.service.d/40-kubelet-crio-image-credential-provider.conf",
        &[Action::DaemonReload, restart(KUBELET)],
    ),
    (OpenShift::V4_22, "/etc/iri-registry", RESTART_IRI),
    (
        OpenShift::V4_22,
        "/usr/local/bin/load-registry-image.sh",
        RESTART_IRI,
    ),
    (
        OpenShift::V4_22,
        "/etc/pki/ca-trust/source/anchors/iri-root-ca.crt",
        &[restart(CA_TRUST)],
    ),
];

const RELOAD_CRIO: &[Action] = &[Action::Reload(Cow::Borrowed("crio.service"))];
const RESTART_IRI: &[Action] = &[restart("iri-registry.service")];
const CA_TRUST: &str = "coreos-update-ca-trust.service";
const KUBELET: &str = "kubelet.service";

const fn restart(service: &'static str) -> Action {
    Action::Restart(Cow::Borrowed(service))
}

fn default_policies(version: OpenShift) -> Vec<FilePolicy> {
    let rows = DEFAULTS.iter().filter(|(since, ..)| *since <= version);
    let policies = rows.map(|(_, path, actions)| FilePolicy {
        path: Cow::Borrowed(path),
        actions: Cow::Borrowed(actions),
    });
    policies.collect()
}

const REGISTRIES_D: &str = "/etc/containers/registries.d";
const NMSTATE: &str = "/etc/nmstate/openshift";

/// The product's policies with those of the administrator, which replace one of the same path.
pub fn merged(user_policies: &[FilePolicy], version: OpenShift) -> Vec<FilePolicy> {
    // From openshift/machine-config-operator, pkg/apihelpers/apihelpers.go
    // `MergeClusterPolicies`.
    let mut policies = default_policies(version);
    let n_defaults = policies.len();
    for policy in user_policies {
        let mut defaults = policies[..n_defaults].iter_mut();
        match defaults.find(|default| default.path == policy.path) {
            Some(default) => *default = policy.clone(),
            None => policies.push(policy.clone()),
        }
    }
    policies
}

/// The actions that the change of these files calls for, in the order of the files.
pub fn actions(diff_files: &[String], policies: &[FilePolicy], version: OpenShift) -> Vec<Action> {
    // From openshift/machine-config-operator, pkg/daemon/update.go
    // `calculatePostConfigChangeNodeDisruptionActionFromMCDiffs`.
    let mut actions = Vec::new();
    for path in diff_files {
        let found = if version < OpenShift::V4_17 {
            exact_actions(path, policies)
        } else {
            closest(path, policies).map(|policy| policy.actions.to_vec())
        };
        match found {
            Some(found) => actions.extend(found),
            None => return vec![Action::Reboot],
        }
    }
    if actions.contains(&Action::Reboot) {
        return vec![Action::Reboot];
    }
    if actions.contains(&Action::None) {
        actions.retain(|action| *action != Action::None);
        if actions.is_empty() {
            actions.push(Action::None);
        }
    }
    actions
}

/// The policy of the longest path that a path is, or lies below; `None` when there is none.
pub fn closest<'a>(path: &str, policies: &'a [FilePolicy]) -> Option<&'a FilePolicy> {
    // From openshift/machine-config-operator, pkg/controller/common/helpers.go
    // `FindClosestFilePolicyPathMatch`, `IsSubdirectory`.
    let mut closest: Option<&FilePolicy> = None;
    let cleaned = clean(path);
    for policy in policies {
        let is_below = || {
            let rest = cleaned.strip_prefix(&*clean(&policy.path));
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let length = closest.map_or(0, |closest| closest.path.len());
        if length < policy.path.len() && (policy.path == path || is_below()) {
            closest = Some(policy);
        }
    }
    closest
}

/// The rule of 4.16, which knows no directories but two.
fn exact_actions(path: &str, policies: &[FilePolicy]) -> Option<Vec<Action>> {
    if let Some(policy) = policies.iter().find(|policy| policy.path == path) {
        return Some(policy.actions.to_vec());
    }
    match path.rsplit_once('/')?.0 {
        REGISTRIES_D => Some(vec![Action::Reload("crio".into())]),
        NMSTATE => Some(Vec::new()),
        _ => None,
    }
}

/// The shortest spelling of an absolute path, without links resolved.
fn clean(path: &str) -> Cow<'_, str> {
    // From the Go standard library, path/filepath `Clean`.
    let is_clean = path.starts_with('/')
        && !path.ends_with('/')
        && path
            .as_bytes()
            .windows(2)
            .all(|pair| !matches!(pair, b"//" | b"/."));
    if is_clean {
        return Cow::Borrowed(path);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            _ => parts.push(part),
        }
    }
    Cow::Owned(format!("/{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_of_the_administrator_counts_where_its_path_is_the_longest() {
        let check = |user: &[(&str, &str)], path: &str, version: OpenShift, expected: &[&str]| {
            let policy = |(path, actions): &(&str, &str)| FilePolicy {
                path: (*path).to_owned().into(),
                actions: actions
                    .split(", ")
                    .map(|name| Action::parse(name).expect("it is an action"))
                    .collect(),
            };
            let user: Vec<FilePolicy> = user.iter().map(policy).collect();
            let found = actions(&[path.to_owned()], &merged(&user, version), version);
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{user:?} for {path} in {version}");
        };
        let newest = OpenShift::NEWEST;
        let drop_in = "/etc/containers/registries.conf.d/x.conf";
        check(&[], CONF_PATH, newest, &["Special"]);
        check(&[], drop_in, newest, &["Reboot"]);
        check(&[(CONF_PATH, "None")], CONF_PATH, newest, &["None"]);
        check(&[(CONF_PATH, "None")], drop_in, newest, &["Reboot"]);
        let drain = &["Drain", "Reload crio.service"];
        check(
            &[(CONF_PATH, "Drain, Reload crio.service")],
            CONF_PATH,
            newest,
            drain,
        );
        check(
            &[(CONF_PATH, "Reload crio.service, None")],
            CONF_PATH,
            newest,
            &drain[1..],
        );
        let directory = [("/etc/containers", "Restart crio.service")];
        check(&directory, CONF_PATH, newest, &["Special"]);
        check(&directory, drop_in, newest, &["Restart crio.service"]);
        check(
            &[("/etc//containers/.", "None")],
            drop_in,
            newest,
            &["None"],
        );
        check(&[("/etc/container", "None")], drop_in, newest, &["Reboot"]);
        // 4.16 knows no directories but one for CRI-O and one for networks.
        check(&directory, drop_in, OpenShift::V4_16, &["Reboot"]);
        let signatures = "/etc/containers/registries.d/a.yaml";
        check(&[], signatures, OpenShift::V4_16, &["Reload crio"]);
        check(&[], signatures, OpenShift::V4_17, &["Reload crio.service"]);
        check(
            &[],
            "/etc/crio/policies/a.json",
            OpenShift::V4_17,
            &["Reboot"],
        );
        check(
            &[],
            "/etc/crio/policies/a.json",
            OpenShift::V4_18,
            &["Reload crio.service"],
        );
        check(&[], "/etc/iri-registry/a", OpenShift::V4_21, &["Reboot"]);
        check(
            &[],
            "/etc/iri-registry/a",
            OpenShift::V4_22,
            &["Restart iri-registry.service"],
        );
    }
}
