//! What goes to a policy and comes back, as `wit/pullproof.wit` says.

use serde::Serialize;

/// How much a finding matters; more is greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably not what was meant.
    Warning,
    /// Does not work, or takes something else down with it.
    Error,
}

impl Severity {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// One thing that a policy looks for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Rule {
    /// Words that read well after "allow"; unique in the policy.
    pub id: String,
    /// A short code that is never used for another rule.
    pub code: String,
    /// How much its findings matter, unless one says otherwise.
    pub severity: Severity,
    /// One sentence about it.
    pub summary: String,
}

/// What a policy says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Description {
    /// The policy's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Everything it looks for.
    pub rules: Vec<Rule>,
    /// A JSON Schema for its settings.
    pub settings_schema: String,
}

/// What is wrong with one setting.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SettingsProblem {
    /// Where, as a JSON Pointer; empty for the settings as a whole.
    pub pointer: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// What somebody wants to do to an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "UPPERCASE")]
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

impl Operation {
    /// Every operation.
    pub const ALL: [Operation; 4] = [
        Operation::Create,
        Operation::Update,
        Operation::Delete,
        Operation::Connect,
    ];

    /// The word the API server uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Create => "CREATE",
            Operation::Update => "UPDATE",
            Operation::Delete => "DELETE",
            Operation::Connect => "CONNECT",
        }
    }
}

/// A kind of object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind<'a> {
    /// The API group; empty for the core group.
    pub group: &'a str,
    /// The version in the group.
    pub version: &'a str,
    /// The kind.
    pub kind: &'a str,
}

/// A change that the API server asks about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request<'a> {
    /// What is to be done.
    pub operation: Operation,
    /// The kind the objects below are of.
    pub kind: Kind<'a>,
    /// The object's name; empty when the server makes one up.
    pub name: &'a str,
    /// The object's namespace; empty when it has none.
    pub namespace: &'a str,
    /// The subresource; empty for the object itself.
    pub subresource: &'a str,
    /// Who asks.
    pub user: &'a str,
    /// The groups of who asks.
    pub groups: &'a [&'a str],
    /// Whether nothing will be stored.
    pub dry_run: bool,
    /// The object as it shall be, JSON; `None` for a delete.
    pub object: Option<&'a str>,
    /// The object as it is, JSON; `None` for a create.
    pub old_object: Option<&'a str>,
}

/// A place in a text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Place {
    /// The text's name.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Line of the end, from 1.
    pub end_line: u32,
    /// Column of the end in characters, from 1.
    pub end_column: u32,
    /// Offset of the first byte.
    pub start_byte: u32,
    /// Offset after the last byte.
    pub end_byte: u32,
}

/// A place that helps to understand a finding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Label {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What is there.
    pub text: String,
}

/// What a policy says about a change.
///
/// As JSON it has the fields that a report of the command line has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// The id of one of the policy's rules.
    pub rule: String,
    /// The rule's code.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// The object it is in, such as `ImageTagMirrorSet/lab`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The field it is about; empty for a whole object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Where else to look.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Label>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// A text with its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    /// The name that places are given.
    pub name: String,
    /// The text.
    pub text: String,
}
