//! Which parts of a text are secret, so that no report shows them.
//!
//! Works on the bare text, since a text that no reader accepts must not be shown either; where
//! it is in doubt, it hides too much.

use crate::order;
use std::ops::Range;

/// Keys whose values are secret, in lower case.
const SECRET_KEYS: [&str; 13] = [
    "auth",
    "password",
    "passwd",
    "passwordhash",
    "token",
    "identitytoken",
    "registrytoken",
    "pullsecret",
    "pull-secret",
    "httpsecret",
    "dockerconfigjson",
    ".dockerconfigjson",
    ".dockercfg",
];

/// Keys whose values are secret in a `Secret`, in lower case.
const DATA_KEYS: [&str; 2] = ["data", "stringdata"];

/// The key of what registries are in, whose credentials are secret wherever they stand below.
const AUTHS_KEY: &str = "auths";

/// What stands for something hidden, where there is room for it.
const HIDDEN: &str = "<hidden>";

/// The text with every secret hidden, each byte where it was; `None` when it has no secret.
///
/// Line breaks stay, so that lines are the same.
pub(super) fn masked(text: &str) -> Option<String> {
    let mut ranges = ranges(text);
    ranges.extend(encoded(text));
    order::sort_by_key(&mut ranges, |range| (range.start, range.end));
    ranges.dedup_by(|later, earlier| {
        let overlaps = later.start < earlier.end;
        if overlaps {
            earlier.end = earlier.end.max(later.end);
        }
        overlaps
    });
    if ranges.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in ranges {
        let hidden = HIDDEN.bytes().chain(std::iter::repeat(b' '));
        let is_short = range.len() < HIDDEN.len();
        for (byte, hidden) in bytes[range].iter_mut().zip(hidden) {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = if is_short { b'*' } else { hidden };
            }
        }
    }
    // Whole characters were replaced by bytes that are characters.
    Some(String::from_utf8(bytes).unwrap_or_default())
}

/// The secret parts, in order; no two overlap.
fn ranges(text: &str) -> Vec<Range<usize>> {
    let has_secrets = text.contains("Secret");
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(colon) = find_from(text, at, |byte| byte == b':' || byte == b'-') {
        at = colon + 1;
        if text[colon..].starts_with("-----BEGIN ") {
            if let Some(end) = private_key_end(text, colon) {
                ranges.push(colon..end);
                at = end;
            }
            continue;
        }
        if !text[colon..].starts_with(':') {
            continue;
        }
        if let Some(range) = user_of_url(text, colon) {
            at = range.end;
            ranges.push(range);
            continue;
        }
        let key = Key::before(text, colon);
        let name = text[key.range.clone()].to_ascii_lowercase();
        if SECRET_KEYS.contains(&&*name) {
            let range = value(text, colon, &key);
            at = range.end;
            ranges.push(range);
        } else if name == AUTHS_KEY {
            at = auths(text, colon, &key, &mut ranges);
        } else if has_secrets && DATA_KEYS.contains(&&*name) {
            at = data(text, colon, &key, &mut ranges);
        }
    }
    ranges.retain(|range| !range.is_empty());
    ranges
}

/// Pull secrets in the writings that files in a `MachineConfig` have, told by the key `"auth"`.
fn encoded(text: &str) -> Vec<Range<usize>> {
    /// The key in base64, by its place among three bytes.
    const BASE64: [&str; 3] = ["ImF1dGgi", "JhdXRoI", "iYXV0aCI"];
    /// The key in a URL.
    const URL: &str = "%22auth%22";
    let mut ranges = Vec::new();
    for marker in BASE64 {
        let mut at = 0;
        while let Some(found) = text[at..].find(marker) {
            let range = base64_around(text, at, at + found);
            at = range.end;
            ranges.push(range);
        }
    }
    let is_end = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'');
    let mut at = 0;
    while let Some(found) = text[at..].find(URL) {
        let before = &text.as_bytes()[at..at + found];
        let start = before.iter().rposition(|byte| is_end(*byte));
        let start = start.map_or(at, |end| at + end + 1);
        let end = find_from(text, at + found, is_end).unwrap_or(text.len());
        ranges.push(start..end);
        at = end;
    }
    ranges
}

