//! `pullproof rollout`: what a change does to nodes.

use super::{openshift, tell_left_out, tell_refusals, tell_unreadable};
use crate::exit;
use crate::input;
use crate::output::{Format, Output, printable};
use anyhow::Result;
use clap::Args;
use pullproof_core::file::Files;
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::rollout::{Effect, Rollout, rollout};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof rollout --before now/ --after proposed/\n  \
    pullproof rollout --before now/ --after now/ new-itms.yaml --openshift 4.14\n\n\
    Both sides are whole: what is only in --before is deleted, what is only in --after created.\n\
    Node disruption policies of the cluster's own are not taken into account.")]
pub(crate) struct Arguments {
    /// The objects as they are: files, directories or `-`; none for a new cluster.
    #[arg(long, value_name = "PATH", num_args = 0.., required = true)]
    before: Vec<String>,
    /// The objects as they will be.
    #[arg(long, value_name = "PATH", num_args = 0.., required = true)]
    after: Vec<String>,
    /// The form of the report.
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
    let before = match node_files(arguments, &arguments.before) {
        Ok(files) => files,
        Err(code) => return Ok(code),
    };
    let after = match node_files(arguments, &arguments.after) {
        Ok(files) => files,
        Err(code) => return Ok(code),
    };
    let rollout = rollout(&before, &after, &[], arguments.openshift);
    match arguments.format {
        Format::Text => output.print(&text(&rollout, arguments.openshift, output)?)?,
        Format::Json => output.print(&(json(&rollout, arguments.openshift) + "\n"))?,
    }
    Ok(exit::CLEAN)
}

fn node_files(arguments: &Arguments, paths: &[String]) -> Result<BTreeMap<String, String>, u8> {
    let mut files = Files::new();
    let inputs = input::read(&mut files, paths);
    if tell_unreadable(&inputs) {
        return Err(exit::UNREADABLE);
    }
    if inputs.files.is_empty() && !paths.is_empty() {
        eprintln!("pullproof: no YAML or JSON in {}", paths.join(", "));
        return Err(exit::NOTHING);
    }
    let settings = Settings {
        version: arguments.openshift,
        release_image: arguments.release_image.clone(),
    };
    let model = Model::build(&mut files, &inputs.files, &settings);
    tell_left_out(&files, &model);
    match &model.node {
        Ok(node) => Ok(node.on_node()),
        Err(_) => {
            tell_refusals(&files, &model);
            Err(exit::FINDINGS)
        }
    }
}

fn text(rollout: &Rollout, version: OpenShift, output: &Output) -> Result<String> {
    let mut text = String::new();
    let name = rollout.effect.name();
    let name = match rollout.effect {
        Effect::None | Effect::Reload => output.good(name),
        Effect::Drain => output.odd(name),
        Effect::Reboot | Effect::Failed => output.bad(name),
    };
    let sentence = rollout.effect.sentence();
    writeln!(text, "{name}  OpenShift {version}: {sentence}")?;
    if rollout.diff_files.is_empty() {
        writeln!(text, "  no file of a node changes")?;
    }
    for path in &rollout.diff_files {
        writeln!(text, "  changes {path}")?;
    }
    match &rollout.conf_change {
        Ok(conditions) => {
            for condition in conditions {
                writeln!(
                    text,
                    "  drains because {}",
                    printable(condition.to_string().trim_end())
                )?;
            }
        }
        Err(error) => writeln!(text, "  {}", printable(error))?,
    }
    if rollout.in_place_effect != rollout.effect {
        let name = rollout.in_place_effect.name();
        writeln!(text, "  {name} where HyperShift upgrades nodes in place")?;
    }
    Ok(text)
}

fn json(rollout: &Rollout, version: OpenShift) -> String {
    let (conditions, error) = match &rollout.conf_change {
        Ok(conditions) => {
            let texts = conditions
                .iter()
                .map(|it| it.to_string().trim_end().to_owned());
            (texts.collect::<Vec<_>>(), None)
        }
        Err(error) => (Vec::new(), Some(error)),
    };
    let report = json!({
        "version": 1,
        "openshift": version.name(),
        "effect": rollout.effect.name(),
        "in_place_effect": rollout.in_place_effect.name(),
        "diff_files": rollout.diff_files,
        "drain_conditions": conditions,
        "error": error,
    });
    format!("{report:#}")
}
