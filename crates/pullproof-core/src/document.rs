//! One spanned tree for YAML, JSON and TOML, with scalars as the API server would get them.

use crate::file::{FileId, Files, Span, Spanned};
use crate::order;
use crate::sorted::{self, Map};
use std::fmt;

pub(crate) mod base64;
pub mod copies;
pub mod json;
pub mod plain;
pub mod scalar;
pub mod toml;
pub mod yaml;

/// Largest YAML or JSON text that is read, in bytes.
///
/// The API server stores objects of at most 1.5 MiB; a stream of a few is still read.
pub const MAX_BYTES: usize = 4 << 20;

/// Deepest nesting of sequences and mappings that is read.
///
/// Mirror objects nest six deep and definitions of custom resources some forty; anything
/// beyond this is an attack on a stack. The TOML library stops here, too.
pub const MAX_DEPTH: usize = 80;

/// Most values that one YAML or JSON text may have, counting each use of an alias anew.
///
/// Mirror objects have one value in some 27 bytes, so `MAX_BYTES` of them hold 160,000. A text of
/// more is dense to keep a reader busy: the YAML library takes a third of a
/// microsecond for each.
pub const MAX_NODES: usize = 200_000;

/// Most values of one text that are copies made for YAML's anchors and aliases.
///
/// A list of mirrors that hundreds of objects share stays far below it; a bomb of aliases
/// reaches it in a few milliseconds.
pub const MAX_ALIAS_NODES: usize = 100_000;

/// Most documents of one stream.
pub const MAX_DOCUMENTS: usize = 10_000;

/// Most problems of one text that are told.
///
/// A text of nothing but repeated keys would otherwise be answered with megabytes.
/// What makes a document unreadable is always told.
pub const MAX_PROBLEMS: usize = 1_000;

/// One document of a text.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    /// The whole tree.
    pub root: Node,
    /// From the first to the last byte of the document.
    pub span: Span,
}

/// A value of the tree and where it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// Where; for an alias, the text of what it stands for.
    pub span: Span,
    /// What.
    pub value: Value,
}

/// What JSON can say, which is all that the API server is told, and what only TOML can.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(String),
    /// A date or time of TOML as it was written; YAML and JSON have none.
    Datetime(String),
    /// An ordered list.
    Sequence(Vec<Node>),
    /// Named values.
    Mapping(Mapping),
}

impl Value {
    /// The word OpenAPI has for this kind of value, as the API server prints it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Integer(_) => "integer",
            Value::Float(_) => "number",
            Value::String(_) => "string",
            Value::Datetime(_) => "datetime",
            Value::Sequence(_) => "array",
            Value::Mapping(_) => "object",
        }
    }
}

/// Named values in the order they were written.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Mapping {
    // Invariant: no two entries have the same key; the last one written stays.
    entries: Vec<Entry>,
}

/// A named value.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The name and where it was written.
    pub key: Spanned<String>,
    /// What it names.
    pub value: Node,
}

impl Mapping {
    /// No entries.
    pub fn new() -> Mapping {
        Mapping::default()
    }

    /// Builds a mapping from entries in the order they were written.
    ///
    /// Of entries with one key the last stays, in the first one's place, as in the JSON
    /// that a client sends. Returns beside it, for each key that came again, the two places.
    pub fn from_entries(written: Vec<Entry>) -> (Mapping, Vec<(Span, Spanned<String>)>) {
        if !has_repeated_key(&written) {
            return (Mapping { entries: written }, Vec::new());
        }
        let mut repeated = Vec::new();
        let mut entries: Vec<Entry> = Vec::with_capacity(written.len());
        let mut index = Map::new();
        for entry in written {
            match index.entry(entry.key.value.clone()) {
                sorted::Entry::Vacant(vacant) => {
                    vacant.insert(entries.len());
                    entries.push(entry);
                }
                sorted::Entry::Occupied(occupied) => {
                    let earlier = &mut entries[*occupied.get()];
                    repeated.push((earlier.key.span, entry.key.clone()));
                    *earlier = entry;
                }
            }
        }
        (Mapping { entries }, repeated)
    }

    /// The entries in the order they were written.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries, to make another mapping of.
    pub(crate) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// The value under a key; `None` when there is none.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry with a key; `None` when there is none.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }
}

