//! The reports of `pullproof lint`: each form as it stands in a file here, held to the schema or
//! the description that its readers go by.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a report of another shape stops the test"
)]

use pullproof_core::file::{FileId, Files, Span};
use pullproof_core::finding::{Edit, Finding, Safety, Severity};
use pullproof_core::lint::{self, Rule, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::report::{self, Run, Suppressed, SuppressedBy, Unreadable};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[path = "reports/files.rs"]
mod files;
mod support;
mod xsd;

const SARIF_SCHEMA: &str = include_str!("schemas/sarif-schema-2.1.0.json");
const JUNIT_SCHEMA: &str = include_str!("schemas/junit-10.xsd");

/// Every form that is for machines, or is the same without colours.
const FORMATS: [&str; 10] = [
    "compact",
    "json",
    "jsonl",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "checkstyle",
    "rdjson",
    "markdown",
];

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports")
}

fn report(format: &str, run: &Run<'_>) -> String {
    match format {
        "compact" => report::compact::report(run.files, run.findings),
        "json" => report::json::report(run),
        "jsonl" => report::jsonl::report(run),
        "sarif" => report::sarif::report(run),
        "github" => report::github::report(run),
        "gitlab" => report::gitlab::report(run),
        "junit" => report::junit::report(run),
        "checkstyle" => report::checkstyle::report(run),
        "rdjson" => report::rdjson::report(run),
        "markdown" => report::markdown::report(run),
        other => panic!("{other}"),
    }
}

/// What a run is made from.
struct World {
    files: Files,
    inputs: Vec<FileId>,
    model: Model,
    findings: Vec<Finding>,
    suppressed: Vec<Suppressed>,
    unreadable: Vec<Unreadable>,
    rules: Vec<&'static Rule>,
}

impl World {
    fn new(inputs: &[(&str, &str)], ids: &[&str]) -> World {
        let mut files = Files::new();
        let inputs: Vec<_> = inputs
            .iter()
            .map(|(name, text)| files.add(*name, *text))
            .collect();
        let settings = Settings {
            version: OpenShift::NEWEST,
            release_image: None,
        };
        let model = Model::build(&mut files, &inputs, &settings);
        let all = rules::ALL.iter().copied();
        let rules: Vec<_> = all
            .filter(|rule| ids.is_empty() || ids.contains(&rule.card.id))
            .collect();
        World {
            findings: lint::run(&model, &rules),
            files,
            inputs,
            model,
            suppressed: Vec::new(),
            unreadable: Vec::new(),
            rules,
        }
    }

    /// The world that the files here are of: with few rules, so that no other changes them, and
    /// with a fix, a suppressed finding and an input that could not be read.
    fn fixed() -> World {
        let read = |name: &str| std::fs::read_to_string(here().join(name)).unwrap();
        let names = [
            "input/clean.yaml",
            "./input/mirrors.yaml",
            "input/odd, name%.yaml",
        ];
        let texts = names.map(read);
        let inputs: Vec<_> = names
            .into_iter()
            .zip(texts.iter().map(String::as_str))
            .collect();
        let mut world = World::new(
            &inputs,
            &["self-mirror", "shadowing-scope", "deprecated-kind"],
        );
        world.unreadable.push(Unreadable {
            file: "input/unreadable.yaml".to_owned(),
            reason: "it is not UTF-8".to_owned(),
        });
        let deprecated = world
            .findings
            .iter()
            .position(|it| it.rule == "deprecated-kind");
        world.suppressed.push(Suppressed {
            finding: world.findings[deprecated.unwrap()].clone(),
            by: SuppressedBy::Input,
            reason: "goes with the next release".to_owned(),
        });
        let finding = world
            .findings
            .iter_mut()
            .find(|it| it.rule == "self-mirror");
        let finding = finding.unwrap();
        let Span { file, start, end } = finding.span;
        let (start, end) = (start as usize, end as usize);
        let edits = [(start, start + 4, "x"), (end, end, "/y")].map(|(start, end, text)| Edit {
            span: Span::new(file, start, end),
            text: text.to_owned(),
        });
        finding.fix("take another mirror", Safety::Unsafe, edits.to_vec());
        world
    }

    fn run<'a>(&'a self, cards: &'a [&'static lint::card::Card]) -> Run<'a> {
        Run {
            files: &self.files,
            inputs: &self.inputs,
            unreadable: &self.unreadable,
            findings: &self.findings,
            suppressed: &self.suppressed,
            fail_on: Severity::Warning,
            cards,
            model: Some(&self.model),
        }
    }

    fn report(&self, format: &str) -> String {
        let cards: Vec<_> = self.rules.iter().map(|rule| &rule.card).collect();
        report(format, &self.run(&cards))
    }
}

