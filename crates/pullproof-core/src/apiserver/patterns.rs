//! The regular expressions of the CRDs: upstream's text for messages, a scanner for the verdict.
//!
//! The upstream texts take exponential time in engines that backtrack, so nothing here runs them.
//! Each scanner reads its input once, from left to right.

use crate::scope::{matches_mirror_pattern, matches_source_pattern};
use std::fmt;

/// A regular expression of a CRD.
#[derive(Clone, Copy)]
pub struct Pattern {
    /// The expression, as the CRD spells it and the API server prints it.
    pub text: &'static str,
    /// Whether a text matches; linear in its length.
    pub matches: fn(&str) -> bool,
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

/// A mirror of an `ImageDigestMirrorSet` or `ImageTagMirrorSet`.
// From openshift/api, config/v1 types_image_digest_mirror_set.go, ImageMirror.
pub const MIRROR: Pattern = Pattern {
    text: r"^((?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))+)?(?::[0-9]+)?)(?:(?:/[a-z0-9]+(?:(?:(?:[._]|__|[-]*)[a-z0-9]+)+)?)+)?$",
    matches: matches_mirror_pattern,
};

/// A source of an `ImageDigestMirrorSet` or `ImageTagMirrorSet`.
// From openshift/api, config/v1 types_image_digest_mirror_set.go, ImageDigestMirrors.Source.
pub const SOURCE: Pattern = Pattern {
    text: r"^\*(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))+$|^((?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))+)?(?::[0-9]+)?)(?:(?:/[a-z0-9]+(?:(?:(?:[._]|__|[-]*)[a-z0-9]+)+)?)+)?$",
    matches: matches_source_pattern,
};

/// A registry of `registrySources` in image.config.openshift.io, from 4.23.
///
/// The rule there is written in CEL, and says what `SOURCE` says.
// From openshift/api, config/v1 types_image.go, RegistrySources.
pub const REGISTRY: Pattern = Pattern {
    text: SOURCE.text,
    matches: matches_source_pattern,
};

/// A source or mirror of an `ImageContentPolicy`.
// From openshift/api, config/v1 types_image_content_policy.go, RepositoryDigestMirrors.
pub const CONTENT_POLICY: Pattern = Pattern {
    text: r"^(([a-zA-Z]|[a-zA-Z][a-zA-Z0-9\-]*[a-zA-Z0-9])\.)*([A-Za-z]|[A-Za-z][A-Za-z0-9\-]*[A-Za-z0-9])(:[0-9]+)?(\/[^\/:\n]+)*(\/[^\/:\n]+((:[^\/:\n]+)|(@[^\n]+)))?$",
    matches: matches_content_policy,
};

/// Whether a text matches `CONTENT_POLICY`, which knows tags and digests but no digits first.
pub fn matches_content_policy(text: &str) -> bool {
    let (authority, path) = split_path(text);
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let host_matches = host.split('.').all(|label| {
        is_label(label) && label.starts_with(|character: char| character.is_ascii_alphabetic())
    });
    host_matches && port.is_none_or(is_digits) && path.is_none_or(matches_content_path)
}

/// The text before the first slash, and the text after it.
fn split_path(text: &str) -> (&str, Option<&str>) {
    match text.split_once('/') {
        Some((authority, path)) => (authority, Some(path)),
        None => (text, None),
    }
}

/// Letters, digits and inner hyphens, at least one.
fn is_label(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The path of `CONTENT_POLICY` without its first slash: segments, then a tag or digest.
fn matches_content_path(path: &str) -> bool {
    if path.contains('\n') {
        return false;
    }
    let is_segment = |segment: &str| !segment.is_empty() && !segment.contains(':');
    // The part after an `@` may be anything, so the first usable `@` decides.
    let digest_at = path
        .match_indices('@')
        .map(|(at, _)| at)
        .find(|at| 0 < *at && !path[..*at].ends_with('/'));
    if let Some(at) = digest_at
        && at + 1 < path.len()
        && path[..at].split('/').all(is_segment)
    {
        return true;
    }
    let (parents, last) = match path.rsplit_once('/') {
        Some((parents, last)) => (Some(parents), last),
        None => (None, path),
    };
    let last_matches = match last.split_once(':') {
        Some((segment, tag)) => !segment.is_empty() && is_segment(tag),
        None => !last.is_empty(),
    };
    last_matches && parents.is_none_or(|parents| parents.split('/').all(is_segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(&str, Pattern); 4] = [
        ("mirror", MIRROR),
        ("source", SOURCE),
        ("registry", REGISTRY),
        ("content policy", CONTENT_POLICY),
    ];

    #[test]
    fn known_texts_match_as_the_server_says() {
        // Text, MIRROR, SOURCE, CONTENT_POLICY.
        for (text, mirror, source, content_policy) in [
            ("", false, false, false),
            ("quay.io", true, true, true),
            ("*.io", false, true, false),
            ("*", false, false, false),
            ("*.x/ns", false, false, false),
            ("*.x:443", false, false, false),
            ("a.*.b", false, false, false),
            ("10.1.1.1:5000/m", true, true, false),
            ("[::1]:5000", false, false, false),
            ("ubi8:8", true, true, true),
            ("quay.io/a:tag", false, false, true),
            ("quay.io/a@sha256:00", false, false, true),
            ("quay.io/A", false, false, true),
            ("quay.io/a/", false, false, false),
            ("quay.io//a", false, false, false),
            ("quay.io/a__b", true, true, true),
            ("quay.io/a___b", false, false, true),
            ("quay.io/a---b.c", true, true, true),
            ("quay.io/a-_b", false, false, true),
            ("quay.io/a\n", false, false, false),
            ("https://quay.io", false, false, false),
            ("quay.io/@x@y", false, false, true),
            ("Host-1.example:0/x", true, true, true),
            ("-host/x", false, false, false),
            ("host./x", false, false, false),
        ] {
            assert_eq!(matches_mirror_pattern(text), mirror, "MIRROR {text:?}");
            assert_eq!(matches_source_pattern(text), source, "SOURCE {text:?}");
            assert_eq!(
                matches_content_policy(text),
                content_policy,
                "CONTENT_POLICY {text:?}"
            );
        }
    }

    #[test]
    fn scanners_agree_with_the_upstream_texts_on_a_small_world() {
        // Every class of character that the expressions tell apart.
        let alphabet = ['a', 'A', '0', '.', '-', '_', '/', ':', '@', '*', '\n', 'é'];
        // Exhaustive up to five characters, then around the places where rules meet.
        let frames = [
            ("", "", 5),
            ("a", "a", 4),
            ("a/", "", 4),
            ("a/a", "a", 4),
            ("a:0", "", 3),
            ("*.", "", 3),
        ];
        for (name, pattern) in ALL {
            let reference = regex::Regex::new(pattern.text).expect("upstream compiles it too");
            for (before, after, n_characters) in frames {
                for_each_text(&alphabet, n_characters, &mut |middle| {
                    let text = format!("{before}{middle}{after}");
                    assert_eq!(
                        (pattern.matches)(&text),
                        reference.is_match(&text),
                        "{name} {text:?}"
                    );
                });
            }
        }
    }

    fn for_each_text(alphabet: &[char], n_characters: usize, check: &mut dyn FnMut(&str)) {
        fn extend(text: &mut String, alphabet: &[char], left: usize, check: &mut dyn FnMut(&str)) {
            check(text);
            if left == 0 {
                return;
            }
            for character in alphabet {
                text.push(*character);
                extend(text, alphabet, left - 1, check);
                text.pop();
            }
        }
        extend(&mut String::new(), alphabet, n_characters, check);
    }
}
