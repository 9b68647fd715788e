//! Base64, for values with the tag `!!binary`, for the data of a `Secret` and what objects carry.

/// The text that is encoded; bytes that are no UTF-8 become U+FFFD, as JSON makes them.
///
/// `None` when it is not base64 with padding.
// From golang/go, encoding/json: each byte that is wrong becomes one U+FFFD.
pub(crate) fn decode(text: &str) -> Option<String> {
    let bytes = decode_bytes(text)?;
    let mut decoded = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        decoded.push_str(chunk.valid());
        decoded.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Some(decoded)
}

/// The bytes that are encoded; `None` when it is not base64 with padding.
// From golang/go, encoding/base64 StdEncoding: line breaks are skipped, the bits beyond the last
// byte are not looked at.
pub(crate) fn decode_bytes(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let mut bytes = Vec::with_capacity(symbols.len() / 4 * 3);
    let (groups, rest) = symbols.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    for (group_idx, group) in groups.iter().enumerate() {
        let is_last = group_idx + 1 == groups.len();
        let n_symbols = match group {
            [_, _, b'=', b'='] if is_last => 2,
            [_, _, _, b'='] if is_last => 3,
            _ => 4,
        };
        let mut bits = 0;
        for symbol in &group[..n_symbols] {
            bits = bits << 6 | u32::from(sextet(*symbol)?);
        }
        bits <<= 6 * (4 - n_symbols);
        bytes.extend(&bits.to_be_bytes()[1..n_symbols]);
    }
    Some(bytes)
}

fn sextet(symbol: u8) -> Option<u8> {
    Some(match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_padded_base64_is_decoded() {
        let cases = [
            ("", Some("")),
            ("aA==", Some("h")),
            ("aGk=", Some("hi")),
            ("aGkh", Some("hi!")),
            ("aG\nkh\r\naA==", Some("hi!h")),
            ("+/+/", Some("\u{fffd}\u{fffd}\u{fffd}")),
            ("aR==", Some("i")),
            ("aA=", None),
            ("aA", None),
            ("aA==aA==", None),
            ("a===", None),
            ("====", None),
            ("aG k", None),
            ("äää", None),
        ];
        for (text, expected) in cases {
            assert_eq!(decode(text).as_deref(), expected, "{text:?}");
        }
    }
}
