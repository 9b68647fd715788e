//! What the prefixes of entries match, and what they look as if they did.

use super::entry::Registry;
use super::index::{host_of, match_length};
use super::load::Registries;
use crate::reference::{NAME_MAX_BYTES, Reference};

/// Whether there is a reference that an entry with this prefix governs, were it alone.
///
/// Takes time linear in the prefix.
pub fn matches_anything(prefix: &str) -> bool {
    const BELOW: [&str; 4] = ["", "/x", "/x/x", ":1/x"];
    let host = match prefix.strip_prefix('*') {
        Some(suffix) if suffix.starts_with('.') => format!("x{suffix}"),
        _ => prefix.to_owned(),
    };
    // No name is longer; what is left out would only be parsed to be refused. Of Docker Hub's other
    // name only ports are not turned into the first one, and it has none.
    if prefix.is_empty() || NAME_MAX_BYTES < host.len() || prefix == "index.docker.io" {
        return false;
    }
    BELOW.iter().any(|below| {
        Reference::parse_normalized(&format!("{host}{below}"))
            .is_ok_and(|reference| match_length(reference.name(), prefix).is_some())
    })
}

/// The wildcard that governs a host although an entry for just that host is there: of equally
/// long prefixes the one that sorts first wins. `None` where that is not so.
///
/// From containers/image, pkg/sysregistriesv2 `findRegistryWithParsedConfig`.
pub fn winning_wildcard<'a>(
    registries: &'a Registries,
    registry: &Registry,
) -> Option<&'a Registry> {
    let prefix = &registry.prefix;
    let found = registries.registry(registries.find(prefix)?);
    let is_tie = found.prefix.len() == prefix.len() && found.prefix.starts_with("*.");
    (is_tie && found.prefix != *prefix).then_some(found)
}

/// The wildcards that a host is not in although it ends like them, longest first: what follows
/// the star stands in the host twice, and only the first place counts. Those are left out that
/// would not govern the host anyway.
///
/// From containers/image, pkg/sysregistriesv2 `refMatchingSubdomainPrefix`.
pub fn missed_wildcards<'a>(registries: &'a Registries, host: &str) -> Vec<&'a Registry> {
    let host = host_of(host);
    if NAME_MAX_BYTES < host.len() {
        return Vec::new();
    }
    let governing = registries.find(&format!("{host}/x"));
    let governing_bytes = governing.map_or(0, |id| registries.registry(id).prefix.len());
    let mut missed = Vec::new();
    for (at, _) in host.match_indices('.') {
        let wildcard = format!("*{}", &host[at..]);
        if let Some(id) = registries.of_prefix(&wildcard)
            && match_length(host, &wildcard).is_none()
            && governing_bytes < wildcard.len()
        {
            missed.push(registries.registry(id));
        }
    }
    missed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openshift::OpenShift;
    use crate::registries::load::{ConfFile, load};
    use crate::registries::{Conf, Table};

    #[test]
    fn some_prefixes_match_nothing() {
        let cases = [
            ("quay.io", true),
            ("quay.io:5000", true),
            ("quay.io/org/app", true),
            ("docker.io", true),
            ("docker.io/org", true),
            ("docker.io/library/app", true),
            ("localhost", true),
            ("registry", true),
            ("Quay.io", true),
            ("*.example.com", true),
            ("*.com", true),
            ("", false),
            ("quay.io/org/app:1", false),
            ("quay.io/org/app@sha256:1", false),
            ("quay.io/Org", false),
            ("index.docker.io", false),
            ("ubi9/ubi", false),
            ("*", false),
            ("*.", false),
            ("**.example.com", false),
            ("a.*.example.com", false),
            ("quay.io//org", false),
            ("[::1]:5000", false),
            ("docker://quay.io", false),
        ];
        for (prefix, expected) in cases {
            assert_eq!(matches_anything(prefix), expected, "{prefix}");
        }
        let long = |n: usize| format!("q.io/{}", "x".repeat(n - 5));
        assert!(matches_anything(&long(NAME_MAX_BYTES)));
        assert!(!matches_anything(&long(NAME_MAX_BYTES + 1)));
    }

    #[test]
    fn wildcards_miss_hosts_that_have_their_end_twice() {
        let prefixes = ["*.com", "*.io", "*.b.io", "a.b.io", "aa.b.io", "x.com.com"];
        let tables = prefixes.map(|prefix| Table {
            prefix: prefix.to_owned(),
            location: "m.net".to_owned(),
            ..Table::default()
        });
        let conf = Conf {
            tables: tables.to_vec(),
            ..Conf::default()
        };
        let name = "registries.conf".to_owned();
        let registries = load(Some(ConfFile { name, conf }), Vec::new(), OpenShift::NEWEST);
        let registries = registries.expect("it loads");
        let cases = [
            ("quay.io", ""),
            ("registry.ionos.io", "*.io"),
            ("registry.ionos.io:5000/x", "*.io"),
            ("a.company.com", "*.com"),
            ("y.com.com", "*.com"),
            // An entry of its own governs it anyway.
            ("x.com.com", ""),
            ("example.org", ""),
        ];
        for (host, expected) in cases {
            let missed = missed_wildcards(&registries, host);
            let missed: Vec<&str> = missed.iter().map(|it| it.prefix.as_str()).collect();
            assert_eq!(missed.join(" "), expected, "{host}");
        }
        let winning = registries.list().iter().filter_map(|registry| {
            let winning = winning_wildcard(&registries, registry)?;
            Some((registry.prefix.as_str(), winning.prefix.as_str()))
        });
        assert_eq!(winning.collect::<Vec<_>>(), [("a.b.io", "*.b.io")]);
    }
}
