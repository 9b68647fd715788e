//! `migrate`: what `oc adm migrate icsp` makes of a file.

use super::insert_some;
use crate::document::Node;
use crate::migrate::oc::{self, Outcome};
use serde_json::{Map, Value, json};

/// The name that errors give to the input, unless the request has a `file`.
const NAME: &str = "in.yaml";

/// Answers a request.
///
/// # Errors
/// A request without a text.
pub(super) fn answer(request: &Node) -> Result<Map<String, Value>, String> {
    let text = |key: &str| request.get(key).and_then(Node::as_str);
    let input = text("input").ok_or("`input` must be a text")?;
    let outcome = oc::migrate(text("file").unwrap_or(NAME), input);
    let mut answer = Map::new();
    answer.insert("rc".to_owned(), json!(outcome.code()));
    let Outcome { written, stderr } = outcome;
    answer.insert("stderr".to_owned(), json!(stderr));
    let (file, output) = written.unzip();
    insert_some(&mut answer, "file", file.as_deref());
    insert_some(&mut answer, "output", output.as_deref());
    Ok(answer)
}
