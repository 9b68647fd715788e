//! `pullproof render`: the files that nodes get.

use super::{openshift, tell_unreadable};
use crate::exit;
use crate::input;
use crate::output::Output;
use anyhow::{Context as _, Result};
use clap::Args;
use pullproof_core::file::Files;
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use std::path::Path;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof render --with mirrors/\n  \
    pullproof render --with mirrors/ image.yaml --openshift 4.12 --out node/\n\n\
    A file that is not printed is not written by the Machine Config Operator: nodes keep the\n\
    one they came with.")]
pub(crate) struct Arguments {
    /// Mirror objects and image configuration: files, directories or `-`.
    #[arg(long, value_name = "PATH", num_args = 1.., required = true)]
    with: Vec<String>,
    /// The OpenShift release whose operator writes.
    #[arg(long, value_parser = openshift(), default_value = OpenShift::NEWEST.name(), value_name = "VERSION")]
    openshift: OpenShift,
    /// The image of the release payload, whose repository must stay reachable.
    #[arg(long, value_name = "IMAGE")]
    release_image: Option<String>,
    /// Writes the files below a directory instead of printing them.
    #[arg(long, value_name = "DIR")]
    out: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let mut files = Files::new();
    let inputs = input::read(&mut files, &arguments.with);
    if tell_unreadable(&inputs) {
        return Ok(exit::UNREADABLE);
    }
    if inputs.files.is_empty() {
        eprintln!(
            "pullproof: no YAML or JSON in {}",
            arguments.with.join(", ")
        );
        return Ok(exit::NOTHING);
    }
    let settings = Settings {
        version: arguments.openshift,
        release_image: arguments.release_image.clone(),
    };
    let model = Model::build(&mut files, &inputs.files, &settings);
    super::tell_left_out(&files, &model);
    let Ok(node) = &model.node else {
        super::tell_refusals(&files, &model);
        return Ok(exit::FINDINGS);
    };
    for warning in &node.warnings {
        eprintln!("pullproof: {warning}");
    }
    let written = node.written();
    if written.is_empty() {
        eprintln!("pullproof: nothing is written; nodes keep the files they came with");
    }
    match &arguments.out {
        None => {
            let mut text = String::new();
            for (idx, (path, content)) in written.iter().enumerate() {
                let gap = if idx == 0 { "" } else { "\n" };
                let end = if content.ends_with('\n') { "" } else { "\n" };
                text.push_str(&format!("{gap}==> {path} <==\n{content}{end}"));
            }
            output.print(&text)?;
        }
        Some(directory) => {
            for (path, content) in written {
                let path = Path::new(directory).join(path.trim_start_matches('/'));
                let parent = path.parent().unwrap_or(Path::new(directory));
                std::fs::create_dir_all(parent)
                    .with_context(|| format!("cannot create `{}`", parent.display()))?;
                std::fs::write(&path, content)
                    .with_context(|| format!("cannot write `{}`", path.display()))?;
                eprintln!("wrote {}", path.display());
            }
        }
    }
    if let Some(Err(errors)) = &model.registries {
        for error in errors {
            eprintln!("pullproof: nodes refuse the configuration: {error}");
        }
        return Ok(exit::FINDINGS);
    }
    Ok(exit::CLEAN)
}
