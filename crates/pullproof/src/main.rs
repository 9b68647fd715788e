//! `pullproof`: everything but running policies.

use std::process::ExitCode;

/// Reading makes many small values and keeps nearly all of them: a quarter of the time of linting
/// 1,000 files went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    pullproof::run()
}
