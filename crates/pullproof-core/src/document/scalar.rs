//! Plain YAML scalars as kubectl resolves them: the types of YAML 1.1, then through JSON.

use super::Value;
use crate::float;

/// What `kubectl` sends for a plain scalar, such as a boolean for `on`.
///
/// The value has gone through JSON: `1.0` is a whole number, and one beyond 63 bits is a float.
/// `.inf` and `.nan` are floats here, though JSON has no such number and `kubectl` gives up.
pub fn resolve(text: &str) -> Value {
    Resolved::of(text).into_value(text)
}

/// What a plain scalar is before it goes through JSON.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    Integer(i64),
    /// Only for numbers beyond `i64::MAX`.
    Unsigned(u64),
    Float(f64),
    /// The text itself.
    String,
}

impl Resolved {
    // From yaml/go-yaml v2, resolve.go, resolve, with no tag. A timestamp becomes its text again
    // in decode.go, decoder.scalar, so it is not told from a string here.
    pub(super) fn of(text: &str) -> Resolved {
        let Some(first) = text.bytes().next() else {
            return Resolved::Null;
        };
        match first {
            b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => {
                word(text)
            }
            b'.' => match text {
                ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
                ".inf" | ".Inf" | ".INF" => Resolved::Float(f64::INFINITY),
                _ => float(text).map_or(Resolved::String, Resolved::Float),
            },
            b'+' | b'-' => match text {
                "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
                "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
                _ => number(text),
            },
            b'0'..=b'9' => number(text),
            _ => Resolved::String,
        }
    }

    /// What a scalar with one of the core tags is, as `int` for `!!int`; its quotes do not
    /// matter.
    ///
    /// # Errors
    /// When the text is of another type than its tag says.
    // From yaml/go-yaml v2, resolve.go, resolve.
    pub(super) fn of_tagged(tag: CoreTag, text: &str) -> Result<Resolved, WrongTag> {
        let resolved = Resolved::of(text);
        match (tag, resolved) {
            (CoreTag::Str, _) => Ok(Resolved::String),
            (CoreTag::Null, Resolved::Null)
            | (CoreTag::Bool, Resolved::Bool(_))
            | (CoreTag::Int, Resolved::Integer(_) | Resolved::Unsigned(_))
            | (CoreTag::Float, Resolved::Float(_)) => Ok(resolved),
            #[expect(clippy::cast_precision_loss, reason = "as upstream converts")]
            (CoreTag::Float, Resolved::Integer(integer)) => Ok(Resolved::Float(integer as f64)),
            (CoreTag::Timestamp, Resolved::String) if may_be_timestamp(text) => Ok(resolved),
            _ => Err(WrongTag),
        }
    }

    /// The value after a way through JSON.
    // From golang/go, encoding/json floatEncoder: a float without a fraction has none in JSON.
    pub(super) fn into_value(self, text: &str) -> Value {
        match self {
            Resolved::Null => Value::Null,
            Resolved::Bool(boolean) => Value::Bool(boolean),
            Resolved::Integer(integer) => Value::Integer(integer),
            #[expect(clippy::cast_precision_loss, reason = "as a JSON reader converts")]
            Resolved::Unsigned(unsigned) => Value::Float(unsigned as f64),
            Resolved::Float(float) if float.fract() == 0.0 && float.abs() < 1e21 => {
                // Display writes the shortest digits that read back, as Go does.
                match float::plain(float).parse() {
                    Ok(integer) => Value::Integer(integer),
                    Err(_) => Value::Float(float),
                }
            }
            Resolved::Float(float) => Value::Float(float),
            Resolved::String => Value::String(text.to_owned()),
        }
    }

    /// The text of a key; `None` for the types that `kubectl` refuses as a key.
    // From kubernetes-sigs/yaml, yaml.go, convertToJSONableObject.
    pub(super) fn into_key(self, text: &str) -> Option<String> {
        match self {
            Resolved::Null | Resolved::Unsigned(_) => None,
            Resolved::Bool(boolean) => Some(boolean.to_string()),
            Resolved::Integer(integer) => Some(integer.to_string()),
            Resolved::Float(float) => Some(float_key(float)),
            Resolved::String => Some(text.to_owned()),
        }
    }
}

/// The tags that change how a scalar is resolved.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum CoreTag {
    Str,
    Bool,
    Int,
    Float,
    Null,
    Timestamp,
}

impl CoreTag {
    /// The tag named by what follows `!!`; `None` when it changes nothing.
    pub(super) fn parse(name: &str) -> Option<CoreTag> {
        Some(match name {
            "str" => CoreTag::Str,
            "bool" => CoreTag::Bool,
            "int" => CoreTag::Int,
            "float" => CoreTag::Float,
            "null" => CoreTag::Null,
            "timestamp" => CoreTag::Timestamp,
            _ => return None,
        })
    }
}

