//! `pullproof schema`: the JSON Schemas of what is read and written.

use crate::config;
use crate::exit;
use crate::output::Output;
use anyhow::Result;
use clap::Args;

#[derive(Args)]
#[command(after_help = "Examples:\n  pullproof schema config > pullproof.schema.json")]
pub(crate) struct Arguments {
    /// Whose schema.
    #[arg(value_enum)]
    of: Of,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Of {
    /// The settings in `.pullproof.toml`.
    Config,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let text = match arguments.of {
        Of::Config => config::schema::text(),
    };
    output.print(&text)?;
    Ok(exit::CLEAN)
}
