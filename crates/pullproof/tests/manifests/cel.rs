//! The policies in CEL, evaluated as the API server does, and held to what lint finds.

use crate::OPENSHIFT;
use crate::cluster::KINDS;
use crate::stream::Stream;
use crate::support::{Scratch, pullproof};
use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use serde::de::Deserialize as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// What the API server lets CEL see.
pub(crate) struct Review<'a> {
    pub(crate) operation: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) old: &'a Value,
    pub(crate) new: &'a Value,
}

impl Review<'_> {
    pub(crate) fn evaluate(
        &self,
        expression: &str,
        variables: &BTreeMap<String, cel::Value>,
    ) -> cel::Value {
        let program = cel::Program::compile(expression)
            .unwrap_or_else(|error| panic!("{expression}\n{error}"));
        let mut context = cel::Context::default();
        let request = json!({"operation": self.operation, "kind": {"kind": self.kind}});
        let dyn_function = |value: cel::Value| -> cel::ResolveResult { Ok(value) };
        context.add_function("dyn", dyn_function);
        context.add_variable_from_value("request", cel::to_value(&request).unwrap());
        context.add_variable_from_value("object", cel::to_value(self.new).unwrap());
        context.add_variable_from_value("oldObject", cel::to_value(self.old).unwrap());
        let variables: HashMap<_, _> = variables.clone().into_iter().collect();
        context.add_variable_from_value("variables", variables);
        program
            .execute(&context)
            .unwrap_or_else(|error| panic!("{expression}\n{error}"))
    }

    /// The messages of the checks that fail; `None` where the policy does not apply.
    pub(crate) fn failures(&self, policy: &ValidatingAdmissionPolicy) -> Option<Vec<String>> {
        let spec = policy.spec.as_ref().unwrap();
        let none = BTreeMap::new();
        for condition in spec.match_conditions.as_ref().unwrap() {
            if self.evaluate(&condition.expression, &none) != cel::Value::Bool(true) {
                return None;
            }
        }
        let mut variables = BTreeMap::new();
        for variable in spec.variables.as_ref().unwrap() {
            let value = self.evaluate(&variable.expression, &variables);
            variables.insert(variable.name.clone(), value);
        }
        let mut failures = Vec::new();
        for validation in spec.validations.as_ref().unwrap() {
            match self.evaluate(&validation.expression, &variables) {
                cel::Value::Bool(true) => continue,
                cel::Value::Bool(false) => {}
                other => panic!("{}\n{other:?}", validation.expression),
            }
            let message = validation.message_expression.as_ref().unwrap();
            let cel::Value::String(message) = self.evaluate(message, &variables) else {
                panic!("{message}");
            };
            let rule = validation.message.as_ref().unwrap();
            let rule = rule.strip_prefix("pullproof: ").unwrap();
            assert!(message.ends_with(&format!(" ({rule})")), "{message}");
            failures.push(message.to_string());
        }
        Some(failures)
    }
}

/// The policies, the one that refuses first.
pub(crate) fn policies(arguments: &[&str]) -> [ValidatingAdmissionPolicy; 2] {
    let stream = Stream::of(&[&["--vap", "--openshift", OPENSHIFT], arguments].concat());
    stream.all("ValidatingAdmissionPolicy").try_into().unwrap()
}

pub(crate) fn failures(
    policies: &[ValidatingAdmissionPolicy; 2],
    object: &Value,
) -> [Vec<String>; 2] {
    let review = Review {
        operation: "CREATE",
        kind: object["kind"].as_str().unwrap(),
        old: &Value::Null,
        new: object,
    };
    [
        review.failures(&policies[0]).unwrap(),
        review.failures(&policies[1]).unwrap(),
    ]
}

pub(crate) fn rule_of(message: &str) -> &str {
    let (_, rule) = message.rsplit_once(" (").unwrap();
    rule.strip_suffix(')').unwrap()
}

/// The rules that lint names for an object, which is all that there is; with their severities.
pub(crate) fn lint(scratch: &Scratch, object: &Value) -> BTreeSet<(String, String)> {
    let mut object = object.clone();
    // With it an object is let through by lint, and never by what guards a cluster.
    if let Some(annotations) = object.pointer_mut("/metadata/annotations") {
        let annotations = annotations.as_object_mut().unwrap();
        annotations.remove("pullproof.dev/ignore");
    }
    let path = scratch.write("object.json", object.to_string());
    let run = pullproof(
        &["lint", "--format", "json", "--openshift", OPENSHIFT, &path],
        "",
    );
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings
        .map(|it| (text(&it["rule"]), text(&it["severity"])))
        .collect()
}

