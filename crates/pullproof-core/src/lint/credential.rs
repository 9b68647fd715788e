//! Words for entries of pull secrets, which show no credential even where one is misplaced.

use super::words::code;
use crate::file::Span;
use crate::reference::looks_like_registry;
use crate::resource::pull_secret::{Credential, PullSecret};

/// Where to point at for an entry, and its key, where that is surely a registry.
pub(super) fn told(secret: &PullSecret, credential: &Credential) -> (Span, String) {
    let key = &credential.key;
    let name = key
        .value
        .split_once("://")
        .map_or(&*key.value, |(_, it)| it);
    let host = name.split('/').next().unwrap_or_default();
    let has_user = host.contains('@') || 1 < host.matches(':').count();
    match looks_like_registry(host) && !has_user {
        true => (key.span, code(&key.value)),
        false => (secret.span, "something that is no registry".to_owned()),
    }
}
