//! The policy that the core is.

use crate::bindings::exports::pullproof::policy::reviewer::{
    Description, Finding, Guest, Request, SettingsProblem,
};
use crate::{Component, boundary, cluster};
use pullproof_core::admission::{self, SETTINGS_SCHEMA};

/// The policy's name.
const NAME: &str = "pullproof";

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
        cluster::with(|cluster| {
            let review = admission::review(cluster, &request);
            boundary::findings(&review.files, review.findings)
        })
    }
}
