//! Numbers with a fraction: read from digits, and written with the fewest that read back.
//!
//! The standard library does both fast, with large tables; where a program is fetched before it
//! runs, as in a browser, long division serves.

#[cfg(any(small, test))]
mod exact;

/// The number nearest to digits with or without a sign, a fraction and an exponent, or to `inf`
/// or `nan`.
///
/// Infinite when it is too large; `None` when the text is none of these.
#[cfg(not(small))]
pub fn parse(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// The number nearest to digits with or without a sign, a fraction and an exponent, or to `inf`
/// or `nan`.
///
/// Infinite when it is too large; `None` when the text is none of these.
#[cfg(small)]
pub fn parse(text: &str) -> Option<f64> {
    exact::parse(text)
}

/// A number with one digit before the point, and an exponent: `-1.25e3`; `inf` or `NaN` when it
/// has no digits.
#[cfg(not(small))]
pub fn scientific(number: f64) -> String {
    format!("{number:e}")
}

/// A number with one digit before the point, and an exponent: `-1.25e3`; `inf` or `NaN` when it
/// has no digits.
#[cfg(small)]
pub fn scientific(number: f64) -> String {
    exact::scientific(number)
}

/// The same with as many digits as single precision needs.
#[cfg(not(small))]
pub fn scientific_single(number: f32) -> String {
    format!("{number:e}")
}

/// The same with as many digits as single precision needs.
#[cfg(small)]
pub fn scientific_single(number: f32) -> String {
    exact::scientific_single(number)
}

/// A number without an exponent: `-1250`, `0.5`.
pub fn plain(number: f64) -> String {
    spelled_out(&scientific(number))
}

/// A number with an exponent, spelled out without.
pub fn spelled_out(scientific: &str) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific.to_owned();
    };
    let unsigned = mantissa.trim_start_matches('-');
    let sign = &mantissa[..mantissa.len() - unsigned.len()];
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = [whole, fraction].concat();
    let exponent: isize = exponent.parse().unwrap_or_default();
    // How many digits stand before the point.
    let n_whole = exponent.saturating_add_unsigned(whole.len());
    let zeros = |n: usize| "0".repeat(n);
    match usize::try_from(n_whole) {
        Ok(n_whole) if digits.len() <= n_whole => {
            format!("{sign}{digits}{}", zeros(n_whole - digits.len()))
        }
        Ok(n_whole) if 0 < n_whole => {
            let (whole, fraction) = digits.split_at(n_whole);
            format!("{sign}{whole}.{fraction}")
        }
        _ => format!("{sign}0.{}{digits}", zeros(n_whole.unsigned_abs())),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_spelled_out_as_by_the_standard_library() {
        let plain = [0.0, -0.0, 1.0, -12.5, 0.1, 0.001_25, 123_456.0, 1e21, 1e-7];
        let odd = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::MAX, 5e-324];
        for number in plain.into_iter().chain(odd) {
            assert_eq!(super::plain(number), number.to_string());
        }
    }
}
