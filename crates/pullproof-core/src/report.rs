//! What a run has to tell, in the form that somebody reads; hosts only write it out.

use crate::file::{FileId, Files};
use crate::finding::{Finding, Severity};
use crate::lint::card::Card;
use crate::model::Model;
use serde::Serialize;
use std::collections::BTreeSet;

mod fingerprint;
mod xml;

pub mod catalogue;
pub mod checkstyle;
pub mod compact;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod jsonl;
pub mod junit;
pub mod markdown;
pub mod path;
pub mod rdjson;
pub mod sarif;

/// The name of the program, as reports give it.
const PROGRAM: &str = "pullproof";

/// The version of the program, as reports give it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The rule that reports name where an input could not be read at all.
const UNREADABLE_INPUT: &str = "unreadable-input";

/// What one run has to tell; every form is made from this.
pub struct Run<'a> {
    /// The texts that spans are in.
    pub files: &'a Files,
    /// Which of the texts were looked at, in order; the others are what was made of them.
    pub inputs: &'a [FileId],
    /// What could not be read.
    pub unreadable: &'a [Unreadable],
    /// What was found, by place.
    pub findings: &'a [Finding],
    /// What was found, but nobody wants to be told.
    pub suppressed: &'a [Suppressed],
    /// The least severity that makes the run fail.
    pub fail_on: Severity,
    /// Every rule that was asked, by code.
    pub cards: &'a [&'static Card],
    /// What the inputs mean; `None` where a report does without.
    pub model: Option<&'a Model>,
}

/// An input that could not be read at all.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Unreadable {
    /// Its name.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// A finding that somebody decided not to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suppressed {
    /// What was found.
    pub finding: Finding,
    /// Where it was decided.
    pub by: SuppressedBy,
    /// Why, in the words of who decided.
    pub reason: String,
}

/// Where it was decided that a finding is not told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SuppressedBy {
    /// In the input, beside what the finding is about.
    Input,
    /// Elsewhere: in a configuration or a list of what was known before.
    Configuration,
}

impl Run<'_> {
    /// A run of which only the findings are known.
    pub fn of<'a>(files: &'a Files, findings: &'a [Finding]) -> Run<'a> {
        Run {
            files,
            inputs: &[],
            unreadable: &[],
            findings,
            suppressed: &[],
            fail_on: Severity::Error,
            cards: &[],
            model: None,
        }
    }

    /// How many findings have a severity.
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// How many objects are of kinds that rules look at.
    pub fn n_objects(&self) -> usize {
        let n_objects = |model: &Model| model.objects.len() - model.beside.others.len();
        self.model.map_or(0, n_objects)
    }

    /// How many registries.conf files were judged, drop-ins among them.
    pub fn n_confs(&self) -> usize {
        let confs = self.model.map_or(&[][..], |model| &model.confs);
        confs.iter().map(|set| set.files.len()).sum()
    }

    /// Whether the inputs hold nothing that any rule judges.
    pub fn is_empty(&self) -> bool {
        let mappings = self.model.map_or(&[][..], |model| &model.beside.mappings);
        let is_without_files = self.n_confs() == 0 && mappings.is_empty();
        self.n_objects() == 0 && is_without_files && self.findings.is_empty()
    }

    /// The run in a line: "1 error, 2 notes in 3 objects of 2 files".
    pub fn headline(&self) -> String {
        let counts: Vec<String> = Severity::ALL
            .into_iter()
            .rev()
            .map(|severity| (self.count(severity), severity))
            .filter(|(n, _)| 0 < *n)
            .map(|(n, severity)| plural(n, noun(severity)))
            .collect();
        let counts = match counts.is_empty() {
            true => "no findings".to_owned(),
            false => counts.join(", "),
        };
        let files = plural(self.inputs.len(), "file");
        let mut text = format!("{counts} in {} of {files}", self.looked_at());
        let suppressed = [
            (SuppressedBy::Input, "ignored"),
            (SuppressedBy::Configuration, "in the baseline"),
        ];
        for (by, verb) in suppressed {
            let n = self.suppressed.iter().filter(|it| it.by == by).count();
            if 0 < n {
                text.push_str(&format!("; {n} {verb}"));
            }
        }
        text
    }

    /// What was judged: "2 objects and 1 registries.conf".
    fn looked_at(&self) -> String {
        let objects = plural(self.n_objects(), "object");
        // The name stands for each, drop-ins among them.
        match (self.n_objects(), self.n_confs()) {
            (_, 0) => objects,
            (0, confs) => format!("{confs} registries.conf"),
            (_, confs) => format!("{objects} and {confs} registries.conf"),
        }
    }

    /// Every input, and every other text that something was found in, in order.
    fn files_to_tell(&self) -> BTreeSet<FileId> {
        let found = self.findings.iter().map(|finding| finding.span.file);
        self.inputs.iter().copied().chain(found).collect()
    }

    /// The findings of one file, by place.
    fn findings_in(&self, file: FileId) -> impl Iterator<Item = &Finding> {
        let start = self
            .findings
            .partition_point(|finding| finding.span.file < file);
        let findings = self.findings[start..].iter();
        findings.take_while(move |finding| finding.span.file == file)
    }
}

/// What a finding of a severity is called.
fn noun(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A number of things: "1 file", "2 files".
pub fn plural(n: usize, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

/// A value as JSON over several lines, ending with a newline.
fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("plain data is always JSON");
    text.push('\n');
    text
}

/// What there is to say of a finding, each on a line: the message, further places, what to do.
fn paragraph(files: &Files, finding: &Finding) -> String {
    let mut text = finding.message.clone();
    for label in &finding.related {
        let place = compact::place(files, label.span);
        text.push_str(&format!("\n{place}: {}", label.text));
    }
    if let Some(help) = &finding.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    if let Some(fix) = &finding.fix {
        text.push_str(&format!("\n{} fix: {}", fix.safety.name(), fix.title));
    }
    text
}
