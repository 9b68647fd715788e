//! How comments and annotations that leave findings out stand to rules.

use super::Rule;
use super::card::Card;
use crate::finding::Finding;
use crate::ignore::Ignore;
use crate::model::Model;

/// What the codes of rules about such comments and annotations start with.
const ABOUT: &str = "PP09";

/// Whether a rule is about such comments and annotations, and so is never left out by them.
pub(super) fn is_about(card: &Card) -> bool {
    card.code.starts_with(ABOUT)
}

/// Whether a name is a rule's id or code.
pub(crate) fn is_name_of(name: &str, id: &str, code: &str) -> bool {
    name == id || name.eq_ignore_ascii_case(code)
}

/// Whether one of the names is that of the rule that has a finding.
pub(crate) fn names_any(ignore: &Ignore, finding: &Finding) -> bool {
    let mut names = ignore.names.iter();
    !finding.code.starts_with(ABOUT)
        && names.any(|name| is_name_of(&name.value, finding.rule, finding.code))
}

/// The index of the first finding that may be covered, where findings stand by place.
pub(crate) fn first_in(ignore: &Ignore, findings: &[Finding]) -> usize {
    let covers = ignore.covers;
    findings.partition_point(|finding| {
        (finding.span.file, finding.span.start) < (covers.file, covers.start)
    })
}

/// Whether everything was read and nodes load it: else rules do not see all there is.
pub(super) fn sees_all(model: &Model) -> bool {
    let is_read = !model.problems.iter().any(|problem| problem.kind.is_fatal());
    is_read && model.loaded().is_some()
}

/// Whether a name is that of a rule that looks at the model's release.
pub(super) fn is_looked_for(rule: &Rule, model: &Model) -> bool {
    !is_about(&rule.card) && rule.card.releases.contains(model.version)
}
