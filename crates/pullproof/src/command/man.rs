//! `pullproof man`: manual pages, made from the same words as the help.

use crate::exit;
use crate::output::Output;
use anyhow::{Context as _, Result};
use clap::builder::Resettable;
use clap::{Args, Command, CommandFactory as _};
use clap_mangen::Man;
use std::path::Path;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof man | man -l -\n  \
    pullproof man --directory ~/.local/share/man/man1")]
pub(crate) struct Arguments {
    /// The command whose page is wanted; without one, the program's own.
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// Writes the pages of all commands into a directory instead.
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    directory: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    // The command `help` says nothing that is not in these pages.
    let mut program = crate::Arguments::command().disable_help_subcommand(true);
    program.build();
    if let Some(directory) = &arguments.directory {
        write_all(&program, Path::new(directory))?;
        return Ok(exit::CLEAN);
    }
    let command = match &arguments.command {
        None => &program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command,
            None => {
                eprintln!("pullproof: there is no command `{name}`");
                return Ok(exit::USAGE);
            }
        },
    };
    output.print(&page(command)?)?;
    Ok(exit::CLEAN)
}

fn write_all(command: &Command, directory: &Path) -> Result<()> {
    let path = directory.join(Man::new(command.clone()).get_filename());
    std::fs::write(&path, page(command)?)
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    for subcommand in command.get_subcommands() {
        write_all(subcommand, directory)?;
    }
    Ok(())
}

/// One page, as the programs that print manuals read it.
fn page(command: &Command) -> Result<String> {
    let after_help = command.get_after_help().map(ToString::to_string);
    // It would be printed as one paragraph, and its examples with it.
    let without = command.clone().after_help(Resettable::Reset);
    let man = Man::new(without)
        .manual("Pullproof")
        .source(format!("pullproof {}", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    man.render(&mut page)?;
    let mut page = String::from_utf8(page)?;
    if let Some(text) = after_help {
        let (heading, text) = match text.strip_prefix("Examples:\n") {
            Some(examples) => ("EXAMPLES", examples),
            None => ("NOTES", text.as_str()),
        };
        section(&mut page, heading, text);
    }
    let codes = exit::ALL.map(|(code, meaning)| format!("{code}  {meaning}"));
    section(&mut page, "EXIT STATUS", &codes.join("\n"));
    Ok(page)
}

/// Adds lines that are to stay lines.
fn section(page: &mut String, heading: &str, text: &str) {
    page.push_str(&format!(".SH \"{heading}\"\n.nf\n"));
    for line in text.lines() {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        // A full stop or an apostrophe in front would make a line a request.
        let guard = match line.starts_with(['.', '\'']) {
            true => "\\&",
            false => "",
        };
        page.push_str(&format!("{guard}{line}\n"));
    }
    page.push_str(".fi\n");
}
