//! What the README shows is what the program prints; `UPDATE=1` writes it anew, for a human to read
//! in the diff.

// It shows every command.
#![cfg(feature = "review")]
#![expect(
    clippy::unwrap_used,
    reason = "a README of another shape stops the test"
)]

use serde_json::Value;
use std::fmt::Write as _;
use support::pullproof;

mod support;

/// Fences, what follows them, and what makes the text of the block.
const CONSOLE: &str = "console";
const CODE_SCANNING: &str = "text code-scanning";

/// What a service makes of SARIF: alerts, each with its steps.
fn alerts(arguments: &[&str]) -> String {
    let run = pullproof(&[arguments, &["--format", "sarif"]].concat(), "");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let place = |location: &Value| {
        let location = &location["physicalLocation"];
        let file = location["artifactLocation"]["uri"].as_str().unwrap();
        format!("{file}:{}", location["region"]["startLine"])
    };
    let first_line = |message: &Value| {
        let text = message["text"].as_str().unwrap();
        text.lines().next().unwrap().to_owned()
    };
    let mut view = String::new();
    for result in report["runs"][0]["results"].as_array().unwrap() {
        let (level, rule) = (&result["level"], &result["ruleId"]);
        let (level, rule) = (level.as_str().unwrap(), rule.as_str().unwrap());
        let message = first_line(&result["message"]);
        let location = place(&result["locations"][0]);
        writeln!(view, "{level:7} {rule}  {location}\n        {message}").unwrap();
        let steps = result.pointer("/codeFlows/0/threadFlows/0/locations");
        for (idx, step) in steps
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let text = first_line(&step["location"]["message"]);
            writeln!(
                view,
                "        step {}  {}  {text}",
                idx + 1,
                place(&step["location"])
            )
            .unwrap();
        }
        for fix in result["fixes"].as_array().into_iter().flatten() {
            writeln!(view, "        fix: {}", first_line(&fix["description"])).unwrap();
        }
    }
    view
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let path = support::root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let mut parts = readme.split("```");
    let mut updated = parts.next().unwrap().to_owned();
    let mut n_blocks = 0;
    // Every second part is a block.
    while let (Some(block), Some(rest)) = (parts.next(), parts.next()) {
        let (info, text) = block.split_once('\n').unwrap();
        let (command, expected) = text.split_once('\n').unwrap_or((text, ""));
        let arguments = || {
            let arguments = command.strip_prefix("$ pullproof ").unwrap();
            arguments.split(' ').collect::<Vec<_>>()
        };
        let found = match info {
            CONSOLE => pullproof(&arguments(), "").stdout,
            CODE_SCANNING => alerts(&arguments()),
            _ => {
                write!(updated, "```{block}```{rest}").unwrap();
                continue;
            }
        };
        let found = found.trim_end();
        write!(updated, "```{info}\n{command}\n{found}\n```{rest}").unwrap();
        if std::env::var_os("UPDATE").is_none() && found != expected.trim_end() {
            panic!("{command}\n{found}\nis not\n{expected}");
        }
        n_blocks += 1;
    }
    assert!(6 <= n_blocks, "{n_blocks}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, updated).unwrap();
    }
}
