//! The program as a plugin of kubectl or oc: they run a file of a certain name.

use clap::Command;
use std::ffi::OsString;
use std::path::Path;

/// What names of the file say how it is called.
const CALLERS: [(&str, &str); 2] = [
    ("kubectl-pullproof", "kubectl pullproof"),
    ("oc-pullproof", "oc pullproof"),
];

/// The command line as its help shall name it, given what the program was started as.
pub(crate) fn named(command: Command, program: Option<OsString>) -> Command {
    let program = program.unwrap_or_default();
    let stem = Path::new(&program).file_stem().unwrap_or_default();
    match CALLERS.iter().find(|(file, _)| stem == *file) {
        Some((_, name)) => renamed(command.bin_name(*name), name),
        None => command,
    }
}

/// With examples that can be typed as they stand.
fn renamed(mut command: Command, name: &str) -> Command {
    if let Some(text) = command.get_after_help() {
        let text = text.to_string().replace("pullproof ", &format!("{name} "));
        command = command.after_help(text);
    }
    command.mut_subcommands(|subcommand| renamed(subcommand, name))
}
