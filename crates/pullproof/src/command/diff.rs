//! `pullproof diff`: what a change does to every pull, to registries.conf and to nodes.

mod markdown;
mod nodes;
mod text;

use super::{openshift, tell_left_out, tell_refusals, tell_unreadable};
use crate::exit;
use crate::input;
use crate::output::Output;
use crate::playground::{self, Group, View};
use crate::revision;
use anyhow::Result;
use clap::Args;
use nodes::Effects;
use pullproof_core::compare::story::{Story, stories};
use pullproof_core::compare::{Change, Node, compare_nodes};
use pullproof_core::file::{FileId, Files, Span};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::registries::CONF_PATH;
use pullproof_core::registries::load::Registries;
use serde_json::json;
use similar::TextDiff;
use std::collections::BTreeSet;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof diff --before now/ --after proposed/\n  \
    pullproof diff --against origin/main mirrors/ --exit-code\n  \
    pullproof diff --against origin/main mirrors/ --format markdown > comment.md\n\n\
    Both sides are whole: what is only in --before is deleted, what is only in --after created.")]
pub(crate) struct Arguments {
    /// The objects as they are: files, directories or `-`; none for a new cluster.
    #[arg(long, value_name = "PATH", num_args = 0.., required_unless_present = "against")]
    before: Vec<String>,
    /// The objects as they will be.
    #[arg(long, value_name = "PATH", num_args = 0.., required_unless_present = "against")]
    after: Vec<String>,
    /// Takes the objects as they are from this revision of git, for the paths given.
    #[arg(long, value_name = "REV", conflicts_with_all = ["before", "after"], requires = "paths")]
    against: Option<String>,
    /// What to compare with a revision: files or directories.
    #[arg(value_name = "PATH", requires = "against")]
    paths: Vec<String>,
    /// Ends with 1 when any pull changes; without it, only when some pull fails that worked.
    #[arg(long)]
    exit_code: bool,
    /// The form of the report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The OpenShift release whose nodes pull.
    #[arg(long, value_parser = openshift(), default_value = OpenShift::NEWEST.name(), value_name = "VERSION")]
    openshift: OpenShift,
    /// Tells the effect on nodes for every release, not only the one.
    #[arg(long)]
    every_release: bool,
    /// Leaves out the difference of registries.conf.
    #[arg(long)]
    no_conf: bool,
    /// The image of the release payload, whose repository must stay reachable.
    #[arg(long, value_name = "IMAGE")]
    release_image: Option<String>,
    #[command(flatten)]
    playground: playground::Argument,
}

/// The form of the report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    /// For people at a terminal.
    Text,
    /// For a comment on a pull request.
    Markdown,
    /// For machines.
    Json,
}

/// One side of a change.
struct Side {
    inputs: Vec<FileId>,
    files: Files,
    model: Model,
}

/// What a change does.
struct Difference {
    stories: Vec<Story>,
    /// The two registries.conf files, as one text; empty when they are equal, and `None` where
    /// nobody wants it.
    conf: Option<String>,
    effects: Effects,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let (paths_after, before) = match &arguments.against {
        None => {
            let is_stdin = |path: &String| path == input::STDIN;
            if arguments.before.iter().any(is_stdin) && arguments.after.iter().any(is_stdin) {
                eprintln!("pullproof: standard input can be read once");
                return Ok(exit::USAGE);
            }
            let side = read(arguments, &arguments.before, "before");
            (&arguments.after, side)
        }
        Some(revision) => {
            let mut files = Files::new();
            let is_excluded = |path: &std::path::Path| !input::has_objects(path);
            let inputs = revision::read(&mut files, &arguments.paths, revision, &is_excluded);
            let inputs = match inputs {
                Ok(inputs) => inputs,
                Err(error) => {
                    eprintln!("pullproof: {error:#}");
                    return Ok(exit::USAGE);
                }
            };
            (&arguments.paths, side(arguments, files, &inputs, "before"))
        }
    };
    let before = match before {
        Ok(side) => side,
        Err(code) => return Ok(code),
    };
    let after = match read(arguments, paths_after, "after") {
        Ok(side) => side,
        Err(code) => return Ok(code),
    };
    if let Some(base) = arguments.playground.base() {
        return playground::print(base, &link(&before, &after, &arguments.settings()), output);
    }
    let (Some(old), Some(new)) = (Node::of(&before.model), Node::of(&after.model)) else {
        return Ok(exit::FINDINGS);
    };
    let changed = compare_nodes(old, new);
    let releases = match arguments.every_release {
        true => OpenShift::ALL.map(|(release, _)| release).to_vec(),
        false => vec![arguments.openshift],
    };
    let difference = Difference {
        stories: stories(&changed),
        conf: (!arguments.no_conf).then(|| conf_difference(&before, &after)),
        effects: nodes::effects(&before, &after, &releases),
    };
    match arguments.format {
        Format::Text => output.print(&text::text(&before, &after, &difference, output)?)?,
        Format::Markdown => output.print(&markdown::markdown(&before, &after, &difference)?)?,
        Format::Json => output.print(&json_report(&before, &after, &difference))?,
    }
    let fails = difference
        .stories
        .iter()
        .any(|it| it.change == Change::Fails);
    Ok(match arguments.exit_code {
        true if !difference.stories.is_empty() => exit::FINDINGS,
        _ if fails => exit::FINDINGS,
        _ => exit::CLEAN,
    })
}

