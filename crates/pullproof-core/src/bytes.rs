//! Runs of bytes, eight looked at together: texts are read by every stage, names above all.

/// Each byte of eight is one.
const ONES: u64 = u64::from_le_bytes([1; 8]);

/// The highest bit of each byte of eight.
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

const fn each(byte: u8) -> u64 {
    ONES * byte as u64
}

/// How many bytes there are before the first `:`, `/` or `@`, which end a part of a name.
pub(crate) fn part_length(text: &[u8]) -> usize {
    let is_end = |byte| matches!(byte, b':' | b'/' | b'@');
    length_before(text, is_end, |word| {
        is_byte(word, b':') | is_byte(word, b'/') | is_byte(word, b'@')
    })
}

/// How many bytes there are before the first one of a kind.
pub(crate) fn length_to(text: &[u8], end: u8) -> usize {
    length_before(text, |byte| byte == end, |word| is_byte(word, end))
}

/// How many bytes there are before a quotation mark, a backslash or a control character: what ends
/// a string of JSON, or must be escaped in it.
pub(crate) fn length_in_quotes(text: &[u8]) -> usize {
    let is_end = |byte| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    length_before(text, is_end, |word| {
        is_less(word, b' ') | is_byte(word, b'"') | is_byte(word, b'\\')
    })
}

/// Whether all bytes are printable ones of ASCII.
pub(crate) fn is_printable(text: &[u8]) -> bool {
    let is_other = |byte| !matches!(byte, b' '..=b'~');
    text.len() == length_before(text, is_other, |word| !is_within(word, b' ', b'~') & HIGH)
}

/// Whether all bytes are such, and none a quotation mark or a backslash.
pub(crate) fn is_printable_in_quotes(text: &[u8]) -> bool {
    let is_other = |byte| !matches!(byte, b' '..=b'~') || byte == b'"' || byte == b'\\';
    let length = length_before(text, is_other, |word| {
        !is_within(word, b' ', b'~') & HIGH | is_byte(word, b'"') | is_byte(word, b'\\')
    });
    text.len() == length
}

/// How many lower-case letters and digits there are at the start.
pub(crate) fn word_length(text: &[u8]) -> usize {
    let is_other = |byte: u8| !(byte.is_ascii_lowercase() || byte.is_ascii_digit());
    length_before(text, is_other, |word| {
        !(is_within(word, b'a', b'z') | is_within(word, b'0', b'9')) & HIGH
    })
}

/// How many letters and digits there are at the start.
pub(crate) fn alphanumeric_length(text: &[u8]) -> usize {
    // A bit that capitals have not; other bytes may get it, too, but none becomes a letter.
    const LOWER: u64 = each(b'a' - b'A');
    let is_other = |byte: u8| !byte.is_ascii_alphanumeric();
    length_before(text, is_other, |word| {
        !(is_within(word | LOWER, b'a', b'z') | is_within(word, b'0', b'9')) & HIGH
    })
}

/// How many bytes there are before the first that ends a run. `is_end` says which do; `ends` says
/// it of eight at once: the lowest bit that is set is the highest of the first such byte, and what
/// is above it means nothing.
#[inline]
fn length_before(text: &[u8], is_end: impl Fn(u8) -> bool, ends: impl Fn(u64) -> u64) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    for (word_idx, word) in words.iter().enumerate() {
        let ends = ends(u64::from_le_bytes(*word));
        if ends != 0 {
            return word_idx * 8 + ends.trailing_zeros() as usize / 8;
        }
    }
    let length = rest.iter().position(|byte| is_end(*byte));
    words.len() * 8 + length.unwrap_or(rest.len())
}

/// Which bytes of eight are one byte; only the lowest bit counts.
fn is_byte(word: u64, byte: u8) -> u64 {
    is_less(word ^ each(byte), 1)
}

/// Which bytes of eight are less than one of ASCII; only the lowest bit counts.
// From Sean Eron Anderson, Bit Twiddling Hacks, "Determine if a word has a byte less than n".
fn is_less(word: u64, end: u8) -> u64 {
    word.wrapping_sub(each(end)) & !word & HIGH
}

/// Which bytes of eight lie between two of ASCII, or are one of them.
fn is_within(word: u64, first: u8, last: u8) -> u64 {
    // Without their highest bits no byte carries into the next one.
    let low = word & !HIGH;
    let is_past_start = low + each(0x80 - first);
    let is_past_end = low + each(0x7f - last);
    is_past_start & !is_past_end & !word & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_where_each_byte_says() {
        let count = |text: &[u8], is_end: fn(u8) -> bool| {
            let length = text.iter().position(|byte| is_end(*byte));
            length.unwrap_or(text.len())
        };
        // Each byte at each place, behind and before others of the run and of none.
        for byte in 0..=u8::MAX {
            for start in 0..20 {
                for around in [b'a', b'0', b'-'] {
                    for after in [b'z', b'/', 0xff] {
                        let mut text = [around; 20];
                        text[start..].fill(after);
                        text[start] = byte;
                        let text = text.as_slice();
                        let is_boundary = |byte| b":/@".contains(&byte);
                        assert_eq!(part_length(text), count(text, is_boundary), "{text:?}");
                        let is_slash = |byte| byte == b'/';
                        assert_eq!(length_to(text, b'/'), count(text, is_slash), "{text:?}");
                        let is_other = |byte: u8| !byte.is_ascii_alphanumeric();
                        let length = alphanumeric_length(text);
                        assert_eq!(length, count(text, is_other), "{text:?}");
                        let is_other = |byte: u8| is_other(byte) || byte.is_ascii_uppercase();
                        let length = text.iter().position(|byte| is_other(*byte));
                        assert_eq!(word_length(text), length.unwrap_or(20), "{text:?}");
                        let is_end = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
                        assert_eq!(length_in_quotes(text), count(text, is_end), "{text:?}");
                        let printable = text.iter().all(|byte| matches!(byte, b' '..=b'~'));
                        assert_eq!(is_printable(text), printable, "{text:?}");
                        let in_quotes = printable && !text.iter().any(|it| b"\"\\".contains(it));
                        assert_eq!(is_printable_in_quotes(text), in_quotes, "{text:?}");
                    }
                }
            }
        }
        assert_eq!(part_length(b""), 0);
    }
}
