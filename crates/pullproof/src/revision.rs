//! The inputs as they were at a revision of git, asked of the program `git`.

use crate::input::{self, Search};
use crate::paths::normal;
use anyhow::{Context as _, Result, bail};
use pullproof_core::document;
use pullproof_core::file::{FileId, Files};
use std::collections::BTreeMap;
use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Most paths that `git` is given at once; for more it lists the whole tree.
///
/// Arguments of a program may be some megabytes long together, and paths a few kilobytes each.
const PATHS_MAX: usize = 256;

/// Where `git` would look instead of at a path's own repository, as in its hooks.
const OVERRIDES: [&str; 4] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"];

/// A file of a revision, by its name below the working tree.
struct Blob {
    name: String,
    hash: String,
}

/// A file or directory that is asked for.
struct Asked<'a> {
    path: &'a Path,
    is_directory: bool,
}

/// Reads what files and directories held at a revision; what was not there is left out.
///
/// Links are not followed, and what cannot be read as text is left out, too: then all that is
/// found in it now is new.
///
/// # Errors
/// When a path is in no repository, or the revision is unknown there.
pub(crate) fn read(
    files: &mut Files,
    paths: &[String],
    revision: &str,
    is_excluded: &dyn Fn(&Path) -> bool,
) -> Result<Vec<FileId>> {
    // What is asked for of each repository, by the name below its working tree.
    let mut asked: BTreeMap<Repository, BTreeMap<PathBuf, Asked<'_>>> = BTreeMap::new();
    let mut known: BTreeMap<PathBuf, Repository> = BTreeMap::new();
    for path in paths.iter().map(Path::new) {
        // Standard input was never in a repository; what is missing is told elsewhere.
        if path == Path::new(input::STDIN) || !path.exists() {
            continue;
        }
        let real = real(path)?;
        let is_directory = path.is_dir();
        let directory = match is_directory {
            true => &*real,
            false => real.parent().unwrap_or(Path::new("/")),
        };
        let repository = match known.get(directory) {
            Some(repository) => repository.clone(),
            None => Repository::of(directory)?,
        };
        known.insert(directory.to_owned(), repository.clone());
        let below = real.strip_prefix(&repository.top);
        let below = below.with_context(|| format!("`{}` is outside", path.display()))?;
        let asked = asked.entry(repository).or_default();
        asked.insert(below.to_owned(), Asked { path, is_directory });
    }
    let mut inputs = Vec::new();
    for (repository, asked) in asked {
        let commit = repository.commit(revision)?;
        let mut blobs = repository.list(&commit, &asked)?;
        blobs.retain(|blob| is_wanted(Path::new(&blob.name), &asked, is_excluded));
        for (name, bytes) in repository.contents(blobs)? {
            if let Ok(text) = input::decode(Ok(bytes)) {
                inputs.push(files.add(format!("{revision}:{name}"), text));
            }
        }
    }
    Ok(inputs)
}

/// Whether a file is asked for, or found in a directory that is.
fn is_wanted(
    name: &Path,
    asked: &BTreeMap<PathBuf, Asked<'_>>,
    is_excluded: &dyn Fn(&Path) -> bool,
) -> bool {
    name.ancestors().any(|ancestor| {
        let Some(Asked { path, is_directory }) = asked.get(ancestor) else {
            return false;
        };
        if ancestor == name {
            return true;
        }
        let below = name.strip_prefix(ancestor).unwrap_or(name);
        let mut parts = below.ancestors().filter(|part| *part != Path::new(""));
        *is_directory
            && Search::to_lint(is_excluded).finds(below)
            && !parts.any(|part| is_excluded(&path.join(part)))
    })
}

/// A path with links resolved up to its last part, or to its end where it is a directory.
fn real(path: &Path) -> Result<PathBuf> {
    let path = normal(path);
    let attempt = || format!("cannot find `{}`", path.display());
    match (path.parent(), path.file_name(), path.is_dir()) {
        (Some(parent), Some(name), false) => {
            Ok(parent.canonicalize().with_context(attempt)?.join(name))
        }
        _ => path.canonicalize().with_context(attempt),
    }
}

/// A working tree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Repository {
    /// Its directory, links resolved.
    top: PathBuf,
}

impl Repository {
    /// The working tree that a directory is in.
    fn of(directory: &Path) -> Result<Repository> {
        let shown = directory.display();
        let top = git(directory, &["rev-parse", "--show-toplevel"])
            .with_context(|| format!("`{shown}` is in no repository that `git` can read"))?;
        let top = String::from_utf8(top).context("the repository's path is not UTF-8")?;
        let top = Path::new(top.trim_end_matches(['\n', '\r']));
        let top = top.canonicalize();
        let top = top.with_context(|| format!("cannot find the repository of `{shown}`"))?;
        Ok(Repository { top })
    }

