//! `pullproof explain`: the page of a rule.

use crate::exit;
use crate::output::Output;
use anyhow::Result;
use clap::Args;
use pullproof_core::admission::{every_rule, rule};
use std::fmt::Write as _;

#[derive(Args)]
#[command(after_help = "Without a rule, all are listed.")]
pub(crate) struct Arguments {
    /// The rule's id or code, such as `self-mirror`, `PP007` or `PC002`.
    rule: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let Some(name) = &arguments.rule else {
        let mut list = String::new();
        for rule in every_rule() {
            let id = output.bold(&format!("{:24}", rule.id));
            writeln!(
                list,
                "{}  {id} {:8} {}",
                rule.code,
                rule.severity,
                rule.summary()
            )?;
        }
        output.print(&list)?;
        return Ok(exit::CLEAN);
    };
    match rule(name) {
        Some(rule) => {
            let fix = match rule.fix {
                Some(safety) => format!(", has {} fixes", safety.name()),
                None => String::new(),
            };
            let facts = format!(
                "{} {}, severity {}, {}, since {}{}\n\n",
                rule.code, rule.id, rule.severity, rule.releases, rule.since, fix
            );
            output.print(&(facts + rule.page))?;
            Ok(exit::CLEAN)
        }
        None => {
            eprintln!("pullproof: no rule is called `{name}`; `pullproof explain` lists them");
            Ok(exit::USAGE)
        }
    }
}
