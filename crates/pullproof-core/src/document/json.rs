//! JSON into the spanned tree, read as the API server's own decoder reads it.

use super::{
    Document, Entry, MAX_BYTES, MAX_DEPTH, MAX_DOCUMENTS, MAX_NODES, Mapping, Node, Problem,
    ProblemKind, Problems, Value,
};
use crate::bytes::length_in_quotes;
use crate::file::{FileId, Files, Span, Spanned};
use crate::float;

/// How much of a text is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Longest text, in bytes.
    pub max_bytes: usize,
    /// Most values.
    pub max_nodes: usize,
}

impl Limits {
    /// Those of a document, such as an object of a cluster.
    pub const DOCUMENT: Limits = Limits {
        max_bytes: MAX_BYTES,
        max_nodes: MAX_NODES,
    };
}

/// Reads one JSON text; white space and a byte order mark may surround the value.
///
/// `None` when the text breaks the syntax or a limit.
pub fn read(files: &Files, file: FileId) -> (Option<Document>, Vec<Problem>) {
    let text = files.text(file);
    let (node, problems) = parse_whole(text, 0, file, Limits::DOCUMENT);
    let document = node.map(|root| Document {
        span: root.span,
        root,
    });
    (document, problems)
}

/// Reads a text that is the whole of `file`.
///
/// `None` when the text breaks the syntax or a limit.
pub fn parse(text: &str, file: FileId) -> (Option<Node>, Vec<Problem>) {
    parse_whole(text, 0, file, Limits::DOCUMENT)
}

/// Reads a text that is the whole of `file` and may be larger than a document, or must be smaller.
///
/// `None` when the text breaks the syntax or a limit.
pub fn parse_within(text: &str, file: FileId, limits: Limits) -> (Option<Node>, Vec<Problem>) {
    parse_whole(text, 0, file, limits)
}

/// Reads the part of a file that `span` covers, as a line of JSON lines.
///
/// `None` when the part breaks the syntax or a limit.
pub fn parse_slice(files: &Files, span: Span) -> (Option<Node>, Vec<Problem>) {
    parse_whole(
        files.slice(span),
        span.range().start,
        span.file,
        Limits::DOCUMENT,
    )
}

fn parse_whole(
    text: &str,
    offset: usize,
    file: FileId,
    limits: Limits,
) -> (Option<Node>, Vec<Problem>) {
    let mut reader = Reader::new(text, offset, file);
    reader.limits = limits;
    let node = reader.whole();
    (node.ok(), reader.problems.into_vec())
}

/// What a JSON stream held, and where its reading ended.
pub(super) struct Stream {
    /// The values before the end or the first problem, in the order they were written.
    pub(super) documents: Vec<Document>,
    /// Everything wrong with them and with the value that could not be read.
    pub(super) problems: Vec<Problem>,
    /// The value that could not be read; `None` when all were.
    pub(super) broken: Option<Broken>,
}

/// The value of a stream that could not be read.
pub(super) struct Broken {
    /// Byte offset after the value before it.
    pub(super) after: usize,
    /// How many of the stream's problems came before it.
    pub(super) n_problems_before: usize,
}

/// Reads values that follow one another with nothing but white space between them.
pub(super) fn read_stream(text: &str, file: FileId) -> Stream {
    let mut reader = Reader::new(text, 0, file);
    let mut documents = Vec::new();
    let mut broken = reader.check_length().is_err().then_some(Broken {
        after: 0,
        n_problems_before: 0,
    });
    reader.skip_byte_order_mark();
    while broken.is_none() {
        let after = reader.at;
        let n_problems_before = reader.problems.len();
        reader.skip_white_space();
        if reader.at == text.len() {
            break;
        }
        let value = match documents.len() {
            MAX_DOCUMENTS => {
                let span = reader.span(reader.at, reader.at);
                Err(reader.stop(span, ProblemKind::TooManyDocuments))
            }
            _ => reader.value(),
        };
        match value {
            Ok(root) => documents.push(Document {
                span: root.span,
                root,
            }),
            Err(Stop) => {
                broken = Some(Broken {
                    after,
                    n_problems_before,
                });
            }
        }
    }
    Stream {
        documents,
        problems: reader.problems.into_vec(),
        broken,
    }
}

/// Room for entries that a mapping gets when it begins: most have as many or fewer.
const ENTRIES_FIRST: usize = 4;

/// Reading cannot go on; the reason is among the problems.
struct Stop;

/// A sequence or mapping whose end is not read yet.
///
/// The stack is a vector, so that no text can exhaust the stack of a small guest.
enum Open {
    Sequence {
        start: usize,
        nodes: Vec<Node>,
    },
    /// The value of the last entry is not read yet.
    Mapping {
        start: usize,
        entries: Vec<Entry>,
    },
}

struct Reader<'text> {
    text: &'text str,
    /// Byte offset of the text in its file.
    offset: usize,
    file: FileId,
    at: usize,
    n_nodes: usize,
    limits: Limits,
    problems: Problems,
}