/// `UPDATE=1` writes the reports anew, for a human to read in the diff.
#[test]
fn every_form_is_what_stands_here() {
    let world = World::fixed();
    for format in FORMATS {
        let ending = match format {
            "json" | "gitlab" | "rdjson" => "json",
            "junit" | "checkstyle" => "xml",
            "markdown" => "md",
            "sarif" | "jsonl" => format,
            _ => "txt",
        };
        let path = here().join(format!("{format}.{ending}"));
        let found = world.report(format);
        assert_eq!(
            found,
            World::fixed().report(format),
            "{format}: again the same bytes"
        );
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap();
        assert_eq!(found, expected, "{format}");
    }
}

/// The fixed world, one for every example of every page, one without findings, and hostile text.
fn worlds() -> Vec<World> {
    let mut worlds = vec![World::fixed()];
    for rule in rules::ALL {
        let blocks = rule.card.page.split("```yaml").skip(1);
        for block in blocks {
            let text = block.split_once('\n').unwrap().1;
            let text = text.split("```").next().unwrap();
            worlds.push(World::new(&[("./dir/ä b.yaml", text)], &[]));
        }
    }
    assert!(2 * rules::ALL.len() < worlds.len());
    worlds.push(World::new(&[("<stdin>", "")], &[]));
    let hostile = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\n\
        metadata: {name: lab}\nspec:\n  imageDigestMirrors:\n  \
        - source: \"](x)<b>|`&'%0A::error::\\u0007\\x1b[1m\\uFFFE\"\n    mirrors: [\"\u{1f6a2}\", \"]]>\"]\n  \
        <!-- ![a](b): \"@all --></details>\\n| --- |\"\n";
    let mut world = World::new(
        &[
            ("../dir/]]>,:%\"\n\u{1}|`.yaml", hostile),
            ("/abs/a.yaml", hostile),
        ],
        &[],
    );
    assert!(!world.findings.is_empty());
    world.unreadable.push(Unreadable {
        file: "a\u{1}\n,:b.yaml".to_owned(),
        reason: "](x) \u{2} ::error::\n<b>".to_owned(),
    });
    worlds.push(world);
    worlds
}

/// SARIF's schema as it is published, but for a stray bracket in the pattern of languages, of
/// which none is written: not everybody takes it for a regular expression.
fn sarif_schema() -> jsonschema::Validator {
    const STRAY: &str = "{2}]?$";
    assert_eq!(SARIF_SCHEMA.matches(STRAY).count(), 2);
    validator(&json(&SARIF_SCHEMA.replace(STRAY, "{2}$")))
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::validator_for(schema).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn array<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.map_or(&[], Vec::as_slice)
}

#[test]
fn sarif_fits_its_schema() {
    let schema = sarif_schema();
    let (mut n_results, mut n_flows) = (0, 0);
    for world in worlds() {
        let log = json(&world.report("sarif"));
        let errors: Vec<_> = schema
            .iter_errors(&log)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}\n{log:#}");
        let run = &log["runs"][0];
        assert!(run["results"].is_array());
        let is_readable = world.unreadable.is_empty();
        assert_eq!(run["invocations"][0]["executionSuccessful"], is_readable);
        let mut fingerprints = BTreeSet::new();
        for result in array(run, "/results") {
            n_results += 1;
            n_flows += array(result, "/codeFlows").len();
            // What the schema cannot say: indices lead to what they are said to lead to.
            let rule_idx = result["ruleIndex"].as_u64().unwrap();
            let pointer = format!("/tool/driver/rules/{rule_idx}/id");
            assert_eq!(run.pointer(&pointer), Some(&result["ruleId"]));
            let location = &result["locations"][0]["physicalLocation"];
            let location = &location["artifactLocation"];
            let index = usize::try_from(location["index"].as_u64().unwrap()).unwrap();
            let artifact = &run["artifacts"][index];
            assert_eq!(artifact["location"]["uri"], location["uri"]);
            assert!(fingerprints.insert(result["partialFingerprints"].to_string()));
        }
        assert_eq!(
            fingerprints.len(),
            world.findings.len() + world.suppressed.len()
        );
        for uri in uris(&log) {
            let is_uri = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:%".contains(&byte);
            assert!(uri.bytes().all(is_uri), "{uri}");
        }
    }
    assert!(
        50 < n_results && 10 < n_flows,
        "{n_results} results, {n_flows} flows"
    );
}

