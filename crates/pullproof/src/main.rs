//! The command line: reads bytes, asks the core, writes bytes.

mod baseline;
mod choice;
mod command;
mod config;
mod excerpt;
mod images;
mod input;
mod output;
mod parallel;
mod paths;
mod revision;
mod selection;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Reading makes many small values and keeps nearly all of them: a quarter of the time of linting
/// 1,000 files went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit codes, told in `pullproof help` and kept for good.
mod exit {
    /// Nothing was found, or everything worked.
    pub(crate) const CLEAN: u8 = 0;
    /// Findings at or above the threshold, or pulls that fail.
    pub(crate) const FINDINGS: u8 = 1;
    /// The arguments make no sense.
    pub(crate) const USAGE: u8 = 2;
    /// Input could not be read or parsed.
    pub(crate) const UNREADABLE: u8 = 3;
    /// The arguments name no input at all.
    pub(crate) const NOTHING: u8 = 4;
}

/// Proves where every image pull of an OpenShift node goes, before a mirror object reaches it.
#[derive(Parser)]
#[command(
    name = "pullproof",
    version,
    arg_required_else_help = true,
    after_help = "Start with:\n  \
        pullproof lint manifests/\n  \
        pullproof resolve quay.io/org/app:1.2 --with manifests/\n\n\
        Exit codes: 0 clean, 1 findings or failing pulls, 2 usage,\n\
        3 input that cannot be read or parsed, 4 nothing to look at."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// When to use colours; `auto` means on a terminal, unless NO_COLOR is set.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN"
    )]
    color: output::Color,
}

#[derive(Subcommand)]
enum Command {
    /// Shows everything at once: findings, the files nodes get, where images are pulled from.
    Show(command::show::Arguments),
    /// Finds mistakes in mirror objects: syntax, API server, nodes, pulls.
    Lint(command::lint::Arguments),
    /// Shows which registries a node contacts for an image, in which order and why.
    Resolve(command::resolve::Arguments),
    /// Writes the files that nodes get: registries.conf, policy.json and the search drop-in.
    Render(command::render::Arguments),
    /// Tells what a change does to nodes: nothing, reload, drain or reboot.
    Rollout(command::rollout::Arguments),
    /// Answers as the admission webhook would, with any policy, and runs a policy's tests.
    #[cfg(feature = "review")]
    Review(command::review::Arguments),
    /// Explains a rule, with examples.
    Explain(command::explain::Arguments),
    /// Prints the JSON Schema of what is read or written.
    Schema(command::schema::Arguments),
    /// Prints what it takes to run the webhook in a cluster.
    Manifests(command::manifests::Arguments),
    /// Answers JSON requests from standard input, one a line.
    Batch,
    /// Prints a completion script for a shell.
    Completions(command::completions::Arguments),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are what was asked for; the rest is usage.
            let code = if error.use_stderr() {
                exit::USAGE
            } else {
                exit::CLEAN
            };
            return match error.print() {
                Ok(()) => ExitCode::from(code),
                Err(_) => ExitCode::from(exit::USAGE),
            };
        }
    };
    let output = output::Output::new(arguments.color);
    let result = match &arguments.command {
        Command::Show(arguments) => command::show::run(arguments, &output),
        Command::Lint(arguments) => command::lint::run(arguments, &output),
        Command::Resolve(arguments) => command::resolve::run(arguments, &output),
        Command::Render(arguments) => command::render::run(arguments, &output),
        Command::Rollout(arguments) => command::rollout::run(arguments, &output),
        #[cfg(feature = "review")]
        Command::Review(arguments) => command::review::run(arguments, &output),
        Command::Explain(arguments) => command::explain::run(arguments, &output),
        Command::Schema(arguments) => command::schema::run(arguments, &output),
        Command::Manifests(arguments) => command::manifests::run(arguments, &output),
        Command::Batch => command::batch::run(),
        Command::Completions(arguments) => command::completions::run(arguments),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::from(exit::CLEAN),
        Err(error) => {
            eprintln!("pullproof: {error:#}");
            ExitCode::from(exit::UNREADABLE)
        }
    }
}
