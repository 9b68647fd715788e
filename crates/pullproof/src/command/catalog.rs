//! `pullproof catalog`: whether nodes find what programs copied, and mirror sets for it.

mod generate;

use super::lint::FailOn;
use super::{openshift, tell_unreadable};
use crate::exit;
use crate::input::{self, Inputs, Search};
use crate::output::Output;
use crate::parallel;
use crate::reports::{self, Format, Stdout};
use crate::selection::{self, Selection};
use anyhow::Result;
use clap::Args;
use pullproof_core::file::Files;
use pullproof_core::lint::rules;
use pullproof_core::mirroring::coverage::{Coverage, coverage};
use pullproof_core::model::Model;
use pullproof_core::openshift::OpenShift;
use pullproof_core::report::{Run, plural};
use std::path::Path;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof catalog manifests-redhat-operator-index-1614211642/\n  \
    pullproof catalog oc-mirror-workspace/results-1614211642/ --flat-host quay.example.com\n  \
    pullproof catalog working-dir/dry-run/mapping.txt --with working-dir/cluster-resources/\n  \
    pullproof catalog mapping.txt --generate idms,itms --scope namespace > mirrors.yaml\n\n\
    Reads what `oc adm catalog mirror`, `oc image mirror`, `oc adm release mirror` and oc-mirror\n\
    write. No registry is asked: whether a registry takes Docker's schema 2, and how large an\n\
    image is, is not in these files; the lengths of names, tags, lines and objects are.")]
pub(crate) struct Arguments {
    /// Mapping files, directories with what such a program wrote, or `-` for objects on standard
    /// input.
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<String>,
    /// Further objects: files or directories.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    with: Vec<String>,
    /// A registry that takes paths of two parts at most, as Quay does; quay.io is known.
    #[arg(long, value_name = "HOST")]
    flat_host: Vec<String>,
    #[command(flatten)]
    reports: reports::Arguments,
    /// The least severity that makes the exit code 1; `error` where nothing is chosen.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// The OpenShift release to judge for; the newest where nothing is chosen.
    #[arg(long, value_parser = openshift(), value_name = "VERSION")]
    openshift: Option<OpenShift>,
    #[command(flatten)]
    generate: generate::Arguments,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let plan = match reports::Plan::new(&arguments.reports) {
        Ok(plan) => plan,
        Err(reason) => {
            eprintln!("pullproof: {reason}");
            return Ok(exit::USAGE);
        }
    };
    // What a team chose for the first PATH counts here as it does in `lint`.
    let choice = selection::Arguments::default();
    let selection = match selection::choose(&choice, &arguments.paths) {
        Ok(selection) => selection,
        Err(problems) => {
            for problem in problems {
                eprintln!("pullproof: {problem}");
            }
            return Ok(exit::USAGE);
        }
    };
    let mut files = Files::new();
    let inputs = read(arguments, &selection, &mut files);
    let has_unreadable = tell_unreadable(&inputs);
    let settings = selection.settings(arguments.openshift, None);
    let contents = parallel::contents(&files, &inputs.files, settings.version);
    if contents.mappings.is_empty() && !has_unreadable {
        eprintln!(
            "pullproof: no mapping file in {}",
            arguments.paths.join(", ")
        );
        return Ok(exit::NOTHING);
    }
    if arguments.generate.is_asked() {
        let code = generate::run(
            &arguments.generate,
            &plan,
            &files,
            &contents,
            &settings,
            output,
        )?;
        return Ok(if has_unreadable {
            exit::UNREADABLE
        } else {
            code
        });
    }
    let mut model = Model::of(&mut files, contents, &settings);
    model.beside.flat_hosts.clone_from(&arguments.flat_host);
    let findings = selection.find(&model);
    let fail_on = selection.fail_on(arguments.fail_on.map(FailOn::severity));
    let cards: Vec<_> = rules::ALL.iter().map(|rule| &rule.card).collect();
    let run = Run {
        files: &files,
        inputs: &inputs.files,
        unreadable: &inputs.unreadable,
        findings: &findings,
        suppressed: &[],
        fail_on,
        cards: &cards,
        model: Some(&model),
    };
    reports::write(&plan, &run, Stdout::Free, output)?;
    if plan.is_on_stdout(Format::Text) {
        eprintln!("{}", proof(&model));
    }
    let is_broken = model.problems.iter().any(|problem| problem.kind.is_fatal());
    let worst = findings.iter().map(|finding| finding.severity).max();
    Ok(match worst {
        _ if has_unreadable || is_broken => exit::UNREADABLE,
        Some(worst) if fail_on <= worst => exit::FINDINGS,
        _ => exit::CLEAN,
    })
}

fn read(arguments: &Arguments, selection: &Selection<'_>, files: &mut Files) -> Inputs {
    let is_excluded = |path: &Path| selection.is_excluded(path);
    let search = Search::to_lint(&is_excluded);
    let paths = [&*arguments.paths, &*arguments.with].concat();
    input::read_found(files, &paths, &search)
}

/// How many copies are proven, in a line.
fn proof(model: &Model) -> String {
    let Some(coverage) = coverage(model) else {
        return "nothing is proven: nodes get no configuration of these objects".to_owned();
    };
    let Coverage {
        n_copied,
        n_proven,
        n_unserved,
    } = coverage;
    let mut text = format!(
        "nodes look for {n_proven} of {} where they are",
        copies(n_copied)
    );
    if 0 < n_unserved {
        text.push_str(&format!("; {} no mirror serves", plural(n_unserved, "tag")));
    }
    let n_missed = n_copied - n_proven - n_unserved;
    if 0 < n_missed {
        text.push_str(&format!("; {} nobody asks for", copies(n_missed)));
    }
    text
}

fn copies(n: usize) -> String {
    match n {
        1 => "1 copy".to_owned(),
        n => format!("{n} copies"),
    }
}
