//! Findings as text for machines and people; hosts only write it out.

pub mod catalogue;
pub mod compact;
pub mod json;
