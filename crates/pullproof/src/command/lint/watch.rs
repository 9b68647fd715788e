//! `--watch`: linting again whenever an input changes.

use crate::exit;
use crate::input::{self, Search};
use anyhow::Result;
use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// How often inputs are looked at: soon enough for who waits, and next to no work.
const PAUSE: Duration = Duration::from_millis(300);

/// Clears a terminal and goes to its first line.
const CLEAR: &str = "\x1b[2J\x1b[3J\x1b[H";

/// What tells one state of a file from another.
type Stamp = (Option<SystemTime>, u64);

/// Lints, then again after every change of what the paths name, new files included.
///
/// Ends with the process, or with the first error.
///
/// # Errors
/// What linting once gives, such as that nobody reads the report any more.
pub(super) fn run(paths: &[String], mut once: impl FnMut() -> Result<u8>) -> Result<u8> {
    if paths.iter().any(|path| path == input::STDIN) {
        eprintln!("pullproof: standard input cannot be watched");
        return Ok(exit::USAGE);
    }
    loop {
        // Looked at before they are read, so that no change in between is missed.
        let before = stamps(paths);
        once()?;
        let changed = wait(paths, &before);
        let mut stdout = std::io::stdout();
        if stdout.is_terminal() {
            stdout.write_all(CLEAR.as_bytes())?;
            stdout.flush()?;
        }
        eprintln!("---- {} changed", changed.display());
    }
}

/// Waits for a change, and tells the first file, by name, that did.
fn wait(paths: &[String], before: &BTreeMap<PathBuf, Stamp>) -> PathBuf {
    loop {
        thread::sleep(PAUSE);
        let now = stamps(paths);
        let mut names = now.keys().chain(before.keys());
        if let Some(changed) = names.find(|name| now.get(*name) != before.get(*name)) {
            return changed.clone();
        }
    }
}

/// The state of every file that the paths name; what cannot be looked at is not there.
fn stamps(paths: &[String]) -> BTreeMap<PathBuf, Stamp> {
    let mut stamps = BTreeMap::new();
    let mut add = |path: &Path| {
        if let Ok(metadata) = path.metadata() {
            let stamp = (metadata.modified().ok(), metadata.len());
            stamps.insert(path.to_owned(), stamp);
        }
    };
    for path in paths.iter().map(Path::new) {
        if !path.is_dir() {
            add(path);
            continue;
        }
        for found in Search::to_lint(&|_| false).files(path).flatten() {
            add(&found);
        }
    }
    stamps
}
