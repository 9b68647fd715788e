//! The reference grammar as a scanner that looks at each byte a bounded number of times.

use super::{ReferenceError, TAG_MAX_BYTES};
use crate::bytes::{alphanumeric_length, word_length};

/// Where the parts of a reference end, as byte offsets.
pub(super) struct Marks {
    /// 0 when there is no domain.
    pub(super) domain_end: usize,
    pub(super) name_end: usize,
    /// Equal to `name_end` when there is no tag.
    pub(super) tag_end: usize,
}

/// Finds the parts of a reference; `None` when the grammar does not accept the text.
///
/// The first segment is a domain where it can be, else a component: no other choice exists,
/// since only a domain may hold `:` or upper case and only a component `_`.
pub(super) fn scan(text: &[u8]) -> Option<Marks> {
    let slash = text.iter().position(|byte| matches!(byte, b'/' | b'@'));
    let domain_end = match slash {
        Some(slash) if text[slash] == b'/' && is_domain(&text[..slash]) => slash,
        _ => 0,
    };
    let path = if domain_end == 0 { 0 } else { domain_end + 1 };
    let name_end = scan_path(text, path)?;
    let mut tag_end = name_end;
    if text.get(name_end) == Some(&b':') {
        tag_end = scan_tag(text, name_end + 1)?;
    }
    match text.get(tag_end) {
        None => {}
        Some(b'@') if is_digest(&text[tag_end + 1..]) => {}
        Some(_) => return None,
    }
    Some(Marks {
        domain_end,
        name_end,
        tag_end,
    })
}

/// Reads components from `at`; gives the offset after the last one.
pub(crate) fn scan_path(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at = scan_component(text, at)?;
        match text.get(at) {
            Some(b'/') => at += 1,
            _ => return Some(at),
        }
    }
}

/// Reads one component; it ends before `/`, `:`, `@` or at the end of the text.
fn scan_component(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        match word_length(text.get(at..)?) {
            0 => return None,
            n_bytes => at += n_bytes,
        }
        match text.get(at) {
            None | Some(b'/' | b':' | b'@') => return Some(at),
            Some(b'.') => at += 1,
            Some(b'_') => {
                at += if text.get(at + 1) == Some(&b'_') {
                    2
                } else {
                    1
                }
            }
            Some(b'-') => at += hyphens(&text[at..]),
            Some(_) => return None,
        }
    }
}

/// Reads a tag; gives the offset after it.
fn scan_tag(text: &[u8], start: usize) -> Option<usize> {
    let length = text[start..]
        .iter()
        .take_while(|byte| is_tag_byte(**byte))
        .count();
    let first = text.get(start)?;
    let starts_well = *first != b'.' && *first != b'-';
    ((1..=TAG_MAX_BYTES).contains(&length) && starts_well).then_some(start + length)
}

fn is_tag_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// Whether the bytes are labels with dots between them and perhaps a port.
pub(super) fn is_domain(text: &[u8]) -> bool {
    let Some(host_end) = scan_host(text) else {
        return false;
    };
    match &text[host_end..] {
        [] => true,
        [b':', port @ ..] => !port.is_empty() && port.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Reads a host; gives the offset after it, where the text ends or a colon or a slash is.
///
/// A host is labels of letters and digits, with hyphens between those, and dots between the labels.
pub(crate) fn scan_host(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match alphanumeric_length(&text[at..]) {
            0 => return None,
            n_bytes => at += n_bytes,
        }
        match text.get(at) {
            None | Some(b':' | b'/') => return Some(at),
            Some(b'.') => at += 1,
            Some(b'-') => at += hyphens(&text[at..]),
            Some(_) => return None,
        }
    }
}

fn hyphens(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b'-').count()
}

/// Whether the bytes look like a digest of any algorithm, such as `sha256:` and hexadecimal digits.
fn is_digest(text: &[u8]) -> bool {
    if is_common_digest(text) {
        return true;
    }
    let Some(colon) = text.iter().position(|byte| *byte == b':') else {
        return false;
    };
    let (algorithm, digits) = (&text[..colon], &text[colon + 1..]);
    let words = algorithm.split(|byte| matches!(byte, b'-' | b'_' | b'+' | b'.'));
    let mut words = words.map(|word| {
        word.first().is_some_and(u8::is_ascii_alphabetic)
            && word.iter().all(u8::is_ascii_alphanumeric)
    });
    words.all(|is_word| is_word) && 32 <= digits.len() && digits.iter().all(u8::is_ascii_hexdigit)
}

/// Whether the bytes are a digest as nearly all are: of SHA-256, and right in every way.
fn is_common_digest(text: &[u8]) -> bool {
    let digits = text
        .strip_prefix(b"sha256:")
        .and_then(<[u8]>::as_array::<64>);
    // Without a way out of the loop the compiler looks at many bytes at once.
    let is_digit = |byte: &u8| byte.is_ascii_digit() | (b'a'..=b'f').contains(byte);
    digits.is_some_and(|digits| digits.iter().fold(true, |all, digit| all & is_digit(digit)))
}

