//! TOML into the spanned tree, for `registries.conf` and its kin.
//!
//! The nodes read such files with `BurntSushi/toml`. The library used here differs:
//!
//! - It reads TOML 1.1: newlines, comments and a last comma in inline tables, `\e` and `\xNN`
//!   in strings, and times without seconds. `BurntSushi/toml` does so since 1.6, and in 1.5 only
//!   with `BURNTSUSHI_TOML_110` in the environment.
//! - It refuses what `BurntSushi/toml` lets through: extending a table, an inline table or a
//!   written-out array by dotted keys or by a header (the tests that its `toml_test.go`
//!   skips), an offset of 60 minutes, and a sixth quote after two backslashes at a text's end.
//!   Nobody's generator writes that.
//! - It refuses a list given twice, of which `BurntSushi/toml` before 1.6 takes the later.
//! - It lets through a line's end inside of a pair of an inline table, and the 60th second of a
//!   minute. Both are refused here.
//!
//! Both accept a byte order mark, refuse NUL, and refuse a key given twice.

use super::{
    Document, Entry, MAX_DEPTH, MAX_PROBLEMS, Mapping, Node, Problem, ProblemKind, Problems, Value,
};
use crate::file::{FileId, Files, Span, Spanned};
use crate::float;
use crate::order;
use ::toml::de::{DeTable, DeValue};
use std::ops::Range;

pub mod comments;

/// Largest TOML text that is read, in bytes.
///
/// Nodes load a registries.conf of any size; one of 10,000 entries with two mirrors each has
/// 2.4 MB.
pub const MAX_BYTES: usize = super::MAX_BYTES;

/// Most values that one TOML text may have.
///
/// A `registries.conf` of `MAX_BYTES` has 200,000; the library takes a microsecond for each.
pub const MAX_NODES: usize = 250_000;

/// Longest text of which every error is told, in bytes; of a longer one only the first is.
///
/// The library allocates for each error, and a text of errors alone would take seconds.
const MAX_BYTES_RECOVERED: usize = 64 << 10;

/// Reads one TOML text.
///
/// `None` when anything is wrong with it: the nodes' reader gives up at the first error.
/// A table written as `[table]` has the place of its header. Keys that differ in
/// their letters' case are different keys.
pub fn read(files: &Files, file: FileId) -> (Option<Document>, Vec<Problem>) {
    let text = files.text(file);
    let mut reader = Reader {
        text,
        file,
        n_nodes: 0,
        problems: Problems::default(),
    };
    let document = reader.document();
    (document, reader.problems.into_vec())
}

/// Reading cannot go on; the reason is among the problems.
struct Stop;

struct Reader<'text> {
    text: &'text str,
    file: FileId,
    n_nodes: usize,
    problems: Problems,
}

