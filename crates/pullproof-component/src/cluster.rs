//! The cluster that reviews are judged against, kept for as long as the instance lives.

use crate::Component;
use crate::bindings::exports::pullproof::policy::cluster::{File, Guest};
use pullproof_core::admission::{Cluster, SettingsProblem, read_settings};
use pullproof_core::model::Settings;
use std::cell::RefCell;

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State::new());
}

/// What a review is judged against.
struct State {
    settings: Settings,
    /// The texts, for a cluster that is read again for other settings.
    texts: Vec<(String, String)>,
    cluster: Cluster,
}

impl State {
    fn new() -> State {
        let settings = read_settings("{}").expect("no settings are good settings");
        State {
            cluster: Cluster::new(Vec::new(), settings.clone()).0,
            settings,
            texts: Vec::new(),
        }
    }
}

/// Takes settings; the cluster is read again when they differ.
pub(crate) fn configure(text: &str) -> Result<(), Vec<SettingsProblem>> {
    let settings = read_settings(text)?;
    STATE.with_borrow_mut(|state| {
        if state.settings != settings {
            state.cluster = Cluster::new(state.texts.clone(), settings.clone()).0;
            state.settings = settings;
        }
    });
    Ok(())
}

/// Asks something about the cluster.
pub(crate) fn with<T>(ask: impl FnOnce(&Cluster) -> T) -> T {
    STATE.with_borrow(|state| ask(&state.cluster))
}

impl Guest for Component {
    fn replace(files: Vec<File>) -> Result<(), Vec<String>> {
        let texts: Vec<(String, String)> = files
            .into_iter()
            .map(|File { name, text }| (name, text))
            .collect();
        STATE.with_borrow_mut(|state| {
            let (cluster, unreadable) = Cluster::new(texts.clone(), state.settings.clone());
            state.cluster = cluster;
            state.texts = texts;
            match unreadable.is_empty() {
                true => Ok(()),
                false => Err(unreadable),
            }
        })
    }
}