/// A scalar is of another type than its tag says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct WrongTag;

fn word(text: &str) -> Resolved {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        _ => Resolved::String,
    }
}

fn number(text: &str) -> Resolved {
    let without_underscores;
    let plain = if text.contains('_') {
        without_underscores = text.replace('_', "");
        &*without_underscores
    } else {
        text
    };
    integer(plain)
        .or_else(|| float(plain).map(Resolved::Float))
        .or_else(|| signed_binary(plain).map(Resolved::Integer))
        .unwrap_or(Resolved::String)
}

// From golang/go, strconv ParseInt and then ParseUint, base 0.
fn integer(plain: &str) -> Option<Resolved> {
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(plain);
    let (digits, radix) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (&unsigned[2..], 16),
        [b'0', b'o' | b'O', _, ..] => (&unsigned[2..], 8),
        [b'0', b'b' | b'B', _, ..] => (&unsigned[2..], 2),
        [b'0', _, ..] => (&unsigned[1..], 8),
        [] => return None,
        _ => (unsigned, 10),
    };
    // Rust's own reader would take a second sign.
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if plain.starts_with('-') {
        return 0_i64.checked_sub_unsigned(magnitude).map(Resolved::Integer);
    }
    match i64::try_from(magnitude) {
        Ok(integer) => Some(Resolved::Integer(integer)),
        Err(_) if plain.starts_with('+') => None,
        Err(_) => Some(Resolved::Unsigned(magnitude)),
    }
}

/// Reads `0b-101`, which the general reader refuses.
fn signed_binary(plain: &str) -> Option<i64> {
    i64::from_str_radix(plain.strip_prefix("0b")?, 2).ok()
}

