//! Where new texts go: to standard output, into a directory, or in the place of the old ones.

use super::Arguments;
use crate::input::STDIN_NAME;
use crate::output::{Output, printable};
use crate::replace;
use anyhow::{Context as _, Result};
use pullproof_core::file::{FileId, Files};
use pullproof_core::migrate::convert::Converted;
use pullproof_core::migrate::plan::{Migrated, stream};
use similar::TextDiff;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where new texts go.
pub(super) enum Target {
    /// To standard output, as one stream.
    Stdout,
    /// Into files of their own.
    Directory { path: PathBuf, has_oc_names: bool },
    /// Into the files that they come from.
    InPlace,
    /// Nowhere; what would change is shown.
    Diff,
    /// Nowhere at all.
    Nowhere,
}

/// A file that is to be written, and its text.
pub(super) struct Named {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl Target {
    pub(super) fn of(arguments: &Arguments) -> Target {
        match &arguments.dest_dir {
            Some(path) => Target::Directory {
                path: PathBuf::from(path),
                has_oc_names: arguments.oc_names,
            },
            None if arguments.write => Target::InPlace,
            None if arguments.diff => Target::Diff,
            None if arguments.dry_run => Target::Nowhere,
            None => Target::Stdout,
        }
    }

    /// The files that are made in a directory; none for other targets.
    ///
    /// # Errors
    /// When two have one name, or there is a file of such a name.
    pub(super) fn names(&self, files: &Files, migrated: &[Migrated]) -> Result<Vec<Named>, String> {
        let Target::Directory { path, has_oc_names } = self else {
            return Ok(Vec::new());
        };
        let mut named = Vec::new();
        for (migrated_idx, migrated) in migrated.iter().enumerate() {
            for (objects, kind, ending) in [
                (&migrated.sets, "imagedigestmirrorset", ""),
                (&migrated.twins, "imagetagmirrorset", "-tags"),
            ] {
                let Some(first) = objects.first() else {
                    continue;
                };
                let object = &first.object.name.value;
                let name = files.name(migrated.file);
                let name = match has_oc_names {
                    true => format!("{kind}_{object}.{:06}.yaml", migrated_idx + 1),
                    false if name == STDIN_NAME => format!("{kind}_{object}.yaml"),
                    false => own_name(name, ending),
                };
                named.push(Named {
                    path: path.join(name),
                    text: stream(objects),
                });
            }
        }
        free(&named)?;
        Ok(named)
    }

    /// The files of a directory for other texts than objects.
    ///
    /// # Errors
    /// When two have one name, or there is a file of such a name.
    pub(super) fn names_of(
        &self,
        files: &Files,
        changed: &[(FileId, String)],
    ) -> Result<Vec<Named>, String> {
        let Target::Directory { path, .. } = self else {
            return Ok(Vec::new());
        };
        let named = changed.iter().map(|(file, text)| {
            let name = match files.name(*file) {
                STDIN_NAME => "install-config.yaml".to_owned(),
                name => own_name(name, ""),
            };
            Named {
                path: path.join(name),
                text: text.clone(),
            }
        });
        let named: Vec<Named> = named.collect();
        free(&named)?;
        Ok(named)
    }

    /// Writes objects; standard output gets none where it is somebody else's.
    ///
    /// # Errors
    /// When something cannot be written, or has changed since it was read.
    pub(super) fn write(
        &self,
        files: &Files,
        migrated: &[Migrated],
        named: &[Named],
        is_silent: bool,
        output: &Output,
    ) -> Result<()> {
        let whole: Vec<(FileId, String)> = migrated
            .iter()
            .map(|it| (it.file, it.in_place.clone()))
            .collect();
        match self {
            Target::Stdout if is_silent => Ok(()),
            Target::Stdout => {
                let objects: Vec<&Converted> = migrated
                    .iter()
                    .flat_map(|it| it.sets.iter().chain(&it.twins))
                    .collect();
                output.print(&stream(objects))
            }
            _ => self.write_whole(files, &whole, named, is_silent, output),
        }
    }

    /// Writes whole files.
    ///
    /// # Errors
    /// When something cannot be written, or has changed since it was read.
    pub(super) fn write_whole(
        &self,
        files: &Files,
        whole: &[(FileId, String)],
        named: &[Named],
        is_silent: bool,
        output: &Output,
    ) -> Result<()> {
        match self {
            Target::Stdout => {
                let texts = whole.iter().filter(|_| !is_silent);
                let texts: Vec<&str> = texts.map(|(_, text)| text.as_str()).collect();
                output.print(&texts.join("---\n"))
            }
            Target::Directory { path, .. } => {
                std::fs::create_dir_all(path)
                    .with_context(|| format!("cannot make `{}`", path.display()))?;
                for Named { path, text } in named {
                    replace::replace(path, text)?;
                }
                Ok(())
            }
            Target::InPlace => {
                let mut staged = Vec::new();
                for (file, text) in whole {
                    match files.name(*file) {
                        STDIN_NAME if is_silent => {}
                        STDIN_NAME => output.print(text)?,
                        name => staged.push(replace::stage(name, files.text(*file), text)?),
                    }
                }
                staged.into_iter().try_for_each(replace::Staged::commit)
            }
            Target::Nowhere => Ok(()),
            Target::Diff if is_silent => Ok(()),
            Target::Diff => {
                let mut text = String::new();
                for (file, new) in whole {
                    // Lines beside a change may be a secret's.
                    let mut after = files.clone();
                    after.replace(*file, new.as_str());
                    let name = printable(files.name(*file));
                    let diff = TextDiff::from_lines(files.shown(*file), after.shown(*file));
                    text.push_str(&diff.unified_diff().header(&name, &name).to_string());
                }
                output.print(&text)
            }
        }
    }
}

/// The name of an input's file, with something behind its stem.
fn own_name(name: &str, ending: &str) -> String {
    let path = Path::new(name);
    let part = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| part.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let (stem, extension) = (part(path.file_stem()), part(path.extension()));
    // What is written is YAML, whatever was read.
    let extension = match extension.as_str() {
        "yml" => "yml",
        _ => "yaml",
    };
    format!("{stem}{ending}.{extension}")
}

/// Whether every name is free.
fn free(named: &[Named]) -> Result<(), String> {
    let mut taken = BTreeSet::new();
    for Named { path, .. } in named {
        let shown = printable(&path.display().to_string());
        if !taken.insert(path) {
            return Err(format!(
                "two inputs would be written to {shown}; give them one after the other, or --oc-names"
            ));
        }
        if path.symlink_metadata().is_ok() {
            return Err(format!("{shown} is there already, and no file is replaced"));
        }
    }
    Ok(())
}
