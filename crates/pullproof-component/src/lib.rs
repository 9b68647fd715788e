//! The core as a WebAssembly component that imports nothing: `wit/pullproof.wit`, world `pullproof`.
//!
//! It holds what reviews are judged against; every conversion between the core's types and those
//! of the boundary stands in `boundary`.

mod bindings;
mod boundary;
mod cluster;
mod reviewer;
mod simulator;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: guest_memory::Memory = guest_memory::Memory::new();

struct Component;
