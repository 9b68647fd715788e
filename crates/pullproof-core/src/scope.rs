//! Scopes: the names that mirrors, blocks and insecure flags are given for, and how they nest.

use crate::bytes::length_to;
use crate::openshift::OpenShift;
use crate::reference::grammar::{scan_host, scan_path};

pub mod copied;
pub mod form;
pub mod index;

/// Whether a scope or a location lies in another scope, as the newest releases decide it.
///
/// `quay.io/ns` and `quay.io` lie in `quay.io`, `quay.io:443` does not;
/// `a.example.com/ns` and `*.a.example.com` lie in `*.example.com`, `example.com` does not.
pub fn is_nested(scope: &str, outer: &str) -> bool {
    is_nested_by(Nesting::Wildcards, scope, outer)
}

/// Whether a scope or a location lies in another scope, by the rule of a release.
pub fn is_nested_by(nesting: Nesting, scope: &str, outer: &str) -> bool {
    // From openshift/runtime-utils, pkg/registries/registries.go ScopeIsNestedInsideScope,
    // and scopeMatchesRegistry in the copy that 4.6 to 4.8 vendor.
    if let Some(rest) = scope.strip_prefix(outer)
        && (rest.is_empty() || rest.starts_with('/'))
    {
        return true;
    }
    match nesting {
        Nesting::Plain => false,
        Nesting::Wildcards => {
            is_wildcard(outer)
                && wildcard_host(scope).is_some_and(|host| host.ends_with(&outer[1..]))
        }
    }
}

/// Which rules of nesting a release knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nesting {
    /// Equal, or followed by `/`.
    Plain,
    /// Also `*.` for any number of leading labels of a host.
    Wildcards,
}

impl Nesting {
    /// The rules of a release.
    pub fn of(version: OpenShift) -> Nesting {
        if version < OpenShift::V4_9 {
            Nesting::Plain
        } else {
            Nesting::Wildcards
        }
    }
}

/// The part of a scope that a wildcard scope is compared with.
///
/// `None` when no wildcard can contain the scope: a colon that is not behind a host.
fn wildcard_host(scope: &str) -> Option<&str> {
    match scope.split_once(':') {
        Some((host, _)) if host.contains('/') => None,
        Some((host, _)) => Some(host),
        None => Some(authority_of(scope)),
    }
}

/// The part of a scope or a location before its first slash: a host, with the port it may have.
pub fn authority_of(text: &str) -> &str {
    &text[..length_to(text.as_bytes(), b'/')]
}

/// Whether a scope stands for the subdomains of a host: it starts with `*.`.
pub fn is_wildcard(scope: &str) -> bool {
    scope.starts_with("*.")
}

/// Whether a release takes an entry of `insecureRegistries`, `blockedRegistries` or
/// `allowedRegistries`.
///
/// Looks at wildcards only: `https://quay.io`, `quay.io/` and `quay.io:tag` all pass.
pub fn is_valid_registries_conf_scope(scope: &str, version: OpenShift) -> bool {
    // From openshift/runtime-utils, pkg/registries/registries.go IsValidRegistriesConfScope.
    if version < OpenShift::V4_9 {
        return true;
    }
    if scope.is_empty() {
        return version < OpenShift::V4_11;
    }
    if !scope.contains('*') {
        return true;
    }
    scope
        .strip_prefix("*.")
        .is_some_and(|host| !host.contains(['/', '@', ':', '*']))
}

/// Whether a text has the form of a `source`, in time linear in its length.
///
/// The pattern is `*` and labels (`*.example.com`), or that of a mirror.
pub fn matches_source_pattern(text: &str) -> bool {
    // From openshift/api, config/v1/types_image_digest_mirror_set.go, ImageDigestMirrors.Source.
    match text.strip_prefix("*.") {
        Some(labels) => scan_host(labels.as_bytes()) == Some(labels.len()),
        None => matches_mirror_pattern(text),
    }
}

