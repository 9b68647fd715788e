//! `pullproof lint`: what is wrong, where, why, and what to do.

mod fixes;
mod watch;

use super::{openshift, tell_unreadable};
use crate::exit;
use crate::output::Output;
use crate::playground::{self, Group, View};
use crate::progress::Progress;
use crate::reports::{self, Stdout};
use crate::selection::{self, Selected, Selection, State};
use anyhow::Result;
use clap::Args;
use fixes::{Fixes, Mode};
use pullproof_core::file::{FileId, Files};
use pullproof_core::finding::Severity;
use pullproof_core::fix;
use pullproof_core::lint::rules;
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::report::Run;
use std::collections::BTreeSet;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof lint mirrors.yaml\n  \
    oc get idms,itms,icsp,image.config -o yaml | pullproof lint -\n  \
    pullproof lint --openshift 4.15 --format json manifests/\n  \
    pullproof lint /etc/containers/registries.conf /etc/containers/registries.conf.d\n  \
    pullproof lint --output sarif=out.sarif --output markdown=out.md manifests/\n  \
    pullproof lint --changed-since origin/main manifests/\n  \
    pullproof lint --watch manifests/\n  \
    pullproof lint --playground-url manifests/\n  \
    pullproof lint --diff manifests/, then pullproof lint --fix manifests/")]