fn has_repeated_key(entries: &[Entry]) -> bool {
    // Up to this many keys looking at each pair beats sorting them.
    const SCAN_MAX: usize = 16;
    if entries.len() <= SCAN_MAX {
        return entries.iter().enumerate().any(|(entry_idx, entry)| {
            let earlier = &entries[..entry_idx];
            earlier
                .iter()
                .any(|other| other.key.value == entry.key.value)
        });
    }
    let mut keys: Vec<&str> = entries.iter().map(|entry| &*entry.key.value).collect();
    order::sort(&mut keys);
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

impl Node {
    /// The value under `key` of a mapping; `None` for other values and absent keys.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.get(key)
    }

    /// The text of a string; `None` for other values.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a sequence; `None` for other values.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// The mapping; `None` for other values.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// How deep sequences and mappings nest here; 0 for a scalar.
    fn depth(&self) -> usize {
        let children = match &self.value {
            Value::Sequence(nodes) => nodes.iter().map(Node::depth).max(),
            Value::Mapping(mapping) => {
                let values = mapping.entries.iter().map(|entry| &entry.value);
                values.map(Node::depth).max()
            }
            _ => return 0,
        };
        1 + children.unwrap_or(0)
    }

    /// Whether there is nothing here.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }
}

/// Something wrong with a text, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: ProblemKind,
}

/// What can be wrong with a text before anyone asks what it means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProblemKind {
    /// The syntax rules are broken; the text is the parser's, lower case, no full stop.
    Syntax(String),
    /// A key that the same mapping has already; the place is the earlier one.
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it was written before.
        first: Span,
    },
    /// The text is longer than its syntax may be.
    TooLong {
        /// The limit, in bytes.
        max_bytes: usize,
    },
    /// Sequences and mappings nest deeper than `MAX_DEPTH`.
    TooDeep,
    /// More values than a text of its syntax may have, aliases counted each time.
    TooManyNodes {
        /// The limit.
        max_nodes: usize,
    },
    /// More than `MAX_ALIAS_NODES` values come from anchors and aliases.
    TooManyAliases,
    /// More than `MAX_DOCUMENTS` documents.
    TooManyDocuments,
    /// An alias that no anchor before it defines.
    UnknownAlias(String),
    /// An anchor that contains an alias to itself.
    RecursiveAlias(String),
    /// A mapping key that is itself a mapping or sequence.
    CompositeKey,
    /// A character that the syntax forbids anywhere, such as NUL.
    ForbiddenCharacter(char),
    /// A UTF-16 or UTF-32 text, which `kubectl` does not read.
    NotUtf8,
    /// A `\u` escape that is half of a surrogate pair.
    LoneSurrogate,
    /// A tag such as `!!binary` or `!custom` whose meaning a client would change.
    UnsupportedTag(String),
    /// Text behind the end of a document and before the next `---`, which `kubectl` does not
    /// look at.
    IgnoredText,
}

impl ProblemKind {
    /// Whether the document that has it could not be read.
    pub fn is_fatal(&self) -> bool {
        !matches!(
            self,
            ProblemKind::DuplicateKey { .. }
                | ProblemKind::LoneSurrogate
                | ProblemKind::UnsupportedTag(_)
                | ProblemKind::IgnoredText
        )
    }
}

impl ProblemKind {
    /// Leaves out whatever is from the text, of which nothing may be told.
    pub fn hide(&mut self) {
        const HIDDEN: &str = "<hidden>";
        match self {
            ProblemKind::Syntax(text) => "the syntax is broken".clone_into(text),
            ProblemKind::DuplicateKey { key: text, .. }
            | ProblemKind::UnknownAlias(text)
            | ProblemKind::RecursiveAlias(text)
            | ProblemKind::UnsupportedTag(text) => HIDDEN.clone_into(text),
            ProblemKind::TooLong { .. }
            | ProblemKind::TooDeep
            | ProblemKind::TooManyNodes { .. }
            | ProblemKind::TooManyAliases
            | ProblemKind::TooManyDocuments
            | ProblemKind::CompositeKey
            | ProblemKind::ForbiddenCharacter(_)
            | ProblemKind::NotUtf8
            | ProblemKind::LoneSurrogate
            | ProblemKind::IgnoredText => {}
        }
    }

    /// Whether the text breaks a limit of this program and not a rule of its syntax.
    pub fn is_limit(&self) -> bool {
        matches!(
            self,
            ProblemKind::TooLong { .. }
                | ProblemKind::TooDeep
                | ProblemKind::TooManyNodes { .. }
                | ProblemKind::TooManyAliases
                | ProblemKind::TooManyDocuments
        )
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProblemKind::Syntax(text) => f.write_str(text),
            ProblemKind::DuplicateKey { key, .. } => write!(f, "key `{key}` is given twice"),
            ProblemKind::TooLong { max_bytes } => {
                write!(f, "the text is longer than {max_bytes} bytes")
            }
            ProblemKind::TooDeep => write!(f, "values nest deeper than {MAX_DEPTH} levels"),
            ProblemKind::TooManyNodes { max_nodes } => {
                write!(f, "the text has more than {max_nodes} values")
            }
            ProblemKind::TooManyAliases => {
                write!(f, "aliases stand for more than {MAX_ALIAS_NODES} values")
            }
            ProblemKind::TooManyDocuments => {
                write!(f, "the text has more than {MAX_DOCUMENTS} documents")
            }
            ProblemKind::UnknownAlias(name) => write!(f, "alias `*{name}` has no anchor before it"),
            ProblemKind::RecursiveAlias(name) => write!(f, "anchor `&{name}` contains itself"),
            ProblemKind::CompositeKey => f.write_str("a key must be a plain value"),
            ProblemKind::ForbiddenCharacter(character) => {
                write!(
                    f,
                    "character U+{:04X} is not allowed here",
                    u32::from(*character)
                )
            }
            ProblemKind::NotUtf8 => f.write_str("the text is not UTF-8"),
            ProblemKind::LoneSurrogate => {
                f.write_str("half of a surrogate pair, which becomes U+FFFD")
            }
            ProblemKind::UnsupportedTag(tag) => write!(f, "tag `{tag}` is not supported"),
            ProblemKind::IgnoredText => {
                f.write_str("text after the end of the document is ignored")
            }
        }
    }
}

