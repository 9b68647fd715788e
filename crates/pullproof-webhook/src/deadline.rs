//! When an answer must be there, from the `timeout` that the API server sends and our own limit.

use std::time::{Duration, Instant};

/// A tenth of the time is left for the network and the API server, but no more than this.
pub const MAX_MARGIN: Duration = Duration::from_millis(500);

/// A twentieth of the time is left to a policy to stop and to us to answer, but no more than this.
pub const MAX_GRACE: Duration = Duration::from_millis(250);

/// The two points in time that a review is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Policies are stopped.
    pub evaluate_by: Instant,
    /// An answer goes out, whatever the policies do.
    pub answer_by: Instant,
}

/// The deadline of a request with this query string that arrived at `received`.
///
/// A `timeout` that is missing, unreadable or not positive leaves the configured limit.
pub fn deadline(received: Instant, query: Option<&str>, limit: Duration) -> Deadline {
    let timeout = query
        .and_then(query_timeout)
        .map_or(limit, |timeout| timeout.min(limit));
    let margin = (timeout / 10).min(MAX_MARGIN);
    let grace = (timeout / 20).min(MAX_GRACE);
    let answer_by = received + (timeout - margin);
    Deadline {
        evaluate_by: answer_by - grace,
        answer_by,
    }
}

fn query_timeout(query: &str) -> Option<Duration> {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("timeout="))
        .and_then(go_duration)
}

/// A positive duration as Go writes it, such as `10s`, `1m30s` or `1.5h`; `None` for anything else.
// From golang/go time.ParseDuration.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total = 0.0;
    while !rest.is_empty() {
        let unit_start = rest
            .find(|char: char| !char.is_ascii_digit() && char != '.')
            .filter(|at| 0 < *at)?;
        let (number, tail) = rest.split_at(unit_start);
        let unit_end = tail
            .find(|char: char| char.is_ascii_digit() || char == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" | "%C2%B5s" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * seconds;
        rest = tail;
    }
    Duration::try_from_secs_f64(total)
        .ok()
        .filter(|duration| !duration.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        let ms = Duration::from_millis;
        for (text, expected) in [
            ("10s", Some(ms(10_000))),
            ("500ms", Some(ms(500))),
            ("1m30s", Some(ms(90_000))),
            ("1.5s", Some(ms(1_500))),
            (".5s", Some(ms(500))),
            ("+2s", Some(ms(2_000))),
            ("1h0m1s", Some(ms(3_601_000))),
            ("250us", Some(Duration::from_micros(250))),
            ("250µs", Some(Duration::from_micros(250))),
            ("0s", None),
            ("0", None),
            ("", None),
            ("10", None),
            ("s", None),
            ("-1s", None),
            ("1 s", None),
            ("1d", None),
            ("1.2.3s", None),
            ("inf", None),
            ("1e3s", None),
            ("99999999999999999999999999h", None),
        ] {
            assert_eq!(go_duration(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_shorter_of_both_limits_counts() {
        let received = Instant::now();
        let ms = Duration::from_millis;
        for (query, limit, evaluate_ms, answer_ms) in [
            (None, 10_000, 9_250, 9_500),
            (Some(""), 10_000, 9_250, 9_500),
            (Some("timeout=10s"), 30_000, 9_250, 9_500),
            (Some("timeout=30s"), 10_000, 9_250, 9_500),
            (Some("a=b&timeout=1s"), 10_000, 850, 900),
            (Some("timeout=never"), 1_000, 850, 900),
            (Some("timeout=-5s"), 1_000, 850, 900),
            (Some("timeout=100ms"), 1_000, 85, 90),
            (Some("timeout=1ns"), 1_000, 0, 0),
        ] {
            let deadline = deadline(received, query, ms(limit));
            let rounded = |at: Instant| at.duration_since(received).as_millis();
            assert_eq!(rounded(deadline.evaluate_by), evaluate_ms, "{query:?}");
            assert_eq!(rounded(deadline.answer_by), answer_ms, "{query:?}");
        }
    }
}