pub(crate) struct Arguments {
    /// Files, directories searched for *.yaml, *.yml, *.json, mapping.txt, registries.conf and its
    /// drop-ins, or `-` for standard input.
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<String>,
    #[command(flatten)]
    reports: reports::Arguments,
    /// The least severity that makes the exit code 1; `error` where nothing is chosen.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// The OpenShift release to judge for; the newest where nothing is chosen.
    #[arg(long, value_parser = openshift(), value_name = "VERSION")]
    openshift: Option<OpenShift>,
    /// The image of the release payload, whose repository must stay reachable.
    #[arg(long, value_name = "IMAGE")]
    release_image: Option<String>,
    /// Be content with inputs in which there is nothing to judge, as where only some of many files
    /// are given.
    #[arg(long)]
    allow_empty: bool,
    #[command(flatten)]
    fixes: Fixes,
    /// Lints again whenever an input changes, until Ctrl-C; the exit code is then that of a program
    /// which was interrupted.
    // A report among the inputs would be a change of them.
    #[arg(long, conflicts_with = "output")]
    watch: bool,
    #[command(flatten)]
    playground: playground::Argument,
    #[command(flatten)]
    choice: selection::Arguments,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(super) enum FailOn {
    Error,
    Warning,
    Info,
}

impl FailOn {
    pub(super) fn severity(self) -> Severity {
        match self {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Info => Severity::Info,
        }
    }
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let plan = match reports::Plan::new(&arguments.reports) {
        Ok(plan) => plan,
        Err(reason) => {
            eprintln!("pullproof: {reason}");
            return Ok(exit::USAGE);
        }
    };
    match arguments.watch {
        true => watch::run(&arguments.paths, || once(arguments, &plan, output)),
        false => once(arguments, &plan, output),
    }
}

fn once(arguments: &Arguments, plan: &reports::Plan, output: &Output) -> Result<u8> {
    let selection = match selection::choose(&arguments.choice, &arguments.paths) {
        Ok(selection) => selection,
        Err(problems) => {
            for problem in problems {
                eprintln!("pullproof: {problem}");
            }
            return Ok(exit::USAGE);
        }
    };
    let progress = Progress::start();
    progress.begin("reading");
    let mut files = Files::new();
    let (inputs, state) = selection.read(&mut files, &arguments.paths);
    let has_unreadable = tell_unreadable(&inputs);
    if inputs.files.is_empty() && !has_unreadable && !arguments.allow_empty {
        eprintln!("pullproof: no input in {}", arguments.paths.join(", "));
        return Ok(exit::NOTHING);
    }
    let settings = selection.settings(arguments.openshift, arguments.release_image.as_ref());
    if let Some(base) = arguments.playground.base() {
        drop(progress);
        let link = link(&files, &inputs.files, &state, &settings);
        return match has_unreadable {
            true => Ok(exit::UNREADABLE),
            false => playground::print(base, &link, output),
        };
    }
    let mut stdout = Stdout::Free;
    if let Some(mode) = arguments.fixes.mode() {
        progress.begin("fixing");
        let fixed = fixed(arguments, &selection, &files, &inputs.files, &settings);
        let would_change = match mode {
            Mode::Show => fixes::show(&files, &inputs.files, &fixed, output)?,
            Mode::Write => {
                fixes::write(&files, &inputs.files, &fixed, output)?;
                false
            }
        };
        fixes::tell(&files, &inputs.files, &fixed, &arguments.fixes);
        if mode == Mode::Show {
            return Ok(match would_change {
                _ if has_unreadable => exit::UNREADABLE,
                true => exit::FINDINGS,
                false => exit::CLEAN,
            });
        }
        // What is left is told of the texts as they are now.
        for file in &inputs.files {
            files.replace(*file, fixed.model.files.text(*file));
        }
        if fixes::stdin(&files, &inputs.files).is_some() {
            stdout = Stdout::Taken;
        }
    }
    progress.begin("judging");
    let judged = selection.judge(&mut files, &arguments.paths, &inputs, &state, &settings);
    let (model, selected) = match judged {
        Ok(judged) => judged,
        Err(error) => {
            eprintln!("pullproof: {error:#}");
            return Ok(exit::USAGE);
        }
    };
    drop(progress);
    let fail_on = selection.fail_on(arguments.fail_on.map(FailOn::severity));
    let cards: Vec<_> = rules::ALL.iter().map(|rule| &rule.card).collect();
    let Selected {
        findings,
        suppressed,
    } = &selected;
    let run = Run {
        files: &files,
        inputs: &inputs.files,
        unreadable: &inputs.unreadable,
        findings,
        suppressed,
        fail_on,
        cards: &cards,
        model: Some(&model),
    };
    reports::write(plan, &run, stdout, output)?;
    let is_broken = model.problems.iter().any(|problem| problem.kind.is_fatal());
    let is_empty = run.is_empty() && !arguments.allow_empty;
    let worst = findings.iter().map(|finding| finding.severity).max();
    if !arguments.watch {
        // The process ends next: to free every value by itself would take a tenth of the time.
        std::mem::forget((files, model));
    }
    Ok(match worst {
        _ if has_unreadable || is_broken => exit::UNREADABLE,
        Some(worst) if fail_on <= worst => exit::FINDINGS,
        None if is_empty => {
            eprintln!(
                "pullproof: nothing to judge in {}",
                arguments.paths.join(", ")
            );
            exit::NOTHING
        }
        _ => exit::CLEAN,
    })
}

/// The inputs as a change of what the cluster has.
fn link<'a>(
    files: &'a Files,
    inputs: &'a [FileId],
    state: &'a State,
    settings: &'a Settings,
) -> playground::Link<'a> {
    let side = |group, ids| playground::Side {
        group,
        files,
        ids,
        removed: BTreeSet::new(),
    };
    playground::Link {
        settings,
        sides: vec![
            side(Group::Proposed, inputs),
            side(Group::Current, state.ids()),
        ],
        images: Vec::new(),
        view: View::Trace,
    }
}

fn fixed(
    arguments: &Arguments,
    selection: &Selection<'_>,
    files: &Files,
    inputs: &[FileId],
    settings: &Settings,
) -> fix::Fixed {
    fix::fix(&fix::Job {
        files,
        inputs,
        settings,
        combine: &fix::together,
        find: &|model: &Model| selection.find(model),
        safety: arguments.fixes.safety(),
    })
}
