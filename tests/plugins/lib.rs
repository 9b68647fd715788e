//! Policies that others could have written, built for tests.

/// Mirrors only under our own hosts: the example of `own-hosts/src/lib.rs`.
pub const OWN_HOSTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/own-hosts.wasm"));

/// Misbehaves as its settings say: `hostile/src/lib.rs`.
pub const HOSTILE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/hostile.wasm"));
