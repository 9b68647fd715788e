//! Turns what policies say into what happens, by modes and exemptions.

use std::sync::Arc;

use crate::config::{Exemption, Mode, OnError, Operator, Policy, Requirement};
use crate::evaluate::{Finding, Outcome, PolicyError, Severity};
use crate::review::{self, Review};

/// What happens to the change, and why.
#[derive(Debug)]
pub struct Verdict {
    /// Every finding, in the order of policies and of their answers.
    pub findings: Vec<Judged>,
    /// Policies that gave no answer.
    pub failures: Vec<Failure>,
    /// Policies whose findings had no effect, since the object is exempted.
    pub exemptions: Vec<Exempted>,
    /// What each policy came to, in order.
    pub decisions: Vec<(Arc<str>, Decision)>,
}

/// A finding and what it does.
#[derive(Debug)]
pub struct Judged {
    /// The policy.
    pub policy: Arc<str>,
    /// What it found.
    pub finding: Finding,
    /// What comes of it.
    pub effect: Effect,
}

/// A policy that gave no answer.
#[derive(Debug)]
pub struct Failure {
    /// The policy.
    pub policy: Arc<str>,
    /// Why.
    pub error: PolicyError,
    /// What comes of it; `Deny` stands for what `on_error` says.
    pub effect: Effect,
}

/// A policy whose findings had no effect.
#[derive(Debug)]
pub struct Exempted {
    /// The policy.
    pub policy: Arc<str>,
    /// By what.
    pub by: ExemptedBy,
}

/// What exempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExemptedBy {
    /// Kind and name.
    Name,
    /// Labels.
    Labels,
}

/// What comes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The change is denied.
    Deny,
    /// The user is warned.
    Warn,
    /// It goes to the audit log.
    Audit,
    /// It would have denied or warned, and goes to the audit log because of the mode.
    Monitor,
    /// The same because of an exemption.
    Exempt,
}

/// What a review, or one policy, came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Nothing to say.
    Allow,
    /// Allowed with warnings.
    Warn,
    /// Denied because of findings.
    Deny,
    /// Denied because there was no verdict.
    ErrorDeny,
    /// Allowed although there was no verdict.
    ErrorAllow,
    /// Left to the API server because there was no verdict.
    ErrorFail,
}

impl Effect {
    /// The word in metrics and audit annotations.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Deny => "deny",
            Effect::Warn => "warn",
            Effect::Audit => "audit",
            Effect::Monitor => "monitor",
            Effect::Exempt => "exempt",
        }
    }
}

impl ExemptedBy {
    /// The word in metrics and audit annotations.
    pub fn as_str(self) -> &'static str {
        match self {
            ExemptedBy::Name => "name",
            ExemptedBy::Labels => "labels",
        }
    }
}

impl Decision {
    /// The word in metrics and log lines.
    pub fn as_str(self) -> &'static str {
        match self {
            Decision::Allow => "allow",
            Decision::Warn => "warn",
            Decision::Deny => "deny",
            Decision::ErrorDeny => "error_deny",
            Decision::ErrorAllow => "error_allow",
            Decision::ErrorFail => "error_fail",
        }
    }

    /// What no verdict comes to.
    pub fn of_error(on_error: OnError) -> Decision {
        match on_error {
            OnError::Deny => Decision::ErrorDeny,
            OnError::Allow => Decision::ErrorAllow,
            OnError::Fail => Decision::ErrorFail,
        }
    }
}

impl Verdict {
    /// What the review as a whole comes to.
    ///
    /// Findings that deny win over policies that failed: the user learns what to mend.
    pub fn decision(&self, on_error: OnError) -> Decision {
        let has = |effect| {
            self.findings.iter().any(|judged| judged.effect == effect)
                || self.failures.iter().any(|failure| failure.effect == effect)
        };
        if self
            .findings
            .iter()
            .any(|judged| judged.effect == Effect::Deny)
        {
            return Decision::Deny;
        }
        match (has(Effect::Deny), has(Effect::Warn)) {
            (true, _) => Decision::of_error(on_error),
            (false, true) => Decision::Warn,
            (false, false) => Decision::Allow,
        }
    }
}

