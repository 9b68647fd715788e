//! `pullproof resolve`: where pulls go.

use super::world;
use crate::exit;
use crate::input;
use crate::output::{Format, Output};
use anyhow::Result;
use clap::Args;
use pullproof_core::file::{Files, Span};
use pullproof_core::model::Model;
use pullproof_core::policy_json::Policy;
use pullproof_core::registries::entry::ShortNameMode;
use pullproof_core::registries::load::Registries;
use pullproof_core::resource::images;
use pullproof_core::trace::{self, Context, Trace, trace};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof resolve quay.io/org/app:1.2 --with mirrors/\n  \
    pullproof resolve --images-from deployment.yaml --with mirrors/ --down mirror.lab:5000\n  \
    pullproof resolve ubi9/ubi --conf /etc/containers/registries.conf\n  \
    pullproof resolve quay.io/org/app:1.2 --conf registries.conf --policy policy.json")]
pub(crate) struct Arguments {
    /// Image names, as a pod would have them.
    #[arg(value_name = "IMAGE", required_unless_present = "images_from")]
    images: Vec<String>,
    #[command(flatten)]
    world: world::Arguments,
    /// A list of image names, or manifests in which every `image:` counts; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    images_from: Option<String>,
    /// Registries that do not answer.
    #[arg(long, value_name = "HOST", num_args = 1..)]
    down: Vec<String>,
    /// The form of the report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// What the arguments ask about, resolved.
#[cfg_attr(
    not(feature = "probe"),
    expect(dead_code, reason = "probe needs more than the traces")
)]
pub(super) struct Resolved {
    /// What happens to each image, in order.
    pub(super) traces: Vec<Trace>,
    /// The configuration in force.
    pub(super) registries: Registries,
    /// The form of the report.
    pub(super) format: Format,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let traces = match resolved(arguments)? {
        Ok(resolved) => resolved.traces,
        Err(code) => return Ok(code),
    };
    match arguments.format {
        Format::Text => output.print(&text(&traces, output))?,
        Format::Json => {
            let report = serde_json::json!({ "version": 1, "images": traces });
            output.print(&(serde_json::to_string_pretty(&report)? + "\n"))?;
        }
    }
    let all_pulled = traces.iter().all(Trace::pulls_any);
    Ok(if all_pulled {
        exit::CLEAN
    } else {
        exit::FINDINGS
    })
}

/// Reads what the arguments name and resolves every image; else the code to end with, when it has
/// been told why.
pub(super) fn resolved(arguments: &Arguments) -> Result<Result<Resolved, u8>> {
    let from_stdin = arguments.images_from.as_deref() == Some(input::STDIN);
    if from_stdin && arguments.world.reads_stdin() {
        eprintln!("pullproof: standard input can be read once: objects or images, not both");
        return Ok(Err(exit::USAGE));
    }
    let mut files = Files::new();
    let world = match world::read(&arguments.world, &mut files)? {
        Ok(world) => world,
        Err(code) => return Ok(Err(code)),
    };
    let mut wanted: Vec<(String, Option<Span>)> = arguments
        .images
        .iter()
        .map(|image| (image.clone(), None))
        .collect();
    if let Some(path) = &arguments.images_from {
        let file = input::read_one(&mut files, path)?;
        let found = images::of_file(&files, file).into_iter();
        wanted.extend(found.map(|image| (image.value, Some(image.span))));
    }
    if wanted.is_empty() {
        eprintln!("pullproof: no image to resolve");
        return Ok(Err(exit::NOTHING));
    }
    let traces = traces(
        &files,
        &world.registries,
        world.policy(),
        world.model.as_ref(),
        &arguments.down,
        &wanted,
    );
    Ok(Ok(Resolved {
        traces,
        registries: world.registries,
        format: arguments.format,
    }))
}

/// What happens to each image, in order.
pub(super) fn traces(
    files: &Files,
    registries: &Registries,
    policy: Option<&Policy>,
    model: Option<&Model>,
    down: &[String],
    wanted: &[(String, Option<Span>)],
) -> Vec<Trace> {
    let object_at = |span: Span| model?.locate(span).map(|(object, _)| object);
    let context = Context {
        files,
        registries,
        policy,
        // CRI-O overrides the file's mode, and OpenShift's CRI-O disables asking.
        short_name_mode: ShortNameMode::Disabled,
        down,
        object_at: &object_at,
    };
    wanted
        .iter()
        .map(|(image, span)| trace(&context, image, *span))
        .collect()
}

/// The traces for people.
pub(super) fn text(traces: &[Trace], output: &Output) -> String {
    trace::text::text(traces, &|tone, text| output.tone(tone, text))
}
