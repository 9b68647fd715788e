//! Certificates in a text, as far as a program that trusts them reads it.
// From Go, encoding/pem `Decode` and crypto/x509/cert_pool.go `AppendCertsFromPEM`.

use crate::document::base64;

/// What a certificate begins with.
pub(super) const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

const END: &str = "-----END CERTIFICATE-----";

/// What a text has of certificates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Certificates {
    /// None that begins on a line of its own.
    None,
    /// At least one, of which one is not what a certificate is on the outside.
    Damaged,
    /// At least one, all of which look like certificates.
    Readable,
}

/// Looks for certificates.
///
/// Of each only the outside is looked at: a sequence that is as long as it says. Headers within a
/// certificate, which keep it from being read, count as damage.
pub(super) fn certificates(text: &str) -> Certificates {
    let mut found = Certificates::None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_end() != BEGIN {
            continue;
        }
        let mut body = String::new();
        let is_ended = lines.by_ref().any(|line| {
            let is_end = line.trim_end() == END;
            if !is_end {
                body.extend(line.chars().filter(|it| !matches!(it, ' ' | '\t' | '\r')));
            }
            is_end
        });
        let bytes = base64::decode_bytes(&body).filter(|_| is_ended);
        match bytes.is_some_and(|bytes| is_der(&bytes)) {
            true if found == Certificates::None => found = Certificates::Readable,
            true => {}
            false => found = Certificates::Damaged,
        }
    }
    found
}

/// Whether bytes are one sequence in the form that certificates have, as long as it says.
pub(super) fn is_der(bytes: &[u8]) -> bool {
    const SEQUENCE: u8 = 0x30;
    let [SEQUENCE, length, rest @ ..] = bytes else {
        return false;
    };
    let n_digits = usize::from(length & 0x7f);
    let (n_bytes, rest) = match length {
        0..0x80 => (n_digits, rest),
        _ => {
            let Some((digits, rest)) = rest.split_at_checked(n_digits) else {
                return false;
            };
            // Longer than any text that is read is as wrong as what does not fit.
            let fold =
                |sum: usize, digit: &u8| sum.saturating_mul(256).saturating_add((*digit).into());
            (digits.iter().fold(0, fold), rest)
        }
    };
    n_bytes == rest.len() && 0 < n_bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_as_long_as_it_says() {
        for (bytes, expected) in [
            (&[0x30, 1, 0][..], true),
            (&[0x30, 0x81, 1, 0], true),
            (&[0x30, 0x82, 0, 1, 0], true),
            (&[0x30, 0], false),
            (&[0x30, 2, 0], false),
            (&[0x30, 1, 0, 0], false),
            (&[0x31, 1, 0], false),
            (&[0x30, 0x82, 0], false),
            (&[0x30, 0x80, 0], false),
            (&[0x30], false),
            (&[], false),
        ] {
            assert_eq!(is_der(bytes), expected, "{bytes:?}");
        }
        let endless = [[0x30, 0xff].as_slice(), &[0xff; 127]].concat();
        assert!(!is_der(&endless));
    }

    #[test]
    fn certificates_begin_and_end_on_lines_of_their_own() {
        let good = format!("{BEGIN}\nMAEA\n{END}\n");
        for (text, expected) in [
            (good.clone(), Certificates::Readable),
            (format!("# the lab\n{good}{good}"), Certificates::Readable),
            (good.replace('\n', "\r\n"), Certificates::Readable),
            (good.replace("MAEA", "MA\n EA"), Certificates::Readable),
            (good.trim_end().to_owned(), Certificates::Readable),
            (format!("{good}{BEGIN}\nMAEA\n"), Certificates::Damaged),
            (good.replace("MAEA", "MAE"), Certificates::Damaged),
            (good.replace("MAEA", "MAIA"), Certificates::Damaged),
            (good.replace("MAEA", "a: b\n\nMAEA"), Certificates::Damaged),
            (good.replace('\n', " "), Certificates::None),
            (
                format!("  {}", good.replace('\n', "\n  ")),
                Certificates::None,
            ),
            (String::new(), Certificates::None),
        ] {
            assert_eq!(certificates(&text), expected, "{text:?}");
        }
    }
}
