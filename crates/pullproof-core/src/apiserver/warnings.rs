//! Warning headers as the API server writes them: each text once, cut when there is too much.

use super::names;
use super::object_meta::ObjectMeta;
use crate::sorted::Set;

/// Most characters of all warnings together before each is cut.
const TOTAL_CHARACTERS_MAX: usize = 4 << 10;

/// Characters that are left of a warning that is cut.
const CUT_CHARACTERS: usize = 256;

/// The headers for texts in the order they came up.
// From apiserver, endpoints/filters/warning.go; apimachinery, util/net NewWarningHeader.
pub(super) fn headers(texts: Vec<String>) -> Vec<String> {
    let mut seen = Set::new();
    let texts: Vec<String> = texts
        .into_iter()
        .filter(|text| !text.is_empty() && seen.insert(text.clone()))
        .collect();
    let mut headers = Vec::new();
    let mut n_written = 0;
    let mut is_cutting = false;
    for (at, text) in texts.iter().enumerate() {
        if is_cutting && TOTAL_CHARACTERS_MAX <= n_written {
            break;
        }
        let shown = if is_cutting { cut(text) } else { text };
        let Some(header) = header(shown) else {
            continue;
        };
        let n_characters = shown.chars().count();
        if is_cutting || n_written + n_characters <= TOTAL_CHARACTERS_MAX {
            n_written += n_characters;
            headers.push(header);
            continue;
        }
        is_cutting = true;
        (headers, n_written) = cut_headers(&texts[..=at]);
    }
    headers
}

/// The headers for texts that are all cut, and how many characters of text they have.
fn cut_headers(texts: &[String]) -> (Vec<String>, usize) {
    let mut headers = Vec::new();
    let mut n_written = 0;
    for text in texts {
        let shown = cut(text);
        if let Some(header) = header(shown) {
            n_written += shown.chars().count();
            headers.push(header);
        }
    }
    (headers, n_written)
}

fn cut(text: &str) -> &str {
    match text.char_indices().nth(CUT_CHARACTERS) {
        Some((at, _)) => &text[..at],
        None => text,
    }
}

/// One header; `None` for a text that no header can hold.
fn header(text: &str) -> Option<String> {
    if text.chars().any(char::is_control) {
        return None;
    }
    let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
    Some(format!("299 - \"{quoted}\""))
}

/// What the server says about finalizers that it takes all the same.
// From apiextensions-apiserver, registry/customresource validateKubeFinalizerName.
pub(super) fn finalizers(meta: &ObjectMeta) -> Vec<String> {
    const STANDARD: [&str; 3] = ["orphan", "foregroundDeletion", "kubernetes"];
    let names: Set<&str> = meta
        .finalizers
        .iter()
        .map(|name| name.value.as_str())
        .collect();
    let mut texts = Vec::new();
    for name in names {
        let before = format!("metadata.finalizers: {}: ", crate::go_text::quote(name));
        let faults = names::label_key_faults(name);
        texts.extend(faults.iter().map(|fault| format!("{before}{fault}")));
        if name.contains('/') || STANDARD.contains(&name) {
            continue;
        }
        let path = if name.contains('.') {
            " including a path (/)"
        } else {
            ""
        };
        texts.push(format!(
            "{before}prefer a domain-qualified finalizer name{path} \
             to avoid accidental conflicts with other finalizer writers"
        ));
    }
    texts
}

/// Takes out owners that say what an earlier one says; `None` when there are none.
// From apiserver, endpoints/handlers/rest.go dedupOwnerReferences.
pub(super) fn repeated_owners(meta: &mut ObjectMeta) -> Option<String> {
    let mut seen = Set::new();
    let mut repeated = Vec::new();
    meta.owner_references.retain(|owner| {
        let is_new = seen.insert(owner.saying());
        if !is_new {
            repeated.push(owner.uid.value.clone());
        }
        is_new
    });
    if repeated.is_empty() {
        return None;
    }
    Some(format!(
        ".metadata.ownerReferences contains duplicate entries; API server dedups owner references \
         in 1.20+, and may reject such requests as early as 1.24; please fix your requests; \
         duplicate UID(s) observed: {}",
        repeated.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_come_once_and_are_cut_past_4096_characters() {
        let whole = vec![
            "a".to_owned(),
            "b\"\\".to_owned(),
            "a".to_owned(),
            "\n".to_owned(),
        ];
        assert_eq!(headers(whole), ["299 - \"a\"", r#"299 - "b\"\\""#]);

        let texts = |n_characters: usize| vec!["é".repeat(2048), "b".repeat(n_characters)];
        let lengths = |texts| -> Vec<usize> {
            let headers = headers(texts).into_iter();
            headers.map(|header| header.chars().count() - 8).collect()
        };
        assert_eq!(lengths(texts(2048)), [2048, 2048]);
        assert_eq!(lengths(texts(2049)), [256, 256]);
        let many: Vec<String> = (0..40).map(|at| format!("{at:0300}")).collect();
        assert_eq!(lengths(many), [256; 16]);
    }
}
