//! Writing files whole or not at all: beside, then renamed, so that an interruption loses nothing.

use anyhow::{Context as _, Result, bail};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A file that is written whole beside the one it is to replace, and goes away unless it does.
pub(crate) struct Staged {
    target: PathBuf,
    beside: PathBuf,
}

/// Writes a new text beside a file, whose links are followed, with its owner and permissions.
///
/// # Errors
/// When the file does not hold `old` any more, may not be written, or the text cannot be.
pub(crate) fn stage(path: &str, old: &str, new: &str) -> Result<Staged> {
    let target = fs::canonicalize(path).with_context(|| format!("cannot find `{path}`"))?;
    let found = fs::read(&target).with_context(|| format!("cannot read `{path}` again"))?;
    if found != old.as_bytes() {
        bail!("`{path}` has changed since it was read");
    }
    let metadata = fs::metadata(&target).with_context(|| format!("cannot look at `{path}`"))?;
    if metadata.permissions().readonly() {
        bail!("`{path}` is read-only");
    }
    write_beside(target, new, Some(&metadata))
        .with_context(|| format!("cannot write beside `{path}`"))
}

/// Gives a file a new text, whatever it holds; links are followed.
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
    let target = match &old {
        Some(_) => fs::canonicalize(path).with_context(failed)?,
        None => path.to_owned(),
    };
    let staged = write_beside(target, text, old.as_ref()).with_context(failed)?;
    staged.commit().with_context(failed)
}

fn write_beside(
    target: PathBuf,
    text: &str,
    old: Option<&fs::Metadata>,
) -> std::io::Result<Staged> {
    let beside = beside(&target);
    // Never one that is there: another run may be about to rename it.
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).open(&beside)?;
    let staged = Staged { target, beside };
    file.write_all(text.as_bytes())?;
    if let Some(old) = old {
        #[cfg(unix)]
        keep_owner(old, &file)?;
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()?;
    Ok(staged)
}

impl Staged {
    /// Takes the place of the file, in one step.
    ///
    /// # Errors
    /// When the file cannot be replaced; it is whole then.
    pub(crate) fn commit(self) -> Result<()> {
        let replace = || format!("cannot replace `{}`", self.target.display());
        fs::rename(&self.beside, &self.target).with_context(replace)?;
        // The new name lasts once the directory does; where it cannot be told so, it will later.
        if let Some(directory) = self.target.parent()
            && let Ok(directory) = File::open(directory)
        {
            _ = directory.sync_all();
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After a commit there is nothing of this name.
        _ = fs::remove_file(&self.beside);
    }
}

/// A hidden name in the same directory, which no search for input finds; only there a file can be
/// renamed.
fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{}.pullproof", std::process::id()))
}

#[cfg(unix)]
fn keep_owner(metadata: &fs::Metadata, file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) == (metadata.uid(), metadata.gid()) {
        return Ok(());
    }
    fchown(file, Some(metadata.uid()), Some(metadata.gid()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> usize {
        fs::read_dir(directory).unwrap().count()
    }

    #[test]
    fn a_file_is_old_or_new_and_never_between() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.yaml");
        fs::write(&path, "old").unwrap();
        let name = path.to_str().unwrap();
        // Given up, as when another file cannot be written.
        let staged = stage(name, "old", "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_to_string(&staged.beside).unwrap(), "new");
        drop(staged);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(directory.path()), 1);
        // Ended before the file is replaced, as by a signal.
        let staged = stage(name, "old", "new").unwrap();
        std::mem::forget(staged);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        // What such a run left behind is nobody's to write over.
        assert!(stage(name, "old", "new").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        fs::remove_file(beside(&path)).unwrap();
        stage(name, "old", "new").unwrap().commit().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(directory.path()), 1);
    }

    #[test]
    fn a_file_that_changed_or_went_stays_so() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.yaml");
        fs::write(&path, "other").unwrap();
        let name = path.to_str().unwrap();
        assert!(stage(name, "old", "new").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "other");
        fs::remove_file(&path).unwrap();
        assert!(stage(name, "old", "new").is_err());
        assert_eq!(names(directory.path()), 0);
    }
}
