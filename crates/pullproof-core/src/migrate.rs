//! `ImageContentSourcePolicy` objects made `ImageDigestMirrorSet` objects: as `oc` does, and with
//! a proof.
//!
//! `oc` is what the original does, good or bad; the others do it better and never look at it.

pub mod yaml;

pub mod oc;

pub mod convert;
pub mod install;
pub mod plan;
pub mod proof;
pub mod todo;
