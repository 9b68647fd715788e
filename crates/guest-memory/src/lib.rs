//! Memory for what runs inside WebAssembly, where the standard library's is made to be small:
//! comparing it, for every guest that names this crate, and taking it, for whoever makes a
//! `Memory` its allocator.
//!
//! On other targets nothing but their tests uses either.

mod compare;
mod memory;

pub use memory::Memory;
