//! `pullproof resolve`: where pulls go.

use super::world;
use crate::exit;
use crate::input;
use crate::output::{Format, Output, printable};
use anyhow::Result;
use clap::Args;
use pullproof_core::file::{Files, Span};
use pullproof_core::model::Model;
use pullproof_core::policy_json::Policy;
use pullproof_core::policy_json::decision::Verdict;
use pullproof_core::registries::entry::ShortNameMode;
use pullproof_core::registries::load::Registries;
use pullproof_core::resource::images;
use pullproof_core::trace::judgement::Judgement;
use pullproof_core::trace::{Candidate, Context, Outcome, Place, Step, Trace, trace};
use std::fmt::Write as _;

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
        Format::Text => output.print(&text(&traces, output)?)?,
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
    let is_asked = !matches!(candidate.outcome, Outcome::Fails { .. });
    if let Some(policy) = candidate.policy.as_ref().filter(|_| is_asked) {
        policy_text(text, policy, output)?;
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
        Outcome::Rejected {
            first,
            n_endpoints: _,
            reason,
        } => {
            let fails = output.bad("=> fails:");
            writeln!(text, "  {fails} {first} is contacted, and then: {reason}")?;
        }
    }
    Ok(())
}

/// What policy.json says; nothing where nobody asked for what decides.
fn policy_text(text: &mut String, policy: &Judgement, output: &Output) -> Result<()> {
    let label = "policy.json:";
    let label = match policy.verdict {
        Verdict::Accepted if policy.origins.is_empty() => return Ok(()),
        Verdict::Accepted => label.to_owned(),
        Verdict::NeedsSignatures => output.odd(label),
        Verdict::Rejected => output.bad(label),
    };
    let place = output.dim(&origin_text(&policy.origins));
    writeln!(text, "  {label} {}{place}", printable(&policy.reason))?;
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
