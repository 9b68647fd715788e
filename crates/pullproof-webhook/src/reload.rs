//! Policies and their settings, followed while the server runs: a new set is made aside and
//! swapped whole.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use pullproof_host::host::Host;

use crate::config::{Config, Policy};
use crate::judge::{Judge, Policies};
use crate::log::Level;
use crate::policies::WasmPolicies;
use crate::state::State;

/// How often files are looked at.
///
/// Looking, not being told: a mounted ConfigMap or Secret changes by a swap of links, of which
/// whoever watches the files sees only the first.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// What tells one version of a file from another; `None` for one that is not there.
type Stamp = Option<(SystemTime, u64)>;

/// The policies in force and what they were made from.
pub struct Followed {
    host: Host,
    state: Arc<State>,
    /// The settings' file, if there is one, and how it is read with the flags of the start.
    settings: Option<PathBuf>,
    config: Config,
    current: Arc<WasmPolicies>,
    stamps: Vec<Stamp>,
}

/// Reads a settings file again, with the flags of the start over it.
pub type Read = Box<dyn Fn(&Path) -> Result<Config, String> + Send>;

/// What following the files came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Nothing changed.
    Unchanged,
    /// A new set is in force; what is wrong with single policies of it.
    Swapped(Vec<String>),
    /// The last set stays, and why.
    Kept(String),
}

impl Followed {
    /// Takes what was loaded at the start.
    pub fn new(
        host: Host,
        state: Arc<State>,
        settings: Option<PathBuf>,
        config: Config,
        current: Arc<WasmPolicies>,
    ) -> Followed {
        let stamps = stamps(settings.as_deref(), &config.policies);
        Followed {
            host,
            state,
            settings,
            config,
            current,
            stamps,
        }
    }

    /// Looks at the files, and swaps the policies of `judge` when one of them changed.
    pub fn refresh(&mut self, judge: &Judge, read: &Read) -> Outcome {
        let now = stamps(self.settings.as_deref(), &self.config.policies);
        if now == self.stamps {
            return Outcome::Unchanged;
        }
        // What fails now is not tried again before something changes once more.
        self.stamps = now;
        if let Some(path) = &self.settings {
            match read(path) {
                Ok(config) => self.config.policies = config.policies,
                Err(problem) => return Outcome::Kept(problem),
            }
        }
        self.stamps = stamps(self.settings.as_deref(), &self.config.policies);
        let (next, problems) =
            WasmPolicies::load(&self.host, &self.config, &self.state, Some(&self.current));
        if !next.is_complete() {
            // A policy that never loaded would be an error for every review.
            return Outcome::Kept(problems.join("; "));
        }
        self.current = Arc::new(next);
        judge.policies.store(Arc::new(Policies {
            evaluate: Arc::clone(&self.current) as _,
            settings: self.config.policies.clone(),
        }));
        Outcome::Swapped(problems)
    }
}

/// Follows the files for as long as the process lives, on a thread of its own.
///
/// Compiling a policy takes seconds, which no other thread should wait for.
pub fn follow(mut followed: Followed, judge: &Judge, read: &Read) {
    loop {
        std::thread::sleep(INTERVAL);
        match followed.refresh(judge, read) {
            Outcome::Unchanged => {}
            Outcome::Swapped(problems) => {
                let result = if problems.is_empty() { "ok" } else { "partly" };
                judge.metrics.policy_reloads.count(&[result]);
                judge.log.line(Level::Info, "policies reloaded", &[]);
                for problem in problems {
                    judge.log.line(
                        Level::Error,
                        "policy not reloaded, its last good form stays",
                        &[("reason", &problem)],
                    );
                }
            }
            Outcome::Kept(problem) => {
                judge.metrics.policy_reloads.count(&["failed"]);
                judge.log.line(
                    Level::Error,
                    "policies not reloaded, the last good ones stay",
                    &[("reason", &problem)],
                );
            }
        }
    }
}

fn stamps(settings: Option<&Path>, policies: &[Policy]) -> Vec<Stamp> {
    let components = policies.iter().filter_map(|policy| policy.path.as_deref());
    settings.into_iter().chain(components).map(stamp).collect()
}

fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
