//! Every rule, by code: a file each, with its page beside it.

use super::Rule;

mod self_mirror;

/// Every rule, by code.
pub static ALL: &[&Rule] = &[&self_mirror::RULE];
