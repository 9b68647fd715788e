//! `pullproof show`: everything at once, for a first look.

use super::{openshift, tell_unreadable};
use crate::excerpt;
use crate::exit;
use crate::input;
use crate::output::Output;
use crate::playground::{self, Group, View};
use anyhow::Result;
use clap::Args;
use pullproof_core::file::Files;
use pullproof_core::finding::Severity;
use pullproof_core::lint::rules;
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::resource::images;
use pullproof_core::suppress;
use std::collections::BTreeSet;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof show mirrors/ --images-from deployment.yaml\n  \
    pullproof show mirrors/ --images-from images.txt --openshift 4.16")]
pub(crate) struct Arguments {
    /// Mirror objects and image configuration: files, directories or `-`.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<String>,
    /// A list of image names, or manifests in which every `image:` counts.
    #[arg(long, value_name = "FILE")]
    images_from: Option<String>,
    /// The OpenShift release to answer for.
    #[arg(long, value_parser = openshift(), default_value = OpenShift::NEWEST.name(), value_name = "VERSION")]
    openshift: OpenShift,
    #[command(flatten)]
    playground: playground::Argument,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
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
        release_image: None,
    };
    if let Some(base) = arguments.playground.base() {
        if has_unreadable {
            return Ok(exit::UNREADABLE);
        }
        let images = match &arguments.images_from {
            None => Vec::new(),
            Some(path) => {
                let file = input::read_one(&mut files, path)?;
                images::of_file(&files, file)
            }
        };
        let link = playground::Link {
            settings: &settings,
            sides: vec![playground::Side {
                group: Group::Proposed,
                files: &files,
                ids: &inputs.files,
                removed: BTreeSet::new(),
            }],
            images: images.into_iter().map(|image| image.value).collect(),
            view: View::Trace,
        };
        return playground::print(base, &link, output);
    }
    let mut model = Model::build(&mut files, &inputs.files, &settings);
    let findings = suppress::run(&model, rules::ALL).findings;

    output.print(&format!("{}\n\n", output.bold("## Findings")))?;
    let report = match findings.is_empty() {
        true => "none\n\n".to_owned(),
        false => excerpt::report(&files, &findings, output),
    };
    output.print(&report)?;

    output.print(&format!("{}\n\n", output.bold("## What nodes get")))?;
    match &model.node {
        Ok(node) if node.written().is_empty() => {
            output.print("the files they came with\n\n")?;
        }
        Ok(node) => {
            for (path, text) in node.written() {
                output.print(&format!("{}\n{}\n", output.dim(path), text.trim_end()))?;
            }
            output.print("\n")?;
        }
        Err(_) => {
            output.print("nothing new: the Machine Config Operator refuses the objects\n\n")?;
        }
    }

    if let Some(path) = &arguments.images_from {
        let file = input::read_one(&mut files, path)?;
        output.print(&format!(
            "{}\n\n",
            output.bold("## Where images are pulled from")
        ))?;
        match model.registries.take() {
            Some(Ok(registries)) => {
                let found = images::of_file(&files, file).into_iter();
                let wanted: Vec<_> = found.map(|image| (image.value, Some(image.span))).collect();
                let policy = model.policy();
                let traces =
                    super::resolve::traces(&files, &registries, policy, Some(&model), &[], &wanted);
                output.print(&super::resolve::text(&traces, output))?;
            }
            Some(Err(_)) => output.print("nowhere: nodes cannot load registries.conf\n")?,
            None => output.print("as before: nodes keep the configuration they have\n")?,
        }
    }

    let has_errors = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    let is_broken = model.problems.iter().any(|problem| problem.kind.is_fatal());
    Ok(match has_unreadable || is_broken {
        true => exit::UNREADABLE,
        false if has_errors => exit::FINDINGS,
        false => exit::CLEAN,
    })
}
