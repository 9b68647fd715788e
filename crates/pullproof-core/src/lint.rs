//! Rules: each looks at the model and says what it finds, in words.

use crate::file::Span;
use crate::finding::{Finding, one_line};
use crate::model::Model;
use crate::order;
use card::Card;
pub use subject::Subject;

pub mod card;
mod conf;
mod credential;
pub(crate) mod edits;
pub(crate) mod field;
mod form;
pub(crate) mod ignores;
pub mod introduced;
mod mend;
mod origins;
mod own_registry;
mod registry_operator;
pub mod rules;
mod subject;
mod unclosed;
pub(crate) mod words;

/// One thing that is looked for.
pub struct Rule {
    /// What there is to say of it.
    pub card: Card,
    /// What it looks at.
    pub looks_at: Subject,
    /// Looks for it.
    pub check: fn(&Model, &mut Emit<'_>),
}

/// Takes the findings of one rule.
pub struct Emit<'a> {
    rule: &'static Rule,
    /// What is looked at.
    pub(crate) model: &'a Model,
    findings: Vec<Finding>,
}

impl Emit<'_> {
    /// Adds a finding of the rule's severity.
    #[cold]
    #[inline(never)]
    pub fn add(&mut self, span: Span, message: impl Into<String>) -> &mut Finding {
        let (object, path) = match self.model.locate(span) {
            Some((object, path)) => (Some(object).filter(|it| !it.is_empty()), path),
            None => (None, String::new()),
        };
        self.findings.push(Finding {
            rule: self.rule.card.id,
            code: self.rule.card.code,
            severity: self.rule.card.severity,
            message: one_line(message.into()),
            span,
            related: Vec::new(),
            help: None,
            fix: None,
            object,
            path,
        });
        self.findings.last_mut().expect("one was just added")
    }
}

/// What the rules find, by place, then rule.
pub fn run(model: &Model, rules: &[&'static Rule]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let applies = |rule: &&&'static Rule| rule.card.releases.contains(model.version);
    for rule in rules.iter().filter(applies) {
        let is_asked = rule.looks_at.is_in(model);
        // Where code is checked while it runs, a rule has to be right about what it looks at.
        if !is_asked && !cfg!(debug_assertions) {
            continue;
        }
        let mut emit = Emit {
            rule,
            model,
            findings: Vec::new(),
        };
        (rule.check)(model, &mut emit);
        debug_assert!(
            is_asked || emit.findings.is_empty(),
            "`{}` finds what it does not look at",
            rule.card.id
        );
        findings.append(&mut emit.findings);
    }
    order::sort_by(&mut findings, |left, right| {
        let key = |finding: &Finding| (finding.span, finding.code);
        key(left)
            .cmp(&key(right))
            .then_with(|| left.message.cmp(&right.message))
    });
    findings.dedup();
    findings
}
