//! Whether a text is a time as the API server reads it, and its words when it is not.

/// How times are written, as Go shows it.
const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// What keeps a text from being a time; `None` when it is one.
// From the Go library, time.Parse with RFC3339.
pub(crate) fn fault(text: &str) -> Option<String> {
    let fault = match scan(text.as_bytes()) {
        Ok(()) => return None,
        Err(fault) => fault,
    };
    let value = quote(text.as_bytes());
    Some(match fault {
        TimeFault::Mismatch { rest, element } => format!(
            "parsing time {value} as {}: cannot parse {} as {}",
            quote(LAYOUT.as_bytes()),
            quote(rest),
            quote(element.as_bytes())
        ),
        TimeFault::OutOfRange(what) => format!("parsing time {value}: {what} out of range"),
        TimeFault::Extra(rest) => format!("parsing time {value}: extra text: {}", quote(rest)),
    })
}

/// A time as Kubernetes writes it: in UTC, whole seconds; a text that is no time stays as it is.
// From apimachinery, apis/meta/v1/time.go Time.ToUnstructured.
pub(crate) fn in_utc(text: &str) -> String {
    seconds(text).map_or_else(|| text.to_owned(), written)
}

/// Seconds since the first of March of year 0, UTC.
fn seconds(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let zone_at = rest.rfind(['Z', '+', '-'])?;
    let (clock, zone) = rest.split_at(zone_at);
    let mut date = date.split('-').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let clock = clock.split(['.', ',']).next()?;
    let mut clock = clock.split(':').map(str::parse::<i64>);
    let (hour, minute, second) = (
        clock.next()?.ok()?,
        clock.next()?.ok()?,
        clock.next()?.ok()?,
    );
    let offset = match zone.split_once(':') {
        None => 0,
        Some((hours, minutes)) => {
            let minutes: i64 = minutes.parse().ok()?;
            let hours: i64 = hours.parse().ok()?;
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            sign * (hours.abs() * 3600 + minutes * 60)
        }
    };
    // Years that start in March end with the leap day.
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second - offset)
}

fn written(seconds: i64) -> String {
    const ERA_DAYS: i64 = 146_097;
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (era, day) = (days.div_euclid(ERA_DAYS), days.rem_euclid(ERA_DAYS));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let month = (day * 5 + 2) / 153;
    let day = day - (month * 153 + 2) / 5 + 1;
    let (year, month) = match month {
        10.. => (era * 400 + year + 1, month - 9),
        _ => (era * 400 + year, month + 3),
    };
    let sign = if year < 0 { "-" } else { "" };
    format!(
        "{sign}{:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        year.abs(),
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

enum TimeFault<'a> {
    Mismatch {
        rest: &'a [u8],
        element: &'static str,
    },
    OutOfRange(&'static str),
    Extra(&'a [u8]),
}

/// Digits that a number may have.
#[derive(Clone, Copy)]
enum Width {
    OneOrTwo,
    Two,
    Four,
}

fn scan(text: &[u8]) -> Result<(), TimeFault<'_>> {
    let (year, rest) = number(text, Width::Four, "2006")?;
    let rest = literal(rest, "-")?;
    let (month, rest) = number(rest, Width::Two, "01")?;
    if !(1..=12).contains(&month) {
        return Err(TimeFault::OutOfRange("month"));
    }
    let rest = literal(rest, "-")?;
    let (day, rest) = number(rest, Width::Two, "02")?;
    let rest = literal(rest, "T")?;
    let (hour, rest) = number(rest, Width::OneOrTwo, "15")?;
    if 23 < hour {
        return Err(TimeFault::OutOfRange("hour"));
    }
    let rest = literal(rest, ":")?;
    let (minute, rest) = number(rest, Width::Two, "04")?;
    if 59 < minute {
        return Err(TimeFault::OutOfRange("minute"));
    }
    let rest = literal(rest, ":")?;
    let (second, rest) = number(rest, Width::Two, "05")?;
    if 59 < second {
        return Err(TimeFault::OutOfRange("second"));
    }
    let rest = zone(fraction(rest))?;
    if !rest.is_empty() {
        return Err(TimeFault::Extra(rest));
    }
    if day < 1 || n_days(month, year) < day {
        return Err(TimeFault::OutOfRange("day"));
    }
    Ok(())
}

fn number<'a>(
    text: &'a [u8],
    width: Width,
    element: &'static str,
) -> Result<(u32, &'a [u8]), TimeFault<'a>> {
    let n_digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let n_bytes = match width {
        Width::OneOrTwo if 1 <= n_digits => n_digits.min(2),
        Width::Two if 2 <= n_digits => 2,
        Width::Four if 4 <= n_digits => 4,
        _ => {
            return Err(TimeFault::Mismatch {
                rest: text,
                element,
            });
        }
    };
    let (digits, rest) = text.split_at(n_bytes);
    let value = digits
        .iter()
        .fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
    Ok((value, rest))
}

fn literal<'a>(text: &'a [u8], element: &'static str) -> Result<&'a [u8], TimeFault<'a>> {
    match text.strip_prefix(element.as_bytes()) {
        Some(rest) => Ok(rest),
        None => Err(TimeFault::Mismatch {
            rest: text,
            element,
        }),
    }
}

/// The text after a fraction of a second, when there is one.
fn fraction(text: &[u8]) -> &[u8] {
    match text {
        [b'.' | b',', digit, ..] if digit.is_ascii_digit() => {
            let digits = text[1..].iter();
            &text[1 + digits.take_while(|byte| byte.is_ascii_digit()).count()..]
        }
        _ => text,
    }
}

fn zone(text: &[u8]) -> Result<&[u8], TimeFault<'_>> {
    let mismatch = TimeFault::Mismatch {
        rest: text,
        element: "Z07:00",
    };
    match text {
        [b'Z', rest @ ..] => Ok(rest),
        [b'+' | b'-', h1, h2, b':', m1, m2, rest @ ..]
            if [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit()) =>
        {
            // Go lets 24 hours and 60 minutes through.
            if (b'2', b'4') < (*h1, *h2) {
                return Err(TimeFault::OutOfRange("time zone offset hour"));
            }
            if (b'6', b'0') < (*m1, *m2) {
                return Err(TimeFault::OutOfRange("time zone offset minute"));
            }
            Ok(rest)
        }
        _ => Err(mismatch),
    }
}

