//! Compiled code, kept in a directory of our own so that a start does not compile again.
//!
//! What is in the directory runs as it is, so nobody else may be able to write there: it is made
//! by us, belongs to us and is closed to everyone else, and so is every file in it. Compiled code
//! is never taken from anywhere else.

use crate::engine::Engine;
use sha2::{Digest as _, Sha256};
use std::fs::{self, DirBuilder, File};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use wasmtime::component::Component;

/// The directory below the one that was named; the number is the form's.
const SUBDIRECTORY: &str = "pullproof-compiled-1";

/// Only its owner may do anything with a directory.
const DIRECTORY_MODE: u32 = 0o700;

/// Only its owner may read or write a file.
const FILE_MODE: u32 = 0o600;

/// Bits of a mode that let somebody else in.
const OTHERS: u32 = 0o077;

/// Where compiled code is kept.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    directory: PathBuf,
    /// Who we are.
    uid: u32,
}

impl Cache {
    /// Makes the directory below `parent`, or takes the one that is there.
    ///
    /// # Errors
    /// When it cannot be made, or somebody else could write there.
    pub(crate) fn open(parent: &Path) -> io::Result<Cache> {
        let directory = parent.join(SUBDIRECTORY);
        match DirBuilder::new().mode(DIRECTORY_MODE).create(&directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        // A file that was just made belongs to whoever we are.
        let probe = directory.join(format!("probe-{}", std::process::id()));
        let uid = create(&probe)?.metadata()?.uid();
        fs::remove_file(&probe)?;
        let metadata = fs::symlink_metadata(&directory)?;
        let is_ours = metadata.is_dir() && metadata.uid() == uid && metadata.mode() & OTHERS == 0;
        match is_ours {
            true => Ok(Cache { directory, uid }),
            false => Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "others may write there",
            )),
        }
    }

    /// The compiled component; `None` when it is not there or not for this engine.
    pub(crate) fn load(&self, engine: &Engine, bytes: &[u8]) -> Option<Component> {
        let path = self.path(engine, bytes);
        let metadata = fs::symlink_metadata(&path).ok()?;
        let is_ours =
            metadata.is_file() && metadata.uid() == self.uid && metadata.mode() & OTHERS == 0;
        if !is_ours {
            return None;
        }
        #[expect(
            unsafe_code,
            reason = "the file was written by `store` from what this library compiled: it lies in \
                      a directory that only we may enter, belongs to us and is closed to others; \
                      it appeared whole, by a rename; and code of another version of the library \
                      or for other settings is refused by the library itself"
        )]
        // SAFETY: see the reason above.
        let component = unsafe { Component::deserialize_file(engine.wasm(), &path) };
        component.ok()
    }

    /// Keeps a compiled component.
    ///
    /// # Errors
    /// When it cannot be written; nothing half-written stays under its name.
    pub(crate) fn store(
        &self,
        engine: &Engine,
        bytes: &[u8],
        component: &Component,
    ) -> io::Result<()> {
        let compiled = component.serialize().map_err(io::Error::other)?;
        let path = self.path(engine, bytes);
        let beside = path.with_extension(format!("new-{}", std::process::id()));
        // One that an earlier process of our number left behind.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = create(&beside)?;
        let written = file.write_all(&compiled).and_then(|()| file.sync_all());
        written
            .and_then(|()| fs::rename(&beside, &path))
            .inspect_err(|_| {
                // What cannot be removed either is found and removed by the next attempt.
                fs::remove_file(&beside).ok();
            })
    }

    /// The file of a component: named after its bytes and everything that compiling depends on.
    fn path(&self, engine: &Engine, bytes: &[u8]) -> PathBuf {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let compatibility = hasher.hash_one(engine.wasm().precompile_compatibility_hash());
        let name = format!("{}-{compatibility:016x}.cwasm", digest(bytes));
        self.directory.join(name)
    }
}

/// SHA-256 of a component, in hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a file that is not there yet, not even as a link.
fn create(path: &Path) -> io::Result<File> {
    File::options()
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path)
}
