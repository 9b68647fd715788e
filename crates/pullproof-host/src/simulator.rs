//! Everything else the core answers, asked of its component.
//!
//! Types are those made from `wit/pullproof.wit`, where they are documented.

use crate::bindings::exports::pullproof::policy::simulator::{Guest, GuestIndices};
use crate::error::PolicyError;
use crate::policy::{Instance, Policy};
use std::time::Instant;

pub use crate::bindings::exports::pullproof::policy::reviewer::{
    Finding as WireFinding, Rule as WireRule,
};
pub use crate::bindings::exports::pullproof::policy::simulator::{
    Attempt, Candidate, Change, ChangedPull, File, Judgement, NodeFile, Origin, Refusal,
    ReportForm, Settings, Trace, Verdict,
};

/// An instance of the core that answers questions.
pub struct Simulator {
    policy: Policy,
    instance: Instance,
    guest: Guest,
}

/// What the core says to a question: an answer, or why there is none.
pub type Answer<T> = Result<Result<T, String>, PolicyError>;

impl Simulator {
    /// Starts an instance of the core's policy, whose first question must end before `deadline`.
    ///
    /// # Errors
    /// When the policy fails, or is not the core.
    pub fn new(policy: &Policy, deadline: Instant) -> Result<Simulator, PolicyError> {
        let mut instance = policy.instance(deadline)?;
        let guest = GuestIndices::new(policy.pre())
            .and_then(|indices| indices.load(&mut instance.store, &instance.instance))
            .map_err(|error| policy.failed(&instance.store, &error))?;
        Ok(Simulator {
            policy: policy.clone(),
            instance,
            guest,
        })
    }

    /// Gives the next question a time of its own.
    pub fn set_deadline(&mut self, deadline: Instant) {
        self.policy
            .host()
            .engine
            .arm(&mut self.instance.store, deadline);
    }

    /// Every rule: those of `lint`, then those of changes.
    ///
    /// # Errors
    /// When the instance fails, as with all that follow; it answers nothing afterwards.
    pub fn rules(&mut self) -> Result<Vec<WireRule>, PolicyError> {
        let answer = self.guest.call_rules(&mut self.instance.store);
        self.taken(answer)
    }

    /// What is wrong with the objects.
    ///
    /// # Errors
    /// When the instance fails.
    pub fn lint(&mut self, files: &[File<'_>], settings: Settings<'_>) -> Answer<Vec<WireFinding>> {
        let answer = self
            .guest
            .call_lint(&mut self.instance.store, files, settings);
        self.taken(answer)
    }

    /// The findings of `lint` as a report.
    ///
    /// # Errors
    /// When the instance fails.
    pub fn report(
        &mut self,
        files: &[File<'_>],
        settings: Settings<'_>,
        form: ReportForm,
    ) -> Answer<String> {
        let store = &mut self.instance.store;
        let answer = self.guest.call_report(store, files, settings, form);
        self.taken(answer)
    }

    /// What happens to images.
    ///
    /// # Errors
    /// When the instance fails.
    pub fn resolve(
        &mut self,
        files: &[File<'_>],
        settings: Settings<'_>,
        images: &[&str],
    ) -> Answer<Vec<Trace>> {
        let store = &mut self.instance.store;
        let answer = self.guest.call_resolve(store, files, settings, images);
        self.taken(answer)
    }

    /// The files nodes get, or every reason for which they get none.
    ///
    /// # Errors
    /// When the instance fails.
    pub fn render(
        &mut self,
        files: &[File<'_>],
        settings: Settings<'_>,
    ) -> Answer<Result<Vec<NodeFile>, Vec<Refusal>>> {
        let answer = self
            .guest
            .call_render(&mut self.instance.store, files, settings);
        self.taken(answer)
    }

    /// The pulls that a change of objects alters.
    ///
    /// # Errors
    /// When the instance fails.
    pub fn compare(
        &mut self,
        before: &[File<'_>],
        after: &[File<'_>],
        settings: Settings<'_>,
    ) -> Answer<Vec<ChangedPull>> {
        let store = &mut self.instance.store;
        let answer = self.guest.call_compare(store, before, after, settings);
        self.taken(answer)
    }

    /// Answers one request of the machine interface.
    ///
    /// # Errors
    /// When the instance fails.
    pub fn batch(&mut self, request: &str) -> Result<String, PolicyError> {
        let answer = self.guest.call_batch(&mut self.instance.store, request);
        self.taken(answer)
    }

    fn taken<T>(&self, answer: wasmtime::Result<T>) -> Result<T, PolicyError> {
        answer.map_err(|error| self.policy.failed(&self.instance.store, &error))
    }
}
