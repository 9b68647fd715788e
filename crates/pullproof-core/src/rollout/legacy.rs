//! What changed files do to nodes without node disruption policies, per release.

use crate::openshift::OpenShift;
use crate::policy_json;
use crate::registries::CONF_PATH;
use std::fmt;

/// What a node does after its files were changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LegacyAction {
    /// Nothing.
    None,
    /// Tells CRI-O to read its configuration anew.
    ReloadCrio,
    /// Restarts CRI-O.
    RestartCrio,
    /// Reboots.
    Reboot,
}

impl fmt::Display for LegacyAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LegacyAction::None => "none",
            LegacyAction::ReloadCrio => "reload crio",
            LegacyAction::RestartCrio => "restart crio",
            LegacyAction::Reboot => "reboot",
        })
    }
}

/// Files, and directories with what lies right in them, with what a change does from a release on.
const TABLE: [(Place, LegacyAction, OpenShift); 9] = [
    (
        Place::File("/etc/kubernetes/kubelet-ca.crt"),
        LegacyAction::None,
        OpenShift::V4_7,
    ),
    (
        Place::File("/var/lib/kubelet/config.json"),
        LegacyAction::None,
        OpenShift::V4_7,
    ),
    (
        Place::File(CONF_PATH),
        LegacyAction::ReloadCrio,
        OpenShift::V4_7,
    ),
    (
        Place::File(policy_json::PATH),
        LegacyAction::ReloadCrio,
        OpenShift::V4_10,
    ),
    (
        Place::File("/etc/machine-config-daemon/no-reboot/containers-gpg.pub"),
        LegacyAction::ReloadCrio,
        OpenShift::V4_10,
    ),
    (
        Place::File("/etc/pki/ca-trust/source/anchors/openshift-config-user-ca-bundle.crt"),
        LegacyAction::RestartCrio,
        OpenShift::V4_14,
    ),
    (
        Place::File("/etc/mco/internal-registry-pull-secret.json"),
        LegacyAction::None,
        OpenShift::V4_14,
    ),
    (
        Place::Directory("/etc/containers/registries.d"),
        LegacyAction::ReloadCrio,
        OpenShift::V4_16,
    ),
    (
        Place::Directory("/etc/nmstate/openshift"),
        LegacyAction::None,
        OpenShift::V4_16,
    ),
];

#[derive(Clone, Copy)]
enum Place {
    File(&'static str),
    Directory(&'static str),
}

impl Place {
    fn contains(self, path: &str) -> bool {
        match self {
            Place::File(file) => path == file,
            Place::Directory(directory) => path
                .rsplit_once('/')
                .is_some_and(|(parent, _)| parent == directory),
        }
    }
}

/// What a node does when these files change: always one action.
///
/// 4.14 and 4.15 take the last of reload and restart, in the order of the paths given;
/// on a node that order is random.
pub fn actions(diff_files: &[String], version: OpenShift) -> Vec<LegacyAction> {
    // From openshift/machine-config-operator, pkg/daemon/update.go
    // `calculatePostConfigChangeActionFromMCDiffs` and its forerunners.
    let mut action = LegacyAction::None;
    for path in diff_files {
        action = match action_of(path, version) {
            LegacyAction::None => action,
            LegacyAction::ReloadCrio
                if action == LegacyAction::RestartCrio && OpenShift::V4_16 <= version =>
            {
                action
            }
            LegacyAction::Reboot => return vec![LegacyAction::Reboot],
            other => other,
        };
    }
    vec![action]
}

fn action_of(path: &str, version: OpenShift) -> LegacyAction {
    let row = TABLE
        .iter()
        .find(|(place, _, since)| *since <= version && place.contains(path));
    row.map_or(LegacyAction::Reboot, |(_, action, _)| *action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_release_has_its_own_table() {
        let check = |paths: &[&str], cases: &[(&str, &str)]| {
            let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
            for (version, expected) in cases {
                let version = OpenShift::parse(version).expect("it is a release");
                let found = actions(&paths, version);
                assert_eq!(found.len(), 1);
                assert_eq!(found[0].to_string(), *expected, "{paths:?} in {version}");
            }
        };
        let bundle = "/etc/pki/ca-trust/source/anchors/openshift-config-user-ca-bundle.crt";
        let signatures = "/etc/containers/registries.d/a.yaml";
        check(&[], &[("4.6", "none"), ("5.2", "none")]);
        check(&[CONF_PATH], &[("4.6", "reboot"), ("4.7", "reload crio")]);
        check(
            &[policy_json::PATH],
            &[("4.9", "reboot"), ("4.10", "reload crio")],
        );
        check(
            &[signatures],
            &[("4.15", "reboot"), ("4.16", "reload crio")],
        );
        check(&["/etc/containers/registries.d/a/b"], &[("5.2", "reboot")]);
        check(&[bundle], &[("4.13", "reboot"), ("4.14", "restart crio")]);
        check(
            &[bundle, CONF_PATH],
            &[("4.15", "reload crio"), ("4.16", "restart crio")],
        );
        check(
            &["/var/lib/kubelet/config.json"],
            &[("4.6", "reboot"), ("4.7", "none")],
        );
        check(&[CONF_PATH, "/etc/x", bundle], &[("5.2", "reboot")]);
    }
}