/// A mirror set of a kind, with entries as JSON.
pub(crate) fn mirror_set(kind: &str, entries: &Value) -> Value {
    let (version, key) = match kind {
        "ImageDigestMirrorSet" => ("config.openshift.io/v1", "imageDigestMirrors"),
        "ImageTagMirrorSet" => ("config.openshift.io/v1", "imageTagMirrors"),
        _ => ("operator.openshift.io/v1alpha1", "repositoryDigestMirrors"),
    };
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": "lab"}, "spec": {key: entries}})
}

#[test]
fn policies_find_what_lint_finds() {
    const IDMS: &str = "ImageDigestMirrorSet";
    const ITMS: &str = "ImageTagMirrorSet";
    const ICSP: &str = "ImageContentSourcePolicy";
    let never = "NeverContactSource";
    let image = |name: &str, spec: Value| {
        json!({"apiVersion": "config.openshift.io/v1", "kind": "Image",
            "metadata": {"name": name}, "spec": spec})
    };
    let set = |kind: &str, entries: Value| mirror_set(kind, &entries);
    let many = |n: usize| -> Value {
        let entry = |idx| json!({"source": format!("quay.io/a{idx}"), "mirrors": ["m.lab/a"]});
        let mut entries: Vec<_> = (1..n).map(entry).collect();
        entries.push(json!({"source": "quay.io/a1", "mirrors": ["m.lab/b"]}));
        Value::Array(entries)
    };
    // With what refuses and what warns.
    let cases: Vec<(Value, &[&str], &[&str])> = vec![
        (set(IDMS, json!([])), &[], &[]),
        (
            json!({"apiVersion": "config.openshift.io/v1", "kind": IDMS,
            "metadata": {"name": "lab"}, "spec": {}}),
            &[],
            &[],
        ),
        (
            set(
                IDMS,
                json!([{"source": "quay.io/a", "mirrors": ["m.lab/a"]}]),
            ),
            &[],
            &[],
        ),
        (set(IDMS, json!([{"source": "quay.io/a"}])), &[], &[]),
        (
            set(
                IDMS,
                json!([{"source": "*.quay.io", "mirrors": ["localhost/a", "m:5000"]}]),
            ),
            &[],
            &[],
        ),
        (
            set(
                IDMS,
                json!([
                {"source": "quay.io/a", "mirrors": ["m.lab/a"], "mirrorSourcePolicy": never},
                {"source": "quay.io/a", "mirrors": ["m.lab/b"]}]),
            ),
            &["source quay.io/a has two policies (policy-conflict)"],
            &["several entries have the source quay.io/a (duplicate-source)"],
        ),
        (
            set(
                ITMS,
                json!([{"source": "quay.io/a", "mirrors": ["quay.io/a"], "mirrorSourcePolicy": never}]),
            ),
            &["mirror quay.io/a is its own source, which must not be contacted (refused-render)"],
            &[],
        ),
        (
            set(
                IDMS,
                json!([{"source": "quay.io/a", "mirrors": ["quay.io/a", "m.lab/a"]}]),
            ),
            &[],
            &["mirror quay.io/a is its own source (self-mirror)"],
        ),
        (
            set(
                IDMS,
                json!([{"source": "quay.io/a", "mirrors": ["m.lab/a", "mirror/a"]}]),
            ),
            &["mirror mirror/a has no host (unusable-mirror)"],
            &[],
        ),
        (
            set(
                ITMS,
                json!([{"source": "ubi9/ubi", "mirrors": ["m.lab/a"]}]),
            ),
            &[],
            &["source ubi9/ubi has no host and matches no pull (dotless-host)"],
        ),
        (
            set(
                IDMS,
                json!([{"source": "quay.io/a", "mirrors": [], "mirrorSourcePolicy": never}]),
            ),
            &[],
            &[
                "NeverContactSource of source quay.io/a is ignored without a mirror (policy-without-mirrors)",
            ],
        ),
        (
            set(
                IDMS,
                json!([{"source": "quay.io/a", "mirrorSourcePolicy": "AllowContactingSource"}]),
            ),
            &[],
            &[
                "AllowContactingSource of source quay.io/a is ignored without a mirror (policy-without-mirrors)",
            ],
        ),
        (
            set(
                IDMS,
                json!([
                {"source": "quay.io/a", "mirrors": ["m.lab/a"]},
                {"source": "quay.io/b", "mirrors": ["m.lab/a"]},
                {"source": "quay.io/a", "mirrors": ["m.lab/b"]}]),
            ),
            &[],
            &["several entries have the source quay.io/a (duplicate-source)"],
        ),
        (
            set(
                ICSP,
                json!([{"source": "quay.io/a:1", "mirrors": ["m.lab/a"]}]),
            ),
            &["source quay.io/a:1 has a form that nodes never get (refused-render)"],
            &[
                "ImageContentSourcePolicy is deprecated: oc adm migrate icsp turns it into an ImageDigestMirrorSet (deprecated-kind)",
            ],
        ),
        (
            set(
                ICSP,
                json!([{"source": "quay.io/a", "mirrors": ["m.lab/a", "https://m.lab/a"]}]),
            ),
            &["mirror https://m.lab/a has a form that nodes never get (refused-render)"],
            &[
                "ImageContentSourcePolicy is deprecated: oc adm migrate icsp turns it into an ImageDigestMirrorSet (deprecated-kind)",
            ],
        ),
        (
            set(ICSP, json!([{"source": "quay.io/a", "mirrors": [""]}])),
            &["mirror  has a form that nodes never get (refused-render)"],
            &[
                "ImageContentSourcePolicy is deprecated: oc adm migrate icsp turns it into an ImageDigestMirrorSet (deprecated-kind)",
            ],
        ),
        (image("cluster", json!({})), &[], &[]),
        (
            image(
                "cluster",
                json!({"registrySources": {"blockedRegistries": ["a.b"]}}),
            ),
            &[],
            &[],
        ),
        (
            image(
                "other",
                json!({"registrySources": {"blockedRegistries": ["a.b"]}}),
            ),
            &[],
            &["image configuration other has no effect: only cluster is read (inert-kind)"],
        ),
        (
            set(IDMS, many(200)),
            &[],
            &["several entries have the source quay.io/a1 (duplicate-source)"],
        ),
        // One more than are looked at.
        (set(IDMS, many(201)), &[], &[]),
    ];
    let policies = policies(&[]);
    let scratch = Scratch::new("cases");
    let mut found = BTreeSet::new();
    for (object, refused, warned) in &cases {
        let failures = failures(&policies, object);
        assert_eq!(failures[0], *refused, "{object}");
        assert_eq!(failures[1], *warned, "{object}");
        check_lint(&scratch, object, &failures);
        found.extend(failures.concat().iter().map(|it| rule_of(it).to_owned()));
    }
    // Since 4.19 the API server refuses this by itself, so that no policy is asked.
    let both = json!({"allowedRegistries": ["a.b"], "blockedRegistries": ["c.d"]});
    let both = image("cluster", json!({"registrySources": both}));
    assert_eq!(
        failures(&policies, &both)[0],
        ["registries are both allowed and blocked, such as c.d (refused-render)"]
    );
    let validations = policies.iter().flat_map(|policy| {
        let spec = policy.spec.as_ref().unwrap();
        spec.validations.as_ref().unwrap()
    });
    let known: BTreeSet<_> = validations
        .map(|it| it.message.clone().unwrap().replace("pullproof: ", ""))
        .collect();
    assert_eq!(found, known, "every check fails somewhere");
}

