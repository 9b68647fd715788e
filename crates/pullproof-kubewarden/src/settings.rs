//! The policy's settings: those of the core, and how much each rule may do.

use crate::json::{self, Members};
use pullproof_core::admission::{self, SettingsProblem};
use pullproof_core::model;
use serde_json::Value;
use std::collections::BTreeMap;

/// The key of the levels.
const RULES: &str = "rules";

/// What the core reads.
const CORE: [&str; 2] = ["openshift", "releaseImage"];

/// The settings.
pub(crate) struct Settings {
    /// What the core is told.
    pub(crate) core: model::Settings,
    /// The levels of rules that have one of their own, by id.
    pub(crate) levels: Levels,
}

/// Levels by the id of a rule; any other rule is enforced.
pub(crate) type Levels = BTreeMap<String, Level>;

/// What findings of a rule may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Level {
    /// Errors deny, warnings warn.
    Enforce,
    /// Both warn.
    Warn,
    /// Both go to the audit log only.
    Monitor,
}

impl Level {
    fn parse(name: &str) -> Option<Level> {
        match name {
            "enforce" => Some(Level::Enforce),
            "warn" => Some(Level::Warn),
            "monitor" => Some(Level::Monitor),
            _ => None,
        }
    }
}

/// Reads settings, JSON text that is an object; null stands for none.
///
/// # Errors
/// Everything that is wrong with them: what the core says, then unknown settings and levels.
pub(crate) fn read(text: &str) -> Result<Settings, Vec<SettingsProblem>> {
    let text = match text.trim_ascii() {
        "null" => "{}",
        text => text,
    };
    let members = match Members::read(text) {
        Ok(members) => members,
        Err(error) => return Err(not_an_object(text, &error)),
    };
    let mut problems = Vec::new();
    let mut levels = None;
    let mut core = Vec::new();
    for (key, value) in members.iter() {
        match key {
            RULES if levels.is_some() => {
                problems.push(at(&[key], format!("`{RULES}` is given twice: keep one")));
            }
            RULES => levels = Some(read_levels(value, &mut problems)),
            // A repeated one is there twice, which the core tells.
            _ if CORE.contains(&key) => core.push(format!("{}:{value}", Value::from(key))),
            _ => {
                let known = CORE.map(|key| format!("`{key}`")).join(", ");
                problems.push(at(
                    &[key],
                    format!(
                        "there is no setting `{key}`: remove it, or write {known} or `{RULES}`"
                    ),
                ));
            }
        }
    }
    match admission::read_settings(&format!("{{{}}}", core.join(","))) {
        Ok(core) if problems.is_empty() => Ok(Settings {
            core,
            levels: levels.unwrap_or_default(),
        }),
        core => {
            let mut told = core.err().unwrap_or_default();
            told.append(&mut problems);
            Err(told)
        }
    }
}

/// Why a text is no JSON object, in the words of the core where it has some.
fn not_an_object(text: &str, error: &serde_json::Error) -> Vec<SettingsProblem> {
    match admission::read_settings(text) {
        Err(problems) => problems,
        // A byte order mark, for one.
        Ok(_) => vec![at(
            &[],
            format!("{error}: write a JSON object such as {{}}"),
        )],
    }
}

fn read_levels(text: &str, problems: &mut Vec<SettingsProblem>) -> Levels {
    let mut levels = Levels::new();
    let Ok(members) = Members::read(text) else {
        let message = "the value must be an object, such as {\"self-mirror\":\"warn\"}";
        problems.push(at(&[RULES], message.to_owned()));
        return levels;
    };
    for (id, value) in members.iter() {
        let path = [RULES, id];
        if !admission::every_rule().any(|rule| rule.id == id) {
            let message = format!("there is no rule `{id}`: `pullproof explain` lists them");
            problems.push(at(&path, message));
            continue;
        }
        match json::string(value).as_deref().and_then(Level::parse) {
            None => {
                let message = "the value must be \"enforce\", \"warn\" or \"monitor\"";
                problems.push(at(&path, message.to_owned()));
            }
            Some(level) => {
                if levels.insert(id.to_owned(), level).is_some() {
                    problems.push(at(&path, format!("`{id}` is given twice: keep one")));
                }
            }
        }
    }
    levels
}

/// A problem of the setting under keys.
// From RFC 6901, section 3.
fn at(path: &[&str], message: String) -> SettingsProblem {
    let steps = path
        .iter()
        .map(|key| key.replace('~', "~0").replace('/', "~1"));
    SettingsProblem {
        pointer: steps.map(|step| format!("/{step}")).collect(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pullproof_core::admission::SETTINGS_SCHEMA;

    /// The settings, or each problem as `pointer: message`.
    fn check(text: &str, expected: &str) {
        let told = match read(text) {
            Ok(Settings { core, levels }) => format!("{} {levels:?}", core.version),
            Err(problems) => {
                let told = problems
                    .iter()
                    .map(|it| format!("{}: {}", it.pointer, it.message));
                told.collect::<Vec<_>>().join("; ")
            }
        };
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn settings_are_read_or_all_their_problems_told() {
        check("{}", "5.2 {}");
        check(" null\n", "5.2 {}");
        check(
            r#"{"rules":{"self-mirror":"warn","node-effect":"monitor"},"openshift":"4.16"}"#,
            r#"4.16 {"node-effect": Monitor, "self-mirror": Warn}"#,
        );
        check(r#"{"rules":{}}"#, "5.2 {}");
        check(
            r#"{"rules":{"a/b":"warn","self-mirror":"deny","node-effect":1},"mode":1,"openshift":"1"}"#,
            "/openshift: there is no release `1`: write one from \"4.6\" to \"5.2\"; \
             /rules/a~1b: there is no rule `a/b`: `pullproof explain` lists them; \
             /rules/self-mirror: the value must be \"enforce\", \"warn\" or \"monitor\"; \
             /rules/node-effect: the value must be \"enforce\", \"warn\" or \"monitor\"; \
             /mode: there is no setting `mode`: remove it, or write `openshift`, `releaseImage` \
             or `rules`",
        );
        check(
            r#"{"rules":[]}"#,
            "/rules: the value must be an object, such as {\"self-mirror\":\"warn\"}",
        );
        check(
            r#"{"rules":{"self-mirror":"warn","self-mirror":"warn"},"rules":{}}"#,
            "/rules/self-mirror: `self-mirror` is given twice: keep one; \
             /rules: `rules` is given twice: keep one",
        );
        check(
            r#"{"openshift":"4.16","openshift":"4.16"}"#,
            "/openshift: `openshift` is given twice: keep one",
        );
        check(
            "[]",
            ": settings are a list: write a JSON object such as {}",
        );
        check(
            "",
            ": line 1:1: expected a value, found the end of the text: \
             write a JSON object such as {}",
        );
        check(
            "\u{feff}{}",
            ": expected value at line 1 column 1: write a JSON object such as {}",
        );
    }

    #[test]
    fn every_setting_of_the_core_is_one_of_the_policy() {
        let schema: Value = serde_json::from_str(SETTINGS_SCHEMA).expect("it is JSON");
        let properties = schema["properties"].as_object().expect("it has properties");
        let keys: Vec<&str> = properties.keys().map(String::as_str).collect();
        assert_eq!(keys, CORE);
    }
}
