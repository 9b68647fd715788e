//! Whether policies still answer, found out by asking them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, oneshot};

use crate::evaluate::{Evaluate, Kind, Operation, Request};

/// How long an answer is good for: probes of any number cost one review a second.
const FRESH: Duration = Duration::from_secs(1);

/// How long the policies may take together. Probes are given a second or more; a cold machine
/// takes milliseconds.
const TIME: Duration = Duration::from_secs(2);

/// A thread that is at one review for longer hangs: twice the longest time that can be set.
const STUCK: Duration = Duration::from_secs(60);

/// The result of the last check.
pub struct Health {
    last: Mutex<Option<Checked>>,
}

struct Checked {
    at: Instant,
    result: Result<(), String>,
    /// Closes when the thread that checks is done.
    running: Option<oneshot::Receiver<Result<(), String>>>,
}

impl Health {
    /// Nothing is checked yet.
    pub fn new() -> Health {
        Health {
            last: Mutex::new(None),
        }
    }

    /// Asks the policies about an object that is built in, or repeats an answer of just now.
    ///
    /// `busy` is how long evaluating threads have been at work.
    ///
    /// # Errors
    ///
    /// Why nothing could be judged.
    pub async fn check(
        &self,
        evaluate: impl FnOnce() -> Arc<dyn Evaluate>,
        busy: &[Duration],
    ) -> Result<(), String> {
        if let Some(longest) = busy.iter().max().filter(|longest| STUCK < **longest) {
            return Err(format!(
                "a thread has been at one review for {} s",
                longest.as_secs()
            ));
        }
        let mut last = self.last.lock().await;
        let mut running = match last.take() {
            Some(checked) if checked.at.elapsed() < FRESH => {
                let result = checked.result.clone();
                *last = Some(checked);
                return result;
            }
            // A check that hangs is waited for again, and no second one is started.
            Some(Checked {
                running: Some(running),
                ..
            }) => running,
            Some(Checked { running: None, .. }) | None => start(evaluate()),
        };
        let (result, running) = match tokio::time::timeout(TIME, &mut running).await {
            Ok(Ok(result)) => (result, None),
            Ok(Err(_)) => (Err("the check ended without an answer".to_owned()), None),
            Err(_) => (Err("the policies do not answer".to_owned()), Some(running)),
        };
        *last = Some(Checked {
            at: Instant::now(),
            result: result.clone(),
            running,
        });
        result
    }
}

impl Default for Health {
    fn default() -> Health {
        Health::new()
    }
}

/// Not through the queue: being busy is no fault, and a restart would make it worse.
fn start(evaluate: Arc<dyn Evaluate>) -> oneshot::Receiver<Result<(), String>> {
    let (sender, receiver) = oneshot::channel();
    // A thread that cannot start drops the sender, which is an answer too.
    let _ = std::thread::Builder::new()
        .name("health".into())
        .spawn(move || {
            evaluate.prepare_thread();
            // Nobody may be waiting any more.
            let _ = sender.send(ask(&*evaluate));
        });
    receiver
}

/// One policy that fails is its own fault, told by metrics and in its answers; a restart would
/// not mend it. When none answers, something below them is broken.
fn ask(evaluate: &dyn Evaluate) -> Result<(), String> {
    let object = r#"{"apiVersion":"config.openshift.io/v1","kind":"ImageDigestMirrorSet","metadata":{"name":"pullproof-health"},"spec":{"imageDigestMirrors":[{"source":"source.example/a","mirrors":["mirror.example/a"]}]}}"#;
    let request = Request {
        operation: Operation::Create,
        kind: Kind {
            group: "config.openshift.io",
            version: "v1",
            kind: "ImageDigestMirrorSet",
        },
        name: "pullproof-health",
        namespace: "",
        subresource: "",
        user: "system:pullproof-health",
        groups: &[],
        dry_run: true,
        object: Some(object),
        old_object: None,
    };
    let outcomes = evaluate.review(&request, Instant::now() + TIME / 2);
    if outcomes.iter().any(|outcome| outcome.result.is_ok()) {
        return Ok(());
    }
    let errors: Vec<_> = outcomes
        .into_iter()
        .filter_map(|outcome| outcome.result.err())
        .collect();
    match errors.as_slice() {
        [] => Err("there is no policy".to_owned()),
        errors => {
            let messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
            Err(messages.join("; "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Outcome, PolicyError, PolicyInfo};
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct Scripted {
        outcomes: Vec<bool>,
        n_asked: AtomicUsize,
    }

    impl Evaluate for Scripted {
        fn review(&self, _: &Request<'_>, _: Instant) -> Vec<Outcome> {
            self.n_asked.fetch_add(1, Ordering::Relaxed);
            let outcome = |is_good: &bool| Outcome {
                policy: "p".into(),
                is_repeated: false,
                result: match is_good {
                    true => Ok(Vec::new()),
                    false => Err(PolicyError {
                        code: "trap",
                        message: "it trapped".to_owned(),
                    }),
                },
            };
            self.outcomes.iter().map(outcome).collect()
        }

        fn policies(&self) -> Vec<PolicyInfo> {
            Vec::new()
        }
    }

    #[test]
    fn one_policy_that_answers_is_enough() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        for (outcomes, expected) in [
            (vec![true], Ok(())),
            (vec![false, true], Ok(())),
            (vec![false, false], Err("it trapped; it trapped")),
            (vec![], Err("there is no policy")),
        ] {
            let scripted = Arc::new(Scripted {
                outcomes,
                n_asked: AtomicUsize::new(0),
            });
            let health = Health::new();
            let check = || {
                let evaluate = Arc::clone(&scripted);
                runtime.block_on(health.check(|| evaluate, &[STUCK]))
            };
            assert_eq!(
                check().as_ref().map_err(|message| &**message),
                expected.as_ref().map_err(|message| *message)
            );
            assert_eq!(check().is_ok(), expected.is_ok());
            assert_eq!(
                scripted.n_asked.load(Ordering::Relaxed),
                1,
                "the second answer is the first"
            );
        }
        let stuck = runtime.block_on(Health::new().check(
            || {
                Arc::new(Scripted {
                    outcomes: vec![true],
                    n_asked: AtomicUsize::new(0),
                })
            },
            &[STUCK + Duration::from_millis(1), Duration::ZERO],
        ));
        assert_eq!(
            stuck,
            Err("a thread has been at one review for 60 s".to_owned())
        );
    }
}
