//! `pullproof probe`: what registries really have, beside where pulls go.
//!
//! The only command that uses the network: `session` opens every connection, and none to what is
//! blocked.

mod answer;
mod asking;
mod ledger;
mod manifest;
mod registry;
mod report;
mod secret;
mod session;
mod token;
mod trust;
mod url;
mod verdict;

use super::resolve::{self, Resolved};
use crate::exit;
use crate::input;
use crate::output::{Format, Output};
use crate::progress::Progress;
use answer::{Answer, Kind, Question};
use anyhow::{Context as _, Result, anyhow};
use asking::Effort;
use clap::Args;
use pullproof_core::reference::Reference;
use pullproof_core::registries::load::Registries;
use pullproof_core::trace::Step;
use secret::Secret;
use session::Network;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;
use url::Target;
use verdict::Image;

/// Questions at a time unless told otherwise: a registry in a lab stands them.
const CONCURRENCY: u16 = 8;

/// Most questions at a time: each has a connection or two, and a process 1,024 files.
const MAX_CONCURRENCY: i64 = 256;

/// Seconds for a connection, and for an answer, unless told otherwise.
// From containers/image, pkg/tlsclientconfig/tlsclientconfig.go `NewTransport`.
const TIMEOUT: u16 = 30;

/// Tries after the first, unless told otherwise.
const RETRIES: u8 = 2;

/// Most tries after the first: the waits double until they are a minute each.
const MAX_RETRIES: i64 = 10;

/// Characters of the bar.
const BAR_WIDTH: usize = 24;

const AFTER_HELP: &str = "Examples:\n  \
    pullproof probe quay.io/org/app:1.2 --with mirrors/ --pull-secret config.json\n  \
    pullproof probe --images-from images.txt --with mirrors/ --blobs --output answers.jsonl\n\n\
    Contacts the registries of the chains, all but blocked ones, and the hosts that these name\n\
    for tokens or lead to; no proxy is used. Credentials go where a node sends them: to the\n\
    endpoint that the pull secret has them for, and to the server for tokens that it names, but\n\
    never over plain HTTP to one that a registry with TLS names.\n\
    An endpoint that has a manifest without its blobs fails the pull: nodes ask nobody else.\n\n\
    Exit codes: 0 every image is served by the endpoint that is contacted first, and tags mean\n\
    the same image everywhere; 1 some image is not, or some tag does not; 2 usage; 3 input that\n\
    cannot be read; 4 no image to ask about.";

#[derive(Args)]
// What it takes in is a group of that name already.
#[group(id = "probe")]
pub(crate) struct Arguments {
    #[command(flatten)]
    resolve: resolve::Arguments,
    /// The nodes' pull secret, as JSON; without it nobody is shown credentials.
    #[arg(long, value_name = "FILE")]
    pull_secret: Option<String>,
    /// Certificates to trust, as PEM, beside those that this machine trusts; can be repeated.
    #[arg(long, value_name = "FILE")]
    ca: Vec<String>,
    /// Asks for layers and configurations, too, and for the manifests of lists.
    #[arg(long)]
    blobs: bool,
    /// Of lists of manifests, looks only at those for this platform, such as `linux/amd64`.
    #[arg(long, value_name = "OS/ARCH", requires = "blobs", value_parser = platform)]
    platform: Option<String>,
    /// Adds each answer to this file as a line of JSON, and asks again only for what failed.
    #[arg(long, value_name = "FILE")]
    output: Option<String>,
    /// Most questions at a time.
    #[arg(long, value_name = "N", default_value_t = CONCURRENCY, value_parser = clap::value_parser!(u16).range(1..=MAX_CONCURRENCY))]
    concurrency: u16,
    /// Seconds that a connection may take, and that an answer may take.
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT, value_parser = clap::value_parser!(u16).range(1..))]
    timeout: u16,
    /// Tries after the first where time runs out, connections fail or a registry is busy; the
    /// waits between them double.
    #[arg(long, value_name = "N", default_value_t = RETRIES, value_parser = clap::value_parser!(u8).range(..=MAX_RETRIES))]
    retries: u8,
}

/// The command line with what its help ends in.
pub(crate) fn described(command: clap::Command) -> clap::Command {
    command.after_help(AFTER_HELP)
}

