//! What the page asks.

use pullproof_core::document::json::{self, Limits};
use pullproof_core::document::{Node, Value};
use pullproof_core::file::Files;
use pullproof_core::model::Settings;
use pullproof_core::openshift::OpenShift;

/// Everything that a snapshot depends on.
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
pub(crate) struct InputFile {
    pub(crate) group: Group,
    pub(crate) name: String,
    pub(crate) text: String,
    /// Whether the change deletes what is in it.
    pub(crate) removed: bool,
}

/// Which state of the cluster a text belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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

struct Wanted {
    openshift: String,
    release_image: Option<String>,
}

/// What is worked out beside the findings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum View {
    Trace,
    Conf,
    Graph,
    Changes,
    Rollout,
    Migrate,
}

/// Which fixes are wanted.
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

/// How large a request may be: all of it is in the page's memory already, and each text in it has
/// limits of its own.
const LIMITS: Limits = Limits {
    max_bytes: 256 << 20,
    max_nodes: 1_000_000,
};

/// Reads a request.
///
/// # Errors
/// What is wrong with it, for developers of the page.
pub(crate) fn request(text: &str) -> Result<Request, String> {
    read_request(&tree(text)?)
}

/// Reads a request for fixes.
///
/// # Errors
/// What is wrong with it, for developers of the page.
pub(crate) fn fix(text: &str) -> Result<FixRequest, String> {
    let tree = tree(text)?;
    let finding = field(&tree, "finding")?;
    Ok(FixRequest {
        request: read_request(field(&tree, "request")?)?,
        finding: match finding.is_null() {
            true => None,
            false => Some(number(finding).ok_or("`finding` is no place")?),
        },
    })
}

fn tree(text: &str) -> Result<Node, String> {
    let file = Files::new().add("request", "");
    // Half of a surrogate pair, which texts of the page can have, is a problem with a tree.
    let (tree, problems) = json::parse_within(text, file, LIMITS);
    let problem = problems.first().map(|problem| problem.kind.to_string());
    tree.ok_or_else(|| problem.unwrap_or_default())
}

fn read_request(tree: &Node) -> Result<Request, String> {
    let settings = field(tree, "settings")?;
    let release_image = settings.get("release_image").and_then(Node::as_str);
    Ok(Request {
        revision: number(field(tree, "revision")?).ok_or("`revision` is no number")?,
        files: list(tree, "files", input_file)?,
        settings: Wanted {
            openshift: text(settings, "openshift")?,
            release_image: release_image.map(str::to_owned),
        },
        images: list(tree, "images", owned)?,
        down: list(tree, "down", owned)?,
        views: list(tree, "views", view)?,
    })
}

fn input_file(node: &Node) -> Result<InputFile, String> {
    Ok(InputFile {
        group: match field(node, "group")?.as_str() {
            Some("current") => Group::Current,
            Some("proposed") => Group::Proposed,
            _ => return Err("`group` is neither `current` nor `proposed`".to_owned()),
        },
        name: text(node, "name")?,
        text: text(node, "text")?,
        removed: node
            .get("removed")
            .is_some_and(|it| it.value == Value::Bool(true)),
    })
}

fn view(node: &Node) -> Result<View, String> {
    Ok(match node.as_str() {
        Some("trace") => View::Trace,
        Some("conf") => View::Conf,
        Some("graph") => View::Graph,
        Some("changes") => View::Changes,
        Some("rollout") => View::Rollout,
        Some("migrate") => View::Migrate,
        _ => return Err("there is no such view".to_owned()),
    })
}

fn field<'a>(node: &'a Node, key: &str) -> Result<&'a Node, String> {
    node.get(key).ok_or_else(|| format!("`{key}` is missing"))
}

fn list<T>(
    node: &Node,
    key: &str,
    element: fn(&Node) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let elements = field(node, key)?.as_sequence();
    let elements = elements.ok_or_else(|| format!("`{key}` is no list"))?;
    elements.iter().map(element).collect()
}

fn text(node: &Node, key: &str) -> Result<String, String> {
    owned(field(node, key)?).map_err(|error| format!("`{key}`: {error}"))
}

fn owned(node: &Node) -> Result<String, String> {
    let text = node.as_str().ok_or("a text was expected")?;
    Ok(text.to_owned())
}

/// A number that a JavaScript program counts up to.
fn number<T: TryFrom<i64>>(node: &Node) -> Option<T> {
    match node.value {
        Value::Integer(number) => number.try_into().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = r#"{"revision": 7, "files": [
        {"group": "current", "name": "a.yaml", "text": "a: 1\n\u00e9\ud83d\ude00"},
        {"group": "proposed", "name": "b", "text": "half \ud83d", "removed": true}],
        "settings": {"openshift": "4.18", "release_image": "r"},
        "images": ["x"], "down": [], "views": ["trace", "migrate"]}"#;

    #[test]
    fn a_request_is_read_as_the_page_writes_it() {
        let request = request(REQUEST).expect("it is a request");
        let [first, second] = request.files.as_slice() else {
            panic!("{} files", request.files.len());
        };
        assert_eq!((first.group, first.removed), (Group::Current, false));
        assert_eq!(first.text, "a: 1\né😀");
        assert_eq!((second.group, second.removed), (Group::Proposed, true));
        assert_eq!(second.text, "half \u{fffd}");
        assert_eq!((request.revision, request.images.len()), (7, 1));
        assert_eq!(request.views, [View::Trace, View::Migrate]);
        assert_eq!(request.settings().release_image.as_deref(), Some("r"));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for (from, to, expected) in [
            ("\"revision\": 7, ", "", "`revision` is missing"),
            ("7", "-7", "`revision` is no number"),
            ("\"current\"", "\"now\"", "`group` is neither"),
            ("\"trace\"", "\"t\"", "there is no such view"),
            ("\"a.yaml\"", "1", "`name`: a text was expected"),
            ("[\"x\"]", "{}", "`images` is no list"),
            ("[", "", "expected"),
        ] {
            let error = request(&REQUEST.replace(from, to))
                .err()
                .unwrap_or_default();
            assert!(error.contains(expected), "{error}");
        }
        let asked = |finding: &str| {
            fix(&format!(
                r#"{{"request": {REQUEST}, "finding": {finding}}}"#
            ))
        };
        assert_eq!(asked("null").map(|it| it.finding), Ok(None));
        assert_eq!(asked("3").map(|it| it.finding), Ok(Some(3)));
        assert!(asked("-1").is_err());
    }
}
