//! The policy that the core is.

use crate::bindings::exports::pullproof::policy::reviewer::{
    Description, Finding, Guest, Request, SettingsProblem,
};
use crate::{Component, boundary, cluster};
use pullproof_core::admission::{self, SETTINGS_SCHEMA};
use std::cell::Cell;

/// The policy's name.
const NAME: &str = "pullproof";

thread_local! {
    /// Whether no review was asked for yet.
    static IS_NEW: Cell<bool> = const { Cell::new(true) };
}

impl Guest for Component {
    fn describe() -> Description {
        Description {
            name: NAME.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: admission::every_rule().map(boundary::rule_of).collect(),
            settings_schema: SETTINGS_SCHEMA.to_owned(),
        }
    }

    fn configure(settings: String) -> Result<(), Vec<SettingsProblem>> {
        let problem =
            |admission::SettingsProblem { pointer, message }| SettingsProblem { pointer, message };
        cluster::configure(&settings)
            .map_err(|problems| problems.into_iter().map(problem).collect())
    }

    fn review(request: Request) -> Vec<Finding> {
        let request = boundary::request(&request);
        // Most hosts ask an instance once, and all its memory goes with it; what this keeps of the
        // first review is no more for those that ask again.
        let review = match IS_NEW.replace(false) {
            true => admission::last_review,
            false => admission::review,
        };
        cluster::with(|cluster| {
            let review = review(cluster, &request);
            boundary::findings(&review.files, review.findings)
        })
    }
}
