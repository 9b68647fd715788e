//! Fixes of made-up findings: each word of a text may be one, with a fix that holds or does not.

use super::*;
use crate::openshift::OpenShift;

/// Finds words: `bad` becomes `good`, `worse` becomes `bad`, `stuck` stays as it is, `evil` brings
/// a word `grave`, `left` and `right` become each other, `tear` becomes what cannot be read, `far`
/// would change what is not there, and `mild` brings `note`, which matters less. `unsafe` has an
/// unsafe fix, and `both` two edits. Words stand in the values of a mapping.
fn find(model: &Model) -> Vec<Finding> {
    let file = model.files.ids().next().expect("there is a file");
    let text = model.files.text(file);
    let mut findings = Vec::new();
    for (at, _) in text.match_indices(|character: char| character.is_ascii_lowercase()) {
        let is_start = text[..at].ends_with(' ');
        let word = text[at..].split(['\n', ' ']).next().unwrap_or_default();
        let new = match word {
            "bad" => "good",
            "worse" => "bad",
            "stuck" => "stuck",
            "evil" => "grave",
            "left" => "right",
            "right" => "left",
            "tear" => "[",
            "mild" => "note",
            "unsafe" | "both" | "far" => "good",
            "grave" | "note" => "",
            _ => continue,
        };
        if !is_start {
            continue;
        }
        let span = Span::new(file, at, at + word.len());
        let safety = match word {
            "unsafe" => Safety::Unsafe,
            _ => Safety::Safe,
        };
        let mut edits = vec![Edit {
            span,
            text: new.to_owned(),
        }];
        match word {
            "both" => edits.push(Edit {
                span: Span::new(file, text.len(), text.len()),
                text: "b: c\n".to_owned(),
            }),
            "far" => edits[0].span = Span::new(file, at, text.len() + 1),
            _ => {}
        }
        findings.push(Finding {
            rule: "word",
            code: "PP000",
            severity: match word {
                "note" => Severity::Info,
                _ => Severity::Warning,
            },
            message: word.to_owned(),
            span,
            related: Vec::new(),
            help: None,
            fix: (!new.is_empty()).then(|| Fix {
                title: String::new(),
                safety,
                edits,
            }),
            object: None,
            path: String::new(),
        });
    }
    findings
}

fn fixed(text: &str, safety: Safety) -> (String, Fixed) {
    let mut files = Files::new();
    let inputs = [files.add("a.yaml", text)];
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let fixed = fix(&Job {
        files: &files,
        inputs: &inputs,
        settings: &settings,
        combine: &together,
        find: &find,
        safety,
    });
    (fixed.model.files.text(inputs[0]).to_owned(), fixed)
}

/// `a: bad` and so on, one on each line.
fn lines(words: &[&str]) -> String {
    let lines = words.iter().enumerate();
    let lines = lines.map(|(idx, word)| format!("K{idx}: {word}\n"));
    lines.collect()
}

fn withheld(fixed: &Fixed) -> Vec<(&str, String)> {
    let withheld = fixed.withheld.iter();
    let told = |it: &Withheld| it.reason.to_string();
    withheld
        .map(|it| (it.finding.message.as_str(), told(it)))
        .collect()
}

#[test]
fn what_holds_is_applied_and_the_rest_withheld() {
    const REMAINS: &str = "it would not be enough";
    type Case = (
        &'static [&'static str],
        &'static [&'static str],
        &'static [(&'static str, &'static str)],
    );
    let cases: [Case; 9] = [
        (&["x"], &["x"], &[]),
        (&["bad", "x", "bad"], &["good", "x", "good"], &[]),
        (&["worse"], &["worse"], &[("worse", "with it, bad")]),
        (&["stuck", "bad"], &["stuck", "good"], &[("stuck", REMAINS)]),
        (
            &["bad", "evil", "bad", "stuck", "bad"],
            &["good", "evil", "good", "stuck", "good"],
            &[("evil", "with it, grave"), ("stuck", REMAINS)],
        ),
        (
            &["tear", "bad"],
            &["tear", "good"],
            &[("tear", "the text could not be read with it")],
        ),
        (
            &["far", "bad"],
            &["far", "good"],
            &[("far", "it would change what is no input")],
        ),
        (&["mild"], &["note"], &[]),
        (&["unsafe", "bad"], &["unsafe", "good"], &[]),
    ];
    for (before, after, expected) in cases {
        let (text, fixed) = fixed(&lines(before), Safety::Safe);
        assert_eq!(text, lines(after), "{before:?}");
        let expected: Vec<_> = expected
            .iter()
            .map(|(word, why)| (*word, (*why).to_owned()))
            .collect();
        assert_eq!(withheld(&fixed), expected, "{before:?}");
        let n_fixed = before
            .iter()
            .zip(after)
            .filter(|(old, new)| old != new)
            .count();
        assert_eq!(fixed.applied.len(), n_fixed, "{before:?}");
        assert_eq!(fixed.findings, find(&fixed.model));
    }
    let (text, _) = fixed(&lines(&["unsafe", "bad"]), Safety::Unsafe);
    assert_eq!(text, lines(&["good", "good"]));
}

#[test]
fn edits_that_touch_wait_for_each_other() {
    let (text, fixed) = fixed("K0: both\nK1: both\n", Safety::Safe);
    assert_eq!(text, "K0: good\nK1: good\nb: c\nb: c\n");
    assert_eq!(fixed.applied.len(), 2);
}

#[test]
fn what_goes_round_in_circles_ends() {
    let (text, fixed) = fixed(&lines(&["left"]), Safety::Safe);
    // Each round swaps the word, which is another finding every time.
    assert_eq!(withheld(&fixed), [("left", "with it, right".to_owned())]);
    assert_eq!(text, lines(&["left"]));
}

#[test]
fn rounds_are_bounded() {
    for (n_fixes, n_left) in [(ROUNDS_MAX, 0), (ROUNDS_MAX + 1, 1)] {
        let (_, fixed) = fixed(&lines(&vec!["both"; n_fixes]), Safety::Safe);
        assert_eq!(fixed.applied.len(), n_fixes - n_left);
        let unverified: Vec<&Reason> = fixed.withheld.iter().map(|it| &it.reason).collect();
        assert_eq!(unverified, vec![&Reason::NotVerified; n_left]);
    }
}

#[test]
fn verifications_are_bounded() {
    // A whole tree of halves has one more node than two for each leaf.
    let n_stuck = VERIFICATIONS_MAX / 2;
    for (n_stuck, is_bounded) in [(n_stuck, false), (n_stuck + 1, true)] {
        let (text, fixed) = fixed(&lines(&vec!["stuck"; n_stuck]), Safety::Safe);
        let is_unverified = |it: &Withheld| it.reason == Reason::NotVerified;
        assert_eq!(fixed.withheld.len(), n_stuck);
        assert_eq!(fixed.withheld.iter().any(is_unverified), is_bounded);
        assert_eq!(text, lines(&vec!["stuck"; n_stuck]));
    }
}
