//! Lets Debian's skopeo and podman pull by a registries.conf that was rendered, and compares what
//! they try, and whom the servers saw, with what `resolve` says.
//!
//! Everything is on loopback and below a temporary directory.

#![expect(clippy::panic, reason = "a test that cannot be set up stops")]

pub mod client;
pub mod expected;
pub mod objects;
pub mod trial;
pub mod world;
