//! Reading and writing by whole numbers of any length, with no table.

use std::cmp::Ordering;

/// Digits beyond these can only tell on which side of the middle between two numbers a text is.
const MAX_DIGITS: usize = 800;

/// Decimal exponents of the first digit beyond which a number is infinite, or zero.
const EXPONENTS: std::ops::Range<i64> = -330..310;

/// How many bits the fraction of a number has, the first among them.
const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS;

/// The binary exponent of the least number that is not zero.
const MIN_EXPONENT: i64 = -1074;

/// The same for single precision.
const MIN_EXPONENT_SINGLE: i64 = -149;

pub(super) fn parse(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let magnitude = match unsigned {
        "inf" => f64::INFINITY,
        "nan" => f64::NAN,
        _ => decimal(unsigned)?,
    };
    Some(match text.starts_with('-') {
        true => -magnitude,
        false => magnitude,
    })
}

fn decimal(unsigned: &str) -> Option<f64> {
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], exponent(&unsigned[at + 1..])?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    if digits().next().is_none() || !digits().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let n_zeros = digits().take_while(|byte| *byte == b'0').count();
    let n_digits = whole.len() + fraction.len() - n_zeros;
    // The number is `0.DIGITS` with this exponent.
    let exponent = exponent + signed(whole.len()) - signed(n_zeros);
    if n_digits == 0 || exponent < EXPONENTS.start {
        return Some(0.0);
    }
    if EXPONENTS.end < exponent {
        return Some(f64::INFINITY);
    }
    let mut numerator = Whole::of(0);
    for digit in digits().skip(n_zeros).take(MAX_DIGITS) {
        numerator.times(10, u32::from(digit - b'0'));
    }
    let mut n_read = n_digits.min(MAX_DIGITS);
    if digits().skip(n_zeros + n_read).any(|digit| digit != b'0') {
        numerator.times(10, 1);
        n_read += 1;
    }
    let mut denominator = Whole::of(1);
    let exponent = exponent - signed(n_read);
    let scaled = match exponent < 0 {
        true => &mut denominator,
        false => &mut numerator,
    };
    for _ in 0..exponent.unsigned_abs() {
        scaled.times(10, 0);
    }
    Some(quotient(numerator, denominator))
}

/// A text's length, of which there is none that does not fit.
fn signed(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX / 4)
}

fn exponent(text: &str) -> Option<i64> {
    // Beyond any that the digits of a text could make up for.
    const MAX: i64 = 1 << 60;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let exponent = digits
        .parse()
        .map_or(MAX, |exponent: i64| exponent.min(MAX));
    Some(match text.starts_with('-') {
        true => -exponent,
        false => exponent,
    })
}

/// The number nearest to a quotient, of two the even one.
fn quotient(mut numerator: Whole, mut denominator: Whole) -> f64 {
    // Three bits more than a number has, at least, unless it is one of the least.
    let exponent = numerator.n_bits() - denominator.n_bits() - i64::from(MANTISSA_BITS) - 3;
    let exponent = exponent.max(MIN_EXPONENT - 3);
    match exponent < 0 {
        true => numerator.shift(exponent.unsigned_abs()),
        false => denominator.shift(exponent.unsigned_abs()),
    }
    const QUOTIENT_BITS: u64 = 60;
    denominator.shift(QUOTIENT_BITS);
    let mut quotient = 0_u64;
    for _ in 0..=QUOTIENT_BITS {
        quotient <<= 1;
        if numerator.compare(&denominator) != Ordering::Less {
            numerator.minus(&denominator);
            quotient |= 1;
        }
        numerator.shift(1);
    }
    let n_bits = u64::BITS - quotient.leading_zeros();
    let n_dropped = n_bits.saturating_sub(MANTISSA_BITS);
    let n_dropped = i64::from(n_dropped).max(MIN_EXPONENT - exponent);
    let mut mantissa = quotient >> n_dropped;
    let dropped = quotient & ((1 << n_dropped) - 1);
    let is_even = mantissa & 1 == 0 && numerator.is_zero();
    let half = 1 << (n_dropped - 1);
    if half < dropped || half == dropped && !is_even {
        mantissa += 1;
    }
    // Beside the first bit, which is not written but for the least numbers.
    let hidden = 1 << (MANTISSA_BITS - 1);
    let biased = (exponent + n_dropped - MIN_EXPONENT).unsigned_abs();
    let bits = match mantissa < hidden {
        true => mantissa,
        // A carry out of the mantissa makes the exponent greater by one, as it should.
        false => (biased << (MANTISSA_BITS - 1)) + mantissa,
    };
    f64::from_bits(bits.min(f64::INFINITY.to_bits()))
}

