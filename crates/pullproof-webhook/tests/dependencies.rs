//! What the webhook is made of: not the core, and no reader of YAML but kubeconfig's.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Crates that read YAML.
const YAML: [&str; 8] = [
    "granit-parser",
    "libyaml-rs",
    "saphyr",
    "saphyr-parser",
    "serde-saphyr",
    "serde_yaml",
    "unsafe-libyaml",
    "yaml_serde",
];

/// Every package by id, with the ids of what it links.
struct Graph {
    names: BTreeMap<String, String>,
    links: BTreeMap<String, Vec<String>>,
}

fn graph() -> Graph {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--offline"])
        .arg("--filter-platform=x86_64-unknown-linux-gnu")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    let names = packages
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let is_linked = |dep: &&Value| {
        let kinds = dep["dep_kinds"].as_array().unwrap();
        kinds.iter().any(|kind| kind["kind"].is_null())
    };
    let links_of = |node: &Value| {
        let deps = node["deps"].as_array().unwrap().iter();
        deps.filter(is_linked)
            .map(|dep| text(&dep["pkg"]))
            .collect()
    };
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap().iter();
    Graph {
        names,
        links: nodes
            .map(|node| (text(&node["id"]), links_of(node)))
            .collect(),
    }
}

impl Graph {
    /// The names of what the webhook links, without going on below `stop`.
    fn linked(&self, stop: &str) -> BTreeSet<&str> {
        let is_webhook = |id: &&String| self.names[*id] == "pullproof-webhook";
        let mut open: Vec<&String> = self.links.keys().filter(is_webhook).collect();
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if seen.insert(self.names[id].as_str()) && self.names[id] != stop {
                open.extend(&self.links[id]);
            }
        }
        seen
    }
}

#[test]
fn the_webhook_judges_in_the_sandbox_only() {
    let linked = graph();
    let linked = linked.linked("");
    assert!(linked.contains("pullproof-host"));
    assert!(!linked.contains("pullproof-core"));
}

#[test]
fn only_kubeconfig_files_are_read_as_yaml() {
    let graph = graph();
    let linked = graph.linked("kube-client");
    let readers: Vec<_> = YAML.iter().filter(|name| linked.contains(*name)).collect();
    assert!(readers.is_empty(), "{readers:?}");
    // The exception is still what it is known for, and the list above names its reader.
    let linked = graph.linked("");
    let readers: Vec<_> = YAML.iter().filter(|name| linked.contains(*name)).collect();
    assert!(readers.contains(&&"serde-saphyr"), "{readers:?}");
}
