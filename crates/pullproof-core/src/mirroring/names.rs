//! Names that oc-mirror gives to the objects of catalogs.
//!
//! From openshift/oc-mirror, internal/pkg/clusterresources/clusterresources.go
//! `generateCatalogSource` and `generateClusterCatalog`.

use crate::reference::Reference;

/// What the names of a `CatalogSource` and of a `ClusterCatalog` begin with.
pub const KINDS: [&str; 2] = ["cs-", "cc-"];

/// How much of a tag or a digest is in a name.
const END_CHARACTERS: usize = 12;

/// The name of the object for a catalog's image; `None` where the program gives none.
pub fn of_catalog(kind: &str, image: &str) -> Option<String> {
    let reference = Reference::parse(image).ok()?;
    let last = reference.path().rsplit('/').next()?;
    let end = match (reference.digest(), reference.tag()) {
        (_, Some(tag)) => tag,
        (Some(digest), None) => digest.split_once(':').map_or(digest, |(_, hex)| hex),
        (None, None) => "",
    };
    let end: String = end.chars().take(END_CHARACTERS).map(in_name).collect();
    let end = if end.is_empty() { "0" } else { &end };
    let is_refused = last.contains('_');
    (!is_refused).then(|| format!("{kind}{}-{end}", last.replace('.', "-")))
}

fn in_name(character: char) -> char {
    match character.to_ascii_lowercase() {
        character @ ('a'..='z' | '0'..='9' | '-') => character,
        _ => '-',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_program() {
        let digest = format!("sha256:7c4ef7434c97{}", "0".repeat(52));
        for (image, expected) in [
            ("m.io/r/index:v4.15", Some("cs-index-v4-15".to_owned())),
            (
                "m.io/r/index:v4.15-20240101",
                Some("cs-index-v4-15-202401".to_owned()),
            ),
            ("m.io/r/index:V4.15_x", Some("cs-index-v4-15-x".to_owned())),
            ("m.io/r/in.dex", Some("cs-in-dex-0".to_owned())),
            ("m.io/r/in_dex:1", None),
            ("m.io/R:1", None),
            (
                &format!("m.io/r/index@{digest}"),
                Some("cs-index-7c4ef7434c97".to_owned()),
            ),
        ] {
            assert_eq!(of_catalog("cs-", image), expected, "{image}");
        }
    }
}
