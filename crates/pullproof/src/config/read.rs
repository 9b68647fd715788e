//! Reading the settings out of TOML: every problem is told, with its place.

use super::{Problem, Texts};
use crate::choice::{Choice, Level, Selector, Unknown, rule};
use crate::output::printable;
use crate::paths;
use glob::Pattern;
use pullproof_core::document::{Mapping, Node, Value, toml};
use pullproof_core::file::{FileId, Files, Span, Spanned};
use pullproof_core::finding::Severity;
use pullproof_core::nearest::nearest;
use pullproof_core::openshift::OpenShift;
use pullproof_core::reference::Reference;

pub(super) const OPENSHIFT: &str = "openshift";
pub(super) const RELEASE_IMAGE: &str = "release-image";
pub(super) const FAIL_ON: &str = "fail-on";
pub(super) const SELECT: &str = "select";
pub(super) const IGNORE: &str = "ignore";
pub(super) const SEVERITY: &str = "severity";
pub(super) const EXCLUDE: &str = "exclude";
pub(super) const STATE: &str = "state";
pub(super) const BASELINE: &str = "baseline";
pub(super) const PER_PATH: &str = "per-path";
pub(super) const PATHS: &str = "paths";

/// The keys of the file.
pub(super) const KEYS: [&str; 10] = [
    OPENSHIFT,
    RELEASE_IMAGE,
    FAIL_ON,
    SELECT,
    IGNORE,
    SEVERITY,
    EXCLUDE,
    STATE,
    BASELINE,
    PER_PATH,
];

/// The keys of a table of `per-path`.
pub(super) const PER_PATH_KEYS: [&str; 4] = [PATHS, SELECT, IGNORE, SEVERITY];

/// The settings as they are written.
#[derive(Default)]
pub(super) struct Written {
    pub(super) openshift: Option<OpenShift>,
    pub(super) release_image: Option<String>,
    pub(super) fail_on: Option<Severity>,
    pub(super) choice: Choice,
    pub(super) per_path: Vec<(Vec<Pattern>, Choice)>,
    pub(super) exclude: Vec<Pattern>,
    pub(super) state: Texts,
    pub(super) baseline: Option<String>,
}

/// The settings in a file, and what is wrong with them.
pub(super) fn read(files: &Files, file: FileId) -> (Written, Vec<Problem>) {
    let (document, problems) = toml::read(files, file);
    let mut reader = Reader::default();
    for problem in problems {
        reader.problem(problem.span, problem.kind.to_string(), "mend the TOML");
    }
    let mut written = Written::default();
    if let Some(root) = document
        .as_ref()
        .and_then(|document| document.root.as_mapping())
    {
        reader.root(root, &mut written);
    }
    (written, reader.problems)
}