impl Reader<'_> {
    fn document(&mut self) -> Option<Document> {
        if MAX_BYTES < self.text.len() {
            let max_bytes = MAX_BYTES;
            self.push(0..0, ProblemKind::TooLong { max_bytes });
            return None;
        }
        if let Err((at, kind)) = check_limits(self.text) {
            self.push(at..at + 1, kind);
            return None;
        }
        let (table, mut errors) = if self.text.len() <= MAX_BYTES_RECOVERED {
            let (table, errors) = DeTable::parse_recoverable(self.text);
            (Some(table), errors)
        } else {
            match DeTable::parse(self.text) {
                Ok(table) => (Some(table), Vec::new()),
                Err(error) => (None, vec![error]),
            }
        };
        // The library finds broken syntax first and repeated keys later.
        order::sort_by_key(&mut errors, |error| {
            error.span().map_or(0, |range| range.start)
        });
        errors.truncate(MAX_PROBLEMS);
        for error in &errors {
            self.push_error(error);
        }
        let root = self.table(table?.get_ref(), 1).ok()?;
        if !self.problems.is_empty() {
            return None;
        }
        let span = self.span(0..self.text.len());
        Some(Document {
            root: Node { span, value: root },
            span,
        })
    }

    fn table(&mut self, table: &DeTable<'_>, depth: usize) -> Result<Value, Stop> {
        let mut written: Vec<_> = table.iter().collect();
        // The library keeps keys in the order of their letters.
        order::sort_by_key(&mut written, |(key, _)| key.span().start);
        let mut entries = Vec::with_capacity(written.len());
        for (key, value) in written {
            entries.push(Entry {
                key: Spanned::new(key.get_ref().to_string(), self.span(key.span())),
                value: self.node(value.get_ref(), value.span(), depth + 1)?,
            });
        }
        let (mapping, repeated) = Mapping::from_entries(entries);
        self.problems.push_repeated(repeated);
        Ok(Value::Mapping(mapping))
    }

    fn node(
        &mut self,
        value: &DeValue<'_>,
        range: Range<usize>,
        depth: usize,
    ) -> Result<Node, Stop> {
        self.n_nodes += 1;
        if MAX_NODES < self.n_nodes {
            let max_nodes = MAX_NODES;
            self.push(range, ProblemKind::TooManyNodes { max_nodes });
            return Err(Stop);
        }
        if MAX_DEPTH < depth && matches!(value, DeValue::Array(_) | DeValue::Table(_)) {
            self.push(range, ProblemKind::TooDeep);
            return Err(Stop);
        }
        let span = self.span(range.clone());
        let value = match value {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(boolean) => Value::Bool(*boolean),
            DeValue::Integer(integer) => {
                match i64::from_str_radix(integer.as_str(), integer.radix()) {
                    Ok(integer) => Value::Integer(integer),
                    Err(_) => self.too_big(range),
                }
            }
            DeValue::Float(float) => match float::parse(float.as_str()) {
                Some(number) if number.is_finite() || !is_digits(float.as_str()) => {
                    Value::Float(number)
                }
                _ => self.too_big(range),
            },
            DeValue::Datetime(datetime) => {
                if datetime.time.and_then(|time| time.second) == Some(60) {
                    let text = "a minute has no second 60".to_owned();
                    self.push(range.clone(), ProblemKind::Syntax(text));
                }
                Value::Datetime(self.text.get(range).unwrap_or_default().to_owned())
            }
            DeValue::Array(array) => {
                let mut nodes = Vec::with_capacity(array.len());
                for element in array.iter() {
                    nodes.push(self.node(element.get_ref(), element.span(), depth + 1)?);
                }
                Value::Sequence(nodes)
            }
            DeValue::Table(table) => self.table(table, depth)?,
        };
        Ok(Node { span, value })
    }

    fn too_big(&mut self, range: Range<usize>) -> Value {
        let text = "the number does not fit 64 bits".to_owned();
        self.push(range, ProblemKind::Syntax(text));
        Value::Null
    }

    fn push_error(&mut self, error: &::toml::de::Error) {
        // An error without a place is about the text as a whole.
        let range = error.span().unwrap_or(0..0);
        let text = match (error.message(), self.text.get(range.clone())) {
            ("duplicate key", Some(key)) => format!("key `{key}` is given twice"),
            (message, _) => message.to_owned(),
        };
        self.push(range, ProblemKind::Syntax(text));
    }

    fn push(&mut self, range: Range<usize>, kind: ProblemKind) {
        let span = self.span(range);
        self.problems.push(span, kind);
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }
}

fn is_digits(number: &str) -> bool {
    number.bytes().any(|byte| byte.is_ascii_digit())
}

/// The first byte of a text that is no TOML 1.0; `None` where there is none, or the text is not
/// TOML at all.
pub fn first_of_1_1(text: &str) -> Option<usize> {
    check_limits(text).ok().flatten()
}

