//! What pulls are resolved with: objects, or the files of a node.

use super::{openshift, tell_left_out, tell_refusals, tell_unreadable};
use crate::exit;
use crate::input;
use crate::output::printable;
use anyhow::Result;
use clap::Args;
use pullproof_core::file::{Files, Span};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::policy_json::{Policy, read as policy_reader};
use pullproof_core::registries::conf;
use pullproof_core::registries::load::{ConfFile, Registries, load};

/// The arguments of a command that asks where pulls go.
#[derive(Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// Mirror objects and image configuration: files, directories or `-`.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with = "conf")]
    with: Vec<String>,
    /// A registries.conf to read instead of objects.
    #[arg(long, value_name = "FILE", required_unless_present = "with")]
    conf: Option<String>,
    /// The drop-in directory beside it.
    #[arg(long, value_name = "DIR", requires = "conf", conflicts_with = "with")]
    conf_dir: Option<String>,
    /// The policy.json beside it; without one every image is let in.
    #[arg(long, value_name = "FILE", requires = "conf", conflicts_with = "with")]
    policy: Option<String>,
    /// The OpenShift release whose nodes pull.
    #[arg(long, value_parser = openshift(), default_value = OpenShift::NEWEST.name(), value_name = "VERSION")]
    openshift: OpenShift,
    /// The image of the release payload, whose repository must stay reachable.
    #[arg(long, value_name = "IMAGE")]
    release_image: Option<String>,
}

impl Arguments {
    /// Whether the objects come from standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.with.iter().any(|path| path == input::STDIN)
    }
}

/// What pulls are resolved with, and the model it comes from where there is one.
pub(crate) struct World {
    pub(crate) model: Option<Model>,
    pub(crate) registries: Registries,
    /// The one that was read; a model has its own.
    policy: Option<Policy>,
    /// The start of the first input; `None` when there is none.
    pub(crate) start: Option<Span>,
}

impl World {
    /// What nodes let in; `None` where they let in every image.
    pub(crate) fn policy(&self) -> Option<&Policy> {
        match &self.model {
            Some(model) => model.policy(),
            None => self.policy.as_ref(),
        }
    }
}

/// Reads what the arguments name, or tells why that is nothing, and gives the exit code.
///
/// # Errors
/// When a file or directory cannot be read.
pub(crate) fn read(arguments: &Arguments, files: &mut Files) -> Result<Result<World, u8>> {
    match &arguments.conf {
        Some(path) => from_conf(arguments, path, files),
        None => from_objects(arguments, files),
    }
}

fn from_objects(arguments: &Arguments, files: &mut Files) -> Result<Result<World, u8>> {
    let inputs = input::read(files, &arguments.with);
    if tell_unreadable(&inputs) {
        return Ok(Err(exit::UNREADABLE));
    }
    if inputs.files.is_empty() {
        eprintln!(
            "pullproof: no YAML or JSON in {}",
            arguments.with.join(", ")
        );
        return Ok(Err(exit::NOTHING));
    }
    let settings = Settings {
        version: arguments.openshift,
        release_image: arguments.release_image.clone(),
    };
    let start = inputs.files.first().map(|file| Span::new(*file, 0, 0));
    let mut model = Model::build(files, &inputs.files, &settings);
    tell_left_out(files, &model);
    match model.registries.take() {
        Some(Ok(registries)) => Ok(Ok(World {
            model: Some(model),
            registries,
            policy: None,
            start,
        })),
        Some(Err(errors)) => {
            for error in &errors {
                eprintln!("pullproof: nodes refuse the configuration: {error}");
            }
            Ok(Err(exit::FINDINGS))
        }
        None => {
            tell_refusals(files, &model);
            Ok(Err(exit::FINDINGS))
        }
    }
}

fn from_conf(arguments: &Arguments, path: &str, files: &mut Files) -> Result<Result<World, u8>> {
    let mut paths = vec![path.to_owned()];
    if let Some(directory) = &arguments.conf_dir {
        paths.extend(input::drop_ins(directory)?);
    }
    let mut decoded = Vec::with_capacity(paths.len());
    let mut start = None;
    for (idx, path) in paths.iter().enumerate() {
        let file = input::read_one(files, path)?;
        start.get_or_insert(Span::new(file, 0, 0));
        let drop_in = if idx == 0 { "" } else { "drop-in " };
        match conf::decode(files, file) {
            Ok(conf) => decoded.push(ConfFile {
                name: path.clone(),
                conf,
            }),
            Err(error) => {
                let place = error
                    .span()
                    .map(|span| files.position(span.file, span.start));
                let place = place.map_or(String::new(), |place| format!(":{place}"));
                eprintln!(
                    "pullproof: {path}{place}: nodes refuse the configuration: \
                     loading {drop_in}registries configuration: {error}"
                );
                return Ok(Err(exit::UNREADABLE));
            }
        }
    }
    let policy = match &arguments.policy {
        None => None,
        Some(path) => match from_policy(path, files)? {
            Some(policy) => Some(policy),
            None => return Ok(Err(exit::UNREADABLE)),
        },
    };
    let main = decoded.remove(0);
    match load(Some(main), decoded, arguments.openshift) {
        Ok(registries) => Ok(Ok(World {
            model: None,
            registries,
            policy,
            start,
        })),
        Err(errors) => {
            for error in &errors {
                let place = error.span.map(|span| files.position(span.file, span.start));
                let place = place.map_or(String::new(), |place| format!(":{place}"));
                let name = &error.file;
                eprintln!("pullproof: {name}{place}: nodes refuse the configuration: {error}");
            }
            Ok(Err(exit::UNREADABLE))
        }
    }
}

/// The policy of a file; `None` when it was told why there is none.
fn from_policy(path: &str, files: &mut Files) -> Result<Option<Policy>> {
    let file = input::read_one(files, path)?;
    let faults = match policy_reader::read(files, file) {
        Ok(policy) => return Ok(Some(policy)),
        Err(faults) => faults,
    };
    for fault in &faults {
        let place = files.position(fault.span.file, fault.span.start);
        let fault = printable(&fault.value.to_string());
        eprintln!("pullproof: {path}:{place}: nodes refuse every image: invalid policy: {fault}");
    }
    Ok(None)
}
