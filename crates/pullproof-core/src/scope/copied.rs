//! What documents put around values, and is copied along with them.

/// What is left over from a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leftover {
    /// A number that refers to an explanation below, such as `<1>` or a circled digit.
    CallOut,
    /// Quotes that are not those of a keyboard.
    Quotes,
    /// A backslash that goes on with a command line.
    Backslash,
    /// A character that takes no room, or looks like a space and is none.
    Invisible,
}

/// What is left over in a value, and the value without it; `None` when there is nothing.
///
/// Of several things the first is told, and all are removed.
pub fn leftover(text: &str) -> Option<(Leftover, String)> {
    let (first, mut rest) = one(text)?;
    // Each round takes something away, and there are four things to take.
    for _ in 1..4 {
        let Some((_, cleaned)) = one(&rest) else {
            break;
        };
        rest = cleaned;
    }
    (!rest.is_empty()).then_some((first, rest))
}

fn one(text: &str) -> Option<(Leftover, String)> {
    // Nearly every value is of ASCII and ends in a letter or a digit, with nothing to look for.
    if text.is_ascii() && !text.ends_with(['>', '\\']) {
        return None;
    }
    let is_invisible = |character: char| {
        matches!(
            character,
            '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}' | '\u{feff}'
        )
    };
    if text.contains(is_invisible) {
        return Some((Leftover::Invisible, text.replace(is_invisible, "")));
    }
    if let Some(rest) = without_call_out(text) {
        return Some((Leftover::CallOut, rest.trim_end().to_owned()));
    }
    if let Some(rest) = text.strip_suffix('\\') {
        return Some((Leftover::Backslash, rest.trim_end().to_owned()));
    }
    let is_quote = |character: char| matches!(character, '\u{2018}'..='\u{201f}' | '«' | '»');
    let unquoted = text.trim_matches(is_quote);
    (unquoted.len() < text.len()).then(|| (Leftover::Quotes, unquoted.to_owned()))
}

/// The text before a call-out at its end.
fn without_call_out(text: &str) -> Option<&str> {
    let is_circled = |character: char| matches!(character, '\u{2460}'..='\u{2473}' | '\u{2776}'..='\u{2793}' | '\u{24f5}'..='\u{24fe}');
    if let Some(rest) = text.strip_suffix(is_circled) {
        return Some(rest);
    }
    let (rest, number) = text.strip_suffix('>')?.rsplit_once('<')?;
    let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|it| it.is_ascii_digit());
    is_number.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_are_told_and_removed() {
        use Leftover::*;
        for (text, expected) in [
            ("quay.io/org <1>", Some((CallOut, "quay.io/org"))),
            ("quay.io/org<12>", Some((CallOut, "quay.io/org"))),
            ("quay.io/org ①", Some((CallOut, "quay.io/org"))),
            ("quay.io/org❷", Some((CallOut, "quay.io/org"))),
            ("“quay.io/org”", Some((Quotes, "quay.io/org"))),
            ("‘quay.io/org’ <1>", Some((CallOut, "quay.io/org"))),
            ("quay.io/org \\", Some((Backslash, "quay.io/org"))),
            ("quay.io/org\u{a0}", Some((Invisible, "quay.io/org"))),
            ("quay\u{200b}.io", Some((Invisible, "quay.io"))),
            ("quay.io/org", None),
            ("<mirror>/org", None),
            ("quay.io/<123>", None),
            ("quay.io/<>", None),
            ("<1>", None),
            ("", None),
        ] {
            let found = leftover(text);
            let found = found
                .as_ref()
                .map(|(leftover, rest)| (*leftover, rest.as_str()));
            assert_eq!(found, expected, "{text}");
        }
    }
}
