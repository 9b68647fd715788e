//! `pullproof-review`: what `pullproof review` starts.
//!
//! A program of its own, since a compiler for WebAssembly is several times what all else takes.

use std::process::ExitCode;

fn main() -> ExitCode {
    pullproof::run_review()
}
