//! The TOML of a settings file as settings: every table and key, with its place.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{
    Config, Exemption, Log, Operator, Policy, Problem, Requirement, State, Tls, builtin_policy,
    outside, range,
};

/// Reads the tables of a file one by one and gathers what is wrong with them.
pub(super) struct Reader<'a> {
    /// The file, for places in it.
    pub(super) text: &'a str,
    /// What is wrong so far.
    pub(super) problems: Vec<Problem>,
}

type Item<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    pub(super) fn config(&mut self, table: &DeTable<'_>, config: &mut Config) {
        for (key, item) in table {
            match key.get_ref().as_ref() {
                "listen" => self.parsed_into(item, &mut config.listen),
                "metrics_listen" => config.metrics_listen = self.parsed(item),
                "playground" => self.switch(item, &mut config.playground),
                name @ "workers" => self.size(name, item, &mut config.workers),
                name @ "queue" => self.size(name, item, &mut config.queue),
                name @ "timeout_ms" => self.milliseconds(name, item, &mut config.timeout),
                name @ "body_limit_bytes" => self.size(name, item, &mut config.body_limit_bytes),
                "on_error" => self.parsed_into(item, &mut config.on_error),
                name @ "drain_delay_ms" => self.milliseconds(name, item, &mut config.drain_delay),
                name @ "max_connections" => self.size(name, item, &mut config.max_connections),
                name @ "max_connection_age_ms" => {
                    if let Some(age_ms) = self.number(name, item) {
                        config.max_connection_age =
                            Some(Duration::from_millis(age_ms)).filter(|age| !age.is_zero());
                    }
                }
                "tls" => self.tls(item, &mut config.tls),
                "log" => self.log(item, &mut config.log),
                "policy" => {
                    for item in self.array(item) {
                        let policy = self.policy(item);
                        config.policies.extend(policy);
                    }
                }
                "state" => self.state(item, &mut config.state),
                _ => self.unknown(key, "the settings"),
            }
        }
    }

    fn tls(&mut self, item: &Item<'_>, tls: &mut Tls) {
        for (key, item) in self.table(item) {
            match key.get_ref().as_ref() {
                "cert" => tls.cert = self.parsed(item),
                "key" => tls.key = self.parsed(item),
                "client_ca" => tls.client_ca = self.parsed(item),
                "client_names" => tls.client_names = self.strings(item),
                "min_version" => self.parsed_into(item, &mut tls.min_version),
                _ => self.unknown(key, "`tls`"),
            }
        }
    }

    fn log(&mut self, item: &Item<'_>, log: &mut Log) {
        for (key, item) in self.table(item) {
            match key.get_ref().as_ref() {
                "format" => self.parsed_into(item, &mut log.format),
                "level" => self.parsed_into(item, &mut log.level),
                _ => self.unknown(key, "`log`"),
            }
        }
    }

    fn state(&mut self, item: &Item<'_>, state: &mut State) {
        let mut source = None;
        let mut path: Option<PathBuf> = None;
        for (key, item) in self.table(item) {
            match key.get_ref().as_ref() {
                "source" => source = self.string(item),
                "path" => path = self.parsed(item),
                _ => self.unknown(key, "`state`"),
            }
        }
        match (source, path) {
            (Some("none") | None, None) => *state = State::None,
            (Some("cluster"), None) => *state = State::Cluster,
            (Some("directory"), Some(path)) => *state = State::Directory(path),
            (Some("directory"), None) => self.problem(
                Some(item.span()),
                "`state.source` is `directory`, so `state.path` must be set",
            ),
            (Some("none" | "cluster") | None, Some(_)) => self.problem(
                Some(item.span()),
                "`state.path` is only for `state.source = \"directory\"`",
            ),
            (Some(other), _) => self.problem(
                Some(item.span()),
                format!("`state.source` is `{other}`, none of `none`, `directory`, `cluster`"),
            ),
        }
    }

    fn policy(&mut self, item: &Item<'_>) -> Option<Policy> {
        let mut policy = Policy {
            name: String::new(),
            ..builtin_policy()
        };
        for (key, item) in self.table(item) {
            match key.get_ref().as_ref() {
                "name" => {
                    let name = self.string(item).unwrap_or_default();
                    match is_policy_name(name) {
                        true => name.clone_into(&mut policy.name),
                        false => self.problem(
                            Some(item.span()),
                            format!(
                                "`{name}` is no name: 1 to 63 of lower case letters, digits and `-`"
                            ),
                        ),
                    }
                }
                "path" => policy.path = self.parsed(item),
                "mode" => self.parsed_into(item, &mut policy.mode),
                "rules" => {
                    for (rule, item) in self.table(item) {
                        let mode = self.parsed(item);
                        let rule = rule.get_ref().to_string();
                        policy.rules.extend(mode.map(|mode| (rule, mode)));
                    }
                }
                "settings" => {
                    if self.is_table(item)
                        && let Some(settings) = self.json(item)
                    {
                        policy.settings = settings.to_string();
                    }
                }
                name @ "deadline_ms" => {
                    policy.deadline = self.number(name, item).map(Duration::from_millis);
                }
                name @ "memory_bytes" => policy.memory_bytes = self.number(name, item),
                "exempt" => {
                    for item in self.array(item) {
                        let exemption = self.exemption(item);
                        policy.exempt.extend(exemption);
                    }
                }
                _ => self.unknown(key, "`policy`"),
            }
        }
        policy.rules.sort_by(|left, right| left.0.cmp(&right.0));
        let has_name = item
            .get_ref()
            .as_table()
            .is_some_and(|table| table.contains_key("name"));
        if !has_name && item.get_ref().is_table() {
            self.problem(Some(item.span()), "a policy has no `name`");
        }
        (!policy.name.is_empty()).then_some(policy)
    }

    fn exemption(&mut self, item: &Item<'_>) -> Option<Exemption> {
        let n_problems = self.problems.len();
        let mut exemption = Exemption {
            kind: None,
            name: None,
            labels: Vec::new(),
        };
        for (key, item) in self.table(item) {
            match key.get_ref().as_ref() {
                "kind" => exemption.kind = self.string(item).map(str::to_owned),
                "name" => exemption.name = self.string(item).map(str::to_owned),
                "labels" => exemption.labels = self.selector(item),
                _ => self.unknown(key, "`exempt`"),
            }
        }
        // An exemption that was read in part would exempt more than was meant.
        if n_problems < self.problems.len() {
            return None;
        }
        if exemption.name.is_some() != exemption.kind.is_some() {
            self.problem(Some(item.span()), "`kind` and `name` exempt only together");
            return None;
        }
        if exemption.name.is_none() && exemption.labels.is_empty() {
            self.problem(Some(item.span()), "this would exempt every object");
            return None;
        }
        Some(exemption)
    }

    fn selector(&mut self, item: &Item<'_>) -> Vec<Requirement> {
        let mut requirements = Vec::new();
        for (key, item) in self.table(item) {
            match key.get_ref().as_ref() {
                "matchLabels" => {
                    for (label, item) in self.table(item) {
                        let value = self.string(item);
                        requirements.extend(value.map(|value| Requirement {
                            key: label.get_ref().to_string(),
                            operator: Operator::In,
                            values: vec![value.to_owned()],
                        }));
                    }
                }
                "matchExpressions" => {
                    for item in self.array(item) {
                        let requirement = self.requirement(item);
                        requirements.extend(requirement);
                    }
                }
                _ => self.unknown(key, "`labels`"),
            }
        }
        requirements
    }

    fn requirement(&mut self, item: &Item<'_>) -> Option<Requirement> {
        let mut label = None;
        let mut operator = None;
        let mut values = Vec::new();
        for (key, item) in self.table(item) {
            match key.get_ref().as_ref() {
                "key" => label = self.string(item).map(str::to_owned),
                "operator" => operator = self.parsed(item),
                "values" => values = self.strings(item),
                _ => self.unknown(key, "`matchExpressions`"),
            }
        }
        let (Some(key), Some(operator)) = (label, operator) else {
            self.problem(
                Some(item.span()),
                "an expression needs `key` and `operator`",
            );
            return None;
        };
        // From kubernetes/apimachinery, labels.NewRequirement.
        let needs_values = matches!(operator, Operator::In | Operator::NotIn);
        if needs_values == values.is_empty() {
            let message = match needs_values {
                true => "`In` and `NotIn` need `values`",
                false => "`Exists` and `DoesNotExist` take no `values`",
            };
            self.problem(Some(item.span()), message);
            return None;
        }
        Some(Requirement {
            key,
            operator,
            values,
        })
    }

    fn table<'t, 'i>(
        &mut self,
        item: &'t Item<'i>,
    ) -> impl Iterator<Item = Entry<'t, 'i>> + use<'t, 'i> {
        self.is_table(item);
        item.get_ref()
            .as_table()
            .into_iter()
            .flat_map(|table| table.iter())
    }

    fn is_table(&mut self, item: &Item<'_>) -> bool {
        let is_table = item.get_ref().is_table();
        if !is_table {
            self.wrong_type(item, "a table");
        }
        is_table
    }

    fn array<'t, 'i>(
        &mut self,
        item: &'t Item<'i>,
    ) -> impl Iterator<Item = &'t Item<'i>> + use<'t, 'i> {
        if !item.get_ref().is_array() {
            self.wrong_type(item, "an array");
        }
        item.get_ref()
            .as_array()
            .into_iter()
            .flat_map(|array| array.iter())
    }

    fn strings(&mut self, item: &Item<'_>) -> Vec<String> {
        let mut strings = Vec::new();
        for item in self.array(item) {
            strings.extend(self.string(item).map(str::to_owned));
        }
        strings
    }

    fn string<'t>(&mut self, item: &'t Item<'_>) -> Option<&'t str> {
        let string = item.get_ref().as_str();
        if string.is_none() {
            self.wrong_type(item, "a string");
        }
        string
    }

    fn parsed<T: FromStr<Err: fmt::Display>>(&mut self, item: &Item<'_>) -> Option<T> {
        let string = self.string(item)?;
        match string.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let error = error.to_string();
                let message = match error.contains('`') {
                    true => error,
                    false => format!("`{string}`: {error}"),
                };
                self.problem(Some(item.span()), message);
                None
            }
        }
    }

    fn parsed_into<T: FromStr<Err: fmt::Display>>(&mut self, item: &Item<'_>, value: &mut T) {
        if let Some(parsed) = self.parsed(item) {
            *value = parsed;
        }
    }

    fn switch(&mut self, item: &Item<'_>, value: &mut bool) {
        match item.get_ref().as_bool() {
            Some(is_on) => *value = is_on,
            None => self.wrong_type(item, "`true` or `false`"),
        }
    }

    fn number(&mut self, setting: &str, item: &Item<'_>) -> Option<u64> {
        let Some(integer) = item.get_ref().as_integer() else {
            self.wrong_type(item, "a whole number");
            return None;
        };
        let range = range(setting)?;
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.problem(Some(item.span()), outside(integer.as_str(), &range));
        }
        number
    }

    fn size(&mut self, setting: &str, item: &Item<'_>, value: &mut usize) {
        let number = self
            .number(setting, item)
            .and_then(|number| usize::try_from(number).ok());
        *value = number.unwrap_or(*value);
    }

    fn milliseconds(&mut self, setting: &str, item: &Item<'_>, value: &mut Duration) {
        *value = self
            .number(setting, item)
            .map_or(*value, Duration::from_millis);
    }

    /// The item as JSON; `None` when something in it has no JSON form.
    fn json(&mut self, item: &Item<'_>) -> Option<Value> {
        match item.get_ref() {
            DeValue::String(string) => Some(Value::String(string.to_string())),
            DeValue::Boolean(boolean) => Some(Value::Bool(*boolean)),
            DeValue::Datetime(datetime) => Some(Value::String(datetime.to_string())),
            DeValue::Integer(integer) => {
                let (text, radix) = (integer.as_str(), integer.radix());
                let number = i64::from_str_radix(text, radix).ok().map(Number::from);
                if number.is_none() {
                    self.problem(Some(item.span()), format!("`{text}` is too large"));
                }
                number.map(Value::Number)
            }
            DeValue::Float(float) => {
                let number = float.as_str().parse().ok().and_then(Number::from_f64);
                if number.is_none() {
                    let text = float.as_str();
                    self.problem(Some(item.span()), format!("`{text}` has no JSON form"));
                }
                number.map(Value::Number)
            }
            DeValue::Array(array) => {
                let values: Vec<_> = array.iter().map(|item| self.json(item)).collect();
                values.into_iter().collect::<Option<_>>().map(Value::Array)
            }
            DeValue::Table(table) => {
                let mut map = Map::new();
                for (key, item) in table {
                    map.insert(key.get_ref().to_string(), self.json(item)?);
                }
                Some(Value::Object(map))
            }
        }
    }

    fn unknown(&mut self, key: &Spanned<toml::de::DeString<'_>>, place: &str) {
        let message = format!("unknown setting `{}` in {place}", key.get_ref());
        self.problem(Some(key.span()), message);
    }

    fn wrong_type(&mut self, item: &Item<'_>, expected: &str) {
        let found = item.get_ref().type_str();
        let text = self
            .text
            .get(item.span())
            .and_then(|text| text.lines().next());
        let message = match text {
            Some(text) if text.len() <= 80 => {
                format!("expected {expected}, found {found} `{text}`")
            }
            _ => format!("expected {expected}, found {found}"),
        };
        self.problem(Some(item.span()), message);
    }

    pub(super) fn problem(&mut self, span: Option<Range<usize>>, message: impl Into<String>) {
        let position = span.map(|span| {
            let before = self.text.get(..span.start).unwrap_or_default();
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
            (line, before[line_start..].chars().count() + 1)
        });
        self.problems.push(Problem {
            position,
            message: message.into(),
        });
    }
}

type Entry<'t, 'i> = (&'t Spanned<toml::de::DeString<'i>>, &'t Item<'i>);

// The name is a label of metrics and part of messages.
fn is_policy_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
