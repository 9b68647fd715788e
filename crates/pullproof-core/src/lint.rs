//! Rules: each looks at the model and says what it finds, in words.

use crate::file::Span;
use crate::finding::{Finding, Severity, one_line};
use crate::model::Model;

pub(crate) mod field;
mod form;
mod origins;
pub mod rules;
pub(crate) mod words;

/// One thing that is looked for.
pub struct Rule {
    /// Reads well after "allow" and names the pattern: `self-mirror`.
    pub id: &'static str,
    /// `PP` and three digits; never used again once a rule is gone.
    pub code: &'static str,
    /// How much its findings matter, unless one says otherwise.
    pub severity: Severity,
    /// The project's version that had it first.
    pub since: &'static str,
    /// The page: what, why, bad and good examples, which a test runs.
    pub page: &'static str,
    /// Looks for it.
    pub check: fn(&Model, &mut Emit<'_>),
}

impl Rule {
    /// The page's first paragraph, as one line.
    pub fn summary(&self) -> String {
        summary(self.page)
    }
}

/// The first paragraph of a rule's page, as one line.
pub(crate) fn summary(page: &str) -> String {
    let body = page
        .lines()
        .skip_while(|line| line.starts_with('#') || line.is_empty());
    body.take_while(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Takes the findings of one rule.
pub struct Emit<'a> {
    rule: &'static Rule,
    model: &'a Model,
    findings: Vec<Finding>,
}

impl Emit<'_> {
    /// Adds a finding of the rule's severity.
    pub fn add(&mut self, span: Span, message: impl Into<String>) -> &mut Finding {
        let (object, path) = match self.model.locate(span) {
            Some((object, path)) => (Some(object), path),
            None => (None, String::new()),
        };
        self.findings.push(Finding {
            rule: self.rule.id,
            code: self.rule.code,
            severity: self.rule.severity,
            message: one_line(message.into()),
            span,
            related: Vec::new(),
            help: None,
            object,
            path,
        });
        self.findings.last_mut().expect("one was just added")
    }
}

/// What the rules find, by place, then rule.
pub fn run(model: &Model, rules: &[&'static Rule]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in rules {
        let mut emit = Emit {
            rule,
            model,
            findings: Vec::new(),
        };
        (rule.check)(model, &mut emit);
        findings.append(&mut emit.findings);
    }
    findings.sort_by(|left, right| {
        let key = |finding: &Finding| (finding.span, finding.code);
        key(left)
            .cmp(&key(right))
            .then_with(|| left.message.cmp(&right.message))
    });
    findings.dedup();
    findings
}
