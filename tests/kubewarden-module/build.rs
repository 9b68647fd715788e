//! Builds the module that tests run.

use guest_build::Form;

fn main() {
    guest_build::build(
        "pullproof-kubewarden",
        Form::Module,
        &[
            "crates/guest-memory",
            "crates/pullproof-core/Cargo.toml",
            "crates/pullproof-core/src",
            "crates/pullproof-yaml",
            "crates/pullproof-kubewarden/Cargo.toml",
            "crates/pullproof-kubewarden/src",
        ],
        "kubewarden",
    );
}
