//! What is answered to a request: denied or allowed, with what is found.
//!
//! Texts stay within what the API server takes and shows, since a policy server passes them on as
//! they are.

use crate::settings::{Level, Levels};
use pullproof_core::finding::{Finding, Severity};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Most findings that a denial tells; nobody reads more.
const LINES_MAX: usize = 50;

/// The longest line of a denial, in characters.
pub(crate) const LINE_CHARS_MAX: usize = 1_024;

/// The longest field of a line, in characters: that of an unknown field has the text of its key.
const PATH_CHARS_MAX: usize = 100;

/// All warnings together stay below the 4,096 characters after which the API server drops some:
/// 15 times 256 is 3,840.
// From kubernetes/apiserver, endpoints/filters/warning.go.
const WARNINGS_MAX: usize = 15;

/// The longest warning in characters, to which the API server cuts them.
const WARNING_CHARS_MAX: usize = 256;

/// How long a warning should be in characters: the API server asks authors for it.
const GOOD_WARNING_CHARS: usize = 120;

/// The longest audit annotation; an audit event that is too large is cut as a whole.
const ANNOTATION_BYTES_MAX: usize = 8 << 10;

/// The code of a denial: what is asked for is understood and makes no sense.
const UNPROCESSABLE: u16 = 422;

/// What is answered.
#[derive(Serialize)]
pub(crate) struct Answer {
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_annotations: Option<Annotations>,
}

/// What the audit log gets, as keys and values.
// The API server puts the name of the webhook and a slash before each key, of which the part
// behind the slash may have 63 letters, digits and dashes.
#[derive(Serialize)]
struct Annotations {
    /// A list of findings, as JSON.
    findings: String,
}

#[derive(Serialize)]
struct AnnotatedFinding<'a> {
    rule: &'a str,
    code: &'a str,
    severity: &'a str,
    effect: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    path: &'a str,
    message: &'a str,
}

/// What comes of a finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Effect {
    /// The change is denied.
    Deny,
    /// The user is warned.
    Warn,
    /// It goes to the audit log.
    Audit,
    /// It would have denied or warned, and goes to the audit log because of the rule's level.
    Monitor,
}

impl Effect {
    fn of(finding: &Finding, levels: &Levels) -> Effect {
        let level = levels.get(finding.rule).copied().unwrap_or(Level::Enforce);
        match (finding.severity, level) {
            (Severity::Info, _) => Effect::Audit,
            (Severity::Warning | Severity::Error, Level::Monitor) => Effect::Monitor,
            (Severity::Error, Level::Enforce) => Effect::Deny,
            (Severity::Error, Level::Warn) | (Severity::Warning, Level::Warn | Level::Enforce) => {
                Effect::Warn
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Effect::Deny => "deny",
            Effect::Warn => "warn",
            Effect::Audit => "audit",
            Effect::Monitor => "monitor",
        }
    }
}

/// The answer to a change that introduces findings.
pub(crate) fn answer(findings: &[Finding], levels: &Levels) -> Answer {
    let effects: Vec<(&Finding, Effect)> = findings
        .iter()
        .map(|finding| (finding, Effect::of(finding, levels)))
        .collect();
    let with = |wanted: Effect, line: fn(&Finding) -> String| {
        let findings = effects.iter().filter(|(_, effect)| *effect == wanted);
        distinct(findings.map(|(finding, _)| line(finding)))
    };
    let mut lines = with(Effect::Deny, line);
    let is_denied = !lines.is_empty();
    shorten(&mut lines, LINES_MAX);
    let mut warnings = with(Effect::Warn, warning);
    shorten(&mut warnings, WARNINGS_MAX);
    Answer {
        accepted: !is_denied,
        message: is_denied.then(|| lines.join("\n")),
        code: is_denied.then_some(UNPROCESSABLE),
        warnings,
        audit_annotations: (!effects.is_empty()).then(|| Annotations {
            findings: annotation(&effects),
        }),
    }
}

/// The texts without those that are there already.
fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut found = BTreeSet::new();
    texts.filter(|text| found.insert(text.clone())).collect()
}

/// Keeps at most so many texts, of which the last then says how many are missing.
fn shorten(texts: &mut Vec<String>, n_texts_max: usize) {
    if n_texts_max < texts.len() {
        let n_more = texts.len() - (n_texts_max - 1);
        texts.truncate(n_texts_max - 1);
        texts.push(format!(
            "… {n_more} more, see the audit annotation `findings`"
        ));
    }
}

