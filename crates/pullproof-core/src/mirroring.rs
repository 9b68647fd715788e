//! What the programs that copy images write, and what has to be written for what they copied.

pub mod catalog;
pub mod coverage;
pub mod generate;
pub mod manifest;
pub mod names;
