//! Values as Go programs print them: with `%v`, and with `encoding/json`.

use super::json::Spelling;
use crate::document::Value;
use crate::float;
use crate::go_text::quote;

/// A value as the API server shows it in an error.
// From apimachinery, field.Error.ErrorBody.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => general(*number),
        Value::String(text) | Value::Datetime(text) => quote(text),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => json(value),
    }
}

/// Go's `encoding/json`, which escapes the characters of HTML, too.
const GO: Spelling = Spelling {
    comma: ",",
    colon: ":",
    sorts_keys: true,
    number: json_number,
    is_escaped: |character| {
        matches!(
            character,
            '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}'
        )
    },
};

/// A value as Go's `encoding/json` writes it: keys sorted, nothing between the tokens.
pub(super) fn json(value: &Value) -> String {
    GO.text(value)
}

/// A text as Go's `encoding/json` writes it.
pub(super) fn json_string(text: &str) -> String {
    GO.quoted(text)
}

/// A number as Go's `encoding/json` writes it.
pub(super) fn json_number(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 || (1e-6..1e21).contains(&size) {
        return float::plain(number);
    }
    let (digits, exponent) = parts(number);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{}", exponent.abs())
}

/// A number as Go's `%v` prints it.
// From the Go library, strconv: the shortest form changes to an exponent at a million.
fn general(number: f64) -> String {
    let (digits, exponent) = parts(number);
    if (-4..6).contains(&exponent) {
        return float::plain(number);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// The shortest digits of a number and its decimal exponent.
fn parts(number: f64) -> (String, i32) {
    let text = float::scientific(number);
    match text.split_once('e') {
        Some((digits, exponent)) => (digits.to_owned(), exponent.parse().unwrap_or(0)),
        None => (text, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_change_to_an_exponent_where_go_does() {
        for (number, plain, json) in [
            (1.5, "1.5", "1.5"),
            (1e5, "100000", "100000"),
            (1e6, "1e+06", "1000000"),
            (1234567.5, "1.2345675e+06", "1234567.5"),
            (1e21, "1e+21", "1e+21"),
            (1e-7, "1e-07", "1e-7"),
            (-0.25, "-0.25", "-0.25"),
        ] {
            assert_eq!(general(number), plain);
            assert_eq!(json_number(number), json);
        }
    }

    #[test]
    fn json_sorts_keys_and_escapes_html() {
        assert_eq!(
            json_string("<a&b>\u{2028}\u{1}é"),
            r#""\u003ca\u0026b\u003e\u2028\u0001é""#
        );
    }
}