/// The base64 around a place, no part of which is before `first`: the run that the place is in, and
/// lines before and behind it that have nothing else.
fn base64_around(text: &str, first: usize, place: usize) -> Range<usize> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
    let is_whole = |line: &str| !line.is_empty() && line.bytes().all(is_base64);
    let bytes = text.as_bytes();
    let mut start = place;
    loop {
        while first < start && is_base64(bytes[start - 1]) {
            start -= 1;
        }
        // A line before, where nothing else stands before the run in its own.
        let before = text[first..start].trim_end_matches([' ', '\t']);
        let Some(before) = before.strip_suffix('\n') else {
            break;
        };
        let before = before.trim_end_matches([' ', '\t', '\r']);
        let line = before.rsplit('\n').next().unwrap_or_default();
        if !is_whole(line.trim_start_matches([' ', '\t'])) {
            break;
        }
        start = first + before.len();
    }
    let mut end = find_from(text, place, |byte| !is_base64(byte)).unwrap_or(text.len());
    while let Some(behind) = text[end..]
        .trim_start_matches([' ', '\t', '\r'])
        .strip_prefix('\n')
    {
        let next = text.len() - behind.len();
        let next_end = line_end(text, next);
        if !is_whole(text[next..next_end].trim()) {
            break;
        }
        end = next_end;
    }
    start..end
}

/// A key in front of a colon.
struct Key {
    range: Range<usize>,
    /// The column it starts at, quotes included, where nothing but dashes and spaces stands
    /// before it on its line.
    column: Option<usize>,
}

impl Key {
    /// Looks back no further than the longest key there is.
    fn before(text: &str, colon: usize) -> Key {
        const LONGEST: usize = 64;
        let bytes = text.as_bytes();
        let back = |from: usize, is_one: fn(u8) -> bool| {
            let is_one = |at: &usize| is_one(bytes[*at - 1]);
            let first = from.saturating_sub(LONGEST);
            let mut at = from;
            while first < at && is_one(&at) {
                at -= 1;
            }
            at
        };
        let end = back(colon, |byte| matches!(byte, b' ' | b'\t'));
        let end = back(end, |byte| matches!(byte, b'"' | b'\'' | b'\\'));
        let start = back(end, |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
        });
        let quote = back(start, |byte| matches!(byte, b'"' | b'\'' | b'\\'));
        let before = bytes[..quote].iter().rev();
        let column = before
            .take_while(|byte| matches!(byte, b' ' | b'-' | b'\t'))
            .count();
        let line = quote - column;
        let is_first = line == 0 || bytes[line - 1] == b'\n';
        Key {
            range: start..end,
            column: is_first.then_some(column),
        }
    }
}

/// The value behind a colon, and whatever could belong to it.
fn value(text: &str, colon: usize, key: &Key) -> Range<usize> {
    let bytes = text.as_bytes();
    let mut start = colon + 1;
    while start < bytes.len() && matches!(bytes[start], b' ' | b'\t') {
        start += 1;
    }
    // JSON may go on in the next line with what YAML has in the same.
    let next = find_from(text, start, |byte| !byte.is_ascii_whitespace()).unwrap_or(text.len());
    if bytes.get(next).is_some_and(|byte| b"\"'{[".contains(byte)) {
        start = next;
    }
    let rest = &text[start..];
    let quotes = rest.len() - rest.trim_start_matches('\\').len() + 1;
    let opening = rest.get(..quotes).unwrap_or_default();
    let end = match opening.bytes().last() {
        Some(b'"' | b'\'') => closing_quote(text, start, opening),
        Some(b'{' | b'[') => Some(closing_bracket(text, start)),
        _ => Some(line_end(text, start)),
    };
    let Some(end) = end else {
        return start..text.len();
    };
    let follows = find_from(text, end, |byte| !matches!(byte, b' ' | b'\t' | b'\r'));
    let follows = follows.map(|at| bytes[at]);
    let is_whole = follows.is_none_or(|byte| b"\n,}]".contains(&byte));
    match key.column {
        None if is_whole => start..end,
        None => start..line_end(text, end),
        Some(_) if follows == Some(b',') => start..end,
        Some(column) => start..deeper_end(text, line_end(text, end), column),
    }
}

