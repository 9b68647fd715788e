//! The webhook's own configuration, and where its files are.

use super::document::Document;
use super::workload::metadata;
use super::{Plan, State};
use anyhow::Result;
use k8s_openapi::api::core::v1::ConfigMap;
use std::collections::BTreeMap;

/// Below it is everything that the webhook reads, in a pod and on a host.
pub(super) const DIRECTORY: &str = "/etc/pullproof";
pub(super) const CONFIGURATION_DIRECTORY: &str = "/etc/pullproof/config";
pub(super) const TLS_DIRECTORY: &str = "/etc/pullproof/tls";
pub(super) const STATE_DIRECTORY: &str = "/etc/pullproof/state";
pub(super) const FILE: &str = "pullproof.toml";

/// How long the API server waits for an answer; every change of a mirror object waits, too.
pub(super) const TIMEOUT_S: i32 = 5;
/// What is left of it for the way there and back.
const MARGIN_MS: i32 = 1000;
/// How long a pod that ends still serves: until every API server has heard of it.
const DRAIN_DELAY_S: i64 = 15;
/// How long a pod may take to end: the delay, the last answers, and time to spare.
pub(super) const GRACE_PERIOD_S: i64 = DRAIN_DELAY_S + TIMEOUT_S as i64 + 25;

/// Only API servers ask, and about kinds that seldom change.
const N_WORKERS: u32 = 2;
const QUEUE: u32 = 64;

/// The configuration as TOML.
pub(super) fn text(plan: &Plan) -> String {
    let state = match plan.state {
        State::None => "source = \"none\"\n".to_owned(),
        State::Cluster => "source = \"cluster\"\n".to_owned(),
        State::Directory => format!("source = \"directory\"\npath = \"{STATE_DIRECTORY}\"\n"),
    };
    let listen = plan.listen;
    let timeout_ms = TIMEOUT_S * 1000 - MARGIN_MS;
    let drain_delay_ms = DRAIN_DELAY_S * 1000;
    let on_error = plan.on_error.name();
    let mode = plan.mode.name();
    let openshift = plan.openshift.name();
    format!(
        "listen = \"{listen}\"\n\
         workers = {N_WORKERS}\n\
         queue = {QUEUE}\n\
         timeout_ms = {timeout_ms}\n\
         on_error = \"{on_error}\"\n\
         drain_delay_ms = {drain_delay_ms}\n\
         \n\
         [tls]\n\
         cert = \"{TLS_DIRECTORY}/tls.crt\"\n\
         key = \"{TLS_DIRECTORY}/tls.key\"\n\
         \n\
         [log]\n\
         format = \"json\"\n\
         \n\
         [state]\n\
         {state}\
         \n\
         [[policy]]\n\
         name = \"pullproof\"\n\
         mode = \"{mode}\"\n\
         settings = {{ openshift = \"{openshift}\" }}\n"
    )
}

/// A text that changes with the configuration, so that pods do, too; no protection of anything.
pub(super) fn fingerprint(plan: &Plan) -> String {
    // FNV-1a.
    let hash = text(plan)
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}

/// # Errors
/// When the object cannot be written as YAML.
pub(super) fn config_map(plan: &Plan) -> Result<Document> {
    let object = ConfigMap {
        metadata: metadata(plan, name(plan)),
        data: Some(BTreeMap::from([(FILE.to_owned(), text(plan))])),
        ..ConfigMap::default()
    };
    Document::object(
        "10-configmap.yaml",
        "on_error `fail` answers no review where the policy cannot be asked, so that the\n\
         failurePolicy below decides, as it does when no pod answers.",
        &object,
    )
}

pub(super) fn name(plan: &Plan) -> String {
    format!("{}-config", plan.name)
}
