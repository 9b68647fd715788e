//! Reading what the arguments name: files, directories and standard input.

use anyhow::{Context as _, Result};
use pullproof_core::document::{self, ProblemKind};
use pullproof_core::file::{FileId, Files};
use pullproof_core::report::json::Unreadable;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// The name that messages give to standard input.
pub(crate) const STDIN_NAME: &str = "<stdin>";

/// The argument that stands for standard input.
pub(crate) const STDIN: &str = "-";

/// Endings of the names that a directory is searched for.
const ENDINGS: [&str; 3] = [".yaml", ".yml", ".json"];

/// What the arguments name.
#[derive(Default)]
pub(crate) struct Inputs {
    /// The files that were read, in the order of the arguments, directories by name.
    pub(crate) files: Vec<FileId>,
    /// The others.
    pub(crate) unreadable: Vec<Unreadable>,
    /// Every file by its one true path.
    seen: BTreeSet<PathBuf>,
}

/// Reads files, directories and `-` into `files`.
///
/// Directories are searched for YAML and JSON, hidden names left out; what cannot be read is
/// noted and the rest is still read.
pub(crate) fn read(files: &mut Files, paths: &[String]) -> Inputs {
    read_but(files, paths, &|_| false)
}

/// The same, but passes files and directories over that are found in a directory.
pub(crate) fn read_but(
    files: &mut Files,
    paths: &[String],
    is_excluded: &dyn Fn(&Path) -> bool,
) -> Inputs {
    let mut inputs = Inputs::default();
    for path in paths {
        match path.as_str() {
            STDIN => {
                let mut bytes = Vec::new();
                let limit = u64::try_from(document::MAX_BYTES).unwrap_or(u64::MAX) + 1;
                let read = std::io::stdin().lock().take(limit).read_to_end(&mut bytes);
                inputs.add(files, STDIN_NAME, read.map(|_| bytes));
            }
            path if Path::new(path).is_dir() => inputs.add_directory(files, path, is_excluded),
            path => inputs.add_file(files, Path::new(path), path),
        }
    }
    inputs
}

/// Reads one file that must be there, such as a registries.conf.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub(crate) fn read_one(files: &mut Files, path: &str) -> Result<FileId> {
    let mut inputs = read(files, &[path.to_owned()]);
    match inputs.unreadable.pop() {
        Some(unreadable) => anyhow::bail!("{}: {}", unreadable.file, unreadable.reason),
        None => inputs
            .files
            .pop()
            .with_context(|| format!("nothing to read at `{path}`")),
    }
}

/// The drop-ins of a directory, in the order the library reads them.
///
/// From containers/image, pkg/sysregistriesv2 `dropInConfigs`: only names that end in `.conf`,
/// no directories, by bytes; a directory that is itself a link holds nothing.
///
/// # Errors
/// When the directory cannot be listed.
pub(crate) fn drop_ins(directory: &str) -> Result<Vec<String>> {
    let path = Path::new(directory);
    let listing = || format!("cannot list `{directory}`");
    if std::fs::symlink_metadata(path)
        .with_context(listing)?
        .is_symlink()
    {
        eprintln!("pullproof: {directory} is a link: nodes read nothing in it");
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).with_context(listing)? {
        let entry = entry.with_context(listing)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_dangling = entry.path().metadata().is_err();
        if name.ends_with(".conf") && !entry.file_type()?.is_dir() && !is_dangling {
            names.push(name);
        }
    }
    names.sort_unstable();
    let join = |name: String| path.join(name).display().to_string();
    Ok(names.into_iter().map(join).collect())
}

/// Whether a directory is searched for files of such a name.
fn is_input(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.') && name.len() > 1 && name != ".."
}

/// Whether a search of a directory finds what has such a path below it.
pub(crate) fn is_found(below: &Path) -> bool {
    let mut names = below.iter().map(|name| name.to_string_lossy());
    is_input(&below.to_string_lossy()) && !names.any(|name| is_hidden(&name))
}

impl Inputs {
    fn add_directory(
        &mut self,
        files: &mut Files,
        path: &str,
        is_excluded: &dyn Fn(&Path) -> bool,
    ) {
        let walk = WalkDir::new(path)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| {
                let is_left_out =
                    || is_hidden(&entry.file_name().to_string_lossy()) || is_excluded(entry.path());
                entry.depth() == 0 || !is_left_out()
            });
        for entry in walk {
            match entry {
                Err(error) => {
                    let name = error
                        .path()
                        .unwrap_or(Path::new(path))
                        .display()
                        .to_string();
                    let reason = match error.io_error() {
                        Some(error) => error.to_string(),
                        None => "the directory contains itself".to_owned(),
                    };
                    self.unreadable.push(Unreadable { file: name, reason });
                }
                Ok(entry) if entry.path().is_file() => {
                    let name = entry.path().display().to_string();
                    if is_input(&name) {
                        self.add_file(files, entry.path(), &name);
                    }
                }
                Ok(_) => {}
            }
        }
    }

    /// Adds a file, unless it was added before under this or another name.
    fn add_file(&mut self, files: &mut Files, path: &Path, name: &str) {
        if let Ok(path) = path.canonicalize()
            && !self.seen.insert(path)
        {
            return;
        }
        self.add(files, name, read_bounded(path));
    }

    fn add(&mut self, files: &mut Files, name: &str, bytes: std::io::Result<Vec<u8>>) {
        match decode(bytes) {
            Ok(text) => self.files.push(files.add(name, text)),
            Err(reason) => {
                self.unreadable.push(Unreadable {
                    file: name.to_owned(),
                    reason,
                });
            }
        }
    }
}

/// Reads a file, but not much more of it than any reader accepts.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let limit = u64::try_from(document::MAX_BYTES).unwrap_or(u64::MAX) + 1;
    let file = std::fs::File::open(path)?;
    let size = file
        .metadata()
        .map_or(0, |metadata| metadata.len())
        .min(limit);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text that some bytes are, or why they are none.
pub(crate) fn decode(bytes: std::io::Result<Vec<u8>>) -> Result<String, String> {
    let bytes = bytes.map_err(|error| error.to_string())?;
    if document::MAX_BYTES < bytes.len() {
        return Err(ProblemKind::TooLong {
            max_bytes: document::MAX_BYTES,
        }
        .to_string());
    }
    document::check_encoding(&bytes).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}
