//! The policies that the settings name, run by the host.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use pullproof_host::host::Host;
use pullproof_host::limits::Limits;
use pullproof_host::set::{self, Member, Origin, PolicySpec};
use pullproof_host::warm::{Said, Warm};

use crate::config::{self, Config};
use crate::evaluate::{Evaluate, Outcome, PolicyError, PolicyInfo, Request};
use crate::state::State;

/// Time for a thread to get its instances ready, once.
const PREPARATION: Duration = Duration::from_secs(10);

/// Policies of the core of which a thread keeps an instance.
///
/// Settings name one of them as a rule, or a few with different settings. The pool has a fixed
/// number of places, so those beyond get a new instance for each review.
const WARM_MAX: usize = 4;

/// Tells sets apart, since a thread keeps instances of the one it used last.
static N_SETS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static OWN: RefCell<Own> = RefCell::new(Own::default());
}

/// Instances that a thread keeps.
#[derive(Default)]
struct Own {
    /// The set that they belong to; 0 for none.
    set: u64,
    /// One place for each policy of the set; only the core's are filled.
    warm: Vec<Option<Warm>>,
}

/// Reviews that the host must have places for, when this many threads evaluate.
///
/// Of those, a host has two for each, and a few more. A thread keeps `WARM_MAX` instances and
/// runs one more, and so does the check of health.
pub fn concurrency(workers: usize) -> u32 {
    u32::try_from(workers.saturating_mul(WARM_MAX)).unwrap_or(u32::MAX)
}

/// A set of policies, replaced as a whole.
pub struct WasmPolicies {
    members: Vec<Member>,
    state: Arc<State>,
    id: u64,
}

impl WasmPolicies {
    /// Loads the policies of the settings; one that does not load keeps what `last` has.
    ///
    /// The second value is what is wrong, one sentence for each such policy.
    pub fn load(
        host: &Host,
        config: &Config,
        state: &Arc<State>,
        last: Option<&WasmPolicies>,
    ) -> (WasmPolicies, Vec<String>) {
        let specs: Vec<PolicySpec> = config.policies.iter().map(spec).collect();
        let last = last.map_or(&[][..], |last| &last.members);
        let members = set::load(host, &specs, last);
        let problems = members.iter().filter_map(|member| member.problem.as_ref());
        let problems = problems.map(ToString::to_string).collect();
        let policies = WasmPolicies {
            members,
            state: Arc::clone(state),
            id: N_SETS.fetch_add(1, Ordering::Relaxed) + 1,
        };
        (policies, problems)
    }

    /// Whether this set would answer as another one does.
    pub fn is_same(&self, other: &WasmPolicies) -> bool {
        let form = |policies: &WasmPolicies| -> Vec<_> {
            let form = |member: &Member| {
                let policy = member.policy.as_ref();
                let policy = policy.map(|policy| {
                    let (digest, settings) = (&policy.digest, &policy.settings);
                    (Arc::clone(digest), Arc::clone(settings), policy.limits)
                });
                (member.spec.clone(), policy, member.problem.clone())
            };
            policies.members.iter().map(form).collect()
        };
        form(self) == form(other)
    }

    /// Whether every policy can be asked, if only in an older form.
    pub fn is_complete(&self) -> bool {
        self.members.iter().all(|member| member.policy.is_some())
    }

    fn ask(
        &self,
        own: &mut Own,
        idx: usize,
        request: &Request<'_>,
        deadline: Instant,
    ) -> Result<Said, PolicyError> {
        let Member {
            spec,
            policy,
            problem,
        } = &self.members[idx];
        let Some(policy) = policy else {
            return Err(problem.as_ref().map_or_else(
                || PolicyError {
                    code: "unreadable",
                    message: format!("policy `{}` is not loaded", spec.name),
                },
                error_of,
            ));
        };
        let answer = match spec.origin {
            Origin::File(_) => policy.review(request, deadline).map(|findings| Said {
                findings,
                is_repeated: false,
            }),
            Origin::Builtin => {
                let warm = own.warm[idx].get_or_insert_with(|| Warm::new(policy.clone()));
                let objects = Arc::clone(&self.state.known().objects);
                warm.set_state(&objects);
                let answer = warm.review(request, deadline);
                self.state.tell_unreadable(&objects, &warm.unreadable);
                if !self.is_kept(idx) {
                    own.warm[idx] = None;
                }
                answer
            }
        };
        answer.map_err(|error| error_of(&error))
    }

