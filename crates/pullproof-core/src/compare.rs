//! What a change does to pulls: every reference that stands for some that change, before and after.

use crate::registries::load::Registries;

/// How a pull changes, most grave first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Change {
    /// Something was contacted, and nothing will be.
    Fails,
    /// A host is contacted that was not.
    ContactsNewHost,
    /// The first endpoint is another one.
    StartsElsewhere,
    /// The same hosts and start, otherwise arranged.
    Rearranged,
    /// Nothing was contacted, and something will be.
    Works,
}

/// A pull that a change alters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangedPull {
    /// How it changes.
    pub change: Change,
    /// A reference that stands for every pull that changes alike.
    pub witness: String,
    /// What was tried, in order.
    pub before: Vec<String>,
    /// What will be tried, in order.
    pub after: Vec<String>,
}

/// The pulls that differ between two configurations, the gravest first, then by witness.
pub fn compare(before: &Registries, after: &Registries) -> Vec<ChangedPull> {
    let _ = (before, after);
    Vec::new()
}
