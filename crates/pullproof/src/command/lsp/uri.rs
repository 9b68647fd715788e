//! File names as clients write them: `file:///a%20b.yaml`.

use pullproof_core::report::path::encode;
use std::path::{Path, PathBuf};

/// The name of a file; what is no `file:` is its own name.
pub(super) fn path(uri: &str) -> PathBuf {
    let path = uri.strip_prefix("file://").map(|rest| {
        // A host before the path is this one: clients write none, or `localhost`.
        rest.strip_prefix("localhost").unwrap_or(rest)
    });
    let Some(path) = path.filter(|path| path.starts_with('/')) else {
        return PathBuf::from(uri);
    };
    match String::from_utf8(decode(path)) {
        Ok(path) => PathBuf::from(path),
        Err(_) => PathBuf::from(uri),
    }
}

/// A file's name as a client would write it.
pub(super) fn of(path: &Path) -> String {
    let text = path.to_string_lossy();
    if !path.is_absolute() {
        return text.into_owned();
    }
    format!("file://{}", encode(&text))
}

/// Bytes with `%41` read; what only looks like one stays.
fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let digits = others
            .get(..2)
            .and_then(|two| std::str::from_utf8(two).ok());
        let digits = digits.filter(|two| two.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            _ => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_went() {
        for (name, uri) in [
            ("/a/b.yaml", "file:///a/b.yaml"),
            ("/a b/ä#?%41.yaml", "file:///a%20b/%C3%A4%23%3F%2541.yaml"),
            ("untitled:Untitled-1", "untitled:Untitled-1"),
        ] {
            assert_eq!(of(Path::new(name)), uri);
            assert_eq!(path(uri), Path::new(name));
        }
    }

    #[test]
    fn other_spellings_are_the_same_file() {
        for (uri, name) in [
            ("file:///a/%62.yaml", "/a/b.yaml"),
            ("file://localhost/a", "/a"),
            ("file:///a%2g%", "/a%2g%"),
            ("file:///%+1", "/%+1"),
            ("file:///%FF", "file:///%FF"),
            ("file://server/a", "file://server/a"),
        ] {
            assert_eq!(path(uri), Path::new(name));
        }
    }
}
