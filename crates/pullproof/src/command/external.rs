//! Commands that are programs of their own.

use crate::exit;
use crate::output::Color;
use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum as _};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

#[derive(Args)]
pub(crate) struct Arguments {
    /// What the program is given; `--help` tells what it takes.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGUMENT"
    )]
    arguments: Vec<OsString>,
}

/// Hands over to a program, which is looked for beside this one and then in `PATH`.
///
/// # Errors
/// When it is at neither place, or does not start.
pub(crate) fn run(name: &str, color: Color, arguments: &Arguments) -> Result<u8> {
    let mut program = Command::new(beside(name).unwrap_or_else(|| PathBuf::from(name)));
    if let Some(color) = color.to_possible_value().filter(|_| color != Color::Auto) {
        program.args(["--color", color.get_name()]);
    }
    let status = program
        .args(&arguments.arguments)
        .status()
        .with_context(|| {
            format!("cannot start `{name}`, which comes with pullproof where its feature is on")
        })?;
    // A program that was ended by a signal said nothing that could be trusted.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.unwrap_or(exit::UNREADABLE))
}

fn beside(name: &str) -> Option<PathBuf> {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::current_exe().ok()?.with_file_name(name);
    path.is_file().then_some(path)
}