    /// The commit that a revision names.
    fn commit(&self, revision: &str) -> Result<String> {
        // No reference may start so, and it would be taken for an option.
        if revision.starts_with('-') || revision.is_empty() {
            bail!("`{revision}` is no revision");
        }
        let name = format!("{revision}^{{commit}}");
        let arguments = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &name,
        ];
        match git(&self.top, &arguments) {
            Ok(commit) => Ok(String::from_utf8_lossy(&commit).trim().to_owned()),
            Err(_) => bail!(
                "there is no revision `{revision}` in `{}`; a shallow clone must fetch it first",
                self.top.display()
            ),
        }
    }

    /// The files at or below what is asked for, and maybe others, at a commit.
    fn list(&self, commit: &str, asked: &BTreeMap<PathBuf, Asked<'_>>) -> Result<Vec<Blob>> {
        let mut arguments = vec!["ls-tree", "-r", "-z", "--full-tree", commit];
        let names: Option<Vec<&str>> = asked.keys().map(|name| name.to_str()).collect();
        let names = names.context("the path is not UTF-8")?;
        if names.len() <= PATHS_MAX && !names.contains(&"") {
            arguments.push("--");
            arguments.extend(names);
        }
        let listing = git(&self.top, &arguments)?;
        let listing = String::from_utf8_lossy(&listing);
        let mut blobs = Vec::new();
        for line in listing.split_terminator('\0') {
            // From git-ls-tree(1): mode, type and hash, a tabulator, then the path.
            let Some((facts, name)) = line.split_once('\t') else {
                continue;
            };
            let facts: Vec<&str> = facts.split(' ').collect();
            if let ["100644" | "100755", "blob", hash] = facts[..] {
                let (name, hash) = (name.to_owned(), hash.to_owned());
                blobs.push(Blob { name, hash });
            }
        }
        Ok(blobs)
    }

    /// The names and bytes of files, in order; longer ones than any reader accepts are cut.
    fn contents(&self, blobs: Vec<Blob>) -> Result<Vec<(String, Vec<u8>)>> {
        if blobs.is_empty() {
            return Ok(Vec::new());
        }
        let mut child = command(&self.top, &["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .spawn()
            .context("cannot run `git`")?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("`git cat-file` has no input or output");
        };
        let hashes: String = blobs.iter().map(|blob| blob.hash.clone() + "\n").collect();
        let contents = std::thread::scope(|scope| {
            // Written beside reading, since either pipe may be full.
            let writer = scope.spawn(move || stdin.write_all(hashes.as_bytes()));
            let mut stdout = BufReader::new(stdout);
            let contents: Result<Vec<_>> = blobs
                .into_iter()
                .map(|blob| Ok((blob.name, one(&mut stdout)?)))
                .collect();
            // Whatever is left is not wanted, and would keep the writer waiting.
            drop(stdout);
            _ = writer.join();
            contents
        });
        child.wait().context("cannot wait for `git`")?;
        contents.context("`git cat-file` gave no answer")
    }
}

/// Reads one answer of `git cat-file --batch`: hash, type and length on a line, then the bytes.
fn one(stdout: &mut impl std::io::BufRead) -> Result<Vec<u8>> {
    let mut line = String::new();
    stdout.read_line(&mut line)?;
    let length = line.trim_end().rsplit(' ').next().unwrap_or_default();
    let length: u64 = length
        .parse()
        .with_context(|| format!("`{}`", line.trim_end()))?;
    let limit = u64::try_from(document::MAX_BYTES).unwrap_or(u64::MAX) + 1;
    let mut bytes = Vec::new();
    stdout
        .by_ref()
        .take(length.min(limit))
        .read_to_end(&mut bytes)?;
    // What is cut, and the newline behind.
    let rest = length.saturating_sub(limit) + 1;
    std::io::copy(&mut stdout.by_ref().take(rest), &mut std::io::sink())?;
    Ok(bytes)
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    for name in OVERRIDES {
        command.env_remove(name);
    }
    command
        .arg("-C")
        .arg(directory)
        .args(arguments)
        .env("GIT_LITERAL_PATHSPECS", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What `git` answers.
fn git(directory: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = command(directory, arguments)
        .output()
        .context("cannot run `git`")?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        let reason = reason.lines().next().unwrap_or("it gives no reason");
        bail!("{}", crate::output::printable(reason));
    }
    Ok(output.stdout)
}
