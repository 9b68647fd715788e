//! Reading what the arguments name: files, directories and standard input.

use anyhow::{Context as _, Result};
use pullproof_core::document::{self, ProblemKind};
use pullproof_core::file::{FileId, Files};
use pullproof_core::report::Unreadable;
use pullproof_core::resource::mapping;
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

/// The name of the nodes' configuration of registries, and of the directory of its drop-ins.
const CONF_NAME: &str = "registries.conf";
const DROP_INS_NAME: &str = "registries.conf.d";

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

/// What of a directory is read.
pub(crate) struct Search<'a> {
    /// Whether a file that is found is an input.
    is_wanted: fn(&Path) -> bool,
    /// Which files and directories are passed over.
    is_excluded: &'a dyn Fn(&Path) -> bool,
}

impl Search<'_> {
    /// For files that may hold objects.
    pub(crate) const OBJECTS: Search<'static> = Search {
        is_wanted: has_objects,
        is_excluded: &|_| false,
    };

    /// For what rules look at, registries.conf and mapping files among it.
    pub(crate) fn to_lint(is_excluded: &dyn Fn(&Path) -> bool) -> Search<'_> {
        Search {
            is_wanted: is_linted,
            is_excluded,
        }
    }

    /// Everything below a directory by name, what is hidden or excluded left out.
    pub(crate) fn entries(
        &self,
        path: &Path,
    ) -> impl Iterator<Item = walkdir::Result<walkdir::DirEntry>> {
        let walk = WalkDir::new(path).sort_by_file_name().into_iter();
        walk.filter_entry(|entry| {
            let is_hidden = || is_hidden(&entry.file_name().to_string_lossy());
            entry.depth() == 0 || !(is_hidden() || (self.is_excluded)(entry.path()))
        })
    }

    /// The files among them that are inputs, and what cannot be looked at.
    pub(crate) fn files(&self, path: &Path) -> impl Iterator<Item = walkdir::Result<PathBuf>> {
        self.entries(path).filter_map(|entry| match entry {
            Ok(entry) => self.takes(entry.path()).then(|| Ok(entry.into_path())),
            Err(error) => Some(Err(error)),
        })
    }

    /// Whether something that is found is an input.
    pub(crate) fn takes(&self, path: &Path) -> bool {
        (self.is_wanted)(path) && path.is_file()
    }

    /// Whether a search of a directory finds what has such a path below it.
    pub(crate) fn finds(&self, below: &Path) -> bool {
        let mut names = below.iter().map(|name| name.to_string_lossy());
        (self.is_wanted)(below) && !names.any(|name| is_hidden(&name))
    }
}

/// Whether a file of such a name may hold objects.
pub(crate) fn has_objects(path: &Path) -> bool {
    let name = path.to_string_lossy();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether a file that is found in a directory is one that rules look at.
fn is_linted(path: &Path) -> bool {
    let is_mapping = |name: &std::ffi::OsStr| mapping::is_usual_name(&name.to_string_lossy());
    has_objects(path) || is_conf(path) || path.file_name().is_some_and(is_mapping)
}

/// Whether a file is a registries.conf or a drop-in of one; other programs' files end alike.
fn is_conf(path: &Path) -> bool {
    let is_drop_in = || {
        let directory = path.parent().and_then(Path::file_name);
        let is_inside = directory.is_some_and(|name| name == DROP_INS_NAME);
        is_inside && path.to_string_lossy().ends_with(".conf")
    };
    path.file_name().is_some_and(|name| name == CONF_NAME) || is_drop_in()
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.') && name.len() > 1 && name != ".."
}

/// Reads files, directories and `-` into `files`.
///
/// Directories are searched for files that may hold objects, hidden names left out; what cannot
/// be read is noted and the rest is still read.
pub(crate) fn read(files: &mut Files, paths: &[String]) -> Inputs {
    read_found(files, paths, &Search::OBJECTS)
}

/// The same, and directories are searched for something else.
pub(crate) fn read_found(files: &mut Files, paths: &[String], search: &Search<'_>) -> Inputs {
    let mut inputs = Inputs::default();
    inputs.read_more(files, paths, search);
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

impl Inputs {
    /// Reads what else there is, without the files that are here already.
    pub(crate) fn read_more(&mut self, files: &mut Files, paths: &[String], search: &Search<'_>) {
        for path in paths {
            match path.as_str() {
                STDIN => {
                    let mut bytes = Vec::new();
                    let limit = u64::try_from(document::MAX_BYTES).unwrap_or(u64::MAX) + 1;
                    let read = std::io::stdin().lock().take(limit).read_to_end(&mut bytes);
                    self.add(files, STDIN_NAME, read.map(|_| bytes));
                }
                path if Path::new(path).is_dir() => self.add_directory(files, path, search),
                path => self.add_file(files, Path::new(path), path),
            }
        }
    }

    fn add_directory(&mut self, files: &mut Files, path: &str, search: &Search<'_>) {
        for found in search.files(Path::new(path)) {
            match found {
                Ok(found) => self.add_file(files, &found, &found.display().to_string()),
                Err(error) => {
                    let name = error.path().unwrap_or(Path::new(path));
                    let reason = match error.io_error() {
                        Some(error) => error.to_string(),
                        None => "the directory contains itself".to_owned(),
                    };
                    self.unreadable.push(Unreadable {
                        file: name.display().to_string(),
                        reason,
                    });
                }
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
        let max_bytes = max_bytes(name);
        self.add_within(files, name, read_bounded(path, max_bytes), max_bytes);
    }

    fn add(&mut self, files: &mut Files, name: &str, bytes: std::io::Result<Vec<u8>>) {
        self.add_within(files, name, bytes, document::MAX_BYTES);
    }

    fn add_within(
        &mut self,
        files: &mut Files,
        name: &str,
        bytes: std::io::Result<Vec<u8>>,
        max_bytes: usize,
    ) {
        match decode_within(bytes, max_bytes) {
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

/// The text of a file, or why it cannot be read.
pub(crate) fn read_text(path: &Path) -> Result<String, String> {
    decode(read_bounded(path, document::MAX_BYTES))
}

/// How much of a file of a name its reader takes.
fn max_bytes(name: &str) -> usize {
    match mapping::is_name(name) {
        true => mapping::MAX_BYTES,
        false => document::MAX_BYTES,
    }
}

/// Reads a file, but not much more of it than its reader takes.
fn read_bounded(path: &Path, max_bytes: usize) -> std::io::Result<Vec<u8>> {
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX) + 1;
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
    decode_within(bytes, document::MAX_BYTES)
}

fn decode_within(bytes: std::io::Result<Vec<u8>>, max_bytes: usize) -> Result<String, String> {
    let bytes = bytes.map_err(|error| error.to_string())?;
    if max_bytes < bytes.len() {
        return Err(ProblemKind::TooLong { max_bytes }.to_string());
    }
    document::check_encoding(&bytes).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}