/// Refuses what would keep the library busy: one statement that nests deeper than `MAX_DEPTH`,
/// or more places for a value than `MAX_NODES`. Refuses a pair of an inline table with a line's
/// end in it, too. An error names the byte; else the first that TOML 1.0 does not have is given.
///
/// The library stops at 80 values in one another and at 80 parts of a key, but not at 80
/// values with 80 parts each, and its tree is freed by recursion. So this scan splits the text
/// into tokens exactly as the library does and counts both at once. A dot in
/// a number counts, too, which only matters at the limit.
// From toml-rs/toml, toml_parser lexer/mod.rs, process_token.
fn check_limits(text: &str) -> Result<Option<usize>, (usize, ProblemKind)> {
    let bytes = text.as_bytes();
    let mut open: Vec<Open> = Vec::new();
    let mut first_of_1_1 = None;
    let mut depth = 1;
    // Places where a value may stand; an array that ends in a comma has one too many.
    let mut n_values = 0;
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while at < bytes.len() {
        let start = at;
        at += 1;
        let mut is_new = false;
        if let Some(open) = open.last_mut() {
            is_new = open.is_new(bytes[start]);
            if !open.accepts(bytes[start]) {
                let text = "a key, `=` and the value stand on one line".to_owned();
                return Err((start, ProblemKind::Syntax(text)));
            }
        }
        match bytes[start] {
            b'.' => depth += 1,
            b'=' => n_values += 1,
            b'[' | b'{' => {
                open.push(Open {
                    // In ASCII each closing bracket stands two after its opening one.
                    closing: bytes[start] + 2,
                    outside: depth,
                    pair: Pair::Nothing,
                });
                depth += 1;
                // The first value of an array, or a table's header.
                n_values += usize::from(bytes[start] == b'[');
            }
            closing @ (b']' | b'}') => {
                // The library reads past a bracket that closes nothing.
                if let Some(Open { outside, .. }) = open.pop_if(|open| open.closing == closing) {
                    depth = outside;
                }
            }
            b',' => {
                depth = open.last().map_or(1, |open| open.outside + 1);
                n_values += usize::from(open.last().is_some_and(|open| open.closing == b']'));
            }
            b'\n' if open.is_empty() => depth = 1,
            b'#' => at = find(bytes, at, |byte| matches!(byte, b'\r' | b'\n')),
            quote @ (b'"' | b'\'') => {
                at = string_end(bytes, start, quote);
                is_new = quote == b'"' && has_new_escape(&bytes[start..at]);
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => {
                at = find(bytes, at, |byte| b".=,[]{} \t#\r\n".contains(&byte));
                is_new = !bytes[..start].ends_with(b".") && is_short_time(&bytes[start..at]);
            }
        }
        if is_new {
            first_of_1_1.get_or_insert(start);
        }
        if MAX_DEPTH < depth {
            return Err((start, ProblemKind::TooDeep));
        }
        if MAX_NODES < n_values {
            let max_nodes = MAX_NODES;
            return Err((start, ProblemKind::TooManyNodes { max_nodes }));
        }
    }
    Ok(first_of_1_1)
}

/// A bracket that is not closed yet.
struct Open {
    closing: u8,
    /// The depth outside of it.
    outside: usize,
    /// How far the scan is with a pair, where it is an inline table.
    pair: Pair,
}

/// How much of a pair of an inline table has been read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pair {
    Nothing,
    Comma,
    Key,
    Equals,
    Value,
}

impl Open {
    /// Whether a token of an inline table, by its first byte, is new in TOML 1.1.
    fn is_new(&self, token: u8) -> bool {
        let is_new = match token {
            b'\n' | b'#' => true,
            b'}' => self.pair == Pair::Comma,
            _ => false,
        };
        self.closing == b'}' && is_new
    }

