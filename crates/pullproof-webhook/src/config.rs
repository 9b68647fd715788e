//! The settings: a TOML file, then flags over it; every problem with its place.
//!
//! `settings.toml` beside this crate's manifest documents each setting.

use std::fmt;
use std::net::SocketAddr;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::log;

/// The documented settings, all at their defaults: what `--print-settings` shows.
pub const DOCUMENTED: &str = include_str!("../settings.toml");

/// A settings file that is larger than this is not one.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Threads that evaluate; beyond this they only wait for each other.
const WORKERS: RangeInclusive<u64> = 1..=1_024;
/// Reviews that wait; each holds its body.
const QUEUE: RangeInclusive<u64> = 1..=100_000;
/// The API server waits at most 30 s; below 10 ms nothing would be answered.
const TIMEOUT_MS: RangeInclusive<u64> = 10..=30_000;
/// Two objects of 3 MiB and what is around them is the most the API server sends, unless told
/// otherwise.
const BODY_LIMIT_BYTES: RangeInclusive<u64> = 1_024..=64 * 1024 * 1024;
/// A pod is given this long at most in practice.
const DRAIN_DELAY_MS: RangeInclusive<u64> = 0..=600_000;
/// Each connection costs some 50 KiB and a file descriptor.
const MAX_CONNECTIONS: RangeInclusive<u64> = 1..=100_000;
/// 0 keeps connections for ever.
const MAX_CONNECTION_AGE_MS: RangeInclusive<u64> = 0..=86_400_000;
/// What the host accepts; 4 GiB is the most a component can address.
const MEMORY_BYTES: RangeInclusive<u64> = 64 * 1024..=4 * 1024 * 1024 * 1024;

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where reviews are received.
    pub listen: SocketAddr,
    /// Where health and metrics are also served, without TLS.
    pub metrics_listen: Option<SocketAddr>,
    /// Threads that evaluate.
    pub workers: usize,
    /// Reviews that may wait for one.
    pub queue: usize,
    /// The longest time for a review.
    pub timeout: Duration,
    /// The largest body of a review, in bytes.
    pub body_limit_bytes: usize,
    /// What is answered when there is no verdict.
    pub on_error: OnError,
    /// How long serving goes on after the signal to stop.
    pub drain_delay: Duration,
    /// Connections at a time.
    pub max_connections: usize,
    /// When a connection is asked to close; `None` for never.
    pub max_connection_age: Option<Duration>,
    /// The certificate and who may connect.
    pub tls: Tls,
    /// Log lines.
    pub log: Log,
    /// The policies, asked in this order; never empty.
    pub policies: Vec<Policy>,
    /// Where the other objects of the cluster come from.
    pub state: State,
}

/// What is answered when a policy fails or there is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// A review that denies.
    Deny,
    /// A review that allows and warns.
    Allow,
    /// HTTP 503, so that the webhook's `failurePolicy` decides.
    Fail,
}

/// The settings of TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The chain, PEM, leaf first.
    pub cert: Option<PathBuf>,
    /// The key of the leaf, PEM.
    pub key: Option<PathBuf>,
    /// Who signs certificates of clients; `None` admits everybody.
    pub client_ca: Option<PathBuf>,
    /// Names that a client's certificate must have one of; empty for any.
    pub client_names: Vec<String>,
    /// The oldest version spoken.
    pub min_version: TlsVersion,
    /// Names for a certificate made at start, for trying out; empty for none.
    pub self_signed: Vec<String>,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsVersion {
    /// 1.2
    V1_2,
    /// 1.3
    V1_3,
}

/// The settings of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// How they look.
    pub format: log::Format,
    /// The least important that are written.
    pub level: log::Level,
}

/// A policy and how its findings are used.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// A name for metrics and messages; unique.
    pub name: String,
    /// The component; `None` for the built-in one.
    pub path: Option<PathBuf>,
    /// What its findings do.
    pub mode: Mode,
    /// What findings of single rules do, by rule id, sorted.
    pub rules: Vec<(String, Mode)>,
    /// Its own settings, JSON text that is an object.
    pub settings: String,
    /// The longest time for one evaluation.
    pub deadline: Option<Duration>,
    /// The most memory for one evaluation.
    pub memory_bytes: Option<u64>,
    /// Objects whose findings have no effect.
    pub exempt: Vec<Exemption>,
}

