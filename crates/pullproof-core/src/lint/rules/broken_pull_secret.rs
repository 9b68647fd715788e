//! `broken-pull-secret`: a pull secret that holds no usable credentials.

use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::credential::told;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::resource::pull_secret::{Credential, CredentialFault, PullSecret, PullSecretFault};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "broken-pull-secret",
        code: "PP060",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("broken_pull_secret.md"),
    },
    looks_at: Subject::PullSecrets,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    for secret in &model.beside.pull_secrets {
        for fault in &secret.faults {
            let (message, help) = whole(fault.value);
            let finding = emit.add(fault.span, message);
            finding.help(help);
            if let PullSecretFault::WrongType(_) = fault.value {
                finding.severity(Severity::Warning);
            }
        }
        for credential in &secret.credentials {
            if let Some(fault) = credential.fault {
                entry(secret, credential, fault, emit);
            }
        }
    }
}

fn whole(fault: PullSecretFault) -> (String, String) {
    match fault {
        PullSecretFault::NotBase64 => (
            "the pull secret is not base64".to_owned(),
            "encode it, or give it as it is below `stringData`".to_owned(),
        ),
        PullSecretFault::NotJson => (
            "the pull secret is not JSON".to_owned(),
            "paste the whole text again, in single quotes".to_owned(),
        ),
        PullSecretFault::NotObject => (
            "the pull secret is no JSON object".to_owned(),
            "write `{\"auths\": {…}}`".to_owned(),
        ),
        PullSecretFault::NoAuths => (
            "the pull secret has no `auths`".to_owned(),
            "write `{\"auths\": {…}}` with an entry for each registry".to_owned(),
        ),
        PullSecretFault::NoKey(key) => (
            format!("the secret has no `{key}`, which its type asks for"),
            format!("add `{key}` to its `data`"),
        ),
        PullSecretFault::WrongType(name) => (
            "the secret's type is not that of a pull secret".to_owned(),
            format!("write `type: {name}`"),
        ),
        PullSecretFault::NotText => (
            "the pull secret is not text".to_owned(),
            "put the JSON in single quotes".to_owned(),
        ),
    }
}

fn entry(
    secret: &PullSecret,
    credential: &Credential,
    fault: CredentialFault,
    emit: &mut Emit<'_>,
) {
    let (span, key) = told(secret, credential);
    let what = match fault {
        CredentialFault::NotObject => "is no object",
        CredentialFault::Neither => "has neither `auth` nor `credsStore`",
        CredentialFault::NotText => "has an `auth` that is not text",
        CredentialFault::Empty => "has an empty `auth`",
        CredentialFault::NotBase64 => "has an `auth` that is not base64",
        CredentialFault::NoColon => "has an `auth` without a colon between user and password",
        CredentialFault::HalfEmpty => "has an `auth` without a user or without a password",
        CredentialFault::Repeated => "is given twice, of which the last counts",
    };
    let finding = emit.add(span, format!("the entry for {key} {what}"));
    match fault {
        CredentialFault::Repeated => finding
            .severity(Severity::Warning)
            .help("remove one of them"),
        // Both are what a credential helper or a registry without users leaves.
        CredentialFault::Empty => finding
            .severity(Severity::Warning)
            .help("remove it, or write base64 of `USER:PASSWORD`"),
        _ => finding.help("write base64 of `USER:PASSWORD`, on one line, as `auth`"),
    };
}
