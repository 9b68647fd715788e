//! The settings of a reviewer, read from JSON.

use super::SettingsProblem;
use crate::document::{Node, ProblemKind, Value, json};
use crate::file::Files;
use crate::model::Settings;
use crate::openshift::OpenShift;
use crate::reference::Reference;

const OPENSHIFT: &str = "openshift";
const RELEASE_IMAGE: &str = "releaseImage";

/// The settings in a text, and everything that is wrong with them, in order.
pub(super) fn read(text: &str) -> (Settings, Vec<SettingsProblem>) {
    let mut settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let mut files = Files::new();
    let file = files.add("settings", text);
    let (root, problems) = json::parse(text, file);
    let mut told: Vec<SettingsProblem> = Vec::new();
    for problem in &problems {
        let position = files.position(file, problem.span.start);
        match &problem.kind {
            ProblemKind::DuplicateKey { key, .. } => {
                told.push(at(key, format!("`{key}` is given twice: keep one")));
            }
            kind => told.push(SettingsProblem {
                pointer: String::new(),
                message: format!("line {position}: {kind}: write a JSON object such as {{}}"),
            }),
        }
    }
    let Some(root) = root else {
        return (settings, told);
    };
    let Some(mapping) = root.as_mapping() else {
        told.push(SettingsProblem {
            pointer: String::new(),
            message: format!(
                "settings are {}: write a JSON object such as {{}}",
                type_name(&root.value)
            ),
        });
        return (settings, told);
    };
    for entry in mapping.entries() {
        let key = entry.key.value.as_str();
        let read = match key {
            OPENSHIFT => release(&entry.value).map(|version| settings.version = version),
            RELEASE_IMAGE => {
                release_image(&entry.value).map(|image| settings.release_image = Some(image))
            }
            _ => Err(format!(
                "there is no setting `{key}`: remove it, or write `{OPENSHIFT}` or \
                 `{RELEASE_IMAGE}`"
            )),
        };
        told.extend(read.err().map(|message| at(key, message)));
    }
    (settings, told)
}

/// A problem of the setting under a key.
// From RFC 6901, section 3.
fn at(key: &str, message: String) -> SettingsProblem {
    let key = key.replace('~', "~0").replace('/', "~1");
    SettingsProblem {
        pointer: format!("/{key}"),
        message,
    }
}

fn text(node: &Node, example: &str) -> Result<String, String> {
    match &node.value {
        Value::String(text) => Ok(text.clone()),
        value => Err(format!(
            "the value is {} and must be a string, such as \"{example}\"",
            type_name(value)
        )),
    }
}

fn release(node: &Node) -> Result<OpenShift, String> {
    let newest = OpenShift::NEWEST.name();
    let name = text(node, newest)?;
    OpenShift::parse(&name).ok_or_else(|| {
        let (_, oldest) = OpenShift::ALL[0];
        format!("there is no release `{name}`: write one from \"{oldest}\" to \"{newest}\"")
    })
}

fn release_image(node: &Node) -> Result<String, String> {
    let image = text(node, "quay.io/openshift-release-dev/ocp-release@sha256:…")?;
    match Reference::parse_canonical(image.clone()) {
        Ok(_) => Ok(image),
        Err(error) => Err(format!(
            "`{image}` is no whole reference, {error}: write it as `oc adm release info` does"
        )),
    }
}

/// A type of JSON in a sentence.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::String(_) | Value::Datetime(_) => "a string",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings, or each problem as `pointer: message`.
    fn check(text: &str, expected: &str) {
        let (settings, problems) = read(text);
        let told = problems
            .iter()
            .map(|problem| format!("{}: {}", problem.pointer, problem.message));
        let mut told: Vec<String> = told.collect();
        if told.is_empty() {
            let image = settings.release_image.unwrap_or_default();
            told.push(format!("{} {image}", settings.version));
        }
        assert_eq!(told.join("; "), expected, "{text}");
    }

    #[test]
    fn settings_are_read_or_all_their_problems_told() {
        check("{}", "5.2 ");
        check(
            r#"{"openshift":"4.16","releaseImage":"q.io/a@sha256:0123"}"#,
            "/releaseImage: `q.io/a@sha256:0123` is no whole reference, invalid reference format: \
             write it as `oc adm release info` does",
        );
        check(
            r#"{"openshift":"4.16","releaseImage":"q.io/a:1"}"#,
            "4.16 q.io/a:1",
        );
        check(
            r#"{"openshift":4.16,"a/b~":1,"releaseImage":null}"#,
            "/openshift: the value is a number and must be a string, such as \"5.2\"; \
             /a~1b~0: there is no setting `a/b~`: remove it, or write `openshift` or \
             `releaseImage`; \
             /releaseImage: the value is null and must be a string, such as \
             \"quay.io/openshift-release-dev/ocp-release@sha256:…\"",
        );
        check(
            r#"{"openshift":"4.99"}"#,
            "/openshift: there is no release `4.99`: write one from \"4.6\" to \"5.2\"",
        );
        check(
            r#"{"openshift":"4.15","openshift":"4.16"}"#,
            "/openshift: `openshift` is given twice: keep one",
        );
        check(
            "[]",
            ": settings are a list: write a JSON object such as {}",
        );
        check(
            "",
            ": line 1:1: expected a value, found the end of the text: \
             write a JSON object such as {}",
        );
    }
}