#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn root(&mut self, root: &Mapping, written: &mut Written) {
        for entry in root.entries() {
            let (key, value) = (entry.key.value.as_str(), &entry.value);
            match key {
                OPENSHIFT => written.openshift = self.openshift(key, value),
                RELEASE_IMAGE => written.release_image = self.release_image(key, value),
                FAIL_ON => written.fail_on = self.fail_on(key, value),
                EXCLUDE => written.exclude = self.patterns(key, value),
                STATE => written.state = self.pattern_texts(key, value),
                BASELINE => written.baseline = self.path(key, value),
                PER_PATH => written.per_path = self.per_path(key, value),
                key if self.choice(key, value, &mut written.choice) => {}
                _ => self.unknown_key(&entry.key, &KEYS),
            }
        }
    }

    /// Takes in a key that may stand for all paths or for some; false for another key.
    fn choice(&mut self, key: &str, value: &Node, choice: &mut Choice) -> bool {
        match key {
            SELECT => choice.select = Some(self.selectors(key, value)),
            IGNORE => choice.ignore = self.selectors(key, value),
            SEVERITY => choice.severity = self.severity(key, value),
            _ => return false,
        }
        true
    }

    fn per_path(&mut self, key: &str, value: &Node) -> Vec<(Vec<Pattern>, Choice)> {
        const EXAMPLE: &str = "write it as a table, `[[per-path]]`";
        let Some(nodes) = value.as_sequence() else {
            self.wrong_type(key, value, "a list of tables", EXAMPLE);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for node in nodes {
            let Some(table) = node.as_mapping() else {
                self.wrong_type(key, node, "a table", EXAMPLE);
                continue;
            };
            let (mut patterns, mut choice) = (None, Choice::default());
            for entry in table.entries() {
                let (key, value) = (entry.key.value.as_str(), &entry.value);
                match key {
                    PATHS => patterns = Some(self.patterns(key, value)),
                    key if self.choice(key, value, &mut choice) => {}
                    _ => self.unknown_key(&entry.key, &PER_PATH_KEYS),
                }
            }
            match patterns {
                Some(patterns) => tables.push((patterns, choice)),
                None => self.problem(
                    node.span,
                    format!("`{PATHS}` must be there"),
                    "say which paths it is for, such as `paths = [\"legacy/**\"]`",
                ),
            }
        }
        tables
    }

    fn openshift(&mut self, key: &str, value: &Node) -> Option<OpenShift> {
        let (_, oldest) = OpenShift::ALL[0];
        let help = format!(
            "write one from \"{oldest}\" to \"{}\"",
            OpenShift::NEWEST.name()
        );
        let text = self.text(key, value, &help)?;
        let release = OpenShift::parse(text);
        if release.is_none() {
            self.problem(value.span, format!("there is no release `{text}`"), help);
        }
        release
    }

    fn release_image(&mut self, key: &str, value: &Node) -> Option<String> {
        const HELP: &str = "write it as `oc adm release info` does";
        let text = self.text(key, value, HELP)?;
        match Reference::parse_canonical(text.to_owned()) {
            Ok(_) => Some(text.to_owned()),
            Err(error) => {
                self.problem(
                    value.span,
                    format!("`{text}` is no whole reference: {error}"),
                    HELP,
                );
                None
            }
        }
    }

    fn fail_on(&mut self, key: &str, value: &Node) -> Option<Severity> {
        const HELP: &str = "write `error`, `warning` or `info`";
        let text = self.text(key, value, HELP)?;
        let mut all = Severity::ALL.into_iter();
        let severity = all.find(|severity| severity.name() == text);
        if severity.is_none() {
            self.problem(value.span, format!("there is no severity `{text}`"), HELP);
        }
        severity
    }

    fn path(&mut self, key: &str, value: &Node) -> Option<String> {
        const HELP: &str = "write a path, from the directory of this file on";
        let text = self.text(key, value, HELP)?;
        if text.is_empty() {
            self.problem(value.span, format!("`{key}` is empty"), HELP);
            return None;
        }
        Some(text.to_owned())
    }

    fn severity(&mut self, key: &str, value: &Node) -> Vec<(&'static str, Level)> {
        const HELP: &str = "write a table, such as `self-mirror = \"error\"`";
        let Some(table) = value.as_mapping() else {
            self.wrong_type(key, value, "a table", HELP);
            return Vec::new();
        };
        let mut levels: Vec<(&'static str, Level)> = Vec::new();
        for entry in table.entries() {
            let id = self.known(entry.key.span, rule(&entry.key.value));
            let text = self.text(&entry.key.value, &entry.value, "write a severity or `off`");
            let level = text.and_then(|text| self.known(entry.value.span, Level::parse(text)));
            let Some(id) = id else {
                continue;
            };
            if levels.iter().any(|(other, _)| *other == id) {
                let message = format!("`{}` is `{id}`, which is given twice", entry.key.value);
                self.problem(entry.key.span, message, "keep one");
            }
            levels.extend(level.map(|level| (id, level)));
        }
        levels
    }

    fn selectors(&mut self, key: &str, value: &Node) -> Vec<Selector> {
        let texts = self.texts(key, value);
        let texts = texts.into_iter();
        texts
            .filter_map(|text| self.known(text.span, Selector::parse(&text.value)))
            .collect()
    }

    fn patterns(&mut self, key: &str, value: &Node) -> Vec<Pattern> {
        let texts = self.pattern_texts(key, value).into_iter();
        texts.flat_map(|text| paths::pattern(&text.value)).collect()
    }

    fn pattern_texts(&mut self, key: &str, value: &Node) -> Texts {
        let mut texts = self.texts(key, value);
        texts.retain(|text| {
            let (message, help) = match paths::pattern(&text.value) {
                Ok(_) if !text.value.is_empty() => return true,
                Ok(_) => (
                    format!("`{key}` has an empty pattern"),
                    "write a path or a pattern, from the directory of this file on",
                ),
                Err(error) => (
                    format!("`{}` is no pattern: {}", text.value, error.msg),
                    "`*` is a part of a name, `**` any directories, `[…]` one character",
                ),
            };
            self.problem(text.span, message, help);
            false
        });
        texts
    }

    fn texts(&mut self, key: &str, value: &Node) -> Texts {
        let help = format!("write a list of strings, `{key} = [\"…\"]`");
        let Some(nodes) = value.as_sequence() else {
            self.wrong_type(key, value, "a list", &help);
            return Vec::new();
        };
        let mut texts = Vec::new();
        for node in nodes {
            let text = self.text(key, node, &help);
            texts.extend(text.map(|text| Spanned::new(text.to_owned(), node.span)));
        }
        texts
    }

    fn text<'node>(&mut self, key: &str, value: &'node Node, help: &str) -> Option<&'node str> {
        let text = value.as_str();
        if text.is_none() {
            self.wrong_type(key, value, "a string", help);
        }
        text
    }

    fn known<T>(&mut self, span: Span, found: Result<T, Unknown>) -> Option<T> {
        match found {
            Ok(found) => Some(found),
            Err(Unknown { message, help }) => {
                self.problem(span, message, help);
                None
            }
        }
    }

    fn unknown_key(&mut self, key: &Spanned<String>, known: &[&str]) {
        let help = match nearest(&key.value, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("remove it; known are `{}`", known.join("`, `")),
        };
        self.problem(
            key.span,
            format!("there is no setting `{}`", key.value),
            help,
        );
    }

    fn wrong_type(&mut self, key: &str, value: &Node, wanted: &str, help: &str) {
        let found = match &value.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::String(_) => "a string",
            Value::Datetime(_) => "a date",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a table",
        };
        let message = format!("`{key}` has {found} where {wanted} must be");
        self.problem(value.span, message, help);
    }

    fn problem(&mut self, span: Span, message: impl AsRef<str>, help: impl Into<String>) {
        let (message, help) = (printable(message.as_ref()), help.into());
        self.problems.push(Problem {
            span,
            message,
            help,
        });
    }
}
