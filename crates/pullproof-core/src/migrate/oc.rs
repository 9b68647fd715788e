//! What `oc adm migrate icsp` makes of a file, exactly: its output, its exit code and its words.
//!
//! Nothing here is better than the original; that is the work of the modules beside this one.

use crate::document::{self, Entry, Mapping, Node, Value};
use crate::file::{FileId, Files, Span, Spanned};
use crate::go_text::quote;
use crate::order;
use json::Json;

mod json;
mod kinds;
mod types;
mod yaml_error;

use super::yaml::{self, Layout};

/// What stands for the random number in a name of a file.
pub const RANDOM: &str = "<random>";

/// Most digits of that number.
// From golang/go, math/rand Int63.
const RANDOM_DIGITS: usize = 19;

/// Longest name of a file, in bytes, as file systems have it.
const NAME_BYTES_MAX: usize = 255;

/// What came of one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The text that is written and the name of its file; `None` when nothing is.
    pub written: Option<(String, String)>,
    /// What is said on standard error, with its end of line; empty when all is well.
    pub stderr: String,
}

impl Outcome {
    /// The exit code.
    pub fn code(&self) -> u8 {
        u8::from(self.written.is_none())
    }
}

/// Migrates the text of a file of a name.
// From openshift/oc, pkg/cli/admin/migrate/icsp/icsp.go Run.
pub fn migrate(name: &str, text: &str) -> Outcome {
    match run(name, text) {
        Ok(written) => Outcome {
            written: Some(written),
            stderr: String::new(),
        },
        Err(message) => Outcome {
            written: None,
            stderr: fatal(&message),
        },
    }
}

// From kubernetes/kubectl, pkg/cmd/util/helpers.go checkErr and fatal.
fn fatal(message: &str) -> String {
    let prefix = match message.starts_with("error: ") {
        true => "",
        false => "error: ",
    };
    let end = match message.ends_with('\n') {
        true => "",
        false => "\n",
    };
    format!("{prefix}{message}{end}")
}

fn run(name: &str, text: &str) -> Result<(String, String), String> {
    if text.is_empty() {
        return Err(format!("no data found in ImageContentSourceFile {name}"));
    }
    let mut output = String::new();
    let mut first_name = None;
    for piece in pieces(text) {
        let piece = piece.map_err(|error| {
            format!("error reading ImageContentSourcePolicy from {name}: {error}")
        })?;
        let decoded = decode(&piece).map_err(|error| {
            format!("error decoding ImageContentSourcePolicy from {name}: {error}")
        })?;
        let Some(policy) = decoded else {
            return Err(format!(
                "could not decode ImageContentSourcePolicy from {name}"
            ));
        };
        let (metadata, entries) = types::parts(&policy);
        if first_name.is_some() {
            output.push_str("---\n");
        } else {
            let text = types::get(&metadata, "name");
            first_name = Some(match text {
                Some(Json::String(text)) => text.clone(),
                _ => String::new(),
            });
        }
        output.push_str(&written(metadata, entries));
    }
    let file = file(&first_name.unwrap_or_default())?;
    Ok((file, output))
}

/// The documents of a stream, the line before the first kept, and every line ended with a newline.
// From kubernetes/apimachinery, pkg/util/yaml/decoder.go YAMLReader.Read and LineReader.Read.
fn pieces(text: &str) -> Vec<Result<String, String>> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for line in text.split_inclusive('\n') {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                pieces.push(Err(format!("invalid Yaml document separator: {rest}")));
                return pieces;
            }
            if !piece.is_empty() {
                pieces.push(Ok(std::mem::take(&mut piece)));
                continue;
            }
        }
        piece.push_str(line);
        piece.push('\n');
    }
    if !piece.is_empty() {
        pieces.push(Ok(piece));
    }
    pieces
}

/// The policy of a document; `None` for an object of another kind that the scheme has.
// From kubernetes/apimachinery, runtime/serializer/json/json.go Serializer.Decode.
fn decode(piece: &str) -> Result<Option<Json>, String> {
    let value = match piece.trim_start().starts_with('{') {
        true => json::parse(piece).map_err(|error| no_type(&error))?,
        false => read_yaml(piece)?,
    };
    let (api_version, kind) = interpret(&value)?;
    let (group, version) = match api_version.split_once('/') {
        Some((_, version)) if version.contains('/') => {
            return Err(format!("unexpected GroupVersion string: {api_version}"));
        }
        Some(parts) => parts,
        None => ("", api_version.as_str()),
    };
    if kind.is_empty() {
        return Err(format!("Object 'Kind' is missing in '{piece}'"));
    }
    if version.is_empty() {
        return Err(format!("Object 'apiVersion' is missing in '{piece}'"));
    }
    if !kinds::is_registered(group, version, &kind) {
        return Err(not_registered(group, version, &kind));
    }
    if (group, version, kind.as_str()) != kinds::POLICY {
        return Ok(None);
    }
    types::decode(&types::POLICY, &value).map(Some)
}

fn no_type(error: &str) -> String {
    format!("couldn't get version/kind; json parse error: {error}")
}

