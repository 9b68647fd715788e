//! The report for people at a terminal.

use super::{Difference, Side, chain, responsible};
use crate::output::{Output, printable};
use anyhow::Result;
use pullproof_core::compare::Change;
use std::fmt::Write as _;

pub(super) fn text(
    before: &Side,
    after: &Side,
    difference: &Difference,
    output: &Output,
) -> Result<String> {
    let mut text = String::new();
    let mut told = None;
    if difference.stories.is_empty() {
        writeln!(text, "{}", output.good("No pull changes."))?;
    }
    for story in &difference.stories {
        if told != Some(story.change) {
            if told.is_some() {
                writeln!(text)?;
            }
            told = Some(story.change);
            let title = story.change.title();
            let title = match story.change {
                Change::Fails => output.bad(title),
                Change::ContactsNewHost => output.odd(title),
                Change::StartsElsewhere | Change::Rearranged => output.bold(title),
                Change::Works => output.good(title),
            };
            writeln!(text, "{title}")?;
        }
        let place = responsible(before, after, story).map_or(String::new(), |it| {
            let side = if it.is_after { "after" } else { "before" };
            let object = it
                .object
                .map_or(String::new(), |object| format!(" {object}"));
            format!("  {side} {}{object}", it.place)
        });
        let (image, forms) = (output.bold(&printable(&story.image)), story.forms());
        let space = if forms.is_empty() { "" } else { " " };
        let place = output.dim(&printable(&place));
        writeln!(text, "  {image}{space}{forms}{place}")?;
        writeln!(text, "    before  {}", printable(&chain(story, 0)))?;
        writeln!(text, "    after   {}", printable(&chain(story, 1)))?;
    }
    writeln!(text)?;
    for group in &difference.effects.groups {
        let (name, sentence) = (group.effect.name(), group.effect.sentence());
        let releases = group.releases();
        writeln!(
            text,
            "{}  OpenShift {releases}: {sentence}",
            output.bold(name)
        )?;
        for reason in group.effect.reasons() {
            writeln!(text, "  because {}", printable(reason))?;
        }
    }
    match difference.conf.as_deref() {
        None => {}
        Some("") => writeln!(text, "\nregistries.conf stays as it is")?,
        Some(conf) => writeln!(text, "\n{}", printable_lines(conf).trim_end())?,
    }
    Ok(text)
}

fn printable_lines(text: &str) -> String {
    let lines = text.lines().map(printable);
    lines.collect::<Vec<_>>().join("\n")
}
