//! Settings against the JSON Schema that their policy describes, before the policy sees them.

use crate::types::SettingsProblem;
use jsonschema::{Draft, PatternOptions};
use serde_json::Value;

/// Bytes of a schema; the core's has less than one KiB.
pub(crate) const SCHEMA_BYTES: usize = 64 << 10;

/// Bytes of settings, which people write.
pub(crate) const SETTINGS_BYTES: usize = 1 << 20;

/// The most problems that are told.
const PROBLEMS: usize = 20;

/// Bytes that compiling one `pattern` may take; a policy's schema is as little trusted as it is.
const PATTERN_BYTES: usize = 1 << 20;

/// Everything that a schema says against settings; empty when nothing does.
///
/// # Errors
/// Why the schema is none: it goes on after "has a settings schema that ".
pub(crate) fn check(schema: &str, settings: &str) -> Result<Vec<SettingsProblem>, String> {
    if SCHEMA_BYTES < schema.len() {
        return Err(format!("is larger than {} KiB", SCHEMA_BYTES >> 10));
    }
    let whole = |message: String| {
        let pointer = String::new();
        vec![SettingsProblem { pointer, message }]
    };
    if SETTINGS_BYTES < settings.len() {
        let max = SETTINGS_BYTES >> 20;
        return Ok(whole(format!("settings are larger than {max} MiB")));
    }
    let schema: Value =
        serde_json::from_str(schema).map_err(|error| format!("is no JSON: {error}"))?;
    // Patterns run in linear time; nothing is fetched, since no way to is compiled in.
    let patterns = PatternOptions::regex()
        .size_limit(PATTERN_BYTES)
        .dfa_size_limit(PATTERN_BYTES);
    let validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(patterns)
        .build(&schema)
        .map_err(|error| format!("is no JSON Schema: {error}"))?;
    let settings: Value = match serde_json::from_str(settings) {
        Ok(settings) => settings,
        Err(error) => return Ok(whole(format!("settings are no JSON: {error}"))),
    };
    let problems = validator.iter_errors(&settings).take(PROBLEMS);
    let problem = |error: jsonschema::ValidationError<'_>| SettingsProblem {
        pointer: error.instance_path().to_string(),
        message: error.to_string(),
    };
    Ok(problems.map(problem).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "{\"type\":\"object\",\"required\":[\"hosts\"],\
        \"additionalProperties\":false,\"properties\":{\"hosts\":{\"type\":\"array\",\
        \"items\":{\"type\":\"string\",\"pattern\":\"^[a-z.]+$\"}}}}";

    #[test]
    fn problems_have_a_pointer() {
        let check = |settings: &str, expected: &[(&str, &str)]| {
            let problems = check(SCHEMA, settings).expect("the schema is one");
            assert_eq!(problems.len(), expected.len(), "{problems:?}");
            for (problem, (pointer, message)) in problems.iter().zip(expected) {
                assert_eq!(problem.pointer, *pointer);
                assert!(problem.message.contains(message), "{problem:?}");
            }
        };
        check("{\"hosts\":[\"a.io\"]}", &[]);
        check("{}", &[("", "\"hosts\" is a required property")]);
        check(
            "{\"hosts\":[\"a.io\",7]}",
            &[("/hosts/1", "7 is not of type")],
        );
        check("{\"hosts\":[\"A\"]}", &[("/hosts/0", "does not match")]);
        check("[", &[("", "settings are no JSON")]);
        let long = |n_bytes| format!("{{\"hosts\":[]}}{}", " ".repeat(n_bytes - 12));
        check(&long(SETTINGS_BYTES), &[]);
        check(&long(SETTINGS_BYTES + 1), &[("", "larger than 1 MiB")]);
    }

    #[test]
    fn a_schema_that_is_none_is_told() {
        let check = |schema: &str, text: &str| {
            let error = check(schema, "{}").expect_err("it is no schema");
            assert!(error.contains(text), "{error}");
        };
        check("{", "is no JSON");
        check("7", "is no JSON Schema");
        check("{\"pattern\":\"(\"}", "is no JSON Schema");
        check(
            "{\"$ref\":\"https://example.com/schema\"}",
            "is no JSON Schema",
        );
        let long = |n_bytes| format!("{{}}{}", " ".repeat(n_bytes - 2));
        assert_eq!(super::check(&long(SCHEMA_BYTES), "{}"), Ok(Vec::new()));
        check(&long(SCHEMA_BYTES + 1), "larger than 64 KiB");
    }
}
