//! Fixes of every rule, on every example of its page and on the same texts written otherwise:
//! what is fixed is gone, nothing as grave is new, and no byte beside the edits is another.

#![expect(clippy::unwrap_used, reason = "a page of another shape stops the test")]

use pullproof_core::document::plain::plain;
use pullproof_core::document::{self, Node, Value};
use pullproof_core::file::{FileId, Files};
use pullproof_core::finding::{Edit, Finding, Safety};
use pullproof_core::fix::{Fixed, Job, apply, fix};
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use std::collections::BTreeMap;

mod pages;

/// A text and what it is judged for.
#[derive(Clone)]
struct Example {
    rule: &'static str,
    /// Where its page has it, in bytes.
    at: usize,
    name: &'static str,
    text: String,
    /// The files beside it.
    others: Vec<(&'static str, String)>,
    settings: Settings,
}

/// The name of a block's file, by the first word of its info.
fn name(info: &str) -> &'static str {
    match info.split(' ').next() {
        Some("toml") => "registries.conf",
        Some("text") => "mapping.txt",
        _ => "input.yaml",
    }
}

/// Every Bad example; its info may name a release: `yaml openshift=4.15`.
fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    for rule in rules::ALL {
        let blocks = pages::blocks(rule.card.page, "## Bad");
        for blocks in blocks.split_inclusive(|block| block.info == "report") {
            let mut settings = Settings {
                version: OpenShift::NEWEST,
                release_image: None,
            };
            for word in blocks[0].info.split(' ') {
                match word.split_once('=') {
                    Some(("openshift", name)) => settings.version = OpenShift::parse(name).unwrap(),
                    Some(("release", image)) => settings.release_image = Some(image.to_owned()),
                    _ => {}
                }
            }
            let others = blocks[1..].iter().filter(|block| block.info != "report");
            examples.push(Example {
                rule: rule.card.id,
                at: blocks[0].start,
                name: name(blocks[0].info),
                text: blocks[0].text.to_owned(),
                others: others
                    .map(|block| (name(block.info), block.text.to_owned()))
                    .collect(),
                settings,
            });
        }
    }
    examples
}

fn find(model: &Model) -> Vec<Finding> {
    lint::run(model, rules::ALL)
}

fn read(example: &Example) -> (Files, FileId, Model) {
    let mut files = Files::new();
    let file = files.add(example.name, example.text.as_str());
    for (name, text) in &example.others {
        files.add(*name, text.as_str());
    }
    let before = files.clone();
    let inputs: Vec<FileId> = files.ids().collect();
    let model = Model::build(&mut files, &inputs, &example.settings);
    (before, file, model)
}

fn fixed(example: &Example, find: &dyn Fn(&Model) -> Vec<Finding>) -> Fixed {
    let (files, _, _) = read(example);
    let inputs: Vec<FileId> = files.ids().collect();
    fix(&Job {
        files: &files,
        inputs: &inputs,
        settings: &example.settings,
        combine: &pullproof_core::fix::together,
        find,
        safety: Safety::Unsafe,
    })
}

/// How often each finding is there, wherever in its lists.
fn counts(findings: &[Finding]) -> BTreeMap<(&str, &str), usize> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        *counts
            .entry((finding.rule, finding.message.as_str()))
            .or_default() += 1;
    }
    counts
}

