//! `.pullproof.toml`: what a team has chosen, found from the inputs upwards.

use crate::choice::Choice;
use crate::input;
use crate::paths::{OPTIONS, Patterns, normal};
use glob::Pattern;
use pullproof_core::file::{FileId, Files, Span, Spanned};
use pullproof_core::finding::Severity;
use pullproof_core::openshift::OpenShift;
use std::path::{Path, PathBuf};

mod read;
pub(crate) mod schema;

/// The name that is looked for.
pub(crate) const NAME: &str = ".pullproof.toml";

/// What a directory has at which nothing is looked for any further up.
const REPOSITORY: &str = ".git";

/// What a team has chosen.
#[derive(Default, Debug)]
pub(crate) struct Config {
    /// The release to judge for.
    pub(crate) openshift: Option<OpenShift>,
    /// The image of the release payload.
    pub(crate) release_image: Option<String>,
    /// The least severity that fails.
    pub(crate) fail_on: Option<Severity>,
    /// Which rules count, and how much.
    pub(crate) choice: Choice,
    /// The same for some paths, over what was before.
    pub(crate) per_path: Vec<(Patterns, Choice)>,
    /// What is not looked at where a directory is searched.
    pub(crate) exclude: Patterns,
    /// The files that say what a cluster has.
    pub(crate) state: Vec<String>,
    /// The file of findings that are known.
    pub(crate) baseline: Option<String>,
}

/// Something that is wrong with the file.
#[derive(Debug)]
struct Problem {
    span: Span,
    /// One line: lower case, no full stop.
    message: String,
    /// What to do.
    help: String,
}

/// Reads the file that is found from a path upwards; the default where there is none.
///
/// # Errors
/// Everything that is wrong with it, a line or two each.
pub(crate) fn find(path: &str) -> Result<Config, Vec<String>> {
    let path = match path {
        input::STDIN => Path::new("."),
        path => Path::new(path),
    };
    let start = normal(path);
    for directory in start.ancestors() {
        let candidate = directory.join(NAME);
        if candidate.is_file() {
            return load(&candidate);
        }
        if directory.join(REPOSITORY).exists() {
            break;
        }
    }
    Ok(Config::default())
}

/// Reads a file; paths in it are from its directory on.
///
/// # Errors
/// Everything that is wrong with it, a line or two each.
pub(crate) fn load(path: &Path) -> Result<Config, Vec<String>> {
    let name = shown(path);
    let mut files = Files::new();
    let file = match input::read_one(&mut files, &name) {
        Ok(file) => file,
        Err(error) => return Err(vec![format!("cannot read {error:#}")]),
    };
    let directory = normal(path);
    let directory = directory.parent().unwrap_or(Path::new("/"));
    let (config, problems) = read(&files, file, directory);
    match problems.is_empty() {
        true => Ok(config),
        false => Err(problems.iter().map(|it| told(&files, it)).collect()),
    }
}

/// The settings in a file, and everything that is wrong with them, by place.
fn read(files: &Files, file: FileId, directory: &Path) -> (Config, Vec<Problem>) {
    let (written, mut problems) = read::read(files, file);
    let read::Written {
        openshift,
        release_image,
        fail_on,
        choice,
        per_path,
        exclude,
        state,
        baseline,
    } = written;
    let mut state_paths = Vec::new();
    for pattern in state {
        match expand(directory, &pattern.value) {
            paths if paths.is_empty() => problems.push(Problem {
                span: pattern.span,
                message: format!("no file is called `{}`", pattern.value),
                help: "write a path or a pattern, from the directory of this file on".to_owned(),
            }),
            mut paths => state_paths.append(&mut paths),
        }
    }
    problems.sort_by_key(|problem| problem.span);
    let per_path = per_path.into_iter();
    let config = Config {
        openshift,
        release_image,
        fail_on,
        choice,
        per_path: per_path
            .map(|(patterns, choice)| (Patterns::new(directory, patterns), choice))
            .collect(),
        exclude: Patterns::new(directory, exclude),
        state: state_paths,
        baseline: baseline.map(|path| shown(&directory.join(path))),
    };
    (config, problems)
}

/// The files and directories that a pattern is for, by name.
fn expand(directory: &Path, pattern: &str) -> Vec<String> {
    let directory = Pattern::escape(&directory.display().to_string());
    let pattern = match pattern.starts_with('/') {
        true => pattern.to_owned(),
        false => format!("{directory}/{pattern}"),
    };
    let Ok(paths) = glob::glob_with(&pattern, OPTIONS) else {
        return Vec::new();
    };
    paths.flatten().map(|path| shown(&path)).collect()
}

/// A path as messages show it: from the working directory on, where it is below.
fn shown(path: &Path) -> String {
    let normal = normal(path);
    let below = std::env::current_dir()
        .ok()
        .and_then(|directory| Some(normal.strip_prefix(directory).ok()?.to_owned()));
    let path: PathBuf = below.unwrap_or(normal);
    path.display().to_string()
}

fn told(files: &Files, problem: &Problem) -> String {
    let Problem {
        span,
        message,
        help,
    } = problem;
    let name = files.name(span.file);
    let position = files.position(span.file, span.start);
    format!("{name}:{position}: {message}\n  help: {help}")
}

/// A list of texts with their places.
type Texts = Vec<Spanned<String>>;

#[cfg(test)]
mod tests;