/// Checks a digest that the grammar accepts against its algorithm.
///
/// From opencontainers/go-digest, digest.go `Validate` and algorithm.go `Validate`.
pub(super) fn check_digest(text: &str) -> Result<(), ReferenceError> {
    if is_common_digest(text.as_bytes()) {
        return Ok(());
    }
    let (algorithm, digits) = text.split_once(':').ok_or(ReferenceError::DigestFormat)?;
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ if algorithm.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            return Err(ReferenceError::DigestFormat);
        }
        _ => return Err(ReferenceError::DigestAlgorithm),
    };
    if digits.len() != length {
        return Err(ReferenceError::DigestLength);
    }
    if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(ReferenceError::DigestFormat);
    }
    Ok(())
}

/// Says why the grammar does not accept a text.
pub(super) fn explain(text: &str) -> ReferenceError {
    if text.is_empty() {
        return ReferenceError::Empty;
    }
    let lower: String = text.chars().map(lower).collect();
    match scan(lower.as_bytes()) {
        Some(_) => ReferenceError::Uppercase,
        None => ReferenceError::Format,
    }
}

/// One character in lower case, one for one as Go's `unicode.ToLower`.
pub(super) fn lower(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    // The only character whose lower case is two in Rust is U+0130; Go has its first.
    character.to_lowercase().next().unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_word(byte: u8) -> bool {
        byte.is_ascii_lowercase() || byte.is_ascii_digit()
    }

    /// The grammar once more, as plainly as it can be said: every split is tried.
    fn is_reference(text: &str) -> bool {
        let component = |text: &str| {
            let bytes = text.as_bytes();
            let ends = |byte: Option<&u8>| byte.is_some_and(|byte| is_word(*byte));
            ends(bytes.first())
                && ends(bytes.last())
                && bytes
                    .iter()
                    .all(|byte| is_word(*byte) || matches!(byte, b'.' | b'_' | b'-'))
                && bytes.split(|byte| is_word(*byte)).all(|separator| {
                    matches!(separator, b"" | b"." | b"_" | b"__")
                        || separator.iter().all(|byte| *byte == b'-')
                })
        };
        let label = |text: &str| {
            let bytes = text.as_bytes();
            let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
            ends(bytes.first())
                && ends(bytes.last())
                && bytes
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        };
        let domain = |text: &str| {
            let (host, port) = text.split_once(':').unwrap_or((text, "0"));
            host.split('.').all(label)
                && !port.is_empty()
                && port.bytes().all(|byte| byte.is_ascii_digit())
        };
        let name = |text: &str| {
            let path = |text: &str| text.split('/').all(component);
            path(text)
                || text
                    .split_once('/')
                    .is_some_and(|(head, rest)| domain(head) && path(rest))
        };
        let tag = |text: &str| {
            !text.is_empty()
                && text.len() <= TAG_MAX_BYTES
                && !text.starts_with(['.', '-'])
                && text.bytes().all(is_tag_byte)
        };
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, is_digest(digest.as_bytes())),
            None => (text, true),
        };
        let with_tag = rest
            .rsplit_once(':')
            .is_some_and(|(left, right)| name(left) && tag(right));
        digest && (name(rest) || with_tag)
    }

    #[test]
    fn every_short_text_is_judged_as_the_grammar_says() {
        let alphabet = ['a', 'B', '0', '.', '_', '-', '/', ':', '@'];
        let mut texts = vec![String::new()];
        let mut accepted = 0;
        for _ in 0..6 {
            texts = texts
                .iter()
                .flat_map(|text| alphabet.iter().map(move |next| format!("{text}{next}")))
                .collect();
            for text in &texts {
                let expected = is_reference(text);
                assert_eq!(scan(text.as_bytes()).is_some(), expected, "{text}");
                accepted += usize::from(expected);
            }
        }
        assert!(6_000 < accepted, "{accepted}");
    }

    #[test]
    fn digests_are_checked_against_their_algorithm() {
        let hex = "0123456789abcdef".repeat(8);
        let cases = [
            (format!("sha256:{}", &hex[..64]), Ok(())),
            (format!("sha512:{}", &hex[..128]), Ok(())),
            (
                format!("sha256:{}", &hex[..63]),
                Err(ReferenceError::DigestLength),
            ),
            (
                format!("sha256:{}", hex[..64].to_uppercase()),
                Err(ReferenceError::DigestFormat),
            ),
            (
                format!("md5:{}", &hex[..32]),
                Err(ReferenceError::DigestAlgorithm),
            ),
            (
                format!("SHA256:{}", &hex[..64]),
                Err(ReferenceError::DigestFormat),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(check_digest(&text), expected, "{text}");
        }
    }

    #[test]
    fn lower_case_is_one_character_for_one() {
        assert_eq!(lower('\u{130}'), 'i');
        assert_eq!(lower('\u{212a}'), 'k');
        assert_eq!(lower('É'), 'é');
        assert_eq!(explain("fo\u{130}"), ReferenceError::Uppercase);
    }
}