/// What findings do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Errors deny, warnings warn.
    Enforce,
    /// Errors and warnings warn.
    Warn,
    /// Everything goes to the audit log and metrics alone.
    Monitor,
}

/// Objects that are exempted; all that is given must hold, and something is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// The kind.
    pub kind: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// What labels must be like.
    pub labels: Vec<Requirement>,
}

/// What one label must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// What of it.
    pub operator: Operator,
    /// For `In` and `NotIn`.
    pub values: Vec<String>,
}

/// The operators of label selectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The label has one of the values.
    In,
    /// The label is missing or has another value.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is missing.
    DoesNotExist,
}

/// Where the other objects of the cluster come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Each object is judged alone.
    None,
    /// Files of a directory.
    Directory(PathBuf),
    /// The API server.
    Cluster,
}

/// What is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line and column from 1; `None` when it is about no place of the file.
    pub position: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
}

impl OnError {
    /// The word in settings and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            OnError::Deny => "deny",
            OnError::Allow => "allow",
            OnError::Fail => "fail",
        }
    }
}

impl Mode {
    /// The word in settings and audit annotations.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Enforce => "enforce",
            Mode::Warn => "warn",
            Mode::Monitor => "monitor",
        }
    }
}

impl FromStr for OnError {
    type Err = String;

    fn from_str(text: &str) -> Result<OnError, String> {
        match text {
            "deny" => Ok(OnError::Deny),
            "allow" => Ok(OnError::Allow),
            "fail" => Ok(OnError::Fail),
            _ => Err(format!("`{text}` is none of `deny`, `allow`, `fail`")),
        }
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Mode, String> {
        match text {
            "enforce" => Ok(Mode::Enforce),
            "warn" => Ok(Mode::Warn),
            "monitor" => Ok(Mode::Monitor),
            _ => Err(format!("`{text}` is none of `enforce`, `warn`, `monitor`")),
        }
    }
}

impl FromStr for TlsVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<TlsVersion, String> {
        match text {
            "1.2" => Ok(TlsVersion::V1_2),
            "1.3" => Ok(TlsVersion::V1_3),
            _ => Err(format!("`{text}` is neither `1.2` nor `1.3`")),
        }
    }
}

impl FromStr for Operator {
    type Err = String;