/// The values of a `Secret`; the result is where they end.
fn data(text: &str, colon: usize, key: &Key, ranges: &mut Vec<Range<usize>>) -> usize {
    let first = find_from(text, colon + 1, |byte| !byte.is_ascii_whitespace());
    // The column of the first value, where it stands in a line of its own.
    let child = first.and_then(|first| {
        let between = &text[colon + 1..first];
        let child_column = between.len() - between.rfind('\n')? - 1;
        Some((first, key.column?, child_column)).filter(|_| key.column < Some(child_column))
    });
    let Some((first, column, child_column)) = child else {
        let range = value(text, colon, key);
        let end = range.end;
        ranges.push(range);
        return end;
    };
    let end_of_line = line_end(text, colon);
    let end = deeper_end(text, end_of_line, column);
    let mut at = first - child_column;
    while at < end {
        let end_of_line = line_end(text, at);
        let line = &text[at..end_of_line];
        let indent = line.len() - line.trim_start_matches(' ').len();
        let colon = line.find(':').map(|colon| at + colon);
        let range = match colon {
            Some(colon) if indent == child_column && !line[indent..].starts_with('#') => {
                let key = Key::before(text, colon);
                value(text, colon, &key)
            }
            _ => at + indent..end_of_line,
        };
        at = line_end(text, range.end.max(at)) + 1;
        ranges.push(range);
    }
    at.min(text.len())
}

/// Every value below `auths`, of which only keys are shown; the result is where it ends.
fn auths(text: &str, colon: usize, key: &Key, ranges: &mut Vec<Range<usize>>) -> usize {
    let bytes = text.as_bytes();
    let all = value(text, colon, key);
    let mut at = all.start;
    while at < all.end {
        let end_of_line = line_end(text, at).min(all.end);
        let Some(colon) = key_end(bytes, at, end_of_line) else {
            // A line without a key, and what is behind the last key of a line.
            let is_text = |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
            if let Some(start) = find_from(text, at, is_text).filter(|it| *it < end_of_line) {
                ranges.push(start..end_of_line);
            }
            at = end_of_line + 1;
            continue;
        };
        let start = find_from(text, colon + 1, |byte| !byte.is_ascii_whitespace());
        let start = start.unwrap_or(text.len());
        let is_nested = matches!(bytes.get(start), Some(b'{' | b'['))
            || end_of_line <= start && !matches!(bytes.get(start), Some(b'"' | b'\''));
        let key = Key::before(text, colon);
        let name = text[key.range.clone()].to_ascii_lowercase();
        if is_nested && !SECRET_KEYS.contains(&&*name) {
            at = colon + 1;
            continue;
        }
        let range = value(text, colon, &key);
        at = range.end.max(colon + 1);
        ranges.push(range);
    }
    all.end.max(at).min(text.len())
}

/// The colon behind the next key, in a part of a line: hosts have colons, too.
fn key_end(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
    (start..end).find(|at| {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        let is_quoted = matches!(before, Some(b'"' | b'\'' | b' '));
        let is_spaced = bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        bytes[*at] == b':' && (is_quoted || is_spaced)
    })
}

/// Where a quoted text ends, behind the quote; `None` when it does not.
fn closing_quote(text: &str, start: usize, opening: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start + opening.len();
    loop {
        let found = at + text.get(at..)?.find(opening)?;
        let end = found + opening.len();
        match opening {
            "'" if bytes.get(end) == Some(&b'\'') => at = end + 1,
            "'" => return Some(end),
            _ => {
                let before = bytes[start + opening.len()..found].iter().rev();
                let n_backslashes = before.take_while(|byte| **byte == b'\\').count();
                if n_backslashes % 2 == 0 {
                    return Some(end);
                }
                at = end;
            }
        }
    }
}