impl<'text> Reader<'text> {
    fn new(text: &'text str, offset: usize, file: FileId) -> Reader<'text> {
        Reader {
            text,
            offset,
            file,
            at: 0,
            n_nodes: 0,
            limits: Limits::DOCUMENT,
            problems: Problems::default(),
        }
    }

    fn whole(&mut self) -> Result<Node, Stop> {
        self.check_length()?;
        self.skip_byte_order_mark();
        self.skip_white_space();
        let node = self.value()?;
        self.skip_white_space();
        if self.at < self.text.len() {
            return Err(self.unexpected("expected the end of the text"));
        }
        Ok(node)
    }

    fn value(&mut self) -> Result<Node, Stop> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut node = match self.begin(&mut open)? {
                Some(node) => node,
                None => continue,
            };
            // Every sequence and mapping that ends here takes in what stands before its end.
            loop {
                self.n_nodes += 1;
                let max_nodes = self.limits.max_nodes;
                if max_nodes < self.n_nodes {
                    return Err(self.stop(node.span, ProblemKind::TooManyNodes { max_nodes }));
                }
                self.skip_white_space();
                let next = self.peek();
                match open.last_mut() {
                    None => return Ok(node),
                    Some(Open::Sequence { start, nodes }) => {
                        nodes.push(node);
                        match next {
                            Some(b',') => {
                                self.at += 1;
                                break;
                            }
                            Some(b']') => {
                                self.at += 1;
                                let nodes = std::mem::take(nodes);
                                node = self.node(*start, Value::Sequence(nodes));
                            }
                            _ => return Err(self.unexpected("expected `,` or `]`")),
                        }
                    }
                    Some(Open::Mapping { start, entries }) => {
                        if let Some(entry) = entries.last_mut() {
                            entry.value = node;
                        }
                        match next {
                            Some(b',') => {
                                self.at += 1;
                                self.skip_white_space();
                                let entry = self.entry("expected a key in double quotes")?;
                                entries.push(entry);
                                break;
                            }
                            Some(b'}') => {
                                self.at += 1;
                                let entries = std::mem::take(entries);
                                node = self.mapping(*start, entries);
                            }
                            _ => return Err(self.unexpected("expected `,` or `}`")),
                        }
                    }
                }
                open.pop();
            }
        }
    }

    /// Reads a value up to its first part: a whole scalar or empty collection, or `None`
    /// when a collection was opened whose first value comes next.
    fn begin(&mut self, open: &mut Vec<Open>) -> Result<Option<Node>, Stop> {
        self.skip_white_space();
        let start = self.at;
        let value = match self.peek() {
            Some(b'"') => Value::String(self.string()?),
            Some(b'{') => {
                self.at += 1;
                self.check_depth(start, open.len() + 1)?;
                self.skip_white_space();
                if self.peek() == Some(b'}') {
                    self.at += 1;
                    return Ok(Some(self.mapping(start, Vec::new())));
                }
                let mut entries = Vec::with_capacity(ENTRIES_FIRST);
                entries.push(self.entry("expected a key in double quotes or `}`")?);
                open.push(Open::Mapping { start, entries });
                return Ok(None);
            }
            Some(b'[') => {
                self.at += 1;
                self.check_depth(start, open.len() + 1)?;
                self.skip_white_space();
                if self.peek() == Some(b']') {
                    self.at += 1;
                    return Ok(Some(self.node(start, Value::Sequence(Vec::new()))));
                }
                let nodes = Vec::new();
                open.push(Open::Sequence { start, nodes });
                return Ok(None);
            }
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.unexpected("expected a value")),
        };
        Ok(Some(self.node(start, value)))
    }

    /// Reads a key and the colon after it: an entry whose value is still to come.
    fn entry(&mut self, expected: &str) -> Result<Entry, Stop> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected(expected));
        }
        let start = self.at;
        let key = self.string()?;
        let span = self.span(start, self.at);
        self.skip_white_space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("expected `:` after the key"));
        }
        self.at += 1;
        let value = self.node(self.at, Value::Null);
        let key = Spanned::new(key, span);
        Ok(Entry { key, value })
    }

    fn mapping(&mut self, start: usize, entries: Vec<Entry>) -> Node {
        let (mapping, repeated) = Mapping::from_entries(entries);
        self.problems.push_repeated(repeated);
        self.node(start, Value::Mapping(mapping))
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Stop> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.unexpected("expected a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    /// A whole number that fits 64 bits stays one; any other becomes a float.
    // From kubernetes-sigs/json, internal/golang/encoding/json/decode.go, convertNumber.
    fn number(&mut self) -> Result<Value, Stop> {
        let start = self.at;
        let mut whole = true;
        self.skip_byte(b'-');
        if !self.skip_byte(b'0') {
            self.digits()?;
        }
        if self.skip_byte(b'.') {
            whole = false;
            self.digits()?;
        }
        if self.skip_byte(b'e') || self.skip_byte(b'E') {
            whole = false;
            if !self.skip_byte(b'-') {
                self.skip_byte(b'+');
            }
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        if whole && let Ok(integer) = text.parse() {
            return Ok(Value::Integer(integer));
        }
        match float::parse(text) {
            Some(float) if float.is_finite() => Ok(Value::Float(float)),
            _ => {
                let text = "the number does not fit 64 bits".to_owned();
                let span = self.span(start, self.at);
                Err(self.stop(span, ProblemKind::Syntax(text)))
            }
        }
    }

    fn digits(&mut self) -> Result<(), Stop> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.unexpected("expected a digit"));
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, Stop> {
        let start = self.at;
        self.at += 1;
        let mut string = String::new();
        loop {
            let length = length_in_quotes(&self.text.as_bytes()[self.at..]);
            let plain = &self.text[self.at..self.at + length];
            self.at += length;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    if string.is_empty() {
                        return Ok(plain.to_owned());
                    }
                    string.push_str(plain);
                    return Ok(string);
                }
                Some(b'\\') => {
                    string.push_str(plain);
                    let character = self.escape()?;
                    string.push(character);
                }
                None | Some(b'\n' | b'\r') => {
                    let text = "the string has no closing `\"` on its line".to_owned();
                    let span = self.span(start, self.at);
                    return Err(self.stop(span, ProblemKind::Syntax(text)));
                }
                Some(byte) => {
                    let span = self.span(self.at, self.at + 1);
                    let kind = ProblemKind::ForbiddenCharacter(char::from(byte));
                    return Err(self.stop(span, kind));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Stop> {
        let start = self.at;
        self.at += 1;
        let character = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => {
                let end = self.at + self.character_length();
                let span = self.span(start, end);
                let text = "the escape is unknown".to_owned();
                return Err(self.stop(span, ProblemKind::Syntax(text)));
            }
        };
        self.at += 1;
        Ok(character)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, Stop> {
        let unit = self.code_unit(start)?;
        if let Some(character) = char::from_u32(unit) {
            return Ok(character);
        }
        let after_first = self.at;
        if unit < 0xdc00 && self.text[self.at..].starts_with("\\u") {
            self.at += 1;
            let low = self.code_unit(after_first)?;
            if (0xdc00..=0xdfff).contains(&low) {
                let scalar = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            // The second escape speaks for itself.
            self.at = after_first;
        }
        // From golang/go, encoding/json unquoteBytes: half a pair becomes U+FFFD.
        let span = self.span(start, self.at);
        self.problems.push(span, ProblemKind::LoneSurrogate);
        Ok(char::REPLACEMENT_CHARACTER)
    }

    /// Reads `uXXXX`; `start` is where the backslash is.
    fn code_unit(&mut self, start: usize) -> Result<u32, Stop> {
        self.at += 1;
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                let text = "expected four hexadecimal digits after `\\u`".to_owned();
                let span = self.span(start, self.at);
                return Err(self.stop(span, ProblemKind::Syntax(text)));
            };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_byte(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        self.at += usize::from(here);
        here
    }

    fn skip_white_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn skip_byte_order_mark(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
    }

    /// Length in bytes of the character that comes next; 0 at the end.
    fn character_length(&self) -> usize {
        let character = self
            .text
            .get(self.at..)
            .and_then(|text| text.chars().next());
        character.map_or(0, char::len_utf8)
    }

    fn check_length(&mut self) -> Result<(), Stop> {
        let max_bytes = self.limits.max_bytes;
        if max_bytes < self.text.len() {
            let span = self.span(0, 0);
            return Err(self.stop(span, ProblemKind::TooLong { max_bytes }));
        }
        Ok(())
    }

    fn check_depth(&mut self, start: usize, depth: usize) -> Result<(), Stop> {
        if MAX_DEPTH < depth {
            let span = self.span(start, start + 1);
            return Err(self.stop(span, ProblemKind::TooDeep));
        }
        Ok(())
    }

    fn node(&self, start: usize, value: Value) -> Node {
        Node {
            span: self.span(start, self.at),
            value,
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.offset + start, self.offset + end)
    }

    /// What stands here is not what must stand here.
    fn unexpected(&mut self, expected: &str) -> Stop {
        let span = self.span(self.at, self.at + self.character_length());
        match self.text[self.at..].chars().next() {
            None => {
                let text = format!("{expected}, found the end of the text");
                self.stop(span, ProblemKind::Syntax(text))
            }
            Some(character) if character.is_control() && !character.is_ascii_whitespace() => {
                self.stop(span, ProblemKind::ForbiddenCharacter(character))
            }
            Some(character) => {
                let text = format!("{expected}, found `{}`", character.escape_debug());
                self.stop(span, ProblemKind::Syntax(text))
            }
        }
    }

    fn stop(&mut self, span: Span, kind: ProblemKind) -> Stop {
        self.problems.push(span, kind);
        Stop
    }
}

#[cfg(test)]
mod tests;