pub(super) fn scientific(number: f64) -> String {
    let bits = number.to_bits();
    let hidden = 1 << (MANTISSA_BITS - 1);
    let biased = bits << 1 >> MANTISSA_BITS;
    written(Binary {
        is_negative: number.is_sign_negative(),
        is_number: number.is_finite(),
        is_nan: number.is_nan(),
        mantissa: bits & (hidden - 1),
        hidden,
        biased,
        min_exponent: MIN_EXPONENT,
    })
}

pub(super) fn scientific_single(number: f32) -> String {
    let bits = number.to_bits();
    let hidden = 1 << (f32::MANTISSA_DIGITS - 1);
    let biased = bits << 1 >> f32::MANTISSA_DIGITS;
    written(Binary {
        is_negative: number.is_sign_negative(),
        is_number: number.is_finite(),
        is_nan: number.is_nan(),
        mantissa: u64::from(bits & (hidden - 1)),
        hidden: u64::from(hidden),
        biased: u64::from(biased),
        min_exponent: MIN_EXPONENT_SINGLE,
    })
}

/// The parts of a number of either precision.
struct Binary {
    is_negative: bool,
    is_number: bool,
    is_nan: bool,
    /// The bits that are written.
    mantissa: u64,
    /// The bit before them, which is not.
    hidden: u64,
    /// The exponent as written.
    biased: u64,
    min_exponent: i64,
}

// After Steele and White, "How to print floating-point numbers accurately", algorithm FPP².
fn written(number: Binary) -> String {
    let sign = if number.is_negative { "-" } else { "" };
    if number.is_nan {
        return "NaN".to_owned();
    }
    if !number.is_number {
        return format!("{sign}inf");
    }
    if number.mantissa == 0 && number.biased == 0 {
        return format!("{sign}0e0");
    }
    let (digits, exponent) = shortest(&number);
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{rest}e{exponent}")
}

/// The fewest digits that are nearer to a number than to any other, and the exponent of the first.
fn shortest(number: &Binary) -> (String, i64) {
    let mantissa = match number.biased {
        0 => number.mantissa,
        _ => number.mantissa | number.hidden,
    };
    let power = number.biased.saturating_sub(1);
    let exponent = number.min_exponent.saturating_add_unsigned(power);
    // The number below is nearer than the one above where the exponent changes between them.
    let is_lowest = number.mantissa == 0 && 1 < number.biased;
    // A number in the middle between two is read as the even one.
    let is_even = mantissa & 1 == 0;
    let mut rest = Whole::of(mantissa);
    let mut scale = Whole::of(1);
    let (mut above, mut below) = (Whole::of(1), Whole::of(1));
    // In quarters, so that half the distance to the neighbours is whole.
    rest.shift(2);
    scale.shift(2);
    above.shift(1);
    below.shift(u64::from(!is_lowest));
    match exponent < 0 {
        true => scale.shift(exponent.unsigned_abs()),
        false => [&mut rest, &mut above, &mut below]
            .into_iter()
            .for_each(|whole| whole.shift(exponent.unsigned_abs())),
    }
    let reaches = |rest: &Whole, above: &Whole, scale: &Whole| match rest.plus(above).compare(scale)
    {
        Ordering::Less => false,
        Ordering::Equal => is_even,
        Ordering::Greater => true,
    };
    let mut exponent = 0;
    while reaches(&rest, &above, &scale) {
        scale.times(10, 0);
        exponent += 1;
    }
    let mut digits = String::new();
    loop {
        for whole in [&mut rest, &mut above, &mut below] {
            whole.times(10, 0);
        }
        let mut digit = b'0';
        while rest.compare(&scale) != Ordering::Less {
            rest.minus(&scale);
            digit += 1;
        }
        let is_last_below = match rest.compare(&below) {
            Ordering::Less => true,
            Ordering::Equal => is_even,
            Ordering::Greater => false,
        };
        let is_last_above = reaches(&rest, &above, &scale);
        let is_last = is_last_below || is_last_above;
        if is_last_above && (!is_last_below || rest.plus(&rest).compare(&scale) != Ordering::Less) {
            digit += 1;
        }
        if digits.is_empty() && digit == b'0' {
            exponent -= 1;
            continue;
        }
        digits.push(char::from(digit));
        if is_last {
            return (digits, exponent - 1);
        }
    }
}