/// What refuses is an error for lint, too; what warns is something.
pub(crate) fn check_lint(scratch: &Scratch, object: &Value, failures: &[Vec<String>; 2]) {
    let findings = lint(scratch, object);
    let has = |rule: &str, severity: &str| {
        let finding = (rule.to_owned(), severity.to_owned());
        findings.contains(&finding)
    };
    for message in &failures[0] {
        let is_told = match rule_of(message) {
            // Where nothing is rendered, no pull fails yet.
            "unusable-mirror" if has("refused-render", "error") => has("dotless-host", "warning"),
            rule => has(rule, "error"),
        };
        assert!(is_told, "{message}\n{findings:?}\n{object}");
    }
    for message in &failures[1] {
        let rule = rule_of(message);
        // Where policies or orders conflict, that is what lint tells of the entries.
        let rules: &[&str] = match rule {
            "duplicate-source" => &["duplicate-source", "policy-conflict", "contradicting-order"],
            rule => &[rule],
        };
        let is_told = findings
            .iter()
            .any(|(found, _)| rules.contains(&found.as_str()));
        assert!(is_told, "{message}\n{findings:?}\n{object}");
    }
    // Two rules are whole in CEL.
    for rule in ["self-mirror", "policy-without-mirrors"] {
        let is_found = findings.iter().any(|(found, _)| found == rule);
        let is_failure = failures[1].iter().any(|it| rule_of(it) == rule);
        assert_eq!(is_found, is_failure, "{rule}\n{findings:?}\n{object}");
    }
}

