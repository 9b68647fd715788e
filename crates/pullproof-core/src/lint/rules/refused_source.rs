//! `refused-source`: a source with mirrors whose images policy.json refuses by name.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject};
use crate::model::Model;
use crate::policy_json::decision::Verdict;
use crate::policy_json::{Policy, PolicyScope};
use crate::resource::mirror_set::MirrorEntry;
use crate::scope::index::ScopeIndex;
use crate::scope::{Nesting, authority_of};
use crate::sorted::{Map, Set};

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "refused-source",
        code: "PP024",
        severity: Severity::Error,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("refused_source.md"),
    },
    looks_at: Subject::Policy,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(policy) = model.policy() else {
        return;
    };
    // Sources that are refused, by what refuses them: a scope, or the default for their host.
    let reason = |source: &str| match policy.governing(source) {
        Some((_, what)) if what.verdict() != Verdict::Rejected => None,
        None if policy.default.verdict() != Verdict::Rejected => None,
        scope => Some(scope),
    };
    let entries = with_mirrors(model);
    let refused = entries.filter_map(|entry| Some((entry, reason(&entry.source.value)?)));
    let refused: Vec<_> = refused.collect();
    let open = open_sources(refused.iter().map(|(entry, _)| *entry), policy);
    let mut by_scope: Map<&str, Refused<'_>> = Map::new();
    let mut by_host: Map<&str, Refused<'_>> = Map::new();
    for (entry, reason) in refused {
        let source = entry.source.value.as_str();
        if open.contains(source) {
            continue;
        }
        let refused = match reason {
            Some((scope, what)) => by_scope.entry(scope).or_insert_with(|| Refused::by(what)),
            None => by_host.entry(authority_of(source)).or_default(),
        };
        refused.sources.push(entry);
    }
    for (scope, refused) in &by_scope {
        blocked(scope, refused, emit);
    }
    let allowed = model.image.allowed.iter().flatten().next();
    for (host, refused) in &by_host {
        not_allowed(host, refused, allowed.map(|registry| registry.span), emit);
    }
}

/// Entries of one reason to be refused.
#[derive(Default)]
struct Refused<'a> {
    /// Where the reason is written.
    spans: &'a [Span],
    sources: Vec<&'a MirrorEntry>,
}

impl<'a> Refused<'a> {
    fn by(what: &'a PolicyScope) -> Refused<'a> {
        Refused {
            spans: &what.spans,
            sources: Vec::new(),
        }
    }

    fn places(&self) -> impl Iterator<Item = (Span, String)> {
        let sources = self.sources.iter().map(|entry| &entry.source);
        sources.map(|source| (source.span, format!("source {}", code(&source.value))))
    }
}

fn with_mirrors(model: &Model) -> impl Iterator<Item = &MirrorEntry> {
    let has_mirror = |entry: &&MirrorEntry| {
        let mut mirrors = entry.mirrors.iter();
        mirrors.any(|mirror| mirror.value != entry.source.value)
    };
    model.entries().filter(has_mirror)
}

/// Those of some sources of which the policy accepts some images, by a scope in them.
fn open_sources<'a>(
    entries: impl Iterator<Item = &'a MirrorEntry>,
    policy: &Policy,
) -> Set<&'a str> {
    let mut index = ScopeIndex::new(Nesting::Wildcards);
    for entry in entries {
        let source = entry.source.value.as_str();
        index.insert(source, source);
    }
    let accepted = policy.scopes.iter();
    let accepted = accepted.filter(|(_, what)| what.verdict() != Verdict::Rejected);
    let open = accepted.flat_map(|(scope, _)| index.containing(repository(scope)));
    open.collect()
}

/// A scope without the tag or digest that one of a single image has.
fn repository(scope: &str) -> &str {
    let path = scope.find('/').unwrap_or(scope.len());
    let end = scope[path..].find([':', '@']).map(|at| path + at);
    &scope[..end.unwrap_or(scope.len())]
}

fn blocked(scope: &str, refused: &Refused<'_>, emit: &mut Emit<'_>) {
    let Some(span) = refused.spans.first() else {
        return;
    };
    let message = format!(
        "blocked registry {} keeps sources in it from being pulled from their mirrors, too",
        code(scope)
    );
    emit.add(*span, message).also_each(refused.places()).help(
        "to keep nodes from the source and not from its mirrors, remove it here and write \
         `mirrorSourcePolicy: NeverContactSource` beside the mirrors",
    );
}

fn not_allowed(host: &str, refused: &Refused<'_>, allowed: Option<Span>, emit: &mut Emit<'_>) {
    let Some(first) = refused.sources.first() else {
        return;
    };
    let message = format!(
        "images of {} are not in `allowedRegistries` and refused, whichever mirror has them",
        code(host)
    );
    let finding = emit.add(first.source.span, message);
    finding.also_each(allowed.map(|span| (span, "what is allowed".to_owned())));
    finding.also_each(refused.places()).help(format!(
        "add {} to `allowedRegistries`, in which mirrors need not be",
        code(&first.source.value)
    ));
}
