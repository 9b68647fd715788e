//! Starts Debian's docker-registry on loopback, with images made in memory, and tells who asked it.
//!
//! A test first asks `program::absent`: nothing here is installed by a test.

pub mod closed;
pub mod image;
pub mod program;
pub mod request;
pub mod server;
