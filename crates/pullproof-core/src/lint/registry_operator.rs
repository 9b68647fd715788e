//! What the operator of the cluster's own registry says to objects that it cannot use together.

use crate::finding::{Finding, Severity};

/// Adds what to do and, word for word, what the operator says; where it says nothing, a finding
/// is a warning.
pub(super) fn says(finding: &mut Finding, help: String, says: Option<String>) {
    match says {
        Some(says) => finding.help(format!("{help}; the operator says: {says}")),
        None => finding.severity(Severity::Warning).help(help),
    };
}