    fn from_str(text: &str) -> Result<Operator, String> {
        match text {
            "In" => Ok(Operator::In),
            "NotIn" => Ok(Operator::NotIn),
            "Exists" => Ok(Operator::Exists),
            "DoesNotExist" => Ok(Operator::DoesNotExist),
            _ => Err(format!(
                "`{text}` is none of `In`, `NotIn`, `Exists`, `DoesNotExist`"
            )),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some((line, column)) => write!(f, "{line}:{column}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Reads the text of a settings file; what is missing or wrong has its default.
pub fn read(text: &str) -> (Config, Vec<Problem>) {
    let mut config = Config {
        listen: SocketAddr::from(([0, 0, 0, 0], 8443)),
        metrics_listen: None,
        workers: std::thread::available_parallelism().map_or(1, usize::from),
        queue: 256,
        timeout: Duration::from_secs(10),
        body_limit_bytes: 7 * 1024 * 1024,
        on_error: OnError::Deny,
        drain_delay: Duration::from_secs(10),
        max_connections: 1_000,
        max_connection_age: Some(Duration::from_secs(600)),
        tls: Tls {
            cert: None,
            key: None,
            client_ca: None,
            client_names: Vec::new(),
            min_version: TlsVersion::V1_3,
            self_signed: Vec::new(),
        },
        log: Log {
            format: log::Format::Json,
            level: log::Level::Info,
        },
        policies: Vec::new(),
        state: State::None,
    };
    let mut reader = Reader {
        text,
        problems: Vec::new(),
    };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        reader.problem(error.span(), error.message().replace('\n', ", "));
    }
    reader.config(document.get_ref(), &mut config);
    if config.policies.is_empty() {
        config.policies.push(builtin_policy());
    }
    let mut problems = reader.problems;
    problems.sort_by_key(|problem| problem.position);
    (config, problems)
}

/// What is wrong with the settings as a whole, flags included.
pub fn validate(config: &Config) -> Vec<Problem> {
    let Config {
        listen,
        metrics_listen,
        workers: _,
        queue: _,
        timeout: _,
        body_limit_bytes: _,
        on_error: _,
        drain_delay: _,
        max_connections: _,
        max_connection_age: _,
        tls:
            Tls {
                cert,
                key,
                client_ca,
                client_names,
                min_version: _,
                self_signed,
            },
        log: _,
        policies,
        state: _,
    } = config;
    let mut messages = Vec::new();
    match (self_signed.is_empty(), cert, key) {
        (true, Some(_), Some(_)) | (false, None, None) => {}
        (true, _, _) => {
            messages.push("`tls.cert` and `tls.key` must be set, or `--self-signed`".to_owned());
        }
        (false, _, _) => {
            messages.push("`--self-signed` makes `tls.cert` and `tls.key` useless".to_owned());
        }
    }
    if client_ca.is_none() && !client_names.is_empty() {
        messages.push("`tls.client_names` needs `tls.client_ca`".to_owned());
    }
    if Some(*listen) == *metrics_listen && listen.port() != 0 {
        messages.push(format!("`listen` and `metrics_listen` are both `{listen}`"));
    }
    for (policy_idx, policy) in policies.iter().enumerate() {
        if policies[..policy_idx]
            .iter()
            .any(|earlier| earlier.name == policy.name)
        {
            messages.push(format!("two policies are named `{}`", policy.name));
        }
    }
    messages
        .into_iter()
        .map(|message| Problem {
            position: None,
            message,
        })
        .collect()
}

/// Checks a number against the range of a setting, for flags.
///
/// # Errors
///
/// The text is no number, the setting has no range, or the number lies outside.
pub fn number_in_range(setting: &str, text: &str) -> Result<u64, String> {
    let range = range(setting).ok_or_else(|| format!("`{setting}` is no number"))?;
    let number: u64 = text
        .parse()
        .map_err(|_| format!("`{text}` is no whole number"))?;
    match range.contains(&number) {
        true => Ok(number),
        false => Err(outside(number, &range)),
    }
}

/// The range of a numeric setting; `None` for any other.
fn range(setting: &str) -> Option<RangeInclusive<u64>> {
    match setting {
        "workers" => Some(WORKERS),
        "queue" => Some(QUEUE),
        "timeout_ms" | "deadline_ms" => Some(TIMEOUT_MS),
        "body_limit_bytes" => Some(BODY_LIMIT_BYTES),
        "drain_delay_ms" => Some(DRAIN_DELAY_MS),
        "max_connections" => Some(MAX_CONNECTIONS),
        "max_connection_age_ms" => Some(MAX_CONNECTION_AGE_MS),
        "memory_bytes" => Some(MEMORY_BYTES),
        _ => None,
    }
}

fn outside(number: impl fmt::Display, range: &RangeInclusive<u64>) -> String {
    format!(
        "`{number}` is not between {} and {}",
        range.start(),
        range.end()
    )
}

/// The policy that is asked when none is configured.
fn builtin_policy() -> Policy {
    Policy {
        name: "pullproof".to_owned(),
        path: None,
        mode: Mode::Enforce,
        rules: Vec::new(),
        settings: "{}".to_owned(),
        deadline: None,
        memory_bytes: None,
        exempt: Vec::new(),
    }
}

struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

type Item<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn config(&mut self, table: &DeTable<'_>, config: &mut Config) {
        for (key, item) in table {
            match key.get_ref().as_ref() {
                "listen" => self.parsed_into(item, &mut config.listen),
                "metrics_listen" => config.metrics_listen = self.parsed(item),
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

    fn problem(&mut self, span: Option<Range<usize>>, message: impl Into<String>) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let (_, problems) = read(text);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, expected, "{text}");
    }

    #[test]
    fn problems_say_where_and_what() {
        check("", &[]);
        check("listen = '127.0.0.1:1'", &[]);
        check(
            "listen = 5",
            &["1:10: expected a string, found integer `5`"],
        );
        check(
            "listen = 'x'",
            &["1:10: `x`: invalid socket address syntax"],
        );
        check(
            "\n  lisen = ''",
            &["2:3: unknown setting `lisen` in the settings"],
        );
        check("[tls]\ncrt = 'a'", &["2:1: unknown setting `crt` in `tls`"]);
        check("tls = 1", &["1:7: expected a table, found integer `1`"]);
        check(
            "on_error = 'open'",
            &["1:12: `open` is none of `deny`, `allow`, `fail`"],
        );
        check(
            "[tls]\nmin_version = '1.1'",
            &["2:15: `1.1` is neither `1.2` nor `1.3`"],
        );
        check(
            "workers = 'two'",
            &["1:11: expected a whole number, found string `'two'`"],
        );
        check(
            "workers = 0\nqueue = -1",
            &[
                "1:11: `0` is not between 1 and 1024",
                "2:9: `-1` is not between 1 and 100000",
            ],
        );
        check(
            "log.level = 'é'\n",
            &["1:13: `é` is none of `error`, `warn`, `info`, `debug`"],
        );
        check("[[policy]]", &["1:1: a policy has no `name`"]);
        check(
            "policy = 1",
            &["1:10: expected an array, found integer `1`"],
        );
        check(
            "policy = [1]",
            &["1:11: expected a table, found integer `1`"],
        );
        check(
            "[[policy]]\nname = 'A'",
            &["2:8: `A` is no name: 1 to 63 of lower case letters, digits and `-`"],
        );
        check(
            "[[policy]]\nname = 'a'\nrules = { x = 'off' }",
            &["3:15: `off` is none of `enforce`, `warn`, `monitor`"],
        );
        check(
            "[[policy]]\nname = 'a'\nsettings = []",
            &["3:12: expected a table, found array `[]`"],
        );
        check(
            "[[policy]]\nname = 'a'\nsettings = { a = nan }",
            &["3:18: `nan` has no JSON form"],
        );
        check(
            "state.source = 'directory'",
            &["1:1: `state.source` is `directory`, so `state.path` must be set"],
        );
        check(
            "state = { path = 'x' }",
            &["1:9: `state.path` is only for `state.source = \"directory\"`"],
        );
        check(
            "[[policy]]\nname = 'a'\nexempt = [{}]",
            &["3:11: this would exempt every object"],
        );
        check(
            "[[policy]]\nname = 'a'\nexempt = [{ name = 'x' }]",
            &["3:11: `kind` and `name` exempt only together"],
        );
        check(
            "[[policy]]\nname = 'a'\nexempt = [{ labels = { matchExpressions = [{ key = 'a', operator = 'In' }] } }]",
            &["3:44: `In` and `NotIn` need `values`"],
        );
    }

    #[test]
    fn a_broken_file_still_shows_its_other_problems() {
        let (_, problems) = read("workers = 0\nlisten = = 1\nfoo = 1\n");
        let lines: Vec<_> = problems
            .iter()
            .filter_map(|problem| problem.position)
            .collect();
        assert!(lines.contains(&(1, 11)), "{problems:?}");
        assert!(lines.contains(&(3, 1)), "{problems:?}");
        assert!(lines.iter().any(|(line, _)| *line == 2), "{problems:?}");
    }

    #[test]
    fn ranges_hold_on_both_sides() {
        for setting in [
            "workers",
            "queue",
            "timeout_ms",
            "body_limit_bytes",
            "drain_delay_ms",
            "max_connections",
            "max_connection_age_ms",
            "memory_bytes",
        ] {
            let range = range(setting).unwrap();
            assert_eq!(
                number_in_range(setting, &range.start().to_string()),
                Ok(*range.start())
            );
            assert_eq!(
                number_in_range(setting, &range.end().to_string()),
                Ok(*range.end())
            );
            assert!(number_in_range(setting, &(range.end() + 1).to_string()).is_err());
            if let Some(below) = range.start().checked_sub(1) {
                assert!(number_in_range(setting, &below.to_string()).is_err());
            }
            assert!(number_in_range(setting, "1e3").is_err());
        }
    }

    #[test]
    fn the_documented_settings_are_the_defaults() {
        let (documented, problems) = read(DOCUMENTED);
        assert_eq!(problems, []);
        let (mut defaults, _) = read("");
        // These differ from machine to machine or have no default.
        defaults.workers = documented.workers;
        defaults.tls.cert.clone_from(&documented.tls.cert);
        defaults.tls.key.clone_from(&documented.tls.key);
        assert_eq!(documented, defaults);
        assert_eq!(validate(&documented), []);
    }

    #[test]
    fn every_setting_is_documented() {
        let (_, problems) = read(&DOCUMENTED.replace("\n#: ", "\n"));
        assert_eq!(problems, [], "what is commented out with `#:` is valid too");
        // Keys are the patterns of the `match`es above.
        let source = include_str!("config.rs");
        let keys = source.lines().filter_map(|line| {
            let (pattern, rest) = line.trim().split_once(" => ")?;
            let pattern = pattern.strip_prefix("name @ ").unwrap_or(pattern);
            let key = pattern.strip_prefix('"')?.strip_suffix('"')?;
            let is_setting = !rest.starts_with("Ok(") && !rest.starts_with("Some(");
            is_setting.then_some(key)
        });
        let mut n_keys = 0;
        for key in keys {
            n_keys += 1;
            assert!(DOCUMENTED.contains(key), "`{key}` is not documented");
        }
        assert!(30 <= n_keys, "{n_keys}");
    }

    #[test]
    fn a_policy_is_read_whole() {
        let (config, problems) = read(
            r#"
            [[policy]]
            name = "hosts"
            path = "/p.wasm"
            mode = "warn"
            rules = { "b" = "enforce", "a" = "monitor" }
            settings = { hosts = ["a.io"], n = 0x10, f = 1.5, on = true, at = 2026-01-01 }
            deadline_ms = 50
            memory_bytes = 1_048_576
            exempt = [
              { kind = "ImageDigestMirrorSet", name = "x" },
              { labels.matchLabels = { team = "net" }, labels.matchExpressions = [{ key = "tier", operator = "Exists" }] },
            ]
            "#,
        );
        assert_eq!(problems, []);
        let policy = &config.policies[0];
        assert_eq!(
            policy.settings,
            r#"{"at":"2026-01-01","f":1.5,"hosts":["a.io"],"n":16,"on":true}"#
        );
        assert_eq!(
            policy.rules,
            [("a".into(), Mode::Monitor), ("b".into(), Mode::Enforce)]
        );
        assert_eq!(policy.deadline, Some(Duration::from_millis(50)));
        assert_eq!(policy.memory_bytes, Some(1_048_576));
        assert_eq!(policy.exempt.len(), 2);
        assert_eq!(policy.exempt[1].labels.len(), 2);
        assert_eq!(policy.mode, Mode::Warn);
    }

    #[test]
    fn settings_must_fit_together() {
        let check = |change: &dyn Fn(&mut Config), expected: &[&str]| {
            let (mut config, _) = read("");
            config.tls.cert = Some("c".into());
            config.tls.key = Some("k".into());
            change(&mut config);
            let problems: Vec<_> = validate(&config).into_iter().map(|p| p.message).collect();
            assert_eq!(problems, expected);
        };
        check(&|_| {}, &[]);
        check(
            &|config| config.tls.key = None,
            &["`tls.cert` and `tls.key` must be set, or `--self-signed`"],
        );
        check(
            &|config| config.tls.self_signed = vec!["localhost".into()],
            &["`--self-signed` makes `tls.cert` and `tls.key` useless"],
        );
        check(
            &|config| config.tls.client_names = vec!["kube-apiserver".into()],
            &["`tls.client_names` needs `tls.client_ca`"],
        );
        check(
            &|config| config.metrics_listen = Some(config.listen),
            &["`listen` and `metrics_listen` are both `0.0.0.0:8443`"],
        );
        check(
            &|config| config.policies.extend(config.policies.clone()),
            &["two policies are named `pullproof`"],
        );
    }
}
