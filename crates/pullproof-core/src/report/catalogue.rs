//! The rules themselves: as one page that is the manual, as a table, as JSON.

use crate::finding::Safety;
use crate::lint::card::{Card, Releases};
use crate::openshift::OpenShift;
use serde::Serialize;
use std::fmt::Write as _;

/// The version of the JSON form: fields are only ever added.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    rules: Vec<RuleJson<'a>>,
}

#[derive(Serialize)]
struct RuleJson<'a> {
    id: &'a str,
    code: &'a str,
    severity: &'a str,
    since: &'a str,
    releases: ReleasesJson,
    /// The least safe fix that a finding may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a str>,
    summary: String,
    /// Markdown.
    page: &'a str,
}

/// Both ends are among them; an absent one is open.
#[derive(Serialize)]
struct ReleasesJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<&'static str>,
}

/// Rules as one JSON document, ending with a newline.
pub fn json(cards: &[Card]) -> String {
    let document = Document {
        version: VERSION,
        rules: cards.iter().map(rule_json).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).expect("plain data is always JSON");
    text.push('\n');
    text
}

fn rule_json(card: &Card) -> RuleJson<'_> {
    let Card {
        id,
        code,
        severity,
        since,
        releases: Releases { first, last },
        fix,
        page,
    } = card;
    RuleJson {
        id,
        code,
        severity: severity.name(),
        since,
        releases: ReleasesJson {
            first: first.map(OpenShift::name),
            last: last.map(OpenShift::name),
        },
        fix: fix.map(Safety::name),
        summary: card.summary(),
        page,
    }
}

/// The page of one rule as Markdown, what its card says below the heading.
pub fn page(card: &Card) -> String {
    let rest = card.page.split_once('\n').map_or("", |(_, rest)| rest);
    format!("# {}\n\n{}\n{rest}", card.id, facts(card))
}

fn facts(card: &Card) -> String {
    let fix = card.fix.map_or("no", Safety::name);
    format!(
        "`{}`, severity {}, {}, since {}, {fix} fixes.",
        card.code, card.severity, card.releases, card.since
    )
}

/// Every rule as a row of a Markdown table.
pub fn table(cards: &[Card]) -> String {
    let mut table = "| code | rule | severity | releases | fix | summary |\n\
                     | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for card in cards {
        let fix = card.fix.map_or("", Safety::name);
        let summary = card.summary().replace('|', "\\|");
        let (code, id, severity) = (card.code, card.id, card.severity);
        let releases = card.releases;
        // Writing to a text cannot fail.
        _ = writeln!(
            table,
            "| {code} | [`{id}`](#{id}) | {severity} | {releases} | {fix} | {summary} |"
        );
    }
    table
}

/// Every rule on one page of Markdown: a table, then each rule's page.
pub fn manual(cards: &[Card]) -> String {
    let mut text = "# Rules\n\n\
         Written by `pullproof rules --format markdown`; a change of a rule's own page changes \
         it.\n\
         The reports in it are what `pullproof lint` gives for the examples above them.\n\n"
        .to_owned();
    text.push_str(&table(cards));
    for card in cards {
        text.push('\n');
        let mut is_fenced = false;
        for line in page(card).lines() {
            is_fenced ^= line.starts_with("```");
            if !is_fenced && line.starts_with('#') {
                text.push('#');
            }
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;

    const CARD: Card = Card {
        id: "some-rule",
        code: "PP999",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::since(OpenShift::V4_13),
        fix: Some(Safety::Unsafe),
        page: "# some-rule\n\nOne | two\nlines.\n\n## Bad\n\n```yaml\n# stays\n```\n",
    };

    #[test]
    fn headings_go_down_and_fences_stay() {
        let manual = manual(&[CARD]);
        let (_, page) = manual.split_once("\n\n##").expect("there is a rule");
        assert_eq!(
            page,
            " some-rule\n\n`PP999`, severity warning, 4.13 and later, since 0.1.0, unsafe \
             fixes.\n\nOne | two\nlines.\n\n### Bad\n\n```yaml\n# stays\n```\n"
        );
        assert!(manual.contains(
            "\n| PP999 | [`some-rule`](#some-rule) | warning | 4.13 and later | unsafe | One \\| \
             two lines. |\n"
        ));
    }

    #[test]
    fn json_has_all_of_a_card() {
        let json: serde_json::Value = serde_json::from_str(&json(&[CARD])).expect("it is JSON");
        let rule = &json["rules"][0];
        assert_eq!(json["version"], VERSION);
        assert_eq!(rule["id"], "some-rule");
        assert_eq!(rule["releases"], serde_json::json!({"first": "4.13"}));
        assert_eq!(rule["fix"], "unsafe");
        assert_eq!(rule["summary"], "One | two lines.");
        assert_eq!(rule["page"], CARD.page);
    }
}
