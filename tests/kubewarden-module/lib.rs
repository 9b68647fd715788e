//! The Kubewarden policy, built for tests; a crate of its own, so that no other test waits for it.

/// `crates/pullproof-kubewarden` as a module, without metadata.
pub const MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/kubewarden.wasm"));
