//! Policies and their settings, followed while the server runs: a new set is made aside and
//! swapped whole.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pullproof_host::host::Host;

use crate::config::{Config, Policy};
use crate::judge::{Judge, Policies};
use crate::log::Level;
use crate::policies::WasmPolicies;
use crate::stamp::{self, Stamp};
use crate::state::State;

/// How often files are looked at.
///
/// Looking, not being told: a mounted ConfigMap or Secret changes by a swap of links, of which
/// whoever watches the files sees only the first.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// The policies in force and what they were made from.
pub struct Followed {
    host: Host,
    state: Arc<State>,
    /// The settings' file, if there is one, and how it is read with the flags of the start.
    settings: Option<PathBuf>,
    config: Config,
    current: Arc<WasmPolicies>,
    /// What was looked at last; `None` before the first time.
    stamps: Option<Stamps>,
}

/// Versions of all files; `None` for one that is not there.
#[derive(PartialEq, Eq)]
struct Stamps {
    settings: Option<Stamp>,
    components: Vec<Option<Stamp>>,
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
        Followed {
            host,
            state,
            settings,
            config,
            current,
            // A file may have changed since it was read, so the first look reads all of them.
            stamps: None,
        }
    }

    /// Looks at the files, and swaps the policies of `judge` when one of them changed.
    pub fn refresh(&mut self, judge: &Judge, read: &Read) -> Outcome {
        let settings = self.settings.as_deref().and_then(stamp);
        let now = Stamps {
            settings,
            components: components(&self.config.policies),
        };
        if self.stamps.as_ref() == Some(&now) {
            return Outcome::Unchanged;
        }
        // What fails now is not tried again before something changes once more.
        self.stamps = Some(now);
        if let Some(path) = &self.settings {
            match read(path) {
                Ok(config) => self.config.policies = config.policies,
                Err(problem) => return keep(judge, problem),
            }
        }
        // What is read below may be newer than these, and is read again then; never older.
        self.stamps = Some(Stamps {
            settings,
            components: components(&self.config.policies),
        });
        let (next, problems) =
            WasmPolicies::load(&self.host, &self.config, &self.state, Some(&self.current));
        if !next.is_complete() {
            // A policy that never loaded would be an error for every review.
            return keep(judge, problems.join("; "));
        }
        let policies = judge.policies.load();
        let is_same = policies.settings == self.config.policies
            && policies.problem.is_none()
            && next.is_same(&self.current);
        // Threads keep instances of a set, so it is not replaced without need.
        if is_same {
            return Outcome::Unchanged;
        }
        self.current = Arc::new(next);
        judge.policies.store(Arc::new(Policies {
            evaluate: Arc::clone(&self.current) as _,
            settings: self.config.policies.clone(),
            problem: None,
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

/// Leaves the policies in force, and says there why they are not newer.
fn keep(judge: &Judge, problem: String) -> Outcome {
    let Policies {
        evaluate,
        settings,
        problem: _,
    } = &*judge.policies.load_full();
    judge.policies.store(Arc::new(Policies {
        evaluate: Arc::clone(evaluate),
        settings: settings.clone(),
        problem: Some(problem.clone()),
    }));
    Outcome::Kept(problem)
}

fn components(policies: &[Policy]) -> Vec<Option<Stamp>> {
    let paths = policies.iter().filter_map(|policy| policy.path.as_deref());
    paths.map(stamp).collect()
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(stamp::stamp(&metadata))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Mode, OnError};
    use crate::evaluate::PolicyInfo;
    use crate::log::{Format, Log};
    use crate::metrics::Metrics;
    use pullproof_host::host::{HostConfig, Interruption};
    use std::fs;
    use tempfile::TempDir;

    /// A settings file, a component beside it, and what follows both.
    struct World {
        dir: TempDir,
        judge: Judge,
        followed: Followed,
    }

    fn read_settings(path: &Path) -> Result<Config, String> {
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        match config::read(&text) {
            (config, problems) if problems.is_empty() => Ok(config),
            (_, problems) => Err(problems[0].to_string()),
        }
    }

    impl World {
        fn new() -> World {
            let dir = tempfile::tempdir().unwrap();
            let world = |name| dir.path().join(name);
            fs::write(world("hosts.wasm"), plugins::OWN_HOSTS).unwrap();
            write_settings(&dir, r#"settings = { hosts = ["a.example"] }"#);
            let host = Host::new(&HostConfig {
                concurrency: 1,
                interruption: Interruption::Clock,
                cache: None,
            })
            .unwrap();
            let config = read_settings(&world("settings.toml")).unwrap();
            let state = Arc::new(State::none());
            let (current, problems) = WasmPolicies::load(&host, &config, &state, None);
            assert_eq!(problems, Vec::<String>::new());
            let current = Arc::new(current);
            let judge = Judge {
                policies: arc_swap::ArcSwap::from_pointee(Policies {
                    evaluate: Arc::clone(&current) as _,
                    settings: config.policies.clone(),
                    problem: None,
                }),
                on_error: OnError::Deny,
                metrics: Metrics::default(),
                log: Arc::new(
                    Log::new(Level::Error, Format::Text, Box::new(std::io::sink())).unwrap(),
                ),
            };
            let followed =
                Followed::new(host, state, Some(world("settings.toml")), config, current);
            World {
                dir,
                judge,
                followed,
            }
        }

        fn refresh(&mut self) -> Outcome {
            let read: Read = Box::new(read_settings);
            self.followed.refresh(&self.judge, &read)
        }

        fn replace_component(&self, bytes: &[u8]) {
            let new = self.dir.path().join("new");
            fs::write(&new, bytes).unwrap();
            fs::rename(&new, self.dir.path().join("hosts.wasm")).unwrap();
        }

        fn policy(&self) -> PolicyInfo {
            let policies = self.judge.policies.load().evaluate.policies();
            policies.into_iter().next().unwrap()
        }
    }

    fn write_settings(dir: &TempDir, policy: &str) {
        let component = dir.path().join("hosts.wasm");
        let text = format!(
            "[[policy]]\nname = 'hosts'\npath = '{}'\n{policy}\n",
            component.display()
        );
        fs::write(dir.path().join("settings.toml"), text).unwrap();
    }

    #[test]
    fn bad_files_leave_the_last_good_policies() {
        let mut world = World::new();
        let first = world.policy();
        assert_eq!(world.refresh(), Outcome::Unchanged);
        // A component that cannot be used.
        world.replace_component(b"nothing");
        let Outcome::Swapped(problems) = world.refresh() else {
            panic!("other policies are not held up");
        };
        assert_eq!(problems, ["policy `hosts` is not WebAssembly"]);
        assert_eq!(world.policy().digest, first.digest);
        assert_eq!(world.policy().problem.as_ref(), Some(&problems[0]));
        assert_eq!(world.refresh(), Outcome::Unchanged, "it is told once");
        world.replace_component(plugins::OWN_HOSTS);
        assert_eq!(world.refresh(), Outcome::Swapped(Vec::new()));
        assert_eq!(world.policy(), first);
        // Settings that cannot be read.
        let settings = world.dir.path().join("settings.toml");
        fs::write(&settings, "[[policy]]\nname = 'Hosts'").unwrap();
        let Outcome::Kept(problem) = world.refresh() else {
            panic!("the name is not allowed");
        };
        assert_eq!(world.judge.policies.load().problem.as_ref(), Some(&problem));
        assert_eq!(world.policy(), first);
        assert_eq!(world.refresh(), Outcome::Unchanged);
        // A policy that never loaded.
        fs::write(
            &settings,
            "[[policy]]\nname = 'a'\n[[policy]]\nname = 'b'\npath = '/nowhere'",
        )
        .unwrap();
        assert!(matches!(world.refresh(), Outcome::Kept(_)));
        assert_eq!(world.policy(), first);
        // The same as at the start, after all.
        write_settings(&world.dir, r#"settings = { hosts = ["a.example"] }"#);
        assert_eq!(world.refresh(), Outcome::Swapped(Vec::new()));
        assert_eq!(world.judge.policies.load().problem, None);
        assert_eq!(world.policy(), first);
    }

    #[test]
    fn good_files_are_taken_over() {
        let mut world = World::new();
        let before = world.judge.policies.load_full();
        // Written anew with the same text, as a mounted ConfigMap is when another key changes.
        write_settings(&world.dir, r#"settings = { hosts = ["a.example"] }"#);
        assert_eq!(world.refresh(), Outcome::Unchanged);
        assert!(Arc::ptr_eq(&before, &world.judge.policies.load_full()));
        write_settings(
            &world.dir,
            "mode = 'warn'\nsettings = { hosts = ['a.example'] }",
        );
        assert_eq!(world.refresh(), Outcome::Swapped(Vec::new()));
        assert_eq!(world.judge.policies.load().settings[0].mode, Mode::Warn);
        let first = world.policy();
        write_settings(&world.dir, "");
        world.replace_component(plugins::HOSTILE);
        assert_eq!(world.refresh(), Outcome::Swapped(Vec::new()));
        assert_ne!(world.policy().digest, first.digest);
    }
}
