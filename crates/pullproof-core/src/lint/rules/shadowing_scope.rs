//! `shadowing-scope`: a more specific entry that keeps pulls from the mirrors of another one.

use crate::file::Span;
use crate::finding::Severity;
use crate::lint::card::{Card, Releases, page};
use crate::lint::words::code;
use crate::lint::{Emit, Rule, Subject, origins};
use crate::model::Model;
use crate::registries::Role;
use crate::registries::entry::Registry;
use crate::registries::load::{Registries, RegistryId};
use crate::registries::sources::PullForm;
use crate::resolve::serves;
use crate::sorted::Map;

pub(super) static RULE: Rule = Rule {
    card: Card {
        id: "shadowing-scope",
        code: "PP013",
        severity: Severity::Warning,
        since: "0.1.0",
        releases: Releases::ALL,
        fix: None,
        page: page!("shadowing_scope.md"),
    },
    looks_at: Subject::Inputs,
    check,
};

fn check(model: &Model, emit: &mut Emit<'_>) {
    let Some(registries) = model.loaded() else {
        return;
    };
    let first_mirrors: Vec<FirstMirrors> = registries.list().iter().map(first_mirrors).collect();
    let places = Places::new(model);
    let all = registries.entries().zip(&first_mirrors);
    for ((id, inner), own) in all {
        let Some(outer_id) = registries.outer(id) else {
            continue;
        };
        let outer = registries.registry(outer_id);
        let others = &first_mirrors[registries.idx(outer_id)];
        let shadowed = Shadowed {
            inner,
            outer,
            own,
            others,
        };
        if shadowed.n_lost() != 0 {
            shadowed.tell(&places, emit);
        } else if let Some(heir) = heir(registries, inner, outer_id) {
            inherited(&places, &heir, emit);
        }
    }
}

/// The first mirror of an entry for digests, and the first for tags.
type FirstMirrors = [Option<usize>; 2];

fn first_mirrors(registry: &Registry) -> FirstMirrors {
    PullForm::ALL.map(|form| {
        let is_digested = form == PullForm::Digest;
        let mut mirrors = registry.mirrors.iter();
        mirrors.position(|mirror| serves(registry, mirror.pull_from_mirror, is_digested))
    })
}

/// An entry and the one that would govern its pulls, were it not there.
struct Shadowed<'a> {
    inner: &'a Registry,
    outer: &'a Registry,
    own: &'a FirstMirrors,
    others: &'a FirstMirrors,
}

impl Shadowed<'_> {
    /// The first mirror of each form that only the outer entry has.
    fn lost(&self) -> impl Iterator<Item = (PullForm, usize)> {
        let forms = PullForm::ALL.into_iter().zip(self.own).zip(self.others);
        forms.filter_map(|((form, own), other)| match own {
            None => other.map(|mirror_idx| (form, mirror_idx)),
            Some(_) => None,
        })
    }

    fn n_lost(&self) -> usize {
        self.lost().count()
    }

    #[cold]
    #[inline(never)]
    fn tell(&self, places: &Places<'_>, emit: &mut Emit<'_>) {
        let (inner, outer) = (self.inner, self.outer);
        let Some(span) = places.of(inner) else {
            return;
        };
        let Some((form, mirror_idx)) = self.lost().next() else {
            return;
        };
        let (by, kind) = match (self.n_lost(), form) {
            (1, PullForm::Digest) => (" by digest", "an `ImageDigestMirrorSet`"),
            (1, PullForm::Tag) => (" by tag", "an `ImageTagMirrorSet`"),
            _ => ("", "mirror sets"),
        };
        let (scope, around) = (code(&inner.prefix), code(&outer.prefix));
        let end = if inner.blocked {
            ", and are blocked"
        } else {
            ""
        };
        let message = format!("pulls of {scope}{by} do not use the mirrors of {around}{end}");
        let mirrors = format!("the mirrors of {around}");
        // Below a wildcard the host would be lost, so that no mirror is as good as another.
        let help = match inner.prefix.strip_prefix(outer.prefix.as_str()) {
            Some(rest) => {
                let mirror = format!("{}{rest}", outer.mirrors[mirror_idx].location);
                format!("give it mirrors in {kind}, too, such as {}", code(&mirror))
            }
            None => format!("give it mirrors in {kind}, too"),
        };
        emit.add(span, message)
            .also_each(origins::sources(outer).map(|span| (span, mirrors.clone())))
            .help(help);
    }
}

/// An entry that has the mirrors of another one than would govern it.
struct Heir<'a> {
    inner: &'a Registry,
    /// Whose mirrors it has.
    from: &'a Registry,
    /// Whose mirrors it would have, were it not there.
    outer: &'a Registry,
}

/// An entry that inherits other mirrors than those of the next around it.
fn heir<'a>(
    registries: &'a Registries,
    inner: &'a Registry,
    outer_id: RegistryId,
) -> Option<Heir<'a>> {
    let ancestor = origins::with_roles(&inner.origins, &[Role::InheritedFrom]).next()?;
    // Entries inherit from every place of a source, of which the first tells it from others.
    let is_from = |registry: &Registry| {
        let first = registry.origins.first();
        first.is_some_and(|origin| origin.span == ancestor)
    };
    let outer = registries.registry(outer_id);
    let rest = inner.prefix.strip_prefix(outer.prefix.as_str())?;
    let adjusted = outer.mirrors.iter().map(|mirror| {
        (
            format!("{}{rest}", mirror.location),
            mirror.pull_from_mirror,
        )
    });
    let own = inner
        .mirrors
        .iter()
        .map(|it| (it.location.clone(), it.pull_from_mirror));
    if outer.mirrors.is_empty() || is_from(outer) || adjusted.eq(own) {
        return None;
    }
    let mut around = registries.outer(outer_id);
    while let Some(id) = around {
        let from = registries.registry(id);
        if is_from(from) {
            return Some(Heir { inner, from, outer });
        }
        around = registries.outer(id);
    }
    None
}

#[cold]
#[inline(never)]
fn inherited(places: &Places<'_>, heir: &Heir<'_>, emit: &mut Emit<'_>) {
    let Heir { inner, from, outer } = heir;
    let (scope, from_scope, around) =
        (code(&inner.prefix), code(&from.prefix), code(&outer.prefix));
    let Some(span) = places.of(inner) else {
        return;
    };
    let message = format!("pulls of {scope} use the mirrors of {from_scope}, not of {around}");
    let mirrors = origins::sources(outer).map(|span| (span, format!("the mirrors of {around}")));
    emit.add(span, message)
        .also_each(mirrors)
        .also_each(
            origins::sources(from).map(|span| (span, format!("the mirrors of {from_scope}"))),
        )
        .help(format!("give {scope} mirrors of its own"));
}

/// The places of the scopes that the image configuration blocks or takes for insecure.
struct Places<'a> {
    scopes: Map<&'a str, Span>,
}

impl<'a> Places<'a> {
    fn new(model: &'a Model) -> Places<'a> {
        let lists = [&model.image.insecure, &model.image.blocked];
        let scopes = lists.into_iter().flatten().flatten();
        let scopes = scopes.map(|scope| (scope.value.as_str(), scope.span));
        Places {
            scopes: scopes.collect(),
        }
    }

    /// The place that made an entry: its source, or the element of a list that it is.
    fn of(&self, registry: &Registry) -> Option<Span> {
        let first = registry.origins.first()?;
        match first.role {
            Role::Source => Some(first.span),
            _ => {
                let own = self.scopes.get(registry.prefix.as_str());
                Some(own.copied().unwrap_or(first.span))
            }
        }
    }
}