/// A whole number of any length.
#[derive(Clone)]
struct Whole {
    // Lowest first. Invariant: the last is not zero.
    words: Vec<u32>,
}

impl Whole {
    fn of(number: u64) -> Whole {
        let mut whole = Whole { words: Vec::new() };
        #[expect(clippy::cast_possible_truncation, reason = "the halves of a number")]
        whole.words.extend([number as u32, (number >> 32) as u32]);
        whole.trim();
        whole
    }

    fn trim(&mut self) {
        while self.words.last() == Some(&0) {
            self.words.pop();
        }
    }

    fn is_zero(&self) -> bool {
        self.words.is_empty()
    }

    fn n_bits(&self) -> i64 {
        let last = self.words.last().map_or(0, |word| word.leading_zeros());
        signed(self.words.len()) * i64::from(u32::BITS) - i64::from(last)
    }

    fn times(&mut self, factor: u32, plus: u32) {
        let mut carry = u64::from(plus);
        for word in &mut self.words {
            carry += u64::from(*word) * u64::from(factor);
            *word = low(carry);
            carry >>= 32;
        }
        self.words.push(low(carry));
        self.trim();
    }

    /// Doubles it so many times.
    fn shift(&mut self, n_bits: u64) {
        if !self.is_zero() {
            let n_words = usize::try_from(n_bits / 32).unwrap_or_default();
            self.words.splice(0..0, std::iter::repeat_n(0, n_words));
        }
        self.times(1 << (n_bits % 32), 0);
    }

    fn plus(&self, other: &Whole) -> Whole {
        let mut sum = self.clone();
        sum.words.resize(self.words.len().max(other.words.len()), 0);
        let mut carry = 0;
        for (at, word) in sum.words.iter_mut().enumerate() {
            carry += u64::from(*word) + u64::from(other.words.get(at).copied().unwrap_or_default());
            *word = low(carry);
            carry >>= 32;
        }
        sum.words.push(low(carry));
        sum.trim();
        sum
    }

    /// Takes away what is not greater.
    fn minus(&mut self, other: &Whole) {
        let mut is_borrowed = false;
        for (at, word) in self.words.iter_mut().enumerate() {
            let less = other.words.get(at).copied().unwrap_or_default();
            let (difference, is_below) = word.overflowing_sub(less);
            let (difference, is_below_too) = difference.overflowing_sub(u32::from(is_borrowed));
            *word = difference;
            is_borrowed = is_below || is_below_too;
        }
        self.trim();
    }

