//! The machine interface: one JSON object in, one JSON object out.

use crate::document::json::Limits;
use crate::document::plain::plain;
use crate::document::{self, Node};
use crate::file::{FileId, Files};
use serde_json::{Map, Value, json};

mod admit;
mod catalog;
mod check;
mod drain;
mod migrate;
mod render;
mod resolve;

/// How much of one request is read.
///
/// A request may hold two registries.conf of the largest size, quoted, or all the objects of a
/// cluster; memory is bounded by the longest line, however many there are.
pub const REQUEST_LIMITS: Limits = Limits {
    max_bytes: 32 << 20,
    max_nodes: 2_000_000,
};

/// Answers one line of the stream.
///
/// Never fails: a line that is no request is answered with an `error`.
pub fn answer(line: &str) -> String {
    let mut files = Files::new();
    let file = files.add("request", line);
    let answer = match read(&files, file) {
        Err((id, message)) => refuse(&id, &message),
        Ok(request) => {
            let id = request.get("id").map_or(Value::Null, plain);
            let mut answer = match request.get("op").and_then(Node::as_str) {
                Some("admit") => match admit::answer(&request) {
                    Ok(answer) => answer,
                    Err(message) => return refuse(&id, &message).to_string(),
                },
                Some("catalog") => match catalog::answer(&request) {
                    Ok(answer) => answer,
                    Err(message) => return refuse(&id, &message).to_string(),
                },
                Some("check") => match check::answer(&request) {
                    Ok(answer) => answer,
                    Err(message) => return refuse(&id, &message).to_string(),
                },
                Some("drain") => drain::answer(&request),
                Some("migrate") => match migrate::answer(&request) {
                    Ok(answer) => answer,
                    Err(message) => return refuse(&id, &message).to_string(),
                },
                Some("render") => render::answer(&request),
                Some("resolve") => resolve::answer(&request),
                Some(op) => return refuse(&id, &format!("unknown op `{op}`")).to_string(),
                None => return refuse(&id, "`op` must name an operation").to_string(),
            };
            if !id.is_null() {
                answer.insert("id".to_owned(), id);
            }
            Value::Object(answer)
        }
    };
    answer.to_string()
}

fn refuse(id: &Value, message: &str) -> Value {
    json!({ "id": id, "error": { "kind": "request", "message": message } })
}

fn read(files: &Files, file: FileId) -> Result<Node, (Value, String)> {
    let (root, problems) = document::json::parse_within(files.text(file), file, REQUEST_LIMITS);
    let fatal = problems.iter().find(|problem| problem.kind.is_fatal());
    if let Some(problem) = fatal {
        let position = files.position(file, problem.span.start);
        return Err((
            Value::Null,
            format!("column {}: {}", position.column, problem.kind),
        ));
    }
    match root {
        Some(root) if root.as_mapping().is_some() => Ok(root),
        _ => Err((Value::Null, "a request must be a JSON object".to_owned())),
    }
}

/// Puts a text under a key, unless there is none.
fn insert_some(map: &mut Map<String, Value>, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        map.insert(key.to_owned(), json!(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_a_limit_on_each_side() {
        let request = |n_bytes: usize| {
            let start = "{\"id\":1,\"op\":\"resolve\",\"ref\":\"a\",\"x\":\"";
            let end = "\"}";
            format!(
                "{start}{}{end}",
                "x".repeat(n_bytes - start.len() - end.len())
            )
        };
        let longest = answer(&request(REQUEST_LIMITS.max_bytes));
        assert!(longest.contains("\"parsed\""), "{longest}");
        let longer = answer(&request(REQUEST_LIMITS.max_bytes + 1));
        assert!(longer.contains("\"error\""), "{longer}");

        let request = |n_values: usize| {
            // The mapping, its `op` and `ref`, and the list are values, too.
            let list = vec!["1"; n_values - 4].join(",");
            format!("{{\"op\":\"resolve\",\"ref\":\"a\",\"x\":[{list}]}}")
        };
        let most = answer(&request(REQUEST_LIMITS.max_nodes));
        assert!(most.contains("\"parsed\""), "{most}");
        let more = answer(&request(REQUEST_LIMITS.max_nodes + 1));
        assert!(more.contains("\"error\""), "{more}");
    }
}
