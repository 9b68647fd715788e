//! The command line: reads bytes, asks the core, writes bytes.

mod baseline;
mod choice;
mod command;
mod config;
mod excerpt;
mod input;
mod output;
mod parallel;
mod paths;
mod playground;
mod plugin;
mod progress;
mod replace;
mod reports;
mod revision;
mod selection;

use clap::{CommandFactory as _, Parser, Subcommand};
use std::process::ExitCode;

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

    /// Every code and what it means, in order.
    pub(crate) const ALL: [(u8, &str); 5] = [
        (CLEAN, "clean: nothing was found, or everything worked"),
        (
            FINDINGS,
            "findings at or above the threshold, or pulls that fail",
        ),
        (USAGE, "the arguments make no sense"),
        (UNREADABLE, "input that cannot be read or parsed"),
        (NOTHING, "the arguments name no input at all"),
    ];
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
    /// Proves for every image that there is where its pull cannot go, or shows one that does.
    Prove(command::prove::Arguments),
    /// Tells what a change does to every image pull, to registries.conf and to nodes.
    Diff(command::diff::Arguments),
    /// Writes the files that nodes get: registries.conf, policy.json and the search drop-in.
    Render(command::render::Arguments),
    /// Tells what a change does to nodes: nothing, reload, drain or reboot.
    Rollout(command::rollout::Arguments),
    /// Asks registries which of them has an image; the only command that uses the network.
    #[command(disable_help_flag = true)]
    Probe(command::external::Arguments),
    /// Makes ImageContentSourcePolicy objects ImageDigestMirrorSet objects, and proves that no pull
    /// changes.
    Migrate(command::migrate::Arguments),
    /// Checks what programs that copy images wrote, and writes mirror sets for what they copied.
    Catalog(command::catalog::Arguments),
    /// Answers as the admission webhook would, with any policy, and runs a policy's tests.
    #[command(disable_help_flag = true)]
    Review(command::external::Arguments),
    /// Explains a rule, with examples.
    Explain(command::explain::Arguments),
    /// Lists every rule; as Markdown it is the manual.
    Rules(command::rules::Arguments),
    /// Serves editors: findings while one types, fixes, and where pulls go.
    Lsp(command::lsp::Arguments),
    /// Prints what it takes to run the webhook in a cluster.
    Manifests(command::manifests::Arguments),
    /// Serves the browser page on this machine, which shows where pulls go while one types.
    #[command(disable_help_flag = true)]
    Playground(command::external::Arguments),
    /// Answers JSON requests from standard input, one a line.
    Batch,
    /// Prints the JSON Schema of something that pullproof writes or reads.
    Schema(command::schema::Arguments),
    /// Prints a completion script for a shell.
    Completions(command::completions::Arguments),
    /// Prints the manual page of a command, for man(1).
    Man(command::man::Arguments),
}

/// Runs `pullproof` with the process's arguments.
pub fn run() -> ExitCode {
    let command = plugin::named(Arguments::command(), std::env::args_os().next());
    let arguments: Arguments = match parse(command) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let output = output::Output::new(arguments.color);
    end(match &arguments.command {
        Command::Show(arguments) => command::show::run(arguments, &output),
        Command::Lint(arguments) => command::lint::run(arguments, &output),
        Command::Resolve(arguments) => command::resolve::run(arguments, &output),
        Command::Prove(arguments) => command::prove::run(arguments, &output),
        Command::Diff(arguments) => command::diff::run(arguments, &output),
        Command::Render(arguments) => command::render::run(arguments, &output),
        Command::Rollout(arguments) => command::rollout::run(arguments, &output),
        Command::Probe(probe) => command::external::run("pullproof-probe", arguments.color, probe),
        Command::Migrate(arguments) => command::migrate::run(arguments, &output),
        Command::Catalog(arguments) => command::catalog::run(arguments, &output),
        Command::Review(review) => {
            command::external::run("pullproof-review", arguments.color, review)
        }
        Command::Explain(arguments) => command::explain::run(arguments, &output),
        Command::Rules(arguments) => command::rules::run(arguments, &output),
        Command::Lsp(arguments) => command::lsp::run(arguments),
        Command::Manifests(arguments) => command::manifests::run(arguments, &output),
        Command::Playground(playground) => {
            command::external::run("pullproof-playground", arguments.color, playground)
        }
        Command::Batch => command::batch::run(),
        Command::Schema(arguments) => command::schema::run(arguments, &output),
        Command::Completions(arguments) => command::completions::run(arguments),
        Command::Man(arguments) => command::man::run(arguments, &output),
    })
}

/// Runs `pullproof-playground` with the process's arguments.
#[cfg(feature = "playground")]
pub fn run_playground() -> ExitCode {
    /// Serves the browser page on this machine, which shows where pulls go while one types.
    #[derive(Parser)]
    #[command(
        name = "pullproof-playground",
        bin_name = "pullproof playground",
        version
    )]
    struct Program {
        #[command(flatten)]
        playground: command::playground::Arguments,
        /// When to use colours; `auto` means on a terminal, unless NO_COLOR is set.
        #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
        color: output::Color,
    }
    let program: Program = match parse(command::playground::described(Program::command())) {
        Ok(program) => program,
        Err(code) => return code,
    };
    let output = output::Output::new(program.color);
    end(command::playground::run(&program.playground, &output))
}

/// Runs `pullproof-probe` with the process's arguments.
#[cfg(feature = "probe")]
pub fn run_probe() -> ExitCode {
    /// Asks registries which of them has an image, and compares that with where pulls go.
    #[derive(Parser)]
    #[command(name = "pullproof-probe", bin_name = "pullproof probe", version)]
    struct Program {
        #[command(flatten)]
        probe: command::probe::Arguments,
        /// When to use colours; `auto` means on a terminal, unless NO_COLOR is set.
        #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
        color: output::Color,
    }
    let program: Program = match parse(command::probe::described(Program::command())) {
        Ok(program) => program,
        Err(code) => return code,
    };
    let output = output::Output::new(program.color);
    end(command::probe::run(&program.probe, &output))
}

/// Runs `pullproof-review` with the process's arguments.
#[cfg(feature = "review")]
pub fn run_review() -> ExitCode {
    /// Answers as the admission webhook would, with any policy, and runs a policy's tests.
    #[derive(Parser)]
    #[command(name = "pullproof-review", bin_name = "pullproof review", version)]
    struct Program {
        #[command(flatten)]
        review: command::review::Arguments,
        /// When to use colours; `auto` means on a terminal, unless NO_COLOR is set.
        #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
        color: output::Color,
    }
    let program: Program = match parse(Program::command()) {
        Ok(program) => program,
        Err(code) => return code,
    };
    let output = output::Output::new(program.color);
    end(command::review::run(&program.review, &output))
}

/// The process's arguments, or what to end with after saying what is wrong with them.
fn parse<A: Parser>(command: clap::Command) -> Result<A, ExitCode> {
    let matches = command.try_get_matches();
    let arguments = matches.and_then(|matches| A::from_arg_matches(&matches));
    arguments.map_err(|error| {
        // Help and version are what was asked for; the rest is usage.
        let code = match error.use_stderr() {
            true => exit::USAGE,
            false => exit::CLEAN,
        };
        match error.print() {
            Ok(()) => ExitCode::from(code),
            Err(_) => ExitCode::from(exit::USAGE),
        }
    })
}

fn end(result: anyhow::Result<u8>) -> ExitCode {
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::from(exit::CLEAN),
        Err(error) => {
            eprintln!("pullproof: {error:#}");
            ExitCode::from(exit::UNREADABLE)
        }
    }
}
