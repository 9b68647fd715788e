//! Runs policies, which are WebAssembly components, so that none can take down its host.
//!
//! A policy sees its arguments and nothing else. It has a deadline, a limit of memory, of results
//! and of stack; whatever it does, the host gets findings or an error that says which policy did
//! what. The core is one of these policies, built into this crate as bytes.

pub mod limits;
pub mod types;

pub mod error;

mod bindings;
mod cache;
mod engine;
mod settings;
mod store;

pub mod builtin;
pub mod host;
pub mod policy;
mod recent;
pub mod set;
pub mod simulator;
pub mod warm;