    /// Whether a thread keeps an instance of this policy of the core.
    fn is_kept(&self, idx: usize) -> bool {
        let before = self.members[..idx].iter();
        let of_the_core = before.filter(|member| member.spec.origin == Origin::Builtin);
        of_the_core.count() < WARM_MAX
    }

    /// Hands over what the thread keeps for this set, without what it kept for another.
    fn with_own<T>(&self, ask: impl FnOnce(&mut Own) -> T) -> T {
        OWN.with_borrow_mut(|own| {
            if own.set != self.id {
                own.warm.clear();
                own.warm.resize_with(self.members.len(), || None);
                own.set = self.id;
            }
            ask(own)
        })
    }
}

impl Evaluate for WasmPolicies {
    fn review(&self, request: &Request<'_>, deadline: Instant) -> Vec<Outcome> {
        self.with_own(|own| {
            let n_policies = self.members.len();
            let outcome = |(idx, member): (usize, &Member)| {
                let said = self.ask(own, idx, request, share(deadline, n_policies - idx));
                Outcome {
                    policy: member.spec.name.as_str().into(),
                    is_repeated: said.as_ref().is_ok_and(|said| said.is_repeated),
                    result: said.map(|said| said.findings),
                }
            };
            self.members.iter().enumerate().map(outcome).collect()
        })
    }

    fn policies(&self) -> Vec<PolicyInfo> {
        let info = |member: &Member| PolicyInfo {
            name: member.spec.name.as_str().into(),
            digest: member
                .policy
                .as_ref()
                .map_or_else(String::new, |policy| format!("sha256:{}", policy.digest)),
            problem: member.problem.as_ref().map(ToString::to_string),
        };
        self.members.iter().map(info).collect()
    }

    fn caveat(&self) -> Option<String> {
        self.state.known().caveat.clone()
    }

    fn may_loop(&self) -> bool {
        let mut origins = self.members.iter().map(|member| &member.spec.origin);
        origins.any(|origin| *origin != Origin::Builtin)
    }

    fn prepare_thread(&self) {
        self.with_own(|own| {
            let deadline = Instant::now() + PREPARATION;
            for (idx, member) in self.members.iter().enumerate() {
                if let (Origin::Builtin, Some(policy)) = (&member.spec.origin, &member.policy)
                    && self.is_kept(idx)
                {
                    let warm = own.warm[idx].get_or_insert_with(|| Warm::new(policy.clone()));
                    warm.set_state(&self.state.known().objects);
                    // If it cannot be made now, the first review says why.
                    warm.prepare(deadline).ok();
                }
            }
        });
    }
}

/// When the first of `n_left` policies must end, so that one that never does leaves the others
/// their time.
fn share(deadline: Instant, n_left: usize) -> Instant {
    let now = Instant::now();
    let n_left = u32::try_from(n_left).unwrap_or(u32::MAX).max(1);
    now + deadline.saturating_duration_since(now) / n_left
}

fn spec(policy: &config::Policy) -> PolicySpec {
    let ordinary = Limits::ORDINARY;
    let memory_bytes = policy
        .memory_bytes
        .and_then(|bytes| usize::try_from(bytes).ok());
    PolicySpec {
        name: policy.name.clone(),
        origin: policy
            .path
            .as_deref()
            .map(Path::to_owned)
            .map_or(Origin::Builtin, Origin::File),
        settings: policy.settings.clone(),
        limits: Limits {
            memory_bytes: memory_bytes.unwrap_or(ordinary.memory_bytes),
            deadline: policy.deadline.unwrap_or(ordinary.deadline),
        },
    }
}

fn error_of(error: &pullproof_host::error::PolicyError) -> PolicyError {
    PolicyError {
        code: error.kind.code(),
        message: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_others_wrote_may_loop() {
        for (origins, expected) in [
            (vec![], false),
            (vec![Origin::Builtin, Origin::Builtin], false),
            (
                vec![Origin::Builtin, Origin::File("hosts.wasm".into())],
                true,
            ),
        ] {
            let member = |origin| Member {
                spec: PolicySpec {
                    name: "one".to_owned(),
                    origin,
                    settings: "{}".to_owned(),
                    limits: Limits::ORDINARY,
                },
                policy: None,
                problem: None,
            };
            let policies = WasmPolicies {
                members: origins.into_iter().map(member).collect(),
                state: Arc::new(State::none()),
                id: 1,
            };
            assert_eq!(policies.may_loop(), expected);
        }
    }
}
