//! The core's own component, as bytes.

/// The component of `pullproof-component`, world `pullproof`.
pub const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/pullproof.wasm"));

/// The name it goes by.
pub const NAME: &str = "pullproof";
