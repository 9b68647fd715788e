//! `unknown-ignored-rule`: a comment or annotation that names a rule that does not exist.

use super::ALL;
use crate::finding::{Edit, Safety, Severity};
use crate::lint::card::{Card, Releases, page};
use crate::lint::ignores::is_name_of;
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::nearest::nearest;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unknown-ignored-rule",
        code: "PP092",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Unsafe),
        page: page!("unknown_ignored_rule.md"),
    },
    looks_at: Subject::Ignores,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for ignore in &model.ignores.ignores {
        for name in &ignore.names {
            let is_it = |rule: &&Rule| is_name_of(&name.value, rule.card.id, rule.card.code);
            if ALL.iter().any(is_it) {
                continue;
            }
            let known = ALL.iter().flat_map(|rule| [rule.card.id, rule.card.code]);
            let message = format!("no rule is called {}", code(&name.value));
            let finding = emit.add(name.span, message);
            let Some(meant) = nearest(&name.value, known) else {
                finding.help("`pullproof explain` lists the rules");
                continue;
            };
            finding.help(format!("did you mean `{meant}`?"));
            if ignore.list.is_some() {
                let edit = Edit {
                    span: name.span,
                    text: meant.to_owned(),
                };
                finding.fix(format!("write `{meant}`"), Safety::Unsafe, vec![edit]);
            }
        }
    }
}
