//! Reading many files at once, on as many processors as there are.

use pullproof_core::file::{FileId, Files};
use pullproof_core::model::Contents;
use pullproof_core::openshift::OpenShift;
use std::num::NonZero;
use std::thread;

/// Fewest files for each thread: starting one takes as long as reading one of a few kilobytes.
const FILES_MIN: usize = 16;

/// Reads files and judges their objects, as `Contents::read` does.
pub(crate) fn contents(files: &Files, inputs: &[FileId], version: OpenShift) -> Contents {
    let n_threads = thread::available_parallelism().map_or(1, NonZero::get);
    let n_files = inputs.len().div_ceil(n_threads).max(FILES_MIN);
    let read = |files: &Files, inputs: &[FileId]| Contents::read(files, inputs, version);
    match inputs.split_at_checked(n_files) {
        None => read(files, inputs),
        Some((first, rest)) => thread::scope(|scope| {
            let others: Vec<_> = rest
                .chunks(n_files)
                .map(|inputs| scope.spawn(move || read(files, inputs)))
                .collect();
            let mut contents = read(files, first);
            for other in others {
                match other.join() {
                    Ok(later) => contents.append(later),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            contents
        }),
    }
}
