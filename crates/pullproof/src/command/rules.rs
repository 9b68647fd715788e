//! `pullproof rules`: every rule; as Markdown it is the manual.

use super::explain::{Format, every_rule, list};
use crate::exit;
use crate::output::Output;
use anyhow::Result;
use clap::Args;
use pullproof_core::report::catalogue;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The form of the list; `markdown` has all pages, too.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let cards: Vec<_> = every_rule().collect();
    let text = match arguments.format {
        Format::Text => list(output)?,
        Format::Markdown => catalogue::manual(&cards),
        Format::Json => catalogue::json(&cards),
    };
    output.print(&text)?;
    Ok(exit::CLEAN)
}