/// The verdict on a review. A policy that `policies` does not name is enforced.
pub fn verdict(
    policies: &[Policy],
    on_error: OnError,
    review: &Review<'_>,
    outcomes: Vec<Outcome>,
) -> Verdict {
    let mut verdict = Verdict {
        findings: Vec::new(),
        failures: Vec::new(),
        exemptions: Vec::new(),
        decisions: Vec::with_capacity(outcomes.len()),
    };
    for Outcome {
        policy: name,
        result,
        is_repeated: _,
    } in outcomes
    {
        let policy = policies.iter().find(|policy| policy.name == *name);
        let exempted = policy.and_then(|policy| exempted(&policy.exempt, review));
        if let Some(by) = exempted {
            verdict.exemptions.push(Exempted {
                policy: Arc::clone(&name),
                by,
            });
        }
        let mut worst = Decision::Allow;
        match result {
            Ok(findings) => {
                for finding in findings {
                    let mode = policy.map_or(Mode::Enforce, |policy| mode(policy, &finding.rule));
                    let effect = effect(mode, finding.severity, exempted.is_some());
                    worst = worst.max(match effect {
                        Effect::Deny => Decision::Deny,
                        Effect::Warn => Decision::Warn,
                        Effect::Audit | Effect::Monitor | Effect::Exempt => Decision::Allow,
                    });
                    let policy = Arc::clone(&name);
                    verdict.findings.push(Judged {
                        policy,
                        finding,
                        effect,
                    });
                }
            }
            Err(error) => {
                let mode = policy.map_or(Mode::Enforce, strictest_mode);
                let effect = effect(mode, Severity::Error, exempted.is_some());
                worst = match effect {
                    Effect::Deny => Decision::of_error(on_error),
                    _ => Decision::ErrorAllow,
                };
                verdict.failures.push(Failure {
                    policy: Arc::clone(&name),
                    error,
                    effect,
                });
            }
        }
        verdict.decisions.push((name, worst));
    }
    verdict
}

fn mode(policy: &Policy, rule: &str) -> Mode {
    let single = policy.rules.iter().find(|(id, _)| id == rule);
    single.map_or(policy.mode, |(_, mode)| *mode)
}

/// What counts when a policy fails: one enforced rule could have denied.
fn strictest_mode(policy: &Policy) -> Mode {
    let modes = policy
        .rules
        .iter()
        .map(|(_, mode)| *mode)
        .chain([policy.mode]);
    modes.fold(Mode::Monitor, |strictest, mode| match (strictest, mode) {
        (Mode::Enforce, _) | (_, Mode::Enforce) => Mode::Enforce,
        (Mode::Warn, _) | (_, Mode::Warn) => Mode::Warn,
        (Mode::Monitor, Mode::Monitor) => Mode::Monitor,
    })
}

fn effect(mode: Mode, severity: Severity, is_exempted: bool) -> Effect {
    match (severity, is_exempted, mode) {
        (Severity::Info, _, _) => Effect::Audit,
        (_, true, _) => Effect::Exempt,
        (_, false, Mode::Monitor) => Effect::Monitor,
        (Severity::Error, false, Mode::Enforce) => Effect::Deny,
        (Severity::Error, false, Mode::Warn)
        | (Severity::Warning, false, Mode::Warn | Mode::Enforce) => Effect::Warn,
    }
}

fn exempted(exemptions: &[Exemption], review: &Review<'_>) -> Option<ExemptedBy> {
    // Most policies exempt nothing, and reading labels takes a pass over the object.
    if exemptions.is_empty() {
        return None;
    }
    let labels = review
        .selected_object()
        .map(review::labels)
        .unwrap_or_default();
    exemptions.iter().find_map(
        |Exemption {
             kind,
             name,
             labels: requirements,
         }| {
            let is_meant = kind.as_ref().is_none_or(|kind| *kind == review.kind)
                && name.as_ref().is_none_or(|name| *name == review.name)
                && requirements
                    .iter()
                    .all(|requirement| holds(requirement, &labels));
            let by = if requirements.is_empty() {
                ExemptedBy::Name
            } else {
                ExemptedBy::Labels
            };
            is_meant.then_some(by)
        },
    )
}