fn n_days(month: u32, year: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A text in the quotes of Go's `time` package, which escapes every byte that is not ASCII.
fn quote(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in text {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(*byte));
            }
            b' '..=b'~' | 0x7f => out.push(char::from(*byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        for (text, expected) in [
            ("2024-02-29T01:02:03Z", "2024-02-29T01:02:03Z"),
            ("2024-03-01T01:02:03.5+02:30", "2024-02-29T22:32:03Z"),
            ("2023-12-31T23:59:59-00:01", "2024-01-01T00:00:59Z"),
            ("2000-02-28T24:00:00Z", "2000-02-29T00:00:00Z"),
            ("1999-12-31T00:00:00,25Z", "1999-12-31T00:00:00Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("0000-01-01T00:00:00+01:00", "-0001-12-31T23:00:00Z"),
            ("9999-12-31T23:59:59-01:00", "10000-01-01T00:59:59Z"),
            ("1900-03-01T1:00:00Z", "1900-03-01T01:00:00Z"),
        ] {
            assert_eq!(in_utc(text), expected, "{text}");
        }
    }

    #[test]
    fn times_are_read_as_go_reads_them() {
        let layout = "\"2006-01-02T15:04:05Z07:00\"";
        let mismatch = |text: &str, rest: &str, element: &str| {
            let text = format!("parsing time \"{text}\" as {layout}");
            Some(format!("{text}: cannot parse \"{rest}\" as \"{element}\""))
        };
        let range = |text: &str, what: &str| Some(format!("parsing time \"{text}\": {what}"));
        for (text, expected) in [
            ("2024-02-29T01:02:03Z", None),
            ("2024-02-29T1:02:03.5+01:00", None),
            ("", mismatch("", "", "2006")),
            ("x", mismatch("x", "x", "2006")),
            ("2024-01-01", mismatch("2024-01-01", "", "T")),
            ("2024-1-01", mismatch("2024-1-01", "1-01", "01")),
            (
                "2024-01-01T00:00:00",
                mismatch("2024-01-01T00:00:00", "", "Z07:00"),
            ),
            (
                "2023-02-29T01:02:03Z",
                range("2023-02-29T01:02:03Z", "day out of range"),
            ),
            (
                "2023-02-01T24:02:03Z",
                range("2023-02-01T24:02:03Z", "hour out of range"),
            ),
            (
                "2023-02-01T01:02:03Zx",
                range("2023-02-01T01:02:03Zx", "extra text: \"x\""),
            ),
        ] {
            assert_eq!(fault(text), expected, "{text}");
        }
    }
}