    /// Takes in a token, by its first byte.
    ///
    /// False where a line ends between a key and its value, which the library lets through and
    /// the nodes' reader does not.
    fn accepts(&mut self, token: u8) -> bool {
        if self.closing != b'}' {
            return true;
        }
        self.pair = match (token, self.pair) {
            (b'\n' | b'#', Pair::Key | Pair::Equals) => return false,
            (b' ' | b'\t' | b'\r' | b'\n' | b'#' | b'.', pair) => pair,
            (b',', _) => Pair::Comma,
            (b'=', _) => Pair::Equals,
            (_, Pair::Nothing | Pair::Comma | Pair::Key) => Pair::Key,
            (_, Pair::Equals | Pair::Value) => Pair::Value,
        };
        true
    }
}

/// Whether a text in double quotes has an escape that is new in TOML 1.1.
fn has_new_escape(text: &[u8]) -> bool {
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        if *byte == b'\\' && matches!(bytes.next(), Some(b'x' | b'e')) {
            return true;
        }
    }
    false
}

/// Whether a bare word is a time without seconds.
fn is_short_time(word: &[u8]) -> bool {
    let colon = word.iter().position(|byte| *byte == b':');
    colon.is_some_and(|colon| word.get(colon + 3) != Some(&b':'))
}

