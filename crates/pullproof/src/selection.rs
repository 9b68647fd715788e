//! What is judged, and which findings are told: the team's choices, the cluster's state, what
//! changed since a revision, and what is known.

use crate::baseline;
use crate::choice::{Choice, Fate, Level, Selector, Unknown, cards, rule};
use crate::config::{self, Config};
use crate::input::{self, Inputs, Search};
use crate::parallel;
use crate::paths::{self, Patterns, normal};
use crate::revision;
use anyhow::{Context as _, Result, bail};
use clap::Args;
use glob::Pattern;
use pullproof_core::file::{FileId, Files};
use pullproof_core::finding::{Finding, Severity};
use pullproof_core::lint::card::Card;
use pullproof_core::lint::introduced::introduced;
use pullproof_core::lint::rules;
use pullproof_core::model::{Contents, Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::report::{Suppressed, SuppressedBy};
use pullproof_core::suppress::{self, Ignored, Outcome};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

#[derive(Args, Default)]
#[group(id = "choice")]
#[command(next_help_heading = "Choice")]
pub(crate) struct Arguments {
    /// Settings, instead of the `.pullproof.toml` that is found from the first PATH upwards.
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<String>,
    /// Look for no `.pullproof.toml`.
    #[arg(long)]
    no_config: bool,
    /// The only rules that count: ids, codes, starts of codes, or `all`.
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = selector)]
    select: Option<Vec<Selector>>,
    /// Rules that do not count.
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = selector)]
    ignore: Vec<Selector>,
    /// How severe a rule is: `error`, `warning`, `info` or `off`.
    #[arg(long, value_name = "RULE=LEVEL", value_delimiter = ',', value_parser = severity)]
    severity: Vec<(&'static str, Level)>,
    /// Pass over files and directories that are found in a PATH.
    #[arg(long, value_name = "PATTERN", value_parser = paths::pattern)]
    exclude: Vec<Pattern>,
    /// Files with what the cluster has now: the inputs are judged as a change of that.
    #[arg(long, value_name = "PATH")]
    state: Vec<String>,
    /// Tell only what the inputs introduce since a revision of git.
    #[arg(long, value_name = "REV", conflicts_with = "fixing")]
    changed_since: Option<String>,
    /// Do not tell the findings in this file.
    #[arg(long, value_name = "FILE")]
    baseline: Option<String>,
    /// Take what is not found any more out of the baseline.
    #[arg(long, conflicts_with_all = ["changed_since", "select", "ignore", "severity"])]
    update_baseline: bool,
    /// Write all findings into this file, for `--baseline`.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["baseline", "update_baseline", "changed_since"]
    )]
    write_baseline: Option<String>,
}

fn selector(text: &str) -> Result<Selector, String> {
    Selector::parse(text).map_err(told)
}

fn severity(text: &str) -> Result<(&'static str, Level), String> {
    let (name, level) = text
        .split_once('=')
        .ok_or("write RULE=LEVEL, such as self-mirror=error")?;
    let id = rule(name).map_err(told)?;
    Ok((id, Level::parse(level).map_err(told)?))
}

fn told(unknown: Unknown) -> String {
    let Unknown { message, help } = unknown;
    format!("{message}; {help}")
}

/// What was chosen, by arguments and by the file of settings.
pub(crate) struct Selection<'a> {
    arguments: &'a Arguments,
    config: Config,
    exclude: Patterns,
    /// What the arguments say, over all else.
    choice: Choice,
}

/// What is told, and what is not.
#[derive(Default)]
pub(crate) struct Selected {
    /// What is told, by place, then rule.
    pub(crate) findings: Vec<Finding>,
    /// What is not: what the inputs say is to be left out, then what the baseline stands for.
    pub(crate) suppressed: Vec<Suppressed>,
}