/// Holds each fix of a text, alone, to what fixes promise; how many there are, and how many hold.
fn check(example: &Example) -> (usize, usize) {
    let (files, file, model) = read(example);
    let before = find(&model);
    let (mut n_fixes, mut n_held) = (0, 0);
    for (idx, finding) in before.iter().enumerate() {
        let Some(fix) = &finding.fix else {
            continue;
        };
        let is_here = fix.edits.iter().all(|edit| edit.span.file == file);
        assert!(is_here, "{}: {}", example.rule, finding.message);
        n_fixes += 1;
        let context = || {
            let Example { rule, at, text, .. } = example;
            format!("{rule}.md, byte {at}: {}\n{text}", finding.message)
        };
        let expected = spliced(&example.text, &fix.edits);
        let after = apply(&files, &fix.edits);
        assert_eq!(after.text(file), expected, "{}", context());
        let alone = |model: &Model| {
            let mut findings = find(model);
            let is_before = model.files.text(file) == example.text;
            for (other, finding) in findings.iter_mut().enumerate() {
                finding.fix.take_if(|_| !is_before || other != idx);
            }
            findings
        };
        let fixed = fixed(example, &alone);
        let text = fixed.model.files.text(file);
        if fixed.applied.is_empty() {
            assert_eq!(fixed.withheld.len(), 1, "{}", context());
            assert_eq!(text, example.text, "{}", context());
            continue;
        }
        n_held += 1;
        assert_eq!(text, expected, "{}", context());
        let n_fatal = |model: &Model| {
            model
                .problems
                .iter()
                .filter(|it| it.kind.is_fatal())
                .count()
        };
        assert!(n_fatal(&fixed.model) <= n_fatal(&model), "{}", context());
        assert!(
            model.objects.len() <= fixed.model.objects.len(),
            "{}",
            context()
        );
        let (old, new) = (counts(&before), counts(&fixed.findings));
        let key = (finding.rule, finding.message.as_str());
        assert!(
            new.get(&key).copied().unwrap_or(0) < old[&key],
            "{}",
            context()
        );
        // What nobody could read before may hold anything.
        if finding.rule != "unreadable-document" {
            for finding in fixed
                .findings
                .iter()
                .filter(|it| finding.severity <= it.severity)
            {
                let key = (finding.rule, finding.message.as_str());
                let n_before = old.get(&key).copied().unwrap_or(0);
                let is_smaller = finding.message.starts_with(|it: char| it.is_ascii_digit());
                assert!(
                    new[&key] <= n_before || is_smaller,
                    "{}: new in\n{}",
                    finding.message,
                    context()
                );
            }
            others_say_the_same(&model, &fixed.model, &fix.edits, &context());
        }
    }
    (n_fixes, n_held)
}

/// A text after edits, made from what is around them.
fn spliced(text: &str, edits: &[Edit]) -> String {
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.span.range(), &edit.text);
    }
    text
}

/// Objects without an edit are read as before.
fn others_say_the_same(before: &Model, after: &Model, edits: &[Edit], context: &str) {
    if before.objects.len() != after.objects.len() {
        return;
    }
    for (old, new) in before.objects.iter().zip(&after.objects) {
        let around = old.object.span();
        let has_edit = edits
            .iter()
            .any(|edit| around.start <= edit.span.end && edit.span.start <= around.end);
        if !has_edit {
            assert_eq!(
                plain(&old.object.root),
                plain(&new.object.root),
                "{context}"
            );
        }
    }
}

#[test]
fn cards_say_how_safe_fixes_are() {
    let mut worst: BTreeMap<&str, Option<Safety>> = BTreeMap::new();
    for example in examples() {
        let (_, _, model) = read(&example);
        for finding in find(&model) {
            let safety = finding.fix.as_ref().map(|fix| fix.safety);
            let worst = worst.entry(finding.rule).or_default();
            *worst = (*worst).max(safety);
        }
    }
    for rule in rules::ALL {
        let found = worst.get(rule.card.id).copied().flatten();
        assert_eq!(found, rule.card.fix, "{}", rule.card.id);
    }
}

#[test]
fn fixes_of_examples_keep_their_promise() {
    let (mut n_fixes, mut n_held) = (0, 0);
    for example in examples() {
        let (fixes, held) = check(&example);
        (n_fixes, n_held) = (n_fixes + fixes, n_held + held);
    }
    // Some examples have two things wrong, of which one shows once the other is fixed.
    assert!(
        30 <= n_fixes && n_fixes * 3 <= n_held * 4,
        "{n_held} of {n_fixes}"
    );
}

