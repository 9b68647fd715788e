//! `pullproof prove`: what holds for every pull that there is.

use super::world;
use crate::exit;
use crate::input;
use crate::output::Output;
use crate::reports::{self, Stdout};
use anyhow::Result;
use clap::Args;
use pullproof_core::file::{FileId, Files, Span};
use pullproof_core::finding::{Finding, Severity};
use pullproof_core::model::Contents;
use pullproof_core::openshift::OpenShift;
use pullproof_core::prove::allowed::{Allowed, Extent, mirror_hosts};
use pullproof_core::prove::covers::{Covered, covers};
use pullproof_core::prove::{CARDS, CLASSES_MAX, Claim, Proof, World, prove};
use pullproof_core::report::{Run, plural};
use pullproof_core::resource::pull_secret;
use std::collections::BTreeSet;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof prove --with mirrors/ --offline --governed\n  \
    pullproof prove --with mirrors/ --allow mirror.lab:5000 --allow \"*.corp.example.com\"\n  \
    pullproof prove --with mirrors/ --reachable --down mirror-a.lab\n  \
    pullproof prove --with mirrors/ --covers images.txt\n  \
    pullproof prove --conf registries.conf --auth pull-secret.json --insecure\n\n\
    All references are parted into finitely many classes of which each fares alike, and where a\n\
    pull of each goes is asked of what `resolve` asks. Claims may be made together.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    world: world::Arguments,
    /// Claims that nothing but the hosts of mirrors is contacted; so it is where nothing else is
    /// claimed.
    #[arg(long)]
    offline: bool,
    /// Claims that nothing but these is contacted: hosts, paths below them, wildcards.
    #[arg(long, value_name = "SCOPE", num_args = 1..)]
    allow: Vec<String>,
    /// Leaves out images that no source covers, which no mirror object can stop.
    #[arg(long)]
    governed: bool,
    /// Claims that every usual image can be pulled.
    #[arg(long)]
    reachable: bool,
    /// Registries that do not answer.
    #[arg(long, value_name = "HOST", num_args = 1..)]
    down: Vec<String>,
    /// Claims that a mirror serves each of these images: a list of names, or manifests in which
    /// every `image:` counts; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    covers: Option<String>,
    /// Claims that everything which entries send pulls to has credentials in this pull secret.
    #[arg(long, value_name = "FILE")]
    auth: Option<String>,
    /// Claims that nothing is contacted without verifying who answers.
    #[arg(long)]
    insecure: bool,
    #[command(flatten)]
    reports: reports::Arguments,
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let plan = match reports::Plan::new(&arguments.reports) {
        Ok(plan) => plan,
        Err(reason) => {
            eprintln!("pullproof: {reason}");
            return Ok(exit::USAGE);
        }
    };
    let is_stdin = |path: &Option<String>| path.as_deref() == Some(input::STDIN);
    let n_stdin = [
        arguments.world.reads_stdin(),
        is_stdin(&arguments.covers),
        is_stdin(&arguments.auth),
    ];
    if 1 < n_stdin.into_iter().filter(|is_stdin| *is_stdin).count() {
        eprintln!("pullproof: standard input can be read once");
        return Ok(exit::USAGE);
    }
    let mut files = Files::new();
    let node = match world::read(&arguments.world, &mut files)? {
        Ok(world) => world,
        Err(code) => return Ok(code),
    };
    let keys = match &arguments.auth {
        None => None,
        Some(path) => {
            let file = input::read_one(&mut files, path)?;
            let keys = keys(&files, file);
            if keys.is_empty() {
                eprintln!("pullproof: {path}: there are no credentials in it");
                return Ok(exit::UNREADABLE);
            }
            Some(keys)
        }
    };
    let images = match &arguments.covers {
        None => None,
        Some(path) => {
            let file = input::read_one(&mut files, path)?;
            let found = pullproof_core::resource::images::of_file(&files, file);
            if found.is_empty() {
                eprintln!("pullproof: no image in {path}");
                return Ok(exit::NOTHING);
            }
            Some(found)
        }
    };
    let locate = |span: Span| node.model.as_ref()?.locate(span);
    let start = match node.start {
        Some(start) => start,
        None => Span::new(files.add("registries.conf", ""), 0, 0),
    };
    let world = World {
        registries: &node.registries,
        policy: node.policy(),
        start,
        locate: &locate,
    };
    let mut verdicts = Vec::new();
    let mut findings = Vec::new();
    let mut is_cut = false;
    let keys: Option<Vec<&str>> = keys
        .as_ref()
        .map(|keys| keys.iter().map(String::as_str).collect());
    for (name, claim) in claims(arguments, &node, keys.as_deref()) {
        let mut proof = prove(&world, &claim);
        is_cut |= proof.is_cut;
        verdicts.push(verdict(&name, &proof));
        findings.append(&mut proof.findings);
    }
    if let Some(images) = &images {
        let covered = covers(&world, images, &arguments.down);
        verdicts.push(coverage(&covered));
        findings.extend(covered.findings);
    }
    findings.sort_by_key(|finding: &Finding| (finding.span, finding.code));
    let mut inputs = BTreeSet::new();
    inputs.extend(findings.iter().map(|finding| finding.span.file));
    inputs.insert(start.file);
    let inputs: Vec<_> = inputs.into_iter().collect();
    let run = Run {
        files: &files,
        inputs: &inputs,
        unreadable: &[],
        findings: &findings,
        suppressed: &[],
        fail_on: Severity::Error,
        cards: CARDS,
        model: node.model.as_ref(),
    };
    reports::write(&plan, &run, Stdout::Free, output)?;
    for verdict in &verdicts {
        match plan.is_text() {
            true => output.print(&format!("{verdict}\n"))?,
            false => eprintln!("{verdict}"),
        }
    }
    let is_refuted = findings.iter().any(|it| it.severity == Severity::Error);
    Ok(match is_refuted || is_cut {
        true => exit::FINDINGS,
        false => exit::CLEAN,
    })
}

