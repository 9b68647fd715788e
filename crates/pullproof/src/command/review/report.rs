//! What policies said, for people and for machines.

use super::Judged;
use crate::output::{Output, printable};
use pullproof_host::types::{Finding, Label, Place, Severity};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The form of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For machines.
    Json,
    /// For what shows tests.
    Junit,
}

/// One line of what was checked, as every form shows it.
pub(super) struct Case {
    /// What was done to what, or the case's name.
    pub(super) title: String,
    /// Where it was read.
    pub(super) place: String,
    /// Why it failed; `None` when it passed.
    pub(super) failure: Option<String>,
}

/// The answers.
pub(super) fn write(judged: &[Judged], form: Form, output: &Output) -> String {
    match form {
        Form::Text => judged.iter().map(|judged| text(judged, output)).collect(),
        Form::Json => {
            let reviews: Vec<Value> = judged.iter().map(json_of).collect();
            format!("{:#}\n", json!({ "version": 1, "reviews": reviews }))
        }
        Form::Junit => {
            let cases: Vec<Case> = judged.iter().map(case).collect();
            junit(&cases)
        }
    }
}

fn case(judged: &Judged) -> Case {
    let failure = match &judged.findings {
        Err(error) => Some(error.to_string()),
        Ok(_) if judged.is_allowed() => None,
        Ok(findings) => Some(findings.iter().map(line).collect::<Vec<_>>().join("\n")),
    };
    Case {
        title: judged.subject.title(),
        place: judged.subject.place.clone(),
        failure,
    }
}

fn text(judged: &Judged, output: &Output) -> String {
    let title = printable(&judged.subject.title());
    let place = printable(&judged.subject.place);
    let verdict = match judged.is_allowed() {
        true => output.good("allowed"),
        false => output.bad("denied"),
    };
    let mut text = format!("{verdict} {} ({place})\n", output.bold(&title));
    match &judged.findings {
        Err(error) => {
            let line = printable(&error.to_string());
            writeln!(text, "  {}: {line}", output.bad(error.kind.code()))
        }
        Ok(findings) => findings.iter().try_for_each(|finding| {
            let severity = match finding.severity {
                Severity::Error => output.bad("error"),
                Severity::Warning => output.odd("warning"),
                Severity::Info => output.dim("info"),
            };
            writeln!(text, "  {severity}: {}", printable(&line(finding)))?;
            for Label { place, text: said } in &finding.related {
                let Place { file, line, .. } = place;
                let said = printable(&format!("{file}:{line}: {said}"));
                writeln!(text, "    {} {said}", output.dim("see"))?;
            }
            match &finding.help {
                Some(help) => writeln!(text, "    {} {}", output.dim("help:"), printable(help)),
                None => Ok(()),
            }
        }),
    }
    .expect("a string takes everything");
    text
}

fn line(finding: &Finding) -> String {
    match finding.path.as_str() {
        "" => format!("{} [{}]", finding.message, finding.rule),
        path => format!("{path}: {} [{}]", finding.message, finding.rule),
    }
}

fn json_of(judged: &Judged) -> Value {
    let mut review = json!({
        "place": judged.subject.place,
        "title": judged.subject.title(),
        "allowed": judged.is_allowed(),
    });
    match &judged.findings {
        Ok(findings) => review["findings"] = json!(findings),
        Err(error) => {
            review["error"] = json!({ "code": error.kind.code(), "message": error.to_string() });
        }
    }
    review
}

/// Cases as JUnit's XML.
pub(super) fn junit(cases: &[Case]) -> String {
    let n_failed = cases.iter().filter(|case| case.failure.is_some()).count();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites>\n  <testsuite name=\"pullproof review\" tests=\"{}\" failures=\"{n_failed}\">\n",
        cases.len()
    );
    for Case {
        title,
        place,
        failure,
    } in cases
    {
        let (title, place) = (escaped(title), escaped(place));
        xml += &format!("    <testcase name=\"{title}\" classname=\"{place}\"");
        xml += &match failure {
            None => "/>\n".to_owned(),
            Some(failure) => {
                let first = escaped(failure.lines().next().unwrap_or_default());
                format!(
                    ">\n      <failure message=\"{first}\">{}</failure>\n    </testcase>\n",
                    escaped(failure)
                )
            }
        };
    }
    xml + "  </testsuite>\n</testsuites>\n"
}

/// Text as it may stand in XML 1.0, between tags and in attributes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            // No other control character may stand in XML, not even escaped.
            character if character.is_control() => escaped.extend(character.escape_default()),
            character => escaped.push(character),
        }
    }
    escaped
}