// From yaml/go-yaml v2, resolve.go, yamlStyleFloat. A number that is too big is text.
fn float(plain: &str) -> Option<f64> {
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(plain);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.map(|digits| digits.strip_prefix(['+', '-']).unwrap_or(digits));
    let is_float = !(whole.is_empty() && fraction.is_empty())
        && all_digits(whole)
        && all_digits(fraction)
        && exponent.is_none_or(|digits| !digits.is_empty() && all_digits(digits));
    if !is_float {
        return None;
    }
    float::parse(plain).filter(|float| float.is_finite())
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

// From yaml/go-yaml v2, resolve.go, parseTimestamp, whose first test this is. It goes on to
// match four formats, which only decides over an explicit `!!timestamp`.
fn may_be_timestamp(text: &str) -> bool {
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    year == 4 && text.as_bytes().get(4) == Some(&b'-')
}

/// A float as the text of a key: the shortest digits at single precision.
// From golang/go, strconv FormatFloat(float, 'g', -1, 32): exponents below -4 and from 6 on
// are written out, with two digits at least. `kubernetes-sigs/yaml` does ask for 32 bits.
fn float_key(float: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "upstream formats 32 bits")]
    let float = float as f32;
    if float.is_nan() {
        return ".nan".to_owned();
    }
    if float.is_infinite() {
        return if 0.0 < float { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = float::scientific_single(float);
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return float::spelled_out(&scientific);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_what_kubectl_sends() {
        let yes = [
            "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON",
        ];
        let no = [
            "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF",
        ];
        let null = ["", "~", "null", "Null", "NULL"];
        let texts = [
            "yEs",
            "oN",
            "nULL",
            "tRUE",
            "~x",
            "nullx",
            "a",
            "-",
            "+",
            "--1",
            "+-1",
            "_1",
            "-_",
            "0x",
            "0xg",
            "0o8",
            "0b2",
            "0b",
            "1:30",
            "1.2.3",
            "1e",
            "1e+",
            "e1",
            ".",
            ".e1",
            "..",
            "1e999",
            "-1e999",
            ".5e999",
            "._5",
            ".1_0",
            "0x1p-2",
            "+.nan",
            ".INf",
            "inf",
            "nan",
            "2001-01-01",
            "2001-12-14t21:59:43.10-05:00",
            "1 2",
            "<<",
            "=",
            "é",
            "1é",
            "0-1",
            "0b1+1",
            "0b--1",
            "-0b-1",
            "0x-1",
            "0 1",
            "1_000x",
        ];
        let integers = [
            ("0", 0),
            ("-0", 0),
            ("+0", 0),
            ("00", 0),
            ("1", 1),
            ("+1", 1),
            ("-1", -1),
            ("1_000", 1000),
            ("1__0_", 10),
            ("010", 8),
            ("-010", -8),
            ("0o17", 15),
            ("0O17", 15),
            ("0x1F", 31),
            ("0X_1f", 31),
            ("-0x10", -16),
            ("0b101", 5),
            ("-0B101", -5),
            ("0b-101", -5),
            ("0b+1", 1),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            // No octal number, but a float without a fraction, which JSON writes as an integer.
            ("08", 8),
            ("-09", -9),
            ("1.", 1),
            ("1.0", 1),
            ("-0.0", 0),
            ("1e3", 1000),
            ("1E+3", 1000),
            ("1_0.0", 10),
            ("4611686018427387904.0", 4_611_686_018_427_388_000),
        ];
        let floats = [
            ("1.5", 1.5),
            ("-.5", -0.5),
            (".5", 0.5),
            ("+1.5e-3", 0.0015),
            ("012.5", 12.5),
            ("1_0.5", 10.5),
            ("1e20", 1e20),
            ("1e21", 1e21),
            ("9223372036854775808", 9_223_372_036_854_775_808.0),
            ("0xffffffffffffffff", 18_446_744_073_709_551_615.0),
            ("18446744073709551616", 18_446_744_073_709_551_616.0),
            ("+9223372036854775808", 9_223_372_036_854_775_808.0),
            ("-9223372036854775809", -9_223_372_036_854_775_808.0),
            (".inf", f64::INFINITY),
            ("+.Inf", f64::INFINITY),
            ("-.INF", f64::NEG_INFINITY),
        ];
        let check = |text: &str, value: Value| assert_eq!(resolve(text), value, "`{text}`");
        for text in yes {
            check(text, Value::Bool(true));
        }
        for text in no {
            check(text, Value::Bool(false));
        }
        for text in null {
            check(text, Value::Null);
        }
        for text in texts {
            check(text, Value::String(text.to_owned()));
        }
        for (text, integer) in integers {
            check(text, Value::Integer(integer));
        }
        for (text, float) in floats {
            check(text, Value::Float(float));
        }
        for text in [".nan", ".NaN", ".NAN"] {
            assert!(
                matches!(resolve(text), Value::Float(float) if float.is_nan()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_tag_takes_only_its_type() {
        let cases = [
            (CoreTag::Str, "12", Ok(Resolved::String)),
            (CoreTag::Str, "", Ok(Resolved::String)),
            (CoreTag::Null, "", Ok(Resolved::Null)),
            (CoreTag::Null, "x", Err(WrongTag)),
            (CoreTag::Bool, "on", Ok(Resolved::Bool(true))),
            (CoreTag::Bool, "1", Err(WrongTag)),
            (CoreTag::Int, "0x10", Ok(Resolved::Integer(16))),
            (CoreTag::Int, "1.0", Err(WrongTag)),
            (CoreTag::Int, "", Err(WrongTag)),
            (CoreTag::Float, "1", Ok(Resolved::Float(1.0))),
            (CoreTag::Float, "1.5", Ok(Resolved::Float(1.5))),
            (CoreTag::Float, "18446744073709551615", Err(WrongTag)),
            (CoreTag::Timestamp, "2001-01-01", Ok(Resolved::String)),
            (CoreTag::Timestamp, "today", Err(WrongTag)),
        ];
        for (tag, text, expected) in cases {
            assert_eq!(Resolved::of_tagged(tag, text), expected, "{tag:?} `{text}`");
        }
    }

    #[test]
    fn keys_are_written_as_go_writes_them() {
        let cases = [
            ("a", Some("a")),
            ("on", Some("true")),
            ("No", Some("false")),
            ("010", Some("8")),
            ("-1", Some("-1")),
            ("1.5", Some("1.5")),
            ("1.0", Some("1")),
            ("-0.0", Some("-0")),
            ("0.1", Some("0.1")),
            ("0.0001", Some("0.0001")),
            ("0.00001", Some("1e-05")),
            ("123456.0", Some("123456")),
            ("1e6", Some("1e+06")),
            ("1234567.5", Some("1.2345675e+06")),
            ("16777217.0", Some("1.6777216e+07")),
            ("-1.5e-10", Some("-1.5e-10")),
            ("1e100", Some(".inf")),
            ("-.inf", Some("-.inf")),
            (".nan", Some(".nan")),
            ("2001-01-01", Some("2001-01-01")),
            ("", None),
            ("null", None),
            ("9223372036854775808", None),
        ];
        for (text, expected) in cases {
            let key = Resolved::of(text).into_key(text);
            assert_eq!(key.as_deref(), expected, "`{text}`");
        }
    }
}
