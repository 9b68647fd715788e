//! Every rule about changes, by code: a file each, with its page beside it.

use super::change::Change;
use crate::compare::ChangedPull;
use crate::file::Span;
use crate::finding::{Finding, Label, one_line};
use crate::lint::card::Card;
use crate::lint::words::{codes, push_code};
use crate::model::Model;
use crate::reference::{digest_start, without_witness_end};
use crate::regions::Extent;
use crate::registries::entry::Registry;

mod changed_pull;
mod dropped_field;
mod failing_pull;
mod node_effect;
mod stuck_cluster;

/// Every rule about changes, by code.
pub static ALL: &[&ChangeRule] = &[
    &node_effect::RULE,
    &failing_pull::RULE,
    &changed_pull::RULE,
    &dropped_field::RULE,
    &stuck_cluster::RULE,
];

/// One thing that a change may do.
pub struct ChangeRule {
    /// What there is to say of it.
    pub card: Card,
    /// Looks for it.
    check: fn(&Change<'_>, &mut Emit<'_>),
}

/// Takes the findings of one rule.
struct Emit<'a> {
    rule: &'static ChangeRule,
    change: &'a Change<'a>,
    findings: Vec<Finding>,
}

impl Emit<'_> {
    /// Adds a finding of the rule's severity.
    fn add(&mut self, span: Span, message: impl Into<String>) -> &mut Finding {
        let objects = [&self.change.object, &self.change.old_object];
        let mut objects = objects.into_iter().flatten();
        let located = objects.find_map(|judged| judged.locate(span));
        // Of a delete the server may not send the object.
        let located = located.or_else(|| self.change.before().locate(span));
        let (object, path) = match located {
            Some((object, path)) => (Some(object), path),
            None => (None, String::new()),
        };
        self.findings.push(Finding {
            rule: self.rule.card.id,
            code: self.rule.card.code,
            severity: self.rule.card.severity,
            message: one_line(message.into()),
            span,
            related: Vec::<Label>::new(),
            help: None,
            fix: None,
            object,
            path,
        });
        self.findings.last_mut().expect("one was just added")
    }
}

/// What the rules find, by code.
pub(super) fn run(change: &Change<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in ALL {
        let mut emit = Emit {
            rule,
            change,
            findings: Vec::new(),
        };
        (rule.check)(change, &mut emit);
        findings.append(&mut emit.findings);
    }
    findings
}

/// Whether people pull what a witness stands for.
///
/// What is on another port of a host, or is a host's only component, is hardly ever a repository.
fn is_common(pull: &ChangedPull) -> bool {
    const SLASHES_MIN: usize = 2;
    match pull.extent {
        Extent::Below | Extent::ShortName => true,
        Extent::Itself => {
            let slashes = pull.witness.bytes().filter(|byte| *byte == b'/');
            SLASHES_MIN <= slashes.count()
        }
        Extent::Port | Extent::Long | Extent::Hostless => false,
    }
}

/// Whether a witness stands for pulls by digest.
fn is_by_digest(pull: &ChangedPull) -> bool {
    digest_start(&pull.witness).is_some()
}

/// Witnesses in a row, each name once: "pulls by digest such as `a`, `b`, 2 more".
fn names(pulls: &[&ChangedPull]) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut seen = crate::sorted::Set::new();
    for name in pulls.iter().map(|pull| without_witness_end(&pull.witness)) {
        if seen.insert(name) {
            names.push(name);
        }
    }
    let form = match pulls.iter().all(|pull| is_by_digest(pull)) {
        true => " by digest",
        false => "",
    };
    format!("pulls{form} such as {}", codes(names.iter().copied()))
}

/// What happens to a pull, such as "`q.io/a` by digest: first `m.io/a`, then `q.io/a`".
fn story(pull: &ChangedPull) -> String {
    const STORY_BYTES: usize = 256;
    let mut story = String::with_capacity(STORY_BYTES);
    push_code(without_witness_end(&pull.witness), &mut story);
    if is_by_digest(pull) {
        story.push_str(" by digest");
    }
    match pull.is_let_in {
        [false, true] => story.push_str(" was refused by policy.json"),
        _ => {
            story.push_str(" went to ");
            push_endpoints(&pull.before, &mut story);
        }
    }
    match pull.is_let_in {
        [true, false] => story.push_str(" and will be refused by policy.json"),
        _ => {
            story.push_str(" and will go to ");
            push_endpoints(&pull.after, &mut story);
        }
    }
    story
}

fn push_endpoints(tried: &[String], story: &mut String) {
    for (idx, text) in tried.iter().enumerate() {
        if 0 < idx {
            story.push_str(", then ");
        }
        push_code(without_witness_end(text), story);
    }
    if tried.is_empty() {
        story.push_str("nothing");
    }
}

/// Where a pull's change comes from: the entry that will govern it, else the one that did.
fn place_of(change: &Change<'_>, pull: &ChangedPull) -> Option<Span> {
    let first = |model: &Model, id| {
        let registry: &Registry = model.loaded()?.registry(id);
        registry.origins.first().map(|origin| origin.span)
    };
    let after = || first(change.after(), pull.entry_after?);
    let before = || first(change.before(), pull.entry_before?);
    after().or_else(before)
}

/// Pulls as places to look at, the finding's own place where there is no better.
fn stories(change: &Change<'_>, pulls: &[&ChangedPull], elsewhere: Span) -> Vec<Label> {
    let labels = pulls.iter().take(WITNESSES_MAX).map(|pull| Label {
        span: place_of(change, pull).unwrap_or(elsewhere),
        // References have no characters that could break a line.
        text: story(pull),
    });
    labels.collect()
}

/// Most pulls that one finding tells; the others are counted.
const WITNESSES_MAX: usize = 6;
