//! What developers run: `cargo xtask COMMAND`.

mod load;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use xtask::{kubewarden, page};

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
    /// Builds the browser page into `www/dist`, and prints and judges its sizes.
    Page {
        /// Writes the sizes to `www/record.json`, for a change that is worth what it weighs.
        #[arg(long)]
        record: bool,
    },
    /// Loads the webhook on loopback and prints what it stood.
    Load(load::Arguments),
}

fn main() -> Result<()> {
    let Arguments { command } = Arguments::parse();
    match command {
        Command::Kubewarden { out } => kubewarden::run(out.as_deref()),
        Command::Page { record } => page::run(record),
        Command::Load(arguments) => load::run(&arguments),
    }
}
