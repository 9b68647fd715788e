//! `pullproof-playground`: what `pullproof playground` starts.
//!
//! A program of its own, so that no other command has the page in it, or code that listens.

use std::process::ExitCode;

fn main() -> ExitCode {
    pullproof::run_playground()
}
