//! `pullproof migrate`: policies made mirror sets, with a proof that no pull changes.

mod install;
mod report;
mod write;

use super::{openshift, tell_unreadable};
use crate::exit;
use crate::input::{self, Search};
use crate::output::{Format, Output, printable};
use anyhow::Result;
use clap::Args;
use pullproof_core::document::{self, Problem};
use pullproof_core::file::{FileId, Files};
use pullproof_core::finding::{Finding, Safety};
use pullproof_core::fix::{self, Fixed};
use pullproof_core::migrate::install::{Wanted, is_install_config};
use pullproof_core::migrate::plan::{Migrated, Twins, plan, refusals, refusals_of_model};
use pullproof_core::migrate::proof::{Claim, Proof, prove};
use pullproof_core::model::Settings;
use pullproof_core::openshift::OpenShift;
use write::Target;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof migrate icsp.yaml --with cluster/ --dry-run\n  \
    pullproof migrate icsp.yaml --with cluster/ > idms.yaml\n  \
    oc get icsp -o yaml | pullproof migrate - --openshift 4.16 | oc apply -f -\n  \
    pullproof migrate manifests/ --dest-dir migrated/\n  \
    pullproof migrate manifests/ --diff, then pullproof migrate manifests/ --write\n  \
    pullproof migrate install-config.yaml --write\n\n\
    What is written goes to standard output, what there is to know of it to standard error.\n\
    Nothing is written that the API server would refuse, or that changes a pull.\n\
    The lines of an object that is alone in its document stay as they are but for what must change.\n\
    Of an object is left out: status, what the kind does not know, and of its metadata all but\n\
    name, generateName, labels and annotations; the annotation of `oc apply` goes, too.")]
pub(crate) struct Arguments {
    /// Files, directories searched for *.yaml, *.yml and *.json, or `-`; lists and other objects
    /// may be among them, and an install-config is known by what it has.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// What else the cluster has, for the proof: files, directories or `-`.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    with: Vec<String>,
    /// Write an ImageTagMirrorSet for each object, too, for workloads that pull by tag; nodes drain.
    #[arg(long)]
    with_tags: bool,
    /// Mend what the API server would refuse, where that is plain: cut tags, digests and schemes,
    /// remove mirrors that come again.
    #[arg(long)]
    fix: bool,
    /// Write a file for each input into a directory, which is made if need be; no file is replaced.
    #[arg(long, value_name = "DIR", group = "target")]
    dest_dir: Option<String>,
    /// With --dest-dir, name files as `oc adm migrate icsp` does, with a number that stays.
    #[arg(long, requires = "dest_dir")]
    oc_names: bool,
    /// Change the files themselves; of `-`, the whole text goes to standard output.
    #[arg(long, group = "target")]
    write: bool,
    /// Show what --write would change as a diff, and write nothing.
    #[arg(long, group = "target")]
    diff: bool,
    /// Write nothing but the report, and that to standard output.
    #[arg(long, group = "target")]
    dry_run: bool,
    /// Write the objects even where the proof fails; the exit code is 1 then, too.
    #[arg(long)]
    unproven: bool,
    /// Take every input for an install-config, whose `imageContentSources` become
    /// `imageDigestSources`.
    #[arg(long, conflicts_with_all = ["with", "with_tags", "fix", "oc_names", "unproven"])]
    install_config: bool,
    /// The other way, for installers before 4.14: `imageDigestSources` become
    /// `imageContentSources`.
    #[arg(long, requires = "install_config")]
    content_sources: bool,
    /// The form of the report; as JSON it has everything and is all of standard output.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The OpenShift release of the cluster.
    #[arg(long, value_parser = openshift(), default_value = OpenShift::NEWEST.name(), value_name = "VERSION")]
    openshift: OpenShift,
    /// The image of the release payload, whose repository must stay reachable.
    #[arg(long, value_name = "IMAGE")]
    release_image: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let mut files = Files::new();
    let mut inputs = input::read(&mut files, &arguments.paths);
    let n_inputs = inputs.files.len();
    inputs.read_more(&mut files, &arguments.with, &Search::OBJECTS);
    let is_unreadable = tell_unreadable(&inputs);
    if is_unreadable || tell_broken(&files, &inputs.files) {
        return Ok(exit::UNREADABLE);
    }
    let (given, others) = inputs.files.split_at(n_inputs);
    let is_config = |file: &&FileId| arguments.install_config || is_install_config(&files, **file);
    let configs: Vec<FileId> = given.iter().filter(is_config).copied().collect();
    let (target, paths) = (Target::of(arguments), arguments.paths.join(", "));
    if !configs.is_empty() {
        if configs.len() < given.len() {
            eprintln!(
                "pullproof: {paths}: give install-configs and other files one after the other"
            );
            return Ok(exit::USAGE);
        }
        let wanted = match arguments.content_sources {
            true => Wanted::Content,
            false => Wanted::Digest,
        };
        return install::run(&files, &configs, wanted, &target, arguments.format, output);
    }
    let work = Work::new(arguments, &files, given, others);
    if work.migrated.is_empty() {
        eprintln!("pullproof: no ImageContentSourcePolicy in {paths}");
        return Ok(exit::NOTHING);
    }
    let is_proven = work.proof.as_ref().is_some_and(Proof::holds);
    let is_written = work.proof.is_some() && (is_proven || arguments.unproven);
    let names = match is_written {
        true => match target.names(&work.files, &work.migrated) {
            Ok(names) => names,
            Err(reason) => {
                eprintln!("pullproof: {reason}");
                return Ok(exit::USAGE);
            }
        },
        false => Vec::new(),
    };
    match arguments.format {
        Format::Text => {
            let text = report::text(&work, &target, &names, is_written, output)?;
            match target {
                Target::Nowhere => output.print(&text)?,
                _ => eprint!("{text}"),
            }
        }
        Format::Json => output.print(&report::json(&work, &target, &names, is_written))?,
    }
    if is_written {
        let is_silent = arguments.format == Format::Json;
        target.write(&files, &work.migrated, &names, is_silent, output)?;
    }
    Ok(match is_proven {
        true => exit::CLEAN,
        false => exit::FINDINGS,
    })
}