/// Whether a text has the form of a mirror, `host[:port][/path]...`, in time linear in its length.
///
/// There is no scheme, tag, digest or trailing slash; capitals only in the host.
pub fn matches_mirror_pattern(text: &str) -> bool {
    // From openshift/api, config/v1/types_image_digest_mirror_set.go, ImageMirror.
    let text = text.as_bytes();
    let Some(mut end) = scan_host(text) else {
        return false;
    };
    if text.get(end) == Some(&b':') {
        let behind = &text[end + 1..];
        let digits = behind.iter().take_while(|byte| byte.is_ascii_digit());
        match digits.count() {
            0 => return false,
            n_digits => end += 1 + n_digits,
        }
    }
    match text.get(end) {
        None => true,
        Some(b'/') => scan_path(text, end + 1) == Some(text.len()),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every scope of a small world: hosts of one to three labels, wildcards, ports, paths.
    fn small_world() -> Vec<String> {
        let hosts = [
            "", "a", "b", "a.b", "b.a", "a.a", "a.a.b", "b.a.b", "*.a", "*.b", "*.a.b", "*.", "*",
            "*.*.a", "a.", ".a", "ba.b",
        ];
        let ports = ["", ":1", ":12", ":"];
        let paths = ["", "/", "/a", "/a.b", "/b", "/a/b", "/a:1", "//a", "/*.a"];
        let mut scopes = Vec::new();
        for host in hosts {
            for port in ports {
                for path in paths {
                    scopes.push(format!("{host}{port}{path}"));
                }
            }
        }
        scopes
    }

    /// The three sentences of the rule, taken literally and byte by byte.
    fn is_nested_naively(nesting: Nesting, scope: &str, outer: &str) -> bool {
        let scope = scope.as_bytes();
        let outer = outer.as_bytes();
        if scope == outer {
            return true;
        }
        if scope.len() > outer.len() && &scope[..outer.len()] == outer && scope[outer.len()] == b'/'
        {
            return true;
        }
        if nesting == Nesting::Plain || outer.len() < 2 || outer[0] != b'*' || outer[1] != b'.' {
            return false;
        }
        let first = |stop: u8| {
            let end = scope.iter().position(|byte| *byte == stop);
            &scope[..end.unwrap_or(scope.len())]
        };
        if scope.contains(&b':') {
            first(b':').ends_with(&outer[1..]) && !first(b':').contains(&b'/')
        } else {
            first(b'/').ends_with(&outer[1..])
        }
    }

    #[test]
    fn every_pair_nests_as_the_three_sentences_say() {
        let scopes = small_world();
        for nesting in [Nesting::Plain, Nesting::Wildcards] {
            for scope in &scopes {
                for outer in &scopes {
                    assert_eq!(
                        is_nested_by(nesting, scope, outer),
                        is_nested_naively(nesting, scope, outer),
                        "{scope:?} in {outer:?} by {nesting:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn nesting_is_an_order() {
        let scopes = small_world();
        for nesting in [Nesting::Plain, Nesting::Wildcards] {
            for scope in &scopes {
                assert!(is_nested_by(nesting, scope, scope), "{scope:?}");
                for outer in &scopes {
                    let both =
                        is_nested_by(nesting, scope, outer) && is_nested_by(nesting, outer, scope);
                    assert_eq!(both, scope == outer, "{scope:?} and {outer:?}");
                }
            }
        }
    }

    #[test]
    fn nesting_carries_over_but_for_a_colon_behind_a_slash() {
        let scopes = small_world();
        for nesting in [Nesting::Plain, Nesting::Wildcards] {
            let inside: Vec<Vec<usize>> = scopes
                .iter()
                .map(|outer| {
                    let within = |at: &usize| is_nested_by(nesting, &scopes[*at], outer);
                    (0..scopes.len()).filter(within).collect()
                })
                .collect();
            for (outermost, middles) in inside.iter().enumerate() {
                for middle in middles {
                    for inner in &inside[*middle] {
                        let carries = inside[outermost].binary_search(inner).is_ok();
                        // A wildcard does not contain what has a colon in its path.
                        let exempt = is_wildcard(&scopes[outermost])
                            && wildcard_host(&scopes[*inner]).is_none();
                        assert!(
                            carries || exempt,
                            "{:?} in {:?} in {:?}",
                            scopes[*inner],
                            scopes[*middle],
                            scopes[outermost]
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn entries_are_valid_by_their_wildcards_only() {
        let cases = [
            ("example.com", true, true, true),
            ("*.example.com", true, true, true),
            ("", true, true, false),
            ("*", true, false, false),
            ("*.", true, true, true),
            ("*.example.com/ns", true, false, false),
            ("*.example.com:443", true, false, false),
            ("*.a@b", true, false, false),
            ("*.*.com", true, false, false),
            ("a.*.com", true, false, false),
            ("https://quay.io", true, true, true),
            ("quay.io/", true, true, true),
        ];
        for (scope, v4_8, v4_9, v4_11) in cases {
            let valid = |version| is_valid_registries_conf_scope(scope, version);
            assert_eq!(valid(OpenShift::V4_8), v4_8, "{scope:?}");
            assert_eq!(valid(OpenShift::V4_10), v4_9, "{scope:?}");
            assert_eq!(valid(OpenShift::V4_11), v4_11, "{scope:?}");
            assert_eq!(valid(OpenShift::NEWEST), v4_11, "{scope:?}");
        }
    }

    #[test]
    fn sources_and_mirrors_have_a_form() {
        // Text, is a source, is a mirror.
        let cases = [
            ("quay.io", true, true),
            ("localhost", true, true),
            ("Quay.IO:5000/a/b", true, true),
            ("a", true, true),
            ("a-b.c", true, true),
            ("quay.io/a.b_c__d---e", true, true),
            ("10.1.1.1:5000/m", true, true),
            ("*.example.com", true, false),
            ("*.a", true, false),
            ("*", false, false),
            ("*.", false, false),
            ("*a.com", false, false),
            ("*.*.com", false, false),
            ("*.example.com/a", false, false),
            ("*.example.com:443", false, false),
            ("", false, false),
            ("-a.com", false, false),
            ("a-.com", false, false),
            ("a..com", false, false),
            (".com", false, false),
            ("a.", false, false),
            ("a_b.com", false, false),
            ("a:", false, false),
            ("a:b", false, false),
            ("a:1:2", false, false),
            ("a/", false, false),
            ("a//b", false, false),
            ("a/B", false, false),
            ("a/b-", false, false),
            ("a/-b", false, false),
            ("a/b..c", false, false),
            ("a/b._c", false, false),
            ("a/b___c", false, false),
            ("a/b:tag", false, false),
            ("a/b@sha256:00", false, false),
            ("https://a/b", false, false),
            ("[::1]:5000/a", false, false),
            ("a/ä", false, false),
            ("ä.com", false, false),
            ("a\n", false, false),
            (" a", false, false),
        ];
        for (text, is_source, is_mirror) in cases {
            assert_eq!(matches_source_pattern(text), is_source, "{text:?}");
            assert_eq!(matches_mirror_pattern(text), is_mirror, "{text:?}");
        }
    }
}
