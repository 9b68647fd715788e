//! The core as a WebAssembly component that imports nothing.
