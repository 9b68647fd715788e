//! `pullproof-probe`: what `pullproof probe` starts.
//!
//! A program of its own, so that no other command has code that opens a connection.

use std::process::ExitCode;

fn main() -> ExitCode {
    pullproof::run_probe()
}