#[test]
fn policies_agree_with_lint_on_the_examples_of_all_rules() {
    let policies = policies(&[]);
    let scratch = Scratch::new("examples");
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pullproof-core/src/lint/rules");
    let (mut n_objects, mut n_failures) = (0, 0);
    for entry in std::fs::read_dir(pages).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let page = std::fs::read_to_string(&path).unwrap();
        for block in page.split("```yaml").skip(1) {
            let (_, block) = block.split_once('\n').unwrap();
            let block = block.split("```").next().unwrap();
            for object in serde_yaml::Deserializer::from_str(block) {
                // Some examples are no YAML, on purpose.
                let Ok(object) = Value::deserialize(object) else {
                    break;
                };
                let is_judged = [
                    ("config.openshift.io/v1", "ImageDigestMirrorSet"),
                    ("config.openshift.io/v1", "ImageTagMirrorSet"),
                    ("config.openshift.io/v1", "Image"),
                    ("operator.openshift.io/v1alpha1", "ImageContentSourcePolicy"),
                ]
                .iter()
                .any(|(version, kind)| object["apiVersion"] == *version && object["kind"] == *kind);
                let findings = lint(&scratch, &object);
                // What the API server refuses comes to no policy.
                let is_rejected = ["rejected-object", "unserved-kind", "unknown-field"]
                    .iter()
                    .any(|rule| findings.iter().any(|(found, _)| found == rule));
                if !is_judged || is_rejected {
                    continue;
                }
                let failures = failures(&policies, &object);
                check_lint(&scratch, &object, &failures);
                n_objects += 1;
                n_failures += failures.concat().len();
            }
        }
    }
    assert!(
        50 < n_objects && 20 < n_failures,
        "{n_objects} {n_failures}"
    );
}

#[test]
fn policies_look_at_changes_of_the_spec_only() {
    let policies = policies(&[]);
    let entry = json!([{"source": "quay.io/a", "mirrors": ["mirror/a"]}]);
    let bad = mirror_set("ImageDigestMirrorSet", &entry);
    let mut labelled = bad.clone();
    labelled["metadata"]["labels"] = json!({"a": "b"});
    let mut exempt = bad.clone();
    exempt["metadata"]["labels"] = json!({"pullproof/break-glass": "true"});
    let good = mirror_set("ImageDigestMirrorSet", &json!([]));
    let cases = [
        ("CREATE", &Value::Null, &bad, Some(1)),
        ("CREATE", &Value::Null, &exempt, None),
        ("UPDATE", &good, &bad, Some(1)),
        ("UPDATE", &bad, &good, Some(0)),
        ("UPDATE", &bad, &labelled, None),
        ("UPDATE", &good, &exempt, None),
    ];
    for (operation, old, new, expected) in cases {
        let review = Review {
            operation,
            kind: "ImageDigestMirrorSet",
            old,
            new,
        };
        let found = review.failures(&policies[0]).map(|failures| failures.len());
        assert_eq!(found, expected, "{operation} {old} {new}");
    }
}

#[test]
fn policies_are_bound_as_the_mode_says() {
    let cases: [(&str, [&[&str]; 2]); 3] = [
        ("enforce", [&["Deny"], &["Warn", "Audit"]]),
        ("warn", [&["Warn", "Audit"], &["Warn", "Audit"]]),
        ("monitor", [&["Audit"], &["Audit"]]),
    ];
    for (mode, actions) in cases {
        for (certificates, suffix) in [("service-ca", ""), ("url", ".static.k8s.io")] {
            let stream = Stream::of(&["--vap", "--mode", mode, "--certificates", certificates]);
            let policies: Vec<ValidatingAdmissionPolicy> = stream.all("ValidatingAdmissionPolicy");
            let bindings: Vec<ValidatingAdmissionPolicyBinding> =
                stream.all("ValidatingAdmissionPolicyBinding");
            assert_eq!(stream.objects.len(), 4);
            for (idx, (policy, binding)) in policies.iter().zip(&bindings).enumerate() {
                let name = policy.metadata.name.as_ref().unwrap();
                let ends = ["-deny", "-warn"].map(|end| format!("pullproof{end}{suffix}"));
                assert_eq!(name, &ends[idx]);
                assert_eq!(&binding.spec.policy_name, name);
                assert_eq!(binding.spec.validation_actions, actions[idx], "{mode}");
                check_constraints(policy);
            }
            let comments = stream.comments();
            for word in ["Apply", "Break glass", "emove", "policy-conflict"] {
                assert!(comments.contains(word), "{word}");
            }
        }
    }
}

pub(crate) fn check_constraints(policy: &ValidatingAdmissionPolicy) {
    let spec = policy.spec.as_ref().unwrap();
    assert_eq!(spec.param_kind, None);
    let constraints = spec.match_constraints.as_ref().unwrap();
    let mut kinds = BTreeSet::new();
    for rule in constraints.resource_rules.as_ref().unwrap() {
        // There is no object when one is deleted.
        assert_eq!(rule.operations.as_deref().unwrap(), ["CREATE", "UPDATE"]);
        for resource in rule.resources.as_ref().unwrap() {
            let group = &rule.api_groups.as_ref().unwrap()[0];
            let version = &rule.api_versions.as_ref().unwrap()[0];
            kinds.insert((group.as_str(), version.as_str(), resource.as_str()));
        }
    }
    assert_eq!(kinds, BTreeSet::from(KINDS));
}
