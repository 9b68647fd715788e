//! Documents and the stream they are printed as.

use anyhow::{Context as _, Result};
use serde::Serialize;

/// A part of the output.
pub(super) struct Document {
    /// What people should know of it: lines without `#`.
    pub(super) comment: String,
    /// The name of its file.
    pub(super) file: String,
    pub(super) body: Body,
}

pub(super) enum Body {
    /// An object as YAML.
    Object(String),
    /// A file that is no YAML; in a stream it is a comment.
    File(String),
}

impl Document {
    /// # Errors
    /// When the object cannot be written as YAML.
    pub(super) fn object(
        file: impl Into<String>,
        comment: impl Into<String>,
        object: &impl Serialize,
    ) -> Result<Document> {
        let file = file.into();
        let text = serde_yaml::to_string(object)
            .with_context(|| format!("cannot write `{file}` as YAML"))?;
        Ok(Document {
            comment: comment.into(),
            file,
            body: Body::Object(text),
        })
    }
}

/// All documents as one text.
///
/// Every document of it has an object: what an API server reads from files may not be a comment
/// alone.
// From kubernetes/apiserver, pkg/admission/plugin/webhook/manifest/loader LoadManifests.
pub(super) fn stream(header: &str, documents: &[Document]) -> String {
    let mut text = comment(header);
    let mut has_object = false;
    for document in documents {
        let is_object = matches!(document.body, Body::Object(_));
        text.push_str(match is_object && has_object {
            true => "---\n",
            false => "#\n",
        });
        has_object |= is_object;
        text.push_str(&comment(&document.comment));
        match &document.body {
            Body::Object(body) => text.push_str(body),
            Body::File(body) => {
                text.push_str("#\n");
                text.push_str(&comment(&indented(body)));
            }
        }
    }
    text
}

/// Lines behind `#`.
pub(super) fn comment(text: &str) -> String {
    let line = |line: &str| match line {
        "" => "#\n".to_owned(),
        line => format!("# {line}\n"),
    };
    text.lines().map(line).collect()
}

fn indented(text: &str) -> String {
    let line = |line: &str| match line {
        "" => "\n".to_owned(),
        line => format!("    {line}\n"),
    };
    text.lines().map(line).collect()
}
