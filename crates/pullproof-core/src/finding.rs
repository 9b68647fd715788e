//! A finding: what a rule says about a place in the input.

use crate::bytes::is_printable;
use crate::file::Span;
use crate::sorted::Set;
use std::fmt;

/// How much a finding matters; more is greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Probably not what was meant.
    Warning,
    /// Does not work, or takes something else down with it.
    Error,
}

impl Severity {
    /// Every severity, least first.
    pub const ALL: [Severity; 3] = [Severity::Info, Severity::Warning, Severity::Error];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a rule says about a place in the input.
///
/// Its identity, for whoever compares two runs, is rule, object, path and message, never a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The rule's id, such as `self-mirror`.
    pub rule: &'static str,
    /// The rule's code, such as `PP007`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop, one line, input in backticks.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Where else to look, most telling first.
    pub related: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// What would mend it; never empty.
    pub fix: Option<Fix>,
    /// The object it is in, such as `ImageTagMirrorSet/lab`; `None` outside of any.
    pub object: Option<String>,
    /// The field it is about, such as `spec.imageTagMirrors[0].source`; empty for a whole object.
    pub path: String,
}

/// Most places of one sort that a finding tells, since a source can be in thousands of entries.
pub const PLACES_MAX: usize = 6;

impl Finding {
    /// Adds a place that helps to understand it.
    pub fn also(&mut self, span: Span, text: impl Into<String>) -> &mut Finding {
        let text = one_line(text.into());
        self.related.push(Label { span, text });
        self
    }

    /// Adds places of one sort that are not told yet, at most `PLACES_MAX`.
    ///
    /// Looks at no more of the places than it needs.
    pub fn also_each(&mut self, places: impl IntoIterator<Item = (Span, String)>) -> &mut Finding {
        let mut told: Set<Span> = self.related.iter().map(|label| label.span).collect();
        told.insert(self.span);
        let mut places = places
            .into_iter()
            .filter(|(span, _)| told.insert(*span))
            .peekable();
        let mut n_told = 0;
        while let Some((span, text)) = places.next() {
            n_told += 1;
            if n_told == PLACES_MAX && places.peek().is_some() {
                return self.also(span, format!("{text}, and so at more places"));
            }
            self.also(span, text);
        }
        self
    }

    /// Says what to do.
    pub fn help(&mut self, text: impl Into<String>) -> &mut Finding {
        self.help = Some(one_line(text.into()));
        self
    }

    /// Says what would mend it.
    pub fn fix(
        &mut self,
        title: impl Into<String>,
        safety: Safety,
        edits: Vec<Edit>,
    ) -> &mut Finding {
        self.fix = Some(Fix::new(title, safety, edits));
        self
    }

    /// Matters more or less than the rule's other findings.
    pub fn severity(&mut self, severity: Severity) -> &mut Finding {
        self.severity = severity;
        self
    }
}

/// How far a fix may be trusted; more is less safe.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Safety {
    /// Nothing that works changes what it means; fit to be applied unseen.
    Safe,
    /// What the author meant is a guess, or pulls may change; for a person to look at.
    Unsafe,
}

impl Safety {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        }
    }
}

/// What would mend a finding: edits of the input, to be applied all or none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, as an order: "write `quay.io/org`"; one line.
    pub title: String,
    /// How far it may be trusted.
    pub safety: Safety,
    /// What changes, by place; no two touch.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix of edits by place, no two of which touch.
    pub fn new(title: impl Into<String>, safety: Safety, edits: Vec<Edit>) -> Fix {
        Fix {
            title: one_line(title.into()),
            safety,
            edits,
        }
    }
}

/// One change of bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// What goes; empty where something is only put in.
    pub span: Span,
    /// What comes instead, as it is to stand in the file.
    pub text: String,
}

/// A text with control characters written as in Rust, since they could break its line.
pub(crate) fn one_line(text: String) -> String {
    // Most texts are plain, which shows faster.
    if is_printable(text.as_bytes()) || !text.contains(char::is_control) {
        return text;
    }
    let escaped = text.chars().map(|character| match character {
        character if character.is_control() => escaped(character),
        character => character.to_string(),
    });
    escaped.collect()
}

/// A control character as Rust writes it.
fn escaped(control: char) -> String {
    match control {
        '\0' => "\\0".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        // `escape_debug` would do all of it, and bring tables of what else it escapes.
        _ => format!("\\u{{{:x}}}", u32::from(control)),
    }
}

/// A place that helps to understand a finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there.
    pub text: String,
}
