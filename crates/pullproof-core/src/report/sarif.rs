//! SARIF 2.1.0, which code scanning reads: findings with fixes, rules with their pages, and for
//! findings in entries of mirror sets how a pull goes, as a code flow.
//!
//! The fingerprint has a name of its own: what GitHub calls `primaryLocationLineHash` its upload
//! action works out itself, and warns about every other value.

use super::fingerprint::fingerprints;
use super::path::{self, Base};
use super::{
    PROGRAM, Run, Suppressed, SuppressedBy, UNREADABLE_INPUT, Unreadable, VERSION, pretty,
};
use crate::file::{FileId, Files, Span};
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::lint::card::Card;
use flow::{FlowStep, Flows};
use format::*;
use std::collections::BTreeMap;

mod flow;
mod format;

/// The name of the fingerprint; another one when what it is made from changes.
const FINGERPRINT: &str = "pullproof/v1";

/// The base of the names of inputs: the directory that the program ran in, wherever that was.
const HERE: &str = "%SRCROOT%";

/// The base of what was rendered from the inputs.
const NODE: &str = "NODE";

/// Where a node has what was rendered.
const NODE_URI: &str = "file:///etc/containers/";

/// The findings of a run, with all there is to say of them.
pub fn report(run: &Run<'_>) -> String {
    let Run {
        files,
        inputs,
        unreadable,
        findings,
        suppressed,
        fail_on: _,
        cards,
        model,
    } = run;
    let mut writer = Writer {
        files,
        artifacts: inputs.iter().copied().zip(0..).collect(),
        by_name: inputs
            .iter()
            .map(|file| (files.name(*file), *file))
            .collect(),
        rules: cards.iter().map(|card| card.id).zip(0..).collect(),
        flows: model.and_then(|model| Flows::new(files, model)),
    };
    let all = findings.iter();
    let all = all.chain(suppressed.iter().map(|suppressed| &suppressed.finding));
    let mut fingerprints = fingerprints(all).into_iter();
    let mut results = Vec::with_capacity(findings.len() + suppressed.len());
    for finding in *findings {
        results.push(writer.result(finding, fingerprints.next()));
    }
    for Suppressed {
        finding,
        by,
        reason,
    } in *suppressed
    {
        let mut result = writer.result(finding, fingerprints.next());
        result.suppressions.push(Suppression {
            kind: match by {
                SuppressedBy::Input => "inSource",
                SuppressedBy::Configuration => "external",
            },
            justification: reason,
        });
        results.push(result);
    }
    let notifications = unreadable.iter().map(notification);
    pretty(&Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [RunJson {
            tool: Tool {
                driver: Driver {
                    name: PROGRAM,
                    semantic_version: VERSION,
                    rules: cards.iter().map(|card| rule(card)).collect(),
                    notifications: [Descriptor {
                        id: UNREADABLE_INPUT,
                        short_description: Message::new("An input that cannot be read."),
                    }],
                },
            },
            column_kind: "unicodeCodePoints",
            original_uri_base_ids: UriBases {
                here: UriBase {
                    uri: None,
                    description: Message::new("The directory that pullproof ran in."),
                },
                node: UriBase {
                    uri: Some(NODE_URI),
                    description: Message::new("Files of a node, rendered from the inputs."),
                },
            },
            invocations: [Invocation {
                execution_successful: unreadable.is_empty(),
                tool_execution_notifications: notifications.collect(),
            }],
            artifacts: inputs.iter().map(|file| artifact(files, *file)).collect(),
            results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn rule(card: &Card) -> Rule {
    let Card {
        id,
        code,
        severity,
        since,
        releases,
        fix,
        page,
    } = card;
    let summary = card.summary();
    // The title is told by the id.
    let page = page.split_once("\n\n").map_or(*page, |(_, page)| page);
    Rule {
        id,
        short_description: Message::new(&summary),
        full_description: Message::new(&match why(page) {
            Some(why) => format!("{summary} {why}"),
            None => summary.clone(),
        }),
        help: Help {
            text: page,
            markdown: page,
        },
        default_configuration: Configuration {
            level: level(*severity),
        },
        properties: RuleProperties {
            code,
            // What GitHub shows for rules that are not about security.
            problem_severity: match severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "recommendation",
            },
            since,
            releases: releases.to_string(),
            fix: fix.map(Safety::name),
            tags: ["correctness", "openshift"],
        },
    }
}

/// The section of a page that says why, as one line.
fn why(page: &str) -> Option<String> {
    let (_, why) = page.split_once("## Why\n\n")?;
    let why = why.split_once("\n## ").map_or(why, |(why, _)| why);
    Some(why.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn notification(unreadable: &Unreadable) -> Notification<'_> {
    let Unreadable { file, reason } = unreadable;
    Notification {
        descriptor: Reference {
            id: UNREADABLE_INPUT,
        },
        level: "error",
        message: Message::new(&format!("cannot read `{file}`: {reason}")),
        locations: [Location {
            id: None,
            physical_location: Physical {
                artifact_location: named(file, None),
                region: None,
            },
            logical_locations: Vec::new(),
            message: None,
        }],
    }
}

fn artifact(files: &Files, file: FileId) -> Artifact {
    Artifact {
        location: named(files.name(file), None),
        roles: ["analysisTarget"],
    }
}

/// An input by its name.
fn named(name: &str, index: Option<usize>) -> ArtifactLocation {
    let (uri, base) = path::uri(name);
    ArtifactLocation {
        uri,
        uri_base_id: match base {
            Base::Here => Some(HERE),
            Base::None => None,
        },
        index,
    }
}

/// A file that was made of the inputs, by its name.
fn rendered(name: &str) -> ArtifactLocation {
    let (uri, base) = path::uri(name);
    ArtifactLocation {
        uri,
        uri_base_id: match base {
            Base::Here => Some(NODE),
            Base::None => None,
        },
        index: None,
    }
}

struct Writer<'a> {
    files: &'a Files,
    /// The places of the inputs in the list of artifacts.
    artifacts: BTreeMap<FileId, usize>,
    /// The inputs by their names.
    by_name: BTreeMap<&'a str, FileId>,
    /// The places of the rules in their list.
    rules: BTreeMap<&'static str, usize>,
    /// `None` where nodes load no configuration.
    flows: Option<Flows<'a>>,
}

impl<'a> Writer<'a> {
    fn result(&mut self, finding: &'a Finding, fingerprint: Option<String>) -> ResultJson<'a> {
        let Finding {
            rule,
            code: _,
            severity,
            message,
            span,
            related,
            help,
            fix,
            object,
            path,
        } = finding;
        let text = match help {
            None => message.clone(),
            Some(help) => format!("{message}\nhelp: {help}"),
        };
        let logical = object.iter().map(|object| Logical {
            fully_qualified_name: match path.is_empty() {
                true => object.clone(),
                false => format!("{object}: {path}"),
            },
            kind: match path.is_empty() {
                true => "object",
                false => "member",
            },
        });
        let steps = self.flows.as_mut().and_then(|flows| flows.of(finding));
        let flow = steps.map(|steps| CodeFlow {
            thread_flows: [ThreadFlow {
                locations: steps.into_iter().map(|step| self.step(step)).collect(),
            }],
        });
        ResultJson {
            rule_id: rule,
            rule_index: self.rules.get(rule).copied(),
            level: level(*severity),
            message: Message::new(&text),
            locations: [Location {
                id: None,
                physical_location: self.physical(*span),
                logical_locations: logical.collect(),
                message: None,
            }],
            related_locations: related
                .iter()
                .zip(0..)
                .map(|(label, id)| Location {
                    id: Some(id),
                    physical_location: self.physical(label.span),
                    logical_locations: Vec::new(),
                    message: Some(Message::new(&label.text)),
                })
                .collect(),
            code_flows: flow.into_iter().collect(),
            partial_fingerprints: fingerprint
                .map(|fingerprint| BTreeMap::from([(FINGERPRINT, fingerprint)])),
            fixes: fix.iter().map(|fix| self.fix(fix)).collect(),
            suppressions: Vec::new(),
        }
    }

    fn step(&self, step: FlowStep) -> FlowLocation {
        let FlowStep { place, text } = step;
        let region = Region {
            start_line: place.line,
            start_column: place.column,
            end: None,
        };
        FlowLocation {
            location: Location {
                id: None,
                physical_location: Physical {
                    artifact_location: match self.by_name.get(place.file.as_str()) {
                        Some(file) => self.artifact_location(*file),
                        None => rendered(&place.file),
                    },
                    region: Some(region),
                },
                logical_locations: Vec::new(),
                message: Some(Message::new(&text)),
            },
        }
    }

    fn fix(&self, fix: &'a Fix) -> FixJson<'a> {
        let Fix {
            title,
            safety,
            edits,
        } = fix;
        let mut changes: BTreeMap<FileId, Vec<Replacement<'a>>> = BTreeMap::new();
        for edit in edits {
            let replacement = Replacement {
                deleted_region: self.region(edit.span),
                inserted_content: Content { text: &edit.text },
            };
            changes.entry(edit.span.file).or_default().push(replacement);
        }
        let changes = changes.into_iter().map(|(file, replacements)| Change {
            artifact_location: self.artifact_location(file),
            replacements,
        });
        FixJson {
            description: Message::new(title),
            artifact_changes: changes.collect(),
            properties: FixProperties {
                safety: safety.name(),
            },
        }
    }

    fn physical(&self, span: Span) -> Physical {
        Physical {
            artifact_location: self.artifact_location(span.file),
            region: Some(self.region(span)),
        }
    }

    fn artifact_location(&self, file: FileId) -> ArtifactLocation {
        let name = self.files.name(file);
        match self.artifacts.get(&file) {
            Some(index) => named(name, Some(*index)),
            None => rendered(name),
        }
    }

    fn region(&self, span: Span) -> Region {
        let start = self.files.position(span.file, span.start);
        let end = self.files.position(span.file, span.end);
        Region {
            start_line: start.line,
            start_column: start.column,
            end: Some(RegionEnd {
                end_line: end.line,
                end_column: end.column,
                byte_offset: span.start,
                byte_length: span.end - span.start,
            }),
        }
    }
}
