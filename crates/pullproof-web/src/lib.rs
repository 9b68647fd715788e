//! The core for the page: texts and questions in, one snapshot out, both as JSON.
//!
//! Nothing here knows of the page but the shape of what is said; `www/src/snapshot.ts` says the
//! same in the page's language.

mod ask;
mod changes;
mod cluster;
mod conf;
mod finding;
mod fix;
mod graph;
mod migrate;
mod place;
mod rollout;
mod snapshot;
mod trace;

// Its `memcmp`; an allocator of small values side by side, as the standard one, is faster here.
#[cfg(target_arch = "wasm32")]
use guest_memory as _;
use pullproof_core::lint::rules;
use pullproof_core::openshift::OpenShift;
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

/// Works out a snapshot; gives `{"error": TEXT}` for what is no request.
#[wasm_bindgen]
pub fn snapshot(request: &str) -> String {
    match ask::request(request) {
        Ok(request) => written(&snapshot::snapshot(&request)),
        Err(error) => refused(&error),
    }
}

/// Works out the texts after fixes; gives `{"error": TEXT}` for what is no request.
#[wasm_bindgen]
pub fn fix(request: &str) -> String {
    match ask::fix(request) {
        Ok(wanted) => match fix::fix(&wanted) {
            Ok(fixed) => written(&fixed),
            Err(error) => refused(&error),
        },
        Err(error) => refused(&error),
    }
}

/// What the engine is.
#[wasm_bindgen]
pub fn about() -> String {
    #[derive(Serialize)]
    struct About {
        version: &'static str,
        releases: Vec<&'static str>,
        n_rules: usize,
    }
    written(&About {
        version: env!("CARGO_PKG_VERSION"),
        releases: OpenShift::ALL.iter().map(|(_, name)| *name).collect(),
        n_rules: rules::ALL.len(),
    })
}

fn refused(error: &str) -> String {
    #[derive(Serialize)]
    struct Refused<'a> {
        error: &'a str,
    }
    written(&Refused { error })
}

fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data is always JSON")
}