/// Bytes that are no text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotUtf8 {
    /// Byte offset of the first byte that is wrong; the same in a text that was made
    /// of the bytes by replacing what is wrong.
    pub offset: usize,
    /// What the bytes seem to be; `None` when they look like nothing known.
    pub encoding: Option<&'static str>,
}

impl NotUtf8 {
    /// The same as a problem of the file that was made of the bytes.
    pub fn problem(self, file: FileId) -> Problem {
        Problem {
            span: Span::new(file, self.offset, self.offset),
            kind: ProblemKind::NotUtf8,
        }
    }
}

impl fmt::Display for NotUtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.encoding {
            Some(encoding) => write!(f, "the text is {encoding}, not UTF-8"),
            None => write!(f, "byte {} is not UTF-8", self.offset),
        }
    }
}

/// Takes raw bytes for a text; a host calls this before `Files::add`.
///
/// # Errors
/// When the bytes are UTF-16 or UTF-32 or no UTF-8. A byte order mark of UTF-8 is no error.
pub fn check_encoding(bytes: &[u8]) -> Result<&str, NotUtf8> {
    let encoding = match bytes {
        // UTF-32 first: its mark starts with that of UTF-16.
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        // Without a mark the zero in the first character gives it away.
        [0, 1..=u8::MAX, ..] | [1..=u8::MAX, 0, ..] => Some("UTF-16"),
        _ => None,
    };
    if encoding.is_some() {
        return Err(NotUtf8 {
            offset: 0,
            encoding,
        });
    }
    str::from_utf8(bytes).map_err(|error| NotUtf8 {
        offset: error.valid_up_to(),
        encoding: None,
    })
}

/// Problems in the order they were met, at most `MAX_PROBLEMS` of those that can be read past.
#[derive(Default)]
struct Problems {
    problems: Vec<Problem>,
}

impl Problems {
    #[cold]
    #[inline(never)]
    fn push(&mut self, span: Span, kind: ProblemKind) {
        if self.problems.len() < MAX_PROBLEMS || kind.is_fatal() {
            self.problems.push(Problem { span, kind });
        }
    }

    fn push_repeated(&mut self, repeated: Vec<(Span, Spanned<String>)>) {
        for (first, key) in repeated {
            let kind = ProblemKind::DuplicateKey {
                key: key.value,
                first,
            };
            self.push(key.span, kind);
        }
    }

    fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    fn len(&self) -> usize {
        self.problems.len()
    }

    fn into_vec(self) -> Vec<Problem> {
        self.problems
    }
}

/// Reads every document of a YAML or JSON text.
///
/// A text whose first character is `{` or `[` is read as JSON values one after another; where
/// that fails at the first or second value, what is left is read as a YAML stream, as is any
/// other text. A document that cannot be read is left out and reported; the documents around
/// it are still read.
// From kubernetes/apimachinery, pkg/util/yaml/decoder.go, YAMLOrJSONDecoder.Decode. Upstream
// asks for `{` only; a list is no object, so it makes no difference there.
pub fn read(files: &Files, file: FileId) -> (Vec<Document>, Vec<Problem>) {
    let text = files.text(file);
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if !start.starts_with(['{', '[']) {
        return yaml::read(files, file);
    }
    let mut stream = json::read_stream(text, file);
    let Some(broken) = stream.broken else {
        return (stream.documents, stream.problems);
    };
    // Limits are the same for both, and a second value shows that the stream is JSON.
    let at_limit = stream
        .problems
        .last()
        .is_some_and(|problem| problem.kind.is_limit());
    if at_limit || 1 < stream.documents.len() {
        return (stream.documents, stream.problems);
    }
    let (documents, problems) = yaml::read_after(files, file, broken.after);
    if stream.documents.is_empty() && documents.is_empty() && !problems.is_empty() {
        // Neither can read any of it; a text that starts like JSON was meant to be JSON.
        return (stream.documents, stream.problems);
    }
    stream.problems.truncate(broken.n_problems_before);
    stream.problems.extend(problems);
    stream.documents.extend(documents);
    (stream.documents, stream.problems)
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
