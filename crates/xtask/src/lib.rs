//! The parts of `cargo xtask`, where tests reach them.

pub mod custom_section;
pub mod kubewarden;
pub mod page;

use std::env;
use std::io;
use std::path::PathBuf;

/// Where cargo builds.
fn target_dir() -> io::Result<PathBuf> {
    Ok(match env::var_os("CARGO_TARGET_DIR") {
        Some(target_dir) => env::current_dir()?.join(target_dir),
        None => guest_build::workspace().join("target"),
    })
}
