//! `pullproof review`: what the webhook would answer, through the same WebAssembly.

mod report;
mod subject;
mod suite;

use super::openshift;
use crate::exit;
use crate::input;
use crate::output::Output;
use anyhow::{Context as _, Result, bail};
use clap::Args;
use pullproof_core::document;
use pullproof_core::document::plain::plain;
use pullproof_core::file::Files;
use pullproof_core::openshift::OpenShift;
use pullproof_host::builtin;
use pullproof_host::error::PolicyError;
use pullproof_host::host::{Host, HostConfig, Interruption, user_cache};
use pullproof_host::limits::{self, Limits};
use pullproof_host::policy::{Policy, PolicySource};
use pullproof_host::types::{File, Finding, Severity};
use pullproof_host::warm::{ClusterState, Warm};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use subject::Subject;

/// Time for one review at most: nobody waits behind it, and a slow machine is no fault.
const DEADLINE: Duration = limits::DEADLINE_MAX;

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    pullproof review mirrors.yaml\n  \
    pullproof review --state cluster/ --operation delete old-icsp.yaml\n  \
    pullproof review --policy own-hosts.wasm --settings hosts.json review.json\n  \
    pullproof review --suite tests/suite.yaml --format junit\n\n\
    A file holds admission reviews, bare requests or bare objects, as JSON or YAML.")]
pub(crate) struct Arguments {
    /// Reviews, requests or objects: files, directories or `-` for standard input.
    #[arg(value_name = "FILE", required_unless_present = "suite")]
    files: Vec<String>,
    /// Cases with expected results, in YAML.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "policy", "settings", "state"])]
    suite: Option<String>,
    /// A policy's component, instead of pullproof's own.
    #[arg(long, value_name = "WASM")]
    policy: Option<PathBuf>,
    /// The policy's settings, an object in JSON, YAML or TOML.
    #[arg(long, value_name = "FILE")]
    settings: Option<String>,
    /// The other objects of the cluster: files, directories or `-`; only for pullproof's own.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with = "policy")]
    state: Vec<String>,
    /// What is done to bare objects.
    #[arg(long, value_enum, default_value = "create")]
    operation: subject::Asked,
    /// Objects as they are before an update, found by kind and name.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    old: Vec<String>,
    /// The OpenShift release of the cluster, for pullproof's own policy without settings.
    #[arg(long, value_parser = openshift(), value_name = "VERSION", conflicts_with_all = ["policy", "settings"])]
    openshift: Option<OpenShift>,
    /// The form of the report.
    #[arg(long, value_enum, default_value = "text")]
    format: report::Form,
    /// Ends a review after so many instructions, so that it ends at the same one every time.
    #[arg(long, value_name = "INSTRUCTIONS")]
    fuel: Option<u64>,
    /// Where compiled policies are kept; else below the user's cache directory.
    #[arg(long, value_name = "DIRECTORY")]
    cache: Option<PathBuf>,
}

/// What a policy said to one change.
struct Judged {
    subject: Subject,
    findings: Result<Vec<Finding>, PolicyError>,
}

impl Judged {
    /// Whether a webhook that enforces every rule would let it pass.
    fn is_allowed(&self) -> bool {
        let denies = |finding: &Finding| finding.severity == Severity::Error;
        matches!(&self.findings, Ok(findings) if !findings.iter().any(denies))
    }
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let host = host(arguments)?;
    if let Some(suite) = &arguments.suite {
        return suite::run(&host, suite, arguments.format, output);
    }
    let (subjects, n_unreadable) = subject::read(&subject::Inputs {
        paths: &arguments.files,
        old: &arguments.old,
        asked: arguments.operation,
    })?;
    if subjects.is_empty() && n_unreadable == 0 {
        eprintln!(
            "pullproof: nothing to review in {}",
            arguments.files.join(", ")
        );
        return Ok(exit::NOTHING);
    }
    let settings = match (&arguments.settings, arguments.openshift) {
        (Some(path), _) => settings_of_file(path)?,
        (None, Some(version)) => format!("{{\"openshift\":\"{}\"}}", version.name()),
        (None, None) => "{}".to_owned(),
    };
    let (state, is_state_broken) = state(&arguments.state);
    let mut judge = Judge::new(&host, arguments.policy.as_deref(), &settings, state)?;
    let judged: Vec<Judged> = subjects
        .into_iter()
        .map(|subject| judge.judge(subject))
        .collect();
    output.print(&report::write(&judged, arguments.format, output))?;
    for unreadable in judge.unreadable() {
        eprintln!("pullproof: cannot read {unreadable}");
    }
    let is_broken = 0 < n_unreadable || is_state_broken || !judge.unreadable().is_empty();
    Ok(if is_broken {
        exit::UNREADABLE
    } else if judged.iter().all(Judged::is_allowed) {
        exit::CLEAN
    } else {
        exit::FINDINGS
    })
}