fn platform(text: &str) -> Result<String, String> {
    let n_parts = text.split('/').filter(|part| !part.is_empty()).count();
    match (2..=3).contains(&n_parts) && n_parts == text.split('/').count() {
        true => Ok(text.to_owned()),
        false => Err("it is written as `linux/amd64` or `linux/arm/v7`".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments, output: &Output) -> Result<u8> {
    let resolved = match resolve::resolved(&arguments.resolve)? {
        Ok(resolved) => resolved,
        Err(code) => return Ok(code),
    };
    let secret = match &arguments.pull_secret {
        None => Secret::default(),
        Some(path) => Secret::read(&read(path)?).map_err(|reason| unreadable(path, &reason))?,
    };
    let mut given = Vec::new();
    for path in &arguments.ca {
        let found = trust::certificates(&read(path)?);
        given.extend(found.map_err(|reason| unreadable(path, &reason))?);
    }
    let is_blocked = |target: &Target| {
        // Docker Hub is contacted under another name than it is blocked under.
        let hub = registry::contacted_host("docker.io");
        let names = target.names().into_iter();
        let mut names = names.flat_map(|name| match name == hub {
            true => vec![name, "docker.io".to_owned()],
            false => vec![name],
        });
        names.any(|name| resolved.registries.blocked_by(&name).is_some())
    };
    let network = Network {
        verified: trust::verified(given)?,
        unverified: trust::unverified()?,
        timeout: Duration::from_secs(arguments.timeout.into()),
        is_blocked: &is_blocked,
    };
    let answers = answers(arguments, &resolved, &network, &secret)?;
    let answer_to = |step: &Step| match not_asked(&resolved.registries, step) {
        Some(answer) => answer,
        None => answers[&arguments.question(step)].clone(),
    };
    let images: Vec<Image<'_>> = resolved
        .traces
        .iter()
        .map(|trace| verdict::judge(trace, answer_to))
        .collect();
    output.print(&match resolved.format {
        Format::Text => report::text(&images, output)?,
        Format::Json => report::json(&images)?,
    })?;
    Ok(match images.iter().all(Image::is_clean) {
        true => exit::CLEAN,
        false => exit::FINDINGS,
    })
}

/// The answer to every question, from the file where it has one, else from the network.
fn answers(
    arguments: &Arguments,
    resolved: &Resolved,
    network: &Network<'_>,
    secret: &Secret,
) -> Result<BTreeMap<Question, Answer>> {
    let (mut ledger, known) = match &arguments.output {
        None => (None, BTreeMap::new()),
        Some(path) => {
            let (ledger, known) = ledger::open(path)?;
            (Some(ledger), known)
        }
    };
    let candidates = || resolved.traces.iter().flat_map(|it| &it.candidates);
    let steps = || {
        let steps = candidates().flat_map(|it| &it.attempts);
        steps.filter(|step| not_asked(&resolved.registries, step).is_none())
    };
    let all: BTreeSet<Question> = steps().map(|step| arguments.question(step)).collect();
    let is_settled =
        |question: &Question| known.get(question).is_some_and(|it| it.kind.is_settled());
    // In the order of the images, so that what was asked first is known first.
    let mut seen = BTreeSet::new();
    let mut questions = Vec::new();
    let mut hosts = BTreeSet::new();
    for step in steps() {
        let question = arguments.question(step);
        if !is_settled(&question) && seen.insert(question.clone()) {
            questions.push(question);
            hosts.insert(registry::contacted_host(&step.host));
        }
    }
    let mut answers: BTreeMap<Question, Answer> = known
        .into_iter()
        .filter(|(question, _)| all.contains(question) && !seen.contains(question))
        .collect();
    announce(&hosts, answers.len());
    if questions.is_empty() {
        return Ok(answers);
    }
    let progress = Progress::start();
    let mut n_answers = 0;
    progress.begin(bar(n_answers, questions.len()));
    let tell = |question: &Question, answer: Answer| {
        if let Some(ledger) = &mut ledger {
            ledger.add(question, &answer)?;
        }
        answers.insert(question.clone(), answer);
        n_answers += 1;
        progress.begin(bar(n_answers, questions.len()));
        Ok(())
    };
    let effort = Effort {
        concurrency: arguments.concurrency.into(),
        retries: arguments.retries.into(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot use the network")?;
    runtime.block_on(asking::ask_all(network, secret, &questions, effort, tell))?;
    Ok(answers)
}

/// Says who is contacted, before anybody is.
fn announce(hosts: &BTreeSet<&str>, n_known: usize) {
    let known = match n_known {
        0 => String::new(),
        1 => "; 1 answer is known already".to_owned(),
        n => format!("; {n} answers are known already"),
    };
    let hosts: Vec<&str> = hosts.iter().copied().collect();
    match hosts.is_empty() {
        true => eprintln!("pullproof: contacts nobody{known}"),
        false => eprintln!(
            "pullproof: contacts over the network, and whoever they lead to: {}{known}",
            hosts.join(", ")
        ),
    }
}

/// Why a step is not asked about; `None` when it is.
fn not_asked(registries: &Registries, step: &Step) -> Option<Answer> {
    let reason = match (&step.refused, step.down) {
        (Some(reason), _) => reason,
        (None, true) => return Some(Answer::new(Kind::Down, "said to be down")),
        (None, false) => return None,
    };
    let reference = Reference::parse_canonical(step.reference.clone());
    let is_blocked = reference.is_ok_and(|it| registries.blocked_by(it.name()).is_some());
    Some(match is_blocked {
        true => Answer::new(Kind::Blocked, reason),
        false => Answer::new(Kind::Refused, reason),
    })
}

impl Arguments {
    fn question(&self, step: &Step) -> Question {
        Question {
            reference: step.reference.clone(),
            insecure: step.insecure,
            blobs: self.blobs,
            platform: self.platform.clone(),
        }
    }
}

fn read(path: &str) -> Result<String> {
    input::read_text(Path::new(path)).map_err(|reason| unreadable(path, &reason))
}

fn unreadable(path: &str, reason: &str) -> anyhow::Error {
    anyhow!("cannot read `{path}`: {reason}")
}

fn bar(n_done: usize, n_all: usize) -> String {
    let n_full = n_done * BAR_WIDTH / n_all.max(1);
    let (full, empty) = ("#".repeat(n_full), ".".repeat(BAR_WIDTH - n_full));
    format!("asked [{full}{empty}] {n_done} of {n_all}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills() {
        assert_eq!(bar(0, 3), "asked [........................] 0 of 3");
        assert_eq!(bar(1, 3), "asked [########................] 1 of 3");
        assert_eq!(bar(3, 3), "asked [########################] 3 of 3");
    }

    #[test]
    fn a_platform_has_two_or_three_parts() {
        for (text, is_good) in [
            ("linux/amd64", true),
            ("linux/arm/v7", true),
            ("linux", false),
            ("linux/", false),
            ("/linux/amd64", false),
            ("a/b/c/d", false),
        ] {
            assert_eq!(platform(text).is_ok(), is_good, "{text}");
        }
    }
}
