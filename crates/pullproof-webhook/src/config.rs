//! The settings: a TOML file, then flags over it; every problem with its place.
//!
//! `settings.toml` beside this crate's manifest documents each setting.

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use toml::de::DeTable;

use crate::log;
use reader::Reader;

mod reader;

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
    /// Whether the browser page is served.
    pub playground: bool,
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
        playground: false,
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
        playground,
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
    if *playground && !pullproof_page::is_built() {
        let how = pullproof_page::HOW_TO_BUILD;
        messages.push(format!("`playground` is on, but {how}"));
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

#[cfg(test)]
mod tests;
