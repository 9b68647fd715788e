//! `pullproof lint`: what is wrong, where, why, and what to do.

use super::{openshift, tell_unreadable};
use crate::exit;
use crate::input;
use crate::output::Output;
use crate::parallel;
use crate::reports;
use anyhow::Result;
use clap::Args;
use pullproof_core::file::Files;
use pullproof_core::finding::Severity;
use pullproof_core::lint::{self, rules};
use pullproof_core::model::Settings;
use pullproof_core::openshift::OpenShift;
use pullproof_core::report::Run;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof lint mirrors.yaml\n  \
    oc get idms,itms,icsp,image.config -o yaml | pullproof lint -\n  \
    pullproof lint --openshift 4.15 --format json manifests/\n  \
    pullproof lint --output sarif=out.sarif --output markdown=out.md manifests/")]
pub(crate) struct Arguments {
    /// Files, directories searched for *.yaml, *.yml and *.json, or `-` for standard input.
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
    let mut files = Files::new();
    let inputs = input::read(&mut files, &arguments.paths);
    let has_unreadable = tell_unreadable(&inputs);
    if inputs.files.is_empty() && !has_unreadable {
        eprintln!(
            "pullproof: no YAML or JSON in {}",
            arguments.paths.join(", ")
        );
        return Ok(exit::NOTHING);
    }
    let settings = Settings {
        version: arguments.openshift,
        release_image: arguments.release_image.clone(),
    };
    let model = parallel::build(&mut files, &inputs.files, &settings);
    let findings = lint::run(&model, rules::ALL);
    let cards: Vec<_> = rules::ALL.iter().map(|rule| &rule.card).collect();
    reports::write(
        &plan,
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
        output,
    )?;
    let is_broken = model.problems.iter().any(|problem| problem.kind.is_fatal());
    let worst = findings.iter().map(|finding| finding.severity).max();
    // The process ends next: to free every value by itself would take a tenth of the whole time.
    std::mem::forget((files, model));
    Ok(match worst {
        _ if has_unreadable || is_broken => exit::UNREADABLE,
        Some(worst) if arguments.fail_on.severity() <= worst => exit::FINDINGS,
        _ => exit::CLEAN,
    })
}
