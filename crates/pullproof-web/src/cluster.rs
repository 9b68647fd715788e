//! The cluster before and after the change.

use crate::ask::{Group, Request};
use pullproof_core::file::{FileId, Files};
use pullproof_core::fix::together;
use pullproof_core::model::{Contents, Model, Settings};

/// The texts, and which state each is of.
pub(crate) struct Cluster {
    pub(crate) files: Files,
    /// What there is now, all of it.
    current: Vec<FileId>,
    /// What of it the change leaves.
    kept: Vec<FileId>,
    /// What is applied.
    proposed: Vec<FileId>,
}

impl Cluster {
    pub(crate) fn of(request: &Request) -> Cluster {
        let mut cluster = Cluster {
            files: Files::new(),
            current: Vec::new(),
            kept: Vec::new(),
            proposed: Vec::new(),
        };
        for file in &request.files {
            let name = format!("{}/{}", file.group.name(), file.name);
            let id = cluster.files.add(name, file.text.as_str());
            match file.group {
                Group::Current => {
                    cluster.current.push(id);
                    if !file.removed {
                        cluster.kept.push(id);
                    }
                }
                Group::Proposed => cluster.proposed.push(id),
            }
        }
        cluster
    }

    /// Whether anything changes at all.
    pub(crate) fn has_change(&self) -> bool {
        !self.proposed.is_empty() || self.kept.len() < self.current.len()
    }

    /// The texts that say what there is after the change.
    pub(crate) fn inputs(&self) -> Vec<FileId> {
        self.kept.iter().chain(&self.proposed).copied().collect()
    }

    /// What the inputs say together, each of them read: proposed objects replace current ones of
    /// their name.
    pub(crate) fn combined(&self, contents: &[Contents]) -> Contents {
        let (kept, proposed) = contents.split_at(self.kept.len());
        together(kept).updated_with(together(proposed))
    }

    pub(crate) fn after(&self, settings: &Settings) -> Model {
        let read = |ids: &[FileId]| Contents::read(&self.files, ids, settings.version);
        let contents = read(&self.kept).updated_with(read(&self.proposed));
        Model::of(&mut self.files.clone(), contents, settings)
    }

    pub(crate) fn before(&self, settings: &Settings) -> Model {
        Model::build(&mut self.files.clone(), &self.current, settings)
    }
}
