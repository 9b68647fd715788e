//! Which settings the registry's configuration and its pruner have, and what each may be.
//!
//! Keys that must be there are looked for in elements of lists only: the operator made both
//! objects, so that a text may be a part of one.

mod schema;

use self::schema::{CONFIG, PRUNER, Settings, Shape};
use super::RegistryFault;
use crate::document::{Mapping, Node, Value};
use crate::file::{Span, Spanned};
use crate::nearest::nearest;

/// Most faults of this kind that are told of one object: with more of them it is something else
/// by a wrong name, and for each key the like of it is looked for.
pub const FAULTS_MAX: usize = 256;

/// What is wrong with a setting by the schema of its object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SettingFault {
    /// There is no such setting, so that the API server drops it.
    Unknown {
        /// Its key.
        key: String,
        /// What it was probably meant to be.
        meant: Option<&'static str>,
    },
    /// A value of another type, by the key or list that it is for.
    Type {
        /// The key.
        key: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
    /// A text that is none of those known.
    Value {
        /// The text.
        text: String,
        /// Those that are known; an empty one among them is not told.
        known: &'static [&'static str],
    },
    /// A text that is no name of its kind.
    Form {
        /// The text.
        text: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// A number out of its range.
    Range {
        /// The key.
        key: &'static str,
        /// The least.
        min: i64,
        /// The most.
        max: i64,
    },
    /// An element of a list without a key that it must have.
    Missing(&'static str),
    /// `networkAccess.internal` beside another type than `Internal`.
    Internal,
}

/// What is wrong with the settings of the registry's configuration, by its `spec`.
pub(super) fn of_config(spec: &Node) -> Vec<Spanned<RegistryFault>> {
    faults(spec, CONFIG)
}

/// What is wrong with the settings of the pruner, by its `spec`.
pub(super) fn of_pruner(spec: &Node) -> Vec<Spanned<RegistryFault>> {
    faults(spec, PRUNER)
}

fn faults(spec: &Node, settings: Settings) -> Vec<Spanned<RegistryFault>> {
    let mut check = Check { faults: Vec::new() };
    match &spec.value {
        Value::Null => {}
        Value::Mapping(mapping) => check.table(mapping, settings),
        _ => check.wrong_type(spec.span, "spec", "an object"),
    }
    check.faults
}

struct Check {
    faults: Vec<Spanned<RegistryFault>>,
}

impl Check {
    fn add(&mut self, span: Span, fault: SettingFault) {
        if FAULTS_MAX <= self.faults.len() {
            return;
        }
        let fault = RegistryFault::Setting(fault);
        self.faults.push(Spanned::new(fault, span));
    }

    fn wrong_type(&mut self, span: Span, key: &'static str, wanted: &'static str) {
        self.add(span, SettingFault::Type { key, wanted });
    }

    fn table(&mut self, table: &Mapping, settings: Settings) {
        for entry in table.entries() {
            let key = entry.key.value.as_str();
            let Some((key, shape)) = settings.iter().find(|(known, _)| *known == key) else {
                if FAULTS_MAX <= self.faults.len() {
                    return;
                }
                let meant = nearest(key, settings.iter().map(|(known, _)| *known));
                let key = key.to_owned();
                self.add(entry.key.span, SettingFault::Unknown { key, meant });
                continue;
            };
            // The API server drops these, too, and nothing is lost with them.
            if !entry.value.is_null() {
                self.value(&entry.value, key, shape);
            }
        }
    }

    fn value(&mut self, node: &Node, key: &'static str, shape: &Shape) {
        let span = node.span;
        match (shape, &node.value) {
            (Shape::Object, Value::Mapping(_))
            | (Shape::Objects, Value::Sequence(_))
            | (Shape::Switch, Value::Bool(_))
            | (Shape::Text, Value::String(_)) => {}
            (Shape::Number(min, max), Value::Integer(number)) => {
                if !(*min..=*max).contains(number) {
                    self.range(span, key, *min, *max);
                }
            }
            // The server takes 2.0 for 2.
            (Shape::Number(min, max), Value::Float(number)) if number.fract() == 0.0 => {
                if !(*min as f64..=*max as f64).contains(number) {
                    self.range(span, key, *min, *max);
                }
            }
            (Shape::OneOf(known), Value::String(text)) => {
                if !known.contains(&text.as_str()) {
                    let text = text.clone();
                    self.add(span, SettingFault::Value { text, known });
                }
            }
            (Shape::Name(form), Value::String(text)) => {
                if !form.holds(text) {
                    let (text, wanted) = (text.clone(), form.wanted);
                    self.add(span, SettingFault::Form { text, wanted });
                }
            }
            (Shape::Table(settings), Value::Mapping(table)) => self.table(table, settings),
            (Shape::NetworkAccess(settings), Value::Mapping(table)) => {
                self.table(table, settings);
                self.network_access(node);
            }
            (Shape::List(settings, required), Value::Sequence(nodes)) => {
                for node in nodes {
                    match &node.value {
                        Value::Mapping(table) => {
                            self.table(table, settings);
                            if node.get(required).is_none_or(Node::is_null) {
                                self.add(node.span, SettingFault::Missing(required));
                            }
                        }
                        _ => self.wrong_type(node.span, key, "a list of objects"),
                    }
                }
            }
            (shape, _) => self.wrong_type(span, key, shape.wanted()),
        }
    }

    fn range(&mut self, span: Span, key: &'static str, min: i64, max: i64) {
        self.add(span, SettingFault::Range { key, min, max });
    }

    fn network_access(&mut self, access: &Node) {
        let internal = access.get("internal").filter(|it| !it.is_null());
        let kind = access.get("type").and_then(Node::as_str);
        if let Some(internal) = internal.filter(|_| kind != Some("Internal")) {
            self.add(internal.span, SettingFault::Internal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;
    use crate::file::Files;
    use crate::resource::{self, image_registry};

    /// What is told of a `spec`, with the text that each is told of.
    fn found(kind: &str, spec: &str) -> Vec<(String, SettingFault)> {
        let text = format!(
            "apiVersion: imageregistry.operator.openshift.io/v1\nkind: {kind}\n\
             metadata: {{name: cluster}}\nspec: {spec}\n"
        );
        let mut files = Files::new();
        let file = files.add("a.yaml", text);
        let (documents, _) = document::read(&files, file);
        let objects = resource::objects(documents);
        let faults = image_registry::read(&objects[0]).expect("it is about the registry");
        let settings = faults.into_iter().filter_map(|fault| match fault.value {
            RegistryFault::Setting(setting) => Some((files.slice(fault.span).to_owned(), setting)),
            _ => None,
        });
        settings.collect()
    }

    fn check(kind: &str, spec: &str, expected: &[(&str, SettingFault)]) {
        let expected = expected.iter().cloned();
        let expected: Vec<_> = expected.map(|(at, fault)| (at.to_owned(), fault)).collect();
        assert_eq!(found(kind, spec), expected, "{kind} {spec}");
    }

    #[test]
    fn keys_that_the_schema_lacks_are_found() {
        let unknown = |key: &str, meant| SettingFault::Unknown {
            key: key.to_owned(),
            meant,
        };
        check(
            "Config",
            "{defaultRout: true, storage: {s3: {Bucket: a, x: 1}, pvc: null}, a: null}",
            &[
                ("defaultRout", unknown("defaultRout", Some("defaultRoute"))),
                ("Bucket", unknown("Bucket", Some("bucket"))),
                ("x", unknown("x", None)),
                ("a", unknown("a", None)),
            ],
        );
        let anything = "{affinity: {a: 1}, nodeSelector: {b: c}, storage: {oss: {d: 1}}}";
        check("Config", anything, &[]);
        let schedule = "{schedul: '', replicas: 1}";
        let expected = [
            ("schedul", unknown("schedul", Some("schedule"))),
            ("replicas", unknown("replicas", None)),
        ];
        check("ImagePruner", schedule, &expected);
    }

    #[test]
    fn values_of_another_type_are_found() {
        let wrong = |key, wanted| SettingFault::Type { key, wanted };
        for (spec, at, fault) in [
            ("[]", "[]", wrong("spec", "an object")),
            ("{storage: a}", "a", wrong("storage", "an object")),
            ("{affinity: []}", "[]", wrong("affinity", "an object")),
            (
                "{tolerations: {}}",
                "{}",
                wrong("tolerations", "a list of objects"),
            ),
            ("{routes: a}", "a", wrong("routes", "a list of objects")),
            ("{routes: [a]}", "a", wrong("routes", "a list of objects")),
            (
                "{readOnly: 'true'}",
                "'true'",
                wrong("readOnly", "`true` or `false`"),
            ),
            (
                "{replicas: '2'}",
                "'2'",
                wrong("replicas", "a whole number"),
            ),
            ("{httpSecret: 7}", "7", wrong("httpSecret", "a text")),
            ("{logLevel: 7}", "7", wrong("logLevel", "a text")),
        ] {
            check("Config", spec, &[(at, fault)]);
        }
        check(
            "Config",
            "{routes: null, replicas: null, storage: null}",
            &[],
        );
        check("Config", "null", &[]);
    }

    #[test]
    fn values_that_are_refused_are_found() {
        let check = |spec: &str, expected: Option<SettingFault>| {
            let found = found("Config", spec).into_iter().map(|(_, fault)| fault);
            assert_eq!(
                found.collect::<Vec<_>>(),
                Vec::from_iter(expected),
                "{spec}"
            );
        };
        let value = |text: &str, known| {
            let text = text.to_owned();
            Some(SettingFault::Value { text, known })
        };
        let states: &[&str] = &["Managed", "Unmanaged", "Force", "Removed"];
        check("{managementState: ''}", value("", states));
        check("{managementState: Force}", None);
        check("{logLevel: ''}", None);
        let strategies: &[&str] = &["RollingUpdate", "Recreate"];
        check("{rolloutStrategy: rolling}", value("rolling", strategies));
        let range = Some(SettingFault::Range {
            key: "chunkSizeMiB",
            min: 5,
            max: 5120,
        });
        for (size, fault) in [(4, range.clone()), (5, None), (5120, None), (5121, range)] {
            check(
                &format!("{{storage: {{s3: {{chunkSizeMiB: {size}}}}}}}"),
                fault,
            );
        }
        check(
            "{routes: [{hostname: a}]}",
            Some(SettingFault::Missing("name")),
        );
        check("{routes: [{name: ''}]}", None);
        let access = |access: &str| format!("{{storage: {{azure: {{networkAccess: {access}}}}}}}");
        check(&access("{internal: {}}"), Some(SettingFault::Internal));
        check(
            &access("{internal: {}, type: External}"),
            Some(SettingFault::Internal),
        );
        check(&access("{internal: {}, type: Internal}"), None);
        check(&access("{type: External}"), None);
    }

    #[test]
    fn only_so_many_faults_are_told() {
        for n_keys in [FAULTS_MAX, FAULTS_MAX + 1] {
            let keys: Vec<String> = (0..n_keys).map(|number| format!("k{number}: 1")).collect();
            let found = found("Config", &format!("{{{}}}", keys.join(", ")));
            assert_eq!(found.len(), FAULTS_MAX, "{n_keys}");
        }
    }
}