fn read(arguments: &Arguments, paths: &[String], name: &str) -> Result<Side, u8> {
    let mut files = Files::new();
    let inputs = input::read(&mut files, paths);
    if tell_unreadable(&inputs) {
        return Err(exit::UNREADABLE);
    }
    if inputs.files.is_empty() && !paths.is_empty() {
        eprintln!("pullproof: no YAML or JSON in {}", paths.join(", "));
        return Err(exit::NOTHING);
    }
    side(arguments, files, &inputs.files, name)
}

fn side(
    arguments: &Arguments,
    mut files: Files,
    inputs: &[FileId],
    name: &str,
) -> Result<Side, u8> {
    let model = Model::build(&mut files, inputs, &arguments.settings());
    tell_left_out(&files, &model);
    match &model.registries {
        Some(Ok(_)) => Ok(Side {
            inputs: inputs.to_vec(),
            files,
            model,
        }),
        Some(Err(errors)) => {
            for error in errors {
                eprintln!("pullproof: {name}: nodes refuse the configuration: {error}");
            }
            Err(exit::FINDINGS)
        }
        None => {
            tell_refusals(&files, &model);
            Err(exit::FINDINGS)
        }
    }
}

impl Arguments {
    fn settings(&self) -> Settings {
        Settings {
            version: self.openshift,
            release_image: self.release_image.clone(),
        }
    }
}

/// Both sides. What is proposed only adds to what there is, so that a file with an object that is
/// not there any more counts as deleted.
fn link<'a>(before: &'a Side, after: &'a Side, settings: &'a Settings) -> playground::Link<'a> {
    let names = |side: &'a Side| {
        let objects = side.model.objects.iter().map(|judged| &judged.object);
        objects.map(|object| (object.span().file, (&object.kind.value, &object.name.value)))
    };
    let left: BTreeSet<_> = names(after).map(|(_, name)| name).collect();
    let removed = names(before).filter(|(_, name)| !left.contains(name));
    let removed = removed.map(|(file, _)| file).collect();
    let side = |group, side: &'a Side, removed| playground::Side {
        group,
        files: &side.files,
        ids: &side.inputs,
        removed,
    };
    playground::Link {
        settings,
        sides: vec![
            side(Group::Proposed, after, BTreeSet::new()),
            side(Group::Current, before, removed),
        ],
        images: Vec::new(),
        view: View::Changes,
    }
}

impl Side {
    fn registries(&self) -> Option<&Registries> {
        self.model.registries.as_ref()?.as_ref().ok()
    }

    fn conf(&self) -> String {
        let node = self.model.node.as_ref().ok();
        let texts = node.map(pullproof_core::render::NodeFiles::on_node);
        let text = texts.and_then(|mut texts| texts.remove(CONF_PATH));
        text.unwrap_or_default()
    }

    /// A place as people write it, and the object that it is in.
    fn place(&self, span: Span) -> (String, Option<String>) {
        let position = self.files.position(span.file, span.start);
        let place = format!("{}:{position}", self.files.name(span.file));
        (place, self.model.locate(span).map(|(object, _)| object))
    }
}

/// The entry that is responsible for how pulls change: the one that will govern them, or the one
/// that did.
struct Responsible {
    prefix: String,
    place: String,
    object: Option<String>,
    is_after: bool,
}

fn responsible(before: &Side, after: &Side, story: &Story) -> Option<Responsible> {
    let of = |side: &Side, idx: usize| -> Option<Responsible> {
        let registry = side.registries()?.registry(story.entries[idx]?);
        let span = registry.origins.first().map(|origin| origin.span);
        let (place, object) = side.place(span.or(registry.span)?);
        Some(Responsible {
            prefix: registry.prefix.clone(),
            place,
            object,
            is_after: idx == 1,
        })
    };
    of(after, 1).or_else(|| of(before, 0))
}

fn conf_difference(before: &Side, after: &Side) -> String {
    let (old, new) = (before.conf(), after.conf());
    let diff = TextDiff::from_lines(&old, &new);
    let diff = diff.unified_diff().header("before", "after").to_string();
    match old == new {
        true => String::new(),
        false => diff,
    }
}

/// What is tried, in a line.
fn chain(story: &Story, idx: usize) -> String {
    let chain = match story.tried[idx].as_slice() {
        [] => "nothing".to_owned(),
        tried => tried.join(", then "),
    };
    match story.is_let_in[idx] {
        true => chain,
        false => format!("{chain}; policy.json refuses the image"),
    }
}

fn json_report(before: &Side, after: &Side, difference: &Difference) -> String {
    let Difference {
        stories,
        conf,
        effects,
    } = difference;
    let pulls = stories.iter().map(|story| {
        let responsible = responsible(before, after, story);
        json!({
            "change": story.change.name(),
            "image": story.image,
            "by_tag": story.by_tag,
            "by_digest": story.by_digest,
            "before": story.tried[0],
            "after": story.tried[1],
            "let_in_before": story.is_let_in[0],
            "let_in_after": story.is_let_in[1],
            "entry": responsible.map(|it| json!({
                "prefix": it.prefix,
                "place": it.place,
                "object": it.object,
                "side": if it.is_after { "after" } else { "before" },
            })),
        })
    });
    let report = json!({
        "version": 1,
        "pulls": pulls.collect::<Vec<_>>(),
        "registries_conf": conf,
        "nodes": effects.json(),
    });
    format!("{report:#}\n")
}
