//! Which reports a run writes, in which form, and where.

use crate::excerpt;
use crate::output::Output;
use crate::replace::replace;
use anyhow::Result;
use clap::ValueEnum as _;
use pullproof_core::report::{self, Run};
use std::path::{Path, PathBuf};

/// Stands for standard output.
const STDOUT: &str = "-";

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people: each finding with the lines that it is about.
    Text,
    /// For people: a line for each finding, and one for each further place.
    Compact,
    /// One JSON document; `pullproof schema report` prints its schema.
    Json,
    /// The findings as JSON, one a line.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit's XML: each finding a test.
    Junit,
    /// Checkstyle's XML.
    Checkstyle,
    /// Reviewdog's diagnostic format.
    Rdjson,
    /// A summary in Markdown, for jobs and comments.
    Markdown,
}

/// The arguments of a command that reports findings.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// The form of the report on standard output; `text` if nothing else is said.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// A further report in a file, such as `sarif=out.sarif`; `-` is standard output.
    #[arg(long, value_name = "FORMAT=PATH", value_parser = target)]
    output: Vec<Target>,
}

/// A report that is asked for beside the one on standard output.
#[derive(Clone)]
struct Target {
    format: Format,
    path: PathBuf,
}

/// Whether standard output is there for a report.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stdout {
    /// It is.
    Free,
    /// Something else was written to it.
    Taken,
}

/// What is written where.
pub(crate) struct Plan {
    stdout: Format,
    files: Vec<Target>,
}

fn target(text: &str) -> Result<Target, String> {
    let Some((format, path)) = text.split_once('=') else {
        return Err("it is not of the form FORMAT=PATH".to_owned());
    };
    let format = Format::from_str(format, false).map_err(|_| {
        let names = Format::value_variants().iter();
        let names = names.filter_map(clap::ValueEnum::to_possible_value);
        let names: Vec<_> = names.map(|value| value.get_name().to_owned()).collect();
        format!(
            "no report has the form `{format}`, only {}",
            names.join(", ")
        )
    })?;
    match path {
        "" => Err("there is no path after `=`".to_owned()),
        path => Ok(Target {
            format,
            path: PathBuf::from(path),
        }),
    }
}

impl Plan {
    /// Works out what is to be written before anything is read.
    ///
    /// # Errors
    /// When two reports would go to one place.
    pub(crate) fn new(arguments: &Arguments) -> Result<Plan, String> {
        let Arguments { format, output } = arguments;
        let (mut stdout, mut files) = (*format, Vec::<Target>::new());
        for target in output {
            if target.path == Path::new(STDOUT) {
                if stdout.replace(target.format).is_some() {
                    return Err("only one report can go to standard output".to_owned());
                }
            } else if files.iter().any(|other| other.path == target.path) {
                let path = target.path.display();
                return Err(format!("two reports cannot both go to `{path}`"));
            } else {
                files.push(target.clone());
            }
        }
        Ok(Plan {
            stdout: stdout.unwrap_or(Format::Text),
            files,
        })
    }

    /// Whether standard output gets a form.
    pub(crate) fn is_on_stdout(&self, format: Format) -> bool {
        self.stdout == format
    }
}

impl Plan {
    /// Whether standard output is for people.
    pub(crate) fn is_text(&self) -> bool {
        self.stdout == Format::Text
    }
}

/// Writes every report: files first, so that whoever sees the end of the output has them.
///
/// What is meant for standard output goes to standard error where the other holds something else.
///
/// # Errors
/// When a file or standard output cannot be written.
pub(crate) fn write(plan: &Plan, run: &Run<'_>, stdout: Stdout, output: &Output) -> Result<()> {
    for Target { format, path } in &plan.files {
        let plain = Output { has_colors: false };
        replace(path, &text(*format, run, &plain))?;
    }
    let text = text(plan.stdout, run, output);
    match stdout {
        Stdout::Free => output.print(&text)?,
        Stdout::Taken => eprint!("{text}"),
    }
    if plan.stdout == Format::Text {
        eprintln!("{}", run.headline());
    }
    Ok(())
}

fn text(format: Format, run: &Run<'_>, output: &Output) -> String {
    match format {
        Format::Text => excerpt::report(run.files, run.findings, output),
        Format::Compact => report::compact::report(run.files, run.findings),
        Format::Json => report::json::report(run),
        Format::Jsonl => report::jsonl::report(run),
        Format::Sarif => report::sarif::report(run),
        Format::Github => report::github::report(run),
        Format::Gitlab => report::gitlab::report(run),
        Format::Junit => report::junit::report(run),
        Format::Checkstyle => report::checkstyle::report(run),
        Format::Rdjson => report::rdjson::report(run),
        Format::Markdown => report::markdown::report(run),
    }
}
