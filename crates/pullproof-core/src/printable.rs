//! Text that a terminal or a log shows as it is.

/// Text from the input without what could steer a terminal.
pub fn printable(text: &str) -> String {
    let is_plain = |character: char| !character.is_control() || character == '\t';
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    let escaped = text.chars().map(|character| match is_plain(character) {
        true => character.to_string(),
        false => character.escape_default().to_string(),
    });
    escaped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        assert_eq!(printable("a\tb"), "a\tb");
        assert_eq!(printable("a\u{1b}[2J\nb"), "a\\u{1b}[2J\\nb");
    }
}
