//! What developers run: `cargo xtask COMMAND`.

mod load;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use xtask::kubewarden;

/// What developers run; nothing a user needs.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the policy for Kubewarden, with its metadata, and prints its size.
    Kubewarden {
        /// Where it is written; `target/pullproof-kubewarden.wasm` when absent.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Loads the webhook on loopback and prints what it stood.
    Load(load::Arguments),
}

fn main() -> Result<()> {
    let Arguments { command } = Arguments::parse();
    match command {
        Command::Kubewarden { out } => kubewarden::run(out.as_deref()),
        Command::Load(arguments) => load::run(&arguments),
    }
}