/// Reads what was chosen for some paths.
///
/// # Errors
/// Everything that is wrong with the file of settings, a line or two each.
pub(crate) fn choose<'a>(
    arguments: &'a Arguments,
    paths: &[String],
) -> Result<Selection<'a>, Vec<String>> {
    let config = match (&arguments.config, arguments.no_config) {
        (Some(path), _) => config::load(Path::new(path))?,
        (None, true) => Config::default(),
        (None, false) => config::find(paths.first().map_or(".", String::as_str))?,
    };
    Ok(Selection {
        arguments,
        config,
        exclude: Patterns::new(Path::new("."), arguments.exclude.clone()),
        choice: Choice {
            select: arguments.select.clone(),
            ignore: arguments.ignore.clone(),
            severity: arguments.severity.clone(),
        },
    })
}

impl Default for Selection<'static> {
    /// Nothing chosen.
    fn default() -> Selection<'static> {
        static NONE: LazyLock<Arguments> = LazyLock::new(Arguments::default);
        Selection {
            arguments: &NONE,
            config: Config::default(),
            exclude: Patterns::new(Path::new("."), Vec::new()),
            choice: Choice::default(),
        }
    }
}

/// Reads what a team chose for a directory, where nobody gives arguments; what is wrong with it is
/// told beside, and counts as nothing chosen.
pub(crate) fn of_directory(directory: &str) -> (Selection<'static>, Vec<String>) {
    let (config, problems) = match config::find(directory) {
        Ok(config) => (config, Vec::new()),
        Err(problems) => (Config::default(), problems),
    };
    let selection = Selection {
        config,
        ..Selection::default()
    };
    (selection, problems)
}

