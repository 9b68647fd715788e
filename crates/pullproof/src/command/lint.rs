//! `pullproof lint`: what is wrong, where, why, and what to do.

mod fixes;
mod watch;

use super::{openshift, tell_unreadable};
use crate::exit;
use crate::input;
use crate::output::Output;
use crate::parallel;
use crate::reports::{self, Stdout};
use anyhow::Result;
use clap::Args;
use fixes::{Fixes, Mode};
use pullproof_core::file::Files;
use pullproof_core::finding::Severity;
use pullproof_core::fix;
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::report::Run;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof lint mirrors.yaml\n  \
    oc get idms,itms,icsp,image.config -o yaml | pullproof lint -\n  \
    pullproof lint --openshift 4.15 --format json manifests/\n  \
    pullproof lint /etc/containers/registries.conf /etc/containers/registries.conf.d\n  \
    pullproof lint --output sarif=out.sarif --output markdown=out.md manifests/\n  \
    pullproof lint --watch manifests/\n  \
    pullproof lint --diff manifests/, then pullproof lint --fix manifests/")]
pub(crate) struct Arguments {
    /// Files, directories searched for *.yaml, *.yml, *.json, mapping.txt, registries.conf and its
    /// drop-ins, or `-` for standard input.
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<String>,
    #[command(flatten)]
    reports: reports::Arguments,
    /// The least severity that makes the exit code 1.
    #[arg(long, value_enum, default_value = "error", value_name = "SEVERITY")]
    fail_on: FailOn,
    /// The OpenShift release to judge for.
    #[arg(long, value_parser = openshift(), default_value = OpenShift::NEWEST.name(), value_name = "VERSION")]
    openshift: OpenShift,
    /// The image of the release payload, whose repository must stay reachable.
    #[arg(long, value_name = "IMAGE")]
    release_image: Option<String>,
    #[command(flatten)]
    fixes: Fixes,
    /// Lints again whenever an input changes, until Ctrl-C; the exit code is then that of a program
    /// which was interrupted.
    #[arg(long)]
    watch: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Info,
}

impl FailOn {
    fn severity(self) -> Severity {
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
    let mut files = Files::new();
    let inputs = input::read_to_lint(&mut files, &arguments.paths);
    let has_unreadable = tell_unreadable(&inputs);
    if inputs.files.is_empty() && !has_unreadable {
        eprintln!(
            "pullproof: no YAML, JSON or registries.conf in {}",
            arguments.paths.join(", ")
        );
        return Ok(exit::NOTHING);
    }
    let settings = Settings {
        version: arguments.openshift,
        release_image: arguments.release_image.clone(),
    };
    let find = |model: &Model| lint::run(model, rules::ALL);
    let (model, findings) = match arguments.fixes.mode() {
        None => {
            let model = parallel::build(&mut files, &inputs.files, &settings);
            let findings = find(&model);
            (model, findings)
        }
        Some(mode) => {
            let fixed = fix::fix(&fix::Job {
                files: &files,
                inputs: &inputs.files,
                settings: &settings,
                find: &find,
                safety: arguments.fixes.safety(),
            });
            if mode == Mode::Show {
                let would_change = fixes::show(&files, &inputs.files, &fixed, output)?;
                fixes::tell(&files, &inputs.files, &fixed, &arguments.fixes);
                return Ok(match would_change {
                    _ if has_unreadable => exit::UNREADABLE,
                    true => exit::FINDINGS,
                    false => exit::CLEAN,
                });
            }
            fixes::write(&files, &inputs.files, &fixed, output)?;
            fixes::tell(&files, &inputs.files, &fixed, &arguments.fixes);
            files = fixed.model.files.clone();
            (fixed.model, fixed.findings)
        }
    };
    // Standard output has the fixed text where standard input was fixed.
    let is_taken =
        arguments.fixes.mode().is_some() && fixes::stdin(&files, &inputs.files).is_some();
    let cards: Vec<_> = rules::ALL.iter().map(|rule| &rule.card).collect();
    reports::write(
        plan,
        &Run {
            files: &files,
            inputs: &inputs.files,
            unreadable: &inputs.unreadable,
            findings: &findings,
            suppressed: &[],
            fail_on: arguments.fail_on.severity(),
            cards: &cards,
            model: Some(&model),
        },
        if is_taken {
            Stdout::Taken
        } else {
            Stdout::Free
        },
        output,
    )?;
    let is_broken = model.problems.iter().any(|problem| problem.kind.is_fatal());
    let worst = findings.iter().map(|finding| finding.severity).max();
    if !arguments.watch {
        // The process ends next: to free every value by itself would take a tenth of the time.
        std::mem::forget((files, model));
    }
    Ok(match worst {
        _ if has_unreadable || is_broken => exit::UNREADABLE,
        Some(worst) if arguments.fail_on.severity() <= worst => exit::FINDINGS,
        _ => exit::CLEAN,
    })
}
