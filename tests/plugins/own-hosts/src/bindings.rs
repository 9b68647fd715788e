//! What `wit/pullproof.wit` says, as Rust.

#![allow(
    unsafe_code,
    unreachable_pub,
    missing_docs,
    unused_qualifications,
    clippy::all,
    reason = "generated"
)]

use crate::OwnHosts;

wit_bindgen::generate!({
    path: "../../../wit",
    world: "policy",
});

export!(OwnHosts);
