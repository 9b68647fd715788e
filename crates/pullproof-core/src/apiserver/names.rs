//! The rules for names and labels, and how the API server words what breaks them.

use std::fmt;

/// Most bytes of a DNS subdomain.
const SUBDOMAIN_BYTES_MAX: usize = 253;

/// Most bytes of a label's value, and of the name in a label's key.
const LABEL_BYTES_MAX: usize = 63;

/// What is wrong with a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NameFault {
    /// Which part of the text.
    pub part: Part,
    /// What.
    pub kind: NameFaultKind,
}

/// A part of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// All of it.
    Whole,
    /// The part of a label key before the slash.
    Prefix,
    /// The part of a label key after the slash.
    Name,
}

/// What can be wrong with a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameFaultKind {
    /// There is nothing.
    Empty,
    /// There is too much.
    TooLong {
        /// Most bytes.
        bytes_max: usize,
    },
    /// It is no RFC 1123 subdomain.
    NotSubdomain,
    /// A label key has several slashes.
    NotLabelKey,
    /// It is no name of a label key.
    NotLabelName,
    /// It is no value of a label.
    NotLabelValue,
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.part {
            Part::Whole => "",
            Part::Prefix => "prefix part ",
            Part::Name => "name part ",
        })?;
        // From apimachinery, api/validate/content: kube.go, dns.go and errors.go.
        match self.kind {
            NameFaultKind::Empty => f.write_str("must be non-empty"),
            NameFaultKind::TooLong { bytes_max } => {
                // Names of objects are still checked by the older code in util/validation.
                let is_name = self.part == Part::Whole && bytes_max == SUBDOMAIN_BYTES_MAX;
                let unit = if is_name { "characters" } else { "bytes" };
                write!(f, "must be no more than {bytes_max} {unit}")
            }
            NameFaultKind::NotSubdomain => f.write_str(
                "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
                 characters, '-' or '.', and must start and end with an alphanumeric character \
                 (e.g. 'example.com', regex used for validation is \
                 '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
            ),
            NameFaultKind::NotLabelKey => write!(
                f,
                "a valid label key {LABEL_NAME_RULE} with an optional DNS subdomain prefix \
                 and '/' (e.g. 'example.com/MyName')"
            ),
            NameFaultKind::NotLabelName => f.write_str(LABEL_NAME_RULE),
            NameFaultKind::NotLabelValue => f.write_str(
                "a valid label must be an empty string or consist of alphanumeric characters, \
                 '-', '_' or '.', and must start and end with an alphanumeric character \
                 (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
                 '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
            ),
        }
    }
}

const LABEL_NAME_RULE: &str = "must consist of alphanumeric characters, '-', '_' or '.', \
     and must start and end with an alphanumeric character \
     (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
     '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/// What keeps a text from being the name of an object.
// From apimachinery, api/validate/content IsDNS1123Subdomain.
pub(crate) fn subdomain_faults(text: &str) -> Vec<NameFault> {
    in_part(Part::Whole, subdomain_fault_kinds(text))
}

/// What keeps a text from being the start of a generated name, where a last hyphen is fine.
// From apimachinery, api/validation maskTrailingDash, which drops the byte before the hyphen
// as well; a name that is wrong only there is caught once it is generated.
pub(super) fn subdomain_prefix_faults(text: &str) -> Vec<NameFault> {
    let mut start = match text.strip_suffix('-') {
        Some(start) if !start.is_empty() => start.to_owned(),
        _ => return subdomain_faults(text),
    };
    if start.pop().is_some_and(|character| !character.is_ascii()) {
        start.push(char::REPLACEMENT_CHARACTER);
    }
    start.push('a');
    subdomain_faults(&start)
}

/// What keeps a text from being the key of a label or annotation, or the name of a finalizer.
// From apimachinery, api/validate/content IsLabelKey.
pub(super) fn label_key_faults(text: &str) -> Vec<NameFault> {
    let mut faults = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((_, rest)) if rest.contains('/') => {
            return in_part(Part::Whole, vec![NameFaultKind::NotLabelKey]);
        }
        Some((prefix, name)) => {
            let kinds = if prefix.is_empty() {
                vec![NameFaultKind::Empty]
            } else {
                subdomain_fault_kinds(prefix)
            };
            faults.extend(in_part(Part::Prefix, kinds));
            name
        }
    };
    let mut kinds = Vec::new();
    if name.is_empty() {
        kinds.push(NameFaultKind::Empty);
    }
    kinds.extend(too_long(name, LABEL_BYTES_MAX));
    if !is_label_name(name) {
        kinds.push(NameFaultKind::NotLabelName);
    }
    faults.extend(in_part(Part::Name, kinds));
    faults
}

