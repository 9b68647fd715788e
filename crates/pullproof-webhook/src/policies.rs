//! Loads the policies that the settings name.

use std::sync::Arc;

use anyhow::bail;

use crate::config::Config;
use crate::evaluate::Evaluate;

/// The policies of the settings, ready to be asked.
///
/// # Errors
///
/// A policy cannot be loaded.
// TODO(#3): load components through pullproof-host.
pub fn load(config: &Config) -> anyhow::Result<Arc<dyn Evaluate>> {
    let names: Vec<_> = config
        .policies
        .iter()
        .map(|policy| policy.name.as_str())
        .collect();
    bail!(
        "failed to load `{}`: this build runs no components yet",
        names.join("`, `")
    )
}