/// The byte after the string that starts with a quote at `start`.
fn string_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let multiline = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if multiline { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => {
                at += 1;
                at += usize::from(matches!(bytes.get(at), Some(b'\\' | b'"')));
            }
            b'\n' if !multiline => return at,
            byte if byte == quote && !multiline => return at + 1,
            byte if byte == quote && bytes[at..].starts_with(&[quote; 3]) => {
                // Up to two more quotes belong to the text.
                let more = bytes[at + 3..].iter().take(2);
                return at + 3 + more.take_while(|byte| **byte == quote).count();
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

fn find(bytes: &[u8], from: usize, is_end: impl Fn(u8) -> bool) -> usize {
    let rest = &bytes[from..];
    from + rest
        .iter()
        .position(|byte| is_end(*byte))
        .unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{problems_of, show, slices};
    use super::*;

    fn check(text: &str, tree: &str, problems: &[&str]) {
        let mut files = Files::new();
        let file = files.add("registries.conf", text);
        let (document, found) = read(&files, file);
        let shown = document.map_or(String::new(), |document| show(&document.root));
        assert_eq!(shown, tree, "{text:.80}");
        assert_eq!(problems_of(&files, &found), problems, "{text:.80}");
    }

    #[test]
    fn values_keep_their_order_and_type() {
        let cases = [
            ("", "{}"),
            ("\u{feff}b = 1\r\na = 2\r\n", "{b: 1, a: 2}"),
            (
                "a = [true, 'x', \"\\u00e9\"] # c",
                "{a: [true, \"x\", \"é\"]}",
            ),
            (
                "a = [0xff, 0o17, 0b11, 1_000, -1]",
                "{a: [255, 15, 3, 1000, -1]}",
            ),
            (
                "a = [1.5, 1e3, -inf, nan]",
                "{a: [1.5f, 1000f, -inff, NaNf]}",
            ),
            ("a = 1979-05-27 07:32:00Z", "{a: <1979-05-27 07:32:00Z>}"),
            ("a.c = 1\na.b = 2", "{a: {c: 1, b: 2}}"),
            ("[z]\nb = 1\n[a]\n[z.c]", "{z: {b: 1, c: {}}, a: {}}"),
            (
                "[[r]]\nlocation = 'a'\n[[r.mirror]]\nlocation = 'b'\n[[r]]\nLocation = 'c'\n",
                "{r: [{location: \"a\", mirror: [{location: \"b\"}]}, {Location: \"c\"}]}",
            ),
            ("Location = 1\nlocation = 2", "{Location: 1, location: 2}"),
            ("a = { b = 1,\n c = 2,\n}", "{a: {b: 1, c: 2}}"),
            ("a = \"\\e\\x41\"", "{a: \"\\u{1b}A\"}"),
            ("a = '''\nb'''''", "{a: \"b''\"}"),
        ];
        for (text, tree) in cases {
            check(text, tree, &[]);
        }
    }

    #[test]
    fn every_error_is_told_in_the_order_of_the_text() {
        let cases: [(&str, &[&str]); 12] = [
            ("a", &["1..1 key with no value, expected `=`"]),
            (
                "a = ",
                &["4..4 string values must be quoted, expected literal string"],
            ),
            ("a = \"b", &["6..6 invalid basic string, expected `\"`"]),
            ("a = [1", &["6..6 unclosed array, expected `]`"]),
            ("[a", &["2..2 unclosed table, expected `]`"]),
            ("a = 1\na = 2", &["6..7 key `a` is given twice"]),
            ("[a]\n[a]", &["5..6 key `a` is given twice"]),
            ("a.b = 1\n[a]", &["9..10 key `a` is given twice"]),
            (
                "a = 9223372036854775808",
                &["4..23 the number does not fit 64 bits"],
            ),
            ("a = 1e999", &["4..9 the number does not fit 64 bits"]),
            (
                "a = 1\na = 2\n= 3",
                &[
                    "6..7 key `a` is given twice",
                    "12..12 unquoted keys cannot be empty, expected letters, numbers, `-`, `_`",
                ],
            ),
            (
                "a = '\0'",
                &["5..5 invalid literal string, expected non-single-quote visible characters"],
            ),
        ];
        for (text, problems) in cases {
            check(text, "", problems);
        }
    }

    #[test]
    fn every_node_and_key_has_its_bytes() {
        let mut files = Files::new();
        let file = files.add(
            "registries.conf",
            "\u{feff}[[r]]\na = 'x' # c\n[r.t]\nb.c = { d = [1] }\n",
        );
        let (document, _) = read(&files, file);
        let root = document.expect("it is TOML").root;
        assert_eq!(
            slices(&files, &root)[1..],
            [
                "r",
                "[[r]]",
                "[[r]]",
                "a",
                "'x'",
                "t",
                "[r.t]",
                "b",
                "b",
                "c",
                "{ d = [1] }",
                "d",
                "[1]",
                "1"
            ]
        );
    }

    #[test]
    fn nesting_ends_at_the_limit() {
        // Each text has a depth of its own beside the part that is repeated.
        let deep = |open: &str, n: usize, middle: &str, close: &str| {
            format!("{}{middle}{}", open.repeat(n), close.repeat(n))
        };
        let texts: [(&dyn Fn(usize) -> String, usize); 6] = [
            (&|n| format!("a = {}", deep("[", n, "", "]")), 1),
            (&|n| format!("a = {}", deep("{a = ", n, "1", "}")), 1),
            (&|n| deep("a.", n, "a = 1", ""), 1),
            (&|n| format!("[{}]", deep("a.", n, "a", "")), 2),
            (&|n| format!("[[{}]]", deep("a.", n, "a", "")), 3),
            (
                &|n| format!("[a.a.a.a.a]\nb.b = {}", deep("[", n, "", "]")),
                7,
            ),
        ];
        for (text_of, outside) in texts {
            for (depth, expected) in [
                (MAX_DEPTH, None),
                (MAX_DEPTH + 1, Some(ProblemKind::TooDeep)),
            ] {
                let text = text_of(depth - outside);
                let mut files = Files::new();
                let file = files.add("registries.conf", &*text);
                let problems = read(&files, file).1;
                let kind = problems.into_iter().map(|problem| problem.kind).next();
                assert_eq!(kind, expected, "{text:.80}");
            }
        }
    }

    #[test]
    fn values_inside_keys_do_not_multiply_the_depth() {
        let level = format!("{{{} = ", vec!["a"; 79].join("."));
        check(
            &format!("a = {}1{}", level.repeat(79), "}".repeat(79)),
            "",
            &["165..166 values nest deeper than 80 levels"],
        );
    }
}
