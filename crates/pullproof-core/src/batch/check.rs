//! `check`: what the rules find in objects.

use crate::document::Node;
use crate::document::plain::plain;
use crate::file::Files;
use crate::lint::rules;
use crate::model::{Model, Settings};
use crate::openshift::OpenShift;
use crate::report;
use crate::suppress;
use serde_json::{Map, Value, json};

/// The answer, or why the request makes no sense. Places are in `objects[N]`, the object's JSON.
pub(super) fn answer(request: &Node) -> Result<Map<String, Value>, String> {
    let objects = request.get("objects").and_then(Node::as_sequence);
    let objects = objects.ok_or("`objects` must be a list")?;
    let version = match request.get("version") {
        None => OpenShift::NEWEST,
        Some(version) => {
            let name = version
                .as_str()
                .ok_or("`version` must be a text such as \"4.16\"")?;
            OpenShift::parse(name).ok_or_else(|| format!("unknown version `{name}`"))?
        }
    };
    let mut files = Files::new();
    let texts = objects.iter().enumerate();
    let inputs: Vec<_> = texts
        .map(|(idx, object)| files.add(format!("objects[{idx}]"), plain(object).to_string()))
        .collect();
    let settings = Settings {
        version,
        release_image: None,
    };
    let model = Model::build(&mut files, &inputs, &settings);
    let findings = suppress::run(&model, rules::ALL).findings;
    let mut answer = Map::new();
    answer.insert(
        "findings".to_owned(),
        json!(report::json::findings(&files, &findings)),
    );
    Ok(answer)
}
