//! What changed files do to nodes without node disruption policies, per release.

use super::CONF_PATH;
use crate::openshift::OpenShift;
use crate::policy_json;
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
