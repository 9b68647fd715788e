//! What a client says in `initializationOptions`.

use pullproof_core::openshift::OpenShift;
use serde_json::Value;

/// What a client says, over what the workspace's own settings say.
#[derive(Default, Debug)]
pub(super) struct Options {
    /// The release to judge for.
    pub(super) openshift: Option<OpenShift>,
    /// The image of the release payload.
    pub(super) release_image: Option<String>,
}

/// Reads the options.
///
/// # Errors
/// Everything that is wrong with them, in order, on one line.
pub(super) fn read(options: &Value) -> Result<Options, String> {
    let mut read = Options::default();
    let mut problems = Vec::new();
    match options {
        Value::Null => {}
        Value::Object(options) => {
            for (name, value) in options {
                match (name.as_str(), value) {
                    (_, Value::Null) => {}
                    ("openshift", value) => match value.as_str().and_then(OpenShift::parse) {
                        Some(version) => read.openshift = Some(version),
                        None => problems.push(format!(
                            "`openshift` is {value}, and must be a release such as \"{}\"",
                            OpenShift::NEWEST
                        )),
                    },
                    ("releaseImage", Value::String(image)) => {
                        read.release_image = Some(image.clone());
                    }
                    ("releaseImage", value) => {
                        problems.push(format!("`releaseImage` is {value}, and must be text"));
                    }
                    (name, _) => problems.push(format!("there is no option `{name}`")),
                }
            }
        }
        other => problems.push(format!("the options are {other}, and must be an object")),
    }
    match problems.is_empty() {
        true => Ok(read),
        false => Err(problems.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_problem_is_told() {
        for (options, expected) in [
            (json!(null), Ok((None, None))),
            (json!({"openshift": null}), Ok((None, None))),
            (
                json!({"openshift": "4.15", "releaseImage": "quay.io/a/b"}),
                Ok((Some(OpenShift::V4_15), Some("quay.io/a/b"))),
            ),
            (json!({"openshift": "4"}), Err(1)),
            (
                json!({"openshift": 4.15, "releaseImage": 1, "x": 1}),
                Err(3),
            ),
            (json!([]), Err(1)),
        ] {
            let read = read(&options);
            let read = match &read {
                Ok(options) => Ok((options.openshift, options.release_image.as_deref())),
                Err(problems) => Err(problems.split("; ").count()),
            };
            assert_eq!(read, expected, "{options}");
        }
    }
}
