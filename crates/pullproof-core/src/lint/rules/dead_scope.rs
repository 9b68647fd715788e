//! `dead-scope`: a source or registry that is part of no image's name, so that it does nothing.

use crate::file::Spanned;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, form};
use crate::model::Model;
use crate::reference::{NAME_MAX_BYTES, Reference, looks_like_registry};
use crate::registries::index::match_length;
use crate::registries::load::Registries;
use crate::scope::authority_of;
use crate::scope::form::{Form, fault};
use crate::sorted::Set;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "dead-scope",
        code: "PP021",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("dead_scope.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

/// What is asked for below a scope, to see whether the scope is part of any name.
const COMPONENT: &str = "example";

/// The domain that stands for `docker.io` in what people write, and never in what nodes compare.
// From containers/image, docker/reference/normalize.go legacyDefaultDomain.
const LEGACY_DOMAIN: &str = "index.docker.io";

/// Most bytes of a scope that leave room for a name below it.
const PLAIN_BYTES_MAX: usize = NAME_MAX_BYTES - COMPONENT.len() - 1;

fn check(model: &Model, emit: &mut Emit<'_>) {
    // What is refused or not loaded is told by others.
    let Some(registries) = model.loaded() else {
        return;
    };
    let mut told = Set::new();
    for entry in model.entries().filter(|entry| !entry.mirrors.is_empty()) {
        let source = &entry.source;
        let host = authority_of(&source.value);
        // A part without a dot is another rule's.
        if !looks_like_registry(host) {
            continue;
        }
        let why = dead(trimmed(&source.value))
            .or_else(|| overridden(&source.value, registries))
            .or_else(|| capitals(&source.value));
        if why.is_some() && told.insert(source.value.as_str()) {
            tell(why, "source", source, emit);
        }
    }
    let is_overridden_for_tls = |text: &str| {
        let why = overridden(text, registries)?;
        match &why {
            Why::Overridden(wildcard) => {
                let id = registries.find(&format!("{COMPONENT}{}", &wildcard[1..]))?;
                (!registries.registry(id).insecure).then_some(why)
            }
            _ => None,
        }
    };
    for registry in model.image.insecure.iter().flatten() {
        let text = trimmed(&registry.value);
        let why = dead(text).or_else(|| is_overridden_for_tls(text));
        tell(why, "insecure registry", registry, emit);
    }
    // A tag or a digest counts in policy.json, which blocks and allows by whole names, too.
    for registry in model.image.blocked.iter().flatten() {
        let why = dead(trimmed(&registry.value)).filter(|_| !is_image(&registry.value));
        let why = why.or_else(|| capitals(&registry.value));
        tell(why, "blocked registry", registry, emit);
    }
    for registry in model.image.allowed.iter().flatten() {
        let why = dead(&registry.value).filter(|_| !is_image(&registry.value));
        let why = why.or_else(|| capitals(&registry.value));
        tell(why, "allowed registry", registry, emit);
    }
}

/// Why a scope does nothing.
enum Why {
    /// No name has it.
    NoName,
    /// Names that are written with it become others, which have this in its place.
    Renamed(String),
    /// A wildcard of the same length comes before it.
    Overridden(String),
    /// Its host has capitals, which names hardly ever have.
    Capitals,
}

/// A scope as nodes read it from registries.conf.
// From containers/image, pkg/sysregistriesv2 `parseLocation`.
fn trimmed(scope: &str) -> &str {
    scope.trim_end_matches('/')
}

fn dead(scope: &str) -> Option<Why> {
    if let Some(rest) = scope.strip_prefix(LEGACY_DOMAIN)
        && (rest.is_empty() || rest.starts_with('/'))
    {
        return Some(Why::Renamed(format!("docker.io{rest}")));
    }
    // What has the form of a source is nearly always part of a name, and quickly known.
    if scope.len() <= PLAIN_BYTES_MAX
        && Form::Source.matches(scope)
        && looks_like_registry(authority_of(scope))
    {
        return None;
    }
    let name = match scope.strip_prefix("*.") {
        Some(domain) => format!("{COMPONENT}.{domain}"),
        None => scope.to_owned(),
    };
    let references = [format!("{name}/{COMPONENT}"), name];
    let is_part = |text: &String| {
        Reference::parse_normalized(text)
            .is_ok_and(|reference| match_length(reference.name(), scope).is_some())
    };
    (!references.iter().any(is_part)).then_some(Why::NoName)
}

fn capitals(scope: &str) -> Option<Why> {
    let mut host = authority_of(scope).bytes();
    host.any(|byte| byte.is_ascii_uppercase())
        .then_some(Why::Capitals)
}

/// Whether a text is the whole name of an image, with its tag or digest.
fn is_image(text: &str) -> bool {
    Reference::parse_normalized(text)
        .is_ok_and(|reference| !reference.is_name_only() && reference.as_str() == text)
}

/// The wildcard that a host loses all its pulls to, though it has an entry of its own.
fn overridden(scope: &str, registries: &Registries) -> Option<Why> {
    if scope.bytes().any(|byte| matches!(byte, b'/' | b':')) {
        return None;
    }
    let winner = &registries.registry(registries.find(scope)?).prefix;
    let is_wildcard = winner.starts_with("*.") && winner != scope;
    (is_wildcard && winner.len() == scope.len()).then(|| Why::Overridden(winner.clone()))
}

fn tell(why: Option<Why>, noun: &str, scope: &Spanned<String>, emit: &mut Emit<'_>) {
    let Some(why) = why else {
        return;
    };
    let text = code(&scope.value);
    match why {
        Why::NoName => {
            let message = format!("{noun} {text} is part of no image's name and does nothing");
            let finding = emit.add(scope.span, message);
            match fault(&scope.value, Form::Source) {
                Some(fault) => finding.help(form::help(&scope.value, Form::Source, &fault)),
                None => finding.help("write a host with a dot or a port, with a path where needed"),
            };
        }
        Why::Renamed(name) => {
            let message =
                format!("{noun} {text} does nothing: nodes look for `docker.io` in its place");
            emit.add(scope.span, message)
                .help(format!("write {}", code(&name)));
        }
        Why::Capitals => {
            let message = format!("{noun} {text} matches only names with the same capitals");
            emit.add(scope.span, message)
                .severity(Severity::Warning)
                .help(format!("write {}", code(&scope.value.to_ascii_lowercase())));
        }
        Why::Overridden(wildcard) => {
            let message = format!(
                "{noun} {text} does nothing: the wildcard {}, of the same length, comes before it",
                code(&wildcard)
            );
            emit.add(scope.span, message)
                .help("name each host in place of the wildcard");
        }
    }
}
