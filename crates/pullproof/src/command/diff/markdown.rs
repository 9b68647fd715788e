//! The report as a comment on a pull request.

use super::{Difference, Side, responsible};
use anyhow::Result;
use pullproof_core::compare::story::Story;
use std::fmt::Write as _;

/// Most rows of one table: forges refuse comments of more than some tens of thousands of
/// characters.
const ROWS_MAX: usize = 50;

/// Most lines of the difference of registries.conf, for the same reason.
const LINES_MAX: usize = 200;

pub(super) fn markdown(before: &Side, after: &Side, difference: &Difference) -> Result<String> {
    let mut text = String::new();
    let Difference {
        stories,
        conf,
        effects,
    } = difference;
    writeln!(text, "## Where image pulls go after this change\n")?;
    let mut rest = stories.as_slice();
    if rest.is_empty() {
        writeln!(text, "No pull changes.\n")?;
    }
    while let Some(first) = rest.first() {
        let n_alike = rest.partition_point(|story| story.change == first.change);
        let (alike, later) = rest.split_at(n_alike);
        rest = later;
        writeln!(text, "### {}\n", first.change.title())?;
        writeln!(text, "| image | before | after | because of |")?;
        writeln!(text, "| --- | --- | --- | --- |")?;
        for story in alike.iter().take(ROWS_MAX) {
            let responsible = responsible(before, after, story);
            let because = responsible.map_or(String::new(), |it| {
                let object = it.object.unwrap_or_default();
                format!("{} {}", code(&object), code(&it.place))
            });
            let (image, forms) = (code(&story.image), story.forms());
            let (old, new) = (chain(story, 0), chain(story, 1));
            writeln!(
                text,
                "| {image} {forms} | {old} | {new} | {} |",
                because.trim()
            )?;
        }
        match alike.len().saturating_sub(ROWS_MAX) {
            0 => writeln!(text)?,
            n => writeln!(text, "\nand {n} more\n")?,
        }
    }
    writeln!(text, "### What happens to nodes\n")?;
    for group in &effects.groups {
        let (releases, name) = (group.releases(), group.effect.name());
        writeln!(
            text,
            "- OpenShift {releases}: **{name}**, {}",
            group.effect.sentence()
        )?;
        for reason in group.effect.reasons() {
            writeln!(text, "  - because {}", code(reason))?;
        }
    }
    if let Some(conf) = conf.as_ref().filter(|conf| !conf.is_empty()) {
        writeln!(text, "\n<details><summary>registries.conf</summary>\n")?;
        let lines: Vec<&str> = conf.lines().collect();
        let shown = &lines[..lines.len().min(LINES_MAX)];
        // A fence longer than any in the text.
        writeln!(text, "``````diff\n{}\n``````", shown.join("\n"))?;
        if LINES_MAX < lines.len() {
            writeln!(text, "\nand {} lines more", lines.len() - LINES_MAX)?;
        }
        writeln!(text, "\n</details>")?;
    }
    Ok(text)
}

fn chain(story: &Story, idx: usize) -> String {
    let tried: Vec<String> = story.tried[idx].iter().map(|text| code(text)).collect();
    let chain = match tried.is_empty() {
        true => "nothing".to_owned(),
        false => tried.join("<br>"),
    };
    match story.is_let_in[idx] {
        true => chain,
        false => format!("{chain}<br>refused by policy.json"),
    }
}

/// A text as code in a cell of a table.
fn code(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|character| match character {
            '`' => '\'',
            character if character.is_control() => ' ',
            character => character,
        })
        .collect();
    match plain.trim().is_empty() {
        true => String::new(),
        false => format!("`{}`", plain.replace('|', "\\|")),
    }
}
