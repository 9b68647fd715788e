//! The parts of `cargo xtask`, where tests reach them.

pub mod custom_section;
pub mod kubewarden;
