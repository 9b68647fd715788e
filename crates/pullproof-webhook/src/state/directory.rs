//! The cluster's objects from the files of a directory, read again when one of them changes.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pullproof_host::types::File;
use pullproof_host::warm::ClusterState;

use super::State;
use crate::stamp::{self, Stamp};

/// Endings of the names that are read.
const ENDINGS: [&str; 3] = [".yaml", ".yml", ".json"];

/// How often the directory is looked at.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// Bytes of one file; the core reads no larger text.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Bytes of all files; what the API server would hold of such objects is far less.
const BYTES_MAX: u64 = 64 << 20;

/// A file and its version.
type Stamped = (PathBuf, Stamp);

/// A directory that is looked at again and again.
pub struct Directory {
    path: PathBuf,
    stamps: Vec<Stamped>,
    /// Whether the last look failed, so that users are told.
    is_failing: bool,
}

impl Directory {
    /// Reads the directory for the first time.
    ///
    /// # Errors
    /// When it cannot be listed, or a file in it cannot be read.
    pub fn open(path: &Path, state: &State) -> Result<Directory, String> {
        let mut directory = Directory {
            path: path.to_owned(),
            stamps: Vec::new(),
            is_failing: false,
        };
        let (stamps, objects) = directory.read()?;
        directory.stamps = stamps;
        state.publish(objects, None);
        Ok(directory)
    }

    /// Reads the directory again if anything in it changed; whether it did.
    ///
    /// # Errors
    /// When it cannot be read; what was known stays.
    pub fn refresh(&mut self, state: &State) -> Result<bool, String> {
        let was_failing = std::mem::take(&mut self.is_failing);
        match self.changed() {
            Ok(None) => {
                // What could not be read has gone again.
                if was_failing {
                    state.set_caveat(None);
                }
                Ok(false)
            }
            Ok(Some((stamps, objects))) => {
                self.stamps = stamps;
                state.publish(objects, None);
                Ok(true)
            }
            Err(problem) => {
                self.is_failing = true;
                state.set_caveat(Some(format!(
                    "the cluster's other objects may be out of date: {problem}"
                )));
                Err(problem)
            }
        }
    }

    fn changed(&self) -> Result<Option<(Vec<Stamped>, ClusterState)>, String> {
        match self.stamps()? == self.stamps {
            true => Ok(None),
            false => self.read().map(Some),
        }
    }

    fn read(&self) -> Result<(Vec<Stamped>, ClusterState), String> {
        let stamps = self.stamps()?;
        let mut files = Vec::new();
        let mut left = BYTES_MAX;
        for (path, _) in &stamps {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let failed = |error: &dyn std::fmt::Display| format!("`{}`: {error}", path.display());
            let mut text = String::new();
            let file = fs::File::open(path).map_err(|error| failed(&error))?;
            file.take(FILE_BYTES_MAX + 1)
                .read_to_string(&mut text)
                .map_err(|error| failed(&error))?;
            let n_bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
            if FILE_BYTES_MAX < n_bytes {
                let max = FILE_BYTES_MAX >> 20;
                return Err(failed(&format!("is larger than {max} MiB")));
            }
            left = left.checked_sub(n_bytes).ok_or_else(|| {
                format!(
                    "`{}`: more than {} MiB",
                    self.path.display(),
                    BYTES_MAX >> 20
                )
            })?;
            files.push(File {
                name: name.into_owned(),
                text,
            });
        }
        Ok((stamps, ClusterState { files }))
    }

    /// Every file by name; a Secret's or ConfigMap's hidden directories are passed over.
    fn stamps(&self) -> Result<Vec<Stamped>, String> {
        let failed = |error| format!("`{}`: {error}", self.path.display());
        let mut stamps = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_read = ENDINGS.iter().any(|ending| name.ends_with(ending));
            if name.starts_with('.') || !is_read {
                continue;
            }
            // One that went away between listing and looking is not there.
            if let Ok(metadata) = fs::metadata(&path)
                && metadata.is_file()
            {
                let stamp = stamp::stamp(&metadata);
                stamps.push((path, stamp));
            }
        }
        stamps.sort();
        Ok(stamps)
    }
}