/// Small numbers, the same ones for a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        // From Knuth, MMIX.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }

    fn is_true(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// The places of scalars and where each stands alone on the rest of its line.
fn scalars(text: &str) -> Vec<std::ops::Range<usize>> {
    fn collect(node: &Node, found: &mut Vec<std::ops::Range<usize>>) {
        match &node.value {
            Value::Sequence(nodes) => nodes.iter().for_each(|node| collect(node, found)),
            Value::Mapping(mapping) => {
                mapping
                    .entries()
                    .iter()
                    .for_each(|entry| collect(&entry.value, found));
            }
            Value::String(_) => found.push(node.span.range()),
            _ => {}
        }
    }
    let mut files = Files::new();
    let file = files.add("input.yaml", text);
    let mut found = Vec::new();
    for document in document::read(&files, file).0 {
        collect(&document.root, &mut found);
    }
    let is_plain = |range: &std::ops::Range<usize>| {
        let written = &text[range.clone()];
        written
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._/:@".contains(&byte))
            && !written.is_empty()
            && text[range.end..].starts_with('\n')
            && text[..range.start].ends_with(' ')
    };
    found.retain(is_plain);
    found.sort_by_key(|range| range.start);
    found.dedup();
    found
}

/// The same documents as JSON.
fn json(text: &str, is_pretty: bool) -> String {
    let mut files = Files::new();
    let file = files.add("input.yaml", text);
    let documents = document::read(&files, file).0;
    let written = documents.iter().map(|document| {
        let value = plain(&document.root);
        match is_pretty {
            true => serde_json::to_string_pretty(&value).unwrap(),
            false => serde_json::to_string(&value).unwrap(),
        }
    });
    written.collect::<Vec<_>>().join("\n")
}

/// The same text, written otherwise.
fn mutated(text: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for range in scalars(&text).into_iter().rev() {
        let written = text[range.clone()].to_owned();
        let new = match random.below(12) {
            0 => format!("'{written}'"),
            1 => format!("\"{written}\""),
            2 => format!("{written} # a comment"),
            3 => format!("&anchor{} {written}", range.start),
            4 => format!("!!str {written}"),
            5 => format!("  {written}  "),
            6 => format!(">-\n          {written}"),
            7 => format!("&it {written}"),
            8 => format!("'{written}' # it's"),
            _ => continue,
        };
        text.replace_range(range, &new);
    }
    let mut lines = String::new();
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(' ').len();
        match random.below(8) {
            0 if !line.starts_with("---") => {
                lines.push_str(&format!("{}# about the next line\n", " ".repeat(indent)));
            }
            1 if !line.starts_with("---") => lines.push('\n'),
            _ => {}
        }
        lines.push_str(line);
    }
    if random.below(4) == 0 {
        lines = aliased(&lines);
    }
    match random.below(6) {
        0 => json(&lines, false),
        1 => json(&lines, true),
        // With a line before it, it is YAML in brackets.
        2 => format!(
            "# a comment\n{}",
            json(&lines, true).replace("\n{", "\n---\n{")
        ),
        3 => lines.replace('\n', "\r\n"),
        4 => lines.trim_end().to_owned(),
        _ if random.is_true() => format!("\u{feff}{lines}"),
        _ => lines,
    }
}

/// The same text with an alias for a scalar that stands there for the second time.
fn aliased(text: &str) -> String {
    let places = scalars(text);
    for (at, first) in places.iter().enumerate() {
        let same = places[at + 1..]
            .iter()
            .find(|it| text[(*it).clone()] == text[first.clone()]);
        if let Some(second) = same {
            let mut text = text.to_owned();
            text.replace_range(second.clone(), "*same");
            text.insert_str(first.start, "&same ");
            return text;
        }
    }
    text.to_owned()
}

#[test]
fn fixes_of_texts_written_otherwise_keep_their_promise() {
    const N_ROUNDS: u64 = 40;
    let (mut n_fixes, mut n_held) = (0, 0);
    for (idx, example) in (0_u64..).zip(examples()) {
        for round in 0..N_ROUNDS {
            let mut random = Random(idx * N_ROUNDS + round);
            let text = mutated(&example.text, &mut random);
            let example = Example {
                text,
                ..example.clone()
            };
            let (fixes, held) = check(&example);
            (n_fixes, n_held) = (n_fixes + fixes, n_held + held);
            // All of them together, over several rounds: only the end is looked at.
            let all = fixed(&example, &find);
            let again = fixed_again(&example, &all);
            assert_eq!(again, 0, "{}", example.text);
        }
    }
    assert!(
        1_000 < n_fixes && n_fixes * 3 <= n_held * 4,
        "{n_held} of {n_fixes}"
    );
}

/// How many fixes hold that were not applied when all were.
fn fixed_again(example: &Example, fixed: &Fixed) -> usize {
    let file = fixed.model.files.ids().next().unwrap();
    let example = Example {
        text: fixed.model.files.text(file).to_owned(),
        ..example.clone()
    };
    self::fixed(&example, &find).applied.len()
}
