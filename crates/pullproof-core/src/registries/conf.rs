//! Decoding one registries.conf: TOML into tables, nothing validated yet.
//!
//! From containers/image, pkg/sysregistriesv2 `loadConfigFile`, and the decoder it uses
//! (BurntSushi/toml, decode.go): keys match exactly or else without regard to case,
//! keys that nothing reads are dropped, a value of a wrong type fails the file.

use super::{Conf, Table, TableMirror, UnknownKey, V1};
use crate::document::{self, Entry, Mapping, Node, Value};
use crate::file::{FileId, Files, Span, Spanned};
use crate::go_text::quote;
use crate::order;
use std::fmt;

/// Why a text is no registries.conf.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DecodeError {
    /// The text is not TOML; all that is wrong with it, never empty.
    Syntax(Vec<document::Problem>),
    /// A value has another type than its key wants.
    Type {
        /// Where the value is.
        span: Span,
        /// Its line, from 1.
        line: u32,
        /// The key with the tables it is in, such as `registry.blocked`.
        key: String,
        /// The type the value has, as the decoder names it.
        found: &'static str,
        /// The type the key wants, as the decoder names it.
        wanted: &'static str,
    },
}

impl DecodeError {
    /// The place of the first thing that is wrong; `None` never happens for a decoded file.
    pub fn span(&self) -> Option<Span> {
        match self {
            DecodeError::Syntax(problems) => problems.first().map(|problem| problem.span),
            DecodeError::Type { span, .. } => Some(*span),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The decoder's own wording differs from version to version.
            DecodeError::Syntax(problems) => match problems.first() {
                Some(problem) => write!(f, "toml: {}", problem.kind),
                None => f.write_str("toml: the text cannot be read"),
            },
            DecodeError::Type {
                line,
                key,
                found,
                wanted,
                ..
            } => write!(
                f,
                "toml: line {line} (last key {}): incompatible types: \
                 TOML value has type {found}; destination has type {wanted}",
                quote(key)
            ),
        }
    }
}

/// Decodes a file.
///
/// # Errors
/// When the text is not TOML, or the first value of a wrong type.
pub fn decode(files: &Files, file: FileId) -> Result<Conf, DecodeError> {
    decode_with(files, file, FILE_KEYS)
}

fn decode_with(files: &Files, file: FileId, keys: &[&'static str]) -> Result<Conf, DecodeError> {
    let (document, problems) = document::toml::read(files, file);
    let fatal: Vec<_> = problems
        .into_iter()
        .filter(|problem| problem.kind.is_fatal())
        .collect();
    let Some(document) = document.filter(|_| fatal.is_empty()) else {
        return Err(DecodeError::Syntax(fatal));
    };
    let mut decoder = Decoder {
        files,
        conf: Conf::default(),
    };
    if let Some(mapping) = document.root.as_mapping() {
        decoder.decode_file(mapping, keys)?;
    }
    Ok(decoder.conf)
}

/// Decodes a file as the Machine Config Operator does, whose decoder knows only TOML 1.0, and
/// only version 2 of the format.
///
/// # Errors
/// When the text is not TOML 1.0, or the first value of a wrong type.
pub fn decode_as_operator(files: &Files, file: FileId) -> Result<Conf, DecodeError> {
    // From openshift/machine-config-operator, go.mod: BurntSushi/toml 1.5; pkg/daemon/drain.go
    // isSafeContainerRegistryConfChanges.
    if let Some(at) = document::toml::first_of_1_1(files.text(file)) {
        let text = "this is new in TOML 1.1".to_owned();
        let problem = document::Problem {
            span: Span::new(file, at, at + 1),
            kind: document::ProblemKind::Syntax(text),
        };
        return Err(DecodeError::Syntax(vec![problem]));
    }
    decode_with(files, file, V2_FILE_KEYS)
}

pub(super) const FILE_KEYS: &[&str] = &[
    "unqualified-search-registries",
    "credential-helpers",
    "short-name-mode",
    "additional-layer-store-auth-helper",
    "aliases",
    "registry",
    "registries",
];
const V2_FILE_KEYS: &[&str] = FILE_KEYS.split_last().expect("there are keys").1;
pub(super) const TABLE_KEYS: &[&str] = &[
    "prefix",
    "location",
    "insecure",
    "blocked",
    "mirror-by-digest-only",
    "pull-from-mirror",
    "mirror",
];
pub(super) const MIRROR_KEYS: &[&str] = &["location", "insecure", "pull-from-mirror"];
pub(super) const V1_KEYS: &[&str] = &["search", "insecure", "block"];
pub(super) const V1_LIST_KEYS: &[&str] = &["registries"];

struct Decoder<'a> {
    files: &'a Files,
    conf: Conf,
}