/// What a finding says in at most so many characters, with its field and, never cut, its rule.
fn sentence(finding: &Finding, n_chars_max: usize) -> String {
    let Finding {
        rule,
        code,
        severity: _,
        message,
        span: _,
        // Places in the object as the policy server wrote it would tell nobody anything.
        related: _,
        fix: _,
        help: _,
        object: _,
        path,
    } = finding;
    let path = cut(path, PATH_CHARS_MAX);
    let place = if path.is_empty() { "" } else { ": " };
    let rule = format!(" [{code} {rule}]");
    let text = format!("{path}{place}{message}");
    let text = cut(&one_line(&text), n_chars_max - rule.chars().count());
    format!("{text}{rule}")
}

fn line(finding: &Finding) -> String {
    let mut line = sentence(finding, LINE_CHARS_MAX);
    if let Some(help) = &finding.help {
        let _ = write!(line, "; {}", one_line(help));
    }
    cut(&line, LINE_CHARS_MAX)
}

/// One warning; help is left out when the text would be longer than is good.
fn warning(finding: &Finding) -> String {
    let line = line(finding);
    match line.chars().count() <= GOOD_WARNING_CHARS {
        true => line,
        false => sentence(finding, WARNING_CHARS_MAX),
    }
}

/// The findings as a JSON list, of which the last entry may say how many are missing.
fn annotation(effects: &[(&Finding, Effect)]) -> String {
    let mut list = String::from("[");
    for (finding_idx, (finding, effect)) in effects.iter().enumerate() {
        let finding = AnnotatedFinding {
            rule: finding.rule,
            code: finding.code,
            severity: finding.severity.name(),
            effect: effect.name(),
            object: finding.object.as_deref(),
            path: &finding.path,
            message: &finding.message,
        };
        let text = serde_json::to_string(&finding).unwrap_or_default();
        let comma = if finding_idx == 0 { "" } else { "," };
        // What closes the list and tells how many are missing takes less than 32 bytes.
        if ANNOTATION_BYTES_MAX < list.len() + text.len() + 32 {
            let n_more = effects.len() - finding_idx;
            let _ = write!(list, "{comma}{{\"omitted\":{n_more}}}");
            break;
        }
        let _ = write!(list, "{comma}{text}");
    }
    list.push(']');
    list
}

/// The text without what breaks lines, drives terminals or turns the direction of text.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    let is_bad = |char: char| {
        char.is_control()
            || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    match text.contains(is_bad) {
        true => Cow::Owned(text.replace(is_bad, " ")),
        false => Cow::Borrowed(text),
    }
}