fn read_yaml(piece: &str) -> Result<Json, String> {
    let mut files = Files::new();
    let file = files.add("piece", piece);
    let (documents, problems) = document::yaml::read(&files, file);
    if let Some(problem) = problems.iter().find(|problem| problem.kind.is_fatal()) {
        return Err(yaml_error::message(&files, problem));
    }
    // Null is not among the documents.
    let root = documents.first().map(|document| &document.root);
    Ok(root.map_or(Json::Null, Json::of_yaml))
}

/// The texts of `apiVersion` and `kind`.
// From apimachinery, runtime/serializer/json/meta.go Interpret; here alone keys match in any case.
fn interpret(value: &Json) -> Result<(String, String), String> {
    let pairs = match value {
        Json::Object(pairs) => pairs.as_slice(),
        Json::Null => &[],
        _ => {
            let found = value.type_name();
            return Err(no_type(&format!(
                "json: cannot unmarshal {found} into Go value of type struct {{ \
                 APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; \
                 Kind string \"json:\\\"kind,omitempty\\\"\" }}"
            )));
        }
    };
    let (mut api_version, mut kind) = (String::new(), String::new());
    let mut fault = None;
    for (key, value) in pairs {
        let (key, into) = match folded(key).as_str() {
            "apiversion" => ("apiVersion", &mut api_version),
            "kind" => ("kind", &mut kind),
            _ => continue,
        };
        match value {
            Json::String(text) => into.clone_from(text),
            Json::Null => {}
            _ => {
                let found = value.type_name();
                fault.get_or_insert_with(|| {
                    format!(
                        "json: cannot unmarshal {found} into Go struct field .{key} of type string"
                    )
                });
            }
        }
    }
    match fault {
        Some(fault) => Err(no_type(&fault)),
        None => Ok((api_version, kind)),
    }
}

/// A key without its case; two characters beyond ASCII have one that is ASCII.
// From golang/go, encoding/json fold.go.
fn folded(key: &str) -> String {
    let fold = |character: char| match character {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        character => character.to_ascii_lowercase(),
    };
    key.chars().map(fold).collect()
}

// From kubernetes/apimachinery, runtime/error.go notRegisteredErr.
fn not_registered(group: &str, version: &str, kind: &str) -> String {
    let kind = quote(kind);
    let scheme = quote(kinds::SCHEME);
    if version == "__internal" {
        let group = quote(group);
        return format!(
            "no kind {kind} is registered for the internal version of group {group} in scheme {scheme}"
        );
    }
    let version = match group {
        "" => quote(version),
        group => quote(&format!("{group}/{version}")),
    };
    format!("no kind {kind} is registered for version {version} in scheme {scheme}")
}

/// An object as it is written.
// From openshift/oc, icsp.go generateIDMS.
fn written(metadata: Json, entries: Vec<Json>) -> String {
    let text = |text: &str| Json::String(text.to_owned());
    let pair = |key: &str, value: Json| (key.to_owned(), value);
    let spec = Json::Object(vec![pair("imageDigestMirrors", Json::Array(entries))]);
    let object = Json::Object(vec![
        pair("apiVersion", text("config.openshift.io/v1")),
        pair("kind", text("ImageDigestMirrorSet")),
        pair("metadata", metadata),
        pair("spec", spec),
    ]);
    let mut files = Files::new();
    let file = files.add("output", "");
    yaml::write(&node(file, object), Layout::Wide)
}

fn node(file: FileId, value: Json) -> Node {
    let span = Span::new(file, 0, 0);
    let value = match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(text) => match (text.parse(), text.parse()) {
            (Ok(number), _) => Value::Integer(number),
            (Err(_), Ok(number)) => Value::Float(number),
            (Err(_), Err(_)) => Value::String(text),
        },
        Json::String(text) => Value::String(text),
        Json::Array(values) => {
            Value::Sequence(values.into_iter().map(|value| node(file, value)).collect())
        }
        Json::Object(mut pairs) => {
            order::sort_by(&mut pairs, |left, right| left.0.cmp(&right.0));
            let entries = pairs.into_iter().map(|(key, value)| Entry {
                key: Spanned::new(key, span),
                value: node(file, value),
            });
            Value::Mapping(Mapping::from_entries(entries.collect()).0)
        }
    };
    Node { span, value }
}

/// The name of the file that is written below the directory.
///
/// # Errors
/// When no file can have that name.
// From golang/go, path/filepath Join: the name is cleaned, so that dots in it count.
fn file(name: &str) -> Result<String, String> {
    let wanted = format!("imagedigestmirrorset_{name}.{RANDOM}.yaml");
    let mut parts: Vec<&str> = Vec::new();
    for part in wanted.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let cleaned = parts.join("/");
    let n_bytes = cleaned.len() + RANDOM_DIGITS - RANDOM.len();
    let reason = if cleaned.contains('\0') {
        "invalid argument"
    } else if parts.first().is_some_and(|first| *first != "..") && 1 < parts.len() {
        "no such file or directory"
    } else if NAME_BYTES_MAX < n_bytes {
        "file name too long"
    } else {
        return Ok(cleaned);
    };
    Err(format!(
        "error writing ImageDigestMirrorSet: open {cleaned}: {reason}"
    ))
}

#[cfg(test)]
mod tests;