/// What keeps a text from being the value of a label.
// From apimachinery, api/validate/content IsLabelValue.
pub(super) fn label_value_faults(text: &str) -> Vec<NameFault> {
    let mut kinds = Vec::new();
    kinds.extend(too_long(text, LABEL_BYTES_MAX));
    if !text.is_empty() && !is_label_name(text) {
        kinds.push(NameFaultKind::NotLabelValue);
    }
    in_part(Part::Whole, kinds)
}

fn in_part(part: Part, kinds: Vec<NameFaultKind>) -> Vec<NameFault> {
    let kinds = kinds.into_iter();
    kinds.map(|kind| NameFault { part, kind }).collect()
}

fn too_long(text: &str, bytes_max: usize) -> Option<NameFaultKind> {
    (bytes_max < text.len()).then_some(NameFaultKind::TooLong { bytes_max })
}

fn subdomain_fault_kinds(text: &str) -> Vec<NameFaultKind> {
    let mut kinds = Vec::new();
    kinds.extend(too_long(text, SUBDOMAIN_BYTES_MAX));
    if !text.split('.').all(is_subdomain_label) {
        kinds.push(NameFaultKind::NotSubdomain);
    }
    kinds
}

fn is_subdomain_label(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    has_shape(text, is_word, |byte| byte == b'-')
}

fn is_label_name(text: &str) -> bool {
    let is_inner = |byte: u8| matches!(byte, b'-' | b'_' | b'.');
    has_shape(text, |byte| byte.is_ascii_alphanumeric(), is_inner)
}

/// Whether a text has only word and inner bytes, and starts and ends with a word byte.
fn has_shape(text: &str, is_word: impl Fn(u8) -> bool, is_inner: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|byte| is_word(*byte))
        && bytes.last().is_some_and(|byte| is_word(*byte))
        && bytes.iter().all(|byte| is_word(*byte) || is_inner(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use NameFaultKind::{Empty, NotLabelKey, NotLabelName, NotSubdomain, TooLong};

    #[test]
    fn names_are_subdomains_of_at_most_253_bytes() {
        let long = "a".repeat(254);
        let cases: [(&str, &[NameFaultKind]); 8] = [
            ("a.b-c", &[]),
            (&long[1..], &[]),
            (&long, &[TooLong { bytes_max: 253 }]),
            ("", &[NotSubdomain]),
            ("a_b", &[NotSubdomain]),
            ("A", &[NotSubdomain]),
            ("a..b", &[NotSubdomain]),
            ("a-", &[NotSubdomain]),
        ];
        for (text, expected) in cases {
            assert_eq!(subdomain_fault_kinds(text), expected, "{text}");
        }
        for (text, is_fine) in [("gen-", true), ("A-", true), ("-", false), ("é-", false)] {
            assert_eq!(subdomain_prefix_faults(text).is_empty(), is_fine, "{text}");
        }
    }

    #[test]
    fn label_keys_are_a_name_after_an_optional_subdomain() {
        let long = "a".repeat(64);
        let cases: [(&str, &[(Part, NameFaultKind)]); 7] = [
            ("a/b_c", &[]),
            ("a/b/c", &[(Part::Whole, NotLabelKey)]),
            ("", &[(Part::Name, Empty), (Part::Name, NotLabelName)]),
            ("/b", &[(Part::Prefix, Empty)]),
            ("A/b", &[(Part::Prefix, NotSubdomain)]),
            ("é", &[(Part::Name, NotLabelName)]),
            (&long, &[(Part::Name, TooLong { bytes_max: 63 })]),
        ];
        for (text, expected) in cases {
            let faults = label_key_faults(text);
            let found: Vec<_> = faults
                .iter()
                .map(|fault| (fault.part, fault.kind))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
