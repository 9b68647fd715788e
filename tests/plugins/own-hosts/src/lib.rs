//! An example policy: mirrors only under our own hosts.
//!
//! Settings: `{"hosts": ["mirror.example.com", "mirror.example.com:5000"]}`.

mod bindings;

use bindings::exports::pullproof::policy::reviewer::{
    Description, Finding, Guest, Request, Rule, SettingsProblem, Severity,
};
use serde::Deserialize;
use serde_json::Value;
use std::cell::RefCell;

// The standard library's does as well, but lets the memory of each new instance grow.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: guest_memory::Memory = guest_memory::Memory::new();

thread_local! {
    static HOSTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    hosts: Vec<String>,
}

struct OwnHosts;

impl Guest for OwnHosts {
    fn describe() -> Description {
        Description {
            name: "own-hosts".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: vec![Rule {
                id: "foreign-mirror".to_owned(),
                code: "OH001".to_owned(),
                severity: Severity::Error,
                summary: "A mirror is under a host that is not ours.".to_owned(),
            }],
            settings_schema: include_str!("settings.schema.json").to_owned(),
        }
    }

    fn configure(settings: String) -> Result<(), Vec<SettingsProblem>> {
        let problem = |error: serde_json::Error| SettingsProblem {
            pointer: String::new(),
            message: error.to_string(),
        };
        let settings: Settings = serde_json::from_str(&settings).map_err(|e| vec![problem(e)])?;
        HOSTS.set(settings.hosts);
        Ok(())
    }

    fn review(request: Request) -> Vec<Finding> {
        let object = request.object.as_deref().map(serde_json::from_str);
        let Some(Ok(object)) = object else {
            return Vec::new();
        };
        let mirrors = mirrors(&object);
        let foreign = mirrors.filter(|(_, mirror)| {
            let host = mirror.split('/').next().unwrap_or(mirror);
            HOSTS.with_borrow(|hosts| !hosts.iter().any(|ours| ours == host))
        });
        foreign
            .map(|(path, mirror)| finding(path, &mirror))
            .collect()
    }
}

/// Every mirror with its path, in any of the lists that mirror sets have.
fn mirrors(object: &Value) -> impl Iterator<Item = (String, String)> {
    let lists = [
        "imageDigestMirrors",
        "imageTagMirrors",
        "repositoryDigestMirrors",
    ];
    lists.into_iter().flat_map(move |list| {
        let entries = object["spec"][list].as_array().cloned().unwrap_or_default();
        entries.into_iter().enumerate().flat_map(move |(i, entry)| {
            let mirrors = entry["mirrors"].as_array().cloned().unwrap_or_default();
            mirrors
                .into_iter()
                .enumerate()
                .filter_map(move |(j, mirror)| {
                    let path = format!("spec.{list}[{i}].mirrors[{j}]");
                    mirror.as_str().map(|mirror| (path, mirror.to_owned()))
                })
        })
    })
}

fn finding(path: String, mirror: &str) -> Finding {
    Finding {
        rule: "foreign-mirror".to_owned(),
        code: "OH001".to_owned(),
        severity: Severity::Error,
        message: format!("mirror `{mirror}` is under a host that is not ours"),
        place: None,
        object: None,
        path,
        related: Vec::new(),
        help: Some("use one of the hosts in the policy's settings".to_owned()),
    }
}
