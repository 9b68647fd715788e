//! `unmatched-registry-key`: credentials under a key that no pull looks for.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::credential::told;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::pull_secret::{Credential, KeyFault, PullSecret};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "unmatched-registry-key",
        code: "PP061",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("unmatched_registry_key.md"),
    },
    looks_at: Subject::PullSecrets,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for secret in &model.beside.pull_secrets {
        for credential in &secret.credentials {
            if let Some(fault) = credential.key_fault {
                tell(secret, credential, fault, emit);
            }
        }
    }
}

fn tell(secret: &PullSecret, credential: &Credential, fault: KeyFault, emit: &mut Emit<'_>) {
    let (span, key) = told(secret, credential);
    let (what, help) = match fault {
        KeyFault::Empty => ("is found by no pull", "write the registry's host"),
        KeyFault::Space => ("has white space, and is found by no pull", "remove it"),
        KeyFault::SlashAtEnd => (
            "ends with a slash, and is found by no pull",
            "remove the slash",
        ),
        KeyFault::TagOrDigest => (
            "has a tag or digest, and is found by no pull",
            "write the repository, a path above it, or the host",
        ),
        KeyFault::Wildcard => (
            "has a wildcard, which is not looked for when nodes pull from mirrors",
            "write an entry for each host",
        ),
        KeyFault::PathBehindScheme => (
            "has a scheme, so that its path is cut off and it stands for the whole host",
            "remove the scheme",
        ),
        KeyFault::Scheme => (
            "has a scheme other than `https://`, and is found by no pull",
            "remove the scheme",
        ),
    };
    emit.add(span, format!("the key {key} {what}")).help(help);
}
