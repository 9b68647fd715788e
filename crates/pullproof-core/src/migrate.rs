//! `ImageContentSourcePolicy` objects made `ImageDigestMirrorSet` objects: as `oc` does, and with
//! a proof.

pub mod oc;
pub mod yaml;
