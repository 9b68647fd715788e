//! What the page asks.

use pullproof_core::model::Settings;
use pullproof_core::openshift::OpenShift;
use serde::Deserialize;

/// Everything that a snapshot depends on.
#[derive(Deserialize)]
pub(crate) struct Request {
    /// Counts the page's changes; the answer has it, too.
    pub(crate) revision: u64,
    pub(crate) files: Vec<InputFile>,
    settings: Wanted,
    /// Images to resolve, or manifests that have some, line by line.
    pub(crate) images: Vec<String>,
    /// Hosts that do not answer.
    pub(crate) down: Vec<String>,
    pub(crate) views: Vec<View>,
}

/// A text and its place in the cluster.
#[derive(Deserialize)]
pub(crate) struct InputFile {
    pub(crate) group: Group,
    pub(crate) name: String,
    pub(crate) text: String,
    /// Whether the change deletes what is in it.
    #[serde(default)]
    pub(crate) removed: bool,
}

/// Which state of the cluster a text belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Group {
    /// What the cluster has.
    Current,
    /// What is to be applied.
    Proposed,
}

impl Group {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Group::Current => "current",
            Group::Proposed => "proposed",
        }
    }
}

#[derive(Deserialize)]
struct Wanted {
    openshift: String,
    #[serde(default)]
    release_image: Option<String>,
}

/// What is worked out beside the findings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum View {
    Trace,
    Conf,
    Graph,
    Changes,
    Rollout,
    Migrate,
}

/// Which fixes are wanted.
#[derive(Deserialize)]
pub(crate) struct FixRequest {
    pub(crate) request: Request,
    /// One finding's, by its place in the snapshot; `None` for all that are safe.
    pub(crate) finding: Option<usize>,
}

impl Request {
    /// What models depend on beside the texts; a release that is not known is the newest.
    pub(crate) fn settings(&self) -> Settings {
        let image = self.settings.release_image.clone();
        Settings {
            version: OpenShift::parse(&self.settings.openshift).unwrap_or(OpenShift::NEWEST),
            release_image: image.filter(|image| !image.is_empty()),
        }
    }

    pub(crate) fn wants(&self, view: View) -> bool {
        self.views.contains(&view)
    }
}

/// Reads a request.
///
/// # Errors
/// What is wrong with it, for developers of the page.
pub(crate) fn request(text: &str) -> Result<Request, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Reads a request for fixes.
///
/// # Errors
/// What is wrong with it, for developers of the page.
pub(crate) fn fix(text: &str) -> Result<FixRequest, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