/// What is claimed, and each in words.
fn claims<'a>(
    arguments: &'a Arguments,
    node: &'a world::World,
    keys: Option<&'a [&'a str]>,
) -> Vec<(String, Claim<'a>)> {
    let mut claims = Vec::new();
    let is_other =
        arguments.reachable || arguments.insecure || arguments.covers.is_some() || keys.is_some();
    if arguments.offline || !arguments.allow.is_empty() || !is_other {
        let mut scopes: BTreeSet<&str> = arguments.allow.iter().map(String::as_str).collect();
        if arguments.offline || arguments.allow.is_empty() {
            scopes.extend(mirror_hosts(&node.registries));
        }
        let list: Vec<String> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
        let (extent, what) = match arguments.governed {
            true => (Extent::Governed, "no image of any source"),
            false => (Extent::All, "no image"),
        };
        let name = match list.is_empty() {
            true => format!("{what} contacts anything"),
            false => format!("{what} contacts anything but {}", list.join(", ")),
        };
        claims.push((name, Claim::StaysWithin(Allowed { scopes, extent })));
    }
    if arguments.reachable {
        let name = match arguments.down.is_empty() {
            true => "every usual image can be pulled".to_owned(),
            false => format!(
                "every usual image can be pulled without {}",
                arguments.down.join(", ")
            ),
        };
        let down = &arguments.down;
        claims.push((name, Claim::Works { down }));
    }
    if let Some(keys) = keys {
        let name = "all that images of sources are asked of has credentials".to_owned();
        claims.push((name, Claim::HasCredentials { keys }));
    }
    if arguments.insecure {
        let name = "nothing is contacted without verifying who answers".to_owned();
        claims.push((name, Claim::IsVerified));
    }
    claims
}

fn verdict(claim: &str, proof: &Proof) -> String {
    let classes = match proof.n_classes {
        1 => "1 class".to_owned(),
        n => format!("{n} classes"),
    };
    let looked_at = format!(
        "{classes} of references in {}",
        plural(proof.n_scopes, "scope")
    );
    let errors = proof.findings.iter();
    let n_errors = errors.filter(|it| it.severity == Severity::Error).count();
    match n_errors {
        _ if proof.is_cut => {
            format!("not proven: {claim}: there are more than {CLASSES_MAX} classes of references")
        }
        0 => format!("proven: {claim} ({looked_at})"),
        n => format!("refuted: {claim}: {} ({looked_at})", plural(n, "exception")),
    }
}

fn coverage(covered: &Covered) -> String {
    let Covered {
        findings: _,
        n_mirrored,
        n_at_source,
        n_failing,
    } = covered;
    format!(
        "{} asked of a mirror first, {n_at_source} of the source alone, {n_failing} of nobody",
        plural(*n_mirrored, "image")
    )
}

/// What a pull secret has credentials for, be it a file, a `Secret` or an install-config.
fn keys(files: &Files, file: FileId) -> Vec<String> {
    let contents = Contents::read(files, &[file], OpenShift::NEWEST);
    let objects = contents.objects.iter();
    let secrets = objects.filter_map(|judged| pull_secret::of_object(&judged.object));
    let credentials = secrets.flat_map(|secret| secret.credentials);
    let usable = credentials.filter(|credential| !credential.is_unusable());
    usable.map(|credential| credential.key.value).collect()
}
