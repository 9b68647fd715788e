//! `pullproof lint --fix` and `--diff`: what is found is fixed, or what that would change is shown.

use crate::input::STDIN_NAME;
use crate::output::{Output, printable};
use crate::replace;
use anyhow::Result;
use clap::Args;
use pullproof_core::file::{FileId, Files};
use pullproof_core::finding::Safety;
use pullproof_core::fix::{Fixed, Withheld};
use pullproof_core::report::plural;
use similar::TextDiff;

/// What to do about findings that have a fix.
#[derive(Args)]
pub(super) struct Fixes {
    /// Apply fixes that are safe, and report what is left; of `-`, the fixed text goes to
    /// standard output.
    #[arg(long, group = "fixing")]
    fix: bool,
    /// Show what would be fixed as a diff, and write nothing; the exit code is 1 if there is any.
    #[arg(long, group = "fixing", conflicts_with = "fix")]
    diff: bool,
    /// With --fix and --diff, apply fixes, too, that are a guess or change what is pulled.
    #[arg(long, requires = "fixing")]
    unsafe_fixes: bool,
}

/// What is done with fixes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Files are changed.
    Write,
    /// What would change is shown.
    Show,
}

impl Fixes {
    /// What is to be done; `None` when nobody asked for anything.
    pub(super) fn mode(&self) -> Option<Mode> {
        match (self.fix, self.diff) {
            (true, _) => Some(Mode::Write),
            (_, true) => Some(Mode::Show),
            _ => None,
        }
    }

    /// The least safe fix that is applied.
    pub(super) fn safety(&self) -> Safety {
        match self.unsafe_fixes {
            true => Safety::Unsafe,
            false => Safety::Safe,
        }
    }
}

/// The inputs that fixes change.
fn changed<'a>(
    before: &'a Files,
    inputs: &'a [FileId],
    fixed: &'a Fixed,
) -> impl Iterator<Item = FileId> + 'a {
    let after = &fixed.model.files;
    let inputs = inputs.iter().copied();
    inputs.filter(|file| before.text(*file) != after.text(*file))
}

/// Shows what would change; whether anything would.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn show(
    before: &Files,
    inputs: &[FileId],
    fixed: &Fixed,
    output: &Output,
) -> Result<bool> {
    let mut text = String::new();
    for file in changed(before, inputs, fixed) {
        // Lines beside a change may be a secret's.
        let (old, new) = (before.shown(file), fixed.model.files.shown(file));
        let name = printable(before.name(file));
        let diff = TextDiff::from_lines(old, new);
        let diff = diff.unified_diff().header(&name, &name).to_string();
        text.push_str(&diff);
    }
    output.print(&text)?;
    Ok(!text.is_empty())
}

/// Writes what changed: files in their place, all or none unless the last step fails for one;
/// standard input, changed or not, to standard output.
///
/// # Errors
/// When a file cannot be written, or changed since it was read.
pub(super) fn write(
    before: &Files,
    inputs: &[FileId],
    fixed: &Fixed,
    output: &Output,
) -> Result<()> {
    let after = &fixed.model.files;
    let mut staged = Vec::new();
    for file in changed(before, inputs, fixed) {
        let name = before.name(file);
        if name != STDIN_NAME {
            staged.push(replace::stage(name, before.text(file), after.text(file))?);
        }
    }
    for staged in staged {
        staged.commit()?;
    }
    match stdin(before, inputs) {
        Some(file) => output.print(after.text(file)),
        None => Ok(()),
    }
}

/// Standard input, where it is among the inputs.
pub(super) fn stdin(files: &Files, inputs: &[FileId]) -> Option<FileId> {
    let mut inputs = inputs.iter().copied();
    inputs.find(|file| files.name(*file) == STDIN_NAME)
}

/// Tells on standard error what was fixed and what was not.
pub(super) fn tell(before: &Files, inputs: &[FileId], fixed: &Fixed, arguments: &Fixes) {
    let files = &fixed.model.files;
    for Withheld { finding, reason } in &fixed.withheld {
        let place = files.position(finding.span.file, finding.span.start);
        let name = files.name(finding.span.file);
        let title = finding.fix.as_ref().map_or("", |fix| fix.title.as_str());
        eprintln!(
            "pullproof: {}:{place}: fix withheld: {}: {}",
            printable(name),
            printable(title),
            printable(&reason.to_string())
        );
    }
    let n_files = changed(before, inputs, fixed).count();
    let verb = match arguments.mode() {
        Some(Mode::Show) => "would be fixed",
        _ => "fixed",
    };
    let mut told = match fixed.applied.len() {
        0 => "nothing to fix".to_owned(),
        n => format!("{n} {verb} in {}", plural(n_files, "file")),
    };
    if !fixed.withheld.is_empty() {
        told.push_str(&format!(", {} withheld", fixed.withheld.len()));
    }
    let fixes = fixed.findings.iter().filter_map(|it| it.fix.as_ref());
    let n_unsafe = fixes.filter(|fix| arguments.safety() < fix.safety).count();
    if 0 < n_unsafe {
        told.push_str(&format!(", {n_unsafe} more with --unsafe-fixes"));
    }
    eprintln!("{told}");
}
