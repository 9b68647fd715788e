//! The cluster's objects from the files of a directory, read again when one of them changes.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use pullproof_host::types::File;
use pullproof_host::warm::ClusterState;

use super::State;

/// Endings of the names that are read.
const ENDINGS: [&str; 3] = [".yaml", ".yml", ".json"];

/// How often the directory is looked at.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// Bytes of one file; the core reads no larger text.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Bytes of all files; what the API server would hold of such objects is far less.
const BYTES_MAX: u64 = 64 << 20;

/// What tells one version of a file from another.
type Stamp = (PathBuf, Option<SystemTime>, u64);

/// A directory that is looked at again and again.
pub struct Directory {
    path: PathBuf,
    stamps: Vec<Stamp>,
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
        if self.stamps()? == self.stamps {
            return Ok(false);
        }
        match self.read() {
            Ok((stamps, objects)) => {
                self.stamps = stamps;
                state.publish(objects, None);
                Ok(true)
            }
            Err(problem) => {
                state.set_caveat(Some(format!(
                    "the cluster's other objects may be out of date: {problem}"
                )));
                Err(problem)
            }
        }
    }

    fn read(&self) -> Result<(Vec<Stamp>, ClusterState), String> {
        let stamps = self.stamps()?;
        let mut files = Vec::new();
        let mut left = BYTES_MAX;
        for (path, _, _) in &stamps {
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
    fn stamps(&self) -> Result<Vec<Stamp>, String> {
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
                stamps.push((path, metadata.modified().ok(), metadata.len()));
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
