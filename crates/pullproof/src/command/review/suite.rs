//! Cases with expected results: a policy's tests before it ships.

use super::report::{Case, Form, junit};
use super::subject::{self, Asked, Inputs};
use super::{Judge, Judged, state};
use crate::exit;
use crate::output::{Output, printable};
use anyhow::{Context as _, Result, bail};
use pullproof_host::host::Host;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A suite's file; paths in it start at its directory.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Suite {
    /// The policy's component; pullproof's own when absent.
    policy: Option<PathBuf>,
    /// Settings for cases that have none of their own.
    #[serde(default = "no_settings")]
    settings: serde_json::Value,
    cases: Vec<SuiteCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct SuiteCase {
    name: String,
    /// A file with one review, request or object.
    file: PathBuf,
    /// What is done to a bare object.
    #[serde(default)]
    operation: Operation,
    /// The object as it is, for an update.
    old: Option<PathBuf>,
    /// The cluster's other objects.
    #[serde(default)]
    state: Vec<PathBuf>,
    settings: Option<serde_json::Value>,
    expect: Expectation,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Operation {
    #[default]
    Create,
    Update,
    Delete,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Expectation {
    allowed: bool,
    /// Exactly the rules that find something; any when absent.
    rules: Option<BTreeSet<String>>,
    /// A text that some finding's message holds.
    message: Option<String>,
    /// The code of the policy's failure.
    error: Option<String>,
}

fn no_settings() -> serde_json::Value {
    json!({})
}

pub(super) fn run(host: &Host, path: &str, form: Form, output: &Output) -> Result<u8> {
    let text = std::fs::read_to_string(path).with_context(|| format!("failed to read `{path}`"))?;
    let suite: Suite =
        serde_yaml::from_str(&text).with_context(|| format!("`{path}` is no suite"))?;
    if suite.cases.is_empty() {
        eprintln!("pullproof: no cases in {path}");
        return Ok(exit::NOTHING);
    }
    let directory = Path::new(path).parent().unwrap_or(Path::new(""));
    let mut cases = Vec::new();
    for case in &suite.cases {
        let failure = match judged(host, directory, &suite, case) {
            Ok(judged) => differences(&judged, &case.expect),
            Err(error) => vec![format!("{error:#}")],
        };
        cases.push(Case {
            title: case.name.clone(),
            place: path.to_owned(),
            failure: (!failure.is_empty()).then(|| failure.join("\n")),
        });
    }
    let n_failed = cases.iter().filter(|case| case.failure.is_some()).count();
    output.print(&match form {
        Form::Text => text_of(&cases, n_failed, output),
        Form::Json => json_of(&cases, n_failed),
        Form::Junit => junit(&cases),
    })?;
    Ok(if n_failed == 0 {
        exit::CLEAN
    } else {
        exit::FINDINGS
    })
}

fn judged(host: &Host, directory: &Path, suite: &Suite, case: &SuiteCase) -> Result<Judged> {
    let below = |path: &PathBuf| directory.join(path).display().to_string();
    let (mut subjects, n_unreadable) = subject::read(&Inputs {
        paths: &[below(&case.file)],
        old: &case.old.iter().map(below).collect::<Vec<_>>(),
        asked: match case.operation {
            Operation::Create => Asked::Create,
            Operation::Update => Asked::Update,
            Operation::Delete => Asked::Delete,
        },
    })?;
    let (Some(subject), true, 0) = (subjects.pop(), subjects.is_empty(), n_unreadable) else {
        bail!("`{}` is not one change", case.file.display());
    };
    let (files, is_broken) = state(&case.state.iter().map(below).collect::<Vec<_>>());
    if is_broken {
        bail!("the cluster's objects cannot all be read");
    }
    let settings = case
        .settings
        .as_ref()
        .unwrap_or(&suite.settings)
        .to_string();
    let policy = suite.policy.as_ref().map(|path| directory.join(path));
    let mut judge = Judge::new(host, policy.as_deref(), &settings, files)?;
    let judged = judge.judge(subject);
    match judge.unreadable() {
        [] => Ok(judged),
        unreadable => bail!("cannot read {}", unreadable.join(", ")),
    }
}

/// Everything that is not as expected.
fn differences(judged: &Judged, expected: &Expectation) -> Vec<String> {
    let Expectation {
        allowed,
        rules,
        message,
        error,
    } = expected;
    let mut differences = Vec::new();
    let word = |is_allowed| if is_allowed { "allowed" } else { "denied" };
    if judged.is_allowed() != *allowed {
        differences.push(format!(
            "expected to be {}, was {}",
            word(*allowed),
            word(judged.is_allowed())
        ));
    }
    let found = judged.findings.as_deref().unwrap_or_default();
    if let Some(rules) = rules {
        let names: BTreeSet<String> = found.iter().map(|finding| finding.rule.clone()).collect();
        if names != *rules {
            differences.push(format!("expected findings of {rules:?}, found {names:?}"));
        }
    }
    if let Some(message) = message
        && !found
            .iter()
            .any(|finding| finding.message.contains(message))
    {
        differences.push(format!("no finding says `{message}`"));
    }
    let code = judged
        .findings
        .as_ref()
        .err()
        .map(|error| error.kind.code());
    match (code, error.as_deref()) {
        (code, expected) if code == expected => {}
        (None, Some(expected)) => {
            differences.push(format!("expected the failure `{expected}`, there was none"));
        }
        (Some(_), _) => {
            let failure = judged.findings.as_ref().err().map(ToString::to_string);
            differences.extend(failure);
        }
        (None, None) => {}
    }
    differences
}

fn text_of(cases: &[Case], n_failed: usize, output: &Output) -> String {
    let mut text = String::new();
    for case in cases {
        let title = printable(&case.title);
        match &case.failure {
            None => text += &format!("{} {title}\n", output.good("ok")),
            Some(failure) => {
                text += &format!("{} {title}\n", output.bad("FAILED"));
                for line in failure.lines() {
                    text += &format!("  {}\n", printable(line));
                }
            }
        }
    }
    text + &format!("{} passed, {n_failed} failed\n", cases.len() - n_failed)
}

fn json_of(cases: &[Case], n_failed: usize) -> String {
    let values = cases.iter().map(|Case { title, failure, .. }| {
        json!({ "name": title, "passed": failure.is_none(), "failure": failure })
    });
    let values: Vec<serde_json::Value> = values.collect();
    let report = json!({ "version": 1, "failed": n_failed, "cases": values });
    format!("{report:#}\n")
}
