//! What `wit/pullproof.wit` says, as the host sees it.
//!
//! The world `pullproof` exports everything that the world `policy` does, so that one set of
//! types serves both; interfaces are looked up one by one.

#![allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    reason = "generated"
)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "pullproof",
    ownership: Borrowing { duplicate_if_necessary: true },
});
