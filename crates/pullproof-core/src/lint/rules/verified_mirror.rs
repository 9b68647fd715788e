//! `verified-mirror`: a mirror that an insecure registry seems to mean and does not reach.

use crate::file::{Span, Spanned};
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, origins};
use crate::model::Model;
use crate::registries::Role;
use crate::registries::entry::{Mirror, Registry};
use crate::registries::index::host_of;
use crate::scope::index::ScopeIndex;
use crate::scope::{Nesting, authority_of, is_nested_by};
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "verified-mirror",
        code: "PP031",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("verified_mirror.md"),
    },
    looks_at: Subject::Insecure,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let (Some(registries), Some(insecure)) = (model.loaded(), &model.image.insecure) else {
        return;
    };
    let nesting = Nesting::of(model.version);
    let mut index = ScopeIndex::new(nesting);
    let mut by_host: Map<&str, usize> = Map::new();
    for (idx, scope) in insecure.iter().enumerate() {
        let text = scope.value.trim_end_matches('/');
        index.insert(text, idx);
        if !text.contains([':', '/', '*']) {
            by_host.entry(text).or_insert(idx);
        }
    }
    let mut missed: Map<(usize, Why), Vec<Missed<'_>>> = Map::new();
    for registry in registries.list() {
        for mirror in registry.mirrors.iter().filter(|mirror| !mirror.insecure) {
            let location = mirror.location.as_str();
            let around = index.containing(location).last().copied();
            let meant = match around {
                Some(idx) if is_nested_by(nesting, location, &insecure[idx].value) => {
                    Some((idx, Why::Inherited))
                }
                Some(idx) => Some((idx, Why::Slash)),
                None if location[host_of(location).len()..].starts_with(':') => {
                    let idx = by_host.get(host_of(location)).copied();
                    idx.map(|idx| (idx, Why::Port))
                }
                None => None,
            };
            if let Some(meant) = meant {
                missed
                    .entry(meant)
                    .or_default()
                    .push(Missed { registry, mirror });
            }
        }
    }
    for ((idx, why), mirrors) in missed {
        tell(&insecure[idx], why, &mirrors, emit);
    }
}

/// Why an insecure registry does not reach a mirror.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// The mirror is on a port of the host.
    Port,
    /// The registry ends with a slash.
    Slash,
    /// The mirror is inherited, and looked at before.
    Inherited,
}

/// A mirror that is contacted with TLS verified.
struct Missed<'a> {
    registry: &'a Registry,
    mirror: &'a Mirror,
}

impl Missed<'_> {
    fn place(&self) -> Option<(Span, String)> {
        let roles = [Role::Mirror, Role::Source];
        let span = origins::with_roles(&self.mirror.origins, &roles).next()?;
        let (mirror, source) = (code(&self.mirror.location), code(&self.registry.prefix));
        Some((span, format!("mirror {mirror} of {source}")))
    }
}

fn tell(scope: &Spanned<String>, why: Why, missed: &[Missed<'_>], emit: &mut Emit<'_>) {
    let Some(first) = missed.first() else {
        return;
    };
    let location = first.mirror.location.as_str();
    let authority = authority_of(location);
    let message = format!(
        "insecure registry {} does not reach mirror {}, where TLS is verified",
        code(&scope.value),
        code(location)
    );
    let help = match why {
        Why::Port => format!(
            "write {}: a host without a port is none of its ports",
            code(authority)
        ),
        Why::Slash => format!("write {}", code(scope.value.trim_end_matches('/'))),
        Why::Inherited => format!(
            "write {}: a mirror that {} inherits is marked by what contains the mirror of its source",
            code(authority),
            code(&first.registry.prefix)
        ),
    };
    emit.add(scope.span, message)
        .also_each(missed.iter().filter_map(Missed::place))
        .help(help);
}