/// Where brackets are closed again, or the end of the text.
fn closing_bracket(text: &str, start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// Where the lines end, from a line's end on, that are indented deeper than a column.
fn deeper_end(text: &str, end_of_line: usize, column: usize) -> usize {
    let mut end = end_of_line;
    while end < text.len() {
        let next_end = line_end(text, end + 1);
        let line = &text[end + 1..next_end];
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        if indent <= column && !line.trim().is_empty() {
            break;
        }
        end = next_end;
    }
    end
}

/// The user and password of a URL whose scheme ends at a colon.
fn user_of_url(text: &str, colon: usize) -> Option<Range<usize>> {
    let rest = text[colon..].strip_prefix("://")?;
    let is_end = |character: char| {
        character.is_whitespace() || character == '/' || character == '"' || character == '\''
    };
    let authority = rest.split(is_end).next().unwrap_or_default();
    let user = authority.rfind('@')?;
    let start = colon + "://".len();
    Some(start..start + user)
}

/// Where a private key ends that starts at a place; `None` when none starts there.
fn private_key_end(text: &str, start: usize) -> Option<usize> {
    const FOOT: &str = "-----END ";
    /// Longest name of a key that goes before "PRIVATE KEY", with room to spare.
    const NAME_BYTES: usize = 40;
    let head = text.as_bytes()[start..]
        .iter()
        .take(NAME_BYTES + FOOT.len());
    let head: Vec<u8> = head.copied().collect();
    let is_private = head.windows(11).any(|window| window == b"PRIVATE KEY");
    if !is_private {
        return None;
    }
    Some(match text[start..].find(FOOT) {
        Some(foot) => line_end(text, start + foot),
        None => text.len(),
    })
}

fn find_from(text: &str, start: usize, is_one: impl Fn(u8) -> bool) -> Option<usize> {
    let bytes = text.as_bytes().get(start..)?;
    Some(start + bytes.iter().position(|byte| is_one(*byte))?)
}

fn line_end(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    text[at..].find('\n').map_or(text.len(), |end| at + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `S3cr…` marks what must be hidden, `shown` what must not.
    fn check(text: &str) {
        let masked = masked(text).expect("there is something to hide");
        assert_eq!(masked.len(), text.len());
        assert_eq!(masked.lines().count(), text.lines().count());
        assert!(!masked.contains("S3cr"), "{text}\n{masked}");
        let count = |text: &str| text.matches("shown").count();
        assert_eq!(count(&masked), count(text), "{text}\n{masked}");
    }

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        for text in [
            "shown: 1\npullSecret: S3cr\nshown2: 2\n",
            "pullSecret: '{\"auths\":{\"q.io\":{\"auth\":\"S3cr\"}}}'\nshown: 1\n",
            "pullSecret: '{\"auths\":\n S3cr }'\nshown: 1\n",
            "pullSecret: '{\"auths\":\nS3cr\n}'\nshown: 1\n",
            "pullSecret: \"{\"auths\":{\"q.io\":{\"auth\":\"S3cr\"}}}\"\nshown: 1\n",
            "pullSecret: |\n  {\"auths\":\n\n    S3cr}\nshown: 1\n",
            "pullSecret: >-\n  S3cr\n  S3cr\n\nshown: 1\n",
            "pullSecret: 'S3cr it''s S3cr' S3cr\nshown: 1\n",
            "pullSecret:\n  {\"auths\": {\"q.io\": {\"auth\": \"S3cr\"}}}\nshown: 1\n",
            "pullSecret: {\"auths\": {\"q.io\":\n{\"auth\": \"S3cr\"}}}\nshown: 1\n",
            "pullSecret: \"S3cr\nS3cr",
            "  pullSecret : S3cr\n",
            "{\"auths\":{\"shown\":{\"auth\":\"S3cr\"},\"shown2\":{\"auth\":\"S3cr\",\"email\":\"S3cr\"}}}",
            "{\"auths\": {\n  \"shown\": {\n    \"auth\": \"S3cr\",\n    \"email\": \"S3cr\"\n  }\n}}",
            "{\"auths\": {\n  \"shown\": {\n    \"auth\":\n\"S3cr\",\n    \"email\": \"S3cr\"\n  }\n}}",
            "{\"auths\": {\n  \"shown\": {\n    \"auth\": \"S3cr\n    \"email\": 1\n  }\n}}",
            "{\"auths\":{\"shown\":\"S3cr\",\"shown.io:5000\":{\"auth\" : \"S3cr\"}},\"x\":\"shown\"}",
            "{\"auths\": {\n  \"shown:5000\":\n  {\n  \"auth\": \"S3cr\", \"a\": 1\n}},\n\"x\": \"shown\"}",
            "auths:\n  shown:\n    S3cr\n  shown:5000: S3cr\n  https://shown: S3cr\nx: shown\n",
            "auths:\n  shown: {auth: S3cr, b: S3cr}\n  shown2: !S3cr |\n    S3cr\n",
            "auths:\n  shown:\n    auth: S3cr\n    password: S3cr\n  shown2:\n    auth: S3cr\n",
            "kind: Secret\ndata:\n  .dockerconfigjson: S3cr\n  shown: S3cr\nkind2: shown\n",
            "kind: Secret\ndata:\n  shown: |\n    S3cr: S3cr\n\n    S3cr\n  shown2: S3cr\n",
            "kind: Secret\nstringData:\n  shown: \"S3cr\n  S3cr: S3cr\"\n  shown2: S3cr\n",
            "kind: Secret\nstringData: {a: S3cr, b: S3cr}\ntype: shown\n",
            "kind: Secret\ndata:\n  shown:\n    S3cr\n# shown\ntype: shown\n",
            "items:\n- kind: shown\n  data:\n    shown: S3cr\n  type: shown\n- kind: Secret\n",
            "{\"kind\":\"Secret\",\"data\":{\".dockerconfigjson\":\"S3cr\"},\"type\":\"shown\"}",
            "last: |\n  {\\\"data\\\":{\\\".dockerconfigjson\\\":\\\"S3cr\\\"},\\\"x\\\":\\\"shown\\\"}\n",
            "data:\n  .dockerconfigjson: S3cr\n  shown: 1\n",
            "httpProxy: http://u:S3cr@shown.io:3128\nshown: 1\n",
            "key: |\n  -----BEGIN RSA PRIVATE KEY-----\n  S3cr\n  -----END RSA PRIVATE KEY-----\nshown: 1\n",
            "-----BEGIN PRIVATE KEY-----\nS3cr",
            "- auth: S3cr\n  shown: 1\n- auth: |\n   S3cr\n",
            "spec:\n  httpSecret: S3cr\n  shown: 1\n",
            "- name: shown\n  passwordHash: $6$S3cr\n  shown: 1\n",
            "- source: data:shown;base64,eyJhIjp7ImF1dGgiOiJS3cr=\n  shown: 1\n",
            "a: shown,eyJhdXRoIjoiS3crS3cr==\" shown\nb: shown\n",
            "\"shown:;base64,eyAgImF1dGgiOiJS3cr\",\"shown\":1",
            "a: |\n  S3crS3cr\n  AiYXV0aCI6IlS3cr\n  S3crS3cr=\nshown: 1\n",
            "- shown: 1\n  b: data:,%7B%22S3cr%22%3A%7B%22auth%22%3A%22S3cr%22%7D shown\n",
            "last: |\n  {\\\"httpSecret\\\":\\\"S3cr\\\",\\\"x\\\":\\\"shown\\\"}\n",
            "pullSecret: S3cré\nshown: 1\n",
        ] {
            check(text);
            check(&text.replace('\n', "\r\n"));
        }
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        for text in [
            "",
            "kind: ImageDigestMirrorSet\nspec:\n  imageDigestMirrors:\n  - source: quay.io/auth\n",
            "kind: ConfigMap\ndata:\n  ca.crt: |\n    -----BEGIN CERTIFICATE-----\n",
            "image: docker://quay.io/org\n",
            "auth:",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_panics_and_lengths_stay() {
        let pieces = [
            "auth",
            "data",
            "Secret",
            ":",
            " ",
            "\n",
            "\"",
            "'",
            "\\",
            "{",
            "}",
            "ä",
            "://",
            "@",
            "ImF1dGgi",
            "%22auth%22",
        ];
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    for fourth in pieces {
                        let text = format!("Secret auth:{first}{second}{third}{fourth}");
                        let masked = masked(&text).unwrap_or(text.clone());
                        assert_eq!(masked.len(), text.len(), "{text:?}");
                        let text = format!("data:{first}{second}{third}{fourth}Secret");
                        let masked = self::masked(&text).unwrap_or(text.clone());
                        assert_eq!(masked.len(), text.len(), "{text:?}");
                    }
                }
            }
        }
    }
}
