//! `pullproof resolve`: where pulls go.

use super::{openshift, tell_unreadable};
use crate::exit;
use crate::input;
use crate::output::{Format, Output, printable};
use anyhow::Result;
use clap::Args;
use pullproof_core::file::{Files, Span};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::registries::conf;
use pullproof_core::registries::entry::ShortNameMode;
use pullproof_core::registries::load::{ConfFile, Registries, load};
use pullproof_core::resource::images;
use pullproof_core::trace::{Candidate, Context, Outcome, Place, Step, Trace, trace};
use std::fmt::Write as _;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof resolve quay.io/org/app:1.2 --with mirrors/\n  \
    pullproof resolve --images-from deployment.yaml --with mirrors/ --down mirror.lab:5000\n  \
    pullproof resolve ubi9/ubi --conf /etc/containers/registries.conf")]
pub(crate) struct Arguments {
    /// Image names, as a pod would have them.
    #[arg(value_name = "IMAGE", required_unless_present = "images_from")]
    images: Vec<String>,
    /// Mirror objects and image configuration: files, directories or `-`.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with = "conf")]
    with: Vec<String>,
    /// A registries.conf to read instead of objects.
    #[arg(long, value_name = "FILE", required_unless_present = "with")]
    conf: Option<String>,
    /// The drop-in directory beside it.
    #[arg(long, value_name = "DIR", requires = "conf")]
    conf_dir: Option<String>,
    /// A list of image names, or manifests in which every `image:` counts; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    images_from: Option<String>,
    /// Registries that do not answer.
    #[arg(long, value_name = "HOST", num_args = 1..)]
    down: Vec<String>,
    /// The form of the report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The OpenShift release whose nodes pull.
    #[arg(long, value_parser = openshift(), default_value = OpenShift::NEWEST.name(), value_name = "VERSION")]
    openshift: OpenShift,
    /// The image of the release payload, whose repository must stay reachable.
    #[arg(long, value_name = "IMAGE")]
    release_image: Option<String>,
}

/// What pulls are resolved with, and the model it comes from where there is one.
struct World {
    model: Option<Model>,
    registries: Registries,
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
        Format::Text => output.print(&text(&traces, output)?)?,
        Format::Json => {
            let report = serde_json::json!({ "version": 1, "images": traces });
            output.print(&(serde_json::to_string_pretty(&report)? + "\n"))?;
        }
    }
    let all_pulled = traces.iter().all(Trace::contacts_any);
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
    if from_stdin && arguments.with.iter().any(|path| path == input::STDIN) {
        eprintln!("pullproof: standard input can be read once: objects or images, not both");
        return Ok(Err(exit::USAGE));
    }
    let mut files = Files::new();
    let world = match &arguments.conf {
        Some(path) => from_conf(arguments, path, &mut files)?,
        None => from_objects(arguments, &mut files)?,
    };
    let World { model, registries } = match world {
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
    let down = &arguments.down;
    Ok(Ok(Resolved {
        traces: traces(&files, &registries, model.as_ref(), down, &wanted),
        registries,
        format: arguments.format,
    }))
}

/// What happens to each image, in order.
pub(super) fn traces(
    files: &Files,
    registries: &Registries,
    model: Option<&Model>,
    down: &[String],
    wanted: &[(String, Option<Span>)],
) -> Vec<Trace> {
    let object_at = |span: Span| model?.locate(span).map(|(object, _)| object);
    let context = Context {
        files,
        registries,
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
    let mut model = Model::build(files, &inputs.files, &settings);
    super::tell_left_out(files, &model);
    match model.registries.take() {
        Some(Ok(registries)) => Ok(Ok(World {
            model: Some(model),
            registries,
        })),
        Some(Err(errors)) => {
            for error in &errors {
                eprintln!("pullproof: nodes refuse the configuration: {error}");
            }
            Ok(Err(exit::FINDINGS))
        }
        None => {
            super::tell_refusals(files, &model);
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
    for (idx, path) in paths.iter().enumerate() {
        let file = input::read_one(files, path)?;
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
    let main = decoded.remove(0);
    match load(Some(main), decoded, arguments.openshift) {
        Ok(registries) => Ok(Ok(World {
            model: None,
            registries,
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

/// The traces for people.
pub(super) fn text(traces: &[Trace], output: &Output) -> Result<String> {
    let mut text = String::new();
    for (idx, trace) in traces.iter().enumerate() {
        if 0 < idx {
            text.push('\n');
        }
        let image = output.bold(&printable(&trace.image));
        let found = trace.place.as_ref().map_or(String::new(), |place| {
            output.dim(&format!("  {}", place_text(place)))
        });
        writeln!(text, "{image}{found}")?;
        if let Some(error) = &trace.error {
            writeln!(text, "  {} {}", output.bad("fails:"), printable(error))?;
        }
        for candidate in &trace.candidates {
            candidate_text(&mut text, trace, candidate, output)?;
        }
    }
    Ok(text)
}

fn candidate_text(
    text: &mut String,
    trace: &Trace,
    candidate: &Candidate,
    output: &Output,
) -> Result<()> {
    if candidate.reference != trace.image {
        writeln!(text, "  as {}", candidate.reference)?;
    }
    match &candidate.entry {
        None => writeln!(
            text,
            "  governed by nothing: {}",
            output.dim("no entry matches")
        )?,
        Some(entry) => {
            let place = output.dim(&origin_text(&entry.origins));
            writeln!(text, "  governed by `{}`{place}", printable(&entry.prefix))?;
        }
    }
    for (idx, step) in candidate.attempts.iter().enumerate() {
        step_text(text, idx + 1, step, output)?;
    }
    for skipped in &candidate.skipped {
        let place = output.dim(&origin_text(&skipped.origins));
        let location = printable(&skipped.location);
        let reason = &skipped.reason;
        writeln!(
            text,
            "  {} `{location}`: {reason}{place}",
            output.odd("not tried:")
        )?;
    }
    if let Some(error) = &candidate.error {
        writeln!(text, "  {} {}", output.bad("error:"), printable(error))?;
    }
    match &candidate.outcome {
        Outcome::Fails { reason } => writeln!(text, "  {} {reason}", output.bad("=> fails:"))?,
        Outcome::Contacts { first, n_endpoints } => {
            let more = match n_endpoints {
                1 => "and nobody else".to_owned(),
                2 => "then 1 more where that fails".to_owned(),
                n => format!("then {} more where that fails", n - 1),
            };
            writeln!(text, "  {} {first}, {more}", output.good("=> contacts"))?;
        }
    }
    Ok(())
}

fn step_text(text: &mut String, number: usize, step: &Step, output: &Output) -> Result<()> {
    let tls = match (&step.refused, step.down, step.insecure) {
        (Some(refused), _, _) => output.bad(&format!("refused, {refused}")),
        (None, true, _) => output.bad("down"),
        (None, false, true) => output.odd("TLS not verified, plain HTTP accepted"),
        (None, false, false) => "over TLS".to_owned(),
    };
    writeln!(text, "  {number}. {}", step.reference)?;
    let place = output.dim(&origin_text(&step.origins));
    writeln!(text, "     {tls}; {}{place}", step.reason)?;
    Ok(())
}

/// The most telling of some places, in brackets.
fn origin_text(places: &[Place]) -> String {
    match places.first() {
        None => String::new(),
        Some(place) => match &place.object {
            Some(object) => printable(&format!(" ({object}, {})", place_text(place))),
            None => printable(&format!(" ({})", place_text(place))),
        },
    }
}

pub(super) fn place_text(place: &Place) -> String {
    printable(&format!("{}:{}:{}", place.file, place.line, place.column))
}
