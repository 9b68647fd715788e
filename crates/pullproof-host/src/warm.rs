//! An instance of the core that lives on and keeps the parsed cluster.
//!
//! Only for the core, whose code is ours: a plugin could carry something from one review into
//! the next.

use crate::bindings::exports::pullproof::policy::cluster;
use crate::error::PolicyError;
use crate::policy::{Instance, Policy};
use crate::recent::Recent;
use crate::types::{File, Finding, Request};
use std::sync::Arc;
use std::time::Instant;

/// Reviews after which an instance makes room for a new one, so that nothing can pile up.
const REVIEWS_MAX: u32 = 100_000;

/// Memory from which on an instance makes room for a new one after a review, in bytes.
const MEMORY_BYTES_MAX: usize = 32 << 20;

/// The objects that reviews are judged against.
#[derive(Default, Debug)]
pub struct ClusterState {
    /// Texts of objects, each with its name.
    pub files: Vec<File>,
}

/// The core, with the cluster in mind.
pub struct Warm {
    policy: Policy,
    state: Arc<ClusterState>,
    instance: Option<Instance>,
    /// The cluster's texts that could not be read, each with its name and the reason.
    pub unreadable: Vec<String>,
    n_reviews: u32,
    /// The memory of an instance that only holds the cluster, in bytes.
    memory_bytes: usize,
    /// What was answered for the same cluster.
    recent: Recent,
}

/// What the core says, and whether it was asked.
#[derive(Debug)]
pub struct Said {
    /// The findings.
    pub findings: Vec<Finding>,
    /// Whether they are those of an earlier review, to the same request and the same cluster.
    pub is_repeated: bool,
}

impl Warm {
    /// Takes the core's policy; the instance is made by the first review.
    pub fn new(policy: Policy) -> Warm {
        Warm {
            policy,
            state: Arc::new(ClusterState::default()),
            instance: None,
            unreadable: Vec::new(),
            n_reviews: 0,
            memory_bytes: 0,
            recent: Recent::default(),
        }
    }

    /// Judges later reviews against another cluster; nothing happens when it is the same one.
    pub fn set_state(&mut self, state: &Arc<ClusterState>) {
        if !Arc::ptr_eq(&self.state, state) {
            self.state = Arc::clone(state);
            self.instance = None;
            self.recent.clear();
        }
    }

    /// Makes the instance if there is none, so that the next review does not have to.
    ///
    /// # Errors
    /// When the policy fails or does not finish before `deadline`.
    pub fn prepare(&mut self, deadline: Instant) -> Result<(), PolicyError> {
        if self.instance.is_none() {
            self.instance = Some(self.started(deadline)?);
        }
        Ok(())
    }

    /// Judges a change, or repeats what was said to the same one a moment ago.
    ///
    /// # Errors
    /// When the policy fails or does not finish before `deadline`; the next review has a new
    /// instance then.
    pub fn review(
        &mut self,
        request: &Request<'_>,
        deadline: Instant,
    ) -> Result<Said, PolicyError> {
        if let Some(findings) = self.recent.find(request) {
            return Ok(Said {
                findings: findings.to_vec(),
                is_repeated: true,
            });
        }
        let findings = self.asked(request, deadline)?;
        self.recent.keep(&findings);
        Ok(Said {
            findings,
            is_repeated: false,
        })
    }

    fn asked(
        &mut self,
        request: &Request<'_>,
        deadline: Instant,
    ) -> Result<Vec<Finding>, PolicyError> {
        let mut instance = match self.instance.take() {
            Some(mut instance) => {
                let deadline = deadline.min(Instant::now() + self.policy.limits.deadline);
                self.policy.host().engine.arm(&mut instance.store, deadline);
                instance
            }
            None => self.started(deadline)?,
        };
        let findings = instance.review(&self.policy, request)?;
        self.n_reviews += 1;
        let memory_bytes = instance.store.data().memory_peak_bytes;
        let is_worn = REVIEWS_MAX <= self.n_reviews
            || self.memory_bytes.saturating_add(MEMORY_BYTES_MAX) < memory_bytes;
        if !is_worn {
            self.instance = Some(instance);
        }
        Ok(findings)
    }

    fn started(&mut self, deadline: Instant) -> Result<Instance, PolicyError> {
        let mut instance = self.policy.instance(deadline)?;
        self.unreadable.clear();
        if !self.state.files.is_empty() {
            let failed = |instance: &Instance, error| self.policy.failed(&instance.store, &error);
            let guest = cluster::GuestIndices::new(self.policy.pre())
                .and_then(|indices| indices.load(&mut instance.store, &instance.instance));
            let guest = guest.map_err(|error| failed(&instance, error))?;
            let files: Vec<cluster::File<'_>> = self
                .state
                .files
                .iter()
                .map(|File { name, text }| cluster::File { name, text })
                .collect();
            let answer = guest.call_replace(&mut instance.store, &files);
            let answer = answer.map_err(|error| failed(&instance, error))?;
            self.unreadable = answer.err().unwrap_or_default();
        }
        self.n_reviews = 0;
        self.memory_bytes = instance.store.data().memory_peak_bytes;
        Ok(instance)
    }
}
