//! Which field was probably meant by one that the API server does not know.

use super::crds::Resource;
use super::path::{Path, Step};
use super::schema::Schema;
use crate::nearest::distance;
use crate::openshift::OpenShift;

/// What an unknown field was probably meant to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Meant {
    /// Another key in the same place.
    Key(&'static str),
    /// The same key in another place.
    Place(String),
    /// The same key in a later release, the first one to know it.
    Since(OpenShift),
    /// `allowMirrorByTags`: what an `ImageTagMirrorSet` is for.
    TagMirrors,
    /// `mirrorSourcePolicy` in a kind that has none.
    SourcePolicy,
    /// A list of `registrySources` in the image configuration, by its key.
    RegistrySources(&'static str),
}

/// Words that other kinds, files and tools have for a field; keys that are unknown to the
/// schema at hand, then the one that is meant.
const SYNONYMS: [(&str, &[&str]); 11] = [
    ("repositoryDigestMirrors", &ENTRIES),
    ("imageDigestMirrors", &ENTRIES),
    ("imageTagMirrors", &ENTRIES),
    ("imageContentSources", &ENTRIES),
    ("digestMirrors", &ENTRIES),
    ("tagMirrors", &ENTRIES),
    ("sourcePolicy", &["mirrorSourcePolicy"]),
    ("mirror", &["mirrors"]),
    ("sources", &["source"]),
    ("location", &["source"]),
    ("registry", &["source"]),
];

const ENTRIES: [&str; 3] = [
    "imageDigestMirrors",
    "imageTagMirrors",
    "repositoryDigestMirrors",
];

/// Longest key that is compared letter by letter.
const KEY_MAX_BYTES: usize = 64;

/// What an unknown field was probably meant to be; `None` when it is like nothing known.
pub fn meant(resource: Resource, version: OpenShift, path: &Path) -> Option<Meant> {
    let (Step::Key(key), parents) = path.steps.split_last()? else {
        return None;
    };
    let root = resource.schema(version)?;
    let siblings = schema_at(root, parents)?;
    if let Some(key) = similar(key, siblings) {
        return Some(Meant::Key(key));
    }
    let later = OpenShift::ALL
        .iter()
        .map(|(later, _)| *later)
        .filter(|later| version < *later);
    for later in later {
        let schema = resource
            .schema(later)
            .and_then(|root| schema_at(root, parents));
        if schema.is_some_and(|schema| schema.property(key).is_some()) {
            return Some(Meant::Since(later));
        }
    }
    if let Some(place) = elsewhere(key, root, &mut Vec::new()) {
        return Some(Meant::Place(place));
    }
    match key.as_str() {
        "allowMirrorByTags" => Some(Meant::TagMirrors),
        "mirrorSourcePolicy" | "sourcePolicy" => Some(Meant::SourcePolicy),
        "blocked" => Some(Meant::RegistrySources("blockedRegistries")),
        "insecure" => Some(Meant::RegistrySources("insecureRegistries")),
        _ => None,
    }
}

/// What is asked of the value at a path.
fn schema_at(root: &'static Schema, steps: &[Step]) -> Option<&'static Schema> {
    steps.iter().try_fold(root, |schema, step| match step {
        Step::Key(key) => schema.property(key),
        Step::Index(_) => schema.items,
    })
}

/// The known key that is most like an unknown one.
fn similar(key: &str, siblings: &'static Schema) -> Option<&'static str> {
    let known = || siblings.properties.iter().map(|property| property.key);
    if let Some(same) = known().find(|known| known.eq_ignore_ascii_case(key)) {
        return Some(same);
    }
    let synonyms = SYNONYMS.iter().find(|(synonym, _)| *synonym == key);
    if let Some((_, meant)) = synonyms
        && let Some(meant) = known().find(|known| meant.contains(known))
    {
        return Some(meant);
    }
    if KEY_MAX_BYTES < key.len() {
        return None;
    }
    let distances = known().map(|known| (distance(key, known), known));
    let (distance, nearest) = distances.min()?;
    // A third of the letters wrong is no slip any more.
    (distance * 3 < key.len()).then_some(nearest)
}

/// The path of a key anywhere in a schema, lists as `[]`.
fn elsewhere(key: &str, schema: &'static Schema, steps: &mut Vec<&'static str>) -> Option<String> {
    if let Some(items) = schema.items {
        steps.push("[]");
        let found = elsewhere(key, items, steps);
        steps.pop();
        return found;
    }
    if schema.property(key).is_some() && !steps.is_empty() {
        let mut path = String::new();
        for step in steps.iter().copied().chain([key]) {
            let is_first = path.is_empty() || step == "[]";
            path.push_str(if is_first { "" } else { "." });
            path.push_str(step);
        }
        return Some(path);
    }
    // What the server itself fills in is not meant.
    let inner = schema.properties.iter();
    inner
        .filter(|property| !matches!(property.key, "metadata" | "status"))
        .find_map(|property| {
            steps.push(property.key);
            let found = elsewhere(key, property.schema, steps);
            steps.pop();
            found
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_from_their_slips() {
        use Resource::{
            ImageContentSourcePolicies as Icsp, ImageDigestMirrorSets as Idms,
            ImageTagMirrorSets as Itms, Images,
        };
        let key = |key: &str| Step::Key(key.to_owned());
        let entry =
            |list: &str, field: &str| vec![key("spec"), key(list), Step::Index(0), key(field)];
        let spec = |field: &str| vec![key("spec"), key(field)];
        let place = |text: &str| Some(Meant::Place(text.to_owned()));
        let cases = [
            (
                Idms,
                spec("repositoryDigestMirrors"),
                Some(Meant::Key("imageDigestMirrors")),
            ),
            (
                Idms,
                spec("imageTagMirrors"),
                Some(Meant::Key("imageDigestMirrors")),
            ),
            (
                Itms,
                spec("imageDigestMirrors"),
                Some(Meant::Key("imageTagMirrors")),
            ),
            (
                Itms,
                spec("ImageTagMirrors"),
                Some(Meant::Key("imageTagMirrors")),
            ),
            (
                Itms,
                spec("imageTagMirors"),
                Some(Meant::Key("imageTagMirrors")),
            ),
            (Itms, spec("color"), None),
            (
                Idms,
                entry("imageDigestMirrors", "sourcePolicy"),
                Some(Meant::Key("mirrorSourcePolicy")),
            ),
            (
                Idms,
                entry("imageDigestMirrors", "mirror"),
                Some(Meant::Key("mirrors")),
            ),
            (
                Idms,
                entry("imageDigestMirrors", "allowMirrorByTags"),
                Some(Meant::TagMirrors),
            ),
            (
                Idms,
                entry("imageDigestMirrors", "blocked"),
                Some(Meant::RegistrySources("blockedRegistries")),
            ),
            (
                Icsp,
                entry("repositoryDigestMirrors", "mirrorSourcePolicy"),
                Some(Meant::SourcePolicy),
            ),
            (
                Idms,
                vec![key("imageDigestMirrors")],
                place("spec.imageDigestMirrors"),
            ),
            (
                Idms,
                spec("mirrors"),
                place("spec.imageDigestMirrors[].mirrors"),
            ),
            (
                Images,
                spec("blockedRegistries"),
                place("spec.registrySources.blockedRegistries"),
            ),
            (
                Images,
                spec("imageStreamImportMode"),
                Some(Meant::Since(OpenShift::V4_21)),
            ),
        ];
        for (resource, steps, expected) in cases {
            let path = Path { steps };
            let found = meant(resource, OpenShift::V4_20, &path);
            assert_eq!(found, expected, "{path} of {resource:?}");
        }
    }

    #[test]
    fn distances_count_letters() {
        for (left, right, expected) in [
            ("", "", 0),
            ("a", "", 1),
            ("abc", "abd", 1),
            ("ab", "ba", 2),
            ("mirrors", "mirror", 1),
        ] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
        }
    }
}