impl Selection<'_> {
    /// What to judge for, where the arguments may say so.
    pub(crate) fn settings(
        &self,
        openshift: Option<OpenShift>,
        release_image: Option<&String>,
    ) -> Settings {
        Settings {
            version: openshift
                .or(self.config.openshift)
                .unwrap_or(OpenShift::NEWEST),
            release_image: release_image
                .or(self.config.release_image.as_ref())
                .cloned(),
        }
    }

    /// The least severity that fails, where the arguments may say so.
    pub(crate) fn fail_on(&self, fail_on: Option<Severity>) -> Severity {
        fail_on.or(self.config.fail_on).unwrap_or(Severity::Error)
    }

    /// Reads the inputs, and beside them what the cluster has, whose files are no inputs where a
    /// directory is searched.
    pub(crate) fn read(&self, files: &mut Files, paths: &[String]) -> (Inputs, State) {
        let state_paths = [&*self.config.state, &*self.arguments.state].concat();
        let mut state = input::read(files, &state_paths);
        let ids = std::mem::take(&mut state.files);
        let names = ids.iter().map(|id| normal(Path::new(files.name(*id))));
        let state_files: BTreeSet<PathBuf> = names.collect();
        let is_excluded = |path: &Path| self.is_excluded(path) || is_among(path, &state_files);
        let search = Search::to_lint(&is_excluded);
        let mut inputs = input::read_found(files, paths, &search);
        inputs.unreadable.append(&mut state.unreadable);
        let is_given = !state_paths.is_empty();
        let state = State {
            ids,
            files: state_files,
            is_given,
        };
        (inputs, state)
    }

    /// Whether a file or directory that is found is passed over.
    pub(crate) fn is_excluded(&self, path: &Path) -> bool {
        self.exclude.contain(path) || self.config.exclude.contain(path)
    }

    /// What is found in a model and counts, wherever it is.
    pub(crate) fn find(&self, model: &Model) -> Vec<Finding> {
        let outcome = suppress::run(model, rules::ALL);
        self.chosen(&model.files, outcome).0
    }

    /// Works out what the inputs mean, and what of the findings is to be told.
    ///
    /// # Errors
    /// When the revision or the baseline cannot be had.
    pub(crate) fn judge(
        &self,
        files: &mut Files,
        paths: &[String],
        inputs: &Inputs,
        state: &State,
        settings: &Settings,
    ) -> Result<(Model, Selected)> {
        let version = settings.version;
        let base = Contents::read_from_server(files, &state.ids, version);
        // What there was before, where that is asked for.
        let before = match &self.arguments.changed_since {
            Some(revision) => {
                let is_excluded =
                    |path: &Path| self.is_excluded(path) || is_among(path, &state.files);
                let ids = revision::read(files, paths, revision, &is_excluded)
                    .context("cannot tell what changed")?;
                let contents = parallel::contents(files, &ids, version);
                Some(base.updated_with(contents))
            }
            None if state.is_given => Some(base.updated_with(Contents::default())),
            None => None,
        };
        let contents = parallel::contents(files, &inputs.files, version);
        let contents = match state.is_given {
            true => base.updated_with(contents),
            false => contents,
        };
        let model = Model::of(files, contents, settings);
        let mut outcome = suppress::run(&model, rules::ALL);
        if let Some(before) = before {
            let before = Model::of(files, before, settings);
            let before = suppress::run(&before, rules::ALL);
            let always = match self.arguments.changed_since {
                Some(_) => &[],
                // What is in an input is told, applied or not.
                None => inputs.files.as_slice(),
            };
            outcome = new_only(&before, outcome, always);
        }
        let (findings, ignored) = self.chosen(files, outcome);
        let is_broken = model.problems.iter().any(|problem| problem.kind.is_fatal());
        let is_whole = !is_broken && inputs.unreadable.is_empty();
        let (findings, known) = self.unknown(findings, is_whole)?;
        let ignored = ignored.into_iter().map(|it| Suppressed {
            finding: it.finding,
            by: SuppressedBy::Input,
            reason: it.reason,
        });
        let known = known.into_iter().map(|finding| Suppressed {
            finding,
            by: SuppressedBy::Configuration,
            reason: "known before, in the baseline".to_owned(),
        });
        let selected = Selected {
            findings,
            suppressed: ignored.chain(known).collect(),
        };
        Ok((model, selected))
    }

    /// The findings that count, as severe as they were chosen to be.
    fn chosen(&self, files: &Files, outcome: Outcome) -> (Vec<Finding>, Vec<Ignored>) {
        let cards: BTreeMap<&str, Card> = cards().map(|card| (card.id, card)).collect();
        let mut layers: BTreeMap<FileId, Vec<&Choice>> = BTreeMap::new();
        let mut fates: BTreeMap<(FileId, &str), Fate> = BTreeMap::new();
        let mut choose = |finding: &mut Finding| {
            let Some(card) = cards.get(finding.rule) else {
                return true;
            };
            let file = finding.span.file;
            let layers = layers
                .entry(file)
                .or_insert_with(|| self.layers(files.name(file)));
            let fate = fates.entry((file, card.id)).or_insert_with(|| {
                let layers = layers.iter();
                layers.fold(Fate::DEFAULT, |fate, layer| fate.with(layer, card))
            });
            match fate.severity(finding.severity) {
                Some(severity) => {
                    finding.severity = severity;
                    true
                }
                None => false,
            }
        };
        let Outcome {
            mut findings,
            mut ignored,
        } = outcome;
        findings.retain_mut(&mut choose);
        ignored.retain_mut(|ignored| choose(&mut ignored.finding));
        (findings, ignored)
    }

    /// The layers of choices for a file, by its name.
    fn layers(&self, name: &str) -> Vec<&Choice> {
        let mut layers = vec![&self.config.choice];
        let per_path = self.config.per_path.iter();
        let here = per_path.filter(|(patterns, _)| patterns.contain(Path::new(name)));
        layers.extend(here.map(|(_, choice)| choice));
        layers.push(&self.choice);
        layers
    }

    /// The findings that the baseline does not stand for, and those that it does.
    fn unknown(
        &self,
        findings: Vec<Finding>,
        is_whole: bool,
    ) -> Result<(Vec<Finding>, Vec<Finding>)> {
        let arguments = self.arguments;
        if !is_whole && (arguments.update_baseline || arguments.write_baseline.is_some()) {
            bail!("the baseline is left as it is: some inputs cannot be read");
        }
        if let Some(path) = &arguments.write_baseline {
            baseline::write(path, &baseline::entries(&findings))?;
            eprintln!("pullproof: {path} has {} now", plural(findings.len()));
            return Ok((Vec::new(), findings));
        }
        let Some(path) = self.baseline() else {
            if arguments.update_baseline {
                bail!("there is no baseline to update: name it with `--baseline`");
            }
            return Ok((findings, Vec::new()));
        };
        let split = baseline::split(baseline::read(path)?, findings);
        if 0 < split.n_gone && arguments.update_baseline {
            baseline::write(path, &split.found)?;
            eprintln!("pullproof: {path} has {} less", plural(split.n_gone));
        } else if 0 < split.n_gone && is_whole && !self.is_narrowed() {
            eprintln!(
                "pullproof: {} of {path} not found in these inputs: where they are all it is \
                 about, shrink it with --update-baseline",
                plural(split.n_gone)
            );
        }
        Ok((split.new, split.known))
    }

    /// Whether the arguments leave findings out that there are.
    fn is_narrowed(&self) -> bool {
        let arguments = self.arguments;
        let is_chosen = arguments.select.is_some()
            || !arguments.ignore.is_empty()
            || !arguments.severity.is_empty();
        is_chosen || arguments.changed_since.is_some()
    }

    fn baseline(&self) -> Option<&String> {
        let arguments = self.arguments;
        arguments
            .baseline
            .as_ref()
            .or(self.config.baseline.as_ref())
    }
}

