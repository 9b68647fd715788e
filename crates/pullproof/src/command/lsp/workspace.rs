//! The files below the folders that the editor shows, as the disk has them.

use crate::input::{self, Search};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How much of a workspace is read.
pub(super) struct Limits {
    pub(super) files: usize,
    pub(super) bytes: usize,
    /// Files and directories that are looked at, whatever they are.
    pub(super) entries: usize,
}

/// All of it is read anew in a pause of typing: this much takes some 200 ms, and listing so many
/// entries no longer than that.
pub(super) const LIMITS: Limits = Limits {
    files: 2_000,
    bytes: 32 << 20,
    entries: 50_000,
};

/// The texts of the folders' files, and what was not read.
#[derive(Default)]
pub(super) struct Texts {
    pub(super) by_path: BTreeMap<PathBuf, String>,
    /// A limit that was met, for people.
    pub(super) notice: Option<String>,
    /// Files that cannot be read, with the reason.
    pub(super) unreadable: Vec<String>,
}

/// Reads the folders, hidden names left out as in a directory that `lint` is given.
pub(super) fn read(folders: &[PathBuf], limits: &Limits) -> Texts {
    let mut texts = Texts::default();
    let mut n_entries = 0;
    let mut n_bytes = 0;
    for folder in folders {
        for entry in Search::OBJECTS.entries(folder) {
            n_entries += 1;
            if limits.entries < n_entries {
                let max = limits.entries;
                texts.stop(folder, &format!("looks at no more than {max} names"));
                return texts;
            }
            let Ok(entry) = entry else { continue };
            let name = entry.path().to_string_lossy();
            if !Search::OBJECTS.takes(entry.path()) {
                continue;
            }
            match input::read_text(entry.path()) {
                Err(reason) => texts.unreadable.push(format!("{name}: {reason}")),
                Ok(text) => {
                    n_bytes += text.len();
                    let max = (limits.files, limits.bytes);
                    if max.0 <= texts.by_path.len() || max.1 < n_bytes {
                        let reason = format!("reads no more than {} files, {} bytes", max.0, max.1);
                        texts.stop(folder, &reason);
                        return texts;
                    }
                    texts.by_path.insert(entry.into_path(), text);
                }
            }
        }
    }
    texts
}

impl Texts {
    fn stop(&mut self, folder: &Path, reason: &str) {
        self.notice = Some(format!(
            "pullproof {reason} of a workspace: findings that need other files below `{}` are \
             missing",
            folder.display()
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_on_each_side() {
        let folder = tempfile::tempdir().expect("a directory can be made");
        for (name, text) in [("a.yaml", "a: 1\n"), ("b.json", "{}\n"), ("c.txt", "c\n")] {
            std::fs::write(folder.path().join(name), text).expect("a file can be written");
        }
        // With the folder itself there are four names.
        for (files, bytes, entries, n_read) in [
            (2, 8, 4, 2),
            (1, 8, 4, 1),
            (2, 7, 4, 1),
            (2, 8, 3, 2),
            (2, 8, 2, 1),
            (0, 8, 4, 0),
        ] {
            let limits = Limits {
                files,
                bytes,
                entries,
            };
            let texts = read(&[folder.path().to_owned()], &limits);
            let is_whole = (files, bytes, entries) == (2, 8, 4);
            assert_eq!(texts.by_path.len(), n_read, "{files} {bytes} {entries}");
            assert_eq!(
                texts.notice.is_none(),
                is_whole,
                "{files} {bytes} {entries}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_hides_nothing() {
        let folder = tempfile::tempdir().expect("a directory can be made");
        for (name, text) in [("a.yaml", &b"\xff\xfe"[..]), ("b.yaml", b"b")] {
            std::fs::write(folder.path().join(name), text).expect("a file can be written");
        }
        let folders = [folder.path().join("missing"), folder.path().to_owned()];
        let texts = read(&folders, &LIMITS);
        assert_eq!((texts.by_path.len(), texts.unreadable.len()), (1, 1));
    }
}