// From kubernetes/apimachinery, labels.Requirement.Matches.
fn holds<S: AsRef<str>>(requirement: &Requirement, labels: &[(S, S)]) -> bool {
    let Requirement {
        key,
        operator,
        values,
    } = requirement;
    let value = labels
        .iter()
        .find(|(label, _)| label.as_ref() == key)
        .map(|(_, value)| value);
    let has_one_of_them =
        || value.is_some_and(|value| values.iter().any(|one| one == value.as_ref()));
    match operator {
        Operator::In => has_one_of_them(),
        Operator::NotIn => !has_one_of_them(),
        Operator::Exists => value.is_some(),
        Operator::DoesNotExist => value.is_none(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::config;
    use crate::review::tests::body;

    pub(crate) fn finding(rule: &str, severity: Severity) -> Finding {
        Finding {
            rule: rule.to_owned(),
            code: "PP007".to_owned(),
            severity,
            message: "mirror `a.io` is its own source".to_owned(),
            place: None,
            object: None,
            path: "spec.imageDigestMirrors[0].source".to_owned(),
            related: Vec::new(),
            help: Some("remove it".to_owned()),
        }
    }

    pub(crate) fn policies(settings: &str) -> Vec<Policy> {
        let (config, problems) = config::read(settings);
        assert_eq!(problems, []);
        config.policies
    }

    fn effects(settings: &str, body: &str) -> Vec<Effect> {
        let findings = [Severity::Error, Severity::Warning, Severity::Info]
            .map(|severity| finding("self-mirror", severity));
        let outcome = Outcome {
            policy: "p".into(),
            is_repeated: false,
            result: Ok(findings.to_vec()),
        };
        let review = review::read(body.as_bytes()).unwrap();
        let verdict = verdict(&policies(settings), OnError::Deny, &review, vec![outcome]);
        verdict
            .findings
            .iter()
            .map(|judged| judged.effect)
            .collect()
    }

    #[test]
    fn modes_turn_severities_into_effects() {
        use Effect::{Audit, Deny, Monitor, Warn};
        for (settings, expected) in [
            ("mode = 'enforce'", [Deny, Warn, Audit]),
            ("mode = 'warn'", [Warn, Warn, Audit]),
            ("mode = 'monitor'", [Monitor, Monitor, Audit]),
            (
                "mode = 'monitor'\nrules = { self-mirror = 'enforce' }",
                [Deny, Warn, Audit],
            ),
            (
                "mode = 'enforce'\nrules = { self-mirror = 'warn' }",
                [Warn, Warn, Audit],
            ),
            (
                "mode = 'enforce'\nrules = { other = 'monitor' }",
                [Deny, Warn, Audit],
            ),
        ] {
            let settings = format!("[[policy]]\nname = 'p'\n{settings}");
            assert_eq!(effects(&settings, &body(&[])), expected, "{settings}");
        }
        // A policy without an entry of its own.
        assert_eq!(effects("", &body(&[])), [Deny, Warn, Audit]);
    }

    #[test]
    fn exemptions_by_labels_and_names() {
        let labelled = |labels: &str| format!(r#"{{"metadata":{{"labels":{labels}}}}}"#);
        let expression = |expression: &str| {
            format!("exempt = [{{ labels.matchExpressions = [{{ {expression} }}] }}]")
        };
        let name = "exempt = [{ kind = 'ImageDigestMirrorSet', name = 'lab' }]".to_owned();
        let other_kind = "exempt = [{ kind = 'ImageTagMirrorSet', name = 'lab' }]".to_owned();
        let equal = "exempt = [{ labels.matchLabels = { team = 'net', x = 'y' } }]".to_owned();
        for (exempt, labels, is_exempted) in [
            (&name, "{}", true),
            (&other_kind, "{}", false),
            (&equal, r#"{"team":"net","x":"y"}"#, true),
            (&equal, r#"{"team":"net"}"#, false),
            (&equal, "null", false),
            (
                &expression("key='team', operator='In', values=['a','b']"),
                r#"{"team":"b"}"#,
                true,
            ),
            (
                &expression("key='team', operator='In', values=['a','b']"),
                "{}",
                false,
            ),
            (
                &expression("key='team', operator='NotIn', values=['a']"),
                r#"{"team":"b"}"#,
                true,
            ),
            (
                &expression("key='team', operator='NotIn', values=['a']"),
                r#"{"team":"a"}"#,
                false,
            ),
            (
                &expression("key='team', operator='NotIn', values=['a']"),
                "{}",
                true,
            ),
            (
                &expression("key='team', operator='Exists'"),
                r#"{"team":""}"#,
                true,
            ),
            (&expression("key='team', operator='Exists'"), "{}", false),
            (
                &expression("key='team', operator='DoesNotExist'"),
                "{}",
                true,
            ),
            (
                &expression("key='team', operator='DoesNotExist'"),
                r#"{"team":""}"#,
                false,
            ),
        ] {
            let settings = format!("[[policy]]\nname = 'p'\n{exempt}");
            let object = labelled(labels);
            let created = body(&[("object", Some(&object))]);
            let expected = if is_exempted {
                Effect::Exempt
            } else {
                Effect::Deny
            };
            assert_eq!(
                effects(&settings, &created)[0],
                expected,
                "{exempt} {labels}"
            );
            let deleted = body(&[
                ("operation", Some("\"DELETE\"")),
                ("object", None),
                ("oldObject", Some(&object)),
            ]);
            assert_eq!(
                effects(&settings, &deleted)[0],
                expected,
                "{exempt} {labels}"
            );
        }
    }

    #[test]
    fn a_policy_that_fails_counts_as_its_strictest_rule() {
        for (settings, on_error, expected) in [
            ("mode = 'enforce'", OnError::Deny, Decision::ErrorDeny),
            ("mode = 'enforce'", OnError::Allow, Decision::ErrorAllow),
            ("mode = 'enforce'", OnError::Fail, Decision::ErrorFail),
            ("mode = 'warn'", OnError::Deny, Decision::Warn),
            ("mode = 'monitor'", OnError::Deny, Decision::Allow),
            (
                "mode = 'monitor'\nrules = { a = 'enforce' }",
                OnError::Deny,
                Decision::ErrorDeny,
            ),
            (
                "exempt = [{ kind = 'ImageDigestMirrorSet', name = 'lab' }]",
                OnError::Deny,
                Decision::Allow,
            ),
        ] {
            let error = PolicyError {
                code: "deadline",
                message: "too slow".to_owned(),
            };
            let outcome = Outcome {
                policy: "p".into(),
                is_repeated: false,
                result: Err(error),
            };
            let body = body(&[]);
            let review = review::read(body.as_bytes()).unwrap();
            let policies = policies(&format!("[[policy]]\nname = 'p'\n{settings}"));
            let verdict = verdict(&policies, on_error, &review, vec![outcome]);
            assert_eq!(verdict.decision(on_error), expected, "{settings}");
        }
    }

    #[test]
    fn findings_win_over_failures() {
        let error = PolicyError {
            code: "trap",
            message: "it trapped".to_owned(),
        };
        let outcomes = vec![
            Outcome {
                policy: "a".into(),
                is_repeated: false,
                result: Err(error),
            },
            Outcome {
                policy: "b".into(),
                is_repeated: false,
                result: Ok(vec![finding("r", Severity::Error)]),
            },
        ];
        let body = body(&[]);
        let review = review::read(body.as_bytes()).unwrap();
        let verdict = verdict(&[], OnError::Fail, &review, outcomes);
        assert_eq!(verdict.decision(OnError::Fail), Decision::Deny);
        let decisions: Vec<_> = verdict
            .decisions
            .iter()
            .map(|(_, decision)| *decision)
            .collect();
        assert_eq!(decisions, [Decision::ErrorFail, Decision::Deny]);
    }
}
