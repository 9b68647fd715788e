//! Builds the core's component, so that whoever builds the host needs nothing but cargo.

use guest_build::Form;
use std::path::Path;

/// A ready component to take instead, for packagers.
const READY: &str = "PULLPROOF_COMPONENT";

fn main() {
    println!("cargo::rerun-if-env-changed={READY}");
    match std::env::var_os(READY) {
        Some(path) => {
            let path = Path::new(&path);
            println!("cargo::rerun-if-changed={}", path.display());
            guest_build::take(path, "pullproof");
        }
        None => guest_build::build(
            "pullproof-component",
            Form::Component,
            &[
                "crates/guest-memory",
                "crates/pullproof-component",
                "crates/pullproof-core/Cargo.toml",
                "crates/pullproof-core/src",
                "crates/pullproof-yaml",
                "wit",
            ],
            "pullproof",
        ),
    }
}
