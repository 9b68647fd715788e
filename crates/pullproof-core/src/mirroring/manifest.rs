//! Mirror sets as text: the layout that the programs that copy images write.

use crate::document::Value;
use crate::document::scalar;
use crate::resource::mirror_set::MirrorSetKind;
use std::fmt::Write as _;

/// The label of mirror sets that stand for a catalog.
///
/// From openshift/oc, pkg/cli/admin/catalog/mirror.go `generateICSP` and `generateIDMS`.
pub const CATALOG_LABEL: (&str, &str) = ("operators.openshift.org/catalog", "true");

/// One source and its mirrors, as they are to be written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Entry {
    /// What is mirrored.
    pub source: String,
    /// Its mirrors, first tried first.
    pub mirrors: Vec<String>,
}

/// The text of an object up to its entries.
pub fn head(kind: MirrorSetKind, name: &str, labels: &[(&str, &str)]) -> String {
    let mut text = format!(
        "apiVersion: {}\nkind: {}\nmetadata:\n",
        kind.api_version(),
        kind.kind()
    );
    if !labels.is_empty() {
        text.push_str("  labels:\n");
    }
    for (key, value) in labels {
        // Writing to a text never fails.
        _ = writeln!(text, "    {}: {}", scalar(key), scalar(value));
    }
    _ = writeln!(
        text,
        "  name: {}\nspec:\n  {}:",
        scalar(name),
        kind.entries_key()
    );
    text
}

/// The text of one entry.
pub fn entry(entry: &Entry) -> String {
    let Entry { source, mirrors } = entry;
    let mut text = "  - mirrors:\n".to_owned();
    for mirror in mirrors {
        _ = writeln!(text, "    - {}", scalar(mirror));
    }
    _ = writeln!(text, "    source: {}", scalar(source));
    text
}

/// A text as YAML writes it on one line: in quotes where it would mean something else.
pub fn scalar(text: &str) -> String {
    let is_plain_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:+@".contains(&byte);
    let starts_plain = text.starts_with(|it: char| it.is_ascii_alphanumeric());
    let is_plain = starts_plain
        && text.bytes().all(is_plain_byte)
        && !text.ends_with(':')
        && !is_special(text)
        && matches!(scalar::resolve(text), Value::String(_));
    match is_plain {
        true => text.to_owned(),
        false => serde_json::to_string(text).expect("a text is always JSON"),
    }
}

/// Whether older readers take a text for a truth, or for a number of minutes and seconds.
///
/// From go-yaml/yaml, encode.go `isBase60Float` and `isOldBool`.
fn is_special(text: &str) -> bool {
    const OLD: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "true", "false"];
    let is_sixty = text.contains(':')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b":._".contains(&byte));
    is_sixty || OLD.iter().any(|old| text.eq_ignore_ascii_case(old))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_where_they_would_mean_something_else() {
        for (text, written) in [
            ("quay.io/a", "quay.io/a"),
            ("m.io:5000/a", "m.io:5000/a"),
            ("10.0.0.1", "10.0.0.1"),
            ("1.5", "\"1.5\""),
            ("10:50", "\"10:50\""),
            ("true", "\"true\""),
            ("No", "\"No\""),
            ("*.a.io", "\"*.a.io\""),
            ("", "\"\""),
            ("a:", "\"a:\""),
            ("a b", "\"a b\""),
        ] {
            assert_eq!(scalar(text), written);
        }
    }

    #[test]
    fn objects_have_the_layout_of_the_programs() {
        let text = head(MirrorSetKind::ImageDigestMirrorSet, "a-0", &[CATALOG_LABEL])
            + &entry(&Entry {
                source: "a.io/b".to_owned(),
                mirrors: vec!["m.io/b".to_owned()],
            });
        assert_eq!(
            text,
            "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  \
             labels:\n    operators.openshift.org/catalog: \"true\"\n  name: a-0\nspec:\n  \
             imageDigestMirrors:\n  - mirrors:\n    - m.io/b\n    source: a.io/b\n"
        );
    }
}