#[test]
fn the_sarif_schema_refuses_what_is_wrong() {
    let schema = sarif_schema();
    let log = World::fixed().report("sarif");
    for (right, wrong) in [
        ("\"startLine\": ", "\"startLine\": -"),
        ("\"ruleId\"", "\"rule\""),
        ("\"level\": \"error\"", "\"level\": \"info\""),
        ("\"threadFlows\"", "\"threadFlow\""),
        ("\"inSource\"", "\"inline\""),
    ] {
        assert!(log.contains(right), "{right}");
        assert!(
            !schema.is_valid(&json(&log.replace(right, wrong))),
            "{wrong}"
        );
    }
}

fn uris(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("uri").and_then(Value::as_str).map(str::to_owned);
            own.into_iter()
                .chain(fields.values().flat_map(uris))
                .collect()
        }
        Value::Array(values) => values.iter().flat_map(uris).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn junit_fits_its_schema() {
    for world in worlds() {
        let text = world.report("junit");
        xsd::check(JUNIT_SCHEMA, &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        // What the schema cannot say: the numbers are those of the cases.
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        let suites = root
            .children()
            .filter(|node| node.has_tag_name("testsuite"));
        let mut n_suites = 0;
        for suite in suites.chain([root]) {
            let count = |name| {
                suite
                    .descendants()
                    .filter(|it| it.has_tag_name(name))
                    .count()
            };
            for (attribute, element) in [
                ("tests", "testcase"),
                ("failures", "failure"),
                ("errors", "error"),
            ] {
                let told = suite.attribute(attribute).unwrap();
                assert_eq!(told, count(element).to_string(), "{attribute} of {text}");
            }
            assert_ne!(suite.attribute("tests"), Some("0"), "{text}");
            n_suites += 1;
        }
        assert_eq!(n_suites, 1 + world.inputs.len() + world.unreadable.len());
    }
}

#[test]
fn the_junit_schema_refuses_what_is_wrong() {
    let text = World::fixed().report("junit");
    for (right, wrong) in [
        ("<testsuites name", "<testsuites nome"),
        ("failures=\"2\"", ""),
        ("<testsuites ", "<testsuites time=\"1e3\" "),
        ("<testcase name", "no text<testcase name"),
        ("<failure ", "<properties/><failure "),
        ("system-out", "properties"),
        ("</testsuites>", ""),
    ] {
        assert!(text.contains(right), "{right}");
        let wrong = text.replace(right, wrong);
        assert!(xsd::check(JUNIT_SCHEMA, &wrong).is_err(), "{wrong}");
    }
}

#[test]
fn json_fits_the_schema_that_is_printed() {
    let printed = support::pullproof(&["schema", "report"], "").stdout;
    assert_eq!(printed, report::json::SCHEMA);
    // As it is printed, fields may be added; here none may be that it does not tell.
    let mut strict = json(&printed);
    close(&mut strict);
    let mut finding = strict.clone();
    let fields = finding.as_object_mut().unwrap();
    for key in ["required", "properties"] {
        fields.remove(key);
    }
    fields.insert("$ref".to_owned(), Value::from("#/$defs/finding"));
    let (open, strict, finding) = (
        validator(&json(&printed)),
        validator(&strict),
        validator(&finding),
    );
    for world in worlds() {
        let document = json(&world.report("json"));
        let errors: Vec<_> = strict
            .iter_errors(&document)
            .map(|it| it.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
        let mut later = document.clone();
        later["added"] = Value::from(1);
        assert!(open.is_valid(&later) && !strict.is_valid(&later));
        later["version"] = Value::from(2);
        assert!(!open.is_valid(&later));
        let lines = world.report("jsonl");
        assert_eq!(lines.lines().count(), world.findings.len());
        for (line, told) in lines.lines().zip(array(&document, "/findings")) {
            assert_eq!(&json(line), told);
            assert!(finding.is_valid(told), "{told:#}");
        }
    }
}

/// Refuses fields that are not told wherever some are.
fn close(schema: &mut Value) {
    // What a schema is made of is not itself closed, else it could not have the fields of both.
    let is_part = |name: &str| ["place", "finding"].contains(&name);
    schema["unevaluatedProperties"] = Value::from(false);
    for (name, part) in schema["$defs"].as_object_mut().unwrap() {
        if part["type"] == "object" && !is_part(name) {
            part["unevaluatedProperties"] = Value::from(false);
        }
    }
    schema["properties"]["findings"]["items"]["unevaluatedProperties"] = Value::from(false);
    for part in ["counts", "looked_at"] {
        schema["properties"][part]["unevaluatedProperties"] = Value::from(false);
    }
}

/// Against GitLab's description of its code quality report.
#[test]
fn gitlab_can_read_its_report() {
    for world in worlds() {
        let report = json(&world.report("gitlab"));
        let issues = report.as_array().unwrap();
        assert_eq!(issues.len(), world.findings.len() + world.unreadable.len());
        let mut fingerprints = BTreeSet::new();
        for issue in issues {
            let fields: Vec<_> = issue
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect();
            assert_eq!(
                fields,
                [
                    "check_name",
                    "description",
                    "fingerprint",
                    "location",
                    "severity"
                ]
            );
            let severity = issue["severity"].as_str().unwrap();
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
            assert!(
                !issue["location"]["path"]
                    .as_str()
                    .unwrap()
                    .starts_with("./")
            );
            assert!(1 <= issue["location"]["lines"]["begin"].as_u64().unwrap());
            assert!(fingerprints.insert(issue["fingerprint"].as_str().unwrap()));
        }
    }
}

/// Against reviewdog's `reviewdog.proto`, whose JSON form this is.
#[test]
fn reviewdog_can_read_its_report() {
    let mut n_suggestions = 0;
    for world in worlds() {
        let report = json(&world.report("rdjson"));
        assert_eq!(report["source"]["name"], "pullproof");
        let diagnostics = array(&report, "/diagnostics");
        assert_eq!(
            diagnostics.len(),
            world.findings.len() + world.unreadable.len()
        );
        for diagnostic in diagnostics {
            for field in diagnostic.as_object().unwrap().keys() {
                let fields = ["message", "location", "severity", "code", "suggestions"];
                assert!(fields.contains(&field.as_str()), "{field}");
            }
            let severity = diagnostic["severity"].as_str().unwrap();
            assert!(["ERROR", "WARNING", "INFO"].contains(&severity));
            assert!(diagnostic["code"]["value"].is_string() && diagnostic["message"].is_string());
            n_suggestions += array(diagnostic, "/suggestions").len();
            let suggestions = array(diagnostic, "/suggestions").iter();
            let ranges = suggestions.map(|it| &it["range"]);
            for range in ranges.chain(diagnostic["location"].get("range")) {
                let at = |end: &str| {
                    let position = &range[end];
                    (
                        position["line"].as_u64().unwrap(),
                        position["column"].as_u64().unwrap(),
                    )
                };
                assert!((1, 1) <= at("start") && at("start") <= at("end"), "{range}");
            }
        }
    }
    assert!(0 < n_suggestions);
}

#[test]
fn checkstyle_is_the_xml_that_readers_expect() {
    for world in worlds() {
        let text = world.report("checkstyle");
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        assert!(root.has_tag_name("checkstyle") && root.attribute("version") == Some("4.3"));
        let files = root.children().filter(roxmltree::Node::is_element);
        let mut n_errors = 0;
        for file in files {
            assert!(file.has_tag_name("file") && file.attribute("name").is_some());
            for error in file.children().filter(roxmltree::Node::is_element) {
                assert!(error.has_tag_name("error"));
                assert!(1 <= error.attribute("line").unwrap().parse::<u32>().unwrap());
                let severity = error.attribute("severity").unwrap();
                assert!(["error", "warning", "info"].contains(&severity));
                assert!(error.attribute("message").is_some());
                assert!(error.attribute("source").unwrap().starts_with("pullproof."));
                n_errors += 1;
            }
        }
        assert_eq!(n_errors, world.findings.len() + world.unreadable.len());
    }
}

#[test]
fn every_annotation_is_one_line_and_one_command() {
    for world in worlds() {
        let text = world.report("github");
        assert_eq!(
            text.lines().count(),
            world.findings.len() + world.unreadable.len()
        );
        for line in text.lines() {
            let (command, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            assert!(!message.is_empty() && !line.contains('\r'));
            let (name, properties) = command.split_once(' ').unwrap();
            assert!(["error", "warning", "notice"].contains(&name));
            for property in properties.split(',') {
                let (key, value) = property.split_once('=').unwrap();
                let keys = ["file", "line", "endLine", "col", "endColumn", "title"];
                assert!(keys.contains(&key) && !value.contains(':'), "{property}");
            }
        }
    }
}
