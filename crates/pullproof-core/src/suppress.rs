//! What the rules find, parted by what the inputs say is to be left out.
//!
//! Findings about such sayings themselves are never left out by them.

use crate::file::Span;
use crate::finding::Finding;
use crate::ignore::Ignore;
use crate::lint::{self, Rule};
use crate::model::Model;

/// What the rules find.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Outcome {
    /// What is to be told, by place, then rule.
    pub findings: Vec<Finding>,
    /// The others, in the same order.
    pub ignored: Vec<Ignored>,
}

/// A finding that an input says is to be left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ignored {
    /// The finding.
    pub finding: Finding,
    /// Why, as the input says.
    pub reason: String,
    /// Where it says so.
    pub span: Span,
}

/// Lets the rules look, and parts what they find.
pub fn run(model: &Model, rules: &[&'static Rule]) -> Outcome {
    let findings = lint::run(model, rules);
    let ignores = &model.ignores.ignores;
    if ignores.is_empty() {
        let ignored = Vec::new();
        return Outcome { findings, ignored };
    }
    // Of several that say the same the last counts, which is the closest.
    let mut said: Vec<Option<&Ignore>> = vec![None; findings.len()];
    for ignore in ignores.iter().filter(|ignore| ignore.has_reason()) {
        let places = &findings[lint::ignores::first_in(ignore, &findings)..];
        let first = findings.len() - places.len();
        for (idx, finding) in places.iter().enumerate() {
            if !ignore.covers(finding.span) {
                break;
            }
            if lint::ignores::names_any(ignore, finding) {
                said[first + idx] = Some(ignore);
            }
        }
    }
    let mut outcome = Outcome::default();
    for (finding, ignore) in findings.into_iter().zip(said) {
        match ignore {
            None => outcome.findings.push(finding),
            Some(ignore) => outcome.ignored.push(Ignored {
                finding,
                reason: ignore.reason.clone(),
                span: ignore.span,
            }),
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Files;
    use crate::lint::rules;
    use crate::model::Settings;
    use crate::openshift::OpenShift;

    const OBJECT: &str = "apiVersion: config.openshift.io/v1\n\
        kind: ImageTagMirrorSet\n\
        metadata:\n  name: lab\n\
        spec:\n  imageTagMirrors:\n\
        \x20 - source: quay.io/org\n    mirrors: [quay.io/org, m.com/org]\n\
        \x20 - source: quay.io/other\n    mirrors: [quay.io/other, m.com/other]\n";

    /// Rule and line of what is kept, then rule, line and reason of what is not.
    fn check(text: &str, kept: &[&str], ignored: &[&str]) {
        let mut files = Files::new();
        let file = files.add("input.yaml", text);
        let settings = Settings {
            version: OpenShift::NEWEST,
            release_image: None,
        };
        let model = Model::build(&mut files, &[file], &settings);
        let outcome = run(&model, rules::ALL);
        let told = |finding: &Finding| {
            let position = files.position(finding.span.file, finding.span.start);
            format!("{} {}", finding.rule, position.line)
        };
        let found: Vec<String> = outcome.findings.iter().map(told).collect();
        assert_eq!(found, kept, "{text}");
        let found = outcome.ignored.iter();
        let found: Vec<String> = found
            .map(|ignored| format!("{} {}", told(&ignored.finding), ignored.reason))
            .collect();
        assert_eq!(found, ignored, "{text}");
    }

    #[test]
    fn what_is_covered_and_named_is_left_out() {
        check(OBJECT, &["self-mirror 8", "self-mirror 10"], &[]);
        let put = |before: &str, comment: &str| {
            OBJECT.replacen(
                before,
                &format!("# pullproof: ignore{comment}\n{before}"),
                1,
            )
        };
        let second = "  - source: quay.io/other";
        check(
            &put(second, "[self-mirror] why"),
            &["self-mirror 8"],
            &["self-mirror 11 why"],
        );
        check(
            &put(second, "[pp007] why"),
            &["self-mirror 8"],
            &["self-mirror 11 why"],
        );
        check(
            &put("apiVersion", "[self-mirror] why"),
            &[],
            &["self-mirror 9 why", "self-mirror 11 why"],
        );
        check(
            &put("apiVersion", "-file[self-mirror] why"),
            &[],
            &["self-mirror 9 why", "self-mirror 11 why"],
        );
        // Of no account: no reason, another rule, nothing of the kind.
        check(
            &put(second, "[self-mirror]"),
            &["self-mirror 8", "ignore-without-reason 9", "self-mirror 11"],
            &[],
        );
        check(
            &put(second, "[dotless-host] why"),
            &["self-mirror 8", "unused-ignore 9", "self-mirror 11"],
            &[],
        );
        check(
            &put(second, "[self-miror] why"),
            &["self-mirror 8", "unknown-ignored-rule 9", "self-mirror 11"],
            &[],
        );
        check(
            &put(second, " self-mirror why"),
            &["self-mirror 8", "malformed-ignore 9", "self-mirror 11"],
            &[],
        );
    }

    #[test]
    fn the_closest_gives_the_reason() {
        let text = OBJECT.replacen(
            "apiVersion",
            "# pullproof: ignore[self-mirror] all\napiVersion",
            1,
        );
        let text = text.replacen(
            "m.com/org]",
            "m.com/org] # pullproof: ignore[self-mirror] this",
            1,
        );
        check(&text, &[], &["self-mirror 9 this", "self-mirror 11 all"]);
    }

    #[test]
    fn what_is_about_sayings_is_never_left_out() {
        let text = OBJECT.replacen(
            "apiVersion",
            "# pullproof: ignore-file[unused-ignore, PP007] why\n\
             # pullproof: ignore-file[dotless-host] why\napiVersion",
            1,
        );
        check(
            &text,
            &["unused-ignore 1", "unused-ignore 2"],
            &["self-mirror 10 why", "self-mirror 12 why"],
        );
    }

    #[test]
    fn an_annotation_counts_for_its_object() {
        let annotation =
            "  name: lab\n  annotations:\n    pullproof.dev/ignore: \"self-mirror: why\"\n";
        let text = OBJECT.replacen("  name: lab\n", annotation, 1);
        check(&text, &[], &["self-mirror 10 why", "self-mirror 12 why"]);
    }
}
