//! Which blocked registries nodes really get, so that they can still pull the release image.

use crate::file::{Span, Spanned};
use crate::go_text::{quote, quote_list};
use crate::openshift::OpenShift;
use crate::reference::Reference;
use crate::registries::Conf;
use crate::registries::load::{self, ConfFile};
use crate::registries::merge::{self, Changes};
use crate::registries::refusal::Refusal;
use crate::resolve::resolve;
use crate::resource::image_config::ImageConfig;
use crate::resource::mirror_set::{MirrorSet, MirrorSetKind};
use crate::scope::index::ScopeIndex;
use crate::scope::{Nesting, is_nested};
use std::fmt;

/// The lists that reach the files of a node; an absent list differs from an empty one.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Lists {
    /// The blocked scopes for registries.conf.
    pub registries_blocked: Option<Vec<Spanned<String>>>,
    /// The blocked scopes for policy.json.
    pub policy_blocked: Option<Vec<Spanned<String>>>,
    /// The allowed scopes for policy.json, the release image's repository added where needed;
    /// that has the place of the blocked scope that calls for it.
    pub allowed: Option<Vec<Spanned<String>>>,
    /// What the operator only logs.
    pub warnings: Vec<Warning>,
}

/// What the operator does otherwise than it was told, and only logs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Warning {
    /// Scopes that would block the release image are left out.
    NotBlocked {
        /// The scopes, as written.
        scopes: Vec<Spanned<String>>,
        /// Whether the release compares repositories, or only hosts.
        compared: Compared,
    },
    /// A scope that contains the release image is blocked, because a mirror has it.
    BlockedWithMirror(Spanned<String>),
    /// No list at all is used, because the trial failed; the text is the library's.
    NothingUsed {
        /// Why.
        text: String,
        /// The blocked scope that was tried.
        span: Span,
    },
}

/// What of the release image a blocked scope is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compared {
    /// Its host, until 4.10.
    Registry,
    /// Its repository.
    Repository,
}

impl Warning {
    /// The places responsible.
    pub fn spans(&self) -> Vec<Span> {
        match self {
            Warning::NotBlocked { scopes, .. } => scopes.iter().map(|scope| scope.span).collect(),
            Warning::BlockedWithMirror(scope) => vec![scope.span],
            Warning::NothingUsed { span, .. } => vec![*span],
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::NotBlocked {
                scopes,
                compared: Compared::Repository,
            } => write!(
                f,
                "error adding {} to blocked registries, \
                 cannot block the repository being used by the payload",
                quote_list(scopes.iter().map(|scope| scope.value.as_str()))
            ),
            Warning::NotBlocked {
                scopes,
                compared: Compared::Registry,
            } => write!(
                f,
                "error adding {} to blocked registries, \
                 cannot block the registry being used by the payload",
                quote(scopes.first().map_or("", |scope| &scope.value))
            ),
            Warning::BlockedWithMirror(scope) => write!(
                f,
                "{} matches the payload repository, but will add it to the list of blocked \
                 registries as there are mirror rules configured for it",
                quote(&scope.value)
            ),
            Warning::NothingUsed { text, .. } => f.write_str(text),
        }
    }
}