/// A policy that judges one change after another.
enum Judge {
    /// The core, with the cluster in mind.
    Core(Box<Warm>),
    /// Another policy, in a new instance each time.
    Plugin(Box<Policy>),
}

impl Judge {
    fn new(
        host: &Host,
        component: Option<&std::path::Path>,
        settings: &str,
        state: Vec<File>,
    ) -> Result<Judge> {
        let read;
        let (name, bytes) = match component {
            None => (builtin::NAME.to_owned(), builtin::COMPONENT),
            Some(path) => {
                let failed = || format!("failed to read the policy `{}`", path.display());
                read = std::fs::read(path).with_context(failed)?;
                let stem = path.file_stem().unwrap_or_default();
                (stem.to_string_lossy().into_owned(), read.as_slice())
            }
        };
        let policy = Policy::load(
            host,
            &PolicySource {
                name: &name,
                bytes,
                settings,
                limits: Limits {
                    deadline: DEADLINE,
                    ..Limits::ORDINARY
                },
            },
        )?;
        if component.is_some() {
            return Ok(Judge::Plugin(Box::new(policy)));
        }
        let mut warm = Warm::new(policy);
        warm.set_state(&Arc::new(ClusterState { files: state }));
        Ok(Judge::Core(Box::new(warm)))
    }

    fn judge(&mut self, subject: Subject) -> Judged {
        let deadline = Instant::now() + DEADLINE;
        let groups: Vec<&str> = subject.groups.iter().map(String::as_str).collect();
        let request = subject.request(&groups);
        let findings = match self {
            Judge::Core(warm) => warm.review(&request, deadline).map(|said| said.findings),
            Judge::Plugin(policy) => policy.review(&request, deadline),
        };
        Judged { subject, findings }
    }

    /// Texts of the cluster's state that the policy could not read.
    fn unreadable(&self) -> &[String] {
        match self {
            Judge::Core(warm) => &warm.unreadable,
            Judge::Plugin(_) => &[],
        }
    }
}

fn host(arguments: &Arguments) -> Result<Host> {
    let kept = arguments.cache.clone().or_else(user_cache);
    let mut config = HostConfig {
        concurrency: 1,
        interruption: arguments
            .fuel
            .map_or(Interruption::Clock, Interruption::Fuel),
        cache: kept.as_deref(),
    };
    match Host::new(&config) {
        // A home that cannot be written only means that compiling takes place every time.
        Err(_) if arguments.cache.is_none() && kept.is_some() => {
            config.cache = None;
            Ok(Host::new(&config)?)
        }
        host => Ok(host?),
    }
}

fn settings_of_file(path: &str) -> Result<String> {
    let mut files = Files::new();
    let file = input::read_one(&mut files, path)?;
    let (documents, problems) = match path.ends_with(".toml") {
        true => {
            let (document, problems) = document::toml::read(&files, file);
            (document.into_iter().collect(), problems)
        }
        false => document::read(&files, file),
    };
    if let Some(problem) = problems.iter().find(|problem| problem.kind.is_fatal()) {
        let position = files.position(file, problem.span.start);
        bail!("{path}:{position}: {}", problem.kind);
    }
    match documents.as_slice() {
        [document] if document.root.as_mapping().is_some() => Ok(plain(&document.root).to_string()),
        _ => bail!("{path}: settings are one object"),
    }
}

/// The texts of the cluster's objects, and whether some could not be read.
fn state(paths: &[String]) -> (Vec<File>, bool) {
    let mut files = Files::new();
    let inputs = input::read(&mut files, paths);
    let is_broken = super::tell_unreadable(&inputs);
    let file = |id| File {
        name: files.name(id).to_owned(),
        text: files.text(id).to_owned(),
    };
    (inputs.files.iter().map(|id| file(*id)).collect(), is_broken)
}
