//! Which of some known names an unknown one was meant to be.

/// Longest name that is compared, in bytes: no name that is known here is half as long, and the
/// time grows with the square.
pub const NAME_MAX_BYTES: usize = 64;

/// The known name that is most like an unknown one; `None` when none is like it.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if NAME_MAX_BYTES < name.len() {
        return None;
    }
    let lower = name.to_lowercase();
    let distances = known.map(|known| (distance(&lower, &known.to_lowercase()), known));
    let (distance, nearest) = distances.min()?;
    // A third of the letters wrong is no slip any more.
    (distance * 3 < name.len()).then_some(nearest)
}

/// How many letters must be put in, taken out or replaced to make one text of another.
pub(crate) fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (left_idx, left) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = left_idx + 1;
        for (right_idx, right) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[right_idx + 1];
            row[right_idx + 1] = replaced.min(diagonal + 1).min(row[right_idx] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_names() {
        let known = ["self-mirror", "dotless-host", "PP007"];
        let long = |n_bytes: usize| format!("self-mirror{}", "r".repeat(n_bytes - 11));
        let cases = [
            ("slef-mirror", Some("self-mirror")),
            ("Self-Mirror", Some("self-mirror")),
            ("dotles-host", Some("dotless-host")),
            ("pp07", Some("PP007")),
            ("other", None),
            ("", None),
            (&long(NAME_MAX_BYTES), None),
            (&long(14), Some("self-mirror")),
        ];
        for (name, expected) in cases {
            assert_eq!(nearest(name, known.into_iter()), expected, "{name}");
        }
        let is_near =
            |n_bytes| nearest(&"r".repeat(n_bytes), [&*"r".repeat(n_bytes)].into_iter()).is_some();
        assert!(is_near(NAME_MAX_BYTES));
        assert!(!is_near(NAME_MAX_BYTES + 1));
    }
}
