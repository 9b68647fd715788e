//! `pullproof schema`: the JSON Schemas of what is read and written.

use crate::config;
use crate::exit;
use crate::output::Output;
use anyhow::Result;
use clap::Args;
use pullproof_core::report;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof schema config > pullproof.schema.json\n  \
    pullproof schema report > report.schema.json")]
pub(crate) struct Arguments {
    /// What the schema is of.
    #[arg(value_enum)]
    of: Subject,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Subject {
    /// The settings in `.pullproof.toml`.
    Config,
    /// What `pullproof lint --format json` writes.
    Report,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    match arguments.of {
        Subject::Config => output.print(&config::schema::text())?,
        Subject::Report => output.print(report::json::SCHEMA)?,
    }
    Ok(exit::CLEAN)
}