/// The lists that nodes get.
///
/// # Errors
///
/// The controller crashes over a blocked scope.
pub fn lists(
    payload: &Reference,
    image: &ImageConfig,
    mirror_sets: &[&MirrorSet],
    version: OpenShift,
) -> Result<Lists, Refusal> {
    if version < OpenShift::V4_11 {
        return Ok(lists_by_registry(payload, image));
    }
    // From openshift/machine-config-operator, pkg/controller/container-runtime-config/helpers.go
    // getValidBlockedAndAllowedRegistries.
    let mut lists = Lists::default();
    let mut registries_blocked = Vec::new();
    let mut policy_blocked = Vec::new();
    let mut allowed = Vec::new();
    let mut not_blocked = Vec::new();
    let mut usable = None;
    for scope in image.blocked.iter().flatten() {
        if !is_nested(payload.name(), &scope.value) {
            registries_blocked.push(scope.clone());
            policy_blocked.push(scope.clone());
            continue;
        }
        let is_usable = match usable {
            Some(is_usable) => is_usable,
            None => match is_mirror_usable(payload, image, mirror_sets, version) {
                Ok(Some(is_usable)) => is_usable,
                Ok(None) => return Err(Refusal::PayloadCrash(scope.span)),
                Err(text) => {
                    let span = scope.span;
                    lists.warnings.push(Warning::NothingUsed { text, span });
                    return Ok(lists);
                }
            },
        };
        usable = Some(is_usable);
        if !is_usable {
            not_blocked.push(scope.clone());
            continue;
        }
        lists
            .warnings
            .push(Warning::BlockedWithMirror(scope.clone()));
        registries_blocked.push(scope.clone());
        if payload.name() != scope.value {
            policy_blocked.push(scope.clone());
        }
        allowed.push(Spanned::new(payload.name().to_owned(), scope.span));
    }
    if !not_blocked.is_empty() {
        lists.warnings.push(Warning::NotBlocked {
            scopes: not_blocked,
            compared: Compared::Repository,
        });
    }
    allowed.extend(image.allowed.iter().flatten().cloned());
    lists.registries_blocked = some_unless_empty(registries_blocked);
    lists.policy_blocked = some_unless_empty(policy_blocked);
    lists.allowed = some_unless_empty(allowed);
    Ok(lists)
}

/// The rule until 4.10: the first entry that is the host of the release image is left out.
fn lists_by_registry(payload: &Reference, image: &ImageConfig) -> Lists {
    // From openshift/machine-config-operator, release-4.6,
    // pkg/controller/container-runtime-config/helpers.go getValidBlockedRegistries.
    let mut blocked = image.blocked.clone().unwrap_or_default();
    let matching = blocked
        .iter()
        .position(|scope| scope.value == payload.domain());
    let warnings = matching.map(|at| Warning::NotBlocked {
        scopes: vec![blocked.remove(at)],
        compared: Compared::Registry,
    });
    let blocked = some_unless_empty(blocked);
    Lists {
        registries_blocked: blocked.clone(),
        policy_blocked: blocked,
        allowed: image.allowed.clone(),
        warnings: warnings.into_iter().collect(),
    }
}

/// Whether the release image can be pulled from somewhere that is not blocked.
///
/// `None` when no table of the trial configuration matches. Mirrors for tags are not counted.
fn is_mirror_usable(
    payload: &Reference,
    image: &ImageConfig,
    mirror_sets: &[&MirrorSet],
    version: OpenShift,
) -> Result<Option<bool>, String> {
    // From openshift/machine-config-operator, pkg/controller/container-runtime-config/helpers.go
    // payloadRepoHasUnblockedMirror, createTempRegistriesFile.
    let digest_sets: Vec<&MirrorSet> = mirror_sets
        .iter()
        .filter(|set| set.kind != MirrorSetKind::ImageTagMirrorSet)
        .copied()
        .collect();
    let blocked = image.blocked.as_deref().unwrap_or_default();
    let changes = Changes {
        mirror_sets: &digest_sets,
        insecure: image.insecure.as_deref().unwrap_or_default(),
        blocked,
    };
    let mut conf = Conf::default();
    if let Err(refusals) = merge::edit(&mut conf, &changes, version) {
        return Err(refusals.first().map(Refusal::reason).unwrap_or_default());
    }
    // The operator writes a temporary file, whose name is random.
    let name = "registries.conf".to_owned();
    let registries = load::load(Some(ConfFile { name, conf }), Vec::new(), version);
    let registries = registries.map_err(|errors| {
        let first = errors.first().map(ToString::to_string);
        first.unwrap_or_default()
    })?;
    let resolution = resolve(&registries, payload);
    if resolution.registry.is_none() {
        return Ok(None);
    }
    let attempts = resolution.attempts.map_err(|error| error.to_string())?;
    let mut index = ScopeIndex::new(Nesting::of(version));
    for scope in blocked {
        index.insert(&scope.value, ());
    }
    let is_open = |name: &str| index.containing(name).is_empty();
    Ok(Some(
        attempts
            .iter()
            .any(|attempt| is_open(attempt.reference.name())),
    ))
}

fn some_unless_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
