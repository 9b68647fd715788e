//! Findings as text for machines and people; hosts only write it out.

pub mod compact;
pub mod json;