    fn compare(&self, other: &Whole) -> Ordering {
        let len = self.words.len().cmp(&other.words.len());
        len.then_with(|| self.words.iter().rev().cmp(other.words.iter().rev()))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the rest is carried on")]
fn low(number: u64) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: f64) {
        assert_eq!(scientific(number), format!("{number:e}"));
        let (least, most) = (format!("{number}"), format!("{number:.40e}"));
        for text in [scientific(number), least, most] {
            let read = parse(&text).expect("it is a number");
            assert_eq!(read.to_bits(), number.to_bits(), "{text}");
        }
    }

    /// Bits that look random.
    fn bits(n: usize) -> impl Iterator<Item = u64> {
        let mut state = 1_u64;
        let numbers = std::iter::repeat_with(move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        });
        numbers.take(n)
    }

    #[test]
    fn numbers_are_as_the_standard_library_has_them() {
        for number in [
            0.0,
            1.0,
            0.1,
            0.3,
            1.5,
            1e21,
            1e22,
            1e23,
            5e-324,
            2.225_073_858_507_201e-308,
            f64::MIN_POSITIVE,
            f64::MAX,
            f64::EPSILON,
            9_007_199_254_740_993.0,
            123_456_789.125,
        ] {
            check(number);
            check(-number);
        }
        // Where the exponent changes.
        for power in 0..=2046_u64 {
            check(f64::from_bits(power << 52));
            check(f64::from_bits((power << 52) + 1));
            check(f64::from_bits((power << 52) | ((1 << 52) - 1)));
        }
        for bits in bits(3000) {
            let number = f64::from_bits(bits);
            if number.is_finite() {
                check(number);
            }
        }
        for odd in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert_eq!(scientific(odd), format!("{odd:e}"));
        }
    }

    #[test]
    fn single_precision_is_as_the_standard_library_has_it() {
        let simple = [
            0.0,
            0.1,
            1.0,
            1e6,
            1e-5,
            16_777_216.0,
            f32::MAX,
            f32::MIN_POSITIVE,
        ];
        let powers = (0..255).map(|power: u32| f32::from_bits(power << 23));
        let mixed = bits(3000).map(|bits| f32::from_bits(low(bits)));
        for number in simple.into_iter().chain(powers).chain(mixed) {
            assert_eq!(scientific_single(number), format!("{number:e}"));
        }
    }

    #[test]
    fn texts_are_read_as_by_the_standard_library() {
        let middle = format!("{:.60e}", f64::from_bits((1023 << 52) + 1));
        let long = format!("0.{}1e{}", "0".repeat(2000), 1999);
        let longer = format!("9007199254740993.{}1", "0".repeat(MAX_DIGITS));
        let exact = format!("9007199254740993.{}", "0".repeat(MAX_DIGITS));
        for text in [
            "1e999",
            "-1e999",
            "1e-999",
            "0e999",
            "1e99999999999999999999",
            "1.e1",
            ".5",
            "0.5e+1",
            "5E-324",
            "2e-324",
            "3e-324",
            "2.5e-324",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "179769313486231580793e289",
            "inf",
            "-inf",
            "+inf",
            "nan",
            "",
            ".",
            "+",
            "e1",
            "1e",
            "1e+",
            "1.2.3",
            "0x1",
            "1_0",
            "1e1.5",
            "+-1",
            "9007199254740993",
            "9007199254740992.9",
            "100000000000000000000000",
            &middle,
            &long,
            &longer,
            &exact,
        ] {
            let expected: Option<f64> = text.parse().ok();
            let (read, expected) = (parse(text).map(f64::to_bits), expected.map(f64::to_bits));
            assert_eq!(read, expected, "{text}");
        }
        for (text, bits) in std::iter::zip(0..2000_u64, bits(2000)).map(|(at, bits)| {
            let exponent = i64::try_from(at % 660).unwrap_or_default() - 340;
            (format!("{bits}e{exponent}"), bits)
        }) {
            let expected: f64 = text.parse().expect("it is a number");
            assert_eq!(parse(&text), Some(expected), "{text} of {bits}");
        }
    }
}
