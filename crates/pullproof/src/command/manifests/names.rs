//! Names as Kubernetes takes them, checked before anything is written.

use pullproof_core::reference::Reference;

/// The longest label of a name.
// From kubernetes/apimachinery, pkg/util/validation DNS1123LabelMaxLength.
const LABEL_MAX_BYTES: usize = 63;
/// The longest name that may have dots.
// From kubernetes/apimachinery, pkg/util/validation DNS1123SubdomainMaxLength.
const SUBDOMAIN_MAX_BYTES: usize = 253;

/// # Errors
/// Unless the text is a label of RFC 1123.
pub(super) fn namespace(text: &str) -> Result<String, String> {
    label(text)?;
    Ok(text.to_owned())
}

/// Whether a namespace is there before anything is installed.
pub(super) fn belongs_to_cluster(namespace: &str) -> bool {
    namespace == "default"
        || ["kube-", "openshift-"]
            .iter()
            .any(|prefix| namespace.starts_with(prefix))
}

/// A name for everything, a Service included.
///
/// # Errors
/// Unless the text is a label of RFC 1123 that starts with a letter, as RFC 1035 asks.
pub(super) fn service(text: &str) -> Result<String, String> {
    label(text)?;
    if !text.starts_with(|first: char| first.is_ascii_lowercase()) {
        return Err("a Service's name starts with a letter (RFC 1035)".to_owned());
    }
    Ok(text.to_owned())
}

/// # Errors
/// Unless the text is labels of RFC 1123 with dots between them.
pub(super) fn object(text: &str) -> Result<String, String> {
    length(text, SUBDOMAIN_MAX_BYTES)?;
    for part in text.split('.') {
        characters(part)?;
    }
    Ok(text.to_owned())
}

/// # Errors
/// Unless the text is a reference that always means the same image.
pub(super) fn image(text: &str) -> Result<String, String> {
    let reference = Reference::parse_normalized(text).map_err(|error| error.to_string())?;
    if reference.is_name_only() {
        return Err("neither a tag nor a digest: nodes would take what is latest".to_owned());
    }
    Ok(text.to_owned())
}

fn label(text: &str) -> Result<(), String> {
    length(text, LABEL_MAX_BYTES)?;
    characters(text)
}

fn length(text: &str, bytes_max: usize) -> Result<(), String> {
    if bytes_max < text.len() {
        return Err(format!(
            "{} characters of at most {bytes_max} (RFC 1123)",
            text.len()
        ));
    }
    Ok(())
}

fn characters(text: &str) -> Result<(), String> {
    let is_end = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_inner = |byte: &u8| is_end(byte) || *byte == b'-';
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last))
            if is_end(first) && is_end(last) && bytes.iter().all(is_inner) =>
        {
            Ok(())
        }
        (None, _) => Err("an empty name, or nothing beside a dot (RFC 1123)".to_owned()),
        _ => Err(
            "not only lower-case letters, digits and `-`, with a letter or digit at both ends \
             (RFC 1123)"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_those_of_kubernetes() {
        let long = "a".repeat(63);
        let longer = "a".repeat(64);
        let longest = [&long; 3].map(String::as_str).join(".") + "." + &"a".repeat(61);
        let too_long = longest.clone() + "a";
        // Whether each is a namespace, a Service, another object.
        let cases = [
            ("a", [true, true, true]),
            ("a-1", [true, true, true]),
            ("1-a", [true, false, true]),
            (long.as_str(), [true, true, true]),
            (longer.as_str(), [false, false, true]),
            ("a.b", [false, false, true]),
            (longest.as_str(), [false, false, true]),
            (too_long.as_str(), [false, false, false]),
            ("", [false; 3]),
            ("-a", [false; 3]),
            ("a-", [false; 3]),
            ("A", [false; 3]),
            ("a_b", [false; 3]),
            ("a..b", [false; 3]),
            ("é", [false; 3]),
        ];
        for (text, expected) in cases {
            let found = [
                super::namespace(text).is_ok(),
                super::service(text).is_ok(),
                super::object(text).is_ok(),
            ];
            assert_eq!(found, expected, "{text}");
        }
    }
}