/// The text in at most so many characters.
pub(crate) fn cut(text: &str, n_chars_max: usize) -> String {
    match text.char_indices().nth(n_chars_max) {
        None => text.to_owned(),
        Some(_) => {
            let mut short: String = text.chars().take(n_chars_max - 1).collect();
            short.push('…');
            short
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pullproof_core::file::{Files, Span};

    fn finding(rule: &'static str, severity: Severity) -> Finding {
        let file = Files::new().add("object", "{}");
        Finding {
            rule,
            code: "PP007",
            severity,
            message: "mirror `a.io` is its own source".to_owned(),
            span: Span::new(file, 0, 0),
            related: Vec::new(),
            help: Some("remove it".to_owned()),
            fix: None,
            object: None,
            path: "spec.imageDigestMirrors[0].source".to_owned(),
        }
    }

    fn found(findings: impl IntoIterator<Item = Finding>) -> Answer {
        let findings: Vec<Finding> = findings.into_iter().collect();
        answer(&findings, &Levels::new())
    }

    #[test]
    fn levels_turn_severities_into_effects() {
        use Effect::{Audit, Deny, Monitor, Warn};
        for (level, expected) in [
            (None, [Deny, Warn, Audit]),
            (Some(Level::Enforce), [Deny, Warn, Audit]),
            (Some(Level::Warn), [Warn, Warn, Audit]),
            (Some(Level::Monitor), [Monitor, Monitor, Audit]),
        ] {
            let levels: Levels = level
                .map(|level| ("a".to_owned(), level))
                .into_iter()
                .collect();
            let effects = [Severity::Error, Severity::Warning, Severity::Info]
                .map(|severity| Effect::of(&finding("a", severity), &levels));
            assert_eq!(effects, expected, "{level:?}");
            let other = Effect::of(&finding("b", Severity::Error), &levels);
            assert_eq!(other, Deny, "{level:?}");
        }
    }

    #[test]
    fn nothing_found_is_a_short_answer() {
        let answer = serde_json::to_string(&found([])).expect("it is JSON");
        assert_eq!(answer, r#"{"accepted":true}"#);
    }

    #[test]
    fn a_denial_has_a_line_for_each_finding() {
        let error = finding("self-mirror", Severity::Error);
        let whole = Finding {
            path: String::new(),
            help: None,
            ..error.clone()
        };
        let warned = finding("odd", Severity::Warning);
        let answer = found([error.clone(), warned, error, whole]);
        let text = "mirror `a.io` is its own source [PP007 self-mirror]";
        let expected = format!("spec.imageDigestMirrors[0].source: {text}; remove it\n{text}");
        assert_eq!(answer.message, Some(expected));
        assert_eq!((answer.accepted, answer.code), (false, Some(422)));
        let text = "mirror `a.io` is its own source [PP007 odd]";
        let expected = format!("spec.imageDigestMirrors[0].source: {text}; remove it");
        assert_eq!(answer.warnings, [expected]);
    }

    #[test]
    fn lines_end_at_their_limit() {
        for (n_findings, n_lines, last) in [
            (LINES_MAX, LINES_MAX, "m49 [PP007 r]"),
            (
                LINES_MAX + 1,
                LINES_MAX,
                "… 2 more, see the audit annotation `findings`",
            ),
            (
                500,
                LINES_MAX,
                "… 451 more, see the audit annotation `findings`",
            ),
        ] {
            let findings = (0..n_findings).map(|idx| Finding {
                message: format!("m{idx}"),
                path: String::new(),
                help: None,
                ..finding("r", Severity::Error)
            });
            let message = found(findings).message.expect("it is denied");
            assert_eq!(message.lines().count(), n_lines);
            assert_eq!(message.lines().last(), Some(last));
        }
    }

    #[test]
    fn warnings_stay_within_what_the_api_server_takes() {
        for n_findings in [1, WARNINGS_MAX, WARNINGS_MAX + 1, 1_000] {
            let findings = (0..n_findings).map(|idx| Finding {
                message: format!("{idx} {}", "é\n\u{202e}".repeat(1_000)),
                path: "é\n".repeat(1_000),
                ..finding("r", Severity::Warning)
            });
            let warnings = found(findings).warnings;
            assert_eq!(warnings.len(), n_findings.min(WARNINGS_MAX));
            for (warning_idx, warning) in warnings.iter().enumerate() {
                assert!(warning.ends_with(" [PP007 r]") || warning_idx == WARNINGS_MAX - 1);
                assert!(warning.chars().count() <= WARNING_CHARS_MAX);
                assert!(!warning.contains(|char: char| char.is_control() || char == '\u{202e}'));
            }
            let says_more = warnings.last().is_some_and(|last| last.starts_with("… "));
            assert_eq!(says_more, WARNINGS_MAX < n_findings);
        }
    }

    #[test]
    fn help_stays_in_warnings_that_are_short() {
        let with = |n_chars: usize| Finding {
            message: "a".repeat(n_chars),
            path: String::new(),
            help: Some("help".to_owned()),
            ..finding("r", Severity::Warning)
        };
        // ` [PP007 r]` and `; help` take sixteen characters.
        let short = with(GOOD_WARNING_CHARS - 16);
        assert!(warning(&short).ends_with("; help"));
        let longer = with(GOOD_WARNING_CHARS - 15);
        assert!(warning(&longer).ends_with("a [PP007 r]"));
    }

    #[test]
    fn texts_are_cut_beyond_their_limit() {
        assert_eq!(cut("éé", 2), "éé");
        assert_eq!(cut("ééé", 2), "é…");
    }

    #[test]
    fn annotations_stay_within_their_limit() {
        for n_findings in [1, 20, 60, 5_000] {
            let findings = (0..n_findings).map(|_| finding("r", Severity::Info));
            let annotations = found(findings).audit_annotations.expect("there are some");
            let text = annotations.findings;
            assert!(text.len() <= ANNOTATION_BYTES_MAX);
            let list: Vec<serde_json::Value> = serde_json::from_str(&text).expect("it is a list");
            let omitted = list.last().and_then(|last| last["omitted"].as_u64());
            let n_told = match omitted {
                Some(n_more) => list.len() - 1 + usize::try_from(n_more).expect("it is small"),
                None => list.len(),
            };
            assert_eq!(n_told, n_findings);
        }
    }
}