impl Decoder<'_> {
    fn decode_file(&mut self, mapping: &Mapping, keys: &[&'static str]) -> Result<(), DecodeError> {
        for (key, entry) in self.known(mapping, "", keys) {
            let node = &entry.value;
            match key {
                "unqualified-search-registries" => {
                    self.conf.search = Some(self.strings(node, key)?);
                }
                "credential-helpers" => {
                    let helpers = self.strings(node, key)?;
                    self.conf.credential_helpers =
                        Some(helpers.into_iter().map(|helper| helper.value).collect());
                }
                "short-name-mode" => {
                    self.conf.short_name_mode = self.string(node, key)?;
                    self.conf.short_name_mode_place = Some(node.span);
                }
                "additional-layer-store-auth-helper" => {
                    self.conf.layer_store_auth_helper = self.string(node, key)?;
                }
                "aliases" => {
                    // The decoder passes over a map that is none, unlike a table that is none.
                    let Some(mapping) = node.as_mapping() else {
                        continue;
                    };
                    self.conf.has_aliases = true;
                    for alias in mapping.entries() {
                        let value = self.string(&alias.value, &join(key, &alias.key.value))?;
                        let value = Spanned::new(value, alias.value.span);
                        self.conf.aliases.push((alias.key.clone(), value));
                    }
                }
                "registry" => {
                    let nodes = self.sequence(node, key)?;
                    let mut tables = std::mem::take(&mut self.conf.tables);
                    fit(&mut tables, nodes.len());
                    for (table, node) in tables.iter_mut().zip(nodes) {
                        self.decode_table(table, node)?;
                    }
                    self.conf.tables = tables;
                    self.conf.has_tables = true;
                }
                _ => self.decode_v1(node)?,
            }
            // A key of a list or table counts even when it is empty, a text only when it is not.
            self.conf.is_v2 |= match (key, &node.value) {
                ("registries", _) => false,
                (_, Value::String(text)) => !text.is_empty(),
                _ => true,
            };
        }
        Ok(())
    }

    fn decode_table(&mut self, table: &mut Table, node: &Node) -> Result<(), DecodeError> {
        let mapping = self.mapping(node, "registry")?;
        table.span = Some(node.span);
        for (key, entry) in self.known(mapping, "registry", TABLE_KEYS) {
            let node = &entry.value;
            let path = join("registry", key);
            match key {
                "prefix" => table.places.prefix = Some(node.span),
                "location" => table.places.location = Some(node.span),
                "blocked" => table.places.blocked = Some(node.span),
                "pull-from-mirror" => table.places.pull_from_mirror = Some(node.span),
                _ => {}
            }
            match key {
                "prefix" => table.prefix = self.string(node, &path)?,
                "location" => table.location = self.string(node, &path)?,
                "insecure" => table.insecure = self.bool(node, &path)?,
                "blocked" => table.blocked = self.bool(node, &path)?,
                "mirror-by-digest-only" => table.mirror_by_digest_only = self.bool(node, &path)?,
                "pull-from-mirror" => table.pull_from_mirror = self.string(node, &path)?,
                _ => {
                    let nodes = self.sequence(node, &path)?;
                    table.has_mirrors = true;
                    fit(&mut table.mirrors, nodes.len());
                    for (mirror, node) in table.mirrors.iter_mut().zip(nodes) {
                        self.decode_mirror(mirror, node)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn decode_mirror(&mut self, mirror: &mut TableMirror, node: &Node) -> Result<(), DecodeError> {
        let mapping = self.mapping(node, "registry.mirror")?;
        mirror.span = Some(node.span);
        for (key, entry) in self.known(mapping, "registry.mirror", MIRROR_KEYS) {
            let node = &entry.value;
            let path = join("registry.mirror", key);
            match key {
                "location" => mirror.places.location = Some(node.span),
                "pull-from-mirror" => mirror.places.pull_from_mirror = Some(node.span),
                _ => {}
            }
            match key {
                "location" => mirror.location = self.string(node, &path)?,
                "insecure" => mirror.insecure = self.bool(node, &path)?,
                _ => mirror.pull_from_mirror = self.string(node, &path)?.into(),
            }
        }
        Ok(())
    }

    fn decode_v1(&mut self, node: &Node) -> Result<(), DecodeError> {
        let mut v1 = V1::default();
        let mapping = self.mapping(node, "registries")?;
        for (key, entry) in self.known(mapping, "registries", V1_KEYS) {
            let path = join("registries", key);
            let list = self.mapping(&entry.value, &path)?;
            for (_, entry) in self.known(list, &path, V1_LIST_KEYS) {
                let registries = Some(self.strings(&entry.value, &join(&path, "registries"))?);
                match key {
                    "search" => v1.search = registries,
                    "insecure" => v1.insecure = registries,
                    _ => v1.block = registries,
                }
            }
        }
        if v1 != V1::default() {
            self.conf.v1 = Some(v1);
        }
        Ok(())
    }

    /// Pairs the entries of a table with the keys that are read, in the order of the file.
    ///
    /// Keys that are not read are noted, and so are keys in two spellings. Each of those is
    /// decoded over the one before; a node does it in random order, here the one that is
    /// spelled exactly is last.
    fn known<'a>(
        &mut self,
        mapping: &'a Mapping,
        path: &str,
        keys: &[&'static str],
    ) -> Vec<(&'static str, &'a Entry)> {
        let mut found: Vec<(&'static str, &Entry)> = Vec::new();
        for entry in mapping.entries() {
            let written = &entry.key.value;
            let exact = keys.iter().find(|key| *key == written);
            let key = exact.or_else(|| keys.iter().find(|key| folds_to(written, key)));
            let name = || Spanned::new(join(path, written), entry.key.span);
            match key {
                None => self.conf.unknown_keys.push(UnknownKey {
                    table: path.to_owned(),
                    key: entry.key.clone(),
                    line: line_of(self.files.text(entry.key.span.file), entry),
                }),
                Some(key) => {
                    if found.iter().any(|(other, _)| other == key) {
                        self.conf.ambiguous_keys.push(name());
                    }
                    found.push((key, entry));
                }
            }
        }
        order::sort_by_key(&mut found, |(key, entry)| entry.key.value == *key);
        found
    }

    fn string(&self, node: &Node, key: &str) -> Result<String, DecodeError> {
        match &node.value {
            Value::String(text) => Ok(text.clone()),
            _ => Err(self.mismatch(node, key, "string")),
        }
    }

    fn bool(&self, node: &Node, key: &str) -> Result<bool, DecodeError> {
        match node.value {
            Value::Bool(value) => Ok(value),
            _ => Err(self.mismatch(node, key, "boolean")),
        }
    }

    fn sequence<'a>(&self, node: &'a Node, key: &str) -> Result<&'a [Node], DecodeError> {
        node.as_sequence()
            .ok_or_else(|| self.mismatch(node, key, "slice"))
    }

    fn strings(&self, node: &Node, key: &str) -> Result<Vec<Spanned<String>>, DecodeError> {
        let nodes = self.sequence(node, key)?.iter();
        nodes
            .map(|node| Ok(Spanned::new(self.string(node, key)?, node.span)))
            .collect()
    }

    fn mapping<'a>(&self, node: &'a Node, key: &str) -> Result<&'a Mapping, DecodeError> {
        node.as_mapping()
            .ok_or_else(|| self.mismatch(node, key, "map"))
    }

    fn mismatch(&self, node: &Node, key: &str, wanted: &'static str) -> DecodeError {
        let found = match node.value {
            Value::Null => "nil",
            Value::Bool(_) => "bool",
            Value::Integer(_) => "int64",
            Value::Float(_) => "float64",
            Value::String(_) => "string",
            Value::Sequence(_) => "[]any",
            Value::Mapping(_) => "map[string]any",
            Value::Datetime(_) => "time.Time",
        };
        let line = self.files.position(node.span.file, node.span.start).line;
        DecodeError::Type {
            span: node.span,
            line,
            key: key.to_owned(),
            found,
            wanted,
        }
    }
}

/// Makes room for as many tables as a list has, which keeps what they say unless there are more.
fn fit<Table: Clone + Default>(tables: &mut Vec<Table>, n_tables: usize) {
    if tables.len() < n_tables {
        tables.clear();
    }
    tables.resize(n_tables, Table::default());
}

/// The line of a key and its value, with its end; `None` where they are not alone on one.
///
/// Looks at no more of the text than that line, and at nothing of one that has more than this.
fn line_of(text: &str, entry: &Entry) -> Option<Spanned<String>> {
    const BLANK: [char; 2] = [' ', '\t'];
    let (key, value) = (entry.key.span.range(), entry.value.span.range());
    let between = text.get(key.end..value.start)?.trim_matches(BLANK);
    let before = text.get(..key.start)?.trim_end_matches(BLANK);
    let behind = text.get(value.end..)?;
    let rest = behind.trim_start_matches(BLANK);
    let ends = rest.is_empty() || rest.starts_with(['#', '\r', '\n']);
    if between != "=" || !ends || !(before.is_empty() || before.ends_with('\n')) {
        return None;
    }
    let length = behind.find('\n').map_or(behind.len(), |at| at + 1);
    let span = Span::new(entry.key.span.file, before.len(), value.end + length);
    Some(Spanned::new(text[span.range()].to_owned(), span))
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// Whether a written key is a known one but for case, with Unicode's simple folding.
///
/// All known keys are ASCII; U+017F and U+212A are the only other characters that fold to it.
pub(super) fn folds_to(written: &str, key: &str) -> bool {
    let folded = written.chars().map(|character| match character {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        _ => character.to_ascii_lowercase(),
    });
    folded.eq(key.chars())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_have_their_line_where_they_are_alone_on_it() {
        let cases = [
            ("[[registry]]\n  x = 1 # y\n", Some("  x = 1 # y\n")),
            ("x = 1", Some("x = 1")),
            (
                "\"x\" = \"\"\"a\nb\"\"\"\r\n",
                Some("\"x\" = \"\"\"a\nb\"\"\"\r\n"),
            ),
            ("registry = [{ x = 1 }]\n", None),
            ("registry = [{ x = 1, blocked = true }]\n", None),
            ("[x]\n", None),
            ("[[x]]\n", None),
            ("[[registry]]\nx.y = 1\n", None),
        ];
        for (text, expected) in cases {
            let mut files = Files::new();
            let file = files.add("registries.conf", text);
            let conf = decode(&files, file).expect("it is TOML");
            let [unknown] = conf.unknown_keys.as_slice() else {
                panic!("{text}: {:?}", conf.unknown_keys);
            };
            let line = unknown.line.as_ref();
            assert_eq!(line.map(|line| line.value.as_str()), expected, "{text}");
            assert!(line.is_none_or(|line| files.slice(line.span) == line.value));
        }
    }
}
