//! The core as a Kubewarden policy: the raw waPC ABI, no SDK, no WASI.
//!
//! Everything that a policy server asks goes through `call`, which any target can run; what only
//! WebAssembly has stands in `abi`. README.md is for those who use the policy.
//!
//! The tests run the module in a host of their own over the workspace's wasmtime: the crates
//! `wapc` and `wasmtime-provider` would bring a second one.

#[cfg(target_arch = "wasm32")]
mod abi;
mod answer;
mod json;
mod request;
mod settings;

use pullproof_core::admission::{self, Cluster, SettingsProblem};
use request::Payload;
use serde::Serialize;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: guest_memory::Memory = guest_memory::Memory::new();

/// What the policy speaks, as JSON.
const PROTOCOL_VERSION: &[u8] = br#""v1""#;

/// The answer to whether settings can be used.
#[derive(Serialize)]
struct SettingsAnswer {
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Answers one operation of the policy server with JSON.
///
/// # Errors
/// The operation is none of `protocol_version`, `validate_settings` and `validate`, or what is to
/// be validated cannot be read or comes with settings that are not valid.
pub fn call(operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
    match operation {
        "protocol_version" => Ok(PROTOCOL_VERSION.to_vec()),
        "validate_settings" => validate_settings(payload),
        "validate" => validate(payload),
        // Word for word: hosts find out by it what a policy is.
        // From wapc-rs, wapc-guest handler.
        _ => Err(format!("No handler registered for function {operation}")),
    }
}

fn validate_settings(payload: &[u8]) -> Result<Vec<u8>, String> {
    let problem = match std::str::from_utf8(payload) {
        Ok(text) => settings::read(text).err().map(|problems| told(&problems)),
        Err(error) => Some(not_utf8(error)),
    };
    json::bytes(&SettingsAnswer {
        valid: problem.is_none(),
        message: problem,
    })
}

fn validate(payload: &[u8]) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(payload).map_err(not_utf8)?;
    let payload = Payload::read(text)?;
    let settings = settings::read(payload.settings)
        .map_err(|problems| format!("the settings are not valid: {}", told(&problems)))?;
    let (cluster, _) = Cluster::new(Vec::new(), settings.core);
    let review = admission::review(&cluster, &payload.request());
    json::bytes(&answer::answer(&review.findings, &settings.levels))
}

fn not_utf8(error: std::str::Utf8Error) -> String {
    format!(
        "the payload is not UTF-8 after byte {}",
        error.valid_up_to()
    )
}

/// Everything that is wrong with settings, in one line.
fn told(problems: &[SettingsProblem]) -> String {
    let told =
        problems.iter().map(
            |SettingsProblem { pointer, message }| match pointer.is_empty() {
                true => message.clone(),
                false => format!("`{pointer}`: {message}"),
            },
        );
    let told: Vec<String> = told.collect();
    answer::cut(&answer::one_line(&told.join("; ")), answer::LINE_CHARS_MAX)
}
