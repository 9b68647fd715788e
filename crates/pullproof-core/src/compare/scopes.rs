//! The scopes whose pulls may change: where entries differ, and where what is blocked does.

use crate::regions::beginning_with;
use crate::registries::entry::{Fate, Forecast, Mirror, Registry};
use crate::registries::load::Registries;
use crate::sorted::Set;
use std::cmp::Ordering;

/// The prefixes of entries whose pulls may change, in byte order.
pub(super) fn touched<'a>(before: &'a Registries, after: &'a Registries) -> Set<&'a str> {
    let (differing, same) = partition(before, after);
    let mut scopes: Set<&str> = differing.iter().copied().collect();
    if scopes.is_empty() {
        return scopes;
    }
    let lists = || [before, after].into_iter().flat_map(Registries::list);
    let any_blocked = lists().any(|registry| registry.blocked);
    if any_blocked {
        let reaches = |(left, right): &(&Registry, &Registry)| {
            let mut pairs = forecasts(left).zip(forecasts(right));
            pairs.any(
                |((location, old), (_, new))| match (is_blocked(old), is_blocked(new)) {
                    (Some(old), Some(new)) => old != new,
                    _ => is_touched(before, after, location, &differing),
                },
            )
        };
        let reaching = same.into_iter().filter(reaches);
        scopes.extend(reaching.map(|(registry, _)| registry.prefix.as_str()));
    }
    let is_wildcard = |registry: &Registry| registry.prefix.starts_with("*.");
    if lists().any(is_wildcard) {
        let of_equal_length = lists().map(|registry| registry.prefix.as_str());
        let of_equal_length: Vec<&str> = of_equal_length
            .filter(|prefix| is_beside_wildcard(prefix, &scopes))
            .collect();
        scopes.extend(of_equal_length);
    }
    scopes
}

/// The prefixes whose entries differ, in byte order, and the entries that do not, each before and
/// after.
fn partition<'a>(
    before: &'a Registries,
    after: &'a Registries,
) -> (Vec<&'a str>, Vec<(&'a Registry, &'a Registry)>) {
    let (mut differing, mut same) = (Vec::new(), Vec::new());
    let mut left = before.list().iter().peekable();
    let mut right = after.list().iter().peekable();
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return (differing, same),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => left.prefix.cmp(&right.prefix),
        };
        let left = left.next_if(|_| order != Ordering::Greater);
        let right = right.next_if(|_| order != Ordering::Less);
        match (left, right) {
            (Some(left), Some(right)) if is_same(left, right) => same.push((left, right)),
            (left, right) => differing.extend(left.or(right).map(|it| it.prefix.as_str())),
        }
    }
}

/// Whether two entries do the same with every pull, as far as they alone decide it.
fn is_same(left: &Registry, right: &Registry) -> bool {
    let Registry {
        prefix,
        location,
        insecure: _,
        blocked,
        mirror_by_digest_only,
        mirrors,
        span: _,
        origins: _,
        file_idx: _,
        table_idx: _,
        forecast: _,
    } = left;
    let is_same_mirror = |(left, right): (&Mirror, &Mirror)| {
        left.location == right.location && left.pull_from_mirror == right.pull_from_mirror
    };
    *prefix == right.prefix
        && *location == right.location
        && *blocked == right.blocked
        && *mirror_by_digest_only == right.mirror_by_digest_only
        && mirrors.len() == right.mirrors.len()
        && mirrors.iter().zip(&right.mirrors).all(is_same_mirror)
}

/// Where an entry's pulls go, and what is known of all references that do.
fn forecasts(registry: &Registry) -> impl Iterator<Item = (&str, Forecast)> {
    let mirrors = registry.mirrors.iter();
    let mirrors = mirrors.map(|mirror| (mirror.location.as_str(), mirror.forecast));
    let source = (registry.location.as_str(), registry.forecast);
    mirrors.chain(std::iter::once(source))
}

/// Whether all references that go somewhere are refused, or none is; `None` where each has to be
/// looked at. An entry that stays as it is refuses what stays as it was as before.
fn is_blocked(forecast: Forecast) -> Option<bool> {
    match forecast {
        Forecast::Unchanged => Some(false),
        Forecast::Begins(_, Fate::Open) => Some(false),
        Forecast::Begins(_, Fate::Blocked(_)) => Some(true),
        Forecast::Unknown | Forecast::Begins(_, Fate::Unknown) => None,
    }
}

/// Whether references that are rewritten to a location may be refused in one configuration only.
fn is_touched(before: &Registries, after: &Registries, location: &str, differing: &[&str]) -> bool {
    let is_blocked = |registries: &Registries| registries.blocked_by(location).is_some();
    is_blocked(before) != is_blocked(after)
        || [b'/', b':']
            .into_iter()
            .any(|boundary| !beginning_with(differing, location, boundary).is_empty())
}

/// Whether a host is as long as a touched wildcard that contains it, and so hidden by that.
fn is_beside_wildcard(host: &str, scopes: &Set<&str>) -> bool {
    const FIRST_LABEL_BYTES: usize = 1;
    let is_beside = host.find('.') == Some(FIRST_LABEL_BYTES) && !host.starts_with('*');
    is_beside && scopes.contains(format!("*{}", &host[FIRST_LABEL_BYTES..]).as_str())
}
