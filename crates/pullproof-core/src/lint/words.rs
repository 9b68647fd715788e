//! Words that rules share.

/// Most characters of an input text that a message shows.
const SHOWN_CHARACTERS: usize = 160;

/// An input text as messages show it: in backticks, and cut where it is long.
pub(crate) fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len() + 2);
    push_code(text, &mut code);
    code
}

/// Adds the same to a text.
pub(crate) fn push_code(text: &str, target: &mut String) {
    target.push('`');
    // No text has more characters than bytes, and counting those takes longer than all else.
    match text.len() <= SHOWN_CHARACTERS {
        true => target.push_str(text),
        false => target.push_str(&cut(text, SHOWN_CHARACTERS)),
    }
    target.push('`');
}

/// A text cut after a number of characters.
pub(super) fn cut(text: &str, n_characters: usize) -> String {
    match text.char_indices().nth(n_characters) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Most texts that a list in a message shows.
const LISTED: usize = 6;

/// Input texts in a row: `a`, `b`, `c`.
pub(crate) fn codes<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<&str> = texts.into_iter().collect();
    let mut listed: Vec<String> = texts.iter().take(LISTED).map(|text| code(text)).collect();
    if LISTED < texts.len() {
        listed.push(format!("{} more", texts.len() - LISTED));
    }
    listed.join(", ")
}

/// Texts of which one is to be chosen: `a`, `b` or `c`.
pub(super) fn either(texts: &[&str]) -> String {
    match texts {
        [] => String::new(),
        [text] => code(text),
        [texts @ .., last] => {
            let texts: Vec<String> = texts.iter().map(|text| code(text)).collect();
            format!("{} or {}", texts.join(", "), code(last))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("ääb", 2), "ää…");
        assert_eq!(cut("ää", 2), "ää");
        assert_eq!(code(&"x".repeat(200)).chars().count(), 163);
    }

    #[test]
    fn texts_stand_in_a_row() {
        assert_eq!(codes(["a", "b"]), "`a`, `b`");
        assert_eq!(codes(["a"; 8]), "`a`, `a`, `a`, `a`, `a`, `a`, 2 more");
        assert_eq!(either(&["a"]), "`a`");
        assert_eq!(either(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