/// What the cluster has.
pub(crate) struct State {
    ids: Vec<FileId>,
    /// The same by path.
    files: BTreeSet<PathBuf>,
    /// Whether anybody said what it has, be it nothing.
    is_given: bool,
}

impl State {
    /// Files with what the cluster has.
    pub(crate) fn ids(&self) -> &[FileId] {
        &self.ids
    }
}

fn is_among(path: &Path, files: &BTreeSet<PathBuf>) -> bool {
    !files.is_empty() && files.contains(&normal(path))
}

/// What is found now and was not before; what is in some files is kept all the same.
fn new_only(before: &Outcome, now: Outcome, always: &[FileId]) -> Outcome {
    let is_kept = |finding: &Finding| always.binary_search(&finding.span.file).is_ok();
    let keep = |before: &[Finding], now: &[Finding]| -> Vec<bool> {
        let mut new = introduced(before, now.to_vec()).into_iter().peekable();
        // Both are in the same order.
        let is_new = |finding: &Finding| new.next_if(|new| new == finding).is_some();
        now.iter()
            .map(is_new)
            .zip(now)
            .map(|(is_new, it)| is_new || is_kept(it))
            .collect()
    };
    let findings_of = |ignored: &[Ignored]| -> Vec<Finding> {
        ignored
            .iter()
            .map(|ignored| ignored.finding.clone())
            .collect()
    };
    let kept = keep(&before.findings, &now.findings);
    let kept_ignored = keep(&findings_of(&before.ignored), &findings_of(&now.ignored));
    let findings = now.findings.into_iter().zip(kept);
    let ignored = now.ignored.into_iter().zip(kept_ignored);
    Outcome {
        findings: findings
            .filter_map(|(it, is_kept)| is_kept.then_some(it))
            .collect(),
        ignored: ignored
            .filter_map(|(it, is_kept)| is_kept.then_some(it))
            .collect(),
    }
}

fn plural(n_findings: usize) -> String {
    match n_findings {
        1 => "1 finding".to_owned(),
        n => format!("{n} findings"),
    }
}
