//! All questions, several at a time, again where something passing was in the way.

use super::answer::{Answer, Failure, Kind, Question};
use super::registry;
use super::secret::Secret;
use super::session::Network;
use anyhow::Result;
use futures_util::stream::{self, StreamExt as _};
use pullproof_core::reference::Reference;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

/// The wait before the second try; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest wait, whatever a registry asks for.
// From containers/image, docker/docker_client.go `backoffMaxDelay`.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How hard is asked.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// Most questions at a time.
    pub(crate) concurrency: usize,
    /// Most tries after the first.
    pub(crate) retries: u32,
}

/// Asks every question and tells each answer as it comes.
///
/// # Errors
/// What telling an answer fails with; the rest is not asked then.
pub(crate) async fn ask_all(
    network: &Network<'_>,
    secret: &Secret,
    questions: &[Question],
    effort: Effort,
    mut tell: impl FnMut(&Question, Answer) -> Result<()>,
) -> Result<()> {
    let asking = Asking {
        network,
        secret,
        retries: effort.retries,
        unreachable: RefCell::default(),
    };
    let asked = questions
        .iter()
        .map(async |question| (question, asking.ask(question).await));
    let mut answers = stream::iter(asked).buffer_unordered(effort.concurrency);
    while let Some((question, answer)) = answers.next().await {
        tell(question, answer)?;
    }
    Ok(())
}

/// What all questions are asked with.
struct Asking<'a> {
    network: &'a Network<'a>,
    secret: &'a Secret,
    retries: u32,
    /// Endpoints, by host and whether they are insecure, where nobody was reached: asking there
    /// for each of a thousand images would take as many timeouts.
    unreachable: RefCell<BTreeMap<(String, bool), Failure>>,
}

impl Asking<'_> {
    async fn ask(&self, question: &Question) -> Answer {
        let reference = Reference::parse_canonical(question.reference.clone());
        let (name, host) = match &reference {
            Ok(reference) => (reference.name(), reference.domain()),
            Err(_) => ("", ""),
        };
        let credentials = match self.secret.for_name(name) {
            Ok(credentials) => credentials,
            Err(reason) => return Answer::new(Kind::Refused, reason),
        };
        let endpoint = (host.to_owned(), question.insecure);
        let mut n_tries = 0;
        loop {
            if let Some(failure) = self.unreachable.borrow().get(&endpoint) {
                return Answer::new(failure.kind, format!("{}, as before", failure.detail));
            }
            let (answer, led_to) = registry::ask(self.network, question, &credentials).await;
            let mut answer = match answer {
                Ok(answer) => answer,
                Err(failure) if failure.is_passing && n_tries < self.retries => {
                    tokio::time::sleep(wait(n_tries, &failure)).await;
                    n_tries += 1;
                    continue;
                }
                Err(failure) => {
                    let answer = Answer::new(failure.kind, failure.detail.clone());
                    if failure.is_unreachable {
                        self.unreachable.borrow_mut().insert(endpoint, failure);
                    }
                    answer
                }
            };
            answer.led_to = led_to;
            return answer;
        }
    }
}

/// How long to wait after a try, counted from 0.
fn wait(n_tries: u32, failure: &Failure) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(n_tries));
    let wanted = failure.wait_seconds.map(Duration::from_secs);
    wanted.unwrap_or(doubled).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_the_last_up_to_the_longest() {
        let check = |n_tries, wait_seconds, expected_ms| {
            let failure = Failure {
                wait_seconds,
                ..Failure::passing(Kind::Failed, "")
            };
            let expected = Duration::from_millis(expected_ms);
            assert_eq!(
                wait(n_tries, &failure),
                expected,
                "{n_tries} {wait_seconds:?}"
            );
        };
        check(0, None, 500);
        check(1, None, 1_000);
        check(6, None, 32_000);
        check(7, None, 60_000);
        check(u32::MAX, None, 60_000);
        check(0, Some(3), 3_000);
        check(0, Some(0), 0);
        check(0, Some(60), 60_000);
        check(0, Some(61), 60_000);
    }
}