/// Looks at the directory for as long as the process lives; `told` gets every problem once.
pub async fn follow(mut directory: Directory, state: Arc<State>, told: impl Fn(&str)) {
    let mut last = None;
    loop {
        tokio::time::sleep(INTERVAL).await;
        let problem = directory.refresh(&state).err();
        if let Some(problem) = &problem
            && last.as_ref() != Some(problem)
        {
            told(problem);
        }
        last = problem;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(state: &State) -> Vec<(String, String)> {
        let known = state.known();
        let files = known.objects.files.iter();
        files
            .map(|file| (file.name.clone(), file.text.clone()))
            .collect()
    }

    fn pair(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    #[test]
    fn files_are_followed() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name| dir.path().join(name);
        fs::write(path("b.yaml"), "b").unwrap();
        fs::write(path("a.json"), "a").unwrap();
        fs::write(path("notes.txt"), "not read").unwrap();
        fs::write(path(".hidden.yaml"), "not read").unwrap();
        fs::create_dir(path("c.yaml")).unwrap();
        let state = State::unknown();
        assert!(state.known().caveat.is_some());
        let mut directory = Directory::open(dir.path(), &state).unwrap();
        assert_eq!(shown(&state), [pair("a.json", "a"), pair("b.yaml", "b")]);
        assert_eq!(state.known().caveat, None);
        assert_eq!(directory.refresh(&state), Ok(false));
        // A text of the same length that keeps its time, as an archive would.
        let modified = fs::metadata(path("b.yaml")).unwrap().modified().unwrap();
        fs::write(path("b.new"), "B").unwrap();
        fs::File::options()
            .write(true)
            .open(path("b.new"))
            .and_then(|file| file.set_modified(modified))
            .unwrap();
        fs::rename(path("b.new"), path("b.yaml")).unwrap();
        assert_eq!(directory.refresh(&state), Ok(true));
        assert_eq!(shown(&state), [pair("a.json", "a"), pair("b.yaml", "B")]);
        fs::remove_file(path("a.json")).unwrap();
        assert_eq!(directory.refresh(&state), Ok(true));
        assert_eq!(shown(&state), [pair("b.yaml", "B")]);
    }

    #[test]
    fn what_was_known_stays_and_users_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name| dir.path().join(name);
        fs::write(path("a.yaml"), "a").unwrap();
        let state = State::unknown();
        let mut directory = Directory::open(dir.path(), &state).unwrap();
        fs::write(path("b.yaml"), b"\xff").unwrap();
        let problem = directory.refresh(&state).unwrap_err();
        assert!(problem.contains("b.yaml"), "{problem}");
        let caveat = state.known().caveat.clone().unwrap();
        assert!(
            caveat.starts_with("the cluster's other objects may be out of date: `"),
            "{caveat}"
        );
        assert_eq!(shown(&state), [pair("a.yaml", "a")]);
        // Everything is as it was before, and nobody is warned any more.
        fs::remove_file(path("b.yaml")).unwrap();
        assert_eq!(directory.refresh(&state), Ok(false));
        assert_eq!(state.known().caveat, None);
        let moved = dir.path().with_extension("moved");
        fs::rename(dir.path(), &moved).unwrap();
        assert!(directory.refresh(&state).is_err());
        assert!(state.known().caveat.is_some());
        fs::rename(&moved, dir.path()).unwrap();
        assert_eq!(directory.refresh(&state), Ok(false));
        assert_eq!(state.known().caveat, None);
    }

    #[test]
    fn a_file_ends_at_its_limit() {
        let dir = tempfile::tempdir().unwrap();
        let n_bytes = usize::try_from(FILE_BYTES_MAX).unwrap();
        for (n_bytes, is_read) in [(n_bytes, true), (n_bytes + 1, false)] {
            fs::write(dir.path().join("a.yaml"), "#".repeat(n_bytes)).unwrap();
            let result = Directory::open(dir.path(), &State::unknown());
            assert_eq!(result.is_ok(), is_read, "{n_bytes}");
        }
    }
}
