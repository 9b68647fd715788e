//! `pullproof lint`: what is wrong, where, why, and what to do.

use super::{openshift, tell_unreadable};
use crate::excerpt;
use crate::exit;
use crate::input;
use crate::output::{Format, Output};
use crate::selection::{self, Selected};
use anyhow::Result;
use clap::Args;
use pullproof_core::file::Files;
use pullproof_core::finding::Severity;
use pullproof_core::model::Model;
use pullproof_core::openshift::OpenShift;
use pullproof_core::report;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof lint mirrors.yaml\n  \
    oc get idms,itms,icsp,image.config -o yaml | pullproof lint -\n  \
    pullproof lint --openshift 4.15 --format json manifests/\n  \
    pullproof lint --changed-since origin/main manifests/")]
pub(crate) struct Arguments {
    /// Files, directories searched for *.yaml, *.yml and *.json, or `-` for standard input.
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<String>,
    /// The form of the report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The least severity that makes the exit code 1; `error` where nothing is chosen.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// The OpenShift release to judge for; the newest where nothing is chosen.
    #[arg(long, value_parser = openshift(), value_name = "VERSION")]
    openshift: Option<OpenShift>,
    /// The image of the release payload, whose repository must stay reachable.
    #[arg(long, value_name = "IMAGE")]
    release_image: Option<String>,
    #[command(flatten)]
    choice: selection::Arguments,
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
    let selection = match selection::choose(&arguments.choice, &arguments.paths) {
        Ok(selection) => selection,
        Err(problems) => {
            for problem in problems {
                eprintln!("pullproof: {problem}");
            }
            return Ok(exit::USAGE);
        }
    };
    let mut files = Files::new();
    let (inputs, state) = selection.read(&mut files, &arguments.paths);
    let has_unreadable = tell_unreadable(&inputs);
    if inputs.files.is_empty() && !has_unreadable {
        eprintln!(
            "pullproof: no YAML or JSON in {}",
            arguments.paths.join(", ")
        );
        return Ok(exit::NOTHING);
    }
    let settings = selection.settings(arguments.openshift, arguments.release_image.as_ref());
    let judged = selection.judge(&mut files, &arguments.paths, &inputs, &state, &settings);
    let (model, selected) = match judged {
        Ok(judged) => judged,
        Err(error) => {
            eprintln!("pullproof: {error:#}");
            return Ok(exit::USAGE);
        }
    };
    let findings = &selected.findings;
    match arguments.format {
        Format::Json => {
            output.print(&report::json::report(&files, findings, &inputs.unreadable))?;
        }
        Format::Text => {
            output.print(&excerpt::report(&files, findings, output))?;
            eprintln!("{}", summary(&inputs, &model, &selected));
        }
    }
    let is_broken = model.problems.iter().any(|problem| problem.kind.is_fatal());
    let fail_on = selection.fail_on(arguments.fail_on.map(FailOn::severity));
    let worst = findings.iter().map(|finding| finding.severity).max();
    // The process ends next: to free every value by itself would take a tenth of the whole time.
    std::mem::forget((files, model));
    Ok(match worst {
        _ if has_unreadable || is_broken => exit::UNREADABLE,
        Some(worst) if fail_on <= worst => exit::FINDINGS,
        _ => exit::CLEAN,
    })
}

fn summary(inputs: &input::Inputs, model: &Model, selected: &Selected) -> String {
    let Selected {
        findings,
        ignored,
        n_known,
    } = selected;
    let count = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let plural = |n: usize, noun: &str| match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    };
    let judged = model
        .objects
        .iter()
        .filter(|judged| judged.verdict.is_some())
        .count();
    let counts = [
        (count(Severity::Error), "error"),
        (count(Severity::Warning), "warning"),
        (count(Severity::Info), "note"),
    ];
    let counts: Vec<_> = counts
        .iter()
        .filter(|(n, _)| 0 < *n)
        .map(|(n, noun)| plural(*n, noun))
        .collect();
    let counts = if counts.is_empty() {
        "no findings".to_owned()
    } else {
        counts.join(", ")
    };
    let files = plural(inputs.files.len(), "file");
    let mut text = format!("{counts} in {} of {files}", plural(judged, "object"));
    for (n, verb) in [(ignored.len(), "ignored"), (*n_known, "in the baseline")] {
        if 0 < n {
            text.push_str(&format!("; {n} {verb}"));
        }
    }
    text
}
