//! The grammar of one part of the annotation: `RULE, RULE: reason`.

/// The names and the reason, which may be empty; `None` where it has another form.
pub(super) fn parse(part: &str) -> Option<(Vec<&str>, &str)> {
    let (names, reason) = part.split_once(':').unwrap_or((part, ""));
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    let is_name = |name: &&str| !name.is_empty() && !name.contains(char::is_whitespace);
    names.iter().all(is_name).then_some((names, reason.trim()))
}
