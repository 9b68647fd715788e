//! `unused-ignore`: a comment or annotation that is to leave findings out where there are none.

use super::ALL;
use crate::finding::{Edit, Safety, Severity};
use crate::ignore::Ignore;
use crate::lint::card::{Card, Releases, page};
use crate::lint::ignores::{first_in, is_about, is_looked_for, is_name_of, sees_all};
use crate::lint::words::codes;
use crate::lint::{Emit, Rule, Subject, run};
use crate::model::Model;
use crate::order;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unused-ignore",
        code: "PP093",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: Some(Safety::Safe),
        page: page!("unused_ignore.md"),
    },
    looks_at: Subject::Ignores,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let ignores = &model.ignores.ignores;
    if ignores.is_empty() || !sees_all(model) {
        return;
    }
    // The names of each that leave nothing out, as indices.
    let mut unused: Vec<Vec<usize>> = vec![Vec::new(); ignores.len()];
    for rule in ALL {
        let is_name = |name: &str| is_name_of(name, rule.card.id, rule.card.code);
        let named = ignores.iter().enumerate().flat_map(|(ignore_idx, ignore)| {
            let names = ignore.names.iter().enumerate();
            let names = names.filter(|(_, name)| ignore.has_reason() && is_name(&name.value));
            names.map(move |(name_idx, _)| (ignore_idx, name_idx))
        });
        let mut named = named.peekable();
        if named.peek().is_none() {
            continue;
        }
        let findings = match is_looked_for(rule, model) {
            true => run(model, &[rule]),
            // Whether it finds something for another release is not known here.
            false if !is_about(&rule.card) => continue,
            false => Vec::new(),
        };
        for (ignore_idx, name_idx) in named {
            let ignore = &ignores[ignore_idx];
            let first = findings.get(first_in(ignore, &findings));
            if !first.is_some_and(|finding| ignore.covers(finding.span)) {
                unused[ignore_idx].push(name_idx);
            }
        }
    }
    for (ignore, mut unused) in ignores.iter().zip(unused) {
        if !unused.is_empty() {
            order::sort(&mut unused);
            tell(ignore, &unused, emit);
        }
    }
}

fn tell(ignore: &Ignore, unused: &[usize], emit: &mut Emit<'_>) {
    let names = unused.iter().map(|idx| ignore.names[*idx].value.as_str());
    let names = codes(names);
    let finding = emit.add(
        ignore.span,
        format!("there are no findings of {names} here to leave out"),
    );
    let kept = ignore.names.iter().enumerate();
    let kept: Vec<&str> = kept
        .filter(|(idx, _)| !unused.contains(idx))
        .map(|(_, name)| name.value.as_str())
        .collect();
    let (edit, title) = match (ignore.removal, ignore.list, kept.is_empty()) {
        (Some(span), _, true) => {
            let text = String::new();
            (Edit { span, text }, "remove the comment".to_owned())
        }
        (_, Some(span), false) => {
            let text = kept.join(", ");
            (
                Edit { span, text },
                format!("leave {names} out of the comment"),
            )
        }
        _ => {
            finding.help(format!("take {names} out of the annotation"));
            return;
        }
    };
    finding.fix(title, Safety::Safe, vec![edit]);
}