/// Tells what of the inputs cannot be read as YAML or JSON; whether there was any.
fn tell_broken(files: &Files, inputs: &[FileId]) -> bool {
    let mut is_broken = false;
    for file in inputs {
        let (_, problems) = document::read(files, *file);
        for Problem { span, kind } in problems.into_iter().filter(|it| it.kind.is_fatal()) {
            let (name, position) = (files.name(span.file), files.position(span.file, span.start));
            let kind = match files.is_secret(span) {
                true => "it cannot be read".to_owned(),
                false => printable(&kind.to_string()),
            };
            eprintln!("pullproof: {}:{position}: {kind}", printable(name));
            is_broken = true;
        }
    }
    is_broken
}

/// What was found out.
struct Work {
    /// The texts, mended where that was asked for.
    files: Files,
    settings: Settings,
    migrated: Vec<Migrated>,
    /// What was mended; places are those of the texts as they were.
    mended: Vec<Finding>,
    /// What the API server would refuse.
    refused: Vec<Finding>,
    /// `None` where something would be refused.
    proof: Option<Proof>,
}

impl Work {
    fn new(arguments: &Arguments, files: &Files, inputs: &[FileId], others: &[FileId]) -> Work {
        let settings = Settings {
            version: arguments.openshift,
            release_image: arguments.release_image.clone(),
        };
        let twins = match arguments.with_tags {
            true => Twins::Wanted,
            false => Twins::Unwanted,
        };
        let (mut mendable, mut mended) = (files.clone(), Vec::new());
        if arguments.fix {
            let fixed = fix::fix(&fix::Job {
                files,
                inputs,
                settings: &settings,
                combine: &fix::together,
                find: &refusals_of_model,
                safety: Safety::Unsafe,
            });
            let Fixed { model, applied, .. } = fixed;
            for file in inputs {
                mendable.replace(*file, model.files.text(*file));
            }
            mended = applied;
        }
        let migrated = plan(&mendable, inputs, twins);
        let objects = || {
            migrated
                .iter()
                .flat_map(|it| it.sets.iter().chain(&it.twins))
        };
        let refused = refusals(&mendable, objects(), settings.version);
        let proof = refused.is_empty().then(|| {
            prove(&Claim {
                files,
                inputs,
                others,
                migrated: &migrated,
                settings: &settings,
            })
        });
        Work {
            files: mendable,
            settings,
            migrated,
            mended,
            refused,
            proof,
        }
    }
}
