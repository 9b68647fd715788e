//! Which key of a registries.conf was probably meant by one that nothing reads.

use super::UnknownKey;
use super::conf::{FILE_KEYS, MIRROR_KEYS, TABLE_KEYS, V1_KEYS, V1_LIST_KEYS, folds_to};
use crate::nearest::nearest;

/// What an unknown key was probably meant to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meant {
    /// Another key of the same table.
    Key(&'static str),
    /// The same key, in another table.
    Elsewhere(Home),
}

/// Where a key is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Home {
    /// The file itself, before the first table.
    File,
    /// A `[[registry]]`.
    Registry,
}

/// Names that other tools have for a key, or that its own name suggests.
const SYNONYMS: [(&str, &str); 5] = [
    ("registry", "registries"),
    ("url", "location"),
    ("digest-only", "mirror-by-digest-only"),
    ("search-registries", "unqualified-search-registries"),
    ("unqualified-search", "unqualified-search-registries"),
];

/// Longest key that is compared letter by letter.
const KEY_MAX_BYTES: usize = 64;

/// What an unknown key was probably meant to be; `None` when it is like nothing known.
pub fn meant(unknown: &UnknownKey) -> Option<Meant> {
    let key = unknown.key.value.as_str();
    let is_in = |keys: &[&str]| keys.iter().any(|known| folds_to(key, known));
    let (known, home): (_, fn(bool, bool) -> Option<Home>) = match unknown.table.as_str() {
        "" => (FILE_KEYS, |_, of_registry| {
            of_registry.then_some(Home::Registry)
        }),
        "registry" => (TABLE_KEYS, |of_file, _| of_file.then_some(Home::File)),
        "registry.mirror" => (MIRROR_KEYS, |of_file, of_registry| {
            match (of_file, of_registry) {
                (true, _) => Some(Home::File),
                (_, true) => Some(Home::Registry),
                _ => None,
            }
        }),
        "registries" => (V1_KEYS, |_, _| None),
        _ => (V1_LIST_KEYS, |_, _| None),
    };
    if let Some(home) = home(is_in(FILE_KEYS), is_in(TABLE_KEYS)) {
        return Some(Meant::Elsewhere(home));
    }
    similar(key, known).map(Meant::Key)
}

/// The known key that is most like an unknown one.
fn similar(key: &str, known: &'static [&'static str]) -> Option<&'static str> {
    if KEY_MAX_BYTES < key.len() {
        return None;
    }
    let key = key.to_ascii_lowercase().replace('_', "-");
    if let Some((_, meant)) = SYNONYMS.iter().find(|(synonym, _)| *synonym == key)
        && known.contains(meant)
    {
        return Some(meant);
    }
    nearest(&key, known.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{Files, Span, Spanned};

    #[test]
    fn keys_are_told_from_their_slips() {
        let place = Span::new(Files::new().add("registries.conf", ""), 0, 0);
        let cases = [
            ("registry", "mirrors", Some(Meant::Key("mirror"))),
            ("registry", "Locations", Some(Meant::Key("location"))),
            (
                "registry",
                "mirror_by_digest_only",
                Some(Meant::Key("mirror-by-digest-only")),
            ),
            ("registry.mirror", "url", Some(Meant::Key("location"))),
            (
                "registry.mirror",
                "blocked",
                Some(Meant::Elsewhere(Home::Registry)),
            ),
            (
                "registry.mirror",
                "Short-Name-Mode",
                Some(Meant::Elsewhere(Home::File)),
            ),
            (
                "registry",
                "unqualified-search-registries",
                Some(Meant::Elsewhere(Home::File)),
            ),
            ("", "location", Some(Meant::Elsewhere(Home::Registry))),
            ("", "shortname-mode", Some(Meant::Key("short-name-mode"))),
            ("registries", "blocks", Some(Meant::Key("block"))),
            (
                "registries.search",
                "registry",
                Some(Meant::Key("registries")),
            ),
            ("registry", "namespace-proxy", None),
            ("registry", "", None),
        ];
        for (table, key, expected) in cases {
            let unknown = UnknownKey {
                table: table.to_owned(),
                key: Spanned::new(key.to_owned(), place),
                line: None,
            };
            assert_eq!(meant(&unknown), expected, "{table} {key}");
        }
        let letters = |n: usize| format!("mirror{}", "x".repeat(n - "mirror".len()));
        for length in [KEY_MAX_BYTES, KEY_MAX_BYTES + 1] {
            let key = letters(length);
            assert_eq!(similar(&key, TABLE_KEYS), None, "{length}");
        }
    }
}
