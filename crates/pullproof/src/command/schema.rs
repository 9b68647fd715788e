//! `pullproof schema`: the JSON Schema of what other programs exchange with this one.

use crate::exit;
use crate::output::Output;
use anyhow::Result;
use clap::Args;
use pullproof_core::report;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof schema report > report.schema.json")]
pub(crate) struct Arguments {
    /// What the schema is of.
    #[arg(value_enum)]
    of: Subject,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Subject {
    /// What `pullproof lint --format json` writes.
    Report,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    output.print(match arguments.of {
        Subject::Report => report::json::SCHEMA,
    })?;
    Ok(exit::CLEAN)
}
