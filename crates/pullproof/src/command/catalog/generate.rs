//! Writes mirror sets for what mappings copy.

use super::copies;
use crate::exit;
use crate::output::{Output, printable};
use crate::reports::{Format, Plan as Reports};
use anyhow::Result;
use pullproof_core::file::{Files, Span};
use pullproof_core::mirroring::generate::{
    Generated, LeftOut, LeftOutReason, Narrower, Plan, Width, generate,
};
use pullproof_core::model::{Contents, Settings};
use pullproof_core::resource::catalog;
use pullproof_core::resource::mirror_set::MirrorSetKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Writing mirror sets")]
pub(super) struct Arguments {
    /// Write mirror sets of these kinds to standard output, proven to send each pull to its copy,
    /// instead of judging what is there; in the forms `text`, which is YAML, and `json`.
    #[arg(long, value_enum, value_name = "KINDS", value_delimiter = ',')]
    generate: Vec<Kind>,
    /// How much one source may stand for; a copy that this cannot say gets a narrower one.
    #[arg(long, value_enum, default_value = "repository", requires = "generate")]
    scope: Scope,
    /// What the names of the objects begin with.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "mirrors",
        requires = "generate"
    )]
    name: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Kind {
    /// An ImageDigestMirrorSet, for what is copied by digest.
    Idms,
    /// An ImageTagMirrorSet, for what is copied by tag.
    Itms,
    /// An ImageContentSourcePolicy, for what is copied by digest.
    Icsp,
}

impl Kind {
    fn kind(self) -> MirrorSetKind {
        match self {
            Kind::Idms => MirrorSetKind::ImageDigestMirrorSet,
            Kind::Itms => MirrorSetKind::ImageTagMirrorSet,
            Kind::Icsp => MirrorSetKind::ImageContentSourcePolicy,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Scope {
    /// A repository.
    Repository,
    /// All repositories beside each other.
    Namespace,
    /// A whole registry.
    Registry,
}

impl Arguments {
    /// Whether anything is to be written.
    pub(super) fn is_asked(&self) -> bool {
        !self.generate.is_empty()
    }
}

pub(super) fn run(
    arguments: &Arguments,
    reports: &Reports,
    files: &Files,
    contents: &Contents,
    settings: &Settings,
    output: &Output,
) -> Result<u8> {
    let mut kinds: Vec<MirrorSetKind> = Vec::new();
    for kind in &arguments.generate {
        if !kinds.contains(&kind.kind()) {
            kinds.push(kind.kind());
        }
    }
    let objects = contents.objects.iter().map(|judged| &judged.object);
    let plan = Plan {
        kinds,
        width: match arguments.scope {
            Scope::Repository => Width::Repository,
            Scope::Namespace => Width::Namespace,
            Scope::Registry => Width::Registry,
        },
        name: arguments.name.clone(),
        is_catalog: objects.filter_map(catalog::read).next().is_some(),
        version: settings.version,
    };
    let generated = generate(&contents.mappings, &plan);
    let n_faults: usize = contents.mappings.iter().map(|it| it.faults.len()).sum();
    if reports.is_on_stdout(Format::Json) {
        output.print(&(serde_json::to_string_pretty(&json(files, &generated))? + "\n"))?;
    } else if reports.is_on_stdout(Format::Text) {
        output.print(&generated.text)?;
    } else {
        eprintln!("pullproof: mirror sets are written as `text` or `json`");
        return Ok(exit::USAGE);
    }
    tell(files, &generated);
    if 0 < n_faults {
        eprintln!("pullproof: lines that are refused are not in it; see them without --generate");
    }
    let is_whole = generated.left_out.is_empty()
        && generated.unproven.is_empty()
        && generated.refusals.is_empty()
        && n_faults == 0;
    Ok(match is_whole {
        true => exit::CLEAN,
        false => exit::FINDINGS,
    })
}

fn why(reason: LeftOutReason) -> &'static str {
    match reason {
        LeftOutReason::Files => "not from a registry to a registry",
        LeftOutReason::Tag => "copied by tag, which asks for `--generate itms`",
        LeftOutReason::Digest => "copied by digest, which asks for `--generate idms`",
        LeftOutReason::Same => "copied to where it is",
        LeftOutReason::Source => "the API server takes no such source",
        LeftOutReason::Mirror => "the API server takes no such mirror",
    }
}

/// Most repositories that are told each by itself.
const TOLD_MAX: usize = 20;

/// Tells on standard error what was written, and what was not.
fn tell(files: &Files, generated: &Generated) {
    let Generated {
        text: _,
        n_entries,
        n_copies,
        unproven,
        refusals,
        left_out,
        narrower,
    } = generated;
    let place = |span: Span| crate::command::place(files, span);
    for reason in refusals {
        eprintln!(
            "pullproof: nodes would get nothing of this: {}",
            printable(reason)
        );
    }
    for Narrower {
        span,
        repository,
        source,
    } in narrower.iter().take(TOLD_MAX)
    {
        let (place, repository, source) = (place(*span), printable(repository), printable(source));
        eprintln!("pullproof: {place}: `{repository}` has a narrower source, `{source}`");
    }
    if TOLD_MAX < narrower.len() {
        let n_more = narrower.len() - TOLD_MAX;
        eprintln!("pullproof: so have {n_more} more repositories");
    }
    let mut by_reason: BTreeMap<LeftOutReason, Vec<Span>> = BTreeMap::new();
    for LeftOut { span, reason } in left_out {
        by_reason.entry(*reason).or_default().push(*span);
    }
    for (reason, spans) in by_reason {
        let (why, n) = (why(reason), copies(spans.len()));
        let place = spans.first().map_or(String::new(), |span| place(*span));
        eprintln!("pullproof: {place}: left out, {n}: {why}");
    }
    let n_proven = n_copies - unproven.len();
    let entries = match n_entries {
        1 => "1 entry".to_owned(),
        n => format!("{n} entries"),
    };
    eprintln!(
        "{entries}: nodes look for {n_proven} of {} where they are",
        copies(*n_copies)
    );
}

fn json(files: &Files, generated: &Generated) -> Value {
    let Generated {
        text,
        n_entries,
        n_copies,
        unproven,
        refusals,
        left_out,
        narrower,
    } = generated;
    let place = |span: &Span| crate::command::place(files, *span);
    let left_out = left_out.iter().map(|LeftOut { span, reason }| {
        json!({ "place": place(span), "image": files.slice(*span), "reason": why(*reason) })
    });
    let narrower = narrower.iter().map(
        |Narrower {
             span,
             repository,
             source,
         }| json!({ "place": place(span), "repository": repository, "source": source }),
    );
    json!({
        "version": 1,
        "objects": text,
        "entries": n_entries,
        "copies": n_copies,
        "unproven": unproven.iter().map(place).collect::<Vec<_>>(),
        "refusals": refusals,
        "left_out": left_out.collect::<Vec<_>>(),
        "narrower": narrower.collect::<Vec<_>>(),
    })
}
