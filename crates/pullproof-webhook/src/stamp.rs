//! What tells one version of a file from another without reading it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// One version of a file.
///
/// Times alone would not do: copies and archives keep them, and two writes may share a tick.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Stamp {
    device: u64,
    inode: u64,
    n_bytes: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    /// The same of what no user can set back.
    changed: (i64, i64),
}

/// The version that metadata is of; links must have been followed.
pub fn stamp(metadata: &Metadata) -> Stamp {
    Stamp {
        device: metadata.dev(),
        inode: metadata.ino(),
        n_bytes: metadata.size(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
    }
}
