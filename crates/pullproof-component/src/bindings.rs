//! What `wit/pullproof.wit` says, as Rust.

// The exported functions take and give raw pointers; what is generated is left as it is.
#![allow(
    unsafe_code,
    unreachable_pub,
    missing_docs,
    unused_qualifications,
    clippy::all,
    reason = "generated"
)]

use crate::Component;

wit_bindgen::generate!({
    path: "../../wit",
    world: "pullproof",
});

export!(Component);
