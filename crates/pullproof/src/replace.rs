//! Writing a file whole or not at all.

use anyhow::{Context as _, Result};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Gives a file a new text: it is written beside it first, then renamed, so that whoever is
/// interrupted leaves the old file, and nobody reads half of the new one.
///
/// What is no plain file, such as a device or a pipe, is written to as it is.
///
/// # Errors
/// When the file cannot be written; it is as it was then.
pub(crate) fn replace(path: &Path, text: &str) -> Result<()> {
    let failed = || format!("failed to write `{}`", path.display());
    let old = fs::metadata(path).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        return fs::write(path, text).with_context(failed);
    }
    // The file that a link leads to is replaced, not the link.
    let target = match &old {
        Some(_) => fs::canonicalize(path).with_context(failed)?,
        None => path.to_owned(),
    };
    let beside = beside(&target).with_context(failed)?;
    let written = write(&beside, text, old.as_ref()).and_then(|()| fs::rename(&beside, &target));
    if written.is_err() {
        // The first error is the one to tell.
        _ = fs::remove_file(&beside);
    }
    written.with_context(failed)
}

/// A name in the same directory, since only there a file can be renamed; hidden, so that nobody
/// who searches the directory takes it for input.
fn beside(path: &Path) -> Option<PathBuf> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name()?);
    name.push(format!(".{}.tmp", std::process::id()));
    Some(path.with_file_name(name))
}

fn write(path: &Path, text: &str, old: Option<&fs::Metadata>) -> std::io::Result<()> {
    let mut file = fs::File::create(path)?;
    if let Some(old) = old {
        file.set_permissions(old.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
