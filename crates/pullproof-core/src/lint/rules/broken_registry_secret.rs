//! `broken-registry-secret`: credentials for the storage of the cluster's own registry that its
//! operator cannot use.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, registry_operator};
use crate::model::Model;
use crate::resource::image_registry::NAMESPACE;
use crate::resource::image_registry::keyed::{CREDENTIALS, CredentialsFault, credentials_faults};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "broken-registry-secret",
        code: "PP126",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("broken_registry_secret.md"),
    },
    looks_at: Subject::Keyed,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let beside = &model.beside;
    let applied = beside.applied_registry.as_ref();
    for found in credentials_faults(applied, &beside.keyed, model.version) {
        let (message, help, says) = words(&found.fault);
        let label = match found.fault {
            CredentialsFault::NoAccount | CredentialsFault::NoContainer => "the Secret",
            _ => "the storage",
        };
        let other = found.other.map(|span| (span, label.to_owned()));
        let finding = emit.add(found.span, message).also_each(other);
        registry_operator::says(finding, help, says);
    }
}

/// What is wrong, what to do, and what the operator says, if it does.
fn words(fault: &CredentialsFault) -> (String, String, Option<String>) {
    const REMOVE: &str = "or remove the Secret for the operator to use the cluster's credentials";
    match fault {
        CredentialsFault::Missing(key, meant) => (
            format!("the storage needs {}, which the Secret has not", code(key)),
            match meant {
                Some(meant) => format!("rename the key {}", code(meant)),
                None => format!("add it, {REMOVE}"),
            },
            Some(format!(
                "secret \"{NAMESPACE}/{CREDENTIALS}\" does not contain required key \"{key}\""
            )),
        ),
        CredentialsFault::NoSwiftKeys { takes_token } => {
            let (or_token, token) = match takes_token {
                true => (" or a token", "; or 'REGISTRY_STORAGE_SWIFT_TOKENID'"),
                false => ("", ""),
            };
            (
                "the Secret has no credentials for Swift, or not all that belong together"
                    .to_owned(),
                format!(
                    "add a user with a password, or an application's credentials{or_token}, \
                     {REMOVE}"
                ),
                Some(format!(
                    "secret \"{NAMESPACE}/{CREDENTIALS}\" does not contain required keys \
                     'REGISTRY_STORAGE_SWIFT_USERNAME' and 'REGISTRY_STORAGE_SWIFT_PASSWORD'; or \
                     'REGISTRY_STORAGE_SWIFT_APPLICATIONCREDENTIALID', \
                     'REGISTRY_STORAGE_SWIFT_APPLICATIONCREDENTIALNAME' and \
                     'REGISTRY_STORAGE_SWIFT_APPLICATIONCREDENTIALSECRET'{token}"
                )),
            )
        }
        CredentialsFault::EmptyAccountKey => (
            "the key of the account is empty".to_owned(),
            format!("write the key, {REMOVE}"),
            Some(format!(
                "the secret {NAMESPACE}/{CREDENTIALS} has an empty value for \
                 REGISTRY_STORAGE_AZURE_ACCOUNTKEY; the secret should be removed so that the \
                 operator can use cluster-wide secrets or it should contain a valid storage \
                 account access key"
            )),
        ),
        CredentialsFault::NoAccount => (
            "the Secret has the key of an account that is not named".to_owned(),
            "write the `accountName`".to_owned(),
            Some("Storage account key is provided, but account name is not specified".to_owned()),
        ),
        CredentialsFault::NoContainer => (
            "the Secret has the key of an account, and no container is named".to_owned(),
            "write the `container`".to_owned(),
            Some("Storage account is provided, but container is not specified".to_owned()),
        ),
        CredentialsFault::Elsewhere => (
            format!("the operator reads this Secret in {} only", code(NAMESPACE)),
            "make it there".to_owned(),
            None,
        ),
    }
}
