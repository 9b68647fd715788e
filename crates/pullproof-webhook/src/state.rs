//! The cluster's other objects, against which a change is judged: kept up to date aside, read
//! without waiting.

pub mod cluster;
pub mod directory;

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use pullproof_host::warm::ClusterState;

/// What is known of the cluster now.
pub struct State {
    known: ArcSwap<Known>,
    /// One change at a time; readers never wait for it.
    writing: Mutex<()>,
}

/// One version of what is known.
#[derive(Default)]
pub struct Known {
    /// The objects.
    pub objects: Arc<ClusterState>,
    /// Why answers rest on less than everything, one sentence for users.
    pub caveat: Option<String>,
    /// Counts versions, from 0.
    pub generation: u64,
}

impl State {
    /// Nothing is known, and nothing ever will be: each object is judged alone.
    pub fn none() -> State {
        State::new(None)
    }

    /// Nothing is known yet.
    pub fn unknown() -> State {
        State::new(Some(NOT_YET.to_owned()))
    }

    fn new(caveat: Option<String>) -> State {
        State {
            known: ArcSwap::from_pointee(Known {
                caveat,
                ..Known::default()
            }),
            writing: Mutex::new(()),
        }
    }

    /// What is known now.
    pub fn known(&self) -> Arc<Known> {
        self.known.load_full()
    }

    /// The number of the version that is known now.
    pub fn generation(&self) -> u64 {
        self.known.load().generation
    }

    /// Replaces what is known.
    pub fn publish(&self, objects: ClusterState, caveat: Option<String>) {
        let objects = Arc::new(objects);
        self.replace(|_| (objects, caveat));
    }

    /// Keeps the objects and says something else about them.
    pub fn set_caveat(&self, caveat: Option<String>) {
        if self.known.load().caveat != caveat {
            self.replace(|known| (Arc::clone(&known.objects), caveat));
        }
    }

    /// Says that some of these objects could not be read, unless others are known by now.
    pub fn tell_unreadable(&self, objects: &Arc<ClusterState>, unreadable: &[String]) {
        let Some(first) = unreadable.first() else {
            return;
        };
        let known = self.known.load();
        // More important things may have been said already.
        if !Arc::ptr_eq(&known.objects, objects) || known.caveat.is_some() {
            return;
        }
        let n_more = unreadable.len() - 1;
        let more = match n_more {
            0 => String::new(),
            n_more => format!(" (and {n_more} more)"),
        };
        self.set_caveat(Some(format!(
            "judged without an object of the cluster that cannot be read: {first}{more}"
        )));
    }

    fn replace(&self, next: impl FnOnce(&Known) -> (Arc<ClusterState>, Option<String>)) {
        let _guard = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.known.load();
        let (objects, caveat) = next(&known);
        self.known.store(Arc::new(Known {
            objects,
            caveat,
            generation: known.generation + 1,
        }));
    }
}

/// What users are told while the objects have not arrived.
const NOT_YET: &str =
    "the cluster's other objects are not known yet, so this object was judged alone";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_told_what_answers_rest_on() {
        assert_eq!(State::none().known().caveat, None);
        let state = State::unknown();
        assert_eq!(state.known().caveat.as_deref(), Some(NOT_YET));
        state.publish(ClusterState::default(), None);
        let old = Arc::clone(&state.known().objects);
        state.tell_unreadable(&old, &[]);
        assert_eq!(state.known().caveat, None);
        let unreadable = ["`a`: no mapping".to_owned(), "`b`: ends early".to_owned()];
        state.tell_unreadable(&old, &unreadable);
        let caveat = "judged without an object of the cluster that cannot be read: `a`: no mapping (and 1 more)";
        assert_eq!(state.known().caveat.as_deref(), Some(caveat));
        assert!(Arc::ptr_eq(&state.known().objects, &old));
        // A thread that still has the old objects says nothing about the new ones.
        state.publish(ClusterState::default(), None);
        state.tell_unreadable(&old, &unreadable);
        assert_eq!(state.known().caveat, None);
    }
}
