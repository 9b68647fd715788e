//! `pullproof explain`: the page of a rule.

use crate::exit;
use crate::output::Output;
use anyhow::Result;
use clap::Args;
use pullproof_core::admission;
use pullproof_core::lint::card::Card;
use pullproof_core::prove;
use pullproof_core::report::catalogue;
use std::fmt::Write as _;

#[derive(Args)]
#[command(after_help = "Without a rule, all are listed.")]
pub(crate) struct Arguments {
    /// The rule's id or code, such as `self-mirror`, `PP007` or `PC002`.
    rule: Option<String>,
    /// The form of the page.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// The form in which rules are explained.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people at a terminal.
    Text,
    /// For pages that people read.
    Markdown,
    /// For machines.
    Json,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let Some(name) = &arguments.rule else {
        let cards: Vec<_> = every_rule().collect();
        output.print(&match arguments.format {
            Format::Text => list(output)?,
            Format::Markdown => catalogue::table(&cards),
            Format::Json => catalogue::json(&cards),
        })?;
        return Ok(exit::CLEAN);
    };
    let is_meant = |rule: &Card| rule.id == name || rule.code.eq_ignore_ascii_case(name);
    let Some(rule) = every_rule().find(is_meant) else {
        eprintln!("pullproof: no rule is called `{name}`; `pullproof explain` lists them");
        return Ok(exit::USAGE);
    };
    output.print(&match arguments.format {
        Format::Text => {
            let fix = match rule.fix {
                Some(safety) => format!(", has {} fixes", safety.name()),
                None => String::new(),
            };
            let facts = format!(
                "{} {}, severity {}, {}, since {}{}\n\n",
                rule.code, rule.id, rule.severity, rule.releases, rule.since, fix
            );
            facts + rule.page
        }
        Format::Markdown => catalogue::page(&rule),
        Format::Json => catalogue::json(&[rule]),
    })?;
    Ok(exit::CLEAN)
}

/// Every rule: those of `lint`, those of changes, those of proofs, each by code.
pub(super) fn every_rule() -> impl Iterator<Item = Card> {
    admission::every_rule().chain(prove::CARDS.iter().map(|card| **card))
}

/// Every rule on a line of its own.
pub(super) fn list(output: &Output) -> Result<String> {
    let mut list = String::new();
    let width = every_rule().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in every_rule() {
        let id = output.bold(&format!("{:width$}", rule.id));
        writeln!(
            list,
            "{}  {id} {:8} {}",
            rule.code,
            rule.severity,
            rule.summary()
        )?;
    }
    Ok(list)
}
