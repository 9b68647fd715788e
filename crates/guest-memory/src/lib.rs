//! Memory for what runs inside WebAssembly, where the standard library's is made to be small:
//! comparing it, for every guest that names this crate, and taking it, for whoever makes a
//! `Memory` its allocator.
//!
//! All but the tests does something on that target alone.

mod compare;
mod memory;

pub use memory::Memory;
